//! `feature.rms`: the level of frames.
//!
//! Shape: audio to `(frame,)`, several channels to `(channel, frame)`; float32.
//! Source: librosa 0.11.0, `librosa.feature.rms`. Unlike a meter it knows no dB.

use auricle_analysis::{AUDIO, librosa};
use auricle_dsp::level::Level;
use auricle_sdk::prelude::*;

/// The stage.
pub struct Rms(Framing);

impl PerFrame for Rms {
    const DESCRIPTOR: Descriptor = Descriptor::new("feature.rms", "The level of frames, as librosa.feature.rms")
        .doc("The root of the mean square of each frame. S is not there: the input is audio.")
        .source("librosa 0.11.0, librosa.feature.rms")
        .inputs(&[AUDIO])
        .outputs(&[Port::tensor("rms").doc("A level a frame.")])
        .parameters(&[FRAME_LENGTH, HOP_LENGTH, CENTER, librosa::PAD_MODE])
        .locality(Locality::Window);
    type In = f64;
    type Out = f32;

    fn new(setup: &Setup) -> Result<Self> {
        let pad = librosa::pad(&setup.parameters)?;
        Ok(Rms(framing(setup, setup.parameters.count("hop_length")?, pad)?))
    }

    fn framing(&self) -> Framing {
        self.0
    }

    fn output(&self, _: &Audio) -> Tensor {
        Tensor::new::<f32>(Vec::new(), "amplitude")
    }

    fn frame(&mut self, samples: &[f64], out: &mut [f32]) {
        let mut level = Level::default();
        level.push(samples);
        out[0] = level.rms() as f32;
    }
}

/// Whether frames are centred.
pub const CENTER: Parameter = librosa::CENTER.doc("Frame t is centred on sample t * hop_length; else it begins there.");

/// Length of a frame.
pub const FRAME_LENGTH: Parameter = Parameter::int("frame_length", 2048)
    .range(1.0, auricle_analysis::MOST)
    .unit("samples")
    .logarithmic()
    .doc("Length of a frame.");

/// Distance of frames.
pub const HOP_LENGTH: Parameter = Parameter::int("hop_length", 512)
    .range(1.0, auricle_analysis::MOST)
    .unit("samples")
    .logarithmic()
    .doc("Samples from one frame to the next.");

/// Frames of `frame_length`, centred if `center`.
pub fn framing(setup: &Setup, hop: usize, pad: Pad) -> Result<Framing> {
    let length = setup.parameters.count("frame_length")?;
    Ok(match setup.parameters.bool("center")? {
        true if pad == Pad::Zero => Framing::centred(length, hop, pad),
        true => Framing::centred(length, hop, pad).at_least(1, "center"),
        false => Framing::plain(length, hop).at_least(length, "frame_length"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::tests::numbers;
    use auricle_sdk::testing::{Bench, refused};

    #[test]
    fn the_level_of_a_tone() {
        let levels = numbers::<Framed<Rms>, f32>(4000);
        assert!(levels.len() == 8 && (levels[4] - 0.284).abs() < 3e-3, "{levels:?}");
    }

    #[test]
    fn a_frame_longer_than_the_clip_is_refused_uncentred() {
        let bench = Bench::<Framed<Rms>>::new().parameter("center", false).audio(8000, &[&[0.0f32; 2047]]);
        assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, "frame_length");
    }
}
