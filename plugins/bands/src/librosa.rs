//! `mel.librosa`: mel bands of overlapping frames.
//!
//! Shape: audio to `(band, frame)`, several channels to `(channel, band, frame)`; float32 of float32, float64 of float64.
//! Source: librosa 0.11.0, `librosa.feature.melspectrogram`. Unlike `mel.tacotron2` it is a power, without a logarithm.

use auricle_analysis::{AUDIO, joined, librosa};
use auricle_dsp::bands;
use auricle_dsp::mel::{Config, Norm, Scale};
use auricle_sdk::prelude::*;

use crate::arguments::{self, bands as n_bands, lower_edge, quantity, upper_edge_or_none};
use crate::front::{FrontEnd, Recipe};

/// librosa's mel bands; transform and sums are in float64.
pub struct Librosa;

impl FrontEnd for Librosa {
    const DESCRIPTOR: Descriptor = Descriptor::new("mel.librosa", "Mel bands, as librosa.feature.melspectrogram")
        .doc(
            "The bins of stft.librosa, their magnitude to the given power, summed by a bank of triangles. Unless told \
             otherwise: power, Slaney's scale and area norm, 128 bands up to half the sample rate, zeros outside the signal. \
             No logarithm: db.power or log.clamp make one. Bands that lie between two bins stay zero and are a finding.",
        )
        .source("librosa 0.11.0, librosa.feature.melspectrogram and librosa.filters.mel")
        .inputs(&[AUDIO])
        .outputs(&[Port::tensor("bands").dtypes(&[DType::F32, DType::F64]).doc("Mel bands, (band, frame), lowest first.")])
        .parameters(&PARAMETERS)
        .locality(Locality::Window)
        .result_version(2);

    fn recipe(setup: &Setup) -> Result<Recipe> {
        recipe(setup, "norm")
    }
}

const PARAMETERS: [Parameter; 12] = joined(&BANK, &[norm("norm")]);

/// What the tool's bands are made of, but for their scaling.
pub const BANK: [Parameter; 11] = joined(
    &librosa::FEATURE,
    &[POWER, n_bands("n_mels", 128), lower_edge("fmin", 0.0), upper_edge_or_none("fmax"), HTK],
);

/// The power of the magnitude.
pub const POWER: Parameter =
    Parameter::float("power", 2.0).range(1e-3, 1e3).doc("Exponent of the magnitude: 1 for amplitude, 2 for power.");

/// The scale of the bands.
pub const HTK: Parameter = Parameter::bool("htk", false).doc("HTK's scale instead of Slaney's.");

/// How bands are scaled.
pub const fn norm(id: &'static str) -> Parameter {
    Parameter::choice(id, "slaney", &["slaney", "none", "inf"])
        .or(Types::FLOAT)
        .doc("slaney: bands of equal area; none: peaks of 1; a number p: rows of unit p-norm; inf: of a largest weight of 1.")
}

/// librosa's bands, whose scaling is the parameter `norm`.
pub fn recipe(setup: &Setup, norm: &'static str) -> Result<Recipe> {
    let parameters = &setup.parameters;
    let sample_rate = arguments::sample_rate(setup)?;
    let analysis = librosa::analysis(setup)?;
    let htk = parameters.bool("htk")?;
    let bank = Config {
        n_mels: parameters.count("n_mels")?,
        fmin: parameters.float("fmin")?,
        fmax: parameters.optional_float("fmax")?.unwrap_or(sample_rate / 2.0),
        scale: if htk { Scale::Htk } else { Scale::Slaney },
        norm: match parameters.get(norm)? {
            Value::Str(name) if name == "none" => Norm::None,
            Value::Str(name) if name == "inf" => Norm::P(f64::INFINITY),
            Value::Str(_) => Norm::Slaney,
            _ => Norm::P(parameters.float(norm)?),
        },
        ..Config::librosa(sample_rate, analysis.config.window.n_fft)
    };
    let exponent = parameters.float("power")?.into();
    Ok(Recipe {
        scale: if htk { "mel/htk" } else { "mel/slaney" },
        quantity: quantity(exponent),
        ..Recipe::new(analysis.framing, bands::Config { exponent, ..bands::Config::new(analysis.config, Some(bank)) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::Front;
    use auricle_sdk::testing::{Bench, refused};

    type Stage32 = Precision<Front<Librosa, f32>, Front<Librosa, f64>>;

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    #[test]
    fn defaults_shapes_and_laws() {
        let outcome = Bench::<Stage32>::new().audio(22_050, &[&ramp(4096)]).run().expect("runs");
        let tensor = outcome.formats[0].as_tensor().expect("a tensor");
        assert_eq!((tensor.frame_len(), tensor.quantity.as_str(), tensor.dtype), (128, "power", DType::F32));
        assert_eq!(outcome.tensor::<f32>(0).expect("bands").len(), 128 * 9);
        for (samples, center) in [(1, true), (3000, true), (3000, false)] {
            let bench = Bench::<Stage32>::new()
                .parameter("n_fft", 400)
                .parameter("hop_length", 160)
                .parameter("n_mels", 20)
                .parameter("center", center)
                .audio(16_000, &[&ramp(samples), &ramp(samples)]);
            bench.conforms();
        }
    }

    #[test]
    fn double_gives_double() {
        let samples: Vec<f64> = ramp(3000).iter().map(|x| f64::from(*x)).collect();
        let double = Bench::<Stage32>::new().audio(22_050, &[&samples]).run().expect("runs");
        let single = Bench::<Stage32>::new().audio(22_050, &[&ramp(3000)]).run().expect("runs");
        let double: Vec<f64> = double.tensor(0).expect("float64");
        for (a, b) in double.iter().zip(single.tensor::<f32>(0).expect("float32")) {
            assert_eq!(*a as f32, b);
        }
    }

    #[test]
    fn empty_bands_are_found() {
        let bench = Bench::<Stage32>::new().parameter("n_fft", 256).audio(22_050, &[&ramp(600)]);
        let outcome = bench.run().expect("runs");
        assert_eq!(outcome.findings.len(), 1);
        assert_eq!(outcome.findings[0].code, "empty-bands");
    }

    #[test]
    fn refusals() {
        let samples = ramp(100);
        let bench = || Bench::<Stage32>::new().audio(16_000, &[&samples]);
        for (bench, parameter) in [
            (bench().parameter("fmin", 8000.0), "fmax"),
            (bench().parameter("norm", -1.0), "norm"),
            (bench().parameter("center", false), "n_fft"),
            (bench().parameter("win_length", 4096), "win_length"),
        ] {
            assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, parameter);
        }
    }
}
