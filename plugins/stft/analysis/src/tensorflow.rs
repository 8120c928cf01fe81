//! TensorFlow's analysis: no centring, the window at the start of its frame, zeros behind the signal on request.

use auricle_dsp::stft::Config;
use auricle_dsp::window::{self, Placement, Sampling, Shape};
use auricle_sdk::prelude::*;

use crate::{Analysis, samples, samples_or_none};

/// Length of the window.
pub const WIN_LENGTH: Parameter = samples("frame_length").required().doc("Length of the window.");

/// Distance of frames.
pub const HOP_LENGTH: Parameter = samples("frame_step").required().doc("Samples from one frame to the next.");

/// Length of the transform.
pub const N_FFT: Parameter = samples_or_none("fft_length").doc(
    "Length of the transform: a shorter frame is followed by zeros, a longer one cut; none: the power of two from frame_length on.",
);

/// The window, by the function that makes it.
pub const WINDOW_FN: Parameter = window_fn("window_fn").doc(
    "Window by the name of tf.signal's function; none is rectangular. Hann and Hamming are periodic where frame_length is even, \
     else symmetric; Kaiser (beta 12) is symmetric.",
);

/// A parameter that names a function of `tf.signal` which makes a window.
pub const fn window_fn(id: &'static str) -> Parameter {
    Parameter::choice(id, "hann_window", &["hann_window", "hamming_window", "kaiser_window", "none"])
}

/// Whether the end is padded.
pub const PAD_END: Parameter = Parameter::bool("pad_end", false)
    .doc("Zeros behind the signal, so that a frame begins at every frame_step inside it; else a rest is left out.");

/// Reads `frame_length frame_step fft_length window_fn pad_end`, the arguments of `tf.signal.stft`.
///
/// # Errors
/// What the tool refuses.
pub fn analysis(setup: &Setup) -> Result<Analysis> {
    let parameters = &setup.parameters;
    let length = parameters.count("frame_length")?;
    let step = parameters.count("frame_step")?;
    let n_fft = parameters.optional_count("fft_length")?.unwrap_or(length.next_power_of_two());
    let config = Config::new(window(parameters.text("window_fn")?, length, n_fft));
    let tail = if parameters.bool("pad_end")? { Tail::EveryHop } else { Tail::Drop };
    let framing = Framing::plain(length, step).tail(tail);
    Ok(Analysis { layout: "frame,bin".into(), ..Analysis::new(config, framing) })
}

/// The window that a function of `tf.signal` makes, at the start of `n_fft` samples.
pub fn window(name: &str, length: usize, n_fft: usize) -> window::Config {
    let even = if length.is_multiple_of(2) { Sampling::Periodic } else { Sampling::Symmetric };
    let (shape, sampling) = match name {
        "hann_window" => (Shape::Hann, even),
        "hamming_window" => (Shape::Hamming, even),
        "kaiser_window" => (Shape::Kaiser { beta: 12.0 }, Sampling::Symmetric),
        _ => (Shape::Rectangular, even),
    };
    window::Config { win_length: length, sampling, placement: Placement::Start, ..window::Config::new(shape, n_fft) }
}
