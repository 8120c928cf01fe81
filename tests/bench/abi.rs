//! What the boundary costs: `effect.gain` of the template plugin, loaded as a host loads it, against the same loop in
//! this program. One call takes 512 samples, as an interactive preview does.
//!
//! `cargo bench --bench abi` prints the times; the cost of the boundary is `plugin` minus `direct`. It has to stay below
//! 100 ns.

#[path = "../support/mod.rs"]
mod support;

use auricle_engine::{Place, Registry, SearchDir};
use auricle_sdk::format::Format;
use auricle_sdk::host::{Instance, Pool, Services, packet};
use auricle_sdk::{Input, Packet, Parameters, Value};
use criterion::{Criterion, criterion_group, criterion_main};
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

const SAMPLES: usize = 512;
const CHANNELS: usize = 1;

struct Silent;

impl Services for Silent {}

fn gain(pool: &Arc<Pool>, format: &Arc<Format>) -> Instance {
    let library = SearchDir { path: support::plugin("template"), place: Place::Bundled };
    let registry = Registry::scan(&[library]);
    let (plugin, descriptor) = registry.stage("effect.gain").expect("the template plugin is built");
    let cancel = Arc::new(AtomicU32::new(0));
    let mut instance =
        plugin.create(descriptor.id, Arc::new(Silent), pool.clone(), cancel).expect("the stage is created");
    let parameters = Parameters::new([("gain_db".to_owned(), Value::Float(-6.0))]);
    let input = Input::new(0, "audio", format.clone());
    instance.negotiate(&parameters, &[input], SAMPLES, 0).expect("mono audio is accepted");
    instance.begin(0, 0..i64::MAX).expect("a run starts");
    instance
}

fn block(pool: &Arc<Pool>, format: &Arc<Format>) -> Packet {
    let bytes: Vec<u8> = (0..SAMPLES).flat_map(|i| (i as f32 / SAMPLES as f32).to_le_bytes()).collect();
    packet(pool, format, 0, 0, SAMPLES, SAMPLES * size_of::<f32>(), &bytes).expect("the pool has memory")
}

#[inline(never)]
fn direct(input: &[f32], output: &mut [f32], factor: f32) {
    for (y, x) in output.iter_mut().zip(input) {
        *y = x * factor;
    }
}

fn abi(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("512 samples");
    let samples: Vec<f32> = (0..SAMPLES).map(|i| i as f32 / SAMPLES as f32).collect();

    let mut output = vec![0.0; SAMPLES];
    group.bench_function("direct, output at hand", |bench| {
        bench.iter(|| {
            direct(black_box(&samples), black_box(&mut output), black_box(0.5));
            black_box(&mut output);
        });
    });
    group.bench_function("direct, new output", |bench| {
        bench.iter(|| {
            let mut output = vec![0.0; SAMPLES];
            direct(black_box(&samples), black_box(&mut output), black_box(0.5));
            black_box(output)
        });
    });

    let pool = Pool::new(1 << 20);
    let format = Arc::new(Format::audio::<f32>(CHANNELS, 48_000, None));
    let mut instance = gain(&pool, &format);
    let mut packet = block(&pool, &format);
    group.bench_function("plugin, buffer + emit + release", |bench| {
        bench.iter(|| {
            let mut taken = 0;
            let flow = instance.process(Some(black_box(&packet)), &mut |output| {
                taken += output.count;
                black_box(&output);
                Ok(())
            });
            black_box(flow).expect("the stage takes the packet");
            assert_eq!(taken, SAMPLES);
            packet.start += SAMPLES as i64;
        });
    });
    group.finish();
}

criterion_group!(benches, abi);
criterion_main!(benches);
