//! `patch.frames`: frames in overlapping patches.
//!
//! Shape: a tensor of frames to one with a patch axis before the others; the type stays.
//! Source: frames `k * hop .. k * hop + length` of the input. Unlike `mel.fsd50k` it takes any frames.

use std::ops::Range;

use auricle_sdk::prelude::*;

/// The stage, for one type of values.
pub struct Patch<T> {
    length: i64,
    hop: i64,
    tail: End,
    total: Option<i64>,
    /// Frames that are still wanted, from `base` on.
    frames: Vec<T>,
    base: Option<i64>,
    frame_len: usize,
    /// The next patch.
    next: i64,
}

/// What becomes of a patch that the signal does not fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Drop,
    Repeat,
    Zero,
}

impl<T: Element> Stage for Patch<T> {
    const DESCRIPTOR: Descriptor = Descriptor::new("patch.frames", "Cuts frames into overlapping patches")
        .doc(
            "Patch k is frames k * hop to k * hop + length. A last patch that the frames do not fill is dropped, or filled with the last \
             frame (repeat) or zeros; a signal shorter than a patch gives one then.",
        )
        .source("auricle")
        .inputs(&[Port::tensor("frames").dtypes(&[DType::F32, DType::F64]).doc("Frames: any tensor with a time axis.")])
        .outputs(&[Port::tensor("patches").dtypes(&[DType::F32, DType::F64]).doc("Patches of frames.")])
        .parameters(&[
            Parameter::int("length", 101).range(1.0, 1e6).unit("frames").doc("Frames of a patch."),
            Parameter::int("hop", 50).range(1.0, 1e6).unit("frames").doc("Frames from one patch to the next."),
            Parameter::choice("tail", "drop", &["drop", "repeat", "zero"]).doc("What fills a last, short patch."),
        ])
        .locality(Locality::Window);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let input = setup.input(0)?;
        let tensor = input.as_tensor()?;
        if !tensor.streams() {
            return Err(Error::format("expected frames in time, got a tensor without a time axis"));
        }
        let (length, hop) = (setup.parameters.int("length")?, setup.parameters.int("hop")?);
        let tail = match setup.parameters.text("tail")? {
            "repeat" => End::Repeat,
            "zero" => End::Zero,
            _ => End::Drop,
        };
        let frame_len = tensor.frame_len();
        let stage =
            Patch { length, hop, tail, total: input.length, frames: Vec::new(), base: None, frame_len, next: 0 };
        let count = input.length.map(|frames| stage.count(frames));
        let mut made = tensor.clone();
        let name = std::mem::replace(&mut made.axes[0].name, "patch".into());
        made.axes[0].length = count.and_then(|n| usize::try_from(n).ok());
        made.axes.insert(1, Axis::new(Role::Other, &name, usize::try_from(length).ok()));
        let clock = input.clock.frames(hop, 0);
        Ok((stage, vec![Format::tensor(made, clock, count, &format!("patch,{}", input.layout))]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        let start = span.start.saturating_mul(self.hop);
        let end = (span.end - 1).saturating_mul(self.hop).saturating_add(self.length);
        let start = start.min(self.total.unwrap_or(i64::MAX) - 1).max(0);
        let need = start..end.max(start + 1);
        vec![need]
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        self.frames.clear();
        (self.base, self.next) = (None, span.start);
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet.filter(|packet| packet.count > 0) else { return Ok(Flow::Continue) };
        self.base.get_or_insert(packet.start);
        self.frames.extend_from_slice(packet.tensor::<T>()?.values);
        while self.end() >= self.next * self.hop + self.length {
            self.emit(out)?;
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        let end = self.end();
        while self.next < self.count(end) {
            self.emit(out)?;
        }
        Ok(Flow::Done)
    }
}

impl<T: Element> Patch<T> {
    fn count(&self, frames: i64) -> i64 {
        let rest = frames - self.length;
        match self.tail {
            _ if frames == 0 => 0,
            End::Drop if rest < 0 => 0,
            End::Drop => 1 + rest / self.hop,
            _ => 1 + (rest.max(0) + self.hop - 1) / self.hop,
        }
    }

    /// The frame behind the last that came.
    fn end(&self) -> i64 {
        self.base.map_or(0, |base| base + (self.frames.len() / self.frame_len.max(1)) as i64)
    }

    fn emit(&mut self, out: &mut Outputs<'_>) -> Result<()> {
        let (base, end) = (self.base.unwrap_or(0), self.end());
        let first = self.next * self.hop;
        let mut block = out.tensor::<T>(0, self.next, 1)?;
        for (frame, place) in (first..).zip(block.values().chunks_exact_mut(self.frame_len.max(1))) {
            if frame >= end && self.tail == End::Zero {
                place.fill(T::default());
                continue;
            }
            let from = (frame.min(end - 1) - base) as usize * self.frame_len;
            place.copy_from_slice(&self.frames[from..from + self.frame_len]);
        }
        block.emit()?;
        self.next += 1;
        let unused = usize::try_from((self.next * self.hop).min(end - 1) - base).unwrap_or(0);
        self.frames.drain(..unused * self.frame_len);
        self.base = Some(base + unused as i64);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::Bench;

    fn bench(frames: usize, tail: &'static str) -> Bench<Patch<f32>> {
        let tensor = Tensor::new::<f32>(vec![Axis::frames(Some(frames as i64)), Axis::bins(2, 100.0)], "power");
        let format = Format::tensor(tensor, Clock::samples(100), Some(frames as i64), "bin,frame");
        let values: Vec<f32> = (0..2 * frames).map(|i| i as f32).collect();
        Bench::new().parameter("length", 3).parameter("hop", 2).parameter("tail", tail).tensor(format, &values)
    }

    #[test]
    fn patches_overlap_and_the_last_is_filled() {
        for (frames, tail, expected) in [
            (5, "drop", &[0.0, 2.0, 4.0, 4.0, 6.0, 8.0][..]),
            (6, "drop", &[0.0, 2.0, 4.0, 4.0, 6.0, 8.0]),
            (6, "repeat", &[0.0, 2.0, 4.0, 4.0, 6.0, 8.0, 8.0, 10.0, 10.0]),
            (6, "zero", &[0.0, 2.0, 4.0, 4.0, 6.0, 8.0, 8.0, 10.0, 0.0]),
            (1, "repeat", &[0.0, 0.0, 0.0]),
            (2, "drop", &[]),
        ] {
            let bench = bench(frames, tail);
            let outcome = bench.run().expect("runs");
            let values: Vec<f32> = outcome.tensor(0).expect("patches");
            let first: Vec<f32> = values.iter().copied().step_by(2).collect();
            assert_eq!(first, expected, "{frames} frames, {tail}");
            assert_eq!(outcome.formats[0].layout, "patch,bin,frame");
            bench.conforms();
        }
    }
}
