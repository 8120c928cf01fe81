//! The sessions that we ship work, and those that must be refused are refused with the words that a person needs.

mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{Array, auricle, root, scratch};

/// What NVIDIA's and librosa's float32 differ by, once aligned: in natural logarithms.
const ALIGNED_MEAN: f64 = 1e-6;
const ALIGNED_MAX: f64 = 1e-4;

/// What four libraries differ by, once aligned: each rounds in float32 in its own order.
const STUDY_MEAN: f64 = 2e-6;
const STUDY_MAX: f64 = 2e-4;

fn toml_files(folder: &str) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(root().join(folder)).expect("the folder is there");
    let mut files: Vec<PathBuf> = listed.map(|entry| entry.expect("listed").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort();
    assert!(!files.is_empty(), "{folder}: no sessions");
    files
}

/// Exit code, standard output and error of the host.
fn host(home: &Path, arguments: &[&str]) -> (i32, String, String) {
    let done = auricle(home).args(arguments).output().expect("the host runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (done.status.code().unwrap_or(-1), text(&done.stdout), text(&done.stderr))
}

fn name(path: &Path) -> &str {
    path.to_str().expect("the checkout's path is UTF-8")
}

/// Replays a shipped session and gives its report.
fn report(session: &str, out: &Path) -> Value {
    let session = root().join("sessions").join(session);
    let (code, stdout, stderr) = host(out, &["replay", name(&session), "--out", "out"]);
    assert_eq!(code, 0, "{stderr}");
    let columns = stdout.lines().all(|line| line.split('\t').count() == 5);
    assert!(columns, "standard output holds metrics (stage, name, value, unit, scope) and nothing else: {stdout}");
    let text = std::fs::read_to_string(out.join("out/report.json")).expect("a run leaves a report");
    serde_json::from_str(&text).expect("the report is JSON")
}

fn stage<'a>(report: &'a Value, id: &str) -> &'a Value {
    let stages = report["stages"].as_array().expect("a report has stages");
    stages.iter().find(|stage| stage["id"] == id).unwrap_or_else(|| panic!("no stage {id}"))
}

fn metric(report: &Value, id: &str, wanted: &str) -> f64 {
    let metrics = stage(report, id)["metrics"].as_array().expect("the stage has metrics");
    let found = metrics.iter().find(|metric| metric["name"] == wanted);
    found.and_then(|metric| metric["value"].as_f64()).unwrap_or_else(|| panic!("{id}: no metric {wanted}: {metrics:?}"))
}

#[test]
fn shipped_sessions_are_valid() {
    let home = scratch();
    for (model, id) in [
        ("asr/tests/tiny", "whisper-tiny.en"),
        ("onnx/tests/graphs/vad.onnx", "silero-vad"),
        ("onnx/tests/graphs/musicnn.onnx", "musicnn"),
        ("onnx/tests/speaker/old.pt", "resemblyzer"),
    ] {
        let model = root().join("plugins").join(model);
        let (code, _, stderr) = host(home.path(), &["models", "import", name(&model), "--id", id]);
        assert_eq!(code, 0, "{stderr}");
    }
    for session in toml_files("sessions") {
        let (code, stdout, stderr) = host(home.path(), &["check", name(&session)]);
        // A library that some stages open, and that need not be here.
        if code == 2 && stderr.lines().all(|line| line.contains("cannot be used") && line.contains("install it")) {
            eprintln!("skipped: {}: {stderr}", session.display());
            continue;
        }
        assert_eq!((code, stdout.as_str()), (0, ""), "{}: {stderr}", session.display());
        assert!(stderr.lines().count() <= 1, "{} has something to warn of: {stderr}", session.display());
    }
}

#[test]
fn letters_learnt_by_heart_collapse_to_what_was_said() {
    let out = scratch();
    let report = report("ctc-anatomy.toml", out.path());
    assert_eq!(metric(&report, "greedy-errors", "cer"), 0.0);
    assert_eq!(metric(&report, "beam-errors", "cer"), 0.0);
    let path = std::fs::read_to_string(out.path().join("out/path.csv")).expect("a path");
    let fates = |fate: &str| path.lines().filter(|line| line.ends_with(fate)).count();
    let text = "and mr john dashwood had then leisure to consider how much there might be prudently in his power to do for them";
    assert!(fates(",kept") >= text.len() && fates(",blank") > 50, "{path}");
}

#[test]
fn the_tour_paints_five_pictures() {
    let out = scratch();
    let report = report("spectrogram-tour.toml", out.path());
    assert_eq!(report["status"], "ok");
    for picture in [
        "1-speech-waveform.png",
        "2-speech-spectrogram.png",
        "3-effect-spectrogram.png",
        "4-music-mel.png",
        "5-voice-tacotron2.png",
    ] {
        let bytes = std::fs::read(out.path().join("out").join(picture)).expect(picture);
        assert_eq!(&bytes[..4], b"\x89PNG", "{picture}");
        assert!(bytes.len() > 5000, "{picture} has {} bytes: an empty picture", bytes.len());
    }
}

#[test]
fn tacotron2_and_librosa_agree_once_aligned() {
    let out = scratch();
    let report = report("tacotron2-and-librosa.toml", out.path());
    assert!(metric(&report, "aligned_distance", "l1") <= ALIGNED_MEAN);
    assert!(metric(&report, "aligned_distance", "max_abs") <= ALIGNED_MAX);
    assert!(metric(&report, "unaligned_distance", "l1") > 1.0, "power and logarithm are far apart");
    let saved = Array::read(&out.path().join("out/tacotron2.npy"));
    assert_eq!((saved.dtype.as_str(), saved.shape), ("<f4", vec![80, 258]));
}

#[test]
fn readers_agree_about_samples_and_not_about_scale() {
    let out = scratch();
    let report = report("compare-readers.toml", out.path());
    assert_eq!(metric(&report, "same_samples", "max_abs"), 0.0);
    let scipy = Array::read(&out.path().join("out/scipy.npy"));
    let librosa = Array::read(&out.path().join("out/librosa.npy"));
    assert_eq!((scipy.dtype.as_str(), librosa.dtype.as_str()), ("<i2", "<f4"));
    assert_eq!((scipy.shape, librosa.shape), (vec![110_250], vec![110_250]));
    let scaled: Vec<f64> = scipy.values.iter().map(|v| v / 32768.0).collect();
    assert_eq!(scaled, librosa.values);
}

#[test]
fn five_readers_agree_and_a_cast_without_scaling_is_named() {
    let out = scratch();
    let report = report("compare-readers.toml", out.path());
    assert_eq!(metric(&report, "same_integers", "max_abs"), 0.0);
    for pair in ["soundfile ~ librosa", "soundfile ~ torchaudio", "soundfile ~ tensorflow"] {
        assert_eq!(scoped(&report, "table", "max_abs", pair), 0.0, "{pair}");
    }
    assert_eq!(causes(&report, "why_scipy"), ["int16-not-scaled", "stated"]);
    assert_eq!(causes(&report, "why_zero"), ["stated", "truncated-to-zero"]);
}

#[test]
fn mels_of_four_libraries_agree_once_aligned() {
    let out = scratch();
    let report = report("compare-mels.toml", out.path());
    for (a, b) in [
        ("tacotron2", "librosa"),
        ("tacotron2", "torchaudio"),
        ("tacotron2", "tensorflow"),
        ("torchaudio", "tensorflow"),
    ] {
        let pair = format!("{a} ~ {b}");
        assert!(scoped(&report, "table", "l1", &pair) <= STUDY_MEAN, "{pair}");
        assert!(scoped(&report, "table", "max_abs", &pair) <= STUDY_MAX, "{pair}");
    }
    assert!(causes(&report, "why_librosa").contains(&"no-logarithm".to_owned()));
    assert!(causes(&report, "why_tensorflow").contains(&"not-centred".to_owned()));
    assert!(out.path().join("out/agreed.png").is_file());
}

#[test]
fn the_fourier_sum_and_the_fast_transform_are_one() {
    let out = scratch();
    let report = report("dft.toml", out.path());
    assert!(metric(&report, "difference", "relative") <= 1e-7, "both are rounded to float32");
    assert_eq!(Array::read(&out.path().join("out/naive.npy")).shape[0], 1024);
}

#[test]
fn spectra_and_back() {
    let home = scratch();
    let report = report("there-and-back.toml", home.path());
    for id in ["librosa_error", "torch_error"] {
        // The rounding of complex64 and float32.
        assert!(metric(&report, id, "max_abs") < 1e-7, "{id}");
    }
    // 1.5 times too loud; and what the inverse window returns but for the ends.
    let loud = metric(&report, "tensorflow_loud_error", "relative");
    assert!((0.45..0.55).contains(&loud), "{loud}");
    assert!(metric(&report, "tensorflow_error", "relative") < 0.2);
    assert!(metric(&report, "guessed_error", "relative") < 0.1);
}

#[test]
fn a_conversation_is_told_apart() {
    let home = scratch();
    let report = report("who-spoke.toml", home.path());
    assert!(metric(&report, "errors", "der") < 0.05, "{}", stage(&report, "errors")["metrics"]);
    let speakers = std::fs::read_to_string(home.path().join("out/speakers.csv")).expect("written");
    assert!(speakers.contains("woman,1,") && speakers.contains("man,2,"), "{speakers}");
}

fn scoped(report: &Value, id: &str, wanted: &str, scope: &str) -> f64 {
    let metrics = stage(report, id)["metrics"].as_array().expect("the stage has metrics");
    let found = metrics.iter().find(|metric| metric["name"] == wanted && metric["scope"] == scope);
    found.and_then(|metric| metric["value"].as_f64()).unwrap_or_else(|| panic!("{id}: no {wanted} of {scope}"))
}

/// Names of what a compare.cause found.
fn causes(report: &Value, id: &str) -> Vec<String> {
    let findings = stage(report, id)["findings"].as_array().expect("the stage has findings");
    let mut names: Vec<String> = findings.iter().filter_map(|f| f["code"].as_str()).map(str::to_owned).collect();
    names.sort_unstable();
    names
}

#[test]
fn whispers_front_end_is_its_parts_scaled() {
    let out = scratch();
    let report = report("whisper-frontend.toml", out.path());
    let heard = Array::read(&out.path().join("out/model-input.npy"));
    assert_eq!((heard.dtype.as_str(), heard.shape), ("<f4", vec![80, 3000]));
    assert_eq!(causes(&report, "why"), ["affine"]);
    assert!(metric(&report, "why", "remaining") < 1e-6);
}

#[test]
fn two_implementations_of_fsd50k_cut_other_patches() {
    let out = scratch();
    report("fsd50k-patches.toml", out.path());
    for (file, shape) in [("fsd50k-pytorch", [12, 101, 96]), ("fsd-fed", [11, 101, 96]), ("patches", [11, 96, 101])] {
        assert_eq!(Array::read(&out.path().join("out").join(file).with_extension("npy")).shape, shape, "{file}");
    }
}

#[test]
fn the_session_of_the_readme_makes_its_picture() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("a text");
    let session = readme.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a session");
    let home = scratch();
    std::fs::write(home.path().join("session.toml"), session).expect("a scratch folder is writable");
    let clip = format!("clip={}", name(&root().join("sessions/media/speech.flac")));
    let (code, _, stderr) = host(home.path(), &["replay", "session.toml", "--out", "out", "--input", &clip]);
    assert_eq!(code, 0, "{stderr}");
    let left = |file: &str| home.path().join("out").join(file).is_file();
    assert!(left("mel.png") && left("report.json"));
}

#[test]
fn broken_sessions_are_refused_with_what_a_person_needs() {
    let home = scratch();
    let mut failures = Vec::new();
    for session in toml_files("tests/invalid") {
        let text = std::fs::read_to_string(&session).expect("a session is a text");
        let (code, stdout, stderr) = host(home.path(), &["check", name(&session)]);
        let mut complain = |what: String| failures.push(format!("{}: {what}\n{stderr}", session.display()));
        if (code, stdout.as_str()) != (2, "") {
            complain(format!("exit code {code}, expected 2; standard output {stdout:?}"));
        }
        for expectation in text.lines().map_while(|line| line.strip_prefix("# expect ")) {
            if !stderr.lines().any(|line| says(line, name(&session), expectation)) {
                complain(format!("nothing says `{expectation}`"));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Does a diagnostic meet `LINE: FRAGMENT | FRAGMENT`?
fn says(diagnostic: &str, file: &str, expectation: &str) -> bool {
    let (line, fragments) = expectation.split_once(": ").expect("an expectation has a line and fragments");
    let Some(rest) = diagnostic.strip_prefix(file) else { return false };
    (line == "*" || rest.starts_with(&format!(":{line}:"))) && fragments.split(" | ").all(|part| rest.contains(part))
}

#[test]
fn a_reader_of_the_output_may_go_away() {
    let home = scratch();
    for arguments in [&["plugin", "list"][..], &["plugin", "show", "mel.librosa"], &["doctor"]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let done = auricle(home.path()).args(arguments).stdout(writer).output().expect("the host runs");
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!((done.status.code(), said.contains("panicked")), (Some(141), false), "{arguments:?}: {said}");
    }
}
