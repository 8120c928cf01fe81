//! One convention at a time, and some together, undone on the mel bands of speech: is it named, and nothing else?

use auricle_dsp::cause::{Cause, Grid, Hints, find};
use auricle_dsp::mel::{self, Mel, Norm, Scale};
use auricle_dsp::stft::{Config, Stft};
use auricle_dsp::window::{self, Sampling, Shape};

const N_FFT: usize = 1024;
const HOP: usize = 256;
const RATE: f64 = 22_050.0;

/// What stands outside the signal.
#[derive(Clone, Copy, PartialEq)]
enum Outside {
    Reflected,
    Zeros,
    /// Frames begin at their sample.
    Nothing,
}

#[derive(Clone, Copy)]
struct Front {
    gain: f64,
    emphasis: f64,
    /// Is there nothing above half the highest frequency?
    halved: bool,
    outside: Outside,
    sampling: Sampling,
    power: f64,
    scale: Scale,
    norm: Norm,
    fmin: f64,
    fmax: f64,
    log: fn(f64) -> f64,
}

/// The front end of Tacotron 2.
const TACOTRON: Front = Front {
    gain: 1.0,
    emphasis: 0.0,
    halved: false,
    outside: Outside::Reflected,
    sampling: Sampling::Periodic,
    power: 1.0,
    scale: Scale::Slaney,
    norm: Norm::Slaney,
    fmin: 0.0,
    fmax: 8000.0,
    log: |x| x.max(1e-5).ln(),
};

fn speech() -> Vec<f64> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sessions/media/speech-22k.wav");
    let bytes = std::fs::read(path).expect("the bundled speech");
    let (samples, _) = bytes[44..].as_chunks::<2>();
    samples.iter().take(70_000).map(|&b| f64::from(i16::from_le_bytes(b)) / 32768.0).collect()
}

fn bands(front: &Front, audio: &[f64]) -> Grid {
    let mut audio: Vec<f64> = audio.iter().map(|x| x * front.gain).collect();
    if front.emphasis > 0.0 {
        for t in (1..audio.len()).rev() {
            audio[t] -= front.emphasis * audio[t - 1];
        }
    }
    let half = N_FFT / 2;
    let padded: Vec<f64> = match front.outside {
        Outside::Nothing => audio,
        outside => {
            let at = |index: i64| {
                let last = audio.len() as i64 - 1;
                let mirrored = if index < 0 {
                    -index
                } else if index > last {
                    2 * last - index
                } else {
                    index
                };
                if outside == Outside::Zeros && mirrored != index { 0.0 } else { audio[mirrored as usize] }
            };
            (-(half as i64)..audio.len() as i64 + half as i64).map(at).collect()
        }
    };
    let window = window::Config { sampling: front.sampling, ..window::Config::new(Shape::Hann, N_FFT) };
    let mut stft: Stft = Stft::new(&Config::new(window)).expect("a legal transform");
    let mel = mel::Config { n_mels: 80, fmin: front.fmin, fmax: front.fmax, ..mel::Config::librosa(RATE, N_FFT) };
    let mel = Mel::new(&mel::Config { scale: front.scale, norm: front.norm, ..mel }).expect("a legal bank");
    let (mut spectrum, mut frame) = (vec![0.0f64; stft.bins()], vec![0.0f64; 80]);
    let mut values = Vec::new();
    for samples in (0..).map_while(|t| padded.get(t * HOP..t * HOP + N_FFT)) {
        stft.process_magnitude(samples, front.power.into(), &mut spectrum);
        if front.halved {
            spectrum[N_FFT / 4..].fill(0.0);
        }
        mel.process(&spectrum, &mut frame);
        values.extend(frame.iter().map(|x| f64::from((front.log)(*x) as f32)));
    }
    Grid::new(values, 80)
}

const HINTS: Hints = Hints { samples: false, sample_rate: Some(RATE) };

#[track_caller]
fn check(what: &str, causes: &[Cause], expected: &[&str]) {
    let names: Vec<&str> = causes.iter().map(|cause| cause.name).collect();
    assert_eq!(names, expected, "{what}: {causes:#?}");
}

#[test]
fn one_convention_at_a_time() {
    let audio = speech();
    let reference = bands(&TACOTRON, &audio);
    let db = |x: f64| 20.0 * x.max(1e-5).log10();
    #[rustfmt::skip]
    let cases: [(&str, Front, &[&str]); 25] = [
        ("nothing", TACOTRON, &[]),
        ("dB", Front { log: db, ..TACOTRON }, &["db-for-ln"]),
        ("log10", Front { log: |x| x.max(1e-5).log10(), ..TACOTRON }, &["log10-for-ln"]),
        ("int16", Front { gain: 32768.0, ..TACOTRON }, &["int16-not-scaled"]),
        ("scaled twice", Front { gain: 1.0 / 32768.0, log: |x| x.max(1e-12).ln(), ..TACOTRON }, &["scaled-twice"]),
        ("scaled twice, below the floor", Front { gain: 1.0 / 32768.0, ..TACOTRON }, &["scaled-twice"]),
        ("divided by 32767", Front { gain: 32768.0 / 32767.0, ..TACOTRON }, &["divided-by-32767"]),
        ("power", Front { power: 2.0, log: |x| x.max(1e-10).ln(), ..TACOTRON }, &["power-for-magnitude"]),
        ("no norm", Front { norm: Norm::None, ..TACOTRON }, &["no-norm"]),
        ("HTK", Front { scale: Scale::Htk, ..TACOTRON }, &["htk-for-slaney"]),
        ("fmax", Front { fmax: RATE / 2.0, ..TACOTRON }, &["other-fmax"]),
        ("lower fmax", Front { fmax: 7600.0, ..TACOTRON }, &["other-fmax"]),
        ("an fmax that no tool has", Front { fmax: 6100.0, ..TACOTRON }, &["other-fmax"]),
        ("fmin", Front { fmin: 130.0, ..TACOTRON }, &["other-fmin"]),
        ("fmin and fmax", Front { fmin: 125.0, fmax: 7600.0, ..TACOTRON }, &["other-fmax"]),
        ("zeros", Front { outside: Outside::Zeros, ..TACOTRON }, &["padding"]),
        ("a low-pass at 4 kHz", Front { halved: true, ..TACOTRON }, &["resampled"]),
        ("HTK and a free fmax", Front { scale: Scale::Htk, fmax: 7100.0, ..TACOTRON }, &["htk-for-slaney"]),
        ("not centred", Front { outside: Outside::Nothing, ..TACOTRON }, &["not-centred"]),
        ("symmetric", Front { sampling: Sampling::Symmetric, ..TACOTRON }, &["window"]),
        ("pre-emphasis", Front { emphasis: 0.97, ..TACOTRON }, &["pre-emphasis"]),
        ("another floor", Front { log: |x| x.max(1e-3).ln(), ..TACOTRON }, &["other-floor"]),
        ("added floor", Front { log: |x| (x + 1e-5).ln(), ..TACOTRON }, &["added-floor"]),
        ("no log", Front { log: |x| x, ..TACOTRON }, &["no-logarithm"]),
        ("power, no log", Front { power: 2.0, log: |x| x, ..TACOTRON }, &["no-logarithm"]),
    ];
    let mut faults = Vec::new();
    for (what, front, expected) in cases {
        let causes = find(&reference, &bands(&front, &audio), &HINTS);
        let names: Vec<&str> = causes.iter().map(|cause| cause.name).collect();
        if names != expected {
            faults.push(format!("{what}: expected {expected:?}, got {causes:#?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn several_together() {
    let audio = speech();
    let reference = bands(&TACOTRON, &audio);
    let named = |front: &Front| {
        let causes = find(&reference, &bands(front, &audio), &HINTS);
        let mut names: Vec<&str> = causes.iter().map(|cause| cause.name).collect();
        names.sort_unstable();
        names
    };
    let early = Front { outside: Outside::Nothing, log: |x| x.max(1e-5).log10(), ..TACOTRON };
    assert_eq!(named(&early), ["log10-for-ln", "not-centred"]);
    for (norm, told) in [(Norm::None, true), (Norm::Slaney, false)] {
        let htk = bands(&Front { scale: Scale::Htk, norm, ..TACOTRON }, &audio);
        let causes = find(&reference, &htk, &HINTS);
        check("HTK", &causes, &["htk-for-slaney"]);
        assert_eq!(causes[0].words.contains("not divided by their width"), told, "{causes:?}");
    }
    let htk = named(&Front { scale: Scale::Htk, outside: Outside::Nothing, ..TACOTRON });
    assert_eq!(htk, ["htk-for-slaney", "not-centred"]);
    // librosa's defaults: which logarithm is missing shows behind the bands only.
    let front = Front { power: 2.0, fmax: RATE / 2.0, log: |x| x, ..TACOTRON };
    let librosa = find(&reference, &bands(&front, &audio), &HINTS);
    check("librosa", &librosa, &["no-logarithm", "other-fmax"]);
    assert!(librosa[0].words.contains("square root"), "{librosa:#?}");
    // TensorFlow's bank and frames, and its defaults' edges.
    let (scale, norm, outside) = (Scale::Htk, Norm::None, Outside::Nothing);
    let tensorflow = named(&Front { scale, norm, outside, fmin: 125.0, fmax: 7600.0, ..TACOTRON });
    assert_eq!(tensorflow, ["htk-for-slaney", "not-centred"]);
    // torchaudio's: a power on HTK's scale without a norm, and no logarithm.
    let front =
        Front { scale, norm, power: 2.0, fmax: RATE / 2.0, log: |x| x, outside: Outside::Reflected, ..TACOTRON };
    let torchaudio = find(&reference, &bands(&front, &audio), &HINTS);
    assert_eq!(torchaudio[0].name, "no-logarithm", "{torchaudio:#?}");
    assert_eq!(torchaudio[1].name, "htk-for-slaney", "{torchaudio:#?}");
    let eight = audio.iter().map(|x| (x * 128.0).round() / 128.0).collect::<Vec<_>>();
    check("8 bits", &find(&reference, &bands(&TACOTRON, &eight), &HINTS), &["noise"]);
    let integers = Front { gain: 32768.0, log: |x| 20.0 * x.max(1e-5).log10(), ..TACOTRON };
    assert!(named(&integers).contains(&"db-for-ln"), "{:?}", named(&integers));
}

/// 22.05 kHz resampled to 16 kHz and back: bands up to 8 kHz lose only what lies on the filter's slope.
#[test]
fn the_slope_of_a_resampler_is_in_the_highest_bands() {
    let reference = bands(&TACOTRON, &speech());
    let mut values = reference.values().to_vec();
    for (t, frame) in values.chunks_exact_mut(80).enumerate() {
        let varies = (t as f64 * 0.7).sin();
        frame[78] -= 0.3 + 0.1 * varies;
        frame[79] -= 1.4 + 0.7 * varies;
    }
    check("a slope", &find(&reference, &Grid::new(values, 80), &HINTS), &["resampled"]);
}

#[test]
fn arrays_in_another_order() {
    let audio = speech();
    let reference = bands(&TACOTRON, &audio);
    let (width, entries) = (reference.width(), reference.entries());
    let at = |k: usize, t: usize| reference.values()[t * width + k];
    let turned: Vec<f64> = (0..width).flat_map(|k| (0..entries).map(move |t| at(k, t))).collect();
    check("transposed", &find(&reference, &Grid::new(turned, entries), &HINTS), &["transposed"]);
}

#[test]
fn samples() {
    let audio = speech();
    let hints = Hints { samples: true, sample_rate: Some(RATE) };
    let grid = |values: Vec<f64>| Grid::new(values, 1);
    let reference = grid(audio.clone());
    let scaled = |factor: f64| grid(audio.iter().map(|x| x * factor).collect());
    for (what, candidate, expected) in [
        ("int16", scaled(32768.0), vec!["int16-not-scaled"]),
        ("twice", scaled(1.0 / 32768.0), vec!["scaled-twice"]),
        ("32767", scaled(32768.0 / 32767.0), vec!["divided-by-32767"]),
        ("cast", grid(audio.iter().map(|x| x.trunc()).collect()), vec!["truncated-to-zero"]),
        ("polarity", scaled(-1.0), vec!["polarity"]),
        ("gain", scaled(0.7), vec!["gain"]),
        ("delay", grid([vec![0.0; 37], audio.clone()].concat()), vec!["offset"]),
        ("equal", reference.clone(), vec![]),
    ] {
        check(what, &find(&reference, &candidate, &hints), &expected);
    }
}
