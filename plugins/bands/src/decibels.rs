//! What the stages of `db.*` have in common: everything but their descriptions.

use std::marker::PhantomData;
use std::ops::Range;

use auricle_dsp::Float;
use auricle_dsp::db::{Config, Db, Reference};
use auricle_sdk::{Real, prelude::*};

use auricle_analysis::refused;

/// Where the reference comes from.
pub const REF: Parameter = Parameter::float("ref", 1.0)
    .choices(&["max"])
    .doc("What is 0 dB: a value in the input's unit, or max: the largest of the whole input.");

/// The range that is kept.
pub const TOP_DB: Parameter = Parameter::float("top_db", 80.0)
    .range(0.0, 1e4)
    .choices(&["none"])
    .unit("dB")
    .doc("Nothing is more than this below the largest value of the whole input; none: no such floor.");

/// The reference that `ref` names.
pub fn reference(parameters: &Parameters) -> Result<Reference> {
    Ok(match parameters.get("ref")? {
        Value::Str(_) => Reference::Loudest,
        _ => Reference::Value(parameters.float("ref")?),
    })
}

/// A tool's decibels: what a stage says of itself, and its parameters as the kernel's configuration.
pub trait Dialect: Send + 'static {
    /// What the stage says about itself; its input is a tensor, its locality global.
    const DESCRIPTOR: Descriptor;

    /// Reads the parameters.
    fn config(parameters: &Parameters) -> Result<Config>;
}

/// Decibels of a tensor: a pass for the largest value where one is needed, then one value after the other.
pub struct Decibels<D, T> {
    db: Db,
    loudest: f64,
    kind: PhantomData<(D, T)>,
}

impl<D: Dialect, T: Real + Float> Stage for Decibels<D, T> {
    const DESCRIPTOR: Descriptor = D::DESCRIPTOR;

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let config = D::config(&setup.parameters)?;
        let db = Db::new(&config).map_err(refused)?;
        let mut format = setup.input(0)?.clone();
        let had = &format.as_tensor()?.quantity;
        if !had.is_empty() && had != config.quantity.name() {
            let message = format!(
                "the input is {had}, and is taken for {}: every level will be {}",
                config.quantity.name(),
                match had.as_str() {
                    "power" => "doubled (db.power is for power)",
                    "amplitude" => "halved (db.amplitude is for amplitudes)",
                    _ => "wrong",
                }
            );
            setup.host().finding(Severity::Warning, "unlike-quantity", &message, None);
        }
        if let Data::Tensor(tensor) = &mut format.data {
            tensor.dtype = T::DTYPE;
            tensor.quantity = "db".into();
            tensor.unit = "dB".into();
            tensor.coherent_gain = None;
            tensor.reference = match config.reference {
                Reference::Value(value) => Some(value.abs()),
                Reference::Loudest => None,
            };
        }
        Ok((Decibels { db, loudest: 0.0, kind: PhantomData }, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        vec![span]
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet {
            let input = packet.tensor::<T>()?;
            let mut block = out.tensor::<T>(0, packet.start, packet.count)?;
            self.db.process(input.values, self.loudest, block.values());
            block.emit()?;
        }
        Ok(Flow::Continue)
    }

    fn reduces(&self) -> bool {
        self.db.is_global()
    }

    fn reduce(&mut self, packet: &Packet) -> Result<()> {
        self.loudest = self.db.loudest(self.loudest, packet.tensor::<T>()?.values);
        Ok(())
    }

    fn reduction(&self) -> Vec<u8> {
        self.loudest.to_le_bytes().to_vec()
    }

    fn adopt(&mut self, state: &[u8]) -> Result<()> {
        let bytes = state.try_into().map_err(|_| Error::internal("the reduction is not eight bytes"))?;
        self.loudest = f64::from_le_bytes(bytes);
        Ok(())
    }
}

#[cfg(test)]
pub mod tests {
    use auricle_sdk::prelude::*;
    use auricle_sdk::testing::{Bench, Outcome};

    /// Two frames of two bins.
    fn format(quantity: &str) -> Format {
        let tensor = Tensor::new::<f32>(vec![Axis::frames(Some(2)), Axis::bins(2, 100.0)], quantity);
        Format::tensor(tensor, Clock::samples(600), Some(2), "bin,frame")
    }

    /// The levels of four values; the stage keeps the SDK's laws on the way.
    pub fn levels<S: Stage>(parameters: &[(&'static str, Value)], quantity: &str, values: [f32; 4]) -> Outcome {
        let mut bench = Bench::<S>::new();
        for (id, value) in parameters {
            bench = bench.parameter(id, value.clone());
        }
        let bench = bench.tensor(format(quantity), &values);
        bench.conforms();
        bench.run().expect("runs")
    }

    pub fn close(outcome: &Outcome, expected: [f32; 4]) {
        for (got, expected) in outcome.tensor::<f32>(0).expect("levels").iter().zip(expected) {
            assert!((got - expected).abs() < 1e-5, "expected {expected}, got {got}");
        }
    }
}
