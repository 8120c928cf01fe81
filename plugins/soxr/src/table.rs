//! `read.librosa`, through its real vtable, against every row of `tests/data/files.toml` and the goldens of resampling.

use crate::librosa::LibrosaReader;
use crate::resample::Resample;
use auricle_sdk::prelude::*;
use auricle_sdk::testing::{Bench, Outcome};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests")
}

fn rows() -> Vec<toml::Table> {
    let text = std::fs::read_to_string(tests().join("data/files.toml")).expect("the table of files");
    let table: toml::Table = text.parse().expect("a table in TOML");
    let rows = table["file"].as_array().expect("rows");
    rows.iter().filter_map(|row| row.as_table().cloned()).collect()
}

fn native(name: &str) -> Bench<Source<LibrosaReader>> {
    let bytes = std::fs::read(tests().join("data/files").join(name)).expect("a file of the table");
    Bench::new().parameter("sr", "native").source(name, bytes)
}

fn hash(samples: &[Vec<f32>]) -> String {
    let mut hash = Sha256::new();
    samples.iter().flatten().for_each(|s| hash.update(s.to_le_bytes()));
    let mut words = String::new();
    for byte in hash.finalize() {
        write!(words, "{byte:02x}").expect("a string takes everything");
    }
    words
}

fn samples(outcome: &Outcome) -> Vec<Vec<f32>> {
    outcome.audio::<f32>(0).expect("float32")
}

/// Codecs whose decoders differ in rounding; `auricle-decode` compares them by tolerance.
fn lossy(codec: Option<&Value>) -> bool {
    matches!(codec.and_then(Value::as_str), Some("mp3" | "vorbis" | "aac"))
}

#[test]
fn librosa_gives_what_librosa_gives() {
    let mut faults = String::new();
    let mut equal = 0;
    for row in rows() {
        let name = row["name"].as_str().expect("a name");
        let librosa = row["librosa"].as_table().expect("what librosa returns");
        let expected: i64 = match librosa.get("shape").and_then(toml::Value::as_array) {
            Some(shape) => shape.iter().filter_map(toml::Value::as_integer).product(),
            None => -1,
        };
        // The tool may refuse, or return nothing, where more can be read.
        let outcome = match native(name).run() {
            Err(e) => {
                assert!(!e.message.is_empty(), "{name}");
                let read = row["expect"].as_str() == Some("read");
                if read {
                    writeln!(faults, "{name}: refused: {e}").expect("a string takes everything");
                }
                continue;
            }
            Ok(outcome) => outcome,
        };
        // libsndfile, read in pieces, starts a stream of late times elsewhere, and stops at the end of the first in a chain.
        if matches!(name, "opus-late.opus" | "opus-chained.opus" | "opus-granule-0.opus") {
            continue;
        }
        if expected <= 0 || lossy(outcome.formats[0].attribute("codec")) || row["expect"].as_str() != Some("read") {
            continue;
        }
        let made = samples(&outcome);
        let expected = expected as usize;
        if made[0].len() > expected && !outcome.findings.is_empty() {
            continue;
        }
        if librosa["sha256"].as_str() == Some(&hash(&made)) {
            equal += 1;
        } else {
            writeln!(faults, "{name}: {} samples, expected {librosa}", made[0].len()).expect("a string");
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
    assert!(equal > 70, "only {equal} files compared");
}

#[test]
fn a_piece_at_the_native_rate_is_exact() {
    let whole = samples(&native("wav-16-5.1.wav").run().expect("runs"));
    for (from, to) in [(0, 10), (150, 151), (200, 300)] {
        let part = native("wav-16-5.1.wav").region(0, from..to).expect("a region runs");
        assert_eq!(samples(&part)[0], whole[0][from as usize..to as usize]);
    }
}

#[test]
fn it_keeps_the_laws_at_other_rates() {
    for name in ["wav-16.wav", "wav-16-9ch.wav", "flac-16-2ch.flac", "wav-1-samples.wav", "wav-0-samples.wav"] {
        let bytes = std::fs::read(tests().join("data/files").join(name)).expect("a file of the table");
        for (dtype, mono) in [("float32", true), ("float32", false), ("float64", true)] {
            let bench = Bench::<Source<LibrosaReader>>::new()
                .parameter("sr", 16_000)
                .parameter("dtype", dtype)
                .parameter("mono", mono)
                .source(name, bytes.clone());
            bench.conforms();
        }
    }
}

/// The float32 array of a `.npy`, in C order.
fn npy(path: &Path) -> Vec<f32> {
    let bytes = std::fs::read(path).expect("a golden");
    let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]])) + 10;
    let words = String::from_utf8_lossy(&bytes[10..header]).into_owned();
    assert!(words.contains("'<f4'") && words.contains("'fortran_order': False"), "{words}");
    let (numbers, _) = bytes[header..].as_chunks::<4>();
    numbers.iter().map(|&b| f32::from_le_bytes(b)).collect()
}

fn value(value: &toml::Value) -> Value {
    match value {
        toml::Value::Integer(n) => Value::Int(*n),
        toml::Value::Float(x) => Value::Float(*x),
        toml::Value::Boolean(b) => Value::Bool(*b),
        other => Value::Str(other.as_str().unwrap_or_default().to_owned()),
    }
}

fn with_parameters<S: Stage>(mut bench: Bench<S>, stage: &toml::Value) -> Bench<S> {
    for (id, given) in stage.get("parameters").and_then(toml::Value::as_table).into_iter().flatten() {
        bench = bench.parameter(id, value(given));
    }
    bench
}

/// On x86-64 the system's libsoxr gives the bits of the one that python-soxr brings along; elsewhere its vector units round
/// otherwise.
const RESAMPLED: f32 = if cfg!(target_arch = "x86_64") { 0.0 } else { 1e-6 };

#[test]
fn goldens_of_reading_and_resampling_are_met() {
    let goldens = tests().join("golden/librosa");
    let text = std::fs::read_to_string(goldens.join("golden.toml")).expect("the table of goldens");
    let table: toml::Table = text.parse().expect("a table in TOML");
    let mut met = 0;
    for golden in table["case"].as_array().expect("goldens") {
        let name = golden["name"].as_str().expect("a name");
        let stages = golden["stages"].as_array().expect("stages");
        let uses: Vec<_> = stages.iter().filter_map(|stage| stage["use"].as_str()).collect();
        if uses[0] != "read.librosa" || !uses[1..].iter().all(|stage| *stage == "resample.soxr") {
            continue;
        }
        let clip = golden["input"].as_str().expect("an input");
        let bytes = std::fs::read(tests().join("..").join(clip)).expect("a clip");
        let bench = with_parameters(Bench::<Source<LibrosaReader>>::new().source(clip, bytes), &stages[0]);
        let mut outcome = bench.run().expect("it reads");
        for stage in &stages[1..] {
            let bench = Bench::<Resample>::new().packets(&outcome.formats[0], &outcome.packets[0]);
            outcome = with_parameters(bench, stage).run().expect("it resamples");
        }
        let made: Vec<f32> = samples(&outcome).concat();
        let expected = npy(&goldens.join(format!("{name}.npy")));
        assert_eq!(made.len(), expected.len(), "{name}");
        let worst = made.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= RESAMPLED, "{name}: {worst}");
        met += 1;
    }
    assert!(met >= 6, "only {met} goldens");
}
