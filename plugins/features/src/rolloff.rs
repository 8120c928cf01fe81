//! `feature.rolloff`: the frequency under which most of the spectrum lies.
//!
//! Shape: audio to `(frame,)`, several channels to `(channel, frame)`; float64.
//! Source: librosa 0.11.0, `librosa.feature.spectral_rolloff`. Unlike `feature.centroid` it is that of a bin.

use auricle_analysis::{AUDIO, joined, librosa};
use auricle_dsp::Float;
use auricle_dsp::spectral::Spectral;
use auricle_sdk::{Real, prelude::*};

use crate::spectrum::Measure;

/// The measure, in the precision of the samples.
pub struct Rolloff<T> {
    spectral: Spectral<T>,
    share: f64,
}

impl<T: Real + Float> Measure for Rolloff<T> {
    const DESCRIPTOR: Descriptor = Descriptor::new("feature.rolloff", "The frequency under which most of the spectrum lies, as librosa.feature.spectral_rolloff")
        .doc("The lowest bin at which the sum of the magnitudes so far reaches roll_percent of all. S and freq are not there: the input is audio.")
        .source("librosa 0.11.0, librosa.feature.spectral_rolloff")
        .inputs(&[AUDIO])
        .outputs(&[Port::tensor("rolloff").dtypes(&[DType::F64]).doc("A number a frame.")])
        .parameters(&PARAMETERS)
        .locality(Locality::Window)
        .result_version(2);
    type In = T;
    type Out = f64;
    const QUANTITY: &'static str = "frequency";
    const UNIT: &'static str = "Hz";

    fn new(parameters: &Parameters, hz: Vec<f64>) -> Result<Self> {
        Ok(Rolloff { spectral: Spectral::new(hz), share: parameters.float("roll_percent")? })
    }

    fn measure(&mut self, magnitudes: &[T]) -> f64 {
        self.spectral.rolloff(magnitudes, self.share)
    }
}

const PARAMETERS: [Parameter; 7] =
    joined(&librosa::FEATURE, &[Parameter::float("roll_percent", 0.85).range(1e-9, 0.9999).doc("The share.")]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::Measured;
    use crate::spectrum::tests::numbers;

    #[test]
    fn most_of_a_tone_in_noise_lies_over_the_tone() {
        let hz = numbers::<Framed<Measured<Rolloff<f32>>>, f64>(4000);
        assert!(hz.len() == 8 && hz[4] > 1053.0, "{hz:?}");
    }
}
