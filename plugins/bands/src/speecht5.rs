//! `mel.speecht5`: the log-mel bands that SpeechT5 is trained to speak.
//!
//! Shape: one channel of audio at 16 kHz to `(frame, band)`; float32.
//! Source: transformers 5.23.0, `SpeechT5FeatureExtractor` of an `audio_target`. Unlike `mel.tacotron2`: log10, 80 to 7600 Hz.

use auricle_dsp::bands;
use auricle_dsp::log::{self, Base};
use auricle_dsp::mel::{Config, Norm, Scale};
use auricle_dsp::stft::{self, Exponent};
use auricle_dsp::window::{self, Shape};
use auricle_sdk::prelude::*;

use crate::arguments::{SINGLE, bands as n_bands, lower_edge, only_mono, only_rate, upper_edge};
use crate::front::{FrontEnd, Order, Recipe};

/// SpeechT5's front end.
pub struct SpeechT5;

impl FrontEnd for SpeechT5 {
    const DESCRIPTOR: Descriptor = Descriptor::new("mel.speecht5", "Log-mel bands, as the targets of SpeechT5")
        .doc(
            "log10(max(mel, mel_floor)) of magnitudes: frames of win_length milliseconds every hop_length, centred, mirrored ends (again and \
             again, of a short clip), Slaney's scale and norm. As the tool it takes one channel at 16 kHz.",
        )
        .source("transformers 5.23.0, SpeechT5FeatureExtractor(audio_target=...)")
        .inputs(&[SINGLE])
        .outputs(&[Port::tensor("bands").doc("log10 of mel bands, (frame, band), lowest first.")])
        .parameters(&[
            n_bands("num_mel_bins", 80),
            Parameter::int("hop_length", 16).range(1.0, 10_000.0).unit("ms").doc("From one frame to the next."),
            Parameter::int("win_length", 64).range(1.0, 10_000.0).unit("ms").doc("Length of a frame and its window."),
            lower_edge("fmin", 80.0),
            upper_edge("fmax", 7600.0),
            Parameter::float("mel_floor", 1e-10).range(0.0, f64::INFINITY).logarithmic().doc("Bands under this read as this."),
        ])
        .locality(Locality::Window);

    fn recipe(setup: &Setup) -> Result<Recipe> {
        only_rate(setup, RATE, "SpeechT5")?;
        only_mono(setup, "SpeechT5")?;
        let parameters = &setup.parameters;
        let samples = |id| Ok::<usize, Error>(parameters.count(id)? * RATE as usize / 1000);
        let (length, hop) = (samples("win_length")?, samples("hop_length")?);
        let n_fft = length.next_power_of_two();
        let bank = Config {
            n_mels: parameters.count("num_mel_bins")?,
            fmin: parameters.float("fmin")?,
            fmax: parameters.float("fmax")?,
            ..Config::hugging_face(f64::from(RATE), n_fft, Scale::Slaney, Norm::Slaney)
        };
        let window = window::Config {
            win_length: length,
            placement: window::Placement::Start,
            ..window::Config::new(Shape::Hann, n_fft)
        };
        let bands = bands::Config {
            frame_length: length,
            exponent: Exponent::Magnitude,
            log: Some(log::Config::new(Base::Ten, parameters.float("mel_floor")?)),
            single_bins: true,
            ..bands::Config::new(stft::Config::new(window), Some(bank))
        };
        let framing = Framing::centred(length, hop, Pad::Reflect).at_least(1, "win_length");
        Ok(Recipe { order: Order::FrameBand, scale: "mel/slaney", quantity: "log10", ..Recipe::new(framing, bands) })
    }
}

const RATE: u32 = 16_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::Front;
    use auricle_sdk::testing::{Bench, refused};

    type Stage32 = Front<SpeechT5, f32>;

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    #[test]
    fn shapes_and_laws() {
        for (samples, frames) in [(5000, 20), (1, 1)] {
            let bench = Bench::<Stage32>::new().audio(RATE, &[&ramp(samples)]);
            assert_eq!(bench.run().expect("runs").tensor::<f32>(0).expect("bands").len(), 80 * frames);
            bench.conforms();
        }
        Bench::<Stage32>::new().parameter("win_length", 50).audio(RATE, &[&ramp(3000)]).conforms();
    }

    #[test]
    fn another_rate_and_a_second_channel_are_refused() {
        refused(Bench::<Stage32>::new().audio(22_050, &[&ramp(900)]).run(), ErrorKind::Format);
        refused(Bench::<Stage32>::new().audio(RATE, &[&ramp(900), &ramp(900)]).run(), ErrorKind::Format);
    }
}
