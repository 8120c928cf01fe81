//! Stages that compute in the precision of their input.

use crate::descriptor::Descriptor;
use crate::dtype::DType;
use crate::error::Result;
use crate::format::Format;
use crate::outputs::Outputs;
use crate::packet::Packet;
use crate::stage::{Flow, Setup, Stage};
use crate::value::Parameters;
use std::ops::Range;

/// Two builds of one stage: `D` for inputs of which the first is `float64` or `complex128`, `S` for all others.
///
/// Tools that answer float64 with float64 are written once, generic over the number, and exported as
/// `Precision<Framed<MyStage<f32>>, Framed<MyStage<f64>>>`. Both builds have the same descriptor.
pub enum Precision<S, D> {
    /// In single precision.
    Single(S),
    /// In double precision.
    Double(D),
}

/// Calls the same method of whichever build it is.
macro_rules! either {
    ($self:expr, $stage:ident => $call:expr) => {
        match $self {
            Precision::Single($stage) => $call,
            Precision::Double($stage) => $call,
        }
    };
}

impl<S: Stage, D: Stage> Stage for Precision<S, D> {
    const DESCRIPTOR: Descriptor = S::DESCRIPTOR;

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        if let Some(DType::F64 | DType::C128) = setup.input(0)?.dtype() {
            let (stage, formats) = D::negotiate(setup)?;
            return Ok((Precision::Double(stage), formats));
        }
        let (stage, formats) = S::negotiate(setup)?;
        Ok((Precision::Single(stage), formats))
    }

    fn need(&self, output: usize, span: Range<i64>) -> Vec<Range<i64>> {
        either!(self, stage => stage.need(output, span))
    }

    fn begin(&mut self, output: usize, span: Range<i64>) -> Result<()> {
        either!(self, stage => stage.begin(output, span))
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        either!(self, stage => stage.process(packet, out))
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        either!(self, stage => stage.finish(out))
    }

    fn wants(&self) -> Option<usize> {
        either!(self, stage => stage.wants())
    }

    fn reduces(&self) -> bool {
        either!(self, stage => stage.reduces())
    }

    fn reduce(&mut self, packet: &Packet) -> Result<()> {
        either!(self, stage => stage.reduce(packet))
    }

    fn reduction(&self) -> Vec<u8> {
        either!(self, stage => stage.reduction())
    }

    fn adopt(&mut self, state: &[u8]) -> Result<()> {
        either!(self, stage => stage.adopt(state))
    }

    fn set_live(&mut self, parameters: &Parameters) -> Result<()> {
        either!(self, stage => stage.set_live(parameters))
    }
}
