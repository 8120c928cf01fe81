//! `auricle listen`: what is told live, and what a replay of the recording gives.

#[path = "../app/device/tests/nullsink/server.rs"]
#[cfg(target_os = "linux")]
mod server;
mod support;

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use support::{auricle, root, scratch};

/// Exit code, standard output and error; the store of models lies in `home`.
fn run(home: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = auricle(home);
    let done = command.env("AURICLE_MODELS", home.join("store")).current_dir(home).args(arguments).output();
    let done = done.expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (done.status.code(), text(&done.stdout), text(&done.stderr))
}

/// Takes the model of random weights into the store.
fn import(home: &Path) {
    let tiny = root().join("plugins/asr/tests/tiny");
    let (code, _, stderr) = run(home, &["models", "import", tiny.to_str().expect("UTF-8"), "--id", "whisper-tiny.en"]);
    assert_eq!(code, Some(0), "{stderr}");
}

/// Lines of JSON, without what depends on the clock.
fn events(lines: &str) -> Vec<Value> {
    let parsed = lines.lines().map(|line| serde_json::from_str(line).expect("a line of JSON"));
    parsed
        .map(|mut event: Value| {
            event.as_object_mut().expect("an object").remove("latency_s");
            event
        })
        .collect()
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

    import(home);
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

/// Killed without warning: the recording is valid, and gives what had been told up to its end.
#[test]
#[cfg(unix)]
fn a_listener_that_is_killed_leaves_a_recording_that_gives_the_same() {
    let home = scratch();
    let home = home.path();
    import(home);
    // The same is said three times; each pause is told when it is over.
    let mut said = hound::WavReader::open(root().join("sessions/media/speech-22k.wav")).expect("a WAV file");
    let spec = said.spec();
    let mut once: Vec<i16> = said.samples().map(|sample| sample.expect("a whole sample")).collect();
    once.resize(once.len() + 2 * spec.sample_rate as usize, 0);
    let mut clip = hound::WavWriter::create(home.join("clip.wav"), spec).expect("creates");
    once.repeat(3).into_iter().for_each(|sample| clip.write_sample(sample).expect("writes"));
    clip.finalize().expect("finishes");
    let mut listener = auricle(home)
        .env("AURICLE_MODELS", home.join("store"))
        .current_dir(home)
        .args(["listen", "--file", "clip.wav", "--realtime", "--json", "--out", "live"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut lines = BufReader::new(listener.stdout.take().expect("piped")).lines().map_while(Result::ok);
    let mut told: Vec<String> = lines.by_ref().take(2).collect();
    listener.kill().expect("SIGKILL");
    listener.wait().expect("is gone");
    told.extend(lines);

    let sound = home.join("live/sound.wav");
    let recorded = hound::WavReader::open(&sound).expect("a valid WAV file");
    let seconds = f64::from(recorded.duration()) / f64::from(recorded.spec().sample_rate);
    let (code, stdout, stderr) = run(home, &["listen", "--file", "live/sound.wav", "--json", "--out", "again"]);
    assert_eq!(code, Some(0), "{stderr}");
    // Where speech begins or ends is seen up to a second later: what rests on sound that did not reach the disk cannot be
    // told again.
    let place = |event: &Value| event["at_s"].as_f64().or(event["end_s"].as_f64()).unwrap_or(f64::INFINITY);
    let told: Vec<Value> =
        events(&told.join("\n")).into_iter().take_while(|event| place(event) + 1.0 < seconds).collect();
    let again = events(&stdout);
    assert!(!told.is_empty() && again.starts_with(&told), "of {seconds} s: {told:?} is not the beginning of {again:?}");
    let (code, _, stderr) = run(home, &["replay", "live/listen.toml", "--out", "replayed"]);
    assert_eq!(code, Some(0), "{stderr}");
}

/// What is played into a sound server is heard there, and the recording replayed gives the same transcript.
#[test]
#[cfg(target_os = "linux")]
fn what_a_sound_server_plays_is_heard() {
    if let Some(reason) = server::missing() {
        println!("skipped: {reason}");
        return;
    }
    let (home, server) = (scratch(), server::Server::start());
    let home = home.path();
    import(home);
    let program = || {
        let mut command = auricle(home);
        server.environment(command.env("AURICLE_MODELS", home.join("store")).current_dir(home));
        command
    };
    let listener = program()
        .args(["listen", "--json", "--duration", "4", "--out", "live"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let clip = root().join("sessions/media/speech.flac");
    let played = program().arg("play").arg(clip).args(["--duration", "4"]).output().expect("plays");
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stderr));
    let heard = listener.wait_with_output().expect("ends");
    let stderr = String::from_utf8_lossy(&heard.stderr).into_owned();
    assert!(heard.status.success(), "{stderr}");
    let told = events(&String::from_utf8_lossy(&heard.stdout));
    let end = told.last().expect("an end");
    let of = |name: &str| end[name].as_f64().expect("seconds");
    assert!((of("sent_s") + of("silent_s") - 4.0).abs() < 0.05 && of("sent_s") > 0.5, "{end}");
    let (code, _, stderr) = run(home, &["replay", "live/listen.toml", "--out", "replayed"]);
    assert_eq!(code, Some(0), "{stderr}");
    for name in ["transcript.json", "steps.csv"] {
        let read = |folder: &str| std::fs::read(home.join(folder).join(name)).expect("it was written");
        assert!(read("live") == read("replayed"), "{name} differs from the replay of what was heard");
    }
}

#[test]
fn a_session_that_does_not_listen_is_refused() {
    let home = scratch();
    let session = root().join("sessions/transcribe.toml");
    let session = session.to_str().expect("UTF-8");
    let (code, _, stderr) = run(home.path(), &["listen", "--session", session, "--device", "null", "--duration", "1"]);
    assert!(code == Some(2) && stderr.contains("no stage asr.listen"), "{stderr}");
}
