//! `mel.keras_melgan`: the mel bands of Keras's MelGAN example.
//!
//! Shape: audio to `(frame, band)`, several channels to `(channel, frame, band)`; float32.
//! Source: keras.io, "MelGAN-based spectrogram inversion using feature matching", `MelSpec`. Unlike `mel.tensorflow`: dB with a floor under the loudest.

use auricle_analysis::tensorflow;
use auricle_dsp::log::{self, Base};
use auricle_dsp::mel::Config;
use auricle_dsp::{bands, overall};
use auricle_sdk::prelude::*;

use crate::arguments::{self, SINGLE, bands as n_bands, lower_edge, upper_edge};
use crate::front::{FrontEnd, Order, Recipe};

/// The example's front end.
pub struct KerasMelgan;

impl FrontEnd for KerasMelgan {
    const DESCRIPTOR: Descriptor = Descriptor::new("mel.keras_melgan", "Mel bands in dB, as Keras's MelGAN example")
        .doc(
            "mel.tensorflow with pad_end and power = 2.0, then 10 log10(max(x, 1e-6)), and nothing more than 80 dB under the loudest \
             of the whole input, which takes a first pass. sampling_rate is the stream's.",
        )
        .source("keras.io, examples/audio/melgan_spectrogram_inversion, with TensorFlow 2.21.0")
        .inputs(&[SINGLE])
        .outputs(&[Port::tensor("bands").doc("Mel bands in dB, (frame, band), lowest first.")])
        .parameters(&[
            tensorflow::WIN_LENGTH.default(DefaultValue::Int(1024)),
            tensorflow::HOP_LENGTH.default(DefaultValue::Int(256)),
            tensorflow::N_FFT,
            n_bands("num_mel_channels", 80),
            lower_edge("freq_min", 125.0),
            upper_edge("freq_max", 7600.0),
        ])
        .locality(Locality::Global);

    fn recipe(setup: &Setup) -> Result<Recipe> {
        let parameters = &setup.parameters;
        let sample_rate = arguments::sample_rate(setup)?;
        let fixed = [("window_fn".to_owned(), "hann_window".into()), ("pad_end".to_owned(), true.into())];
        let analysis = tensorflow::analysis(&setup.with(&Parameters::new(fixed)))?;
        let (fmin, fmax) = (parameters.float("freq_min")?, parameters.float("freq_max")?);
        if fmax <= fmin || fmax > sample_rate / 2.0 {
            let expected =
                format!("more than freq_min ({fmin}) and at most half the sample rate ({})", sample_rate / 2.0);
            return Err(Error::parameter("freq_max", format!("expected {expected}, got {fmax}")));
        }
        let bank = Config {
            n_mels: parameters.count("num_mel_channels")?,
            fmin,
            fmax,
            ..Config::tensorflow(sample_rate, analysis.config.window.n_fft)
        };
        let bands = bands::Config {
            frame_length: analysis.framing.length,
            log: Some(log::Config::new(Base::Decibels, 1e-6)),
            ..bands::Config::new(analysis.config, Some(bank))
        };
        Ok(Recipe {
            overall: overall::Config { floor: Some(80.0), ..overall::Config::NONE },
            order: Order::FrameBand,
            scale: "mel/htk",
            quantity: "db",
            ..Recipe::new(analysis.framing, bands)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::Front;
    use auricle_sdk::testing::{Bench, refused};

    type Stage32 = Front<KerasMelgan, f32>;

    #[test]
    fn shapes_laws_and_the_floor() {
        let samples: Vec<f32> = (0..4000).map(|i| if i < 2000 { (0.1 * i as f32).sin() } else { 0.0 }).collect();
        let bench = Bench::<Stage32>::new().audio(22_050, &[&samples]);
        let bands: Vec<f32> = bench.run().expect("runs").tensor(0).expect("bands");
        assert_eq!(bands.len(), 80 * 16);
        let loudest = bands.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        assert_eq!(bands[80 * 15], (loudest - 80.0).max(-60.0));
        bench.conforms();
    }

    #[test]
    fn a_band_over_half_the_rate_is_refused() {
        let bench = Bench::<Stage32>::new().audio(8000, &[&[0.0f32; 3000]]);
        assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, "freq_max");
    }
}
