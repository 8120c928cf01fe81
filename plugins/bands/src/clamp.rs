//! `log.clamp`: the logarithm of values that are raised to a floor first.
//!
//! Shape: any real tensor to one of the same shape; float32 of float32, float64 of float64.
//! Source: log(max(x, floor)), as Tacotron 2 and its successors. Unlike `db.power` it has no reference and no range.

use std::marker::PhantomData;

use auricle_dsp::Float;
use auricle_dsp::log::{Base, Config, Log};
use auricle_sdk::format::Data;
use auricle_sdk::{Real, prelude::*};

use auricle_analysis::refused;

/// The stage, for values of one precision.
pub struct Clamp<T> {
    log: Log,
    quantity: &'static str,
    precision: PhantomData<T>,
}

impl<T: Real + Float> PerSample for Clamp<T> {
    const DESCRIPTOR: Descriptor = Descriptor::new("log.clamp", "Logarithm of values raised to a floor")
        .doc(
            "log(max(x, floor)) to base e, 2 or 10. With floor = 1e-5 and base e it is the compression of Tacotron 2. \
             Of values that are logarithms or decibels already it is computed, with a finding.",
        )
        .source("NVIDIA Tacotron 2, audio_processing.dynamic_range_compression")
        .inputs(&[Port::tensor("values").dtypes(&[DType::F32, DType::F64]).doc("Amplitudes or powers.")])
        .outputs(&[Port::tensor("logarithms").dtypes(&[DType::F32, DType::F64]).doc("Their logarithms.")])
        .parameters(&[
            Parameter::float("floor", 1e-5)
                .range(0.0, f64::INFINITY)
                .logarithmic()
                .doc("Values under this read as this."),
            Parameter::choice("base", "e", &["e", "2", "10"]).doc("Base of the logarithm."),
        ]);
    type In = T;
    type Out = T;

    fn new(setup: &Setup) -> Result<Self> {
        let (base, quantity) = match setup.parameters.text("base")? {
            "2" => (Base::Two, "log2"),
            "10" => (Base::Ten, "log10"),
            _ => (Base::E, "ln"),
        };
        let log = Log::new(&Config::new(base, setup.parameters.float("floor")?)).map_err(refused)?;
        let had = &setup.input(0)?.as_tensor()?.quantity;
        if matches!(had.as_str(), "ln" | "log2" | "log10" | "db") {
            let message = format!("the input is {had} already: this takes a logarithm of a logarithm");
            setup.host().finding(Severity::Warning, "unlike-quantity", &message, None);
        }
        Ok(Clamp { log, quantity, precision: PhantomData })
    }

    fn output(&self, input: &Format) -> Format {
        let mut format = input.clone();
        if let Data::Tensor(tensor) = &mut format.data {
            tensor.dtype = T::DTYPE;
            tensor.quantity = self.quantity.into();
            tensor.unit = String::new();
            tensor.reference = Some(1.0);
            tensor.coherent_gain = None;
        }
        format
    }

    fn map(&mut self, input: &[T], output: &mut [T]) {
        self.log.process(input, output);
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
    fn each_base() {
        for (base, quantity, expected) in
            [("e", "ln", -11.512_925), ("2", "log2", -16.609_64), ("10", "log10", -5.0f32)]
        {
            let bench = Bench::<Map<Clamp<f32>>>::new()
                .parameter("base", base)
                .tensor(format("amplitude"), &[1.0f32, 0.0, 1e-5, -1.0]);
            let outcome = bench.run().expect("runs");
            for (got, expected) in
                outcome.tensor::<f32>(0).expect("logs").iter().zip([0.0, expected, expected, expected])
            {
                assert!((got - expected).abs() < 2e-6, "base {base}: expected {expected}, got {got}");
            }
            assert_eq!(outcome.formats[0].as_tensor().expect("a tensor").quantity, quantity);
            bench.conforms();
        }
    }

    #[test]
    fn a_logarithm_of_a_logarithm_is_a_finding() {
        let bench = Bench::<Map<Clamp<f32>>>::new().tensor(format("ln"), &[1.0f32; 4]);
        assert_eq!(bench.run().expect("runs").findings[0].code, "unlike-quantity");
    }
}
