//! `auricle listen`: what is told live, and what a replay of the recording gives.

mod support;

use serde_json::Value;
use std::path::Path;
use support::{auricle, root, scratch};

/// Exit code, standard output and error; the store of models lies in `home`.
fn run(home: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = auricle(home);
    let done = command.env("AURICLE_MODELS", home.join("store")).current_dir(home).args(arguments).output();
    let done = done.expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (done.status.code(), text(&done.stdout), text(&done.stderr))
}

/// A model of random weights hears nothing that makes sense, but the same again.
#[test]
fn a_recording_gives_the_transcript_that_was_told_live() {
    let home = scratch();
    let home = home.path();
    let clip = root().join("sessions/media/speech.flac");
    let listen = ["listen", "--file", clip.to_str().expect("UTF-8"), "--realtime", "--duration", "2.5", "--json"];
    let (code, stdout, stderr) = run(home, &listen);
    assert!(code == Some(2) && stdout.is_empty(), "{stderr}");
    assert!(stderr.contains("no model \"whisper-tiny.en\" in the store"), "{stderr}");

    let tiny = root().join("plugins/asr/tests/tiny");
    run(home, &["models", "import", tiny.to_str().expect("UTF-8"), "--id", "whisper-tiny.en"]);
    let (code, stdout, stderr) = run(home, &[&listen[..], &["--out", "live"]].concat());
    assert_eq!(code, Some(0), "{stderr}");
    let told: Vec<Value> = stdout.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let end = told.last().expect("an end");
    assert_eq!(end["event"], "end", "{stdout}");
    let heard = end["sent_s"].as_f64().expect("seconds") + end["silent_s"].as_f64().expect("seconds");
    assert!((heard - 2.5).abs() < 0.05, "{end}");
    let settled: String =
        told.iter().filter(|told| told["event"] == "final").filter_map(|t| t["text"].as_str()).collect();
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    assert_eq!(squeezed(&settled), squeezed(end["text"].as_str().expect("text")));

    let (code, _, stderr) = run(home, &["replay", "live/listen.toml", "--out", "replayed"]);
    assert_eq!(code, Some(0), "{stderr}");
    for name in ["transcript.json", "steps.csv"] {
        let read = |folder: &str| std::fs::read(home.join(folder).join(name)).expect("it was written");
        assert!(read("live") == read("replayed"), "{name} differs from the replay of what was heard");
    }
    // What was recorded stays, unless told otherwise.
    let (code, _, stderr) = run(home, &[&listen[..], &["--out", "live"]].concat());
    assert!(code == Some(5) && stderr.contains("sound.wav"), "{stderr}");
}

#[test]
fn a_session_that_does_not_listen_is_refused() {
    let home = scratch();
    let session = root().join("sessions/transcribe.toml");
    let session = session.to_str().expect("UTF-8");
    let (code, _, stderr) = run(home.path(), &["listen", "--session", session, "--device", "null", "--duration", "1"]);
    assert!(code == Some(2) && stderr.contains("no stage asr.listen"), "{stderr}");
}
