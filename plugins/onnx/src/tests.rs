//! Stages with small graphs: what `tests/make_graphs.py` and `tests/make_ctc.py` make.

use crate::{
    ctc::Ctc, denoise::Denoise, dnsmos::Dnsmos, embed::Embed, kokoro::Kokoro, piper::Piper, silero::Silero, tag::Tag,
    voice::Voice,
};
use auricle_sdk::Stage;
use auricle_sdk::format::{Clock, Column, ColumnType};
use auricle_sdk::prelude::*;
use auricle_sdk::testing::{Bench, refused};
use std::path::Path;

/// Sums of float32 numbers in another order, at values up to 20.
const LOGITS: f32 = 1e-4;
/// ONNX Runtime rounds also what comes into its quantised layer to eight bits.
const QUANTISED: f32 = 5e-3;
/// A few operations in float32.
const CLOSE: f32 = 1e-6;

fn bytes(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn graph(name: &str) -> Vec<u8> {
    bytes(&format!("graphs/{name}.onnx"))
}

/// The float32 numbers of an array: all behind its header, which is 128 bytes long.
fn array(name: &str) -> Vec<f32> {
    bytes(name)[128..].chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

#[track_caller]
fn close(what: &str, got: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(got.len(), expected.len(), "{what}");
    let error = |k: usize| (got[k] - expected[k]).abs();
    let worst = (0..got.len()).max_by(|a, b| error(*a).total_cmp(&error(*b))).expect("there are values");
    assert!(error(worst) <= tolerance, "{what}: value {worst}: expected {}, got {}", expected[worst], got[worst]);
}

/// Half a second of a quiet tone, a second of a loud one, a second of silence.
fn tone() -> Vec<f32> {
    let level = |n: usize| {
        if n < 8000 {
            0.001
        } else if n < 24_000 {
            0.5
        } else {
            0.0
        }
    };
    (0..40_000).map(|n| (n as f32 * 0.3).sin() * level(n)).collect()
}

fn vad(model: Vec<u8>) -> Bench<Silero> {
    Bench::new().audio(16_000, &[&tone()[..]]).source("m/vad.onnx", model)
}

#[test]
fn a_detector_hears_window_by_window_with_what_was_before() {
    let bench = vad(graph("vad"));
    let outcome = bench.run().expect("runs");
    let samples = [vec![0.0; 64], tone(), vec![0.0; 512]].concat();
    let mut memory = 0.0f32;
    let expected: Vec<f32> = (0..40_000usize.div_ceil(512))
        .map(|window| {
            let heard = &samples[window * 512..window * 512 + 576];
            let level = heard.iter().map(|x| x.abs()).sum::<f32>() / 576.0;
            let probability = 1.0 / (1.0 + (-(40.0 * level - 4.0 + memory)).exp());
            memory = memory / 2.0 + level;
            probability
        })
        .collect();
    close("probabilities", &outcome.tensor::<f32>(1).expect("probabilities"), &expected, 1e-5);
    let rows = outcome.rows(0).expect("segments");
    let time = |column: usize| rows[0][column].as_f64().expect("a time");
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!((time(0) - (0.48 - 0.03)).abs() < 0.033 && (time(1) - (1.5 + 0.03)).abs() < 0.033, "{rows:?}");
    bench.conforms();
    Bench::<Silero>::new().audio(16_000, &[&[0.0f32; 100]]).source("m/vad.onnx", graph("vad")).conforms();
    Bench::<Silero>::new().audio(16_000, &[&[0.0f32; 0]]).source("m/vad.onnx", graph("vad")).conforms();
}

#[track_caller]
fn wrong<S: Stage>(bench: Bench<S>, kind: ErrorKind, part: &str) {
    let error = refused(bench.run(), kind);
    let told = format!("{error}");
    assert!(told.contains(part), "{told}");
}

#[test]
fn models_that_cannot_work_are_refused_with_the_reason() {
    use ErrorKind::{Data, Format};
    let data = |model: Vec<u8>, part: &str| wrong(vad(model), Data, part);
    let whole = graph("vad");
    data(whole[..whole.len() - 9].to_vec(), "m/vad.onnx is cut short or damaged");
    data(b"not a graph at all".to_vec(), "m/vad.onnx is no ONNX");
    data(Vec::new(), "there is no graph in it");
    data(b"<!DOCTYPE html><title>Not found</title>".to_vec(), "is no ONNX file but a page of the web");
    data(b"version https://git-lfs.github.com/spec/v1\noid".to_vec(), "`git lfs pull` follows");
    data(
        graph("renamed"),
        "no known model for vad.silero takes sound [batch, samples] and gives speech [batch, samples]",
    );
    data(graph("foreign"), "operators that are not ONNX's own: com.microsoft.FusedMatMul");
    data(graph("unknown"), "Frobnicate");
    let described = |text: &str| vad(graph("renamed")).source("m/model.toml", text.as_bytes().to_vec());
    wrong(described("onnx = 1"), Data, "m/model.toml: TOML parse error");
    let other = "onnx = 1\nstage = \"tag.onnx\"\ninputs = {}\noutputs = {}";
    wrong(described(other), Data, "the model is for tag.onnx, by its description");
    let head = "onnx = 1\nstage = \"vad.silero\"\naudio = { sample_rate = 16000 }\nwindow = { length = 512 }\n";
    let names = format!("{head}inputs.input = {{ is = \"audio\", shape = [1, \"samples\"] }}\noutputs = {{}}");
    wrong(
        described(&names),
        Data,
        "the graph has an input sound, of which the description says nothing; it describes input",
    );
    let gives = format!(
        "{head}inputs.sound = {{ is = \"audio\", shape = [1, \"samples\"] }}\noutputs.probability = \"output\""
    );
    wrong(described(&gives), Data, "the graph has no output output; it has speech");
    let none = Bench::<Silero>::new().audio(16_000, &[&[0.0f32]]).source("m/x.bin", Vec::new());
    wrong(none, Data, "expected one graph *.onnx among the model's files: x.bin");
    let fast = Bench::<Silero>::new().audio(48_000, &[&[0.0f32]]).source("m/vad.onnx", graph("vad"));
    wrong(fast, Format, "expected one channel at 16000 Hz");
}

fn ctc() -> Bench<Ctc> {
    let samples = array("ctc/samples.npy");
    with_ctc(Bench::new().audio(16_000, &[&samples[..]]), bytes("ctc/vocab.json"))
}

fn with_ctc(bench: Bench<Ctc>, vocabulary: Vec<u8>) -> Bench<Ctc> {
    bench.source("m/graph.onnx", bytes("ctc/graph.onnx")).source("m/vocab.json", vocabulary)
}

#[test]
fn logits_are_those_of_torch() {
    let outcome = ctc().parameter("posteriors", "logits").run().expect("runs");
    close("logits", &outcome.tensor::<f32>(3).expect("logits"), &array("ctc/logits.npy"), LOGITS);
}

#[test]
fn a_path_shows_how_it_collapses() {
    let outcome = ctc().run().expect("runs");
    let path = outcome.rows(2).expect("a path");
    let cell = |row: &[Value], column: usize| row[column].as_str().expect("a text").to_owned();
    let kept: String = path.iter().filter(|row| cell(row, 4) == "kept").map(|row| cell(row, 2)).collect();
    let words: Vec<String> = outcome.rows(1).expect("words").iter().map(|row| cell(row, 2)).collect();
    assert_eq!(kept.split('|').filter(|word| !word.is_empty()).collect::<Vec<_>>(), words);
    assert_eq!(cell(&outcome.rows(0).expect("a text")[0], 2), words.join(" "));
    assert!(path.iter().any(|row| cell(row, 4) == "blank" && cell(row, 2) == "<pad>"));
    let sum: f32 = outcome.tensor::<f32>(3).expect("posteriors")[..32].iter().sum();
    assert!((sum - 1.0).abs() < CLOSE * 32.0, "{sum}");
    // A clear path is also the likeliest text.
    let beam = ctc().parameter("decode", "beam").run().expect("runs");
    assert_eq!(beam.rows(1).expect("words").len(), words.len());
    ctc().conforms();
    let short = Bench::new().audio(16_000, &[&[0.0f32; 399]]);
    with_ctc(short, bytes("ctc/vocab.json")).conforms();
}

#[test]
fn a_vocabulary_of_another_model_is_refused() {
    let check = |vocabulary: &str, part: &str| {
        let bench = Bench::new().audio(16_000, &[&[0.0f32; 800]]);
        wrong(with_ctc(bench, vocabulary.as_bytes().to_vec()), ErrorKind::Data, part);
    };
    check(r#"{"<pad>": 0, "A": 1}"#, "the vocabulary has 2 tokens, the model 32 classes");
    check(r#"{"A": 0}"#, "has no token \"<pad>\", which the description calls blank");
    check("[]", "vocab.json: expected an object");
    let bench = Bench::<Ctc>::new().audio(16_000, &[&[0.0f32; 800]]).source("m/graph.onnx", bytes("ctc/graph.onnx"));
    wrong(bench, ErrorKind::Data, "the model has no file vocab.json; it has graph.onnx");
}

/// Frames of `bands` numbers, ten a second.
fn frames(bands: usize) -> Format {
    let axes = vec![Axis::frames(None), Axis::new(Role::Frequency, "band", Some(bands))];
    let clock = Clock::samples(16_000).frames(1600, 800);
    Format::tensor(Tensor::new::<f32>(axes, "power"), clock, None, "frame,band")
}

const TAGS: &str = r#"
onnx = 1
stage = "tag.onnx"
labels = ["low", "high"]
features = { bands = 2, from = "a test" }
window = { length = 3, hop = 2 }
inputs.mel = { is = "features", shape = [1, "frames", "bands"] }
outputs.scores = "tags"
"#;

#[test]
fn tags_are_told_window_by_window() {
    let values: Vec<f32> = (0..12).map(|n| n as f32 / 10.0).collect();
    let bench = || Bench::<Tag>::new().tensor(frames(2), &values).source("m/t.onnx", graph("tags"));
    let tags = bench().source("m/t.toml", TAGS.as_bytes().to_vec());
    let outcome = tags.run().expect("runs");
    close("scores", &outcome.tensor::<f32>(2).expect("scores"), &[0.2, 0.3, 0.6, 0.7], CLOSE);
    let row = |start: f64, label: &str| (Value::Float(start), Value::Str(label.into()));
    let got: Vec<_> = outcome.rows(0).expect("tags").into_iter().map(|row| (row[0].clone(), row[2].clone())).collect();
    assert_eq!(got, [row(0.0, "high"), row(0.0, "low"), row(0.2, "high"), row(0.2, "low")]);
    assert_eq!(outcome.rows(1).expect("overall").len(), 2);
    tags.conforms();
    wrong(
        bench().source("m/t.toml", TAGS.replace(", \"high\"", "").into_bytes()),
        ErrorKind::Data,
        "there are 1 labels, the model gives 2",
    );
    let narrow = Bench::<Tag>::new().tensor(frames(3), &[0.0f32; 3]).source("m/t.onnx", graph("tags"));
    wrong(
        narrow.source("m/t.toml", TAGS.as_bytes().to_vec()),
        ErrorKind::Format,
        "expected frames of 2 numbers, as the model takes them, got frames of 3",
    );
}

/// A graph that the store has rewritten; golden: onnxruntime 1.31, `tests/make_runtime.py`.
#[test]
fn operators_of_one_runtime_do_the_same_as_onnx_has_them() {
    let text = r#"
onnx = 1
stage = "tag.onnx"
labels = ["a", "b", "c", "d"]
features = { bands = 4, from = "a test" }
window = { length = 3 }
inputs.mel = { is = "features", shape = [1, "bands", "frames"] }
outputs.scores = "tags"
"#;
    let values: Vec<f32> = (0..12).map(|n| n as f32 / 10.0).collect();
    let bench = |graph: &str| {
        let bench = Bench::<Tag>::new().tensor(frames(4), &values).source("m/graph.onnx", bytes(graph));
        bench.source("m/t.toml", text.as_bytes().to_vec())
    };
    let outcome = bench("runtime/standard.onnx").run().expect("runs");
    let expected = [-1.836_156_7e-5, 1.021_597_9e-2, -2.464_472_8e-1, 2.011_075e-2];
    close("tags", &outcome.tensor::<f32>(2).expect("tags"), &expected, QUANTISED);
    let message = "com.microsoft.DynamicQuantizeLSTM, com.microsoft.FastGelu, com.microsoft.FusedMatMul";
    wrong(bench("runtime/graph.onnx"), ErrorKind::Data, message);
}

#[test]
fn a_graph_with_bands_first_gets_them_so() {
    let text = r#"
onnx = 1
stage = "speaker.embed"
features = { bands = 2, from = "a test" }
window = { length = 3 }
inputs.mels = { is = "features", shape = [1, "bands", "frames"] }
outputs.embedding = "embed"
"#;
    // Means 3 and 4, then 0 and 1: directions of length 1, and their mean.
    let values = [2.0f32, 3.0, 3.0, 4.0, 4.0, 5.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0];
    let bench = Bench::<Embed>::new().tensor(frames(2), &values).source("m/e.onnx", graph("embed"));
    let bench = bench.source("m/e.toml", text.as_bytes().to_vec());
    let outcome = bench.run().expect("runs");
    close("embeddings", &outcome.tensor::<f32>(0).expect("vectors"), &[0.6, 0.8, 0.0, 1.0], CLOSE);
    let length = (0.6f32 * 0.6 + 1.8 * 1.8).sqrt();
    close("mean", &outcome.tensor::<f32>(1).expect("a vector"), &[0.6 / length, 1.8 / length], CLOSE);
    bench.conforms();
}

#[test]
fn scores_are_made_of_what_a_model_gives() {
    let text = r#"
onnx = 1
stage = "quality.dnsmos"
labels = ["most", "least", "mean"]
audio = { sample_rate = 8000 }
window = { length = 4, hop = 2, repeat = true }
inputs.input_1 = { is = "audio", shape = [1, "samples"] }
outputs.scores = "Identity:0"
polynomials.most = [2.0, 0.0, 1.0]
"#;
    let bench = |samples: &[f32]| {
        let bench = Bench::<Dnsmos>::new().audio(8000, &[samples]).source("m/q.onnx", graph("scores"));
        bench.source("m/q.toml", text.as_bytes().to_vec())
    };
    let outcome = bench(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).run().expect("runs");
    close("scores", &outcome.tensor::<f32>(2).expect("scores"), &[33.0, 1.0, 2.5, 73.0, 3.0, 4.5], CLOSE);
    assert_eq!((outcome.metric("dnsmos_most"), outcome.metric("dnsmos_mean")), (Some(53.0), Some(3.5)));
    bench(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]).conforms();
    // Shorter than a window: once more, from the start.
    let short = bench(&[1.0, 2.0, 3.0]).run().expect("runs");
    assert_eq!(short.metric("dnsmos_least"), Some(1.0));
    bench(&[]).conforms();
}

const VOICE: &str = r#"{"audio": {"sample_rate": 16000}, "inference": {"noise_scale": 0.0, "length_scale": 1, "noise_w": 0.8},
    "num_speakers": 1, "phoneme_id_map": {"_": [0], "^": [1], "$": [2], "a": [50], "b": [60]}}"#;

fn piper() -> Bench<Voice<Piper>> {
    let columns = vec![Column::new("text", ColumnType::Str), Column::new("phonemes", ColumnType::Str)];
    let rows = [vec!["A".into(), "ab".into()], vec!["B".into(), "bx".into()]];
    with_voice(Bench::new().records(Records::new("t/1", columns), rows), VOICE)
}

fn with_voice(bench: Bench<Voice<Piper>>, config: &str) -> Bench<Voice<Piper>> {
    bench.source("m/v.onnx", graph("piper")).source("m/v.onnx.json", config.as_bytes().to_vec())
}

#[test]
fn a_voice_says_row_by_row() {
    let bench = piper().parameter("pause_ms", 0.125);
    let outcome = bench.run().expect("runs");
    let (first, second) = ([0.01f32, 0.5, 0.0, 0.6, 0.0, 0.02], [0.01f32, 0.6, 0.0, 0.02]);
    let expected = [&first[..], &first, &[0.0, 0.0], &second, &second].concat();
    close("sound", &outcome.audio::<f32>(0).expect("sound")[0], &expected, CLOSE);
    let rows = outcome.rows(1).expect("segments");
    assert_eq!((rows.len(), &rows[1][2]), (2, &Value::Str("bx".into())));
    assert_eq!(rows[1][0], Value::Float(14.0 / 16_000.0));
    bench.conforms();
    let alone = with_voice(Bench::new(), VOICE).parameter("phonemes", "ab");
    assert_eq!(alone.run().expect("runs").audio::<f32>(0).expect("sound")[0].len(), 12);
    alone.conforms();
    assert!(with_voice(Bench::new(), VOICE).run().expect("runs").audio::<f32>(0).expect("sound")[0].is_empty());
}

/// The graph has chance in it, without a seed of its own.
#[test]
fn chance_follows_from_the_seed() {
    let sound = |seed: u64| {
        let bench = with_voice(Bench::new(), VOICE).parameter("phonemes", "ababab").parameter("noise_scale", 1.0);
        bench.seed(seed).run().expect("runs").audio::<f32>(0).expect("sound").remove(0)
    };
    assert_eq!(sound(1), sound(1));
    let (one, two) = (sound(1), sound(2));
    assert!(one.iter().zip(&two).all(|(a, b)| (a - b).abs() > 1e-9), "{one:?} {two:?}");
    assert!(one.iter().all(|x| x.is_finite()) && one.iter().any(|x| x.abs() > 0.7));
}

#[test]
fn voices_that_are_not_whole_are_refused() {
    let check = |config: &str, part: &str| wrong(with_voice(Bench::new(), config), ErrorKind::Data, part);
    check("{", "m/v.onnx.json: is no JSON");
    check("{}", "expected a table of phoneme to number");
    check(&VOICE.replace("\"^\": [1], ", ""), "the voice has no number for '^'");
    check(&VOICE.replace("16000", "0"), "audio.sample_rate: expected 1000 to 768000");
    let alone = Bench::<Voice<Piper>>::new().source("m/v.onnx", graph("piper"));
    wrong(alone, ErrorKind::Data, "the voice has no file *.onnx.json beside v.onnx");
    wrong(piper().parameter("speaker", 1), ErrorKind::Parameter, "expected one below 1, got 1");
    let texts = Records::new("t/1", vec![Column::new("text", ColumnType::Str)]);
    let unspoken = with_voice(Bench::new().records(texts, [vec!["a".into()]]), VOICE);
    wrong(unspoken, ErrorKind::Format, "expected a table with a column phonemes, got one with text");
}

#[test]
fn a_style_belongs_to_a_number_of_phonemes() {
    let style = |first: f32| (0..256).map(move |k| if k == 0 { first } else { 0.0 });
    let voice: Vec<u8> = style(0.25).chain(style(0.75)).flat_map(f32::to_le_bytes).collect();
    let bench = |voice: Vec<u8>| {
        let bench = Bench::<Voice<Kokoro>>::new()
            .source("m/k.onnx", graph("kokoro"))
            .source("m/vocab.json", br#"{"vocab": {"A": 40, "b": 50}}"#.to_vec());
        bench.source("m/af_test.bin", voice)
    };
    let sound = |phonemes: &str| {
        let bench = bench(voice.clone()).parameter("phonemes", phonemes).parameter("speed", 2.0);
        bench.run().expect("runs").audio::<f32>(0).expect("sound").remove(0)
    };
    close("one", &sound("b"), &[0.0, 0.25, 0.0, 0.125], CLOSE);
    close("two, of three signs", &sound("e\u{26a}b"), &[0.0, 0.2, 0.25, 0.0, 0.375], CLOSE);
    assert_eq!(sound("bbb").len(), 5 + 4, "more than a voice has styles for are said in parts");
    bench(voice.clone()).parameter("phonemes", "bb").conforms();
    wrong(bench(voice[..100].to_vec()), ErrorKind::Data, "expected rows of 1024 bytes, got 100 bytes");
    let mute = Bench::<Voice<Kokoro>>::new().source("m/k.onnx", graph("kokoro"));
    let mute = mute.source("m/vocab.json", br#"{"A": 40}"#.to_vec());
    wrong(mute, ErrorKind::Data, "the model has no voices (NAME.bin) beside k.onnx");
    wrong(bench(voice).parameter("voice", "x"), ErrorKind::Parameter, "no voice \"x\"; the model has af_test");
}

#[test]
fn what_stays_of_each_bin_is_what_is_heard() {
    let text = r#"
onnx = 1
stage = "denoise.onnx"
spectrum = { sample_rate = 8000, n_fft = 4, hop = 2, floor = 1e-12 }
inputs.input = { is = "spectrum", shape = [1, "frames", "bins"] }
outputs.gains = "output"
"#;
    let bench = |samples: &[f32]| {
        let bench = Bench::<Denoise>::new().audio(8000, &[samples]).source("m/d.onnx", graph("gains"));
        bench.source("m/d.toml", text.as_bytes().to_vec())
    };
    let samples = [0.5f32, -0.25, 1.0, 0.75, 0.5];
    let outcome = bench(&samples).run().expect("runs");
    close("gains", &outcome.tensor::<f32>(1).expect("gains"), &[0.5; 9], CLOSE);
    // A symmetric Hann window of 4 is 0, 3/4, 3/4, 0: so much of each sample is under frames, at even places from 0 on.
    let under = [0.0f32, 0.75, 0.75, 0.75, 0.75];
    let expected: Vec<f32> = samples.iter().zip(under).map(|(x, w)| 0.5 * x * w).collect();
    close("sound", &outcome.audio::<f32>(0).expect("sound")[0], &expected, CLOSE);
    bench(&samples).conforms();
    bench(&[]).conforms();
}
