//! What `db.power` and `db.amplitude` have in common: everything but the quantity.

use std::ops::Range;

use auricle_analysis::refused;
use auricle_dsp::Float;
use auricle_dsp::db::{Config, Db, Reference};
use auricle_sdk::format::Data;
use auricle_sdk::{Real, prelude::*};

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

/// Decibels of a tensor: a pass for the largest value, then one value after the other.
pub struct Decibels {
    db: Db,
    loudest: f64,
}

impl Decibels {
    /// Reads `ref amin top_db` over the tool's defaults; `wanted` is the quantity that the tool expects.
    pub fn new<T: Element>(setup: &Setup, defaults: Config, wanted: &str) -> Result<(Self, Vec<Format>)> {
        let parameters = &setup.parameters;
        let reference = match parameters.get("ref")? {
            Value::Str(_) => Reference::Loudest,
            _ => Reference::Value(parameters.float("ref")?),
        };
        let config = Config {
            reference,
            amin: parameters.float("amin")?,
            top_db: parameters.optional_float("top_db")?,
            ..defaults
        };
        let db = Db::new(&config).map_err(refused)?;
        let mut format = setup.input(0)?.clone();
        let tensor = format.as_tensor()?;
        let quantity = tensor.quantity.clone();
        if !quantity.is_empty() && quantity != wanted {
            let message = format!(
                "the input is {quantity}, and is taken for {wanted}: every level will be {}",
                match (wanted, quantity.as_str()) {
                    ("amplitude", "power") => "doubled (db.power is for power)",
                    ("power", "amplitude") => "halved (db.amplitude is for amplitudes)",
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
            tensor.reference = match reference {
                Reference::Value(value) => Some(value.abs()),
                Reference::Loudest => None,
            };
        }
        Ok((Decibels { db, loudest: 0.0 }, vec![format]))
    }

    /// A level depends on the value at its place and on what the first pass found.
    pub fn need(&self, span: Range<i64>) -> Vec<Range<i64>> {
        vec![span]
    }

    /// A packet of the first pass.
    pub fn reduce<T: Real + Float>(&mut self, packet: &Packet) -> Result<()> {
        self.loudest = self.db.loudest(self.loudest, packet.tensor::<T>()?.values);
        Ok(())
    }

    /// What the first pass found.
    pub fn reduction(&self) -> Vec<u8> {
        self.loudest.to_le_bytes().to_vec()
    }

    /// Takes it back.
    pub fn adopt(&mut self, state: &[u8]) -> Result<()> {
        let bytes = state.try_into().map_err(|_| Error::internal("the reduction is not eight bytes"))?;
        self.loudest = f64::from_le_bytes(bytes);
        Ok(())
    }

    /// A packet of the second pass.
    pub fn process<T: Real + Float>(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet {
            let input = packet.tensor::<T>()?;
            let mut block = out.tensor::<T>(0, packet.start, packet.count)?;
            self.db.process(input.values, self.loudest, block.values());
            block.emit()?;
        }
        Ok(Flow::Continue)
    }
}
