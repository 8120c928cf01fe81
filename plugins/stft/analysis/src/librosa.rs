//! What the stages of this family share: librosa's names for how a signal is cut and windowed.

use auricle_dsp::stft::Config;
use auricle_dsp::window::{self, Shape};
use auricle_sdk::prelude::*;

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

/// The parameters as kernels and adapters know them.
pub struct Analysis {
    /// Window and transform.
    pub config: Config,
    /// How the signal is cut.
    pub framing: Framing,
}

impl Analysis {
    /// Reads `hop_length win_length window center pad_mode` for a transform of `n_fft` points.
    pub fn new(setup: &Setup, n_fft: usize) -> Result<Self> {
        let parameters = &setup.parameters;
        let win_length = parameters.optional_count("win_length")?.unwrap_or(n_fft);
        let hop = match parameters.optional_count("hop_length")? {
            Some(hop) => hop,
            None if win_length >= 4 => win_length / 4,
            None => {
                let message =
                    format!("expected one, since a quarter of win_length ({win_length}) is less than a sample");
                return Err(Error::parameter("hop_length", message));
            }
        };
        let (name, numbers) = parameters.named("window")?;
        let shape = Shape::named(name, &numbers).map_err(refused)?;
        let config = Config::new(window::Config { win_length, ..window::Config::new(shape, n_fft) });
        let pad = match parameters.text("pad_mode")? {
            "reflect" => Pad::Reflect,
            "edge" => Pad::Edge,
            _ => Pad::Zero,
        };
        let center = parameters.bool("center")?;
        let framing = if center { Framing::centred(n_fft, hop, pad) } else { Framing::plain(n_fft, hop) };
        if let (false, Some(length)) = (center, setup.input(0)?.length)
            && length < n_fft as i64
        {
            let message = format!("expected at most the input's length ({length}) without center, got {n_fft}");
            return Err(Error::parameter("n_fft", message).hint("set center = true, or a shorter n_fft"));
        }
        Ok(Analysis { config, framing })
    }
}

/// A kernel's refusal as the stage's.
pub fn refused(error: auricle_dsp::Error) -> Error {
    Error::parameter(error.field, error.message)
}
