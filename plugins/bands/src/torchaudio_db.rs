//! `db.torchaudio`: decibels, as torchaudio's transform.
//!
//! Shape: any real tensor to one of the same shape; float32 of float32, float64 of float64.
//! Source: torchaudio 2.8.0, `transforms.AmplitudeToDB`. Unlike `db.power` and `db.amplitude`: no floor unless asked for, amin 1e-10 of both.

use auricle_dsp::db::Config;
use auricle_sdk::prelude::*;

use crate::decibels::{Dialect, TOP_DB};

/// torchaudio's decibels.
pub struct TorchaudioDb;

impl Dialect for TorchaudioDb {
    const DESCRIPTOR: Descriptor = Descriptor::new("db.torchaudio", "Decibels, as torchaudio's AmplitudeToDB")
        .doc(
            "10 log10(max(1e-10, x)) of powers, 20 log10(max(1e-10, x)) of magnitudes; with top_db nothing lower than the largest \
             level of the whole input minus it, all channels, which takes a first pass.",
        )
        .source("torchaudio 2.8.0, transforms.AmplitudeToDB")
        .inputs(&[Port::tensor("values").dtypes(&[DType::F32, DType::F64]).doc("Powers or magnitudes.")])
        .outputs(&[Port::tensor("levels").dtypes(&[DType::F32, DType::F64]).doc("Levels in dB.")])
        .parameters(&[
            Parameter::choice("stype", "power", &["power", "magnitude"]).doc("What the values are."),
            TOP_DB.default(DefaultValue::Str("none")),
        ])
        .locality(Locality::Global);

    fn config(parameters: &Parameters) -> Result<Config> {
        let kind = if parameters.text("stype")? == "power" { Config::power() } else { Config::amplitude() };
        Ok(Config { amin: 1e-10, top_db: parameters.optional_float("top_db")?, ..kind })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decibels::Decibels;
    use crate::decibels::tests::{close, levels};

    type Stage32 = Decibels<TorchaudioDb, f32>;

    #[test]
    fn powers_magnitudes_and_a_floor() {
        close(&levels::<Stage32>(&[], "power", [1.0, 10.0, 0.0, 1e-3]), [0.0, 10.0, -100.0, -30.0]);
        let magnitude = ("stype", "magnitude".into());
        close(
            &levels::<Stage32>(std::slice::from_ref(&magnitude), "amplitude", [1.0, 10.0, 0.0, 1e-3]),
            [0.0, 20.0, -200.0, -60.0],
        );
        let floor = ("top_db", 50.0.into());
        close(&levels::<Stage32>(&[magnitude, floor], "amplitude", [1.0, 10.0, 0.0, 1e-3]), [0.0, 20.0, -30.0, -30.0]);
    }
}
