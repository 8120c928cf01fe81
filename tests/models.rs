//! `auricle models`: a store that is whole at every moment, and says what is wrong.

mod support;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use support::{Array, auricle, root, scratch};

/// Exit code, standard output and error of `auricle models ...`.
fn models(home: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = auricle(home);
    command.env("AURICLE_MODELS", home.join("store")).current_dir(home).arg("models").args(arguments);
    let done = command.output().expect("the program starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (done.status.code().unwrap_or(-1), text(&done.stdout), text(&done.stderr))
}

#[track_caller]
fn expect(home: &Path, arguments: &[&str], exit: i32, parts: &[&str]) -> String {
    let (code, stdout, stderr) = models(home, arguments);
    assert_eq!(code, exit, "{arguments:?}: {stdout}{stderr}");
    for part in parts {
        assert!(stdout.contains(part) || stderr.contains(part), "{arguments:?}: no {part:?} in {stdout}{stderr}");
    }
    stdout
}

fn folder(home: &Path) -> PathBuf {
    let folder = home.join("tiny");
    std::fs::create_dir(&folder).expect("writable");
    std::fs::write(folder.join("model.safetensors"), "weights").expect("writable");
    std::fs::write(folder.join("README.md"), "---\nlicense: apache-2.0\n---\n").expect("writable");
    folder
}

#[test]
fn a_model_comes_is_shown_and_leaves() {
    let home = scratch();
    let home = home.path();
    folder(home);
    expect(home, &["list"], 0, &["no models", "models import PATH"]);
    expect(home, &["show", "tiny"], 2, &["no model \"tiny\"", "`auricle models import PATH --id tiny` adds it"]);
    assert_eq!(expect(home, &["import", "tiny", "--stage", "asr.whisper"], 0, &["apache-2.0"]), "tiny\n");
    expect(home, &["list"], 0, &["tiny", "asr.whisper", "apache-2.0"]);
    expect(home, &["show", "tiny"], 0, &["model.safetensors", "sha256:9a129038d9a00aed", "[models]"]);
    let json: Value = serde_json::from_str(&expect(home, &["list", "--json"], 0, &[])).expect("JSON");
    assert_eq!(json["models"][0]["files"][1]["size"], 7);
    let path = expect(home, &["path", "tiny", "model.safetensors"], 0, &[]);
    assert_eq!(std::fs::read_to_string(path.trim()).expect("it lies there"), "weights");
    expect(home, &["path", "tiny", "x"], 2, &["it has README.md, model.safetensors"]);
    expect(home, &["verify"], 0, &["tiny\twhole"]);
    expect(home, &["doctor"], 0, &["store", "1 models"]);
    std::fs::write(path.trim(), "WEIGHTS").expect("writable");
    expect(home, &["verify", "tiny"], 1, &["tiny\tdamaged", "its SHA-256 is now", "--replace"]);
    std::fs::write(path.trim(), "short").expect("writable");
    expect(home, &["doctor"], 1, &["expected 7 bytes, got 5"]);
    expect(home, &["import", "tiny"], 3, &["there is a model tiny already"]);
    expect(home, &["import", "tiny", "--replace"], 0, &[]);
    expect(home, &["verify"], 0, &["tiny\twhole"]);
    expect(home, &["rm", "tiny"], 0, &["removed"]);
    assert_eq!(std::fs::read_dir(home.join("store/blobs")).expect("a folder").count(), 0);
}

/// An import that is killed in the middle leaves no model, and what it left goes with the next.
#[test]
fn a_killed_import_leaves_no_model() {
    let home = scratch();
    let home = home.path();
    folder(home);
    expect(home, &["import", "tiny"], 0, &[]);
    // Long enough to be killed within.
    let big = std::fs::File::create(home.join("big.bin")).expect("writable");
    big.set_len(16 << 30).expect("a sparse file");
    let mut command = auricle(home);
    command.env("AURICLE_MODELS", home.join("store")).current_dir(home).args(["models", "import", "big.bin"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts");
    let part = || {
        let blobs = std::fs::read_dir(home.join("store/blobs")).expect("a folder");
        let mut parts = blobs.filter_map(|entry| Some(entry.ok()?.path()));
        parts
            .any(|path| path.extension().is_some_and(|end| end == "part") && path.metadata().is_ok_and(|m| m.len() > 0))
    };
    while !part() {
        assert!(child.try_wait().expect("it can be asked").is_none(), "the import ended by itself");
        std::thread::yield_now();
    }
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    assert_eq!(expect(home, &["list"], 0, &[]).lines().count(), 1);
    expect(home, &["doctor"], 0, &["1 files of no model"]);
    expect(home, &["import", "tiny", "--id", "again"], 0, &[]);
    assert!(!part(), "what was left is gone");
    expect(home, &["verify"], 0, &["again\twhole", "tiny\twhole"]);
}

/// A transcript by a tiny model of random weights: it says nothing, but everything is in its place.
#[test]
fn a_session_runs_with_a_model_and_its_report_says_which() {
    let home = scratch();
    let home = home.path();
    let session = root().join("sessions/transcribe.toml");
    let session = session.to_str().expect("the checkout's path is UTF-8");
    let replay = || {
        let mut command = auricle(home);
        command.env("AURICLE_MODELS", home.join("store")).args(["replay", session, "--out", "out", "--quiet"]);
        let done = command.output().expect("the program starts");
        (done.status.code(), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    let (code, stderr) = replay();
    let missing = "model whisper: no model \"whisper-tiny.en\" in the store; `auricle models fetch whisper-tiny.en`";
    assert!(code == Some(2) && stderr.lines().count() == 1 && stderr.contains(missing), "{stderr}");
    let tiny = root().join("plugins/asr/tests/tiny");
    expect(home, &["import", tiny.to_str().expect("UTF-8"), "--id", "whisper-tiny.en"], 0, &[]);
    let (code, stderr) = replay();
    assert_eq!(code, Some(0), "{stderr}");
    let report: Value =
        serde_json::from_slice(&std::fs::read(home.join("out/report.json")).expect("a report")).expect("JSON");
    let inputs = report["inputs"].as_array().expect("inputs");
    let weights = inputs.iter().find(|input| input["name"] == "whisper/model.safetensors").expect("weights");
    assert!(weights["hash"].as_str().is_some_and(|hash| hash.starts_with("blake3:")), "{weights}");
    assert!(home.join("out/transcript.json").is_file() && home.join("out/heard.png").is_file());
}

/// Sums of float32 numbers in another order, of vectors of length 1.
const VECTOR: f64 = 1e-5;

const SPEAKER: &str = r#"
auricle = 1
inputs.clip = "MEDIA/speech.flac"
models.speaker = "speaker"
[[stage]]
id = "read"
use = "read.audio"
input = "clip"
[[stage]]
id = "bands"
use = "mel.librosa"
input = "read"
parameters = { n_fft = 400, hop_length = 160, n_mels = 40 }
[[stage]]
id = "voice"
use = "speaker.embed"
input = { input = "bands", model = "speaker" }
[[stage]]
id = "save"
use = "write.npy"
input = "voice"
parameters = { path = "voice.npy" }
"#;

/// Golden: `plugins/onnx/tests/make_speaker.py`, torch 2.8.
#[test]
fn a_speaker_encoder_of_pytorch_becomes_one_that_runs() {
    let home = scratch();
    let home = home.path();
    let trained = root().join("plugins/onnx/tests/speaker");
    let media = root().join("sessions/media");
    let session = SPEAKER.replace("MEDIA", media.to_str().expect("UTF-8"));
    std::fs::write(home.join("s.toml"), session).expect("writable");
    for form in ["old.pt", "zip.pt"] {
        let path = trained.join(form);
        expect(home, &["import", path.to_str().expect("UTF-8"), "--id", "speaker", "--replace"], 0, &[]);
        expect(home, &["show", "speaker"], 0, &["speaker.onnx"]);
        let mut command = auricle(home);
        command.env("AURICLE_MODELS", home.join("store")).current_dir(home);
        let done = command.args(["replay", "s.toml", "--out", "out", "--quiet"]).output().expect("it starts");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let (got, wanted) = (Array::read(&home.join("out/voice.npy")), Array::read(&trained.join("small.npy")));
        assert_eq!(got.shape, wanted.shape);
        let worst = got.values.iter().zip(&wanted.values).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert!(worst <= VECTOR, "{form}: off by {worst:e}");
    }
    let whole = std::fs::read(trained.join("old.pt")).expect("it lies there");
    std::fs::write(home.join("cut.pt"), &whole[..whole.len() / 2]).expect("writable");
    expect(home, &["import", "cut.pt"], 3, &["cut.pt: is cut short or damaged"]);
    std::fs::write(home.join("other.pt"), "something else").expect("writable");
    expect(home, &["import", "other.pt"], 0, &[]);
    expect(home, &["show", "other"], 0, &["other.pt"]);
}

#[test]
fn what_can_be_fetched_is_listed_and_nothing_is_fetched_unasked() {
    let home = scratch();
    let home = home.path();
    expect(home, &["list", "--known"], 0, &["whisper-tiny.en", "74.10 MiB", "asr.whisper", "MIT"]);
    let json: Value = serde_json::from_str(&expect(home, &["list", "--known", "--json"], 0, &[])).expect("JSON");
    assert_eq!((&json["models"][0]["size"], &json["models"][0]["here"]), (&77_704_715.into(), &false.into()));
    expect(home, &["fetch", "whisper-tinny.en"], 2, &["no model \"whisper-tinny.en\"", "did you mean whisper-tiny.en"]);
    expect(home, &["fetch", "https://example.org/w.bin"], 2, &["--id NAME"]);
    expect(home, &["fetch", "http://example.org/w.bin", "--id", "w"], 3, &["use https://"]);
    let mut offline = auricle(home);
    let done = offline.env("AURICLE_OFFLINE", "1").args(["models", "fetch", "silero-vad"]).output().expect("runs");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.code() == Some(3) && said.contains("AURICLE_OFFLINE says"), "{said}");
}

#[test]
fn what_hugging_faces_programs_have_fetched_is_taken_from_there() {
    let home = scratch();
    let home = home.path();
    let model = home.join("hub/models--org--Tiny");
    std::fs::create_dir_all(model.join("refs")).expect("writable");
    std::fs::create_dir_all(model.join("snapshots")).expect("writable");
    std::fs::write(model.join("refs/main"), "abc").expect("writable");
    std::fs::rename(folder(home), model.join("snapshots/abc")).expect("writable");
    let import = |name: &str| {
        let mut command = auricle(home);
        command.env("HF_HUB_CACHE", home.join("hub")).env("AURICLE_MODELS", home.join("store"));
        command.args(["models", "import", name]).output().expect("runs")
    };
    let done = import("hf:org/Tiny");
    assert_eq!(String::from_utf8_lossy(&done.stdout), "tiny\n", "{}", String::from_utf8_lossy(&done.stderr));
    expect(home, &["show", "tiny"], 0, &["Hugging Face org/Tiny at abc", "apache-2.0"]);
    let done = import("hf:org/other");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.code() == Some(2) && said.contains("`hf download org/other`"), "{said}");
}
