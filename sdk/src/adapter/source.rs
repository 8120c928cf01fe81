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
///
/// ```
/// use auricle_sdk::prelude::*;
/// use auricle_sdk::testing::Bench;
///
/// /// Reads bare 16-bit samples, little-endian, one channel.
/// struct Pcm {
///     file: ByteSource,
///     samples: i64,
/// }
///
/// impl Generator for Pcm {
///     const DESCRIPTOR: Descriptor = Descriptor::new("org.example.pcm", "Reads bare 16-bit samples")
///         .inputs(&[Port::source("file")])
///         .outputs(&[Port::audio("audio").dtypes(&[DType::I16])])
///         .parameters(&[Parameter::int("sample_rate", 16_000).range(1.0, 384_000.0).unit("Hz")]);
///
///     fn new(setup: &Setup) -> Result<(Self, Format)> {
///         let file = setup.input(0)?.as_source()?.clone();
///         let bytes = file.len().ok_or_else(|| Error::data("expected a file of known length"))?;
///         let (rate, samples) = (setup.parameters.count("sample_rate")? as u32, bytes as i64 / 2);
///         Ok((Pcm { file, samples }, Format::audio::<i16>(1, rate, Some(samples))))
///     }
///
///     fn seek(&mut self, _: i64) -> Result<()> {
///         Ok(()) // every read says where
///     }
///
///     fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
///         let count = usize::try_from(self.samples - start).unwrap_or(0).min(count);
///         let mut bytes = vec![0; 2 * count];
///         let count = self.file.read_at(2 * start as u64, &mut bytes)? / 2;
///         let mut block = out.audio::<i16>(0, start, count)?;
///         for (y, x) in block.channel(0).iter_mut().zip(bytes.chunks_exact(2)) {
///             *y = i16::from_le_bytes([x[0], x[1]]);
///         }
///         block.emit()?;
///         Ok(count)
///     }
/// }
///
/// let bench = Bench::<Source<Pcm>>::new().source("three samples and a half", vec![1, 0, 0, 1, 255, 255, 7]);
/// assert_eq!(bench.run()?.audio::<i16>(0)?, [[1, 256, -1]]);
/// bench.conforms();
/// # Ok::<(), Error>(())
/// ```
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
        let setup = self.setup.with(parameters);
        let (mut inner, _) = T::new(&setup)?;
        inner.seek(self.position)?;
        self.inner = inner;
        self.setup = setup;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::descriptor::{Parameter, Port, Types};
    use crate::error::Error;
    use crate::testing::{Bench, refused};

    /// Sample `k` is `k * step`; with a file, as many samples as it has bytes.
    struct Ramp {
        step: f32,
        samples: i64,
    }

    impl Generator for Ramp {
        const DESCRIPTOR: Descriptor = Descriptor::new("test.ramp", "Counts up")
            .inputs(&[Port::source("file").optional()])
            .outputs(&[Port::audio("audio")])
            .parameters(&[Parameter::float("step", 1.0).live(), Parameter::absent("samples", Types::INT)]);

        fn new(setup: &Setup) -> Result<(Self, Format)> {
            let samples = match setup.inputs.first() {
                Some(input) => input.format.as_source()?.len().unwrap_or(0) as i64,
                None => setup.parameters.optional_count("samples")?.unwrap_or(100) as i64,
            };
            let step = setup.parameters.float("step")? as f32;
            Ok((Ramp { step, samples }, Format::audio::<f32>(1, 8000, Some(samples))))
        }

        fn seek(&mut self, _: i64) -> Result<()> {
            Ok(())
        }

        fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
            let count = count.min(usize::try_from(self.samples - start).unwrap_or(0));
            let mut block = out.audio::<f32>(0, start, count)?;
            for (k, y) in block.channel(0).iter_mut().enumerate() {
                *y = (start + k as i64) as f32 * self.step;
            }
            block.emit()?;
            Ok(count)
        }
    }

    #[test]
    fn blocks_lie_on_a_grid_wherever_it_starts() {
        for samples in [0, 1, 99, 100, 4096] {
            let bench = Bench::<Source<Ramp>>::new().parameter("samples", samples);
            let expected: Vec<f32> = (0..samples).map(|k| k as f32).collect();
            assert_eq!(bench.run_in_blocks(64).expect("runs").audio::<f32>(0).expect("audio"), [expected]);
            bench.conforms();
        }
        let bench = Bench::<Source<Ramp>>::new().parameter("samples", 10_000);
        let starts: Vec<i64> =
            bench.region(0, 5000..9000).expect("runs").packets[0].iter().map(|packet| packet.start).collect();
        assert_eq!(starts, [5000, 8192], "blocks of 4096 from 0 on");
        assert!(bench.region(0, 20_000..20_001).expect("runs").packets[0].is_empty(), "behind the end is nothing");
    }

    #[test]
    fn a_file_is_read_through_the_host() {
        let bench = Bench::<Source<Ramp>>::new().source("three bytes", vec![1, 2, 3]).live("step", 2.0);
        assert_eq!(bench.run().expect("runs").audio::<f32>(0).expect("audio"), [[0.0, 2.0, 4.0]]);
        let wrong = Bench::<Source<Ramp>>::new().audio(8000, &[&[0.0f32]]);
        assert_eq!(refused(wrong.run(), ErrorKind::Format), Error::format("expected source, got audio"));
    }
}
