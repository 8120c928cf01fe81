//! `feature.centroid`: the centre of the spectrum.
//!
//! Shape: audio to `(frame,)`, several channels to `(channel, frame)`; float64.
//! Source: librosa 0.11.0, `librosa.feature.spectral_centroid`. Unlike `feature.rolloff` it is a mean.

use auricle_analysis::{AUDIO, joined, librosa};
use auricle_dsp::Float;
use auricle_dsp::spectral::Spectral;
use auricle_sdk::{Real, prelude::*};

use crate::spectrum::Measure;

/// The measure, in the precision of the samples.
pub struct Centroid<T> {
    spectral: Spectral<T>,
}

impl<T: Real + Float> Measure for Centroid<T> {
    const DESCRIPTOR: Descriptor = Descriptor::new("feature.centroid", "The centre of the spectrum, as librosa.feature.spectral_centroid")
        .doc("The mean of the bins' frequencies, weighted by magnitude; 0 Hz of silence. S and freq are not there: the input is audio.")
        .source("librosa 0.11.0, librosa.feature.spectral_centroid")
        .inputs(&[AUDIO])
        .outputs(&[Port::tensor("centroid").dtypes(&[DType::F64]).doc("A number a frame.")])
        .parameters(&PARAMETERS)
        .locality(Locality::Window)
        .result_version(2);
    type In = T;
    type Out = f64;
    const QUANTITY: &'static str = "frequency";
    const UNIT: &'static str = "Hz";

    fn new(_: &Parameters, hz: Vec<f64>) -> Result<Self> {
        Ok(Centroid { spectral: Spectral::new(hz) })
    }

    fn measure(&mut self, magnitudes: &[T]) -> f64 {
        self.spectral.centroid(magnitudes)
    }
}

const PARAMETERS: [Parameter; 6] = joined(&librosa::FEATURE, &[]);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::Measured;
    use crate::spectrum::tests::numbers;

    #[test]
    fn a_tone_in_noise_lies_between() {
        let hz = numbers::<Framed<Measured<Centroid<f32>>>, f64>(4000);
        assert!(hz.len() == 8 && hz[4] > 1053.0 && hz[4] < 5512.0, "{hz:?}");
    }
}
