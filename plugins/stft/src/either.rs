//! One stage out of two, chosen when it is planned: by what comes in, or by a parameter.

use std::ops::Range;

use auricle_sdk::prelude::*;

/// Two stages with one description.
pub trait Choose: Sized + Send + 'static {
    /// What the stage says about itself.
    const DESCRIPTOR: Descriptor;
    /// The one.
    type First: Stage;
    /// The other.
    type Second: Stage;

    /// Is it the first?
    fn first(setup: &Setup) -> Result<bool>;
}

/// The stage that was chosen.
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
}
