//! `mel.frames100`: log-mel bands for labelling frames, a hundred of them a second.
//!
//! Shape: one channel of audio at 16 kHz to `(band, frame)`, of Kaldi `(frame, band)`; float32.
//! Source: librosa 0.11.0, torchaudio 2.8.0 or Kaldi, as `base` says. Unlike their own stages all is fixed but the base.

use auricle_dsp::bands;
use auricle_dsp::log::{self, Base};
use auricle_dsp::mel::{Config, Norm, Scale};
use auricle_dsp::stft;
use auricle_dsp::window::{self, Shape};
use auricle_sdk::prelude::*;

use crate::arguments::{SINGLE, only_mono, only_rate};
use crate::front::{FrontEnd, Order, Recipe};
use crate::kaldi;

/// The front end.
pub struct Frames100;

impl FrontEnd for Frames100 {
    const DESCRIPTOR: Descriptor = Descriptor::new("mel.frames100", "64 log-mel bands, 100 frames a second")
        .doc(
            "64 bands of 25 ms windows every 10 ms at 16 kHz. librosa and torchaudio: ln(power + 1e-6), transforms of 512, HTK's scale, no \
             norm, centred among zeros (librosa) or mirrored ends (torchaudio). kaldi: mel.kaldi with 64 bins, audio in -1..1. The three \
             differ by up to 3.7 at the ends, Kaldi everywhere.",
        )
        .source("librosa 0.11.0, librosa.feature.melspectrogram; torchaudio 2.8.0, transforms.MelSpectrogram and compliance.kaldi.fbank")
        .inputs(&[SINGLE])
        .outputs(&[Port::tensor("bands").doc("ln of mel bands, lowest first.")])
        .parameters(&[Parameter::choice("base", "librosa", &["librosa", "torchaudio", "kaldi"]).doc("Whose framing and bank.")])
        .locality(Locality::Window)
        .result_version(2);

    fn recipe(setup: &Setup) -> Result<Recipe> {
        only_rate(setup, RATE, "it is defined")?;
        only_mono(setup, "it is defined")?;
        let rate = f64::from(RATE);
        let (pad, bank) = match setup.parameters.text("base")? {
            "kaldi" => {
                let (framing, bands) =
                    kaldi::fixed(Shape::Povey, Config { n_mels: 64, fmin: 20.0, ..Config::kaldi(rate, 512) });
                let recipe = Recipe::new(framing.at_least(framing.length, "base"), bands);
                return Ok(Recipe { order: Order::FrameBand, scale: "mel/htk", quantity: "ln", ..recipe });
            }
            "torchaudio" => (Pad::Reflect, Config::torch(rate, 512, Scale::Htk)),
            _ => (Pad::Zero, Config { scale: Scale::Htk, norm: Norm::None, ..Config::librosa(rate, 512) }),
        };
        let window = window::Config { win_length: 400, ..window::Config::new(Shape::Hann, 512) };
        let bands = bands::Config {
            log: Some(log::Config::with_offset(Base::E, 1e-6)),
            ..bands::Config::new(stft::Config::new(window), Some(Config { n_mels: 64, ..bank }))
        };
        let framing = Framing::centred(512, 160, pad);
        let framing = if pad == Pad::Reflect { framing.at_least(257, "base") } else { framing };
        Ok(Recipe { scale: "mel/htk", quantity: "ln", ..Recipe::new(framing, bands) })
    }
}

const RATE: u32 = 16_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::Front;
    use auricle_sdk::testing::Bench;

    #[test]
    fn each_base() {
        let samples: Vec<f32> = (0..3000).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect();
        for (base, frames, layout) in
            [("librosa", 19, "band,frame"), ("torchaudio", 19, "band,frame"), ("kaldi", 17, "frame,band")]
        {
            let bench = Bench::<Front<Frames100, f32>>::new().parameter("base", base).audio(RATE, &[&samples]);
            let outcome = bench.run().expect("runs");
            assert_eq!(outcome.tensor::<f32>(0).expect("bands").len(), 64 * frames);
            assert_eq!(outcome.formats[0].layout, layout);
            bench.conforms();
        }
    }
}
