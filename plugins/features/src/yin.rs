//! `f0.yin`: the fundamental frequency of frames.
//!
//! Shape: audio to `(frame,)`, several channels to `(channel, frame)`; float64.
//! Source: librosa 0.11.0, `librosa.yin`. Unlike `f0.pyin` every frame has a pitch.

use auricle_analysis::{AUDIO, librosa, refused_as};
use auricle_dsp::yin::{Config, Yin};
use auricle_sdk::prelude::*;

use crate::rms::{CENTER, FRAME_LENGTH, HOP_LENGTH, framing};

/// The stage.
pub struct YinStage {
    framing: Framing,
    yin: Yin,
}

impl PerFrame for YinStage {
    const DESCRIPTOR: Descriptor = Descriptor::new("f0.yin", "The fundamental frequency of frames, as librosa.yin")
        .doc(
            "The shortest lag between sr / fmax and sr / fmin at which the cumulative mean normalised difference has a trough under \
             trough_threshold, or else its deepest, refined by a parabola. sr is the stream's. A frame of noise or silence has a pitch too, which means nothing.",
        )
        .source("librosa 0.11.0, librosa.yin; de Cheveigne and Kawahara, JASA 111(4), 2002")
        .inputs(&[AUDIO])
        .outputs(&[Port::tensor("f0").dtypes(&[DType::F64]).doc("Hz a frame.")])
        .parameters(&[
            FMIN,
            FMAX,
            FRAME_LENGTH,
            HOP,
            Parameter::float("trough_threshold", 0.1).range(1e-9, 1e9).doc("The first trough under this is taken."),
            CENTER,
            librosa::PAD_MODE,
        ])
        .locality(Locality::Window)
        .result_version(2);
    type In = f64;
    type Out = f64;

    fn new(setup: &Setup) -> Result<Self> {
        let parameters = &setup.parameters;
        let config = config(setup, parameters.float("trough_threshold")?)?;
        let yin = Yin::new(&config).map_err(refused_as(&[("threshold", "trough_threshold")]))?;
        Ok(YinStage { framing: framing(setup, hop(parameters)?, librosa::pad(parameters)?)?, yin })
    }

    fn framing(&self) -> Framing {
        self.framing
    }

    fn output(&self, _: &Audio) -> Tensor {
        let mut tensor = Tensor::new::<f64>(Vec::new(), "frequency");
        tensor.unit = "Hz".into();
        tensor
    }

    fn frame(&mut self, samples: &[f64], out: &mut [f64]) {
        out[0] = self.yin.process(samples);
    }
}

/// The lowest pitch.
pub const FMIN: Parameter =
    Parameter::absent("fmin", Types::FLOAT).required().range(1e-3, 1e9).unit("Hz").doc("The lowest pitch.");

/// The highest pitch.
pub const FMAX: Parameter =
    Parameter::absent("fmax", Types::FLOAT).required().range(1e-3, 1e9).unit("Hz").doc("The highest pitch.");

/// Distance of frames, a quarter of their length unless a session says so.
pub const HOP: Parameter = HOP_LENGTH
    .default(DefaultValue::Str("none"))
    .choices(&["none"])
    .doc("Samples from one frame to the next; none: frame_length // 4.");

/// Reads `hop_length`.
pub fn hop(parameters: &Parameters) -> Result<usize> {
    let usual = (parameters.count("frame_length")? / 4).max(1);
    Ok(parameters.optional_count("hop_length")?.unwrap_or(usual))
}

/// Reads `frame_length fmin fmax`.
pub fn config(setup: &Setup, threshold: f64) -> Result<Config> {
    let parameters = &setup.parameters;
    Ok(Config {
        sample_rate: f64::from(setup.input(0)?.as_audio()?.sample_rate),
        frame_length: parameters.count("frame_length")?,
        fmin: parameters.float("fmin")?,
        fmax: parameters.float("fmax")?,
        threshold,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn bench(fmin: f64, fmax: f64) -> Bench<Framed<YinStage>> {
        let tone: Vec<f32> = (0..6000).map(|i| (i as f32 * 0.1).sin()).collect();
        Bench::new().parameter("fmin", fmin).parameter("fmax", fmax).audio(16_000, &[&tone])
    }

    #[test]
    fn a_tone_is_found() {
        let outcome = bench(65.0, 2000.0).run().expect("runs");
        let hz: Vec<f64> = outcome.tensor(0).expect("pitches");
        assert!(hz.len() == 12 && (hz[5] - 254.65).abs() < 1.0, "{hz:?}");
        bench(65.0, 2000.0).conforms();
    }

    #[test]
    fn refusals() {
        for (fmin, fmax, parameter) in [(65.0, 9000.0, "fmax"), (300.0, 200.0, "fmin"), (5.0, 200.0, "fmin")] {
            assert_eq!(refused(bench(fmin, fmax).run(), ErrorKind::Parameter).parameter, parameter);
        }
    }
}
