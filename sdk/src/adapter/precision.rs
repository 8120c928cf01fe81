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

/// Two builds of one stage: `D` for inputs of which the first is `float64`, `complex128` or an integer that `float32`
/// cannot hold, `S` for all others.
///
/// Tools that answer float64 with float64 are written once, generic over the number, and exported as
/// `Precision<Framed<MyStage<f32>>, Framed<MyStage<f64>>>`. Both builds have the same descriptor.
///
/// ```
/// use auricle_sdk::prelude::*;
/// use auricle_sdk::testing::Bench;
/// use auricle_sdk::Real;
///
/// /// Squares, in the precision of what comes.
/// struct Square<T>(std::marker::PhantomData<T>);
///
/// impl<T: Real + std::ops::Mul<Output = T>> PerSample for Square<T> {
///     const DESCRIPTOR: Descriptor = Descriptor::new("org.example.square", "Squares")
///         .inputs(&[Port::audio("audio").dtypes(&[DType::F32, DType::F64])])
///         .outputs(&[Port::audio("audio").dtypes(&[DType::F32, DType::F64])]);
///     type In = T;
///     type Out = T;
///
///     fn new(_: &Setup) -> Result<Self> {
///         Ok(Square(std::marker::PhantomData))
///     }
///
///     fn map(&mut self, input: &[T], output: &mut [T]) {
///         output.iter_mut().zip(input).for_each(|(y, &x)| *y = x * x);
///     }
/// }
///
/// type Squares = Precision<Map<Square<f32>>, Map<Square<f64>>>; // what is exported
///
/// let single = Bench::<Squares>::new().audio(8000, &[&[0.1f32]]);
/// let double = Bench::<Squares>::new().audio(8000, &[&[0.1f64]]);
/// assert_eq!(single.run()?.audio::<f32>(0)?, [[0.1f32 * 0.1]]);
/// assert_eq!(double.run()?.audio::<f64>(0)?, [[0.1f64 * 0.1]]);
/// # Ok::<(), Error>(())
/// ```
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
        if let Some(DType::I32 | DType::I64 | DType::F64 | DType::C128) = setup.input(0)?.dtype() {
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
