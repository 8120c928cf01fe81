//! `mel.torchaudio`: mel bands as torchaudio's transform makes them.
//!
//! Shape: audio to `(band, frame)`, several channels or audio with a channel axis to `(channel, band, frame)`; float32.
//! Source: torchaudio 2.8.0, `transforms.MelSpectrogram`. Unlike `mel.librosa`: HTK's scale, no norm, mirrored ends.

use auricle_analysis::torch;
use auricle_dsp::bands;
use auricle_dsp::mel::{Config, Norm, Scale};
use auricle_sdk::prelude::*;

use crate::arguments::{self, SINGLE, bands as n_bands, lower_edge, quantity, upper_edge_or_none};
use crate::front::{FrontEnd, Recipe, Signal};

/// torchaudio's mel bands.
pub struct Torchaudio;

impl FrontEnd for Torchaudio {
    const DESCRIPTOR: Descriptor = Descriptor::new("mel.torchaudio", "Mel bands, as torchaudio's MelSpectrogram")
        .doc(
            "Powers of centred, mirrored frames, summed by triangles on HTK's scale without a norm. The bank is made in \
             float32 as the tool makes it, so that narrow bands agree. sample_rate is the stream's. \
             Not there: wkwargs, onesided, and pad_mode circular. As the tool, it refuses clips that are too short to mirror or to fill a frame.",
        )
        .source("torchaudio 2.8.0, transforms.MelSpectrogram and functional.melscale_fbanks")
        .inputs(&[SINGLE])
        .outputs(&[Port::tensor("bands").doc("Mel bands, (band, frame), lowest first.")])
        .parameters(&PARAMETERS)
        .locality(Locality::Window);

    fn recipe(setup: &Setup) -> Result<Recipe> {
        recipe(setup, "norm")
    }
}

/// The tool's arguments.
pub const PARAMETERS: [Parameter; 14] = [
    torch::TRANSFORM_N_FFT,
    torch::WIN_LENGTH,
    torch::TRANSFORM_HOP_LENGTH,
    lower_edge("f_min", 0.0),
    upper_edge_or_none("f_max"),
    torch::PAD.doc("Zeros before and behind the signal, before anything is mirrored."),
    n_bands("n_mels", 128),
    torch::WINDOW_FN,
    Parameter::float("power", 2.0).range(1e-3, 1e3).doc("Exponent of the magnitude."),
    torch::TRANSFORM_NORMALIZED,
    torch::CENTER,
    torch::PAD_MODE,
    Parameter::choice("norm", "none", &["none", "slaney"]).doc("slaney: bands of equal area; none: peaks of 1."),
    Parameter::choice("mel_scale", "htk", &["htk", "slaney"]).doc("The scale of the bands."),
];

/// The place of the bank's norm among them.
pub const NORM: usize = 12;

/// The transform's recipe, whose scaling of the bank is `norm`, which others go on with.
pub fn recipe(setup: &Setup, norm: &str) -> Result<Recipe> {
    let parameters = &setup.parameters;
    // The zeros become part of the signal, so that they are what is mirrored.
    let pad = parameters.count("pad")?;
    let analysis = torch::transform(&setup.with(&Parameters::new([("pad".to_owned(), 0.into())])))?;
    let n_fft = analysis.config.window.n_fft;
    let sample_rate = arguments::sample_rate(setup)?;
    let slaney = parameters.text("mel_scale")? == "slaney";
    let bank = Config::torch(sample_rate, n_fft, if slaney { Scale::Slaney } else { Scale::Htk });
    let bank = Config {
        n_mels: parameters.count("n_mels")?,
        fmin: parameters.float("f_min")?,
        fmax: parameters.optional_float("f_max")?.unwrap_or(bank.fmax),
        norm: if parameters.text(norm)? == "slaney" { Norm::Slaney } else { Norm::None },
        ..bank
    };
    if bank.fmin > bank.fmax {
        let message = format!("expected at most f_max ({}), got {}", bank.fmax, bank.fmin);
        return Err(Error::parameter("f_min", message));
    }
    let exponent = parameters.float("power")?.into();
    let bands = bands::Config { exponent, ..bands::Config::new(analysis.config, Some(bank)) };
    Ok(Recipe {
        signal: Signal { lead: pad, trail: pad, ..Signal::default() },
        channel_axis: analysis.layout.starts_with("channel"),
        scale: if slaney { "mel/slaney" } else { "mel/htk" },
        quantity: quantity(exponent),
        ..Recipe::new(analysis.framing, bands)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::Front;
    use auricle_sdk::testing::{Bench, refused};

    type Stage32 = Front<Torchaudio, f32>;

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    #[test]
    fn shapes_and_laws() {
        let outcome = Bench::<Stage32>::new().audio(16_000, &[&ramp(4096)]).run().expect("runs");
        assert_eq!(outcome.tensor::<f32>(0).expect("bands").len(), 128 * 21);
        assert_eq!(outcome.formats[0].layout, "band,frame");
        for (samples, center, pad, pad_mode) in [
            (3000, true, 0, "reflect"),
            (300, true, 130, "reflect"),
            (1, true, 0, "constant"),
            (3000, false, 7, "reflect"),
        ] {
            let bench = Bench::<Stage32>::new()
                .parameter("n_mels", 20)
                .parameter("win_length", 301)
                .parameter("center", center)
                .parameter("pad", pad)
                .parameter("pad_mode", pad_mode)
                .audio(16_000, &[&ramp(samples), &ramp(samples)]);
            bench.conforms();
        }
    }

    #[test]
    fn refusals() {
        let samples = ramp(200);
        let bench = || Bench::<Stage32>::new().audio(16_000, &[&samples]);
        for (bench, parameter) in [
            (bench().parameter("win_length", 401), "win_length"),
            (bench().parameter("pad_mode", "constant").parameter("f_min", 9000.0), "f_min"),
            (bench().parameter("n_fft", 1), "hop_length"),
        ] {
            assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, parameter);
        }
        let short = refused(bench().run(), ErrorKind::Parameter);
        assert!(short.message.contains("at least 201 samples, got one of 200"), "{short}");
    }
}
