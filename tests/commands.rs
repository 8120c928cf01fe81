//! Commands that look and tell: what they print, where they print it, and how they end.

mod support;

use serde_json::Value as Json;
use std::path::Path;
use std::process::Output;
use support::{auricle, root, scratch};

/// A command as typed, its exit code, and what must stand on stdout and on stderr.
struct Case {
    arguments: &'static [&'static str],
    exit: i32,
    stdout: &'static [&'static str],
    stderr: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case { arguments: &["--version"], exit: 0, stdout: &["auricle "], stderr: &[] },
    Case { arguments: &["sessions/media/effect.wav"], exit: 2, stdout: &[], stderr: &["needs a terminal"] },
    Case { arguments: &["replay"], exit: 2, stdout: &[], stderr: &["SESSION"] },
    Case {
        arguments: &["plugin", "list"],
        exit: 0,
        stdout: &["read.librosa", "mel.tacotron2", "write.npy"],
        stderr: &[],
    },
    Case {
        arguments: &["plugin", "show", "mel.tacotron2"],
        exit: 0,
        stdout: &["n_mel_channels", "80", "Tacotron 2"],
        stderr: &[],
    },
    Case {
        arguments: &["plugin", "show", "mel.librosa", "--diff", "mel.tacotron2"],
        exit: 0,
        stdout: &["n_mels", "n_mel_channels"],
        stderr: &[],
    },
    Case { arguments: &["plugin", "show", "mel.libroso"], exit: 2, stdout: &[], stderr: &["mel.librosa"] },
    Case { arguments: &["plugin", "why", "mel.librosa"], exit: 0, stdout: &["auricle_bands"], stderr: &[] },
    Case { arguments: &["completions", "bash"], exit: 0, stdout: &["_auricle()"], stderr: &[] },
    Case { arguments: &["check", "sessions/spectrogram-tour.toml"], exit: 0, stdout: &[], stderr: &["ok"] },
    Case {
        arguments: &["check", "tests/invalid/unknown-stage.toml"],
        exit: 2,
        stdout: &[],
        stderr: &["unknown-stage.toml:"],
    },
    Case {
        arguments: &["info", "sessions/media/speech-22k.wav"],
        exit: 0,
        stdout: &["22050 Hz", "pcm_s16", "LUFS"],
        stderr: &[],
    },
    Case {
        arguments: &["info", "tests/data/files/cut-data.wav"],
        exit: 1,
        stdout: &["Finding", "promises"],
        stderr: &[],
    },
    Case {
        arguments: &["info", "tests/data/files/empty.wav"],
        exit: 3,
        stdout: &[],
        stderr: &["tests/data/files/empty.wav", "empty"],
    },
    Case { arguments: &["info", "sessions"], exit: 3, stdout: &[], stderr: &["directory"] },
    Case { arguments: &["info", "gone.wav"], exit: 3, stdout: &[], stderr: &["gone.wav", "does not exist"] },
    Case { arguments: &["verify", "sessions/spectrogram-tour.toml"], exit: 2, stdout: &[], stderr: &["--against"] },
];

fn run(home: &Path, arguments: &[&str]) -> Output {
    auricle(home).current_dir(root()).args(arguments).output().expect("the program starts")
}

#[test]
fn each_says_what_it_should_where_it_should() {
    let home = scratch();
    for case in CASES {
        let output = run(home.path(), case.arguments);
        let stdout = String::from_utf8_lossy(&output.stdout);
        let stderr = String::from_utf8_lossy(&output.stderr);
        let told = format!("{:?}\nstdout: {stdout}\nstderr: {stderr}", case.arguments);
        assert_eq!(output.status.code(), Some(case.exit), "{told}");
        for wanted in case.stdout {
            assert!(stdout.contains(wanted), "no {wanted:?} on stdout of {told}");
        }
        for wanted in case.stderr {
            assert!(stderr.contains(wanted), "no {wanted:?} on stderr of {told}");
        }
        assert!(case.exit == 0 || !stderr.is_empty() || !stdout.is_empty(), "an empty answer of {told}");
        assert!(!stdout.contains('\u{1b}') && !stderr.contains('\u{1b}'), "colour in a pipe: {told}");
    }
}

#[test]
fn manual_pages_stand_in_columns_that_fit() {
    let home = scratch();
    let output = run(home.path(), &["plugin", "show", "mel.kaldi"]);
    let page = String::from_utf8_lossy(&output.stdout);
    let long = page.lines().find(|line| line.chars().count() > 100);
    assert_eq!(long, None);
    assert!(page.contains("  preemphasis_coefficient  a number from 0 to 1; default 0.97\n"), "{page}");
}

/// `info --json` of one file of tests/data.
fn info(home: &Path, file: &str) -> Json {
    let output = run(home, &["info", "--json", &format!("tests/data/files/{file}")]);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn info_names_what_other_programs_read() {
    let home = scratch();
    let known = info(home.path(), "wav-16-9ch.wav");
    for key in ["sample_rate", "channels", "duration_s", "samples", "codec", "bits_per_sample", "bit_rate"] {
        assert!(known[key].is_number() || known[key].is_string(), "{key} of {known}");
    }
    for level in ["peak_dbfs", "rms_dbfs", "lufs"] {
        assert!(!known[level].is_null(), "{level} of {known}");
    }
    assert_eq!(known["channels"], 9);
}

/// The number of samples is that of the time axis, also where there are more channels than samples.
#[test]
fn info_counts_samples_not_channels() {
    let home = scratch();
    let path = home.path().join("wide.wav");
    let spec =
        hound::WavSpec { channels: 9, sample_rate: 8000, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(&path, spec).expect("scratch is writable");
    (0..18).for_each(|k: i16| writer.write_sample(k * 100).expect("scratch is writable"));
    writer.finalize().expect("scratch is writable");
    let output = run(home.path(), &["info", "--json", &path.to_string_lossy()]);
    let known: Json = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!((&known["samples"], &known["channels"]), (&Json::from(2), &Json::from(9)));
}

/// A script learns from the JSON why a file was refused, without reading stderr.
#[test]
fn info_gives_the_reason_of_a_refusal_as_json_too() {
    let home = scratch();
    let refused = info(home.path(), "empty.wav");
    assert!(refused["error"].as_str().is_some_and(|why| why.contains("empty")), "{refused}");
}

/// The first thing that a newcomer runs: everything that its sessions read is inside the program.
#[test]
fn the_demo_runs_without_a_terminal_or_the_repository() {
    let home = scratch();
    let output = auricle(home.path()).arg("demo").output().expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    for picture in ["spectrogram-tour/2-speech-spectrogram.png", "tacotron2-and-librosa/report.json"] {
        assert!(home.path().join("out/demo").join(picture).is_file(), "{picture}");
    }
}

#[test]
fn doctor_has_each_heading_once() {
    let home = scratch();
    let output = run(home.path(), &["doctor"]);
    let text = String::from_utf8_lossy(&output.stdout);
    for heading in ["Terminal", "Plugins", "Sound", "Directories"] {
        assert_eq!(text.lines().filter(|line| *line == heading).count(), 1, "{heading} in\n{text}");
    }
}
