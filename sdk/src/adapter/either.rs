//! One stage out of two, chosen when it is planned: by what comes in, or by a parameter.

use crate::descriptor::Descriptor;
use crate::error::Result;
use crate::format::Format;
use crate::outputs::Outputs;
use crate::packet::Packet;
use crate::stage::{Flow, Setup, Stage};
use crate::value::Parameters;
use std::ops::Range;

/// Two stages with one description, for what depends on a parameter or on the input: a spectrogram of complex bins
/// or of powers, a result in one precision or another. [`Precision`](super::Precision) is the most usual choice.
pub trait Choose: Sized + 'static {
    /// What the stage says about itself.
    const DESCRIPTOR: Descriptor;
    /// The one.
    type First: Stage;
    /// The other.
    type Second: Stage;

    /// Is it the first?
    ///
    /// # Errors
    /// What neither can use.
    fn first(setup: &Setup) -> Result<bool>;
}

/// The stage that was chosen when it was planned.
pub enum Either<C: Choose> {
    /// The one.
    First(C::First),
    /// The other.
    Second(C::Second),
}

/// Calls the same method of whichever it is.
macro_rules! either {
    ($self:expr, $stage:ident => $call:expr) => {
        match $self {
            Either::First($stage) => $call,
            Either::Second($stage) => $call,
        }
    };
}

impl<C: Choose> Stage for Either<C> {
    const DESCRIPTOR: Descriptor = C::DESCRIPTOR;

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        if C::first(setup)? {
            return C::First::negotiate(setup).map(|(stage, formats)| (Either::First(stage), formats));
        }
        C::Second::negotiate(setup).map(|(stage, formats)| (Either::Second(stage), formats))
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
