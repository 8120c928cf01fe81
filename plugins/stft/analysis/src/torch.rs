//! The analysis of torch and torchaudio: mirrored ends, which need enough samples to mirror, and scaling on request.

use auricle_dsp::stft::Config;
use auricle_dsp::window::{self, Sampling, Shape};
use auricle_sdk::format::Data;
use auricle_sdk::prelude::*;

use crate::{Analysis, MOST, librosa, refused, samples, samples_or_none};

/// Length of the transform of torch, which has no default.
pub const N_FFT: Parameter = samples("n_fft").required().doc("Length of the transform.");

/// Distance of frames of torch.
pub const HOP_LENGTH: Parameter =
    samples_or_none("hop_length").doc("Samples from one frame to the next; none: n_fft // 4.");

/// Length of the window.
pub const WIN_LENGTH: Parameter = librosa::WIN_LENGTH;

/// Window of torch, by the name of the function that makes it, without its `_window`.
pub const WINDOW: Parameter =
    Parameter::choice("window", "none", &["none", "hann", "hamming", "blackman", "bartlett", "kaiser"])
        .or(Types::LIST)
        .doc("Window; none is rectangular, as in torch. kaiser has a beta of 12 unless given as [\"kaiser\", 14.0].");

/// Whether the window is periodic.
pub const PERIODIC: Parameter =
    Parameter::bool("periodic", true).doc("The window's period is its length, as torch makes windows; else one less.");

/// Whether frames are centred.
pub const CENTER: Parameter = librosa::CENTER;

/// What stands outside the signal.
pub const PAD_MODE: Parameter = Parameter::choice("pad_mode", "reflect", &["reflect", "constant", "replicate", "circular"]).doc(
    "With center, what stands outside the signal: the signal mirrored, which takes more than n_fft // 2 samples (reflect), \
     zeros (constant), its ends (replicate), its other end, which keeps the whole signal (circular).",
);

/// Whether the spectrum is scaled.
pub const NORMALIZED: Parameter = Parameter::bool("normalized", false).doc("Divides by the square root of n_fft.");

/// Whether half the bins are left out.
pub const ONESIDED: Parameter = Parameter::bool("onesided", true)
    .doc("Only bins 0 to n_fft // 2; else all n_fft, of which the others are conjugates.");

/// Length of the transform of torchaudio.
pub const TRANSFORM_N_FFT: Parameter = samples("n_fft").default(DefaultValue::Int(400)).doc("Length of the transform.");

/// Distance of frames of torchaudio.
pub const TRANSFORM_HOP_LENGTH: Parameter =
    HOP_LENGTH.doc("Samples from one frame to the next; none: win_length // 2.");

/// Window of torchaudio, by the function that makes it.
pub const WINDOW_FN: Parameter = Parameter::choice(
    "window_fn",
    "hann_window",
    &[
        "hann_window", "hamming_window", "blackman_window", "bartlett_window", "kaiser_window",
        "hann", "hamming", "blackman", "bartlett", "kaiser",
    ],
)
.or(Types::LIST)
.doc("Window, periodic, by the name of torch's function, with or without its _window. kaiser_window has a beta of 12 unless given as [\"kaiser_window\", 14.0].");

/// Zeros around the signal in torchaudio.
pub const PAD: Parameter = Parameter::int("pad", 0)
    .range(0.0, MOST)
    .unit("samples")
    .doc("Zeros before and behind the signal; with center, pad_mode goes on from them.");

/// How torchaudio scales.
pub const TRANSFORM_NORMALIZED: Parameter = Parameter::bool("normalized", false)
    .choices(&["window", "frame_length"])
    .doc("true or window: divides by the root of the window's energy; frame_length: by the square root of n_fft.");

/// Reads `n_fft hop_length win_length window periodic center pad_mode normalized onesided`, the arguments of `torch.stft`.
///
/// # Errors
/// What the tool refuses.
pub fn analysis(setup: &Setup) -> Result<Analysis> {
    let parameters = &setup.parameters;
    let n_fft = parameters.count("n_fft")?;
    let window = window::Config {
        win_length: parameters.optional_count("win_length")?.unwrap_or(n_fft),
        sampling: if parameters.bool("periodic")? { Sampling::Periodic } else { Sampling::Symmetric },
        ..window::Config::new(shape(parameters, "window", "")?, n_fft)
    };
    let hop = hop(parameters, n_fft / 4, "n_fft // 4")?;
    let scale = if parameters.bool("normalized")? { (n_fft as f64).sqrt().recip() } else { 1.0 };
    let config = Config { scale, onesided: parameters.bool("onesided")?, ..Config::new(window) };
    Ok(Analysis { layout: layout(setup, "bin,frame")?, ..Analysis::new(config, framing(parameters, n_fft, hop, 0)?) })
}

/// Reads `n_fft win_length hop_length pad window_fn normalized center pad_mode`, the arguments of torchaudio's transforms.
///
/// # Errors
/// What the tool refuses.
pub fn transform(setup: &Setup) -> Result<Analysis> {
    let parameters = &setup.parameters;
    let n_fft = parameters.count("n_fft")?;
    let win_length = parameters.optional_count("win_length")?.unwrap_or(n_fft);
    let window =
        window::Config { win_length, ..window::Config::new(shape(parameters, "window_fn", "_window")?, n_fft) };
    let hop = hop(parameters, win_length / 2, "win_length // 2")?;
    let energy = || Ok(window::window(&window).map_err(refused)?.iter().map(|w| w * w).sum::<f64>());
    let scale = match parameters.get("normalized")? {
        Value::Bool(false) => 1.0,
        Value::Str(name) if name == "frame_length" => (n_fft as f64).sqrt().recip(),
        _ => energy()?.sqrt().recip(),
    };
    let config = Config { scale, ..Config::new(window) };
    let framing = framing(parameters, n_fft, hop, parameters.count("pad")?)?;
    Ok(Analysis { layout: layout(setup, "bin,frame")?, ..Analysis::new(config, framing) })
}

/// The order of axes of a frame's `layout`: audio that came as `(channel, time)` keeps its channel axis, even if mono.
///
/// # Errors
/// Nothing is connected.
pub fn layout(setup: &Setup, layout: &str) -> Result<String> {
    let input = setup.input(0)?;
    let mono = matches!(&input.data, Data::Audio(audio) if audio.channels == 1);
    let channel = mono && input.layout.starts_with("channel");
    Ok(if channel { format!("channel,{layout}") } else { layout.to_owned() })
}

/// The window that a parameter names, with `suffix` behind torch's name of the shape.
///
/// # Errors
/// No such window, or another number of numbers than it takes.
pub fn shape(parameters: &Parameters, id: &str, suffix: &str) -> Result<Shape> {
    let (name, numbers) = parameters.named(id)?;
    let plain = name.strip_suffix(suffix).unwrap_or(name);
    let torch_has = ["none", "hann", "hamming", "blackman", "bartlett", "kaiser"].contains(&plain);
    let shape = match plain {
        "none" if numbers.is_empty() => Ok(Shape::Rectangular),
        "kaiser" if numbers.is_empty() => Ok(Shape::Kaiser { beta: 12.0 }),
        _ if torch_has => Shape::named(plain, &numbers),
        _ => Err(auricle_dsp::Error::parameter("window", "a window of torch", name)),
    };
    shape.map_err(|error| Error::parameter(id, error.message))
}

/// `hop_length`, or what the tool takes instead.
fn hop(parameters: &Parameters, otherwise: usize, rule: &str) -> Result<usize> {
    match parameters.optional_count("hop_length")?.unwrap_or(otherwise) {
        0 => Err(Error::parameter("hop_length", format!("expected one, since {rule} is less than a sample"))),
        hop => Ok(hop),
    }
}

fn framing(parameters: &Parameters, n_fft: usize, hop: usize, zeros: usize) -> Result<Framing> {
    if !parameters.bool("center")? {
        let shortest = n_fft.saturating_sub(2 * zeros);
        return Ok(Framing::plain(n_fft, hop).padded(zeros, zeros, Pad::Zero).at_least(shortest, "n_fft"));
    }
    let pad = match parameters.text("pad_mode")? {
        "constant" => Pad::Zero,
        "replicate" => Pad::Edge,
        "circular" => Pad::Wrap,
        _ => Pad::Reflect,
    };
    let around = n_fft / 2 + zeros;
    let framing = Framing::plain(n_fft, hop).padded(around, around, pad).zeros(zeros);
    Ok(match pad {
        Pad::Zero => framing,
        Pad::Reflect => framing.at_least((n_fft / 2 + 1).saturating_sub(2 * zeros).max(1), "n_fft"),
        Pad::Wrap => framing.at_least((n_fft / 2).saturating_sub(2 * zeros).max(1), "n_fft"),
        _ => framing.at_least(1, "n_fft"),
    })
}
