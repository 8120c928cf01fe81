//! `stft.torch`: complex bins of overlapping frames.
//!
//! Shape: audio to `(bin, frame)`, `(channel, time)` to `(channel, bin, frame)`; complex64 of float32, complex128 of float64.
//! Source: torch 2.8.0, `torch.stft`. Unlike librosa it mirrors the ends, has no window unless told, and can scale.

use auricle_analysis::{Analysis, torch};
use auricle_sdk::prelude::*;

use crate::bins::{AUDIO, BINS, Dialect};

/// The dialect.
pub struct Torch;

impl Dialect for Torch {
    const DESCRIPTOR: Descriptor = Descriptor::new("stft.torch", "Short-time Fourier transform, as torch.stft")
        .doc(
            "X[k, t] = sum over n of window[n] * x[t * hop_length + n - n_fft // 2] * exp(-2 pi i k n / n_fft), divided by the \
             square root of n_fft where normalized. The window is rectangular unless one is named, and stands in the middle of \
             the frame. Mirroring takes more than n_fft // 2 samples, as the tool does; without center, n_fft are needed.",
        )
        .source("torch 2.8.0, torch.stft")
        .inputs(AUDIO)
        .outputs(BINS)
        .parameters(&[
            torch::N_FFT,
            torch::HOP_LENGTH,
            torch::WIN_LENGTH,
            torch::WINDOW,
            torch::PERIODIC,
            torch::CENTER,
            torch::PAD_MODE,
            torch::NORMALIZED,
            torch::ONESIDED,
        ]);

    fn analysis(setup: &Setup) -> Result<Analysis> {
        torch::analysis(setup)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bins::Stage;
    use auricle_sdk::testing::{Bench, refused};

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    #[test]
    fn shapes_laws_and_layouts() {
        for (samples, n_fft, center, onesided, expected) in [
            (1000, 256, true, true, (129, 16)),
            (1000, 255, true, false, (255, 16)),
            (1000, 256, false, true, (129, 12)),
            (129, 256, true, true, (129, 3)),
        ] {
            let samples = ramp(samples);
            let bench = Bench::<Stage<Torch>>::new()
                .parameter("n_fft", n_fft)
                .parameter("window", "hann")
                .parameter("center", center)
                .parameter("onesided", onesided)
                .audio(16_000, &[&samples]);
            let outcome = bench.run().expect("runs");
            let format = &outcome.formats[0];
            let bins = format.as_tensor().expect("a tensor").frame_len();
            assert_eq!((bins, format.length), (expected.0, Some(expected.1)));
            assert_eq!(format.layout, "bin,frame");
            bench.conforms();
        }
    }

    #[test]
    fn refusals() {
        let samples = ramp(100);
        let bench = || Bench::<Stage<Torch>>::new().audio(8000, &[&samples]);
        for (bench, parameter) in [
            (bench(), "n_fft"),
            (bench().parameter("n_fft", 200), "n_fft"),
            (bench().parameter("n_fft", 101).parameter("center", false), "n_fft"),
            (bench().parameter("n_fft", 64).parameter("win_length", 65), "win_length"),
            (
                bench().parameter("n_fft", 64).parameter("window", Value::List(vec!["hann".into(), 1.0.into()])),
                "window",
            ),
            (bench().parameter("n_fft", 3), "hop_length"),
        ] {
            assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, parameter);
        }
    }
}
