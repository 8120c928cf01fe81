//! `auricle info`: nothing is found in ordinary files; every fault is, and both end as their exit codes say.

mod support;

use serde_json::Value as Json;
use std::path::{Path, PathBuf};
use support::{auricle, root, scratch};

/// What `info --json` says, and its exit code.
fn info(home: &Path, file: &Path) -> (Json, i32) {
    let run = auricle(home).arg("info").arg("--json").arg(file).output().expect("the program starts");
    let said = String::from_utf8_lossy(&run.stdout);
    let json = serde_json::from_str(said.trim()).unwrap_or_else(|error| panic!("{}: {error}: {said}", file.display()));
    (json, run.status.code().expect("it ends by itself"))
}

#[track_caller]
fn finds(home: &Path, file: &Path, expected: &[&str]) -> Json {
    let (json, code) = info(home, file);
    let findings = json["findings"].as_array().expect("a list");
    let codes: Vec<&str> = findings.iter().filter_map(|finding| finding["code"].as_str()).collect();
    assert_eq!(codes, expected, "{}: {json:#}", file.display());
    assert_eq!(code, i32::from(!expected.is_empty()), "{}", file.display());
    json
}

/// Writes 16-bit samples of so many channels, two seconds at 16 kHz: `sound(channel, sample)`.
fn sixteen(home: &Path, name: &str, channels: u16, sound: impl Fn(u16, u32) -> f64) -> PathBuf {
    let spec =
        hound::WavSpec { channels, sample_rate: 16_000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let path = home.join(name);
    let mut file = hound::WavWriter::create(&path, spec).expect("scratch is writable");
    for k in 0..32_000 {
        for channel in 0..channels {
            let sample = (sound(channel, k) * 32_768.0).round().clamp(-32_768.0, 32_767.0) as i16;
            file.write_sample(sample).expect("scratch is writable");
        }
    }
    file.finalize().expect("scratch is writable");
    path
}

fn sine(hertz: f64, k: u32) -> f64 {
    0.5 * (std::f64::consts::TAU * hertz * f64::from(k) / 16_000.0).sin()
}

#[test]
fn ordinary_files_have_nothing_wrong_with_them() {
    let home = scratch();
    for clip in ["speech.flac", "speech-22k.wav", "effect.wav", "music.ogg", "stream.mp3"] {
        finds(home.path(), &root().join("sessions/media").join(clip), &[]);
    }
    finds(home.path(), &sixteen(home.path(), "tone.wav", 1, |_, k| sine(440.0, k)), &[]);
    let stereo = sixteen(home.path(), "stereo.wav", 2, |channel, k| sine(300.0 + 77.0 * f64::from(channel), k));
    finds(home.path(), &stereo, &[]);
}

#[test]
fn each_fault_is_told() {
    let home = scratch();
    let make = |name, channels, sound: &dyn Fn(u16, u32) -> f64| sixteen(home.path(), name, channels, sound);
    finds(home.path(), &make("clipped.wav", 1, &|_, k| 3.0 * sine(440.0, k)), &["clipping"]);
    finds(home.path(), &make("silent.wav", 1, &|_, _| 0.0), &["silence"]);
    finds(home.path(), &make("twice.wav", 2, &|_, k| sine(440.0, k)), &["identical-channels"]);
    finds(home.path(), &make("shifted.wav", 1, &|_, k| 0.2 + sine(440.0, k)), &["dc-offset"]);
    let whole = std::fs::read(make("whole.wav", 1, &|_, k| sine(440.0, k))).expect("it was written");
    let cut = home.path().join("cut.wav");
    std::fs::write(&cut, &whole[..whole.len() / 2]).expect("scratch is writable");
    finds(home.path(), &cut, &["data-truncated"]);
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let path = home.path().join("nan.wav");
    let mut file = hound::WavWriter::create(&path, spec).expect("scratch is writable");
    for k in 0..32_000 {
        file.write_sample(if k == 999 { f32::NAN } else { sine(440.0, k) as f32 }).expect("scratch is writable");
    }
    file.finalize().expect("scratch is writable");
    let json = finds(home.path(), &path, &["samples-not-finite"]);
    assert_eq!(json["findings"][0]["at"], 999);
}

#[test]
fn a_sample_rate_that_the_sound_does_not_use_is_told() {
    let home = scratch();
    let clip = root().join("sessions/media/speech.flac");
    let session = home.path().join("up.toml");
    let text = format!(
        r#"auricle = 1
inputs = {{ clip = {clip:?} }}
stage = [
    {{ id = "read", use = "read.audio", input = "clip" }},
    {{ id = "down", use = "resample.soxr", input = "read", parameters = {{ sr = 8000 }} }},
    {{ id = "up", use = "resample.soxr", input = "down", parameters = {{ sr = 48000 }} }},
    {{ id = "save_down", use = "write.wav", input = "down", parameters = {{ path = "down.wav", format = "pcm16" }} }},
    {{ id = "save_up", use = "write.wav", input = "up", parameters = {{ path = "up.wav", format = "pcm16" }} }},
]
"#
    );
    std::fs::write(&session, text).expect("scratch is writable");
    let out = home.path().join("out");
    let run = auricle(home.path()).arg("replay").arg(&session).arg("--out").arg(&out).output().expect("it starts");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    finds(home.path(), &out.join("down.wav"), &[]);
    let json = finds(home.path(), &out.join("up.wav"), &["bandwidth"]);
    let message = json["findings"][0]["message"].as_str().expect("a text");
    assert!(message.starts_with("nothing above 4.") || message.starts_with("nothing above 3.9"), "{message}");
    assert!(message.contains("24 kHz possible"), "{message}");
}
