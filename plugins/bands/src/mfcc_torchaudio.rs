//! `mfcc.torchaudio`: torchaudio's cepstral coefficients.
//!
//! Shape: audio to `(coefficient, frame)`, several channels or audio with a channel axis to `(channel, coefficient, frame)`; float32.
//! Source: torchaudio 2.8.0, `transforms.MFCC`. Unlike `mfcc.librosa`: 40 coefficients of HTK bands, mirrored ends.

use auricle_dsp::dct::{Config, Kind};
use auricle_dsp::log::{self, Base};
use auricle_dsp::overall;
use auricle_sdk::prelude::*;

use crate::arguments::SINGLE;
use crate::front::{FrontEnd, Recipe};
use crate::torchaudio;

/// torchaudio's coefficients.
pub struct MfccTorchaudio;

impl FrontEnd for MfccTorchaudio {
    const DESCRIPTOR: Descriptor = Descriptor::new("mfcc.torchaudio", "Cepstral coefficients, as torchaudio's MFCC")
        .doc(
            "mel.torchaudio's bands (its parameters are what the tool takes as melkwargs), in dB with a floor 80 dB under the loudest \
             of the whole input, which takes a first pass; or ln(x + 1e-6) with log_mels; then the second cosine transform.",
        )
        .source("torchaudio 2.8.0, transforms.MFCC")
        .inputs(&[SINGLE])
        .outputs(&[Port::tensor("coefficients").doc("Coefficients, (coefficient, frame).")])
        .parameters(&PARAMETERS)
        .locality(Locality::Global);

    fn recipe(setup: &Setup) -> Result<Recipe> {
        let parameters = &setup.parameters;
        let mut recipe = torchaudio::recipe(setup, "mel_norm")?;
        let bands = parameters.count("n_mels")?;
        let coefficients = parameters.count("n_mfcc")?;
        if coefficients > bands {
            let message = format!("expected at most n_mels ({bands}), got {coefficients}");
            return Err(Error::parameter("n_mfcc", message));
        }
        if parameters.bool("log_mels")? {
            recipe.bands.log = Some(log::Config::with_offset(Base::E, 1e-6));
        } else {
            recipe.bands.log = Some(log::Config::new(Base::Decibels, 1e-10));
            recipe.overall = overall::Config { floor: Some(80.0), ..overall::Config::NONE };
        }
        let ortho = parameters.text("norm")? == "ortho";
        recipe.cepstrum = Some(Config { bands, coefficients, kind: Kind::Two, ortho, lifter: None, torch: true });
        recipe.quantity = "cepstrum";
        Ok(recipe)
    }
}

const PARAMETERS: [Parameter; 18] = {
    let mut all = [Parameter::int("n_mfcc", 40).range(1.0, 65_536.0).doc("Number of coefficients."); 18];
    all[1] = Parameter::int("dct_type", 2).range(2.0, 2.0).doc("Type of the cosine transform: only 2, as in the tool.");
    all[2] = Parameter::choice("norm", "ortho", &["ortho", "none"]).doc("ortho: an orthonormal cosine transform.");
    all[3] = Parameter::bool("log_mels", false).doc("ln(x + 1e-6) instead of decibels.");
    // The bank's norm would have the name of the transform's; the tool's default stays.
    let mut from = 0;
    let mut to = 4;
    while from < torchaudio::PARAMETERS.len() {
        let mut parameter = torchaudio::PARAMETERS[from];
        if from == torchaudio::NORM {
            parameter.id = "mel_norm";
        }
        all[to] = parameter;
        from += 1;
        to += 1;
    }
    all
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::Front;
    use auricle_sdk::testing::{Bench, refused};

    type Stage32 = Front<MfccTorchaudio, f32>;

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    #[test]
    fn shapes_and_laws() {
        for log_mels in [false, true] {
            let bench = Bench::<Stage32>::new().parameter("log_mels", log_mels).audio(16_000, &[&ramp(2000)]);
            assert_eq!(bench.run().expect("runs").tensor::<f32>(0).expect("coefficients").len(), 40 * 11);
            bench.conforms();
        }
    }

    #[test]
    fn more_coefficients_than_bands_are_refused() {
        let bench = Bench::<Stage32>::new().parameter("n_mels", 39).audio(16_000, &[&ramp(1000)]);
        assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, "n_mfcc");
    }
}
