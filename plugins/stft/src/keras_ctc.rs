//! `spectrogram.keras_ctc`: what the Keras example of speech recognition with CTC is trained on.
//!
//! Shape: audio to `(frame, bin)`, several channels to `(channel, frame, bin)`; float32.
//! Source: keras.io, "Automatic Speech Recognition using CTC". Unlike `spectrogram.torchaudio` it is TensorFlow's, and levelled.

use auricle_analysis::{refused, tensorflow};
use auricle_dsp::overall::standardize;
use auricle_dsp::stft::{Config, Exponent, Stft};
use auricle_sdk::prelude::*;

/// The stage.
pub struct KerasCtc {
    stft: Stft,
    framing: Framing,
    exponent: Exponent,
    standardized: bool,
    spectrum: Vec<f64>,
}

/// Added to the standard deviation by the example.
const EPSILON: f64 = 1e-10;

impl PerFrame for KerasCtc {
    const DESCRIPTOR: Descriptor = Descriptor::new("spectrogram.keras_ctc", "Spectrogram of the Keras CTC example")
        .doc(
            "2021: frames of 256 samples 160 apart, transforms of 384 points, the square root of the magnitude, and each frame \
             less its mean and divided by its standard deviation (of the population, plus 1e-10). current: frames of 255 samples \
             128 apart, transforms of 256, the magnitude as it is. Without padding; the example's padding of a batch to its \
             longest clip is left to the caller.",
        )
        .source("keras.io, Automatic Speech Recognition using CTC (2021-09), and the revision of today; tf.signal.stft, TensorFlow 2.21.0")
        .inputs(&[Port::audio("audio").dtypes(&[DType::F32, DType::F64]).doc("Samples in [-1, 1].")])
        .outputs(&[Port::tensor("spectrogram").doc("(frame, bin).")])
        .parameters(&[Parameter::choice("revision", "2021", &["2021", "current"]).doc("Which version of the example.")])
        .locality(Locality::Window);
    type In = f32;
    type Out = f32;

    fn new(setup: &Setup) -> Result<Self> {
        let first = setup.parameters.text("revision")? == "2021";
        let (length, step, n_fft, exponent) = match first {
            true => (256, 160, 384, Exponent::Of(0.5)),
            false => (255, 128, 256, Exponent::Magnitude),
        };
        let stft = Stft::new(&Config::new(tensorflow::window("hann_window", length, n_fft))).map_err(refused)?;
        let spectrum = vec![0.0; stft.bins()];
        Ok(KerasCtc { stft, framing: Framing::plain(length, step), exponent, standardized: first, spectrum })
    }

    fn framing(&self) -> Framing {
        self.framing
    }

    fn output(&self, input: &Audio) -> Tensor {
        let step_hz = f64::from(input.sample_rate) / self.stft.n_fft() as f64;
        let quantity = if self.standardized { "" } else { "amplitude" };
        Tensor::new::<f32>(vec![Axis::bins(self.stft.bins(), step_hz)], quantity)
    }

    fn layout(&self) -> String {
        "frame,bin".into()
    }

    fn frame(&mut self, samples: &[f32], out: &mut [f32]) {
        self.stft.process_magnitude(samples, self.exponent, &mut self.spectrum);
        if self.standardized {
            standardize(&mut self.spectrum, EPSILON);
        }
        for (out, x) in out.iter_mut().zip(&self.spectrum) {
            *out = *x as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::Bench;

    #[test]
    fn shapes_levels_and_laws() {
        let samples: Vec<f32> = (0..1000).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect();
        for (revision, frames, bins) in [("2021", 5, 193), ("current", 6, 129)] {
            let bench = Bench::<Framed<KerasCtc>>::new().parameter("revision", revision).audio(16_000, &[&samples]);
            let outcome = bench.run().expect("runs");
            let format = &outcome.formats[0];
            assert_eq!((format.length, format.layout.as_str()), (Some(frames), "frame,bin"));
            let values = outcome.tensor::<f32>(0).expect("a spectrogram");
            assert_eq!(values.len(), frames as usize * bins);
            if revision == "2021" {
                let mean = values[..bins].iter().sum::<f32>() / bins as f32;
                assert!(mean.abs() < 1e-5, "{mean}");
            }
            bench.conforms();
        }
        // Silence has no deviation.
        let silent = Bench::<Framed<KerasCtc>>::new().audio(16_000, &[&[0.0f32; 300]]).run().expect("runs");
        assert!(silent.tensor::<f32>(0).expect("a spectrogram").iter().all(|x| *x == 0.0));
    }
}
