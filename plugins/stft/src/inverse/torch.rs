//! `istft.torch`: samples from complex bins.
//!
//! Shape: `(bin, frame)` to `(sample,)`, `(channel, bin, frame)` to `(channel, sample)`; float32 of complex64.
//! Source: torch 2.8.0, `torch.istft`. Unlike librosa's it refuses windows that leave a sample uncovered.

use auricle_analysis::torch;
use auricle_dsp::istft::{Config, Correction};
use auricle_dsp::window::{self, Sampling};
use auricle_sdk::prelude::*;

use super::librosa::{HOP_LENGTH, N_FFT};
use super::{Dialect, LENGTH, Synthesis};
use crate::spectrum::Spectrum;

/// The dialect.
pub struct Torch;

/// What the tool asserts of the sum of squared windows over every sample.
const LOWEST: f64 = 1e-11;

impl Dialect for Torch {
    const DESCRIPTOR: Descriptor = Descriptor::new("istft.torch", "Inverse short-time Fourier transform, as torch.istft")
        .doc(
            "Each frame transformed back, multiplied with the window, added to the others, and each sample divided by the sum \
             of squared windows over it, which must be above 1e-11 everywhere; with center, n_fft // 2 samples are left out at \
             the start, and at the end unless length is given. The window is rectangular unless one is named.",
        )
        .source("torch 2.8.0, torch.istft")
        .parameters(&[
            N_FFT,
            HOP_LENGTH,
            torch::WIN_LENGTH,
            torch::WINDOW,
            torch::PERIODIC,
            torch::CENTER,
            Parameter::bool("normalized", false).doc("Multiplies with the square root of n_fft."),
            Parameter::absent("onesided", Types::BOOL).doc("Whether the bins are half of all; absent: as n_fft says."),
            LENGTH,
        ]);

    fn synthesis(setup: &Setup, spectrum: &Spectrum) -> Result<Synthesis> {
        let parameters = &setup.parameters;
        let n_fft = parameters.optional_count("n_fft")?.unwrap_or(2 * (spectrum.bins - 1).max(1));
        let onesided = match parameters.get("onesided")? {
            Value::None => n_fft != spectrum.bins,
            _ => parameters.bool("onesided")?,
        };
        let bins = if onesided { n_fft / 2 + 1 } else { n_fft };
        if bins != spectrum.bins {
            let message = format!("expected one of {} bins, got {n_fft}, which has {bins}", spectrum.bins);
            return Err(Error::parameter("n_fft", message));
        }
        let window = window::Config {
            win_length: parameters.optional_count("win_length")?.unwrap_or(n_fft),
            sampling: if parameters.bool("periodic")? { Sampling::Periodic } else { Sampling::Symmetric },
            ..window::Config::new(torch::shape(parameters, "window", "")?, n_fft)
        };
        let trim = if parameters.bool("center")? { n_fft / 2 } else { 0 };
        let config = Config {
            window,
            hop: spectrum.hop(parameters, "hop_length")?,
            scale: if parameters.bool("normalized")? { (n_fft as f64).sqrt() } else { 1.0 },
            correction: Correction::Samples { above: 0.0 },
        };
        let length = parameters.optional_count("length")?.map(|length| length as i64);
        Ok(Synthesis { config, before: trim, after: trim, length, lowest: LOWEST, of_nothing: 0 })
    }
}
