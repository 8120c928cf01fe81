//! Stages without stream inputs: readers, generators.

use crate::descriptor::Descriptor;
use crate::error::Result;
use crate::format::Format;
use crate::outputs::Outputs;
use crate::packet::Packet;
use crate::stage::{Flow, Setup, Stage};
use std::ops::Range;

/// A stage that makes a stream: from a file of the host (a reader), from parameters (a tone), from nothing.
pub trait Generator: Sized + Send + 'static {
    /// What the stage says about itself.
    const DESCRIPTOR: Descriptor;

    /// Opens; gives the stage and the format of output 0, its length as exactly as can be told cheaply.
    fn new(setup: &Setup) -> Result<(Self, Format)>;

    /// Moves to entry `index`, exactly.
    fn seek(&mut self, index: i64) -> Result<()>;

    /// Emits up to `count` entries of output 0 from entry `start` on; gives how many, 0 at the end.
    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize>;
}

/// A [`Generator`] as a [`Stage`]: emits on a grid of blocks that starts at entry 0, wherever it is started.
pub struct Source<T> {
    inner: T,
    block: usize,
    position: i64,
    end: i64,
}

impl<T: Generator> Stage for Source<T> {
    const DESCRIPTOR: Descriptor = T::DESCRIPTOR;

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let (inner, format) = T::new(setup)?;
        Ok((Source { inner, block: setup.block, position: 0, end: i64::MAX }, vec![format]))
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        (self.position, self.end) = (span.start, span.end);
        self.inner.seek(span.start)
    }

    fn process(&mut self, _: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let room = self.block - (self.position.max(0) as u64 % self.block as u64) as usize;
        let count = room.min(usize::try_from(self.end - self.position).unwrap_or(usize::MAX));
        let made = if count == 0 { 0 } else { self.inner.generate(self.position, count, out)? };
        self.position += made as i64;
        Ok(if made == 0 || self.position >= self.end { Flow::Done } else { Flow::Again })
    }
}
