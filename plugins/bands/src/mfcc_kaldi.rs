//! `mfcc.kaldi`: Kaldi's cepstral coefficients.
//!
//! Shape: one channel of audio to `(frame, coefficient)`; float32.
//! Source: torchaudio 2.8.0, `compliance.kaldi.mfcc`. Unlike `mfcc.librosa`: ln instead of dB, 23 bands, a lifter.

use auricle_analysis::joined;
use auricle_dsp::dct::{Config, Kind, Lifter};
use auricle_sdk::prelude::*;

use crate::arguments::SINGLE;
use crate::front::{FrontEnd, Place, Recipe};
use crate::kaldi::{self, COMMON};

/// Kaldi's coefficients.
pub struct MfccKaldi;

impl FrontEnd for MfccKaldi {
    const DESCRIPTOR: Descriptor = Descriptor::new("mfcc.kaldi", "Cepstral coefficients, as Kaldi's mfcc")
        .doc(
            "The bands of mel.kaldi, their orthonormal cosine transform, and a lifter: 1 + q/2 sin(pi k / q) on coefficient k. \
             use_energy puts the logarithm of the energy in the place of the lowest; it is false as in torchaudio, true in kaldi-native-fbank. \
             sample_frequency is the stream's, dither 0, and waveform_scale as for mel.kaldi.",
        )
        .source("torchaudio 2.8.0, compliance.kaldi.mfcc; equal to kaldi-native-fbank 1.22.5")
        .inputs(&[SINGLE])
        .outputs(&[Port::tensor("coefficients").doc("Coefficients, (frame, coefficient).")])
        .parameters(&PARAMETERS)
        .locality(Locality::Global)
        .result_version(2);

    fn recipe(setup: &Setup) -> Result<Recipe> {
        let parameters = &setup.parameters;
        let mut recipe = kaldi::recipe(setup)?;
        let bands = parameters.count("num_mel_bins")?;
        let coefficients = parameters.count("num_ceps")?;
        if coefficients > bands {
            let message = format!("expected at most num_mel_bins ({bands}), got {coefficients}");
            return Err(Error::parameter("num_ceps", message));
        }
        let length = parameters.float("cepstral_lifter")?;
        let lifter = (length != 0.0).then_some(Lifter { length, first: 0 });
        recipe.cepstrum = Some(Config { bands, coefficients, kind: Kind::Two, ortho: true, lifter, torch: true });
        recipe.quantity = "cepstrum";
        let (htk, energy) = (parameters.bool("htk_compat")?, parameters.bool("use_energy")?);
        recipe.energy = if htk { Place::LowestLast { doubled: !energy } } else { Place::Lowest };
        Ok(recipe)
    }
}

const PARAMETERS: [Parameter; 25] = joined(
    &COMMON,
    &[
        Parameter::int("num_ceps", 13).range(1.0, 65_536.0).doc("Number of coefficients."),
        Parameter::float("cepstral_lifter", 22.0).range(0.0, 1e6).doc("The lifter's q; 0: none."),
    ],
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::front::Front;
    use auricle_sdk::testing::{Bench, refused};

    type Stage32 = Front<MfccKaldi, f32>;

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    fn coefficients(htk: bool, energy: bool) -> Vec<f32> {
        let bench = Bench::<Stage32>::new()
            .parameter("htk_compat", htk)
            .parameter("use_energy", energy)
            .parameter("subtract_mean", energy)
            .audio(16_000, &[&ramp(2000)]);
        bench.conforms();
        bench.run().expect("runs").tensor(0).expect("coefficients")
    }

    #[test]
    fn htk_has_the_lowest_last() {
        for (energy, factor) in [(false, std::f32::consts::SQRT_2), (true, 1.0)] {
            let (plain, htk) = (coefficients(false, energy), coefficients(true, energy));
            assert_eq!(plain.len(), 13 * 11);
            assert_eq!(plain[1..13], htk[..12]);
            assert!((plain[0] * factor - htk[12]).abs() < 1e-4);
        }
    }

    #[test]
    fn more_coefficients_than_bands_are_refused() {
        let bench = Bench::<Stage32>::new().parameter("num_ceps", 24).audio(16_000, &[&ramp(1000)]);
        assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, "num_ceps");
    }
}
