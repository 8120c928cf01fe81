//! `stft.nnaudio`: complex bins of overlapping frames.
//!
//! Shape: audio to `(bin, frame)`, several channels to `(channel, bin, frame)`; complex64 of float32, complex128 of float64.
//! Source: nnAudio 0.3.4, `features.STFT`. Unlike librosa it mirrors the ends; the tool convolves, in float32.

use auricle_analysis::{Analysis, librosa};
use auricle_sdk::prelude::*;

use crate::bins::{AUDIO, BINS, Dialect};

/// The dialect.
pub struct NnAudio;

impl Dialect for NnAudio {
    const DESCRIPTOR: Descriptor = Descriptor::new("stft.nnaudio", "Short-time Fourier transform, as nnAudio.features.STFT")
        .doc(
            "The bins of stft.librosa with the ends mirrored, which takes more than n_fft // 2 samples. The tool's Complex output \
             holds [real, imaginary] in a last axis; here they are complex numbers. Its freq_scale other than no, and training, \
             are not offered.",
        )
        .source("nnAudio 0.3.4, features.STFT")
        .inputs(AUDIO)
        .outputs(BINS)
        .parameters(&[
            librosa::N_FFT,
            librosa::WIN_LENGTH,
            librosa::HOP_LENGTH,
            librosa::WINDOW,
            librosa::CENTER,
            Parameter::choice("pad_mode", "reflect", &["reflect", "constant"])
                .doc("With center, what stands outside the signal: the signal mirrored (reflect), zeros (constant)."),
        ]);

    fn analysis(setup: &Setup) -> Result<Analysis> {
        let mut analysis = librosa::analysis(setup)?;
        if analysis.framing.pad == Pad::Reflect {
            analysis.framing = analysis.framing.at_least(analysis.framing.length / 2 + 1, "n_fft");
        }
        Ok(analysis)
    }
}
