//! `mel.seamless`: the features of SeamlessM4T.
//!
//! Shape: one channel of audio at 16 kHz to `(frame, band)` with two frames of bands side by side; float32.
//! Source: transformers 5.23.0, `SeamlessM4TFeatureExtractor`. Unlike `mel.kaldi` every band is normalised over the clip.

use auricle_dsp::bands;
use auricle_dsp::mel;
use auricle_dsp::mel::{Domain, Norm, Scale};
use auricle_dsp::overall::{self, Standard};
use auricle_dsp::window::Shape;
use auricle_sdk::prelude::*;

use crate::arguments::{SINGLE, bands as n_bands, only_mono, only_rate};
use crate::front::{FrontEnd, Order, Recipe, Signal};
use crate::kaldi;

/// SeamlessM4T's front end.
pub struct Seamless;

impl FrontEnd for Seamless {
    const DESCRIPTOR: Descriptor = Descriptor::new("mel.seamless", "Normalised log-mel bands, as SeamlessM4T")
        .doc(
            "mel.kaldi of samples times 2^15, 20 to 8000 Hz; each band less its mean, divided by the root of its variance + 1e-7, which takes \
             a first pass; then a frame of zeros behind an odd number of them, and stride frames side by side, a rest left out. Under 560 samples there is no variance: the tool gives NaN, or nothing; refused. As the tool it takes one channel at 16 kHz.",
        )
        .source("transformers 5.23.0, SeamlessM4TFeatureExtractor")
        .inputs(&[SINGLE])
        .outputs(&[Port::tensor("bands").doc("Normalised ln of mel bands, (frame, band).")])
        .parameters(&[
            n_bands("num_mel_bins", 80),
            Parameter::int("stride", 2).range(1.0, 64.0).doc("Frames that stand side by side."),
        ])
        .locality(Locality::Global)
        .result_version(3);

    fn recipe(setup: &Setup) -> Result<Recipe> {
        only_rate(setup, RATE, "SeamlessM4T")?;
        only_mono(setup, "SeamlessM4T")?;
        let (framing, bands) = kaldi::fixed(Shape::Povey, bank(setup.parameters.count("num_mel_bins")?));
        let bands = bands::Config { single_bins: true, ..bands };
        Ok(Recipe {
            signal: Signal { gain: 32_768.0, ..Signal::default() },
            overall: overall::Config { standard: Some(Standard::UnderRoot(1e-7)), ..overall::Config::NONE },
            stack: setup.parameters.count("stride")?,
            multiple: 2,
            order: Order::FrameBand,
            scale: "mel/htk",
            quantity: "ln",
            // The variance of one frame is no number.
            ..Recipe::new(framing.at_least(framing.length + framing.hop, "stride"), bands)
        })
    }
}

const RATE: u32 = 16_000;

/// Hugging Face's Kaldi bank, in double precision.
fn bank(n_mels: usize) -> mel::Config {
    mel::Config {
        n_mels,
        fmin: 20.0,
        domain: Domain::Mel,
        ..mel::Config::hugging_face(f64::from(RATE), 512, Scale::Htk, Norm::None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::Front;
    use auricle_sdk::testing::{Bench, refused};

    type Stage32 = Front<Seamless, f32>;

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    #[test]
    fn shapes_and_laws() {
        // 2, 3 and 23 frames of bands, two in each.
        for (samples, frames) in [(560, 1), (720, 2), (4000, 12)] {
            let bench = Bench::<Stage32>::new().audio(RATE, &[&ramp(samples)]);
            let bands: Vec<f32> = bench.run().expect("runs").tensor(0).expect("bands");
            assert_eq!(bands.len(), 160 * frames, "{samples}");
            let filled = samples != 560;
            assert_eq!(bands[bands.len() - 80..].iter().all(|x| *x == 0.0), filled);
            bench.conforms();
        }
    }

    /// `len(SeamlessM4TFeatureExtractor(stride=stride)(x)["input_features"][0])`, transformers 5.23.0.
    #[test]
    fn frames_are_made_even_and_what_is_left_of_a_stride_dropped() {
        // 2, 3, 4 and 5 frames of bands.
        for (stride, counts) in [(1, [2, 4, 4, 6]), (2, [1, 2, 2, 3]), (3, [0, 1, 1, 2]), (4, [0, 1, 1, 1])] {
            for (samples, frames) in [560, 720, 880, 1040].into_iter().zip(counts) {
                let bench = Bench::<Stage32>::new().parameter("stride", stride).audio(RATE, &[&ramp(samples)]);
                let bands: Vec<f32> = bench.run().expect("runs").tensor(0).expect("bands");
                assert_eq!(bands.len(), 80 * stride as usize * frames, "{samples} samples, stride {stride}");
                bench.conforms();
            }
        }
    }

    #[test]
    fn one_frame_has_no_variance() {
        refused(Bench::<Stage32>::new().audio(RATE, &[&ramp(559)]).run(), ErrorKind::Parameter);
    }
}
