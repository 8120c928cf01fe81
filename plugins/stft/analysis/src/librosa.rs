//! librosa's analysis: zeros outside the signal, no scaling.

use auricle_dsp::norm::Norm;
use auricle_dsp::stft::{Config, Stft};
use auricle_dsp::window::{self, Shape};
use auricle_sdk::prelude::*;

use crate::{Analysis, refused, samples, samples_or_none};

/// Length of the transform.
pub const N_FFT: Parameter = samples("n_fft").default(DefaultValue::Int(2048)).doc("Length of the transform.");

/// Distance of frames.
pub const HOP_LENGTH: Parameter =
    samples_or_none("hop_length").doc("Samples from one frame to the next; none: win_length // 4.");

/// Length of the window.
pub const WIN_LENGTH: Parameter =
    samples_or_none("win_length").doc("Length of the window, which stands in the middle of the frame; none: n_fft.");

/// Accepted names of windows.
pub const WINDOW: Parameter = Parameter::choice("window", "hann", &Shape::NAMES)
    .or(Types::LIST)
    .doc("Window by its scipy.signal.get_window name, periodic; with a parameter as a list: [\"kaiser\", 14.0].");

/// What stands outside the signal.
pub const PAD_MODE: Parameter = Parameter::choice("pad_mode", "constant", &["constant", "reflect", "edge"]).doc(
    "With center, what stands outside the signal: zeros (constant), the signal mirrored (reflect), its ends (edge).",
);

/// Whether frames are centred.
pub const CENTER: Parameter = Parameter::bool("center", true)
    .doc("Frame t is centred on sample t * hop_length, and the signal padded by n_fft // 2 on both sides; else frame t begins there.");

/// The analysis of librosa's features, whose hop has a default.
pub const FEATURE: [Parameter; 6] =
    [N_FFT, HOP_LENGTH.default(DefaultValue::Int(512)), WIN_LENGTH, WINDOW, CENTER, PAD_MODE];

/// Reads `n_fft hop_length win_length window center pad_mode`.
///
/// # Errors
/// What the tool refuses.
pub fn analysis(setup: &Setup) -> Result<Analysis> {
    let parameters = &setup.parameters;
    let n_fft = parameters.count("n_fft")?;
    let win_length = parameters.optional_count("win_length")?.unwrap_or(n_fft);
    let hop = match parameters.optional_count("hop_length")? {
        Some(hop) => hop,
        None if win_length >= 4 => win_length / 4,
        None => {
            let message = format!("expected one, since a quarter of win_length ({win_length}) is less than a sample");
            return Err(Error::parameter("hop_length", message));
        }
    };
    let config = Config::new(window::Config { win_length, ..window::Config::new(shape(parameters)?, n_fft) });
    let pad = pad(parameters)?;
    let framing = match parameters.bool("center")? {
        true => centred(n_fft, hop, pad),
        false => Framing::plain(n_fft, hop).at_least(n_fft, "n_fft"),
    };
    Ok(Analysis::new(config, framing))
}

/// The shape that `window` names, as `scipy.signal.get_window` would.
///
/// # Errors
/// No such window, or another number of numbers than it takes.
pub fn shape(parameters: &Parameters) -> Result<Shape> {
    shape_of(parameters, "window")
}

/// The shape that the parameter `id` names.
///
/// # Errors
/// As [`shape`].
pub fn shape_of(parameters: &Parameters, id: &str) -> Result<Shape> {
    let (name, numbers) = parameters.named(id)?;
    Shape::named(name, &numbers).map_err(|error| Error::parameter(id, error.message))
}

/// What stands outside the signal, by `pad_mode`.
///
/// # Errors
/// The parameter is not declared.
pub fn pad(parameters: &Parameters) -> Result<Pad> {
    Ok(match parameters.text("pad_mode")? {
        "reflect" => Pad::Reflect,
        "edge" => Pad::Edge,
        _ => Pad::Zero,
    })
}

/// The frames of `librosa.stft`, each centred on a multiple of `hop`.
pub const fn centred(n_fft: usize, hop: usize, pad: Pad) -> Framing {
    let pad = match pad {
        Pad::Reflect => Pad::ReflectApart,
        pad => pad,
    };
    Framing::centred(n_fft, hop, pad)
}

/// The transform, the framing, and the frequencies of the bins, of the parameters that [`FEATURE`] are.
///
/// # Errors
/// What the tool refuses.
pub fn spectra(setup: &Setup) -> Result<(Stft, Framing, Vec<f64>)> {
    let Analysis { config, framing, .. } = analysis(setup)?;
    let stft = Stft::new(&config).map_err(refused)?;
    let sample_rate = f64::from(setup.input(0)?.as_audio()?.sample_rate);
    // Rounded where `numpy.fft.rfftfreq` rounds.
    let step_hz = 1.0 / (config.window.n_fft as f64 * (1.0 / sample_rate));
    let hz = (0..stft.bins()).map(|k| k as f64 * step_hz).collect();
    Ok((stft, framing, hz))
}

/// How a vector is normalised, by a parameter that is `inf`, `-inf`, a number, or `none`; absent: `usual`.
///
/// # Errors
/// A number under 0.
pub fn norm(parameters: &Parameters, id: &str, usual: Norm) -> Result<Norm> {
    let order = match parameters.get(id)? {
        Value::None => return Ok(usual),
        Value::Str(name) if name == "none" => return Ok(Norm::None),
        Value::Str(name) if name == "-inf" => f64::NEG_INFINITY,
        Value::Str(_) => f64::INFINITY,
        _ => parameters.float(id)?,
    };
    Norm::of_order(order)
        .ok_or_else(|| Error::parameter(id, format!("expected 0, a number above it or an infinity, got {order}")))
}
