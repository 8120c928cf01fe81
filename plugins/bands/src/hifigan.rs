//! `mel.hifigan`: the log-mel bands that HiFi-GAN is trained on.
//!
//! Shape: audio to `(band, frame)`, several channels to `(channel, band, frame)`; float32.
//! Source: HiFi-GAN, `meldataset.mel_spectrogram`. Unlike `mel.tacotron2`: (n_fft - hop_size) / 2 samples mirrored, no centring.

use auricle_analysis::torch;
use auricle_dsp::bands;
use auricle_dsp::log::{self, Base};
use auricle_dsp::mel;
use auricle_dsp::stft::{self, Exponent};
use auricle_dsp::window::{self, Shape};
use auricle_sdk::prelude::*;

use crate::arguments::{self, SINGLE, bands as n_bands, lower_edge, upper_edge_or_none};
use crate::front::{FrontEnd, Recipe};

/// HiFi-GAN's front end.
pub struct Hifigan;

impl FrontEnd for Hifigan {
    const DESCRIPTOR: Descriptor = Descriptor::new("mel.hifigan", "Log-mel bands, as HiFi-GAN")
        .doc(
            "ln(max(mel, 1e-5)) of sqrt(re^2 + im^2 + 1e-9): periodic Hann, (n_fft - hop_size) / 2 samples mirrored at both ends, \
             librosa's bank. samples // hop_size frames where hop_size divides n_fft. sampling_rate is the stream's. Samples outside \
             [-1, 1] are computed, as by the tool, which prints a line.",
        )
        .source("HiFi-GAN (github.com/jik876/hifi-gan), meldataset.mel_spectrogram, with librosa 0.11.0")
        .inputs(&[SINGLE])
        .outputs(&[Port::tensor("bands").doc("ln of mel bands, (band, frame), lowest first.")])
        .parameters(&[
            torch::TRANSFORM_N_FFT.default(DefaultValue::Int(1024)),
            n_bands("num_mels", 80),
            Parameter::int("hop_size", 256).range(1.0, auricle_analysis::MOST).unit("samples").doc("From one frame to the next."),
            Parameter::int("win_size", 1024)
                .range(1.0, auricle_analysis::MOST)
                .unit("samples")
                .doc("Length of the window, in the middle of the frame."),
            lower_edge("fmin", 0.0),
            upper_edge_or_none("fmax").default(DefaultValue::Float(8000.0)),
        ])
        .locality(Locality::Window);

    fn recipe(setup: &Setup) -> Result<Recipe> {
        let parameters = &setup.parameters;
        let sample_rate = arguments::sample_rate(setup)?;
        let (n_fft, hop) = (parameters.count("n_fft")?, parameters.count("hop_size")?);
        let win_length = parameters.count("win_size")?;
        if win_length > n_fft {
            return Err(Error::parameter("win_size", format!("expected at most n_fft ({n_fft}), got {win_length}")));
        }
        let Some(pad) = n_fft.checked_sub(hop).map(|rest| rest / 2) else {
            return Err(Error::parameter("hop_size", format!("expected at most n_fft ({n_fft}), got {hop}")));
        };
        let bank = mel::Config {
            n_mels: parameters.count("num_mels")?,
            fmin: parameters.float("fmin")?,
            fmax: parameters.optional_float("fmax")?.unwrap_or(sample_rate / 2.0),
            ..mel::Config::librosa(sample_rate, n_fft)
        };
        let window = window::Config { win_length, ..window::Config::new(Shape::Hann, n_fft) };
        let bands = bands::Config {
            under_root: 1e-9,
            exponent: Exponent::Magnitude,
            log: Some(log::Config::new(Base::E, 1e-5)),
            ..bands::Config::new(stft::Config::new(window), Some(bank))
        };
        let shortest = (pad + 1).max(n_fft - 2 * pad);
        let framing = Framing::plain(n_fft, hop).padded(pad, pad, Pad::Reflect).at_least(shortest, "n_fft");
        Ok(Recipe { scale: "mel/slaney", quantity: "ln", ..Recipe::new(framing, bands) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::Front;
    use auricle_sdk::testing::{Bench, refused};

    type Stage32 = Front<Hifigan, f32>;

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    #[test]
    fn shapes_and_laws() {
        for (samples, frames) in [(5120, 20), (5000, 19), (385, 1)] {
            let bench = Bench::<Stage32>::new().audio(22_050, &[&ramp(samples)]);
            assert_eq!(bench.run().expect("runs").tensor::<f32>(0).expect("bands").len(), 80 * frames, "{samples}");
            bench.conforms();
        }
    }

    #[test]
    fn refusals() {
        let samples = ramp(384);
        let bench = || Bench::<Stage32>::new().audio(22_050, &[&samples]);
        for (bench, parameter) in [
            (bench(), "n_fft"),
            (bench().parameter("hop_size", 1025), "hop_size"),
            (bench().parameter("win_size", 1025), "win_size"),
        ] {
            assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, parameter);
        }
    }
}
