//! Stages that measure streams against each other.

use crate::descriptor::{Descriptor, Locality};
use crate::dtype::{DType, Element};
use crate::error::{Error, Result};
use crate::format::{Data, Format};
use crate::outputs::Outputs;
use crate::packet::Packet;
use crate::stage::{Flow, Setup, Stage};
use num_complex::Complex;
use std::ops::Range;

/// A stage that looks at several inputs entry by entry: the reference is input 0.
///
/// ```
/// use auricle_sdk::adapter::Values;
/// use auricle_sdk::prelude::*;
/// use auricle_sdk::testing::Bench;
/// use std::ops::Range;
///
/// /// The largest difference of two signals.
/// struct Largest(f64);
///
/// impl Comparison for Largest {
///     const DESCRIPTOR: Descriptor = Descriptor::new("org.example.largest", "Largest difference of two signals")
///         .inputs(&[Port::audio("reference"), Port::audio("candidate")])
///         .outputs(&[Port::records("metrics")]);
///
///     fn new(setup: &Setup) -> Result<(Self, Vec<Format>)> {
///         if setup.input(0)?.as_audio()?.channels != setup.input(1)?.as_audio()?.channels {
///             return Err(Error::format("expected as many channels as the reference has"));
///         }
///         Ok((Largest(0.0), vec![Format::records(Records::metrics())]))
///     }
///
///     fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
///         self.0 = 0.0;
///         Ok(())
///     }
///
///     fn compare(&mut self, _: i64, _: usize, inputs: &[Values], _: &mut Outputs<'_>) -> Result<()> {
///         if let [Values::Real(a), Values::Real(b)] = inputs {
///             self.0 = a.iter().zip(b).fold(self.0, |largest, (a, b)| largest.max((a - b).abs()));
///         }
///         Ok(())
///     }
///
///     fn finish(&mut self, _: &[i64], out: &mut Outputs<'_>) -> Result<()> {
///         let mut rows = Rows::new(&Records::metrics());
///         rows.push(vec!["largest".into(), self.0.into(), "".into(), "".into()])?;
///         out.rows(0, 0, &rows)
///     }
/// }
///
/// let bench = Bench::<Compare<Largest>>::new().audio(8000, &[&[0.0f32, 1.0]]).audio(8000, &[&[0.5f32, 0.75]]);
/// assert_eq!(bench.run()?.metric("largest"), Some(0.5));
/// # Ok::<(), Error>(())
/// ```
pub trait Comparison: Sized + Send + 'static {
    /// What the stage says about itself.
    const DESCRIPTOR: Descriptor;

    /// Builds the stage and says what each output holds.
    ///
    /// # Errors
    /// Inputs that cannot be compared, parameters that cannot be used.
    fn new(setup: &Setup) -> Result<(Self, Vec<Format>)>;

    /// Which entries of every input the `span` of output `output` depends on; `None`, the default, is all of them.
    fn need(&self, output: usize, span: Range<i64>) -> Option<Range<i64>> {
        let _ = (output, span);
        None
    }

    /// Starts anew, as [`Stage::begin`].
    ///
    /// # Errors
    /// The stage cannot start.
    fn begin(&mut self, output: usize, span: Range<i64>) -> Result<()>;

    /// Takes entries `[start, start + count)` of every input, which all inputs have.
    ///
    /// Blocks lie on a fixed grid from entry 0 on, so that sums come out the same however the inputs were cut.
    ///
    /// # Errors
    /// Whatever emitting returned.
    fn compare(&mut self, start: i64, count: usize, inputs: &[Values], out: &mut Outputs<'_>) -> Result<()>;

    /// All inputs have ended, `lengths[i]` entries each; what lies behind the shortest was not compared.
    ///
    /// # Errors
    /// Whatever emitting returned.
    fn finish(&mut self, lengths: &[i64], out: &mut Outputs<'_>) -> Result<()>;
}

/// Values of one input in one block, entry after entry. Audio is interleaved: `(sample, channel)`.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// Integers and floats.
    Real(Vec<f64>),
    /// Complex numbers.
    Complex(Vec<Complex<f64>>),
}

impl Values {
    /// None yet, of the kind that `format` holds.
    pub fn of(format: &Format) -> Values {
        match format.dtype() {
            Some(DType::C64 | DType::C128) => Values::Complex(Vec::new()),
            _ => Values::Real(Vec::new()),
        }
    }

    /// How many numbers these are.
    pub fn len(&self) -> usize {
        match self {
            Values::Real(values) => values.len(),
            Values::Complex(values) => values.len(),
        }
    }

    /// Are there none?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes in a packet, every number as float64.
    ///
    /// # Errors
    /// The packet holds real numbers and this complex ones, or the other way round.
    pub fn append(&mut self, packet: &Packet) -> Result<()> {
        append(self, packet)
    }

    fn take(&mut self, n: usize) -> Values {
        match self {
            Values::Real(values) => Values::Real(values.drain(..n).collect()),
            Values::Complex(values) => Values::Complex(values.drain(..n).collect()),
        }
    }

    fn clear(&mut self) {
        match self {
            Values::Real(values) => values.clear(),
            Values::Complex(values) => values.clear(),
        }
    }
}

/// Entries in one block of a comparison.
const GRID: usize = 1024;

/// A [`Comparison`] as a [`Stage`]: brings the inputs to the same entries.
pub struct Compare<T> {
    inner: T,
    queues: Vec<Queue>,
    start: i64,
}

struct Queue {
    values: Values,
    /// Values of one entry.
    entry: usize,
    received: i64,
    ended: bool,
}

impl Queue {
    fn entries(&self) -> usize {
        self.values.len() / self.entry.max(1)
    }
}

impl<T: Comparison> Compare<T> {
    fn step(&mut self, out: &mut Outputs<'_>) -> Result<()> {
        loop {
            let common = self.queues.iter().map(Queue::entries).min().unwrap_or(0);
            let room = GRID - (self.start as u64 % GRID as u64) as usize;
            // A short block is compared only when no more can come for it.
            let last = self.queues.iter().any(|q| q.ended && q.entries() <= common);
            let count = common.min(room);
            if count == 0 || (count < room && !last) {
                return Ok(());
            }
            let inputs: Vec<Values> = self.queues.iter_mut().map(|q| q.values.take(count * q.entry)).collect();
            self.inner.compare(self.start, count, &inputs, out)?;
            self.start += count as i64;
        }
    }
}

impl<T: Comparison> Stage for Compare<T> {
    const DESCRIPTOR: Descriptor = match T::DESCRIPTOR.locality {
        // What comes last depends on all that came.
        Locality::Pointwise => T::DESCRIPTOR.locality(Locality::WholeInput),
        _ => T::DESCRIPTOR,
    };

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let (inner, formats) = T::new(setup)?;
        let queues = setup.inputs.iter().map(|input| queue(&input.format)).collect::<Result<_>>()?;
        Ok((Compare { inner, queues, start: 0 }, formats))
    }

    fn need(&self, output: usize, span: Range<i64>) -> Vec<Range<i64>> {
        let Some(needed) = self.inner.need(output, span) else { return Vec::new() };
        // Whole blocks, for a short one is compared only where the inputs end.
        let end = needed.end.saturating_add(GRID as i64 - 1) / GRID as i64 * GRID as i64;
        vec![needed.start.max(0)..end; self.queues.len()]
    }

    fn begin(&mut self, output: usize, span: Range<i64>) -> Result<()> {
        self.start = self.inner.need(output, span.clone()).map_or(0, |needed| needed.start.max(0));
        for queue in &mut self.queues {
            queue.values.clear();
            (queue.received, queue.ended) = (self.start, false);
        }
        self.inner.begin(output, span)
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        let shortest = self.queues.iter().filter(|q| q.ended).map(|q| q.received).min();
        let queue = &mut self.queues[packet.port];
        queue.received = packet.start + packet.count as i64;
        queue.ended |= packet.end;
        // What lies behind the end of the shortest input is counted, not kept.
        if shortest.is_none_or(|end| packet.start < end) {
            queue.values.append(packet)?;
        }
        self.step(out)?;
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        self.queues.iter_mut().for_each(|q| q.ended = true);
        self.step(out)?;
        let lengths: Vec<i64> = self.queues.iter().map(|q| q.received).collect();
        self.inner.finish(&lengths, out)?;
        Ok(Flow::Done)
    }

    fn wants(&self) -> Option<usize> {
        let open = self.queues.iter().enumerate().filter(|(_, q)| !q.ended);
        open.min_by_key(|(_, q)| q.received).map(|(index, _)| index)
    }
}

fn queue(format: &Format) -> Result<Queue> {
    let entry = match &format.data {
        Data::Audio(audio) => audio.channels,
        Data::Tensor(tensor) => tensor.frame_len(),
        _ => return Err(Error::format(format!("expected audio or a tensor, got {}", format.kind().name()))),
    };
    Ok(Queue { values: Values::of(format), entry, received: 0, ended: false })
}

fn append(to: &mut Values, packet: &Packet) -> Result<()> {
    fn collect<T: Element, V>(packet: &Packet, to: &mut Vec<V>, convert: impl Fn(T) -> V) -> Result<()> {
        if matches!(packet.format().data, Data::Tensor(_)) {
            to.extend(packet.tensor::<T>()?.values.iter().map(|&x| convert(x)));
            return Ok(());
        }
        let audio = packet.audio::<T>()?;
        to.extend((0..audio.count).flat_map(|i| audio.channels.iter().map(move |channel| channel[i])).map(convert));
        Ok(())
    }
    match (to, packet.format().dtype()) {
        (Values::Real(to), Some(DType::U8)) => collect::<u8, _>(packet, to, f64::from),
        (Values::Real(to), Some(DType::I16)) => collect::<i16, _>(packet, to, f64::from),
        (Values::Real(to), Some(DType::I32)) => collect::<i32, _>(packet, to, f64::from),
        (Values::Real(to), Some(DType::I64)) => collect::<i64, _>(packet, to, |x| x as f64),
        (Values::Real(to), Some(DType::F32)) => collect::<f32, _>(packet, to, f64::from),
        (Values::Real(to), Some(DType::F64)) => collect::<f64, _>(packet, to, |x| x),
        (Values::Complex(to), Some(DType::C64)) => {
            collect::<Complex<f32>, _>(packet, to, |z| Complex::new(f64::from(z.re), f64::from(z.im)))
        }
        (Values::Complex(to), Some(DType::C128)) => collect::<Complex<f64>, _>(packet, to, |z| z),
        _ => Err(Error::internal("the packet's type is not the negotiated one")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor::Port;
    use crate::format::{Axis, Clock, Records, Tensor};
    use crate::testing::Bench;
    use crate::{Rows, Value};

    /// Says which blocks it was given and what the difference of their sums is; puts out the differences.
    struct Watched {
        rows: i64,
    }

    impl Comparison for Watched {
        const DESCRIPTOR: Descriptor = Descriptor::new("test.watched", "Which blocks a comparison is given")
            .inputs(&[Port::array("inputs").many()])
            .outputs(&[Port::tensor("difference").dtypes(&[DType::F64]), Port::records("blocks")]);

        fn new(setup: &Setup) -> Result<(Self, Vec<Format>)> {
            let shortest = setup.inputs.iter().map(|input| input.format.length).min().flatten();
            let tensor = Tensor::new::<f64>(vec![Axis::frames(shortest)], "difference");
            let difference = Format::tensor(tensor, Clock::samples(1), shortest, "frame");
            Ok((Watched { rows: 0 }, vec![difference, Format::records(Records::metrics())]))
        }

        fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
            self.rows = 0;
            Ok(())
        }

        fn compare(&mut self, start: i64, count: usize, inputs: &[Values], out: &mut Outputs<'_>) -> Result<()> {
            let [Values::Real(reference), .., Values::Real(candidate)] = inputs else {
                return Err(Error::format("expected two real inputs"));
            };
            let mut block = out.tensor::<f64>(0, start, count)?;
            let width = reference.len() / count;
            for (at, d) in block.values().iter_mut().enumerate() {
                let of = |values: &[f64]| values[at * width..(at + 1) * width].iter().sum::<f64>();
                *d = of(candidate) - of(reference);
            }
            block.emit()?;
            self.tell(&format!("{start}"), count as f64, out)
        }

        fn finish(&mut self, lengths: &[i64], out: &mut Outputs<'_>) -> Result<()> {
            lengths.iter().try_for_each(|length| self.tell("length", *length as f64, out))
        }
    }

    impl Watched {
        fn tell(&mut self, name: &str, value: f64, out: &mut Outputs<'_>) -> Result<()> {
            let mut rows = Rows::new(&Records::metrics());
            rows.push(vec![name.into(), value.into(), "".into(), "".into()])?;
            self.rows += 1;
            out.rows(1, self.rows - 1, &rows)
        }
    }

    fn ramp(samples: usize, offset: f32) -> Vec<f32> {
        (0..samples).map(|k| k as f32 + offset).collect()
    }

    fn told(bench: &Bench<Compare<Watched>>) -> Vec<(String, f64)> {
        let rows = bench.run().expect("runs").rows(1).expect("rows");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        rows.iter().map(|row| (text(&row[0]), row[1].as_f64().expect("a number"))).collect()
    }

    #[test]
    fn blocks_lie_on_one_grid_and_end_with_the_shortest_input() {
        for (first, second, blocks) in [
            (2500, 2300, vec![("0", 1024.0), ("1024", 1024.0), ("2048", 252.0)]),
            (1024, 5000, vec![("0", 1024.0)]),
            (7, 7, vec![("0", 7.0)]),
            (0, 7, vec![]),
        ] {
            let bench = Bench::<Compare<Watched>>::new()
                .audio(8000, &[ramp(first, 0.0).as_slice()])
                .audio(8000, &[ramp(second, 0.5).as_slice()]);
            let expected = [("length", first as f64), ("length", second as f64)];
            let expected: Vec<(String, f64)> =
                blocks.into_iter().chain(expected).map(|(name, value)| (name.to_owned(), value)).collect();
            assert_eq!(told(&bench), expected, "{first} against {second} samples");
            let differences = bench.run().expect("runs").tensor::<f64>(0).expect("a tensor");
            assert_eq!(differences, vec![0.5; first.min(second)]);
            bench.conforms();
        }
    }

    #[test]
    fn inputs_of_any_type_and_width_meet_as_numbers() {
        let whole: Vec<i16> = (0..40).collect();
        let frames = Tensor::new::<f64>(vec![Axis::frames(Some(20)), Axis::bins(2, 1.0)], "amplitude");
        let frames = Format::tensor(frames, Clock::samples(1), Some(20), "bin,frame");
        let values: Vec<f64> = (0..40).map(f64::from).collect();
        let bench =
            Bench::<Compare<Watched>>::new().audio(8000, &[&whole[..20], &whole[20..]]).tensor(frames, &values).tensor(
                Format::tensor(
                    Tensor::new::<u8>(vec![Axis::frames(Some(20)), Axis::bins(2, 1.0)], "amplitude"),
                    Clock::samples(1),
                    Some(20),
                    "bin,frame",
                ),
                &[1u8; 40],
            );
        let differences = bench.run().expect("runs").tensor::<f64>(0).expect("a tensor");
        let expected: Vec<f64> = (0..20).map(|k| 2.0 - f64::from(k + k + 20)).collect();
        assert_eq!(differences, expected, "audio is (sample, channel), a tensor (frame, element)");
        bench.conforms();
    }
}
