//! `mfcc.librosa`: librosa's cepstral coefficients.
//!
//! Shape: audio to `(coefficient, frame)`, several channels to `(channel, coefficient, frame)`; float32 of float32, float64 of float64.
//! Source: librosa 0.11.0, `librosa.feature.mfcc`. Unlike `mfcc.kaldi`: of decibels with a floor under the loudest, no energy.

use auricle_analysis::{AUDIO, joined};
use auricle_dsp::dct::{Config, Kind, Lifter};
use auricle_dsp::log::{self, Base};
use auricle_dsp::overall;
use auricle_sdk::prelude::*;

use crate::front::{FrontEnd, Recipe};
use crate::librosa::{BANK, norm, recipe};

/// librosa's coefficients.
pub struct MfccLibrosa;

impl FrontEnd for MfccLibrosa {
    const DESCRIPTOR: Descriptor = Descriptor::new("mfcc.librosa", "Cepstral coefficients, as librosa.feature.mfcc")
        .doc(
            "mel.librosa's bands with 128 of them, power_to_db with a floor 80 dB under the loudest of the whole input (so a first \
             pass looks for it), a cosine transform, and a lifter if one is asked for: 1 + lifter/2 sin(pi (k + 1) / lifter) on \
             coefficient k. norm is the transform's; mel_norm the bank's.",
        )
        .source("librosa 0.11.0, librosa.feature.mfcc")
        .inputs(&[AUDIO])
        .outputs(&[Port::tensor("coefficients")
            .dtypes(&[DType::F32, DType::F64])
            .doc("Coefficients, (coefficient, frame).")])
        .parameters(&PARAMETERS)
        .locality(Locality::Global)
        .result_version(2);

    fn recipe(setup: &Setup) -> Result<Recipe> {
        let parameters = &setup.parameters;
        let mut recipe = recipe(setup, "mel_norm")?;
        let kind = match parameters.int("dct_type")? {
            1 => Kind::One,
            3 => Kind::Three,
            _ => Kind::Two,
        };
        let ortho = parameters.text("norm")? == "ortho";
        let bands = parameters.count("n_mels")?;
        let length = parameters.float("lifter")?;
        recipe.bands.log = Some(log::Config::new(Base::Decibels, 1e-10));
        recipe.overall = overall::Config { floor: Some(80.0), ..overall::Config::NONE };
        recipe.cepstrum = Some(Config {
            bands,
            // Coefficients are cut off the end of as many as there are bands.
            coefficients: parameters.count("n_mfcc")?.min(bands),
            kind,
            ortho,
            lifter: (length > 0.0).then_some(Lifter { length, first: 1 }),
            torch: false,
        });
        recipe.quantity = "cepstrum";
        Ok(recipe)
    }
}

const PARAMETERS: [Parameter; 16] = joined(
    &[
        Parameter::int("n_mfcc", 20).range(1.0, 65_536.0).doc("Number of coefficients; at most n_mels are there."),
        Parameter::int("dct_type", 2).range(1.0, 3.0).doc("Type of the cosine transform."),
        Parameter::choice("norm", "ortho", &["ortho", "none"]).doc("ortho: an orthonormal cosine transform."),
        Parameter::float("lifter", 0.0).range(0.0, 1e6).doc("Weights on the coefficients; 0: none."),
        norm("mel_norm"),
    ],
    &BANK,
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::Front;
    use auricle_sdk::testing::Bench;

    type Stage32 = Precision<Front<MfccLibrosa, f32>, Front<MfccLibrosa, f64>>;

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    #[test]
    fn shapes_and_laws() {
        let bench = Bench::<Stage32>::new().audio(22_050, &[&ramp(3000)]);
        let outcome = bench.run().expect("runs");
        assert_eq!(outcome.tensor::<f32>(0).expect("coefficients").len(), 20 * 6);
        assert_eq!(outcome.formats[0].layout, "coefficient,frame");
        bench.conforms();
        let stereo = Bench::<Stage32>::new().parameter("n_mels", 10).parameter("lifter", 22.0);
        let stereo = stereo.audio(22_050, &[&ramp(1000), &ramp(1000)]);
        assert_eq!(stereo.run().expect("runs").tensor::<f32>(0).expect("coefficients").len(), 2 * 10 * 2);
        stereo.conforms();
    }

    #[test]
    fn silence_is_the_floor() {
        let outcome = Bench::<Stage32>::new().audio(22_050, &[&[0.0f32; 600]]).run().expect("runs");
        let values: Vec<f32> = outcome.tensor(0).expect("coefficients");
        // -100 dB in 128 bands is -100 sqrt(128) in the lowest coefficient.
        assert!((values[0] + 1131.3708).abs() < 1e-3 && values[1..20].iter().all(|x| x.abs() < 1e-3), "{values:?}");
    }
}
