//! Overviews of long files: every entry is what the stage gives, whoever was killed while making it.

mod support;

use auricle_engine::{Cache, Cancel, Evaluator, Overview, Overviews, Place, Plan, Registry, SearchDir, Session};
use auricle_sdk::Value;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use support::{built, scratch};

const RATE: u32 = 16_000;
const SECONDS: u32 = 600;
const LIMIT: u64 = 1 << 30;

/// Ten minutes that are nowhere the same.
fn clip(path: &Path) {
    let spec =
        hound::WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut file = hound::WavWriter::create(path, spec).expect("scratch is writable");
    let mut state = 1u32;
    for k in 0..RATE * SECONDS {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let loud = (k / 7_000 % 23) as i32;
        file.write_sample(((state >> 16) as i32 - 32_768) * loud / 23).expect("scratch is writable");
    }
    file.finalize().expect("scratch is writable");
}

fn registry() -> Registry {
    Registry::scan(&[SearchDir { path: built().to_owned(), place: Place::Bundled }])
}

/// A reader, a spectrum, and an overview of each.
fn evaluator(home: &Path, wave_hop: i64, spectrum_hop: i64) -> Evaluator {
    evaluator_of(home, wave_hop, spectrum_hop, "max")
}

fn evaluator_of(home: &Path, wave_hop: i64, spectrum_hop: i64, pooling: &str) -> Evaluator {
    let text = format!(
        r#"
auricle = 1
[inputs]
clip = "clip.wav"
[[stage]]
id = "read"
use = "read.audio"
input = "clip"
[[stage]]
id = "levels"
use = "spectrum.dbfs"
input = "read"
parameters = {{ n_fft = 256 }}
[[stage]]
id = "wave"
use = "overview.wave"
input = "read"
parameters = {{ hop_length = {wave_hop} }}
[[stage]]
id = "spectrum"
use = "overview.spectrum"
input = "levels"
parameters = {{ hop_length = {spectrum_hop}, pooling = "{pooling}" }}
"#
    );
    let session = Session::parse(&text, &home.join("session.toml")).expect("a valid session");
    let plan = Plan::new(&session, &registry(), &[]).expect("a session that can be planned");
    Evaluator::new(Arc::new(plan), Arc::new(Cache::new(64 << 20)))
}

fn stage(evaluator: &Evaluator, id: &str) -> usize {
    evaluator.plan().stage(id).expect("it is in the session")
}

fn open(evaluator: &Evaluator, id: &str, dir: &Path) -> Overview {
    let stage = stage(evaluator, id);
    let length = evaluator.length(stage, 0, &Cancel::new()).expect("the header tells");
    let overviews = Overviews::new(Some(dir.to_owned()), LIMIT);
    let opened = Overview::open(evaluator, (stage, 0), length, &registry(), &overviews).expect("it can be kept");
    opened.expect("ten minutes are long")
}

fn make(overview: &Overview, evaluator: &Evaluator) -> usize {
    let mut segments = 0;
    overview.make(evaluator, &registry(), &Cancel::new(), &mut || segments += 1).expect("it can be made");
    segments
}

fn read(overview: &Overview, level: usize, entries: Range<i64>) -> Option<Vec<u32>> {
    let mut values = Vec::new();
    let all = overview.read(level, entries, &mut |part| values.extend(part.iter().map(|x| x.to_bits())));
    all.expect("the file is readable").then_some(values)
}

/// What a stage of the session gives, as bits.
fn evaluated(evaluator: &Evaluator, id: &str) -> Vec<u32> {
    let packets = evaluator.evaluate(stage(evaluator, id), 0, 0..i64::MAX - 1, &Cancel::new()).expect("it is made");
    let values = packets.iter().flat_map(|packet| packet.tensor::<f32>().expect("float32").values.to_vec());
    values.map(f32::to_bits).collect()
}

fn entries(overview: &Overview, level: usize) -> Range<i64> {
    let shape = overview.shape();
    0..(shape.length + shape.hops[level] - 1) / shape.hops[level]
}

#[test]
fn every_level_is_what_the_stage_gives() {
    let home = scratch();
    clip(&home.path().join("clip.wav"));
    let first = evaluator(home.path(), 256, 16);
    for (of, by) in [("read", "wave"), ("levels", "spectrum")] {
        let overview = open(&first, of, &home.path().join("overviews"));
        assert!(overview.covered().is_empty());
        assert_eq!(make(&overview, &first), overview.shape().segments());
        assert_eq!(overview.covered(), std::slice::from_ref(&(0..overview.shape().length)));
        for (level, &hop) in overview.shape().hops.iter().enumerate() {
            let stages = evaluator(home.path(), hop, hop);
            let got = read(&overview, level, entries(&overview, level)).expect("all of it was made");
            let poolings: &[&str] = if by == "spectrum" { &["max", "mean"] } else { &[""] };
            for (part, pooling) in poolings.iter().enumerate() {
                let stages = if part == 0 { stages.clone() } else { evaluator_of(home.path(), hop, hop, pooling) };
                let part_len = overview.shape().frame_len / poolings.len();
                let of_part = got.chunks(part_len).skip(part).step_by(poolings.len()).flatten().copied();
                let got: Vec<u32> = of_part.collect();
                assert!(got == evaluated(&stages, by), "{of}: level {level}, {pooling}, differs from {by}");
            }
        }
        // Again there is nothing to do, and another session with other stages finds it too.
        assert_eq!(make(&open(&evaluator(home.path(), 1, 1), of, &home.path().join("overviews")), &first), 0);
    }
}

#[test]
fn what_was_interrupted_goes_on_and_what_is_damaged_is_made_again() {
    let home = scratch();
    clip(&home.path().join("clip.wav"));
    let (dir, evaluator) = (home.path().join("overviews"), evaluator(home.path(), 256, 16));
    let overview = open(&evaluator, "read", &dir);
    let (cancel, mut made) = (Cancel::new(), 0);
    let stopped = overview.make(&evaluator, &registry(), &cancel, &mut || {
        made += 1;
        if made == 1 {
            cancel.cancel();
        }
    });
    assert_eq!(stopped.expect_err("it was cancelled").kind, auricle_sdk::ErrorKind::Cancelled);
    let segments = overview.shape().segments();
    assert!(made < segments, "{made} of {segments}");
    drop(overview);
    let overview = open(&evaluator, "read", &dir);
    assert_eq!(
        overview.covered(),
        std::slice::from_ref(&(0..overview.shape().span * made as i64)),
        "what was made is still there"
    );
    assert_eq!(make(&overview, &evaluator), segments - made, "and is not made again");
    let all = entries(&overview, 0);
    let expected = read(&overview, 0, all.clone()).expect("it was made");
    drop(overview);
    // A byte of the file changes.
    let file = std::fs::read_dir(&dir).expect("it is there").next().expect("one file").expect("readable").path();
    let mut bytes = std::fs::read(&file).expect("readable");
    let at = bytes.len() * 2 / 3;
    bytes[at] ^= 0x55;
    std::fs::write(&file, bytes).expect("scratch is writable");
    let overview = open(&evaluator, "read", &dir);
    assert_eq!(read(&overview, 0, all.clone()), None, "the damage is noticed");
    assert_eq!(make(&overview, &evaluator), 1, "one segment is made again");
    assert!(read(&overview, 0, all) == Some(expected));
    // Another content is another overview.
    let path = home.path().join("clip.wav");
    let mut bytes = std::fs::read(&path).expect("readable");
    bytes.truncate(bytes.len() - 320);
    std::fs::write(&path, bytes).expect("scratch is writable");
    let other = self::evaluator(home.path(), 256, 16);
    assert!(open(&other, "read", &dir).covered().is_empty());
}

#[test]
fn figures_of_a_long_file_are_measured_once() {
    let home = scratch();
    let path = home.path().join("clip.wav");
    clip(&path);
    let overviews = Overviews::new(Some(home.path().join("overviews")), LIMIT);
    let measure = || {
        let evaluator = evaluator(home.path(), 256, 16);
        let (of, stages) = ((stage(&evaluator, "read"), 0), ["measure.level", "measure.loudness"]);
        let measured = overviews.measure(&evaluator, &registry(), &stages, of, &Cancel::new());
        let read = evaluator.plan().inputs[0].bytes_read.load(Ordering::Relaxed);
        (measured.expect("it is measured"), read)
    };
    let (first, read) = measure();
    assert!(read >= u64::from(RATE * SECONDS) * 2, "all of it is read, once: {read}");
    assert!(read < u64::from(RATE * SECONDS) * 3, "both stages in one pass: {read}");
    assert!(first.iter().any(|metric| metric.name == "lufs"), "{first:?}");
    let (again, read) = measure();
    assert_eq!(first, again);
    assert!(read < 1 << 16, "only its header is read: {read}");
    // Louder is another content.
    let mut bytes = std::fs::read(&path).expect("readable");
    bytes[44..48].copy_from_slice(&[0xff, 0x7f, 0xff, 0x7f]);
    std::fs::write(&path, bytes).expect("scratch is writable");
    assert_ne!(measure().0, first);
}

#[test]
fn a_stretch_is_measured_as_if_it_were_all() {
    let home = scratch();
    clip(&home.path().join("clip.wav"));
    let evaluator = evaluator(home.path(), 256, 16);
    let (reader, levels) = (stage(&evaluator, "read"), stage(&evaluator, "levels"));
    let (from, to) = (7_000 * 22 + 100, 7_000 * 22 + 6_100);
    let samples = evaluator.evaluate(reader, 0, from..to, &Cancel::new()).expect("it is read");
    let peak =
        samples.iter().flat_map(|p| p.channel::<f32>(0).expect("audio").to_vec()).fold(0f32, |a, x| a.max(x.abs()));
    let rows = evaluator.measure(&registry(), ("measure.level", &[]), (reader, 0), from..to, &Cancel::new());
    let table = rows.expect("it is measured");
    let row = table[0].records().expect("metrics").row(0).expect("a row");
    assert_eq!((row[0].as_str(), row[1].as_f64()), (Some("peak"), Some(f64::from(peak))));
    // The mean of five frames.
    let parameters = [("hop_length", Value::Int(5)), ("pooling", "mean".into())];
    let mean =
        evaluator.measure(&registry(), ("overview.spectrum", &parameters), (levels, 0), 1_000..1_005, &Cancel::new());
    let mean = mean.expect("it is measured");
    let got = mean[0].tensor::<f32>().expect("float32").values;
    let frames = evaluator.evaluate(levels, 0, 1_000..1_005, &Cancel::new()).expect("they are made");
    let frames: Vec<f32> = frames.iter().flat_map(|p| p.tensor::<f32>().expect("float32").values.to_vec()).collect();
    for (bin, got) in got.iter().enumerate() {
        let sum: f64 = (0..5).map(|frame| f64::from(frames[frame * got_len(&frames) + bin])).sum();
        assert!((f64::from(*got) - sum / 5.0).abs() < 1e-4, "bin {bin}: expected {}, got {got}", sum / 5.0);
    }
}

/// Bins of one of five frames.
fn got_len(frames: &[f32]) -> usize {
    frames.len() / 5
}
