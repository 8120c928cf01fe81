//! `db.amplitude`: decibels of amplitudes.
//!
//! Shape: any real tensor to one of the same shape; float32 of float32, float64 of float64.
//! Source: librosa 0.11.0, `librosa.amplitude_to_db`. Unlike `db.power` its input is an amplitude, which it squares.

use auricle_dsp::db::Config;
use auricle_sdk::prelude::*;

use crate::decibels::{Dialect, REF, TOP_DB, reference};

/// librosa's decibels of amplitudes.
pub struct Amplitude;

impl Dialect for Amplitude {
    const DESCRIPTOR: Descriptor = Descriptor::new("db.amplitude", "Decibels of amplitudes, as librosa.amplitude_to_db")
        .doc(
            "20 log10(max(amin, |x|)) - 20 log10(max(amin, |ref|)), then nothing lower than the largest level minus top_db. \
             The largest is that of the whole input, all channels, so a first pass looks for it, unless top_db is none and ref a number. \
             Of a power every level is twice what it should be: computed, with a finding.",
        )
        .source("librosa 0.11.0, librosa.amplitude_to_db")
        .inputs(&[Port::tensor("amplitude").dtypes(&[DType::F32, DType::F64]).doc("Amplitudes, such as magnitudes.")])
        .outputs(&[Port::tensor("levels").dtypes(&[DType::F32, DType::F64]).doc("Levels in dB.")])
        .parameters(&[
            REF,
            Parameter::float("amin", 1e-5).range(0.0, f64::INFINITY).doc("The smallest value that is told from zero."),
            TOP_DB,
        ])
        .locality(Locality::Global);

    fn config(parameters: &Parameters) -> Result<Config> {
        Ok(Config {
            reference: reference(parameters)?,
            amin: parameters.float("amin")?,
            top_db: parameters.optional_float("top_db")?,
            ..Config::amplitude()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decibels::Decibels;
    use crate::decibels::tests::{close, levels};

    #[test]
    fn against_the_largest_and_with_a_floor() {
        let outcome =
            levels::<Decibels<Amplitude, f32>>(&[("ref", "max".into())], "amplitude", [1.0, -10.0, 0.0, 1e-2]);
        close(&outcome, [-20.0, 0.0, -80.0, -60.0]);
        assert!(outcome.findings.is_empty());
    }

    #[test]
    fn another_quantity_is_a_finding() {
        let outcome =
            levels::<Decibels<Amplitude, f32>>(&[("top_db", "none".into())], "power", [1.0, -10.0, 0.0, 1e-2]);
        assert_eq!(outcome.findings[0].code, "unlike-quantity");
        close(&outcome, [0.0, 20.0, -100.0, -40.0]);
    }
}
