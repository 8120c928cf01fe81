//! What the measures of a spectrum have in common: librosa's magnitudes of centred frames.

use auricle_analysis::librosa;
use auricle_dsp::Float;
use auricle_dsp::stft::{Exponent, Stft};
use auricle_sdk::{Real, prelude::*};

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
        let (stft, framing, hz) = librosa::spectra(setup)?;
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
