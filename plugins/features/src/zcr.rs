//! `feature.zcr`: how often the sign changes in a frame.
//!
//! Shape: audio to `(frame,)`, several channels to `(channel, frame)`; float64.
//! Source: librosa 0.11.0, `librosa.feature.zero_crossing_rate`. Unlike `feature.rms` the ends are repeated, not zeros.

use auricle_analysis::{AUDIO, librosa};
use auricle_dsp::crossings::Crossings;
use auricle_sdk::prelude::*;

use crate::rms::{FRAME_LENGTH, HOP_LENGTH, framing};

/// The stage.
pub struct Zcr {
    framing: Framing,
    crossings: Crossings,
}

impl PerFrame for Zcr {
    const DESCRIPTOR: Descriptor = Descriptor::new(
        "feature.zcr",
        "How often the sign changes, as librosa.feature.zero_crossing_rate",
    )
    .doc("The share of a frame's samples whose sign is not that of the sample before; with pad the first counts too.")
    .source("librosa 0.11.0, librosa.feature.zero_crossing_rate")
    .inputs(&[AUDIO])
    .outputs(&[Port::tensor("rate").dtypes(&[DType::F64]).doc("A share a frame.")])
    .parameters(&[
        FRAME_LENGTH,
        HOP_LENGTH,
        librosa::CENTER.doc("Frame t is centred on sample t * hop_length, the ends repeated; else it begins there."),
        Parameter::float("threshold", 1e-10).range(0.0, 1e9).doc("Samples as small as this are zeros."),
        Parameter::bool("pad", false).doc("The first sample of a frame counts as a crossing."),
        Parameter::bool("zero_pos", true).doc("Zeros are positive; else a sign of their own."),
    ])
    .locality(Locality::Window);
    type In = f64;
    type Out = f64;

    fn new(setup: &Setup) -> Result<Self> {
        let parameters = &setup.parameters;
        let crossings = Crossings {
            threshold: parameters.float("threshold")?,
            first: parameters.bool("pad")?,
            zero_is_positive: parameters.bool("zero_pos")?,
        };
        Ok(Zcr { framing: framing(setup, parameters.count("hop_length")?, Pad::Edge)?, crossings })
    }

    fn framing(&self) -> Framing {
        self.framing
    }

    fn output(&self, _: &Audio) -> Tensor {
        Tensor::new::<f64>(Vec::new(), "ratio")
    }

    fn frame(&mut self, samples: &[f64], out: &mut [f64]) {
        out[0] = self.crossings.count(samples) as f64 / samples.len() as f64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::tests::numbers;

    #[test]
    fn a_tone_crosses_twice_a_period() {
        let rates = numbers::<Framed<Zcr>, f64>(4000);
        assert!(rates.len() == 8 && (rates[4] - 0.3 / std::f64::consts::PI).abs() < 0.02, "{rates:?}");
    }
}
