//! Every file of `tests/data` against its row in `files.toml`: what must be read, refused, found.

use auricle_decode::{Bytes, FloatCheck, Planes, open};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What came of one file.
struct Outcome {
    rate: f64,
    samples: Vec<Vec<f32>>,
    findings: Vec<&'static str>,
}

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../tests/data")
}

fn read(path: &Path) -> auricle_decode::Result<Outcome> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let bytes = std::fs::read(path).unwrap_or_default();
    let mut decoder = open(Arc::new(Bytes::new(name, bytes)))?;
    let format = decoder.format().clone();
    let mut planes = Planes::new(format.sample_type, format.channels);
    while decoder.read(1000, &mut planes)? > 0 {}
    let mut check = FloatCheck::default();
    let mut samples = Vec::new();
    check.convert(&planes, 0, &mut samples);
    let mut findings = decoder.findings();
    findings.extend(check.findings());
    let findings = findings.iter().map(|f| f.code).collect();
    Ok(Outcome { rate: format.sample_rate, samples, findings })
}

fn digest(samples: &[Vec<f32>]) -> String {
    let mut hash = Sha256::new();
    for sample in samples.iter().flatten() {
        hash.update(sample.to_le_bytes());
    }
    let mut words = String::new();
    for byte in hash.finalize() {
        write!(words, "{byte:02x}").expect("a string takes everything");
    }
    words
}

/// The float32 array of a `.npy` of shape (channel, sample).
fn npy(path: &Path) -> (usize, Vec<f32>) {
    let bytes = std::fs::read(path).expect("a reference beside the table");
    let header = usize::from(u16::from_le_bytes([bytes[8], bytes[9]])) + 10;
    let words = String::from_utf8_lossy(&bytes[10..header]).into_owned();
    let shape = words.split("'shape': (").nth(1).and_then(|s| s.split([',', ')']).next());
    let channels = shape.and_then(|s| s.trim().parse().ok()).expect("a shape");
    let (numbers, _) = bytes[header..].as_chunks::<4>();
    (channels, numbers.iter().map(|&b| f32::from_le_bytes(b)).collect())
}

/// What is wrong with the outcome of one row; empty if nothing.
fn check(row: &toml::Table) -> String {
    let text = |key: &str| row.get(key).and_then(toml::Value::as_str).unwrap_or_default();
    let number = |key: &str| row.get(key).and_then(toml::Value::as_integer).map(|n| n as usize);
    let name = text("name");
    let outcome = read(&data().join("files").join(name));
    let outcome = match (outcome, text("expect")) {
        (Err(e), "refuse" | "either") if !e.message.is_empty() => return String::new(),
        (Err(e), _) => return format!("refused: {e}"),
        (Ok(o), "refuse") => return format!("read, with {:?}", o.findings),
        (Ok(o), "either") if o.findings.is_empty() => return "read without a finding".to_owned(),
        (Ok(_), "either") => return String::new(),
        (Ok(o), _) => o,
    };
    let rounded_only = outcome.findings.iter().all(|&code| code == "samples-rounded");
    match row.get("findings").and_then(toml::Value::as_bool) {
        Some(true) if outcome.findings.is_empty() => return "no finding".to_owned(),
        Some(false) if !rounded_only => return format!("findings {:?}", outcome.findings),
        _ => {}
    }
    let length = outcome.samples.first().map_or(0, Vec::len);
    if number("rate").is_some_and(|rate| rate as f64 != outcome.rate) {
        return format!("rate {}", outcome.rate);
    }
    if number("channels").is_some_and(|n| n != outcome.samples.len()) {
        return format!("{} channels", outcome.samples.len());
    }
    if number("samples").is_some_and(|n| n != length) || number("samples_min").is_some_and(|n| length < n) {
        return format!("{length} samples");
    }
    if !text("sha256").is_empty() && digest(&outcome.samples) != text("sha256") {
        return "other samples".to_owned();
    }
    if !text("near").is_empty() {
        let tolerance = row.get("tolerance").and_then(toml::Value::as_float).unwrap_or(0.0);
        let (channels, near) = npy(&data().join(text("near")));
        let reference = near.chunks((near.len() / channels.max(1)).max(1));
        for (c, (ours, near)) in outcome.samples.iter().zip(reference).enumerate() {
            for (i, (a, b)) in ours.iter().zip(near).enumerate() {
                if f64::from((a - b).abs()) > tolerance {
                    return format!("channel {c} sample {i}: expected {b}, got {a}");
                }
            }
        }
    }
    String::new()
}

#[test]
fn every_file_gives_what_its_row_says() {
    let table = std::fs::read_to_string(data().join("files.toml")).expect("the table of files");
    let table: toml::Table = table.parse().expect("a table in TOML");
    let rows = table["file"].as_array().expect("rows");
    assert!(rows.len() > 100, "{} rows", rows.len());
    let mut faults = String::new();
    for row in rows.iter().filter_map(toml::Value::as_table) {
        let fault = check(row);
        if !fault.is_empty() {
            writeln!(faults, "{}: {fault}", row["name"]).expect("a string takes everything");
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}
