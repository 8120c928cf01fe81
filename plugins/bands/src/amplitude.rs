//! `db.amplitude`: decibels of amplitudes.
//!
//! Shape: any real tensor to one of the same shape; float32 of float32, float64 of float64.
//! Source: librosa 0.11.0, `librosa.amplitude_to_db`. Unlike `db.power` its input is an amplitude, which it squares.

use std::marker::PhantomData;
use std::ops::Range;

use auricle_dsp::Float;
use auricle_dsp::db::Config;
use auricle_sdk::{Real, prelude::*};

use crate::decibels::{Decibels, REF, TOP_DB};

/// The stage, for values of one precision.
pub struct Amplitude<T> {
    decibels: Decibels,
    precision: PhantomData<T>,
}

impl<T: Real + Float> Stage for Amplitude<T> {
    const DESCRIPTOR: Descriptor = Descriptor::new("db.amplitude", "Decibels of amplitudes, as librosa.amplitude_to_db")
        .doc(
            "20 log10(max(amin, |x|)) - 20 log10(max(amin, |ref|)), then nothing lower than the largest level minus top_db. \
             The largest is that of the whole input, all channels, so a first pass looks for it. Of a power every level is twice what it should be: \
             computed, with a finding.",
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

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let (decibels, formats) = Decibels::new::<T>(setup, Config::amplitude(), "amplitude")?;
        Ok((Amplitude { decibels, precision: PhantomData }, formats))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        self.decibels.need(span)
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        self.decibels.process::<T>(packet, out)
    }

    fn reduce(&mut self, packet: &Packet) -> Result<()> {
        self.decibels.reduce::<T>(packet)
    }

    fn reduction(&self) -> Vec<u8> {
        self.decibels.reduction()
    }

    fn adopt(&mut self, state: &[u8]) -> Result<()> {
        self.decibels.adopt(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::Bench;

    fn format(quantity: &str) -> Format {
        let tensor = Tensor::new::<f32>(vec![Axis::frames(Some(2)), Axis::bins(2, 100.0)], quantity);
        Format::tensor(tensor, Clock::samples(600), Some(2), "bin,frame")
    }

    #[test]
    fn against_the_largest_and_with_a_floor() {
        let bench = Bench::<Amplitude<f32>>::new()
            .parameter("ref", "max")
            .tensor(format("amplitude"), &[1.0f32, -10.0, 0.0, 1e-2]);
        let outcome = bench.run().expect("runs");
        for (got, expected) in outcome.tensor::<f32>(0).expect("levels").iter().zip([-20.0, 0.0, -80.0, -60.0]) {
            assert!((got - expected).abs() < 1e-5f32, "expected {expected}, got {got}");
        }
        assert!(outcome.findings.is_empty());
        bench.conforms();
    }

    #[test]
    fn another_quantity_is_a_finding() {
        let bench = Bench::<Amplitude<f32>>::new()
            .parameter("top_db", "none")
            .tensor(format("power"), &[1.0f32, -10.0, 0.0, 1e-2]);
        let outcome = bench.run().expect("runs");
        assert_eq!(outcome.findings[0].code, "unlike-quantity");
        assert_eq!(outcome.tensor::<f32>(0).expect("levels")[2], -100.0);
    }
}
