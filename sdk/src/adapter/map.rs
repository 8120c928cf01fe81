//! Stages that change each value on its own.

use crate::descriptor::Descriptor;
use crate::dtype::Element;
use crate::error::{Error, Result};
use crate::format::{Data, Format};
use crate::outputs::Outputs;
use crate::packet::Packet;
use crate::stage::{Flow, Setup, Stage};
use crate::value::Parameters;
use std::ops::Range;

/// A stage whose output value depends on the input value at the same place, and on nothing else.
///
/// Input 0 and output 0 are audio or tensors of the same shape. As there is nothing to remember, a parameter that is
/// declared [`live`](crate::descriptor::Parameter::live) needs nothing more: the stage is built anew with its new value.
pub trait PerSample: Sized + Send + 'static {
    /// What the stage says about itself.
    const DESCRIPTOR: Descriptor;
    /// Type of the input's values.
    type In: Element;
    /// Type of the output's values.
    type Out: Element;

    /// Builds the stage; refuses parameters and formats that it cannot use.
    ///
    /// # Errors
    /// Whatever can be refused is refused here.
    fn new(setup: &Setup) -> Result<Self>;

    /// What becomes of the format; shape and clock stay. By default only the element type changes.
    fn output(&self, input: &Format) -> Format {
        let mut format = input.clone();
        match &mut format.data {
            Data::Audio(audio) => audio.dtype = Self::Out::DTYPE,
            Data::Tensor(tensor) => tensor.dtype = Self::Out::DTYPE,
            _ => {}
        }
        format
    }

    /// Computes `output[i]` from `input[i]`; both are equally long.
    fn map(&mut self, input: &[Self::In], output: &mut [Self::Out]);
}

/// A [`PerSample`] as a [`Stage`].
pub struct Map<T> {
    inner: T,
    setup: Setup,
}

impl<T: PerSample> Stage for Map<T> {
    const DESCRIPTOR: Descriptor = {
        let descriptor = T::DESCRIPTOR;
        assert!(descriptor.inputs.len() == 1 && descriptor.outputs.len() == 1, "Map has one input and one output");
        assert!(!descriptor.inputs[0].many, "Map has one input");
        descriptor
    };

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let input = setup.input(0)?;
        if !matches!(input.data, Data::Audio(_) | Data::Tensor(_)) {
            return Err(Error::format(format!("expected audio or a tensor, got {}", input.kind().name())));
        }
        if let Some(dtype) = input.dtype().filter(|dtype| *dtype != T::In::DTYPE) {
            return Err(Error::format(format!("expected {}, got {dtype}", T::In::DTYPE)));
        }
        let inner = T::new(setup)?;
        let format = inner.output(input);
        let shape = |format: &Format| match &format.data {
            Data::Audio(audio) => Some(audio.channels),
            Data::Tensor(tensor) => Some(tensor.frame_len()),
            _ => None,
        };
        if shape(&format) != shape(input) || format.kind() != input.kind() || format.dtype() != Some(T::Out::DTYPE) {
            return Err(Error::internal(format!("output 0 must have the input's shape, of {}", T::Out::DTYPE)));
        }
        Ok((Map { inner, setup: setup.clone() }, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        vec![span]
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        match packet.format().data {
            Data::Tensor(_) => {
                let input = packet.tensor::<T::In>()?;
                let mut block = out.tensor::<T::Out>(0, packet.start, packet.count)?;
                self.inner.map(input.values, block.values());
                block.emit()?;
            }
            _ => {
                let channels = packet.format().as_audio()?.channels;
                let mut block = out.audio::<T::Out>(0, packet.start, packet.count)?;
                for channel in 0..channels {
                    self.inner.map(packet.channel::<T::In>(channel)?, block.channel(channel));
                }
                block.emit()?;
            }
        }
        Ok(Flow::Continue)
    }

    fn set_live(&mut self, parameters: &Parameters) -> Result<()> {
        self.inner = T::new(&self.setup.with(parameters))?;
        Ok(())
    }
}
