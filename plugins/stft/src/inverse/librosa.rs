//! `istft.librosa`: samples from complex bins.
//!
//! Shape: `(bin, frame)` to `(sample,)`, `(channel, bin, frame)` to `(channel, sample)`; float32 of complex64.
//! Source: librosa 0.11.0, `librosa.istft`. Unlike torch's it lets samples without a window pass as they are.

use auricle_analysis::{librosa, samples_or_none};
use auricle_dsp::istft::{Config, Correction};
use auricle_dsp::window;
use auricle_sdk::prelude::*;

use super::{Dialect, LENGTH, Synthesis};
use crate::spectrum::Spectrum;

/// The dialect.
pub struct Librosa;

/// The transform's length where bins are given.
pub const N_FFT: Parameter = samples_or_none("n_fft")
    .doc("Length of the transform; none: twice the bins but one, so an odd length must be given.");

/// The distance of frames, which the input says.
pub const HOP_LENGTH: Parameter =
    samples_or_none("hop_length").doc("Samples from one frame to the next: the input's, another is refused.");

impl Dialect for Librosa {
    const DESCRIPTOR: Descriptor = Descriptor::new("istft.librosa", "Inverse short-time Fourier transform, as librosa.istft")
        .doc(
            "Each frame transformed back, multiplied with the window, added to the others, and each sample divided by the sum \
             of squared windows over it (where that is not zero); with center, n_fft // 2 samples are left out at the start, \
             and at the end unless length is given. Gives back what stft.librosa took where the windows overlap.",
        )
        .source("librosa 0.11.0, librosa.istft")
        .parameters(&[HOP_LENGTH, librosa::WIN_LENGTH, N_FFT, librosa::WINDOW, librosa::CENTER, LENGTH]);

    fn synthesis(setup: &Setup, spectrum: &Spectrum) -> Result<Synthesis> {
        let parameters = &setup.parameters;
        let n_fft = parameters.optional_count("n_fft")?.unwrap_or(2 * (spectrum.bins - 1).max(1));
        let win_length = parameters.optional_count("win_length")?.unwrap_or(n_fft);
        let shape = librosa::shape(parameters)?;
        let trim = if parameters.bool("center")? { n_fft / 2 } else { 0 };
        let config = Config {
            window: window::Config { win_length, ..window::Config::new(shape, n_fft) },
            hop: spectrum.hop(parameters, "hop_length")?,
            scale: 1.0,
            correction: Correction::Samples { above: f64::from(f32::MIN_POSITIVE) },
        };
        let length = parameters.optional_count("length")?.map(|length| length as i64);
        Ok(Synthesis { config, before: trim, after: trim, length, lowest: 0.0, of_nothing: 0 })
    }
}
