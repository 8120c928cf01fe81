//! `stft.tensorflow`: complex bins of overlapping frames.
//!
//! Shape: audio to `(frame, bin)`, several channels to `(channel, frame, bin)`; complex64 of float32, complex128 of float64.
//! Source: TensorFlow 2.21.0, `tf.signal.stft`. Unlike the others it never centres, and the window stands at the frame's start.

use auricle_analysis::{Analysis, tensorflow};
use auricle_sdk::prelude::*;

use crate::bins::{AUDIO, BINS, Dialect};

/// The dialect.
pub struct Tensorflow;

impl Dialect for Tensorflow {
    const DESCRIPTOR: Descriptor = Descriptor::new(
        "stft.tensorflow",
        "Short-time Fourier transform, as tf.signal.stft",
    )
    .doc(
        "X[t, k] = sum over n of window[n] * x[t * frame_step + n] * exp(-2 pi i k n / fft_length), not scaled. Bins \
             1 + fft_length // 2; frames 1 + (samples - frame_length) // frame_step, none of a shorter signal, or \
             ceil(samples / frame_step) with pad_end. Where fft_length is not frame_length, the tool's RFFT fails on no \
             frames instead (InvalidArgumentError); here there are none.",
    )
    .source("TensorFlow 2.21.0, tf.signal.stft")
    .inputs(AUDIO)
    .outputs(BINS)
    .parameters(&[
        tensorflow::WIN_LENGTH,
        tensorflow::HOP_LENGTH,
        tensorflow::N_FFT,
        tensorflow::WINDOW_FN,
        tensorflow::PAD_END,
    ]);

    fn analysis(setup: &Setup) -> Result<Analysis> {
        tensorflow::analysis(setup)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bins::Stage;
    use auricle_sdk::testing::{Bench, refused};

    #[test]
    fn shapes_laws_and_layouts() {
        for (samples, length, step, fft_length, pad_end, expected) in [
            (1000usize, 255, 100, Value::from("none"), false, (8, 129)),
            (1000, 255, 100, Value::from("none"), true, (10, 129)),
            (1000, 300, 100, Value::from(256), false, (8, 129)),
            (100, 256, 64, Value::from(300), false, (0, 151)),
            (100, 256, 64, Value::from(300), true, (2, 151)),
        ] {
            let samples: Vec<f32> = (0..samples).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect();
            let bench = Bench::<Stage<Tensorflow>>::new()
                .parameter("frame_length", length)
                .parameter("frame_step", step)
                .parameter("fft_length", fft_length)
                .parameter("pad_end", pad_end)
                .audio(16_000, &[&samples, &samples]);
            let outcome = bench.run().expect("runs");
            let format = &outcome.formats[0];
            let bins = format.as_tensor().expect("a tensor").axis(Role::Frequency).and_then(|axis| axis.length);
            assert_eq!((format.length, bins), (Some(expected.0), Some(expected.1)));
            assert_eq!(format.layout, "channel,frame,bin");
            bench.conforms();
        }
    }

    #[test]
    fn what_has_no_default_must_be_given() {
        let bench = Bench::<Stage<Tensorflow>>::new().parameter("frame_length", 256).audio(8000, &[&[0.0f32; 300]]);
        assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, "frame_step");
    }
}
