//! librosa's analysis: zeros outside the signal, no scaling.

use auricle_dsp::stft::Config;
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
    let pad = match parameters.text("pad_mode")? {
        "reflect" => Pad::Reflect,
        "edge" => Pad::Edge,
        _ => Pad::Zero,
    };
    let framing = match parameters.bool("center")? {
        true => Framing::centred(n_fft, hop, pad),
        false => Framing::plain(n_fft, hop).at_least(n_fft, "n_fft"),
    };
    Ok(Analysis::new(config, framing))
}

/// The shape that `window` names, as `scipy.signal.get_window` would.
///
/// # Errors
/// No such window, or another number of numbers than it takes.
pub fn shape(parameters: &Parameters) -> Result<Shape> {
    let (name, numbers) = parameters.named("window")?;
    Shape::named(name, &numbers).map_err(refused)
}
