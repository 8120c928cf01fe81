//! `mel.clap`: the input of CLAP's audio tower.
//!
//! Shape: one channel of audio at 48 kHz to `(frame, band)`, always `max_length_s` long; float32.
//! Source: transformers 5.23.0, `ClapFeatureExtractor`. Unlike the others it repeats a short clip.

use auricle_dsp::bands;
use auricle_dsp::log::{self, Base};
use auricle_dsp::mel::{Config, Norm, Scale};
use auricle_dsp::stft;
use auricle_dsp::window::{self, Shape};
use auricle_sdk::prelude::*;

use crate::arguments::{SINGLE, lower_edge, only_mono, only_rate, upper_edge};
use crate::front::{Fill, Fit, FrontEnd, Longer, Order, Recipe, Signal};

/// CLAP's front end.
pub struct Clap;

impl FrontEnd for Clap {
    const DESCRIPTOR: Descriptor = Descriptor::new("mel.clap", "Mel bands in dB, as CLAP")
        .doc(
            "10 log10(max(mel, 1e-10)) of powers: the clip is repeated as often as it fits whole into max_length_s, then zeros; frames of \
             fft_window_size samples every hop_length, centred, mirrored ends. truncation names the bank: fusion HTK's without a norm, rand_trunc \
             Slaney's with it. Of fusion the tool returns this picture four times. Longer clips, of which the tool takes random \
             pieces, are refused. As the tool it takes one channel at 48 kHz.",
        )
        .source("transformers 5.23.0, ClapFeatureExtractor")
        .inputs(&[SINGLE])
        .outputs(&[Port::tensor("bands").doc("Mel bands in dB, (frame, band), lowest first.")])
        .parameters(&[
            Parameter::int("feature_size", 64).range(1.0, 65_536.0).doc("Number of bands."),
            Parameter::int("hop_length", 480).range(1.0, 1e6).unit("samples").doc("From one frame to the next."),
            Parameter::int("max_length_s", 10).range(1.0, 60.0).unit("s").doc("The length of every clip."),
            Parameter::int("fft_window_size", 1024).range(2.0, 1e6).unit("samples").doc("Length of the transform and its window."),
            lower_edge("frequency_min", 0.0),
            upper_edge("frequency_max", 14_000.0),
            Parameter::choice("truncation", "fusion", &["fusion", "rand_trunc"]).doc("Which bank."),
            Parameter::choice("padding", "repeatpad", &["repeatpad", "repeat", "pad"])
                .doc("repeatpad: the clip again, whole, then zeros; repeat: again and cut; pad: zeros."),
        ])
        .locality(Locality::Window);

    fn recipe(setup: &Setup) -> Result<Recipe> {
        only_rate(setup, RATE, "CLAP")?;
        only_mono(setup, "CLAP")?;
        let parameters = &setup.parameters;
        let n_fft = parameters.count("fft_window_size")?;
        let fusion = parameters.text("truncation")? == "fusion";
        let (scale, norm) = if fusion { (Scale::Htk, Norm::None) } else { (Scale::Slaney, Norm::Slaney) };
        let bank = Config {
            n_mels: parameters.count("feature_size")?,
            fmin: parameters.float("frequency_min")?,
            fmax: parameters.float("frequency_max")?,
            ..Config::hugging_face(f64::from(RATE), n_fft, scale, norm)
        };
        let bands = bands::Config {
            log: Some(log::Config::new(Base::Decibels, 1e-10)),
            single_bins: true,
            ..bands::Config::new(stft::Config::new(window::Config::new(Shape::Hann, n_fft)), Some(bank))
        };
        let fit = Fit {
            samples: parameters.count("max_length_s")? * RATE as usize,
            fill: match parameters.text("padding")? {
                "repeat" => Fill::Repeat,
                "pad" => Fill::Zeros,
                _ => Fill::WholeTimes,
            },
            longer: Longer::Refuse("the tool takes random pieces of a longer clip; cut it before"),
        };
        let framing = Framing::centred(n_fft, parameters.count("hop_length")?, Pad::Reflect);
        Ok(Recipe {
            signal: Signal { fit: Some(fit), ..Signal::default() },
            order: Order::FrameBand,
            scale: if fusion { "mel/htk" } else { "mel/slaney" },
            quantity: "db",
            ..Recipe::new(framing, bands)
        })
    }
}

const RATE: u32 = 48_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::Front;
    use auricle_sdk::testing::{Bench, refused};

    type Stage32 = Front<Clap, f32>;

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    #[test]
    fn always_a_second_long() {
        for (samples, padding) in [(9000, "repeatpad"), (9000, "repeat"), (9000, "pad"), (48_000, "repeatpad")] {
            let bench = Bench::<Stage32>::new()
                .parameter("max_length_s", 1)
                .parameter("padding", padding)
                .audio(RATE, &[&ramp(samples)]);
            let bands: Vec<f32> = bench.run().expect("runs").tensor(0).expect("bands");
            assert_eq!(bands.len(), 64 * 101, "{samples}");
            // 5 times 9000 samples are heard for 93 frames.
            let silent = bands.chunks(64).position(|frame| frame.iter().all(|x| *x == -100.0));
            let expected = match (samples, padding) {
                (9000, "repeatpad") => Some(95),
                (9000, "pad") => Some(20),
                _ => None,
            };
            assert_eq!(silent, expected, "{samples} {padding}");
            bench.conforms();
        }
    }

    #[test]
    fn longer_clips_are_refused() {
        let long = Bench::<Stage32>::new().parameter("max_length_s", 1).audio(RATE, &[&ramp(48_001)]);
        assert!(refused(long.run(), ErrorKind::Data).message.contains("at most 48000 samples"));
    }
}
