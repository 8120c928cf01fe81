//! Stages that make one frame from a window of samples.

use super::framing::{Framer, Framing};
use crate::descriptor::{Descriptor, Locality};
use crate::dtype::{DType, Element, Real};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Axis, Format, Tensor};
use crate::outputs::Outputs;
use crate::packet::Packet;
use crate::stage::{Flow, Setup, Stage};
use crate::value::Parameters;
use std::ops::Range;

/// A stage that computes each frame from the samples under it: spectra, mel bands, levels.
///
/// Input 0 is audio, output 0 the frames. Channels are analysed one by one; several give a channel axis. A frame depends
/// on the samples under it and on nothing else, so a parameter that is declared
/// [`live`](crate::descriptor::Parameter::live) needs nothing more: the stage is built anew with its new value.
///
/// With locality [`Global`](Locality::Global) frames may also depend on all of them, through a first pass that
/// [observes](PerFrame::observe) each; such a stage has no live parameters.
///
/// ```
/// use auricle_sdk::prelude::*;
///
/// /// Root mean square of each frame.
/// struct Rms(Framing);
///
/// impl PerFrame for Rms {
///     const DESCRIPTOR: Descriptor = Descriptor::new("org.example.rms", "Level of each frame")
///         .inputs(&[Port::audio("audio")])
///         .outputs(&[Port::tensor("rms")])
///         .parameters(&[Parameter::int("hop_length", 512).range(1.0, 65536.0).unit("samples")]);
///     type In = f32;
///     type Out = f32;
///
///     fn new(setup: &Setup) -> Result<Self> {
///         Ok(Rms(Framing::centred(2048, setup.parameters.count("hop_length")?, Pad::Zero)))
///     }
///     fn framing(&self) -> Framing {
///         self.0
///     }
///     fn output(&self, _: &Audio) -> Tensor {
///         Tensor::new::<f32>(vec![Axis::new(Role::Other, "rms", Some(1))], "amplitude")
///     }
///     fn frame(&mut self, samples: &[f32], out: &mut [f32]) {
///         out[0] = (samples.iter().map(|x| x * x).sum::<f32>() / samples.len() as f32).sqrt();
///     }
/// }
/// ```
pub trait PerFrame: Sized + Send + 'static {
    /// What the stage says about itself.
    const DESCRIPTOR: Descriptor;
    /// Type the samples are given in; other types that the port accepts are converted.
    type In: Real;
    /// Type of the frames' elements.
    type Out: Element;

    /// Builds the stage; refuses parameters and formats that it cannot use.
    ///
    /// # Errors
    /// Whatever can be refused is refused here.
    fn new(setup: &Setup) -> Result<Self>;

    /// How the signal is cut.
    fn framing(&self) -> Framing;

    /// One frame of one channel: its axes (without time and channel), quantity and unit.
    fn output(&self, input: &crate::format::Audio) -> Tensor;

    /// The tool's order of axes, of one channel. `(element, frame)` unless said otherwise.
    fn layout(&self) -> String {
        String::new()
    }

    /// Computes one frame: `samples.len()` is the framing's length, `out.len()` the elements of one frame.
    fn frame(&mut self, samples: &[Self::In], out: &mut [Self::Out]);

    /// Locality `Global`: do these parameters need the first pass?
    fn reduces(&self) -> bool {
        true
    }

    /// Locality `Global`: looks at one frame of one channel in the first pass, which a newly built stage makes.
    fn observe(&mut self, samples: &[Self::In]) {
        let _ = samples;
    }

    /// Locality `Global`: what the first pass found, to be kept by the host and given to [`adopt`](PerFrame::adopt).
    fn reduction(&self) -> Vec<u8> {
        Vec::new()
    }

    /// Locality `Global`: takes back what a first pass found.
    ///
    /// # Errors
    /// The bytes are no reduction of this stage.
    fn adopt(&mut self, state: &[u8]) -> Result<()> {
        let _ = state;
        Ok(())
    }
}

/// Most frames in one packet, and so many bytes that a packet stays where the CPU is quick, unless one frame has more.
const BLOCK: usize = 256;
const BYTES: usize = 1 << 18;

/// A [`PerFrame`] as a [`Stage`].
pub struct Framed<T: PerFrame> {
    inner: T,
    framer: Framer<T::In>,
    setup: Setup,
    channels: usize,
    total: Option<i64>,
    /// Has the first pass begun?
    observing: bool,
}

impl<T: PerFrame> Framed<T> {
    fn emit(&mut self, out: &mut Outputs<'_>) -> Result<()> {
        let mut ready = self.framer.ready();
        let frame_bytes = out.format(0)?.as_tensor()?.frame_len() * size_of::<T::Out>();
        let most = (BYTES / frame_bytes.max(1)).clamp(1, BLOCK);
        while ready > 0 {
            let count = ready.min(most);
            let mut block = out.tensor::<T::Out>(0, self.framer.next(), count)?;
            let frame_len = block.values().len() / count / self.channels;
            let mut places = block.values().chunks_exact_mut(frame_len.max(1));
            for frame in 0..count {
                for channel in 0..self.channels {
                    if let Some(place) = places.next() {
                        self.inner.frame(self.framer.frame(frame, channel), place);
                    }
                }
            }
            block.emit()?;
            self.framer.advance(count);
            ready -= count;
        }
        Ok(())
    }
}

impl<T: PerFrame> Stage for Framed<T> {
    const DESCRIPTOR: Descriptor = {
        let descriptor = T::DESCRIPTOR;
        assert!(descriptor.inputs.len() == 1 && descriptor.outputs.len() == 1, "Framed has one input and one output");
        assert!(!descriptor.inputs[0].many, "Framed has one input");
        let mut i = 0;
        while i < descriptor.parameters.len() {
            let global = matches!(descriptor.locality, Locality::Global);
            assert!(
                !(global && descriptor.parameters[i].live),
                "a Framed stage with a first pass has no live parameters"
            );
            i += 1;
        }
        match descriptor.locality {
            Locality::Pointwise => descriptor.locality(Locality::Window),
            _ => descriptor,
        }
    };

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let input = setup.input(0)?;
        let audio = input.as_audio()?;
        if matches!(audio.dtype, DType::I64 | DType::C64 | DType::C128) {
            return Err(Error::format(format!("expected audio of a real type, got {}", audio.dtype)));
        }
        let inner = T::new(setup)?;
        let framing = inner.framing();
        framing.check()?;
        input.length.map_or(Ok(()), |samples| framing.fits(samples))?;
        let length = input.length.map(|samples| framing.count(samples));
        let mut tensor = inner.output(audio);
        let mut layout = inner.layout();
        if layout.is_empty() {
            layout = tensor.axes.iter().map(|axis| axis.name.as_str()).chain(["frame"]).collect::<Vec<_>>().join(",");
        }
        if audio.channels > 1 {
            tensor.axes.insert(0, Axis::channels(audio.channels));
            layout = format!("channel,{layout}");
        }
        tensor.axes.insert(0, Axis::frames(length));
        let clock = input.clock.frames(framing.hop as i64, framing.origin());
        let format = Format::tensor(tensor, clock, length, &layout);
        let framer = Framer::new(framing, audio.channels);
        let (channels, total) = (audio.channels, input.length);
        Ok((Framed { inner, framer, setup: setup.clone(), channels, total, observing: false }, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        vec![self.inner.framing().need(span, self.total)]
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        self.framer.begin(span.start);
        self.observing = false;
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet {
            self.framer.push(packet)?;
            self.emit(out)?;
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        self.framer.end()?;
        self.emit(out)?;
        Ok(Flow::Done)
    }

    fn reduces(&self) -> bool {
        self.inner.reduces()
    }

    fn reduce(&mut self, packet: &Packet) -> Result<()> {
        if !self.observing {
            self.inner = T::new(&self.setup)?;
            self.observing = true;
        }
        self.framer.push(packet)?;
        if packet.end {
            self.framer.end()?;
        }
        let ready = self.framer.ready();
        for frame in 0..ready {
            for channel in 0..self.channels {
                self.inner.observe(self.framer.frame(frame, channel));
            }
        }
        self.framer.advance(ready);
        Ok(())
    }

    fn reduction(&self) -> Vec<u8> {
        self.inner.reduction()
    }

    fn adopt(&mut self, state: &[u8]) -> Result<()> {
        self.inner.adopt(state)
    }

    fn set_live(&mut self, parameters: &Parameters) -> Result<()> {
        let setup = self.setup.with(parameters);
        let inner = T::new(&setup)?;
        if inner.framing() != self.inner.framing() {
            return Err(Error::new(ErrorKind::Unsupported, "the framing cannot change while the stage runs"));
        }
        self.inner = inner;
        self.setup = setup;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::adapter::Pad;
    use crate::descriptor::{Parameter, Port};
    use crate::format::{Audio, Role};
    use crate::testing::{Bench, refused};

    /// First sample, last sample and sum of each frame.
    struct Ends {
        framing: Framing,
        scale: f64,
    }

    impl PerFrame for Ends {
        const DESCRIPTOR: Descriptor = Descriptor::new("test.ends", "The ends of each frame")
            .inputs(&[Port::audio("audio").dtypes(&[])])
            .outputs(&[Port::tensor("ends").dtypes(&[DType::F64])])
            .parameters(&[
                Parameter::int("hop_length", 2).range(1.0, 100.0).live(),
                Parameter::float("scale", 1.0).live(),
            ]);
        type In = f64;
        type Out = f64;

        fn new(setup: &Setup) -> Result<Self> {
            let hop = setup.parameters.count("hop_length")?;
            Ok(Ends { framing: Framing::centred(4, hop, Pad::Reflect), scale: setup.parameters.float("scale")? })
        }

        fn framing(&self) -> Framing {
            self.framing
        }

        fn output(&self, _: &Audio) -> Tensor {
            Tensor::new::<f64>(vec![Axis::new(Role::Other, "end", Some(3))], "amplitude")
        }

        fn frame(&mut self, samples: &[f64], out: &mut [f64]) {
            out.copy_from_slice(&[samples[0], samples[3], samples.iter().sum()]);
            out.iter_mut().for_each(|x| *x *= self.scale);
        }
    }

    #[test]
    fn channels_are_analysed_one_by_one() {
        let bench = Bench::<Framed<Ends>>::new().audio(8000, &[&[1i16, 2, 3, 4], &[10, 20, 30, 40]]);
        let outcome = bench.run().expect("runs");
        #[rustfmt::skip]
        let expected = [
            3.0, 2.0, 8.0, 30.0, 20.0, 80.0,           // 3 2 | 1 2 of 1 2 3 4, reflected
            1.0, 4.0, 10.0, 10.0, 40.0, 100.0,         // 1 2 3 4
            3.0, 2.0, 12.0, 30.0, 20.0, 120.0,         // 3 4 | 3 2
        ];
        assert_eq!(outcome.tensor::<f64>(0).expect("a tensor"), expected);
        let format = &outcome.formats[0];
        assert_eq!((format.layout.as_str(), format.length), ("channel,end,frame", Some(3)));
        let names: Vec<&str> = format.as_tensor().expect("a tensor").axes.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, ["frame", "channel", "end"]);
        assert_eq!((format.clock.seconds(0), format.clock.seconds(1), format.clock.rate()), (0.0, 0.00025, 4000.0));
        bench.conforms();
        let noise: Vec<f32> = (0..3000).map(|k| ((k * 7919) % 1000) as f32).collect();
        Bench::<Framed<Ends>>::new().audio(8000, &[noise.as_slice()]).conforms();
        Bench::<Framed<Ends>>::new().audio(8000, &[&[1.0f64]]).conforms();
    }

    #[test]
    fn what_cannot_be_framed_is_refused_before_the_first_packet() {
        let still = Framing::centred(4, 0, Pad::Reflect).check();
        assert_eq!(refused(still, ErrorKind::Internal).message, "frames of 4 samples, 0 apart");
        let complex = Bench::<Framed<Ends>>::new().audio(8000, &[&[crate::Complex::new(1.0f32, 0.0)]]);
        refused(complex.run(), ErrorKind::Format);
    }

    /// Mean of four samples; needs them all.
    struct Mean;

    impl PerFrame for Mean {
        const DESCRIPTOR: Descriptor = Descriptor::new("test.mean", "Mean of four samples")
            .inputs(&[Port::audio("audio")])
            .outputs(&[Port::tensor("mean")])
            .parameters(&[Parameter::int("length", 4)]);
        type In = f32;
        type Out = f32;

        fn new(_: &Setup) -> Result<Self> {
            Ok(Mean)
        }

        fn framing(&self) -> Framing {
            Framing::plain(4, 2).at_least(4, "length")
        }

        fn output(&self, _: &Audio) -> Tensor {
            Tensor::new::<f32>(vec![Axis::new(Role::Other, "mean", Some(1))], "amplitude")
        }

        fn frame(&mut self, samples: &[f32], out: &mut [f32]) {
            out[0] = samples.iter().sum::<f32>() / 4.0;
        }
    }

    #[test]
    fn a_signal_that_is_too_short_is_refused_whether_or_not_its_length_is_known() {
        let short = Bench::<Framed<Mean>>::new().audio(8000, &[&[1.0f32, 2.0, 3.0]]);
        let error = refused(short.run(), ErrorKind::Parameter);
        assert_eq!(error.parameter, "length");
        assert_eq!(error.message, "expected a signal of at least 4 samples, got one of 3");
        let mut framer = Framer::<f32>::new(Mean.framing(), 1);
        assert_eq!(framer.end().expect_err("too short").parameter, "length");
        Bench::<Framed<Mean>>::new().audio(8000, &[&[1.0f32; 4]]).conforms();
    }

    #[test]
    fn a_live_parameter_may_change_values_but_not_the_framing() {
        let bench = Bench::<Framed<Ends>>::new().audio(8000, &[&[1.0f32, 2.0]]);
        let louder = bench.live("scale", 2.0).run().expect("runs").tensor::<f64>(0).expect("a tensor");
        assert_eq!(louder[..3], [2.0, 4.0, 12.0]);
        let bench = Bench::<Framed<Ends>>::new().audio(8000, &[&[1.0f32, 2.0]]).live("hop_length", 1);
        refused(bench.run(), ErrorKind::Unsupported);
    }
}
