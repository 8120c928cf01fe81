//! What the measures of a spectrum have in common: librosa's magnitudes of centred frames.

use auricle_analysis::{Analysis, librosa, refused};
use auricle_dsp::Float;
use auricle_dsp::stft::{Exponent, Stft};
use auricle_sdk::{Real, prelude::*};

/// The samples that are measured.
pub const INPUT: Port =
    Port::audio("audio").dtypes(&[DType::F32, DType::F64]).doc("Samples; the tool takes no integers.");

/// librosa's analysis, with its features' default hop.
pub const ANALYSIS: [Parameter; 6] = [
    librosa::N_FFT,
    librosa::HOP_LENGTH.default(DefaultValue::Int(512)),
    librosa::WIN_LENGTH,
    librosa::WINDOW,
    librosa::CENTER,
    librosa::PAD_MODE,
];

/// The analysis' parameters and some others.
pub const fn with<const N: usize>(others: &[Parameter]) -> [Parameter; N] {
    assert!(N == ANALYSIS.len() + others.len(), "as many as there are");
    let mut all = [ANALYSIS[0]; N];
    let mut i = 1;
    while i < N {
        all[i] = if i < ANALYSIS.len() { ANALYSIS[i] } else { others[i - ANALYSIS.len()] };
        i += 1;
    }
    all
}

/// The transform, the framing, and the frequencies of the bins.
pub fn planned(setup: &Setup) -> Result<(Stft, Framing, Vec<f64>)> {
    let Analysis { config, framing, .. } = librosa::analysis(setup)?;
    let stft = Stft::new(&config).map_err(refused)?;
    let sample_rate = f64::from(setup.input(0)?.as_audio()?.sample_rate);
    let n_fft = config.window.n_fft as f64;
    let hz = (0..stft.bins()).map(|k| k as f64 * sample_rate / n_fft).collect();
    Ok((stft, framing, hz))
}

/// One number of a spectrum.
pub trait Measure: Sized + Send + 'static {
    /// What the stage says about itself.
    const DESCRIPTOR: Descriptor;
    /// Type of the magnitudes.
    type In: Real + Float;
    /// Type of the number.
    type Out: Element;
    /// What it is.
    const QUANTITY: &'static str;
    /// Its unit.
    const UNIT: &'static str;

    /// Reads the parameters.
    fn new(parameters: &Parameters, hz: Vec<f64>) -> Result<Self>;

    /// The number.
    fn measure(&mut self, magnitudes: &[Self::In]) -> Self::Out;
}

/// A [`Measure`] of every frame.
pub struct Measured<M: Measure> {
    measure: M,
    stft: Stft,
    framing: Framing,
    magnitudes: Vec<M::In>,
}

impl<M: Measure> PerFrame for Measured<M> {
    const DESCRIPTOR: Descriptor = M::DESCRIPTOR;
    type In = M::In;
    type Out = M::Out;

    fn new(setup: &Setup) -> Result<Self> {
        let (stft, framing, hz) = planned(setup)?;
        let magnitudes = vec![M::In::default(); hz.len()];
        Ok(Measured { measure: M::new(&setup.parameters, hz)?, stft, framing, magnitudes })
    }

    fn framing(&self) -> Framing {
        self.framing
    }

    fn output(&self, _: &Audio) -> Tensor {
        let mut tensor = Tensor::new::<M::Out>(Vec::new(), M::QUANTITY);
        tensor.unit = M::UNIT.into();
        tensor
    }

    fn frame(&mut self, samples: &[M::In], out: &mut [M::Out]) {
        self.stft.process_magnitude(samples, Exponent::Magnitude, &mut self.magnitudes);
        out[0] = self.measure.measure(&self.magnitudes);
    }
}

#[cfg(test)]
pub mod tests {
    use auricle_sdk::prelude::*;
    use auricle_sdk::testing::Bench;

    /// A tone in noise.
    pub fn tone(length: usize) -> Vec<f32> {
        (0..length).map(|i| (i as f32 * 0.3).sin() * 0.4 + ((i * 7919) % 101) as f32 / 1010.0 - 0.05).collect()
    }

    /// The numbers of a stage that keeps the laws, of mono; and of stereo, as many again.
    pub fn numbers<S: Stage, T: Element + PartialEq + std::fmt::Debug>(samples: usize) -> Vec<T> {
        let samples = tone(samples);
        let stereo = Bench::<S>::new().audio(22_050, &[&samples, &samples]);
        stereo.conforms();
        let bench = Bench::<S>::new().audio(22_050, &[&samples]);
        bench.conforms();
        let outcome = bench.run().expect("runs");
        assert_eq!(outcome.formats[0].layout, "frame");
        let numbers: Vec<T> = outcome.tensor(0).expect("numbers");
        let twice: Vec<T> = stereo.run().expect("runs").tensor(0).expect("numbers");
        assert_eq!(twice.len(), 2 * numbers.len());
        numbers
    }
}
