//! `feature.flatness`: how much the spectrum is noise.
//!
//! Shape: audio to `(frame,)`, several channels to `(channel, frame)`; float32 of float32, float64 of float64.
//! Source: librosa 0.11.0, `librosa.feature.spectral_flatness`. Unlike `feature.contrast` it is one number.

use std::marker::PhantomData;

use auricle_analysis::{AUDIO, joined, librosa};
use auricle_dsp::Float;
use auricle_dsp::spectral::flatness;
use auricle_sdk::{Real, prelude::*};

use crate::spectrum::Measure;

/// The measure, in the precision of the samples.
pub struct Flatness<T> {
    power: f64,
    amin: f64,
    precision: PhantomData<T>,
}

impl<T: Real + Float + Element> Measure for Flatness<T> {
    const DESCRIPTOR: Descriptor = Descriptor::new("feature.flatness", "How much the spectrum is noise, as librosa.feature.spectral_flatness")
        .doc("The geometric over the arithmetic mean of magnitudes to the given power, none under amin: 1 of white noise and of silence, near 0 of a tone. S is not there: the input is audio.")
        .source("librosa 0.11.0, librosa.feature.spectral_flatness")
        .inputs(&[AUDIO])
        .outputs(&[Port::tensor("flatness").dtypes(&[DType::F32, DType::F64]).doc("A number a frame.")])
        .parameters(&PARAMETERS)
        .locality(Locality::Window)
        .result_version(2);
    type In = T;
    type Out = T;
    const QUANTITY: &'static str = "ratio";
    const UNIT: &'static str = "";

    fn new(parameters: &Parameters, _: Vec<f64>) -> Result<Self> {
        let (power, amin) = (parameters.float("power")?, parameters.float("amin")?);
        if amin <= 0.0 {
            return Err(Error::parameter("amin", format!("expected a number above 0, got {amin}")));
        }
        Ok(Flatness { power, amin, precision: PhantomData })
    }

    fn measure(&mut self, magnitudes: &[T]) -> T {
        <T as Float>::from_real(flatness(magnitudes, self.power, self.amin))
    }
}

const PARAMETERS: [Parameter; 8] = joined(
    &librosa::FEATURE,
    &[
        Parameter::float("amin", 1e-10)
            .range(0.0, f64::INFINITY)
            .logarithmic()
            .doc("The smallest value that is told from zero."),
        Parameter::float("power", 2.0).range(1e-3, 1e3).doc("Exponent of the magnitude."),
    ],
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::Measured;
    use crate::spectrum::tests::numbers;

    #[test]
    fn a_tone_in_noise_is_a_tone() {
        let ratios = numbers::<Framed<Measured<Flatness<f32>>>, f32>(4000);
        assert!(ratios.len() == 8 && ratios[4] > 0.0 && ratios[4] < 0.1, "{ratios:?}");
    }
}
