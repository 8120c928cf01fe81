//! Stages without stream inputs: readers, generators.

use crate::descriptor::Descriptor;
use crate::error::Result;
use crate::format::{Format, Kind};
use crate::outputs::Outputs;
use crate::packet::Packet;
use crate::stage::{Flow, Setup, Stage};
use crate::value::Parameters;
use std::ops::Range;

/// A stage that makes a stream: from a file of the host (a reader), from parameters (a tone), from nothing.
///
/// What it gives at an entry depends on that entry's index alone, so a parameter that is declared
/// [`live`](crate::descriptor::Parameter::live) needs nothing more: the stage is built anew with its new value.
pub trait Generator: Sized + Send + 'static {
    /// What the stage says about itself.
    const DESCRIPTOR: Descriptor;

    /// Opens; gives the stage and the format of output 0, with its length where it can be told cheaply. A file that then
    /// ends earlier deserves a finding.
    ///
    /// # Errors
    /// A file that cannot be read, parameters that cannot be used.
    fn new(setup: &Setup) -> Result<(Self, Format)>;

    /// Moves to entry `index`, exactly; it may lie at or behind the end.
    ///
    /// # Errors
    /// The file cannot be read there.
    fn seek(&mut self, index: i64) -> Result<()>;

    /// Emits up to `count` entries of output 0 from entry `start` on; gives how many, 0 at the end.
    ///
    /// # Errors
    /// What cannot be read or computed, and whatever emitting returned.
    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize>;
}

/// A [`Generator`] as a [`Stage`]: emits on a grid of blocks that starts at entry 0, wherever it is started.
pub struct Source<T> {
    inner: T,
    setup: Setup,
    position: i64,
    end: i64,
}

impl<T: Generator> Stage for Source<T> {
    const DESCRIPTOR: Descriptor = {
        let descriptor = T::DESCRIPTOR;
        assert!(descriptor.outputs.len() == 1, "Source has one output");
        let mut input = 0;
        while input < descriptor.inputs.len() {
            let only_bytes = matches!(descriptor.inputs[input].kinds, [Kind::Source]);
            assert!(only_bytes, "Source takes byte streams of the host and nothing else");
            input += 1;
        }
        descriptor
    };

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let (inner, format) = T::new(setup)?;
        Ok((Source { inner, setup: setup.clone(), position: 0, end: i64::MAX }, vec![format]))
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        (self.position, self.end) = (span.start.max(0), span.end);
        self.inner.seek(self.position)
    }

    fn process(&mut self, _: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let block = self.setup.block.max(1);
        let room = block - (self.position as u64 % block as u64) as usize;
        let rest = (self.end - self.position).max(0);
        let count = room.min(usize::try_from(rest).unwrap_or(usize::MAX));
        let made = if count == 0 { 0 } else { self.inner.generate(self.position, count, out)? };
        self.position += made as i64;
        Ok(if made == 0 || self.position >= self.end { Flow::Done } else { Flow::Again })
    }

    fn set_live(&mut self, parameters: &Parameters) -> Result<()> {
        let (mut inner, _) = T::new(&self.setup.with(parameters))?;
        inner.seek(self.position)?;
        self.inner = inner;
        Ok(())
    }
}
