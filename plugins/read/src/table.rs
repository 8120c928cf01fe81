//! The readers of audio, through their real vtable, against every row of `tests/data/files.toml`.

use crate::audio::AudioReader;
use crate::npy::NpyReader;
use crate::scipy::ScipyReader;
use crate::soundfile::SoundfileReader;
use crate::tacotron2::Tacotron2Reader;
use crate::tensorflow::TensorflowReader;
use crate::torchaudio::TorchaudioReader;
use auricle_sdk::format::Data;
use auricle_sdk::prelude::*;
use auricle_sdk::testing::{Bench, Outcome, refused};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data")
}

fn rows() -> Vec<toml::Table> {
    let text = std::fs::read_to_string(data().join("files.toml")).expect("the table of files");
    let table: toml::Table = text.parse().expect("a table in TOML");
    let rows = table["file"].as_array().expect("rows");
    rows.iter().filter_map(|row| row.as_table().cloned()).collect()
}

/// Type, shape and hash of output 0, in the order of its layout.
fn stored(outcome: &Outcome) -> (DType, Vec<usize>, String) {
    fn bytes<T: Element, const N: usize>(outcome: &Outcome, le: impl Fn(T) -> [u8; N]) -> (Vec<usize>, Vec<u8>) {
        let planes = outcome.audio::<T>(0).expect("audio of this type");
        let count = planes[0].len();
        let interleaved = outcome.formats[0].layout == "sample,channel";
        let mut stored = Vec::new();
        match interleaved {
            true => (0..count).for_each(|i| planes.iter().for_each(|p| stored.extend(le(p[i])))),
            false => planes.iter().flatten().for_each(|&s| stored.extend(le(s))),
        }
        let shape = match outcome.formats[0].layout.as_str() {
            "sample" => vec![count],
            "sample,channel" => vec![count, planes.len()],
            _ => vec![planes.len(), count],
        };
        (shape, stored)
    }
    let dtype = outcome.formats[0].dtype().expect("audio has a type");
    let (shape, bytes) = match dtype {
        DType::U8 => bytes(outcome, u8::to_le_bytes),
        DType::I16 => bytes(outcome, i16::to_le_bytes),
        DType::I32 => bytes(outcome, i32::to_le_bytes),
        DType::I64 => bytes(outcome, i64::to_le_bytes),
        DType::F64 => bytes(outcome, f64::to_le_bytes),
        _ => bytes(outcome, f32::to_le_bytes),
    };
    let mut words = String::new();
    for byte in Sha256::digest(&bytes) {
        write!(words, "{byte:02x}").expect("a string takes everything");
    }
    (dtype, shape, words)
}

fn sample_rate(outcome: &Outcome) -> i64 {
    match &outcome.formats[0].data {
        Data::Audio(audio) => i64::from(audio.sample_rate),
        _ => 0,
    }
}

/// A tool's column of the table, and the reader that must meet it.
struct Column {
    tool: &'static str,
    parameters: &'static [(&'static str, &'static str)],
    /// Must what the tool refuses be refused?
    refuses: bool,
    /// Files, or endings of files, where another answer is right.
    but: &'static [&'static str],
}

impl Column {
    fn check<S: Stage>(&self) {
        let mut faults = String::new();
        let mut equal = 0;
        for row in rows() {
            let name = row["name"].as_str().expect("a name");
            if self.but.iter().any(|but| name.ends_with(but)) {
                continue;
            }
            let expected = row[self.tool].as_table().expect("what the tool returns");
            let fault = match (self.run::<S>(name), expected.contains_key("error")) {
                (Err(e), _) if e.message.is_empty() => "refused without a word".to_owned(),
                (Err(_), true) => continue,
                (Ok(_), true) if !self.refuses => continue,
                (Err(e), false) => format!("refused: {e}"),
                (Ok(o), true) => format!("read {:?}", stored(&o).1),
                (Ok(o), false) => match differs(&o, expected) {
                    None => {
                        equal += 1;
                        continue;
                    }
                    Some(fault) => fault,
                },
            };
            writeln!(faults, "{name}: {fault}").expect("a string takes everything");
        }
        assert!(faults.is_empty(), "{}:\n{faults}", self.tool);
        assert!(equal > 20, "{}: only {equal} files compared", self.tool);
    }

    fn run<S: Stage>(&self, name: &str) -> Result<Outcome> {
        let bytes = std::fs::read(data().join("files").join(name)).expect("a file of the table");
        let bench = self.parameters.iter().fold(Bench::<S>::new(), |bench, (id, value)| match value.parse::<bool>() {
            Ok(value) => bench.parameter(id, value),
            Err(_) => bench.parameter(id, *value),
        });
        bench.source(name, bytes).run()
    }
}

fn differs(outcome: &Outcome, expected: &toml::Table) -> Option<String> {
    let (dtype, shape, hash) = stored(outcome);
    let shape: Vec<_> = shape.iter().map(|&n| toml::Value::Integer(n as i64)).collect();
    let same = expected["dtype"].as_str() == Some(dtype.name())
        && expected["shape"].as_array() == Some(&shape)
        && expected["rate"].as_integer() == Some(sample_rate(outcome))
        && expected["sha256"].as_str() == Some(&hash);
    (!same).then(|| format!("{dtype} {shape:?} {} Hz, expected {expected}", sample_rate(outcome)))
}

#[test]
fn scipy_gives_what_scipy_gives() {
    // No stream has a rate of 0 Hz.
    let column = Column { tool: "scipy", parameters: &[], refuses: true, but: &["fmt-0hz.wav"] };
    column.check::<Source<ScipyReader>>();
}

/// Another decoder rounds otherwise; `auricle-decode` compares within a tolerance.
const LOSSY: [&str; 3] = [".ogg", ".mp3", "aac.m4a"];

#[test]
fn soundfile_gives_what_soundfile_gives() {
    let but = [
        &LOSSY[..],
        // A rate that is no number is 67108864 Hz to the tool.
        &["aiff-rate-nan.aiff", "fmt-0hz.wav"],
        // More is read than the tool does.
        &["size-data-0.wav", "size-both-0.wav", "flac-total-short.flac", "flac-broken-frame.flac"],
        // And what lies behind a lost page keeps its time.
        &["opus-chained.opus", "opus-broken-page.opus", "opus-missing-page.opus"],
    ]
    .concat();
    let but: &'static [&str] = but.leak();
    for (tool, dtype) in [("soundfile", "float64"), ("soundfile_int16", "int16"), ("soundfile_int32", "int32")] {
        let parameters: &'static [_] = vec![("dtype", dtype)].leak();
        Column { tool, parameters, refuses: false, but }.check::<Source<SoundfileReader>>();
    }
}

#[test]
fn torchaudio_gives_what_torchaudio_gives() {
    let but = [
        &LOSSY[..],
        // ffmpeg has an Opus decoder of its own.
        &[".opus"],
        // The tool takes big-endian samples for little-endian ones, and 24 bits in 32 for floats.
        &["rifx-16.wav", "rifx-24.wav", "wav-24-in-32.wav"],
        // ffmpeg's decoder of ADPCM rounds otherwise and keeps other samples at the end.
        &["adpcm.wav"],
        // The last of two contradicting headers counts here, with a finding, as for scipy; the tool takes the first.
        &["order-two-fmt.wav"],
        // More is read than the tool does.
        &["flac-broken-frame.flac"],
    ]
    .concat();
    let but: &'static [&str] = but.leak();
    for (tool, normalize) in [("torchaudio", "true"), ("torchaudio_native", "false")] {
        let parameters: &'static [_] = vec![("normalize", normalize)].leak();
        Column { tool, parameters, refuses: false, but }.check::<Source<TorchaudioReader>>();
    }
}

/// What decoders of one lossy stream differ by: the order in which they round float32. Measured: 3.3e-7 against libsndfile
/// 1.2.2, 1.2e-6 for AAC against ffmpeg 5.1.
const ROUNDING: f32 = 2e-6;

#[test]
fn lossy_codecs_differ_by_rounding() {
    fn check<S: Stage>(name: &str, parameters: &[(&str, &str)]) {
        let bytes = |path: &str| std::fs::read(data().join(path)).expect("a file of the table");
        let near = Bench::<Source<NpyReader>>::new().source(name, bytes(&format!("near/{name}.npy")));
        let near = near.run().expect("an array").tensor::<f32>(0).expect("float32");
        let bench = parameters.iter().fold(Bench::<S>::new(), |bench, (id, value)| bench.parameter(id, *value));
        let outcome = bench.source(name, bytes(&format!("files/{name}"))).run().expect("it is read");
        // read.npy gives an array of two axes frame by frame.
        let planes = outcome.audio::<f32>(0).expect("float32");
        let ours: Vec<f32> = (0..planes[0].len()).flat_map(|i| planes.iter().map(move |plane| plane[i])).collect();
        assert_eq!(ours.len(), near.len(), "{name}");
        let most = ours.iter().zip(&near).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(most <= ROUNDING, "{name}: {most}");
    }
    // The arrays are soundfile's.
    for name in ["mp3-cbr.mp3", "mp3-vbr-2ch.mp3", "mp3-id3v2.mp3", "vorbis-1ch.ogg", "vorbis-2ch.ogg", "opus.opus"] {
        check::<Source<SoundfileReader>>(name, &[("dtype", "float32")]);
        check::<Source<TorchaudioReader>>(name, &[]);
    }
    // ffmpeg's, which torchaudio reads with.
    check::<Source<TorchaudioReader>>("aac.m4a", &[]);
}

#[test]
fn tensorflow_gives_what_tensorflow_gives() {
    let column = Column { tool: "tensorflow", parameters: &[], refuses: true, but: &["fmt-0hz.wav", ".opus"] };
    column.check::<Source<TensorflowReader>>();
}

#[test]
fn every_dialect_keeps_the_laws() {
    for name in ["wav-16-2ch.wav", "wav-16.wav", "wav-0-samples.wav", "wav-1-samples.wav"] {
        let bytes = std::fs::read(data().join("files").join(name)).expect("a file of the table");
        Bench::<Source<ScipyReader>>::new().source(name, bytes.clone()).conforms();
        Bench::<Source<SoundfileReader>>::new().parameter("dtype", "int16").source(name, bytes.clone()).conforms();
        Bench::<Source<TorchaudioReader>>::new().parameter("frame_offset", 5).source(name, bytes.clone()).conforms();
        Bench::<Source<Tacotron2Reader>>::new().source(name, bytes.clone()).conforms();
        let more = Bench::<Source<TensorflowReader>>::new()
            .parameter("desired_samples", 5000)
            .parameter("desired_channels", 3)
            .source(name, bytes);
        more.conforms();
    }
}

fn planes<S: Stage>(name: &str, parameters: &[(&str, i64)]) -> Vec<Vec<f32>> {
    let bytes = std::fs::read(data().join("files").join(name)).expect("a file of the table");
    let bench = parameters.iter().fold(Bench::<S>::new(), |bench, (id, value)| bench.parameter(id, *value));
    bench.source(name, bytes).run().expect("runs").audio::<f32>(0).expect("float32")
}

#[test]
fn parts_as_the_tools_cut_them() {
    let all = planes::<Source<TorchaudioReader>>("wav-16-2ch.wav", &[]);
    let part = planes::<Source<TorchaudioReader>>("wav-16-2ch.wav", &[("frame_offset", 100), ("num_frames", 50)]);
    assert_eq!(part[1], all[1][100..150]);
    // tf.audio.decode_wav(file, desired_channels=3, desired_samples=1000) of TensorFlow 2.21.0
    let more =
        planes::<Source<TensorflowReader>>("wav-16-2ch.wav", &[("desired_channels", 3), ("desired_samples", 1000)]);
    assert_eq!((more.len(), &more[2], &more[0][..300]), (3, &more[1], &all[0][..]));
    assert!(more.iter().all(|plane| plane.len() == 1000 && plane[300..].iter().all(|&x| x == 0.0)));
    let less =
        planes::<Source<TensorflowReader>>("wav-16-2ch.wav", &[("desired_channels", 1), ("desired_samples", 10)]);
    assert_eq!(less, [&all[0][..10]]);
    assert_eq!(
        planes::<Source<TensorflowReader>>("wav-16-2ch.wav", &[("desired_samples", 0)]),
        [vec![0.0f32; 0], vec![]]
    );
}

#[test]
fn tacotron2_divides_what_scipy_reads() {
    let unit = planes::<Source<AudioReader>>("wav-16.wav", &[]);
    assert_eq!(planes::<Source<Tacotron2Reader>>("wav-16.wav", &[]), unit);
    let wide = planes::<Source<Tacotron2Reader>>("wav-32.wav", &[]);
    let exact = planes::<Source<AudioReader>>("wav-32.wav", &[]);
    assert_eq!(wide[0][7], exact[0][7] * 65536.0);
    let bytes = std::fs::read(data().join("files/wav-8000hz.wav")).expect("a file of the table");
    let error = refused(Bench::<Source<Tacotron2Reader>>::new().source("a.wav", bytes).run(), ErrorKind::Data);
    assert!(error.message.contains("a.wav: expected a file at 22050 Hz, got 8000 Hz"), "{}", error.message);
}

#[test]
fn audio_keeps_the_laws_on_every_file() {
    for row in rows() {
        let name = row["name"].as_str().expect("a name");
        let bytes = std::fs::read(data().join("files").join(name)).expect("a file of the table");
        let bench = Bench::<Source<AudioReader>>::new().source(name, bytes);
        match bench.run() {
            Err(e) => assert!(row["expect"].as_str() != Some("read"), "{e}"),
            Ok(outcome) => {
                assert_eq!(outcome.formats[0].dtype(), Some(DType::F32), "{name}");
                if let Some(hash) = row.get("sha256") {
                    assert_eq!(hash.as_str(), Some(stored(&outcome).2.as_str()), "{name}");
                }
                if row.get("findings").and_then(toml::Value::as_bool) == Some(true) {
                    assert!(!outcome.findings.is_empty(), "{name}: no finding");
                }
                bench.conforms();
            }
        }
    }
}

#[test]
fn start_and_duration_choose_the_nearest_samples() {
    let bytes = std::fs::read(data().join("files/wav-16.wav")).expect("a file of the table");
    let all = Bench::<Source<AudioReader>>::new().source("a.wav", bytes.clone());
    let all = all.run().expect("runs").audio::<f32>(0).expect("audio");
    let part = |start_s: f64, duration_s: f64| {
        let bench = Bench::<Source<AudioReader>>::new()
            .parameter("start_s", start_s)
            .parameter("duration_s", duration_s)
            .source("a.wav", bytes.clone());
        bench.conforms();
        bench.run().expect("runs").audio::<f32>(0).expect("audio")
    };
    let at = |n: f64| n / 22_050.0;
    assert_eq!(part(at(100.4), at(9.6))[0], all[0][100..110]);
    assert_eq!(part(at(590.0), 1.0)[0], all[0][590..]);
    assert_eq!(part(at(0.0), 0.0)[0], []);
    assert_eq!(part(9.0, 1.0)[0], []);
}
