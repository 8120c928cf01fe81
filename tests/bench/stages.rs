//! What stages cost on one thread, in memory: a clip goes through them packet by packet, as an executor passes it, and what
//! comes out is dropped. `tests/bench/rivals.py` runs it beside the tools that the stages speak for.
//!
//! `cargo bench --bench stages -- FOLDER`, with `RATE.wav` (float32, mono) for each rate below in FOLDER, prints a line a
//! work: its name, seconds (the best of five), and entries that came out, parted by tabs. `-- FOLDER PLUGINS` takes the
//! plugins that are in that folder, without building them first.

#[path = "../support/mod.rs"]
mod support;

use auricle_engine::{Place, Registry, SearchDir};
use auricle_sdk::descriptor::Locality;
use auricle_sdk::format::Format;
use auricle_sdk::host::{Instance, Pool, Services, packet};
use auricle_sdk::{Flow, Input, Packet, Parameters, Value};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;
use std::time::Instant;

/// Sample frames in a packet, as readers emit them in a run.
const BLOCK: usize = 1 << 15;
const RUNS: usize = 5;

enum V {
    I(i64),
    F(f64),
    S(&'static str),
}
use V::{F, I, S};

type Stage = (&'static str, &'static [(&'static str, V)]);

/// Name, sample rate of the clip, stages in their order.
const WORKS: &[(&str, u32, &[Stage])] = &[
    ("stft 2048/512", 44_100, &[("stft.librosa", &[("n_fft", I(2048)), ("hop_length", I(512))])]),
    (
        "log-mel 400/160, 80 bands",
        16_000,
        &[
            ("mel.librosa", &[("n_fft", I(400)), ("hop_length", I(160)), ("n_mels", I(80))]),
            ("log.clamp", &[("floor", F(1e-10)), ("base", S("10"))]),
        ],
    ),
    ("Kaldi fbank, 80 bands", 16_000, &[("mel.kaldi", &[("num_mel_bins", I(80)), ("waveform_scale", F(32768.0))])]),
    ("MFCC 13 of 40 bands", 16_000, &[("mfcc.librosa", &[("n_mfcc", I(13)), ("n_mels", I(40))])]),
    (
        "gammatone, 64 channels",
        16_000,
        &[(
            "gammatone.gtgram",
            &[("window_time", F(0.025)), ("hop_time", F(0.01)), ("channels", I(64)), ("f_min", F(50.0))],
        )],
    ),
    ("resample 48k to 16k, soxr hq", 48_000, &[("resample.soxr", &[("sr", I(16_000)), ("quality", S("hq"))])]),
    ("resample 48k to 16k, torchaudio", 48_000, &[("resample.torchaudio", &[("sr", I(16_000))])]),
];

struct Silent;

impl Services for Silent {}

/// A stage opened on `input`.
fn open(registry: &Registry, pool: &Arc<Pool>, stage: &Stage, input: &Arc<Format>) -> Open {
    let (id, given) = stage;
    let (plugin, descriptor) = registry.stage(id).unwrap_or_else(|| panic!("no plugin has {id}"));
    let value = |id: &str| {
        given.iter().find(|(name, _)| *name == id).map(|(_, value)| match value {
            I(number) => Value::Int(*number),
            F(number) => Value::Float(*number),
            S(text) => Value::from(*text),
        })
    };
    let parameters = descriptor.parameters.iter();
    let parameters = parameters.map(|p| (p.id.to_owned(), value(p.id).unwrap_or_else(|| p.default_value())));
    let mut instance = plugin
        .create(descriptor.id, Arc::new(Silent), pool.clone(), Arc::new(AtomicU32::new(0)))
        .expect("a registered stage is created");
    let inputs = [Input::new(0, "clip", input.clone())];
    let outputs = instance.negotiate(&Parameters::new(parameters), &inputs, BLOCK, 0);
    let output = outputs.unwrap_or_else(|error| panic!("{id}: {error}"))[0].clone();
    let reduces = descriptor.locality == Locality::Global && instance.reduces();
    Open { instance, output, count: 0, reduces }
}

/// A stage that is open, the format of its output, and how many entries have left it.
struct Open {
    instance: Instance,
    output: Arc<Format>,
    count: usize,
    /// Does its locality need the whole input first?
    reduces: bool,
}

/// Passes a packet (or the end, as `None`) through the stages, each output on at once, as an executor does.
fn pass(stages: &mut [Open], packet: Option<Packet>) {
    let Some((stage, rest)) = stages.split_first_mut() else { return };
    let mut emitted = Vec::new();
    let mut emit = |packet: Packet| {
        if packet.port == 0 {
            emitted.push(packet);
        }
        Ok(())
    };
    let mut work = || -> auricle_sdk::Result<()> {
        match &packet {
            Some(packet) => {
                let mut flow = stage.instance.process(Some(packet), &mut emit)?;
                while flow == Flow::Again {
                    flow = stage.instance.process(None, &mut emit)?;
                }
            }
            None => while stage.instance.finish(&mut emit)? == Flow::Again {},
        }
        Ok(())
    };
    work().unwrap_or_else(|error| panic!("{error}"));
    for packet in emitted {
        stage.count += packet.count;
        pass(rest, Some(packet));
    }
    if packet.is_none() && !rest.is_empty() {
        pass(rest, Some(Packet::end_of(0, stage.count as i64, stage.output.clone())));
        pass(rest, None);
    }
}

/// Runs the stages over the clip; gives the entries that come out of the last.
fn run(stages: &mut [Open], packets: &[Packet]) -> usize {
    let mut begin = || -> auricle_sdk::Result<()> {
        for (index, stage) in stages.iter_mut().enumerate() {
            stage.instance.begin(0, 0..i64::MAX)?;
            if stage.reduces {
                assert_eq!(index, 0, "only a first stage may want the whole input first");
                packets.iter().try_for_each(|packet| stage.instance.reduce(packet))?;
                let state = stage.instance.reduction()?;
                stage.instance.adopt(&state)?;
                stage.instance.begin(0, 0..i64::MAX)?;
            }
        }
        Ok(())
    };
    begin().unwrap_or_else(|error| panic!("{error}"));
    packets.iter().for_each(|packet| pass(stages, Some(packet.clone())));
    pass(stages, None);
    stages.last().map_or(0, |stage| stage.count)
}

/// A float32 WAV in packets, the last one marked.
fn clip(pool: &Arc<Pool>, path: &Path) -> (Arc<Format>, Vec<Packet>) {
    let mut reader = hound::WavReader::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let samples: Vec<f32> = reader.samples::<f32>().collect::<Result<_, _>>().expect("a whole float32 file");
    let rate = reader.spec().sample_rate;
    let format = Arc::new(Format::audio::<f32>(1, rate, i64::try_from(samples.len()).ok()));
    let mut packets = Vec::new();
    for (index, block) in samples.chunks(BLOCK).enumerate() {
        let bytes: Vec<u8> = block.iter().flat_map(|x| x.to_le_bytes()).collect();
        let start = (index * BLOCK) as i64;
        packets.push(packet(pool, &format, 0, start, block.len(), bytes.len(), &bytes).expect("the pool has memory"));
    }
    let last = packets.pop().expect("a clip of some length");
    packets.push(last.ended());
    (format, packets)
}

fn main() {
    // cargo passes `--bench` too.
    let mut arguments = std::env::args().skip(1).filter(|argument| !argument.starts_with('-'));
    let Some(folder) = arguments.next() else {
        eprintln!("usage: cargo bench --bench stages -- FOLDER [PLUGINS]; see tests/bench/rivals.py");
        return;
    };
    let path = arguments.next().map_or_else(|| support::built().to_owned(), PathBuf::from);
    let registry = Registry::scan(&[SearchDir { path, place: Place::Bundled }]);
    let pool = Pool::new(1 << 30);
    for (name, rate, stages) in WORKS {
        let (format, packets) = clip(&pool, &Path::new(&folder).join(format!("{rate}.wav")));
        let mut best = f64::INFINITY;
        let mut entries = 0;
        for _ in 0..RUNS {
            let mut input = format.clone();
            let mut chain: Vec<Open> = Vec::new();
            for stage in *stages {
                chain.push(open(&registry, &pool, stage, &input));
                input = chain.last().map_or(input, |open| open.output.clone());
            }
            let began = Instant::now();
            entries = run(&mut chain, &packets);
            best = best.min(began.elapsed().as_secs_f64());
        }
        println!("{name}\t{best}\t{entries}");
    }
}
