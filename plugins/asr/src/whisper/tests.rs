//! A tiny model of random weights against transformers, and the stage with it. `tests/make_tiny.py` makes both.

use super::*;
use crate::weights::Weights;
use auricle_sdk::format::{Axis, Clock, Tensor};
use auricle_sdk::testing::{Bench, refused};
use ndarray::{Array2, s};
use std::path::Path;
use std::sync::{Arc, Mutex};

/// float32 sums in another order, at values up to 3.
const TOLERANCE: f32 = 2e-5;

fn bytes(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tiny").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

struct Bytes(Mutex<Vec<u8>>);

impl auricle_sdk::host::Bytes for Bytes {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> std::io::Result<usize> {
        let bytes = self.0.lock().expect("nobody panics with it");
        let from = bytes.get(offset as usize..).unwrap_or(&[]);
        let count = from.len().min(buf.len());
        buf[..count].copy_from_slice(&from[..count]);
        Ok(count)
    }

    fn length(&self) -> Option<u64> {
        Some(self.0.lock().expect("nobody panics with it").len() as u64)
    }
}

fn source(name: &str, bytes: Vec<u8>) -> ByteSource {
    ByteSource::from_bytes(name, Arc::new(Bytes(Mutex::new(bytes))))
}

const FILES: [&str; 3] = ["config.json", "model.safetensors", "tokenizer.json"];

#[track_caller]
fn close(what: &str, got: impl IntoIterator<Item = f32>, expected: &[f32]) {
    let got: Vec<f32> = got.into_iter().collect();
    assert_eq!(got.len(), expected.len(), "{what}");
    let worst = (0..got.len()).max_by(|&a, &b| (got[a] - expected[a]).abs().total_cmp(&(got[b] - expected[b]).abs()));
    let worst = worst.expect("there are values");
    let error = (got[worst] - expected[worst]).abs();
    assert!(
        error < TOLERANCE,
        "{what}: value {worst}: expected {}, got {}, off by {error:e}",
        expected[worst],
        got[worst]
    );
}

fn go_on() -> Result<()> {
    Ok(())
}

/// The model, what the real libraries make of it, and what the encoder makes of their mel bands.
fn tiny() -> (model::Model, Weights, Array2<f32>) {
    let files = Files::open(&FILES.map(|name| source(&format!("tiny/{name}"), bytes(name)))).expect("a model");
    let model = files.read(&|_| Ok(())).expect("whole");
    let golden = Weights::safetensors(&source("golden", bytes("golden.safetensors"))).expect("arrays");
    let mel = golden.read("mel", &[80, 200]).expect("bands");
    let mut window = Array2::zeros((WINDOW, 80));
    let mel = Array2::from_shape_vec((80, 200), mel).expect("as many numbers");
    window.slice_mut(s![..200, ..]).assign(&mel.t());
    let audio = model.encoder.encode(&window, &go_on).expect("nobody stops it");
    (model, golden, audio)
}

#[test]
fn encoder_and_decoder_are_those_of_transformers() {
    let (model, golden, audio) = tiny();
    let encoded = golden.read("encoded", &[15, 16]).expect("positions");
    close("encoded", audio.slice(s![..;100, ..]).iter().copied(), &encoded);

    let tokens: Vec<usize> = golden.read("tokens", &[12]).expect("tokens").iter().map(|&t| t as usize).collect();
    let logits = golden.read("logits", &[4, 1767]).expect("logits");
    let wanted = [0, 3, 6, 11];
    // All at once, and as a window is decoded: the first four, then one by one; then once more from the start.
    let mut state = model.decoder.begin(&audio, &go_on).expect("nobody stops it");
    let step = |state: &mut _, tokens: &[usize], wanted: &[usize]| {
        model.decoder.step(state, tokens, wanted, &go_on).expect("nobody stops it")
    };
    close("at once", step(&mut state, &tokens, &wanted).concat(), &logits);
    model.decoder.rewind(&mut state);
    let mut stepped = step(&mut state, &tokens[..4], &[0, 3]);
    for (index, &token) in tokens.iter().enumerate().skip(4) {
        let wanted: &[usize] = if wanted.contains(&index) { &[0] } else { &[] };
        stepped.extend(step(&mut state, &[token], wanted));
    }
    close("step by step", stepped.concat(), &logits);
}

/// Times of openai-whisper 20250625, with a model whose attention looks nowhere in particular.
#[test]
fn times_of_tokens_are_those_of_openai_whisper() {
    let (model, golden, audio) = tiny();
    let numbers = |name: &str, count: usize| -> Vec<usize> {
        golden.read(name, &[count]).expect(name).iter().map(|&number| number as usize).collect()
    };
    let (text, begins) = (numbers("text", 8), numbers("begins", 9));
    let mut state = model.decoder.begin(&audio, &go_on).expect("nobody stops it");
    // What was decoded before does not matter.
    model.decoder.step(&mut state, &text, &[], &go_on).expect("nobody stops it");
    let got = alignment::begins(&model, &mut state, &[257, 258, 261], &text, 200, &go_on);
    assert_eq!(got.expect("nobody stops it"), begins);
}

fn bench() -> Bench<Whisper> {
    let samples: Vec<f32> = (0..20_000).map(|n| (n as f32 * 0.05).sin() * 0.3).collect();
    let bench = Bench::<Whisper>::new().audio(16_000, &[&samples[..]]);
    FILES.iter().fold(bench, |bench, name| bench.source(&format!("tiny/{name}"), bytes(name)))
}

/// Random weights hear nothing, but always the same, and within the clip's window.
#[test]
fn the_stage_keeps_its_laws() {
    let with = bench().parameter("language", "de").parameter("temperature", 0.0);
    let run = with.run().expect("runs");
    let time = |value: &Value| value.as_f64().expect("a time");
    for row in &run.rows(0).expect("a transcript") {
        let (start, end) = (time(&row[0]), time(&row[1]));
        assert!((0.0..=30.0).contains(&start) && start < end && end <= 30.0, "{row:?}");
    }
    let words = run.rows(1).expect("words");
    assert!(!words.is_empty() && words.windows(2).all(|pair| time(&pair[0][1]) <= time(&pair[1][0])), "{words:?}");
    for word in &words {
        assert!(time(&word[0]) < time(&word[1]) && (0.0..=1.0).contains(&time(&word[3])), "{word:?}");
    }
    with.conforms();
    let without = with.parameter("word_times", false).run().expect("runs");
    assert!(without.rows(0) == run.rows(0) && without.rows(1).expect("a table").is_empty());
}

/// The same of the stage that does not wait for the end.
#[test]
fn listening_keeps_the_laws() {
    let samples: Vec<f32> = (0..60_000).map(|n| (n as f32 * 0.05).sin() * 0.3).collect();
    let bench = Bench::<Listen>::new().audio(16_000, &[&samples[..]]).parameter("language", "de");
    let clock = Clock::samples(16_000).frames(256, 128);
    let tensor = Tensor::new::<f32>(vec![Axis::frames(Some(234))], "probability");
    let speech: Vec<f32> = (0..234).map(|k| if (80..150).contains(&k) { 0.9 } else { 0.1 }).collect();
    let bench = bench.tensor(Format::tensor(tensor, clock, Some(234), "frame"), &speech);
    let bench = FILES.iter().fold(bench, |bench, name| bench.source(&format!("tiny/{name}"), bytes(name)));
    let steps = bench.run().expect("runs").rows(1).expect("steps");
    let place = |row: &[Value]| (row[0].as_f64(), row[1].as_f64(), row[3].as_bool());
    let (begin, end) = (0.98, 2.7);
    assert_eq!(place(&steps[0]), (Some(0.0), Some(begin), Some(false)));
    assert!(steps[1..steps.len() - 1].iter().all(|row| place(row).2 == Some(true)), "{steps:?}");
    assert_eq!(place(&steps[steps.len() - 1]), (Some(end), Some(3.75), Some(false)));
    bench.conforms();
}

type Asked<'a> = &'a dyn Fn() -> Result<()>;

/// Each part that takes long with a large model asks more than once, and stops when it is told to.
#[test]
fn whoever_asks_to_stop_need_not_wait() {
    let (model, _, audio) = tiny();
    let window = Array2::zeros((WINDOW, 80));
    let check = |what: &str, least: usize, run: &dyn Fn(Asked<'_>) -> Result<()>| {
        let asked = std::cell::Cell::new(0);
        run(&|| {
            asked.set(asked.get() + 1);
            Ok(())
        })
        .expect("nobody stops it");
        let all = asked.get();
        assert!(all >= least, "{what}: asked {all} times");
        for stop in 1..=all {
            let asked = std::cell::Cell::new(0);
            let stopped = run(&|| {
                asked.set(asked.get() + 1);
                if asked.get() < stop { Ok(()) } else { Err(Error::new(ErrorKind::Cancelled, "stop")) }
            });
            assert!(stopped.is_err() && asked.get() == stop, "{what}: went on behind {stop} of {all}");
        }
    };
    let files = Files::open(&FILES.map(|name| source(&format!("tiny/{name}"), bytes(name)))).expect("a model");
    check("reading", 4, &|go_on| files.read(&|_| go_on()).map(drop));
    check("bands", 2, &|go_on| Mel::new(&[0.0; 16_000 * 50], 80, go_on).map(drop));
    check("encoder", 7, &|go_on| model.encoder.encode(&window, go_on).map(drop));
    check("keys", 2, &|go_on| model.decoder.begin(&audio, go_on).map(drop));
    let state = || model.decoder.begin(&audio, &|| Ok(())).expect("nobody stops it");
    check("tokens", 2, &|go_on| model.decoder.step(&mut state(), &[257, 258], &[], go_on).map(drop));
    check("times", 2, &|go_on| alignment::begins(&model, &mut state(), &[257], &[72], 200, go_on).map(drop));
}

#[test]
fn chance_is_the_seeds() {
    let run = |seed| bench().seed(seed).parameter("temperature", 1.0).run().expect("runs").rows(0).expect("rows");
    assert_eq!(run(1), run(1));
}

#[test]
fn nothing_says_nothing() {
    let silent = Bench::<Whisper>::new().audio(16_000, &[&[0.0f32; 0]]);
    let bench = FILES.iter().fold(silent, |bench, name| bench.source(name, bytes(name)));
    assert!(bench.run().expect("runs").rows(0).expect("a table").is_empty());
}

#[test]
fn what_is_no_model_or_no_speech_is_refused() {
    let audio = |rate, files: &[(&str, Vec<u8>)]| {
        let bench = Bench::<Whisper>::new().audio(rate, &[&[0.0f32; 400]]);
        files.iter().fold(bench, |bench, (name, bytes)| bench.source(name, bytes.clone()))
    };
    let files = FILES.map(|name| (name, bytes(name)));
    let error = refused(audio(22_050, &files).run(), ErrorKind::Format);
    assert!(error.message.contains("got 1 at 22050 Hz"), "{error}");
    let check = |files: &[(&str, Vec<u8>)], part: &str| {
        let error = refused(audio(16_000, files).run(), ErrorKind::Data);
        assert!(error.message.contains(part), "{part}: {error}");
    };
    check(&files[1..], "no config.json beside model.safetensors");
    check(&files[..1], "no weights of Whisper among the model's files: config.json");
    check(&[("x.bin", b"lmgg".to_vec())], "ends at byte 4");
    let changed = |index: usize, change: &dyn Fn(&mut Vec<u8>)| {
        let mut files = files.clone();
        change(&mut files[index].1);
        files
    };
    check(&changed(1, &|bytes| bytes.truncate(100_000)), "lies behind the end of the file, 100000 bytes");
    check(&changed(1, &|bytes| bytes.truncate(5)), "ends at byte 5");
    check(&changed(1, &|bytes| bytes[3] = 9), "is no safetensors file");
    check(&changed(0, &|bytes| *bytes = b"{\"model_type\": \"bert\"}".to_vec()), "of type whisper, got bert");
    check(&changed(2, &|bytes| *bytes = b"{}".to_vec()), "no token <|notimestamps|>");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let other = text(&files[0].1).replace("1767", "1768").into_bytes();
    check(
        &changed(0, &|bytes| bytes.clone_from(&other)),
        "decoder.token_embedding.weight: expected the shape [1768, 16]",
    );
    let other = text(&files[0].1).replace("\"encoder_layers\": 2", "\"encoder_layers\": 3").into_bytes();
    check(&changed(0, &|bytes| bytes.clone_from(&other)), "expected 3 layers of the encoder, got weights of 2");
    let error = refused(bench().parameter("language", "fr").run(), ErrorKind::Parameter);
    assert!(error.message.contains("\"fr\"") && error.hint.contains("en de"), "{error}");
}
