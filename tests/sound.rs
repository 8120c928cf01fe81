//! `auricle play` and `auricle record` as a person or a script uses them. The null devices need no sound card; where
//! PulseAudio is installed, one test hears what was played.

#[path = "../app/device/tests/nullsink/server.rs"]
#[cfg(target_os = "linux")]
mod server;
mod support;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use support::{auricle, root, scratch};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn clip(name: &str) -> PathBuf {
    root().join("sessions/media").join(name)
}

fn odd(name: &str) -> PathBuf {
    root().join("tests/data/files").join(name)
}

fn run(home: &Path, args: &[&str]) -> Output {
    auricle(home).args(args).stdin(Stdio::null()).output().expect("the program runs")
}

/// Runs, demands the exit code, and returns standard error.
#[track_caller]
fn check(home: &Path, args: &[&str], code: i32) -> String {
    let out = run(home, args);
    let words = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(code), "{args:?}: {words}");
    words
}

fn samples(path: &Path) -> Vec<f32> {
    let reader = hound::WavReader::open(path).expect("a valid WAV file");
    reader.into_samples().map(|sample| sample.expect("a whole sample")).collect()
}

#[test]
fn every_bundled_clip_plays() {
    let home = scratch();
    for name in ["speech.flac", "speech-22k.wav", "music.ogg", "effect.wav", "stream.mp3"] {
        let path = clip(name).display().to_string();
        let words = check(home.path(), &["play", &path, "--device", "null-fast"], 0);
        assert!(words.contains(" Hz, "), "{words}");
        assert!(!words.contains("not ready in time"), "{words}");
    }
}

#[test]
fn parts_and_gain_are_kept_to() {
    let home = scratch();
    let path = clip("speech.flac").display().to_string();
    let part = ["play", &path, "--device", "null", "--start", "1.5", "--duration", "0.25"];
    let begun = Instant::now();
    check(home.path(), &part, 0);
    assert!(begun.elapsed() >= Duration::from_millis(250), "played for {:?}", begun.elapsed());
    check(home.path(), &["play", &path, "--device", "null-fast", "--start", "9999"], 0);
    let loud = check(home.path(), &["play", &path, "--device", "null-fast", "--gain-db", "60"], 0);
    assert!(loud.contains("beyond full scale"), "{loud}");
}

#[test]
fn odd_files_play_or_are_refused_and_nothing_is_a_bug() {
    let home = scratch();
    for (name, code, words) in [
        ("wav-f32-nan-inf.wav", 0, "beyond full scale"),
        ("wav-f64-huge.wav", 0, "beyond full scale"),
        ("wav-16-9ch.wav", 0, "9 channels"),
        ("cut-data.wav", 0, "promises 600"),
        ("wav-0-samples.wav", 0, "0.000 s"),
        ("fmt-0hz.wav", 3, "0 Hz"),
        ("text.wav", 3, "text.wav"),
        ("wav-1hz.wav", 2, "1 Hz"),
    ] {
        let path = odd(name).display().to_string();
        let said = check(home.path(), &["play", &path, "--device", "null-fast"], code);
        assert!(said.contains(words) && !said.contains("bug"), "{name}: {said}");
    }
    let said = check(home.path(), &["play", "missing.wav", "--device", "null-fast"], 3);
    assert!(said.contains("missing.wav"), "{said}");
}

#[test]
fn a_recording_tells_what_it_is_and_never_overwrites_unasked() {
    let home = scratch();
    let args = ["record", "take.wav", "--device", "null-fast", "--duration", "2.5", "--channels", "3", "--json"];
    let out = run(home.path(), &args);
    assert!(out.status.success());
    let told: Value = serde_json::from_slice(&out.stdout).expect("one JSON object and nothing else");
    assert_eq!(told["samples"], 120_000);
    assert_eq!(told["peak_dbfs"], serde_json::json!(["-inf", "-inf", "-inf"]));
    assert_eq!(told["gaps"], serde_json::json!([]));
    let reader = hound::WavReader::open(home.path().join("take.wav")).expect("valid");
    assert_eq!((reader.duration(), reader.spec().channels, reader.spec().sample_rate), (120_000, 3, 48_000));

    let said = check(home.path(), &args[..6], 5);
    assert!(said.contains("take.wav exists"), "{said}");
    check(home.path(), &[&args[..6], &["--force", "--format", "s16", "--rate", "8000"]].concat(), 0);
    let reader = hound::WavReader::open(home.path().join("take.wav")).expect("valid");
    assert_eq!((reader.duration(), reader.spec().bits_per_sample), (20_000, 16));
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_opened() {
    let home = scratch();
    for (args, words) in [
        (&["record"][..], "<FILE>"),
        (&["record", "x.flac", "--device", "null"], ".wav"),
        (&["record", "x.wav", "--device", "null-fast"], "--duration"),
        (&["record", "x.wav", "--device", "null", "--duration", "0"], "above 0"),
        (&["record", "x.wav", "--device", "null", "--rate", "7", "--duration", "1"], "7 Hz"),
        (&["play"], "<FILE>"),
        (&["play", "x.wav", "--gain-db", "nan"], "-120 to 60"),
    ] {
        let said = check(home.path(), args, 2);
        assert!(said.contains(words), "{args:?}: {said}");
    }
    assert_eq!(std::fs::read_dir(home.path()).expect("a folder").filter(|e| e.is_ok()).count(), 0);
    let said = check(home.path(), &["record", "no/such/x.wav", "--device", "null", "--duration", "1"], 5);
    assert!(said.contains("no/such/x.wav"), "{said}");
}

#[cfg(unix)]
fn signal(child: &Child, name: &str) {
    let done = Command::new("kill").args(["-s", name, &child.id().to_string()]).status();
    assert!(done.expect("kill runs").success());
}

/// Starts to record and waits until the file has sound in it.
fn recording(command: &mut Command, path: &Path) -> Child {
    let child = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program runs");
    let deadline = Instant::now() + PATIENCE;
    while hound::WavReader::open(path).map_or(0, |reader| reader.duration()) == 0 {
        assert!(Instant::now() < deadline, "nothing is recorded");
        std::thread::sleep(Duration::from_millis(5));
    }
    child
}

#[test]
#[cfg(unix)]
fn signals_end_a_recording_whole_and_a_kill_leaves_it_valid() {
    let home = scratch();
    for (index, (name, code)) in
        [("INT", Some(0)), ("TERM", Some(143)), ("KILL", None), ("KILL", None)].iter().enumerate()
    {
        let path = home.path().join(format!("{index}.wav"));
        let mut command = auricle(home.path());
        command.args(["record", &format!("{index}.wav"), "--device", "null", "--format", "s24", "--channels", "1"]);
        let mut child = recording(&mut command, &path);
        let (begun, before) = (Instant::now(), hound::WavReader::open(&path).expect("valid").duration());
        std::thread::sleep(Duration::from_millis(700 + 333 * index as u64)); // time itself is recorded here
        let seconds = begun.elapsed().as_secs_f64();
        signal(&child, name);
        assert_eq!(child.wait().expect("ends").code(), *code, "SIG{name}");
        let recorded = f64::from(hound::WavReader::open(&path).expect("valid").duration() - before) / 48_000.0;
        let bytes = std::fs::metadata(&path).expect("exists").len();
        assert!(recorded > seconds - 1.0, "SIG{name}: {seconds} s recorded, {recorded} s in {bytes} bytes");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn what_play_plays_is_what_record_records() {
    if let Some(reason) = server::missing() {
        println!("skipped: {reason}");
        return;
    }
    let (home, server) = (scratch(), server::Server::start());
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 48_000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let sound: Vec<f32> = (0..2 * 48_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 8) as f32 / 2e7 - 0.4).collect();
    let mut writer = hound::WavWriter::create(home.path().join("sound.wav"), spec).expect("creates");
    sound.iter().for_each(|&sample| writer.write_sample(sample).expect("writes"));
    writer.finalize().expect("finishes");

    let heard = home.path().join("heard.wav");
    let mut command = auricle(home.path());
    server.environment(&mut command);
    let mut recorder = recording(command.args(["record", "heard.wav"]), &heard);
    let mut command = auricle(home.path());
    server.environment(&mut command);
    let played = command.args(["play", "sound.wav"]).output().expect("plays");
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stderr));
    signal(&recorder, "INT");
    assert!(recorder.wait().expect("ends").success());

    let got = samples(&heard);
    let first = got.iter().position(|&sample| sample != 0.0).expect("something was heard");
    let got = &got[first - first % 2..];
    let wrong = got.iter().zip(&sound).position(|(got, played)| got != played);
    assert!(got.len() >= sound.len(), "{} of {} samples were heard", got.len(), sound.len());
    assert_eq!(wrong, None, "of {} samples", sound.len());
}

#[test]
#[cfg(target_os = "linux")]
fn a_session_runs_on_a_microphone_and_the_recording_replayed_gives_the_same() {
    if let Some(reason) = server::missing() {
        println!("skipped: {reason}");
        return;
    }
    let (home, server) = (scratch(), server::Server::start());
    let session = home.path().join("session.toml");
    let stages = "[[stage]]\nid = \"read\"\nuse = \"read.audio\"\ninput = \"clip\"\n\
         [[stage]]\nid = \"levels\"\nuse = \"spectrum.dbfs\"\ninput = \"read\"\nparameters = { n_fft = 512 }\n\
         [[stage]]\nid = \"save\"\nuse = \"write.npy\"\ninput = \"levels\"\nparameters = { path = \"levels.npy\" }\n\
         [[stage]]\nid = \"keep\"\nuse = \"write.npy\"\ninput = \"read\"\nparameters = { path = \"audio.npy\" }\n";
    std::fs::write(&session, format!("auricle = 1\n[inputs]\nclip = \"nothing.wav\"\n{stages}")).expect("writable");

    // What needs all of its input first is refused, and nothing is recorded.
    let waiting = home.path().join("waiting.toml");
    let slow = "[[stage]]\nid = \"slow\"\nuse = \"effect.stretch\"\ninput = \"read\"\n";
    std::fs::write(&waiting, format!("auricle = 1\n[inputs]\nclip = \"nothing.wav\"\n{stages}{slow}"))
        .expect("writable");
    let mut command = auricle(home.path());
    server.environment(&mut command);
    let out = command.args(["live", "waiting.toml"]).output().expect("the program runs");
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(2), "{said}");
    assert!(said.contains("\"slow\" (effect.stretch) needs its whole input"), "{said}");
    assert!(!home.path().join("out").exists());

    let mut command = auricle(home.path());
    server.environment(&mut command);
    let live = command
        .args(["live", "session.toml", "--out", "live", "--duration", "3"])
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let clip = clip("speech.flac").display().to_string();
    let mut command = auricle(home.path());
    server.environment(&mut command);
    assert!(command.args(["play", &clip, "--duration", "2.5"]).output().expect("plays").status.success());
    let out = live.wait_with_output().expect("ends");
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.success(), "{said}");
    assert!(said.contains("from what was recorded to what came out"), "{said}");
    println!("{said}");

    let take = home.path().join("live/clip.wav");
    let heard = samples(&take);
    assert_eq!(heard.len(), 2 * 3 * 48_000);
    assert!(heard.iter().any(|sample| sample.abs() > 0.01), "the speech was heard");
    check(home.path(), &["replay", "session.toml", "--input", "clip=live/clip.wav", "--out", "replayed"], 0);
    for name in ["levels.npy", "audio.npy"] {
        let read = |folder: &str| std::fs::read(home.path().join(folder).join(name)).expect("it is written");
        assert!(read("live") == read("replayed"), "{name} differs from the replay of what was recorded");
    }
}

#[test]
fn live_and_record_refuse_the_same_durations() {
    let home = scratch();
    for command in [&["live", "session.toml"][..], &["record", "take.wav"]] {
        for duration in ["0", "-1", "nan", "1e300", "long"] {
            let duration = format!("--duration={duration}");
            let done = auricle(home.path()).args(command).arg(&duration).output().expect("the program runs");
            let said = String::from_utf8_lossy(&done.stderr).into_owned();
            assert_eq!(done.status.code(), Some(2), "{command:?} {duration}: {said}");
            assert!(said.contains("expected seconds above 0"), "{command:?} {duration}: {said}");
        }
        let endless = auricle(home.path()).args(command).args(["--device", "null-fast"]).output().expect("it runs");
        let said = String::from_utf8_lossy(&endless.stderr).into_owned();
        assert!(said.contains("expected --duration as well"), "{command:?}: {said}");
    }
}

#[test]
fn speed_channel_and_end_are_kept_to_and_wrong_ones_refused() {
    let home = scratch();
    let path = clip("speech.flac").display().to_string();
    let begun = Instant::now();
    let half = ["play", &path, "--device", "null", "--from", "0.5", "--to", "1.0", "--speed", "2", "--channel", "1"];
    check(home.path(), &half, 0);
    assert!(begun.elapsed() >= Duration::from_millis(250), "played for {:?}", begun.elapsed());
    let fast = ["play", path.as_str(), "--device", "null-fast"];
    check(home.path(), &[&fast[..], &["--speed", "0.25", "--duration", "1"]].concat(), 0);
    for (more, words) in [(["--speed", "9"], "0.25 to 4"), (["--channel", "7"], "no channel 7")] {
        let said = check(home.path(), &[&fast[..], &more].concat(), 2);
        assert!(said.contains(words), "{said}");
    }
}
