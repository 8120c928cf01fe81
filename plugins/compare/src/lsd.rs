//! `compare.lsd`: the log-spectral distance of two signals.
//!
//! Shape: two audio streams to metrics. Source: the definition in its description; the transform of librosa 0.11.0.

use auricle_dsp::distance::Sum;
use auricle_dsp::stft::{Config, Exponent, Stft};
use auricle_dsp::window::{self, Shape};
use auricle_sdk::prelude::*;

use crate::frames::FrameMeasure;
use crate::signals::{CROP, INPUTS, OUTPUTS};

/// Samples of a frame.
const N_FFT: usize = 2048;
/// Samples from frame to frame.
const HOP: usize = 512;
/// Added to powers, so that silence has a logarithm.
const FLOOR: f64 = 1e-10;

/// The stage.
pub struct Lsd {
    stft: Stft,
    total: Sum,
    frames: u64,
}

impl FrameMeasure for Lsd {
    const DESCRIPTOR: Descriptor = Descriptor::new("compare.lsd", "Log-spectral distance of two signals")
        .doc(
            "The mean over frames of the root of the mean over bins of (10 log10 ((|A|^2 + 1e-10) / (|B|^2 + 1e-10)))^2, A and \
             B the transforms of librosa.stft with n_fft 2048, hop_length 512, Hann, centred, zeros outside. Frames of all \
             channels are pooled. Figures depend on the level: samples are expected in [-1, 1).",
        )
        .source("Gray & Markel, Distance measures for speech processing, IEEE Trans. ASSP 24, 1976; the constants are ours")
        .inputs(INPUTS)
        .outputs(OUTPUTS)
        .parameters(&[CROP])
        .locality(Locality::WholeInput);
    const FRAMING: Framing = Framing::centred(N_FFT, HOP, Pad::Zero);

    fn new(_: &Setup) -> Result<Self> {
        let stft = Stft::new(&Config::new(window::Config::new(Shape::Hann, N_FFT)));
        let stft = stft.map_err(|error| Error::internal(error.to_string()))?;
        Ok(Lsd { stft, total: Sum::default(), frames: 0 })
    }

    fn begin(&mut self) {
        (self.total, self.frames) = (Sum::default(), 0);
    }

    fn feature(&mut self, _: usize, samples: &[f64]) -> Vec<f64> {
        let mut power = vec![0.0; self.stft.bins()];
        self.stft.process_magnitude(samples, Exponent::Power, &mut power);
        power.iter_mut().for_each(|x| *x = 10.0 * (*x + FLOOR).log10());
        power
    }

    fn pair(&mut self, reference: &[f64], candidate: &[f64]) {
        let squares: f64 = reference.iter().zip(candidate).map(|(a, b)| (a - b) * (a - b)).sum();
        self.total.add((squares / reference.len() as f64).sqrt());
        self.frames += 1;
    }

    fn figures(&self) -> Vec<(&'static str, f64, &'static str)> {
        vec![("lsd", self.total.value() / self.frames as f64, "dB")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frames::Frames;
    use auricle_sdk::testing::Bench;

    /// Of float32 transforms in the reference.
    const TOLERANCE: f64 = 1e-4;

    #[test]
    fn the_figure_of_librosa_and_numpy() {
        let reference: Vec<f32> = (0..9000).map(|t| ((t * t) % 1009) as f32 / 1009.0 - 0.5).collect();
        let candidate: Vec<f32> = reference.iter().enumerate().map(|(t, x)| x * (t % 7) as f32 / 7.0).collect();
        let bench = Bench::<Frames<Lsd>>::new().audio(8000, &[&reference]).audio(8000, &[&candidate]);
        let got = bench.run().expect("runs").metric("lsd").expect("a metric");
        // librosa 0.11.0 stft of float64, numpy 2.4.6
        let expected = 8.418353744101156;
        assert!((got - expected).abs() < TOLERANCE, "expected {expected}, got {got}");
        bench.conforms();
        let same = Bench::<Frames<Lsd>>::new().audio(8000, &[&reference]).audio(8000, &[&reference]);
        assert_eq!(same.run().expect("runs").metric("lsd"), Some(0.0));
    }
}
