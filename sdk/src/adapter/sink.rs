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
    ///
    /// # Errors
    /// Whatever can be refused is refused here.
    fn new(setup: &Setup) -> Result<Self>;

    /// A run starts: open the output here.
    ///
    /// # Errors
    /// The host cannot make the file.
    fn begin(&mut self) -> Result<()>;

    /// Takes one packet that is not empty; those of one input come in order.
    ///
    /// # Errors
    /// The file cannot be written, or cannot hold what came.
    fn write(&mut self, packet: &Packet) -> Result<()>;

    /// All input has come: finish the file.
    ///
    /// # Errors
    /// The file cannot be written.
    fn finish(&mut self) -> Result<()>;
}

/// A [`Writer`] as a [`Stage`].
pub struct Sink<T>(T);

impl<T: Writer> Stage for Sink<T> {
    const DESCRIPTOR: Descriptor = {
        assert!(T::DESCRIPTOR.outputs.is_empty(), "Sink has no output");
        T::DESCRIPTOR
    };

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
