//! `db.power`: decibels of powers.
//!
//! Shape: any real tensor to one of the same shape; float32 of float32, float64 of float64.
//! Source: librosa 0.11.0, `librosa.power_to_db`. Unlike `db.amplitude` its input is a power.

use auricle_dsp::db::Config;
use auricle_sdk::prelude::*;

use crate::decibels::{Dialect, REF, TOP_DB, reference};

/// librosa's decibels of powers.
pub struct Power;

impl Dialect for Power {
    const DESCRIPTOR: Descriptor = Descriptor::new("db.power", "Decibels of powers, as librosa.power_to_db")
        .doc(
            "10 log10(max(amin, x)) - 10 log10(max(amin, ref)), then nothing lower than the largest level minus top_db. \
             The largest is that of the whole input, all channels, so a first pass looks for it, unless top_db is none and ref a number. \
             Of an amplitude every level is half of what it should be: computed, with a finding.",
        )
        .source("librosa 0.11.0, librosa.power_to_db")
        .inputs(&[Port::tensor("power").dtypes(&[DType::F32, DType::F64]).doc("Powers, such as mel bands.")])
        .outputs(&[Port::tensor("levels").dtypes(&[DType::F32, DType::F64]).doc("Levels in dB.")])
        .parameters(&[
            REF,
            Parameter::float("amin", 1e-10).range(0.0, f64::INFINITY).doc("The smallest value that is told from zero."),
            TOP_DB,
        ])
        .locality(Locality::Global);

    fn config(parameters: &Parameters) -> Result<Config> {
        Ok(Config {
            reference: reference(parameters)?,
            amin: parameters.float("amin")?,
            top_db: parameters.optional_float("top_db")?,
            ..Config::power()
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
        let outcome = levels::<Decibels<Power, f32>>(&[("ref", "max".into())], "power", [1.0, 10.0, 0.0, 1e-3]);
        close(&outcome, [-10.0, 0.0, -80.0, -40.0]);
        assert!(outcome.findings.is_empty());
    }

    #[test]
    fn another_quantity_is_a_finding() {
        let outcome = levels::<Decibels<Power, f32>>(&[("top_db", "none".into())], "amplitude", [1.0, 10.0, 0.0, 1e-3]);
        assert_eq!(outcome.findings[0].code, "unlike-quantity");
        close(&outcome, [0.0, 10.0, -100.0, -30.0]);
    }
}
