//! Sessions run by the program: outputs, reports, exit codes, memory, and the same bytes however they are run.

mod support;

use serde_json::Value as Json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use support::{auricle, root, scratch, wav};

fn tone(k: u32) -> i16 {
    ((f64::from(k) * 0.3).sin() * 8000.0) as i16
}

fn replay(home: &Path, session: &str, extra: &[&str]) -> Output {
    let path = home.join("session.toml");
    fs::write(&path, session).expect("scratch is writable");
    auricle(home).arg("replay").arg(path).args(extra).output().expect("the program starts")
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or(-1)
}

fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn report(out: &Path) -> Json {
    let text = fs::read_to_string(out.join("report.json")).expect("the run left a report");
    serde_json::from_str(&text).expect("the report is JSON")
}

/// All that a run left that must not depend on how it was run.
fn left(out: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<(PathBuf, Vec<u8>)> = fs::read_dir(out)
        .expect("the run left a directory")
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.file_name().is_some_and(|name| name != "times.json"))
        .map(|path| (path.strip_prefix(out).expect("below").to_owned(), fs::read(&path).expect("readable")))
        .collect();
    files.sort();
    files
}

#[test]
fn the_bundled_sessions_run_and_leave_the_same_bytes_however_they_are_cut() {
    let home = scratch();
    for name in ["spectrogram-tour", "tacotron2-and-librosa", "compare-readers"] {
        let session = root().join("sessions").join(name).with_extension("toml");
        let mut runs = Vec::new();
        for (jobs, block) in [("1", "32768"), ("2", "1000"), ("8", "4096")] {
            let out = home.path().join(format!("{name}-{jobs}"));
            let arguments = ["--jobs", jobs, "--block", block, "--out"];
            let output = auricle(home.path()).arg("replay").arg(&session).args(arguments).arg(&out).output();
            let output = output.expect("the program starts");
            assert_eq!(code(&output), 0, "{name}: {}", errors(&output));
            runs.push(left(&out));
        }
        assert!(runs[0].len() > 1, "{name} writes files");
        assert_eq!(runs[0].len(), runs[1].len());
        for run in &runs[1..] {
            for ((path, expected), (_, got)) in runs[0].iter().zip(run) {
                assert!(expected == got, "{name}: {} depends on blocks or jobs", path.display());
            }
        }
    }
}

#[test]
fn verify_is_silent_without_drift_and_names_what_changed() {
    let home = scratch();
    wav(&home.path().join("clip.wav"), 16_000, 2, tone);
    let session = |gain: &str| {
        format!(
            "auricle = 1\n[inputs]\nclip = \"clip.wav\"\n[[stage]]\nid = \"read\"\nuse = \"read.audio\"\ninput = \"clip\"\n\
             [[stage]]\nid = \"gain\"\nuse = \"effect.gain\"\ninput = \"read\"\nparameters = {{ gain_db = {gain} }}\n\
             [[stage]]\nid = \"save\"\nuse = \"write.npy\"\ninput = \"gain\"\nparameters = {{ path = \"gain.npy\" }}\n"
        )
    };
    let output = replay(home.path(), &session("-6.0"), &["--out", "before"]);
    assert_eq!(code(&output), 0, "{}", errors(&output));
    let verify = || {
        let mut command = auricle(home.path());
        command.args(["verify", "session.toml", "--against", "before"]).output().expect("the program starts")
    };
    let output = verify();
    assert_eq!((code(&output), output.stdout.len()), (0, 0), "{}", errors(&output));
    fs::write(home.path().join("session.toml"), session("-5.0")).expect("scratch is writable");
    let output = verify();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(code(&output), 1, "{said}");
    assert!(said.contains("stage \"gain\": parameter gain_db: was -6.0, is -5.0"), "{said}");
    assert!(said.contains("stage \"gain\": output audio: content"), "{said}");
    assert!(said.contains("file gain.npy: its content differs"), "{said}");
}

#[test]
fn exit_codes_say_who_was_at_fault() {
    let home = scratch();
    wav(&home.path().join("clip.wav"), 16_000, 1, tone);
    fs::write(home.path().join("text.wav"), "this is no sound").expect("scratch is writable");
    fs::write(home.path().join("file"), "in the way").expect("scratch is writable");
    let session = |clip: &str, stage: &str| {
        format!("auricle = 1\n[inputs]\nclip = {clip:?}\n[[stage]]\nid = \"read\"\nuse = {stage:?}\ninput = \"clip\"\n")
    };
    let rows = [
        (session("clip.wav", "read.audio"), "out", 0, ""),
        (session("clip.wav", "read.audi"), "out", 2, "did you mean read.audio"),
        (session("gone.wav", "read.audio"), "out", 3, "gone.wav"),
        (session("text.wav", "read.audio"), "out", 3, "read"),
        (session("clip.wav", "read.audio"), "file", 5, "file"),
    ];
    for (text, out, expected, said) in rows {
        let output = replay(home.path(), &text, &["--out", out]);
        assert_eq!(code(&output), expected, "{text}\n{}", errors(&output));
        assert!(errors(&output).contains(said), "{}", errors(&output));
        if out == "out" {
            let status = report(&home.path().join(out))["status"].clone();
            assert_eq!(status, if expected == 0 { "ok" } else { "failed" });
        }
    }
}

/// `db.power` gives nothing before it has seen the whole input, the other branch gives everything at once.
#[test]
fn branches_of_unequal_delay_rejoin() {
    let home = scratch();
    wav(&home.path().join("clip.wav"), 16_000, 600, tone);
    let session = r#"
auricle = 1
[inputs]
clip = "clip.wav"
[[stage]]
id = "read"
use = "read.audio"
input = "clip"
[[stage]]
id = "mel"
use = "mel.librosa"
input = "read"
[[stage]]
id = "db"
use = "db.power"
input = "mel"
[[stage]]
id = "distance"
use = "compare.error"
input = ["mel", "db"]
"#;
    for jobs in ["1", "4"] {
        let output = replay(home.path(), session, &["--out", "out", "--jobs", jobs]);
        assert_eq!(code(&output), 0, "{}", errors(&output));
        let report = report(&home.path().join("out"));
        assert_eq!(report["stages"][1]["outputs"][0]["shape"], serde_json::json!([128, 18_751]));
        assert!(String::from_utf8_lossy(&output.stdout).contains("distance\tl1\t"));
    }
}

/// Ten hours of 8 kHz audio hold 288 million samples: 1.15 GB as float32.
#[test]
fn ten_hours_run_in_a_small_address_space() {
    let home = scratch();
    wav(&home.path().join("long.wav"), 8_000, 36_000, tone);
    let session = "auricle = 1\n[inputs]\nlong = \"long.wav\"\n[[stage]]\nid = \"read\"\nuse = \"read.audio\"\ninput = \"long\"\n\
                   [[stage]]\nid = \"gain\"\nuse = \"effect.gain\"\ninput = \"read\"\n";
    fs::write(home.path().join("session.toml"), session).expect("scratch is writable");
    let program = auricle(home.path()).get_program().to_owned();
    let mut shell = Command::new("sh");
    shell.current_dir(home.path()).env("HOME", home.path()).arg("-c");
    shell.arg("ulimit -v 400000 && exec \"$0\" replay session.toml --out out --jobs 2").arg(program);
    let output = shell.output().expect("sh starts");
    assert_eq!(code(&output), 0, "{}", errors(&output));
    let report = report(&home.path().join("out"));
    assert_eq!(report["stages"][1]["outputs"][0]["shape"], serde_json::json!([288_000_000]));
}

#[test]
fn a_stopped_run_leaves_a_report_and_no_half_file() {
    let home = scratch();
    wav(&home.path().join("long.wav"), 8_000, 36_000, tone);
    let session = "auricle = 1\n[inputs]\nlong = \"long.wav\"\n[[stage]]\nid = \"read\"\nuse = \"read.audio\"\ninput = \"long\"\n\
                   [[stage]]\nid = \"save\"\nuse = \"write.npy\"\ninput = \"read\"\nparameters = { path = \"long.npy\" }\n";
    fs::write(home.path().join("session.toml"), session).expect("scratch is writable");
    let mut command = auricle(home.path());
    command.args(["replay", "session.toml", "--out", "out"]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().expect("the program starts");
    // The temporary output shows that the run is on its way.
    let out = home.path().join("out");
    let begun = || fs::read_dir(&out).is_ok_and(|mut entries| entries.next().is_some());
    while !begun() {
        assert!(child.try_wait().expect("a child").is_none(), "the run ended before it could be stopped");
        std::thread::yield_now();
    }
    let killed = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status();
    assert!(killed.expect("kill starts").success());
    assert_eq!(child.wait().expect("a child").code(), Some(143));
    let names: Vec<PathBuf> = left(&out).into_iter().map(|(path, _)| path).collect();
    assert_eq!(names, [PathBuf::from("report.json")]);
    assert_eq!(report(&out)["status"], "cancelled");
}
