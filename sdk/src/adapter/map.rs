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
///
/// ```
/// use auricle_sdk::prelude::*;
/// use auricle_sdk::testing::Bench;
///
/// /// Rounds to the steps of a converter of so many bits.
/// struct Quantise(f32);
///
/// impl PerSample for Quantise {
///     const DESCRIPTOR: Descriptor = Descriptor::new("org.example.quantise", "Rounds to a number of bits")
///         .inputs(&[Port::audio("audio")])
///         .outputs(&[Port::audio("audio")])
///         .parameters(&[Parameter::int("bits", 8).range(1.0, 24.0).unit("bits").live()]);
///     type In = f32;
///     type Out = f32;
///
///     fn new(setup: &Setup) -> Result<Self> {
///         Ok(Quantise((1u32 << (setup.parameters.count("bits")? - 1)) as f32))
///     }
///
///     fn map(&mut self, input: &[f32], output: &mut [f32]) {
///         output.iter_mut().zip(input).for_each(|(y, x)| *y = (x * self.0).round() / self.0);
///     }
/// }
///
/// let bench = Bench::<Map<Quantise>>::new().parameter("bits", 3).audio(8000, &[&[0.1f32, 0.2, -0.9]]);
/// assert_eq!(bench.run()?.audio::<f32>(0)?, [[0.0, 0.25, -1.0]]);
/// # Ok::<(), Error>(())
/// ```
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
        let setup = self.setup.with(parameters);
        self.inner = T::new(&setup)?;
        self.setup = setup;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::descriptor::{Parameter, Port};
    use crate::dtype::DType;
    use crate::format::{Axis, Clock, Role, Tensor};
    use crate::testing::{Bench, refused};

    struct Scale(f32, f32);

    impl PerSample for Scale {
        const DESCRIPTOR: Descriptor = Descriptor::new("test.scale", "Multiplies and rounds")
            .inputs(&[Port::array("in").dtypes(&[DType::F32])])
            .outputs(&[Port::array("out").dtypes(&[DType::I32])])
            .parameters(&[Parameter::float("factor", 2.0).live(), Parameter::float("offset", 0.0).live()]);
        type In = f32;
        type Out = i32;

        fn new(setup: &Setup) -> Result<Self> {
            Ok(Scale(setup.parameters.float("factor")? as f32, setup.parameters.float("offset")? as f32))
        }

        fn map(&mut self, input: &[f32], output: &mut [i32]) {
            output.iter_mut().zip(input).for_each(|(y, x)| *y = (x * self.0 + self.1).round() as i32);
        }
    }

    #[test]
    fn audio_and_tensors_keep_their_shape() {
        let audio = Bench::<Map<Scale>>::new().audio(8000, &[&[1.0f32, 2.0, 3.0], &[-1.0, 0.2, 0.3]]);
        assert_eq!(audio.run().expect("runs").audio::<i32>(0).expect("audio"), [[2, 4, 6], [-2, 0, 1]]);
        audio.conforms();
        let tensor = Tensor::new::<f32>(vec![Axis::frames(Some(2)), Axis::bins(3, 1.0)], "power");
        let format = Format::tensor(tensor, Clock::samples(10), Some(2), "bin,frame");
        let tensor = Bench::<Map<Scale>>::new().tensor(format, &[1.0f32, 2.0, 3.0, 4.0, 5.0, 6.0]);
        let outcome = tensor.run().expect("runs");
        assert_eq!(outcome.tensor::<i32>(0).expect("a tensor"), [2, 4, 6, 8, 10, 12]);
        assert_eq!(outcome.formats[0].layout, "bin,frame");
        tensor.conforms();
        let whole = Tensor::new::<f32>(vec![Axis::new(Role::Other, "value", Some(2))], "power");
        let single =
            Bench::<Map<Scale>>::new().tensor(Format::tensor(whole, Clock::NONE, Some(1), "value"), &[1.0f32, 2.0]);
        single.conforms();
        Bench::<Map<Scale>>::new().audio::<f32>(8000, &[&[]]).conforms();
    }

    #[test]
    fn a_live_parameter_takes_effect_while_it_runs() {
        let bench = Bench::<Map<Scale>>::new().audio(8000, &[&[1.0f32, 2.0]]).live("factor", 10.0);
        assert_eq!(bench.run().expect("runs").audio::<i32>(0).expect("audio"), [[10, 20]]);
    }

    #[test]
    fn live_parameters_that_are_not_named_stay() {
        let bench = Bench::<Map<Scale>>::new().audio(8000, &[&[1.0f32, 2.0]]).live("factor", 10.0).live("offset", 3.0);
        assert_eq!(bench.run().expect("runs").audio::<i32>(0).expect("audio"), [[13, 23]]);
    }

    #[test]
    fn other_inputs_are_refused_before_the_first_packet() {
        let wide = Bench::<Map<Scale>>::new().audio(8000, &[&[1.0f64]]);
        assert_eq!(refused(wide.run(), ErrorKind::Format).message, "expected float32, got float64");
        let rows = Bench::<Map<Scale>>::new().records(crate::format::Records::metrics(), []);
        assert_eq!(refused(rows.run(), ErrorKind::Format).message, "expected audio or a tensor, got records");
        refused(Bench::<Map<Scale>>::new().run(), ErrorKind::Format);
    }
}
