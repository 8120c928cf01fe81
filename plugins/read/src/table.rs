//! Both readers, through their real vtable, against every row of `tests/data/files.toml`.

use crate::audio::AudioReader;
use crate::scipy::ScipyReader;
use auricle_sdk::format::Data;
use auricle_sdk::prelude::*;
use auricle_sdk::testing::{Bench, Outcome};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// Files that a stream cannot hold though scipy returns them: no sample rate of 0 Hz.
const NO_STREAM: [&str; 1] = ["fmt-0hz.wav"];

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data")
}

fn rows() -> Vec<toml::Table> {
    let text = std::fs::read_to_string(data().join("files.toml")).expect("the table of files");
    let table: toml::Table = text.parse().expect("a table in TOML");
    let rows = table["file"].as_array().expect("rows");
    rows.iter().filter_map(|row| row.as_table().cloned()).collect()
}

fn run<S: Stage>(name: &str) -> Result<Outcome> {
    let bytes = std::fs::read(data().join("files").join(name)).expect("a file of the table");
    Bench::<S>::new().source(name, bytes).run()
}

/// Type, shape and hash of output 0, in the order of its layout.
fn stored(outcome: &Outcome) -> (DType, Vec<usize>, String) {
    fn bytes<T: Element, const N: usize>(outcome: &Outcome, le: impl Fn(T) -> [u8; N]) -> (Vec<usize>, Vec<u8>) {
        let planes = outcome.audio::<T>(0).expect("audio of this type");
        let count = planes[0].len();
        let interleaved = outcome.formats[0].layout == "sample,channel";
        let mut stored = Vec::new();
        match interleaved {
            true => (0..count).for_each(|i| planes.iter().for_each(|p| stored.extend(le(p[i])))),
            false => planes.iter().flatten().for_each(|&s| stored.extend(le(s))),
        }
        let shape = match (planes.len(), interleaved) {
            (1, _) => vec![count],
            (channels, true) => vec![count, channels],
            (channels, false) => vec![channels, count],
        };
        (shape, stored)
    }
    let dtype = outcome.formats[0].dtype().expect("audio has a type");
    let (shape, bytes) = match dtype {
        DType::U8 => bytes(outcome, u8::to_le_bytes),
        DType::I16 => bytes(outcome, i16::to_le_bytes),
        DType::I32 => bytes(outcome, i32::to_le_bytes),
        DType::I64 => bytes(outcome, i64::to_le_bytes),
        DType::F64 => bytes(outcome, f64::to_le_bytes),
        _ => bytes(outcome, f32::to_le_bytes),
    };
    let mut words = String::new();
    for byte in Sha256::digest(&bytes) {
        write!(words, "{byte:02x}").expect("a string takes everything");
    }
    (dtype, shape, words)
}

fn sample_rate(outcome: &Outcome) -> i64 {
    match &outcome.formats[0].data {
        Data::Audio(audio) => i64::from(audio.sample_rate),
        _ => 0,
    }
}

#[test]
fn scipy_gives_what_scipy_gives() {
    let mut faults = String::new();
    for row in rows() {
        let name = row["name"].as_str().expect("a name");
        let scipy = row["scipy"].as_table().expect("what scipy returns");
        let outcome = run::<Source<ScipyReader>>(name);
        let fault = match (outcome, scipy.contains_key("error")) {
            (Err(e), _) if e.message.is_empty() => "refused without a word".to_owned(),
            (Err(_), true) => continue,
            (Err(_), false) if NO_STREAM.contains(&name) => continue,
            (Err(e), false) => format!("refused: {e}"),
            (Ok(o), true) => format!("read {:?}", stored(&o).1),
            (Ok(o), false) => {
                let (dtype, shape, hash) = stored(&o);
                let expected: Vec<_> = scipy["shape"].as_array().expect("a shape").clone();
                let shape: Vec<_> = shape.iter().map(|&n| toml::Value::Integer(n as i64)).collect();
                let same = scipy["dtype"].as_str() == Some(dtype.name())
                    && expected == shape
                    && scipy["rate"].as_integer() == Some(sample_rate(&o))
                    && scipy["sha256"].as_str() == Some(&hash);
                if same { continue } else { format!("{dtype} {shape:?} {} Hz, expected {scipy}", sample_rate(&o)) }
            }
        };
        writeln!(faults, "{name}: {fault}").expect("a string takes everything");
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn audio_keeps_the_laws_on_every_file() {
    for row in rows() {
        let name = row["name"].as_str().expect("a name");
        let bytes = std::fs::read(data().join("files").join(name)).expect("a file of the table");
        let bench = Bench::<Source<AudioReader>>::new().source(name, bytes);
        match bench.run() {
            Err(e) => assert!(row["expect"].as_str() != Some("read") || name.ends_with(".opus"), "{e}"),
            Ok(outcome) => {
                assert_eq!(outcome.formats[0].dtype(), Some(DType::F32), "{name}");
                if let Some(hash) = row.get("sha256") {
                    assert_eq!(hash.as_str(), Some(stored(&outcome).2.as_str()), "{name}");
                }
                if row.get("findings").and_then(toml::Value::as_bool) == Some(true) {
                    assert!(!outcome.findings.is_empty(), "{name}: no finding");
                }
                bench.conforms();
            }
        }
    }
}

#[test]
fn start_and_duration_choose_the_nearest_samples() {
    let bytes = std::fs::read(data().join("files/wav-16.wav")).expect("a file of the table");
    let all = Bench::<Source<AudioReader>>::new().source("a.wav", bytes.clone());
    let all = all.run().expect("runs").audio::<f32>(0).expect("audio");
    let part = |start_s: f64, duration_s: f64| {
        let bench = Bench::<Source<AudioReader>>::new()
            .parameter("start_s", start_s)
            .parameter("duration_s", duration_s)
            .source("a.wav", bytes.clone());
        bench.conforms();
        bench.run().expect("runs").audio::<f32>(0).expect("audio")
    };
    let at = |n: f64| n / 22_050.0;
    assert_eq!(part(at(100.4), at(9.6))[0], all[0][100..110]);
    assert_eq!(part(at(590.0), 1.0)[0], all[0][590..]);
    assert_eq!(part(at(0.0), 0.0)[0], []);
    assert_eq!(part(9.0, 1.0)[0], []);
}
