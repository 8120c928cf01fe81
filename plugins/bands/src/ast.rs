//! `mel.ast`: the input of the Audio Spectrogram Transformer.
//!
//! Shape: one channel of audio at 16 kHz to `(frame, band)`, always `max_length` frames; float32.
//! Source: transformers 5.23.0, `ASTFeatureExtractor`. Unlike `mel.kaldi`: Hann, unscaled audio, a fixed length, fixed mean and deviation.

use auricle_dsp::mel::Config;
use auricle_dsp::overall;
use auricle_dsp::window::Shape;
use auricle_sdk::prelude::*;

use crate::arguments::{SINGLE, bands as n_bands, only_mono, only_rate};
use crate::front::{FrontEnd, Order, Recipe};
use crate::kaldi;

/// AST's front end.
pub struct Ast;

impl FrontEnd for Ast {
    const DESCRIPTOR: Descriptor = Descriptor::new("mel.ast", "Log-mel bands, as the Audio Spectrogram Transformer")
        .doc(
            "mel.kaldi with a Hann window and 128 bands of samples in -1..1, cut or filled with zeros to max_length frames, then \
             (x - mean) / (2 std). As the tool it takes one channel at 16 kHz.",
        )
        .source("transformers 5.23.0, ASTFeatureExtractor, with torchaudio 2.8.0")
        .inputs(&[SINGLE])
        .outputs(&[Port::tensor("bands").doc("Normalised ln of mel bands, (frame, band), lowest first.")])
        .parameters(&[
            n_bands("num_mel_bins", 128),
            Parameter::int("max_length", 1024).range(1.0, 1e6).doc("Frames."),
            Parameter::bool("do_normalize", true).doc("(x - mean) / (2 std) at the end."),
            Parameter::float("mean", -4.2677393).doc("What is subtracted."),
            Parameter::float("std", 4.5689974).range(1e-9, 1e9).doc("Half of what divides."),
        ])
        .locality(Locality::Window)
        .result_version(2);

    fn recipe(setup: &Setup) -> Result<Recipe> {
        only_rate(setup, RATE, "AST")?;
        only_mono(setup, "AST")?;
        let parameters = &setup.parameters;
        let n_mels = parameters.count("num_mel_bins")?;
        let bank = Config { n_mels, fmin: 20.0, ..Config::kaldi(f64::from(RATE), 512) };
        let (framing, bands) = kaldi::fixed(Shape::Hann, bank);
        let normal = overall::Config {
            offset: -parameters.float("mean")?,
            scale: 0.5 / parameters.float("std")?,
            ..overall::Config::NONE
        };
        Ok(Recipe {
            exactly: Some(parameters.int("max_length")?),
            overall: if parameters.bool("do_normalize")? { normal } else { overall::Config::NONE },
            order: Order::FrameBand,
            scale: "mel/htk",
            quantity: "ln",
            ..Recipe::new(framing.at_least(framing.length, "max_length"), bands)
        })
    }
}

const RATE: u32 = 16_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::Front;
    use auricle_sdk::testing::{Bench, refused};

    type Stage32 = Front<Ast, f32>;

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    #[test]
    fn always_as_many_frames() {
        for samples in [400, 1000, 4000] {
            let bench = Bench::<Stage32>::new().parameter("max_length", 20).audio(RATE, &[&ramp(samples)]);
            let bands: Vec<f32> = bench.run().expect("runs").tensor(0).expect("bands");
            assert_eq!(bands.len(), 128 * 20, "{samples}");
            // Filled frames are (0 - mean) / (2 std).
            assert_eq!((bands[128 * 20 - 1] - 0.467_032_4).abs() < 1e-6, samples < 3440);
            bench.conforms();
        }
        refused(Bench::<Stage32>::new().audio(RATE, &[&ramp(399)]).run(), ErrorKind::Parameter);
    }
}
