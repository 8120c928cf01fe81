//! `istft.tacotron2`: samples from complex bins.
//!
//! Shape: `(bin, frame)` to `(sample,)`, `(channel, bin, frame)` to `(channel, sample)`; float32 of complex64.
//! Source: NVIDIA Tacotron 2, `stft.STFT.inverse`. Unlike librosa's it always leaves out half a frame at both ends.

use auricle_analysis::{librosa, samples_or_none};
use auricle_dsp::istft::{Config, Correction};
use auricle_dsp::window;
use auricle_sdk::prelude::*;

use super::librosa::HOP_LENGTH;
use super::{Dialect, Synthesis};
use crate::spectrum::Spectrum;

/// The dialect.
pub struct Tacotron2;

impl Dialect for Tacotron2 {
    const DESCRIPTOR: Descriptor = Descriptor::new("istft.tacotron2", "Inverse of stft.tacotron2, as its STFT.inverse")
        .doc(
            "The tool convolves magnitude and phase with the pseudo-inverse of its Fourier basis, which is the inverse transform, \
             times the window; adds; divides each sample by the sum of squared windows over it; and leaves out \
             filter_length // 2 samples at both ends. It is told magnitude and phase; this stage takes them as complex bins.",
        )
        .source("NVIDIA Tacotron 2 (PyPI tacotron2 22.12.28), stft.STFT.inverse")
        .parameters(&[
            samples_or_none("filter_length").doc("Length of the transform; none: twice the bins but one."),
            HOP_LENGTH,
            samples_or_none("win_length").doc("Length of the window; none: filter_length."),
            librosa::WINDOW,
        ]);

    fn synthesis(setup: &Setup, spectrum: &Spectrum) -> Result<Synthesis> {
        let parameters = &setup.parameters;
        let n_fft = parameters.optional_count("filter_length")?.unwrap_or(2 * (spectrum.bins - 1).max(1));
        let shape = librosa::shape(parameters)?;
        let win_length = parameters.optional_count("win_length")?.unwrap_or(n_fft);
        let config = Config {
            window: window::Config { win_length, ..window::Config::new(shape, n_fft) },
            hop: spectrum.hop(parameters, "hop_length")?,
            scale: 1.0,
            correction: Correction::Samples { above: f64::from(f32::MIN_POSITIVE) },
        };
        Ok(Synthesis { config, before: n_fft / 2, after: n_fft / 2, length: None, lowest: 0.0, of_nothing: 0 })
    }
}
