//! `stft.librosa`: complex bins of overlapping frames.
//!
//! Shape: audio to `(bin, frame)`, several channels to `(channel, bin, frame)`; complex64 of float32, complex128 of float64.
//! Source: librosa 0.11.0, `librosa.stft`. Unlike torch it pads with zeros and knows no scaling.

use auricle_analysis::{Analysis, librosa};
use auricle_sdk::prelude::*;

use crate::bins::{AUDIO, BINS, Dialect};

/// The dialect.
pub struct Librosa;

impl Dialect for Librosa {
    const DESCRIPTOR: Descriptor = Descriptor::new("stft.librosa", "Short-time Fourier transform, as librosa.stft")
        .doc(
            "X[k, t] = sum over n of window[n] * x[t * hop_length + n - n_fft // 2] * exp(-2 pi i k n / n_fft), not scaled. \
             Bins 1 + n_fft // 2, frames 1 + (samples + 2 * (n_fft // 2) - n_fft) // hop_length. A window shorter than n_fft \
             stands in the middle of the frame. float32 gives complex64, float64 complex128; both are computed in float64, \
             as the tool does. pad_mode has no wrap, maximum, mean, median, minimum (the tool refuses them), nor symmetric, \
             linear_ramp, empty.",
        )
        .source("librosa 0.11.0, librosa.stft")
        .inputs(AUDIO)
        .outputs(BINS)
        .parameters(&[
            librosa::N_FFT,
            librosa::HOP_LENGTH,
            librosa::WIN_LENGTH,
            librosa::WINDOW,
            librosa::CENTER,
            librosa::PAD_MODE,
        ])
        .result_version(2);

    fn analysis(setup: &Setup) -> Result<Analysis> {
        librosa::analysis(setup)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bins::Stage;
    use auricle_sdk::testing::{Bench, Outcome, refused};

    type Stage32 = Stage<Librosa>;

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    fn shape(outcome: &Outcome) -> (usize, usize) {
        let bins = outcome.formats[0].as_tensor().expect("a tensor").frame_len();
        (bins, outcome.packets[0].iter().map(|packet| packet.count).sum())
    }

    #[test]
    fn shapes_are_librosas() {
        // (samples, n_fft, hop_length, center) to (bins, frames)
        for (samples, n_fft, hop, center, expected) in [
            (5000, 2048, 512, true, (1025, 10)),
            (1, 512, 128, true, (257, 1)),
            (1000, 511, 100, true, (256, 10)),
            (1000, 256, 100, false, (129, 8)),
            (3000, 64, 500, true, (33, 7)),
        ] {
            let samples = ramp(samples);
            let bench = Bench::<Stage32>::new()
                .parameter("n_fft", n_fft)
                .parameter("hop_length", hop)
                .parameter("center", center)
                .audio(16_000, &[&samples]);
            assert_eq!(shape(&bench.run().expect("runs")), expected);
            bench.conforms();
        }
    }

    #[test]
    fn the_defaults_are_librosas() {
        let outcome = Bench::<Stage32>::new().audio(22_050, &[&ramp(4096)]).run().expect("runs");
        assert_eq!(shape(&outcome), (1025, 9));
        let format = &outcome.formats[0];
        assert_eq!((format.layout.as_str(), format.dtype(), format.clock.step), ("bin,frame", Some(DType::C64), 512));
        assert!((format.as_tensor().expect("a tensor").coherent_gain.expect("a window") - 1024.0).abs() < 1e-9);
    }

    #[test]
    fn double_in_double_out_and_channels_apart() {
        let samples: Vec<f64> = ramp(700).iter().map(|x| f64::from(*x)).collect();
        for pad_mode in ["constant", "reflect", "edge"] {
            let bench = Bench::<Stage32>::new()
                .parameter("n_fft", 256)
                .parameter("pad_mode", pad_mode)
                .audio(8000, &[&samples, &vec![0.0; 700]]);
            let outcome = bench.run().expect("runs");
            assert_eq!(outcome.formats[0].dtype(), Some(DType::C128));
            assert_eq!(outcome.formats[0].layout, "channel,bin,frame");
            let values: Vec<Complex<f64>> = outcome.tensor(0).expect("bins");
            assert!(values.chunks(129).skip(1).step_by(2).flatten().all(|x| x.norm() == 0.0));
            bench.conforms();
        }
    }

    #[test]
    fn refusals() {
        let samples = ramp(100);
        let bench = || Bench::<Stage32>::new().audio(8000, &[&samples]);
        for (bench, parameter, words) in [
            (bench().parameter("n_fft", 64).parameter("win_length", 65), "win_length", "1..=n_fft (64), got 65"),
            (bench().parameter("center", false), "n_fft", "at least 2048 samples, got one of 100"),
            (bench().parameter("window", Value::List(vec!["hann".into(), 1.0.into()])), "window", "without a number"),
            (bench().parameter("window", Value::List(vec![2.0.into()])), "window", "[name, number]"),
            (bench().parameter("n_fft", 2), "hop_length", "less than a sample"),
        ] {
            let error = refused(bench.run(), ErrorKind::Parameter);
            assert_eq!(error.parameter, parameter);
            assert!(error.message.contains(words), "{error}");
        }
    }
}
