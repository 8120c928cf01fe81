//! `istft.tensorflow`: samples from complex bins.
//!
//! Shape: `(frame, bin)` to `(sample,)`, `(channel, frame, bin)` to `(channel, sample)`; float32 of complex64.
//! Source: TensorFlow 2.21.0, `tf.signal.inverse_stft`. Unlike the others it corrects nothing but by its window.

use auricle_analysis::{samples, samples_or_none, tensorflow};
use auricle_dsp::istft::{Config, Correction};
use auricle_sdk::prelude::*;

use super::{Dialect, Synthesis};
use crate::spectrum::Spectrum;

/// The dialect.
pub struct Tensorflow;

/// The function that makes a window which undoes another.
const INVERSE: &str = "inverse_stft_window_fn";

impl Dialect for Tensorflow {
    const DESCRIPTOR: Descriptor =
        Descriptor::new("istft.tensorflow", "Inverse short-time Fourier transform, as tf.signal.inverse_stft")
            .doc(
                "Each frame transformed back, cut or filled with zeros to frame_length, multiplied with the window and added to \
                 the others: frame_length + (frames - 1) * frame_step samples, \
                 also of no frame at all. With the default window the result is too loud (1.5 \
                 times for a hop of a quarter), as the tool's: window_fn = \"inverse_stft_window_fn\" divides the window by the \
                 sum of its squares, so that all but the ends come back.",
            )
            .source("TensorFlow 2.21.0, tf.signal.inverse_stft and inverse_stft_window_fn")
            .parameters(&[
                samples("frame_length").required().doc("Length of the window."),
                samples_or_none("frame_step").doc("Samples from one frame to the next: the input's, another is refused."),
                samples_or_none("fft_length")
                    .doc("Length of the transform; none: the power of two from frame_length on."),
                tensorflow::WINDOW_FN
                    .choices(&["hann_window", "hamming_window", "kaiser_window", "none", INVERSE])
                    .doc("Window by the name of tf.signal's function; inverse_stft_window_fn undoes forward_window_fn."),
                tensorflow::window_fn("forward_window_fn")
                    .doc("With inverse_stft_window_fn, the window of the analysis."),
            ])
            .result_version(2);

    fn synthesis(setup: &Setup, spectrum: &Spectrum) -> Result<Synthesis> {
        let parameters = &setup.parameters;
        let length = parameters.count("frame_length")?;
        let n_fft = parameters.optional_count("fft_length")?.unwrap_or(length.next_power_of_two());
        let (name, correction) = match parameters.text("window_fn")? {
            INVERSE => (parameters.text("forward_window_fn")?, Correction::Window),
            name => (name, Correction::None),
        };
        let config = Config {
            window: tensorflow::window(name, length, n_fft),
            hop: spectrum.hop(parameters, "frame_step")?,
            scale: 1.0,
            correction,
        };
        let of_nothing = length.saturating_sub(config.hop);
        Ok(Synthesis { config, before: 0, after: 0, length: None, lowest: 0.0, of_nothing })
    }
}
