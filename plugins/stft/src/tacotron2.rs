//! `stft.tacotron2`: complex bins of overlapping frames.
//!
//! Shape: audio to `(bin, frame)`, several channels to `(channel, bin, frame)`; complex64 of float32, complex128 of float64.
//! Source: NVIDIA Tacotron 2, `stft.STFT.transform`. Unlike the others the tool convolves, in float32, with a Fourier basis.

use auricle_analysis::{Analysis, librosa, samples};
use auricle_dsp::stft::Config;
use auricle_dsp::window;
use auricle_sdk::prelude::*;

use crate::bins::{AUDIO, BINS, Dialect};

/// The dialect.
pub struct Tacotron2;

impl Dialect for Tacotron2 {
    const DESCRIPTOR: Descriptor = Descriptor::new("stft.tacotron2", "Short-time Fourier transform, as Tacotron 2's STFT")
        .doc(
            "The bins of frames that are centred by mirroring filter_length // 2 samples at both ends, which takes more samples \
             than that. The tool gives magnitude and phase; spectrum.magnitude and spectrum.phase read them off. It convolves \
             with rounded weights, whose errors lie below 1e-7 of the loudest bin; this transforms in float64.",
        )
        .source("NVIDIA Tacotron 2 (PyPI tacotron2 22.12.28), stft.STFT")
        .inputs(AUDIO)
        .outputs(BINS)
        .parameters(&[
            samples("filter_length").default(DefaultValue::Int(800)).doc("Length of the transform."),
            samples("hop_length").default(DefaultValue::Int(200)).doc("Samples from one frame to the next."),
            samples("win_length")
                .default(DefaultValue::Int(800))
                .doc("Length of the window, which stands in the middle of the frame."),
            librosa::WINDOW,
        ]);

    fn analysis(setup: &Setup) -> Result<Analysis> {
        let parameters = &setup.parameters;
        let n_fft = parameters.count("filter_length")?;
        let shape = librosa::shape(parameters)?;
        let window =
            window::Config { win_length: parameters.count("win_length")?, ..window::Config::new(shape, n_fft) };
        let framing = Framing::centred(n_fft, parameters.count("hop_length")?, Pad::Reflect);
        Ok(Analysis::new(Config::new(window), framing.at_least(n_fft / 2 + 1, "filter_length")))
    }
}
