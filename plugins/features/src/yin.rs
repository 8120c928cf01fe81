//! `f0.yin`: the fundamental frequency of frames.
//!
//! Shape: audio to `(frame,)`, several channels to `(channel, frame)`; float64.
//! Source: librosa 0.11.0, `librosa.yin`. Unlike `f0.pyin` every frame has a pitch.

use auricle_analysis::refused_as;
use auricle_dsp::yin::{Config, Yin};
use auricle_sdk::prelude::*;

use crate::rms::{FRAME_LENGTH, HOP_LENGTH, framing};
use crate::spectrum::INPUT;

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
        .inputs(&[INPUT])
        .outputs(&[Port::tensor("f0").dtypes(&[DType::F64]).doc("Hz a frame.")])
        .parameters(&[
            Parameter::absent("fmin", Types::FLOAT).required().range(1e-3, 1e9).unit("Hz").doc("The lowest pitch."),
            Parameter::absent("fmax", Types::FLOAT).required().range(1e-3, 1e9).unit("Hz").doc("The highest pitch."),
            FRAME_LENGTH,
            HOP_LENGTH
                .default(DefaultValue::Str("none"))
                .choices(&["none"])
                .doc("Samples from one frame to the next; none: frame_length // 4."),
            Parameter::float("trough_threshold", 0.1).range(1e-9, 1e9).doc("The first trough under this is taken."),
            auricle_analysis::librosa::CENTER.doc("Frame t is centred on sample t * hop_length; else it begins there."),
            auricle_analysis::librosa::PAD_MODE,
        ])
        .locality(Locality::Window);
    type In = f64;
    type Out = f64;

    fn new(setup: &Setup) -> Result<Self> {
        let parameters = &setup.parameters;
        let frame_length = parameters.count("frame_length")?;
        let config = Config {
            sample_rate: f64::from(setup.input(0)?.as_audio()?.sample_rate),
            frame_length,
            fmin: parameters.float("fmin")?,
            fmax: parameters.float("fmax")?,
            threshold: parameters.float("trough_threshold")?,
        };
        let yin = Yin::new(&config).map_err(refused_as(&[("threshold", "trough_threshold")]))?;
        let hop = parameters.optional_count("hop_length")?.unwrap_or((frame_length / 4).max(1));
        let pad = match parameters.text("pad_mode")? {
            "reflect" => Pad::Reflect,
            "edge" => Pad::Edge,
            _ => Pad::Zero,
        };
        Ok(YinStage { framing: framing(setup, hop, pad)?, yin })
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
