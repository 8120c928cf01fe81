//! `mel.nemo`: the log-mel bands of NVIDIA's NeMo, as Parakeet takes them.
//!
//! Shape: one channel of audio at 16 kHz to `(frame, band)`; float32.
//! Source: transformers 5.23.0, `ParakeetFeatureExtractor`. Unlike `mel.seamless` the whole signal is pre-emphasised, and the last frame is zeros.

use auricle_dsp::log::{self, Base};
use auricle_dsp::mel::Config;
use auricle_dsp::overall::{self, Standard};
use auricle_dsp::window::{self, Sampling, Shape};
use auricle_dsp::{bands, stft};
use auricle_sdk::prelude::*;

use crate::arguments::{SINGLE, only_mono, only_rate};
use crate::front::{FrontEnd, Last, Order, Recipe, Signal};

/// NeMo's front end.
pub struct Nemo;

impl FrontEnd for Nemo {
    const DESCRIPTOR: Descriptor = Descriptor::new("mel.nemo", "Log-mel bands, as NVIDIA NeMo's Parakeet")
        .doc(
            "ln(mel + 2^-24) of powers: pre-emphasis over the whole signal, frames of 512 samples every 160, centred among zeros, a symmetric \
             Hann window of 400 in the middle, librosa's bank. Each band less its mean, divided by its standard deviation + 1e-5, over the \
             first samples // 160 frames, which takes a first pass; the frame behind them is zeros. As the tool it takes one channel at 16 kHz.",
        )
        .source("transformers 5.23.0, ParakeetFeatureExtractor")
        .inputs(&[SINGLE])
        .outputs(&[Port::tensor("bands").doc("Normalised ln of mel bands, (frame, band), lowest first.")])
        .parameters(&[
            Parameter::int("feature_size", 80).range(1.0, 65_536.0).doc("Number of bands."),
            Parameter::float("preemphasis", 0.97).range(0.0, 1.0).doc("Each sample less this times the one before."),
        ])
        .locality(Locality::Global);

    fn recipe(setup: &Setup) -> Result<Recipe> {
        only_rate(setup, RATE, "Parakeet")?;
        only_mono(setup, "Parakeet")?;
        let parameters = &setup.parameters;
        let bank = Config { n_mels: parameters.count("feature_size")?, ..Config::librosa(f64::from(RATE), N_FFT) };
        let window = window::Config {
            sampling: Sampling::Symmetric,
            win_length: 400,
            ..window::Config::new(Shape::Hann, N_FFT)
        };
        let bands = bands::Config {
            log: Some(log::Config::with_offset(Base::E, 1.0 / 16_777_216.0)),
            ..bands::Config::new(stft::Config::new(window), Some(bank))
        };
        Ok(Recipe {
            signal: Signal { preemphasis: parameters.float("preemphasis")?, ..Signal::default() },
            last: Last::Blank,
            overall: overall::Config { standard: Some(Standard::BesidesSigma(1e-5)), ..overall::Config::NONE },
            order: Order::FrameBand,
            scale: "mel/slaney",
            quantity: "ln",
            // The deviation of one frame is no number.
            ..Recipe::new(Framing::centred(N_FFT, HOP, Pad::Zero).at_least(2 * HOP, "feature_size"), bands)
        })
    }
}

const RATE: u32 = 16_000;
const N_FFT: usize = 512;
const HOP: usize = 160;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::Front;
    use auricle_sdk::testing::{Bench, refused};

    type Stage32 = Front<Nemo, f32>;

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    #[test]
    fn bands_are_normalised_and_the_last_frame_is_blank() {
        for samples in [4000, 4159, 320] {
            let bench = Bench::<Stage32>::new().audio(RATE, &[&ramp(samples)]);
            let bands: Vec<f32> = bench.run().expect("runs").tensor(0).expect("bands");
            let frames = samples / 160;
            assert_eq!(bands.len(), 80 * (frames + 1));
            assert!(bands[80 * frames..].iter().all(|x| *x == 0.0));
            let mean = (0..frames).map(|t| bands[80 * t + 40]).sum::<f32>() / frames as f32;
            assert!(mean.abs() < 1e-5, "{mean}");
            bench.conforms();
        }
    }

    #[test]
    fn one_frame_has_no_deviation() {
        refused(Bench::<Stage32>::new().audio(RATE, &[&ramp(319)]).run(), ErrorKind::Parameter);
        refused(Bench::<Stage32>::new().audio(8000, &[&ramp(900)]).run(), ErrorKind::Format);
    }
}
