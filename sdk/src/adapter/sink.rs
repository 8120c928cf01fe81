//! Stages that write.

use crate::descriptor::Descriptor;
use crate::error::Result;
use crate::format::Format;
use crate::outputs::Outputs;
use crate::packet::Packet;
use crate::stage::{Flow, Setup, Stage};
use std::ops::Range;

/// A stage without outputs: it writes what flows into it.
///
/// Files come from [`Host::output`](crate::Host::output); the host makes them appear, whole, after `finish`.
pub trait Writer: Sized + Send + 'static {
    /// What the stage says about itself.
    const DESCRIPTOR: Descriptor;

    /// Builds the stage; refuses parameters and formats that it cannot write. No file is made yet.
    fn new(setup: &Setup) -> Result<Self>;

    /// A run starts: open the output here.
    fn begin(&mut self) -> Result<()>;

    /// Takes one packet, in order.
    fn write(&mut self, packet: &Packet) -> Result<()>;

    /// All input has come: finish the file.
    fn finish(&mut self) -> Result<()>;
}

/// A [`Writer`] as a [`Stage`].
pub struct Sink<T>(T);

impl<T: Writer> Stage for Sink<T> {
    const DESCRIPTOR: Descriptor = T::DESCRIPTOR;

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        Ok((Sink(T::new(setup)?), Vec::new()))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.0.begin()
    }

    fn process(&mut self, packet: Option<&Packet>, _: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet.filter(|packet| packet.count > 0) {
            self.0.write(packet)?;
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, _: &mut Outputs<'_>) -> Result<Flow> {
        self.0.finish()?;
        Ok(Flow::Done)
    }
}
