//! `mel.tensorflow`: mel bands of TensorFlow's STFT and weight matrix.
//!
//! Shape: audio to `(frame, band)`, several channels to `(channel, frame, band)`; float32.
//! Source: TensorFlow 2.21.0. Unlike `mel.librosa`: frames begin at the first sample, triangles are straight in mel, no norm.

use auricle_analysis::tensorflow;
use auricle_dsp::bands;
use auricle_dsp::log::{self, Base};
use auricle_dsp::mel::Config;
use auricle_sdk::prelude::*;

use crate::arguments::{self, SINGLE, bands as n_bands, lower_edge, quantity, upper_edge};
use crate::front::{FrontEnd, Order, Recipe};

/// TensorFlow's mel bands.
pub struct Tensorflow;

impl FrontEnd for Tensorflow {
    const DESCRIPTOR: Descriptor = Descriptor::new("mel.tensorflow", "Mel bands, as tf.signal computes them")
        .doc(
            "tf.signal.stft, its magnitude to a power, linear_to_mel_weight_matrix, and a logarithm if one is asked for: \
             log(max(x, floor)), db is 10 log10. The window is periodic Hann, symmetric where frame_length is odd, as the tool's. \
             A clip shorter than a frame gives no frames. pad = \"reflect\" mirrors fft_length / 2 samples at both ends, as tf.pad \
             before the STFT, and mel_weights = \"librosa\" takes that bank: with both, fft_length = frame_length, log = \"ln\" and floor = 1e-5 \
             it is Tacotron 2's.",
        )
        .source("TensorFlow 2.21.0, tf.signal.stft and tf.signal.linear_to_mel_weight_matrix")
        .inputs(&[SINGLE])
        .outputs(&[Port::tensor("bands").doc("Mel bands, (frame, band), lowest first.")])
        .parameters(&[
            tensorflow::WIN_LENGTH.default(DefaultValue::Int(1024)),
            tensorflow::HOP_LENGTH.default(DefaultValue::Int(256)),
            tensorflow::N_FFT,
            tensorflow::WINDOW_FN,
            tensorflow::PAD_END,
            Parameter::float("power", 1.0).range(1e-3, 1e3).doc("Exponent of the magnitude."),
            n_bands("num_mel_bins", 80),
            lower_edge("lower_edge_hertz", 125.0),
            upper_edge("upper_edge_hertz", 7600.0),
            Parameter::choice("log", "none", &["none", "ln", "log10", "db"]).doc("Logarithm of the bands."),
            Parameter::float("floor", 1e-6)
                .range(0.0, f64::INFINITY)
                .logarithmic()
                .doc("With a logarithm: bands under this read as this."),
            Parameter::choice("pad", "none", &["none", "reflect"]).doc("reflect: fft_length / 2 samples are mirrored at both ends."),
            Parameter::choice("mel_weights", "tensorflow", &["tensorflow", "librosa"]).doc("Whose bank."),
        ])
        .locality(Locality::Window);

    fn recipe(setup: &Setup) -> Result<Recipe> {
        let parameters = &setup.parameters;
        let sample_rate = arguments::sample_rate(setup)?;
        let analysis = tensorflow::analysis(setup)?;
        let n_fft = analysis.config.window.n_fft;
        let (fmin, fmax) = (parameters.float("lower_edge_hertz")?, parameters.float("upper_edge_hertz")?);
        if fmax <= fmin {
            let message = format!("expected more than lower_edge_hertz ({fmin}), got {fmax}");
            return Err(Error::parameter("upper_edge_hertz", message));
        }
        if fmax > sample_rate / 2.0 {
            let message = format!("expected at most half the sample rate ({}), got {fmax}", sample_rate / 2.0);
            return Err(Error::parameter("upper_edge_hertz", message));
        }
        let librosa = parameters.text("mel_weights")? == "librosa";
        let bank = if librosa { Config::librosa(sample_rate, n_fft) } else { Config::tensorflow(sample_rate, n_fft) };
        let log = match parameters.text("log")? {
            "ln" => Some(("ln", Base::E)),
            "log10" => Some(("log10", Base::Ten)),
            "db" => Some(("db", Base::Decibels)),
            _ => None,
        };
        let floor = parameters.float("floor")?;
        let bank = Config { n_mels: parameters.count("num_mel_bins")?, fmin, fmax, ..bank };
        let bands = bands::Config {
            frame_length: analysis.framing.length,
            exponent: parameters.float("power")?.into(),
            log: log.map(|(_, base)| log::Config::new(base, floor)),
            ..bands::Config::new(analysis.config, Some(bank))
        };
        let framing = match parameters.text("pad")? {
            "reflect" => analysis.framing.padded(n_fft / 2, n_fft / 2, Pad::Reflect).at_least(n_fft / 2 + 1, "pad"),
            _ => analysis.framing,
        };
        Ok(Recipe {
            order: Order::FrameBand,
            scale: if librosa { "mel/slaney" } else { "mel/htk" },
            quantity: log.map_or(quantity(bands.exponent), |(name, _)| name),
            ..Recipe::new(framing, bands)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::Front;
    use auricle_sdk::testing::{Bench, refused};

    type Stage32 = Front<Tensorflow, f32>;

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    #[test]
    fn shapes_and_laws() {
        // (samples, pad_end, pad) to frames
        for (samples, pad_end, pad, frames) in [
            (5000, false, "none", 16),
            (5000, true, "none", 20),
            (5000, false, "reflect", 20),
            (1000, false, "none", 0),
        ] {
            let bench = Bench::<Stage32>::new()
                .parameter("pad_end", pad_end)
                .parameter("pad", pad)
                .audio(22_050, &[&ramp(samples)]);
            let outcome = bench.run().expect("runs");
            assert_eq!(outcome.formats[0].layout, "frame,band");
            assert_eq!(outcome.tensor::<f32>(0).expect("bands").len(), 80 * frames, "{samples} samples");
            bench.conforms();
        }
        let odd = Bench::<Stage32>::new().parameter("frame_length", 255).parameter("fft_length", 200);
        odd.audio(22_050, &[&ramp(900), &ramp(900)]).conforms();
    }

    #[test]
    fn refusals() {
        let samples = ramp(500);
        let bench = || Bench::<Stage32>::new().audio(16_000, &[&samples]);
        for bench in [bench().parameter("upper_edge_hertz", 8001.0), bench().parameter("lower_edge_hertz", 7600.0)] {
            assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, "upper_edge_hertz");
        }
        let short = refused(bench().parameter("pad", "reflect").run(), ErrorKind::Parameter);
        assert!(short.message.contains("at least 513 samples, got one of 500"), "{short}");
    }
}
