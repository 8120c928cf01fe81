//! `feature.bandwidth`: the width of the spectrum.
//!
//! Shape: audio to `(frame,)`, several channels to `(channel, frame)`; float64.
//! Source: librosa 0.11.0, `librosa.feature.spectral_bandwidth`. Unlike `feature.centroid` it is a deviation.

use auricle_analysis::{AUDIO, joined, librosa};
use auricle_dsp::Float;
use auricle_dsp::spectral::Spectral;
use auricle_sdk::{Real, prelude::*};

use crate::spectrum::Measure;

/// The measure, in the precision of the samples.
pub struct Bandwidth<T> {
    spectral: Spectral<T>,
    p: f64,
    norm: bool,
}

impl<T: Real + Float> Measure for Bandwidth<T> {
    const DESCRIPTOR: Descriptor = Descriptor::new("feature.bandwidth", "The width of the spectrum, as librosa.feature.spectral_bandwidth")
        .doc("The root of order p of the mean of |f - centroid|^p, weighted by magnitude. S, freq and centroid are not there: the input is audio.")
        .source("librosa 0.11.0, librosa.feature.spectral_bandwidth")
        .inputs(&[AUDIO])
        .outputs(&[Port::tensor("bandwidth").dtypes(&[DType::F64]).doc("A number a frame.")])
        .parameters(&PARAMETERS)
        .locality(Locality::Window)
        .result_version(2);
    type In = T;
    type Out = f64;
    const QUANTITY: &'static str = "frequency";
    const UNIT: &'static str = "Hz";

    fn new(parameters: &Parameters, hz: Vec<f64>) -> Result<Self> {
        Ok(Bandwidth { spectral: Spectral::new(hz), p: parameters.float("p")?, norm: parameters.bool("norm")? })
    }

    fn measure(&mut self, magnitudes: &[T]) -> f64 {
        self.spectral.bandwidth(magnitudes, self.p, self.norm)
    }
}

const PARAMETERS: [Parameter; 8] = joined(
    &librosa::FEATURE,
    &[
        Parameter::bool("norm", true).doc("The weights are scaled to a sum of 1."),
        Parameter::float("p", 2.0).range(1e-3, 1e3).doc("Order of the deviation."),
    ],
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::Measured;
    use crate::spectrum::tests::numbers;

    #[test]
    fn a_tone_in_noise_is_wide() {
        let hz = numbers::<Framed<Measured<Bandwidth<f32>>>, f64>(4000);
        assert!(hz.len() == 8 && hz[4] > 500.0 && hz[4] < 5512.0, "{hz:?}");
    }
}
