//! `overview.spectrum`: every `hop_length` frames as one: what a spectrogram of a long sound is drawn from.
//!
//! Shape: frames of any shape to frames of the same shape, float32. Frame k stands for frames k * hop_length and on; the
//! last one may stand for fewer. There are ceil(frames / hop_length). The counterpart of `overview.wave` for spectra.

use crate::finished::{self, Finished};
use auricle_dsp::pool::{Pool, Pooling};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// What is read; everything becomes float32.
const DTYPES: &[DType] = &[DType::U8, DType::I16, DType::I32, DType::I64, DType::F32, DType::F64];

/// The stage.
pub struct Spectrum {
    hop: usize,
    frame_len: usize,
    pool: Pool,
    /// Frames that the frame under way stands for.
    filled: usize,
    finished: Finished,
}

impl Spectrum {
    /// Ends the frame under way.
    fn close(&mut self) {
        self.pool.finish(self.finished.frame());
        self.filled = 0;
    }
}

impl Stage for Spectrum {
    const DESCRIPTOR: Descriptor = Descriptor::new("overview.spectrum", "Every few frames as one: largest or mean")
        .doc(
            "What a spectrogram of a long sound is drawn from: of each element of a frame the largest value, the mean, or \
             the value furthest from zero among hop_length frames. NaN is left out; where nothing else is left the result is \
             NaN. The largest keeps a click of one frame in sight of an overview of ten hours, the mean shows what lasts; the \
             value furthest from zero is for differences.",
        )
        .inputs(&[Port::tensor("frames").dtypes(DTYPES).doc("What is summed up.")])
        .outputs(&[Port::tensor("frames").nan().doc("Frames of the same shape, fewer of them.")])
        .parameters(&[
            Parameter::int("hop_length", 16)
                .range(1.0, 16_777_216.0)
                .unit("frames")
                .logarithmic()
                .doc("Frames that one frame stands for."),
            Parameter::choice("pooling", "max", &["max", "mean", "furthest"]).doc("What stands for many values."),
        ])
        .locality(Locality::Window);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let hop = setup.parameters.count("hop_length")?;
        let pooling = match setup.parameters.text("pooling")? {
            "mean" => Pooling::Mean,
            "furthest" => Pooling::Furthest,
            _ => Pooling::Max,
        };
        let input = setup.input(0)?;
        let mut tensor = input.as_tensor()?.clone();
        if !tensor.streams() || input.clock.step == 0 {
            return Err(Error::format("expected frames that come one after another in time, got a whole array")
                .hint("connect a stage that makes a spectrum or bands of audio"));
        }
        let frame_len = tensor.frame_len();
        let length = finished::frames(hop, input.length);
        tensor.dtype = DType::F32;
        tensor.axes[0].length = length.and_then(|n| usize::try_from(n).ok());
        let clock = input.clock.frames(hop as i64, (hop as i64 - 1) / 2);
        let format = Format::tensor(tensor, clock, length, &input.layout);
        let pool = Pool::new(frame_len, pooling);
        let stage = Spectrum { hop, frame_len, pool, filled: 0, finished: Finished::new(frame_len) };
        Ok((stage, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        vec![finished::entries(self.hop, span)]
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        self.pool.clear();
        self.finished.begin(span.start);
        self.filled = 0;
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet.filter(|packet| packet.count > 0 && self.frame_len > 0) else {
            return Ok(Flow::Continue);
        };
        for frame in packet.tensor_as::<f32>()?.chunks_exact(self.frame_len) {
            self.pool.process(frame);
            self.filled += 1;
            if self.filled == self.hop {
                self.close();
            }
        }
        self.finished.emit(out)?;
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        if self.filled > 0 {
            self.close();
        }
        self.finished.emit(out)?;
        Ok(Flow::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn format(bins: usize, length: i64) -> Format {
        let tensor = Tensor::new::<f32>(vec![Axis::frames(Some(length)), Axis::bins(bins, 10.0)], "db");
        Format::tensor(tensor, Clock::samples(8_000).frames(80, 0), Some(length), "bin,frame")
    }

    #[track_caller]
    fn check(hop: i64, pooling: &str, bins: usize, values: &[f32], expected: &[f32]) {
        let format = format(bins, (values.len() / bins) as i64);
        let bench = Bench::<Spectrum>::new().parameter("hop_length", hop).parameter("pooling", pooling);
        let bench = bench.tensor(format, values);
        bench.conforms();
        assert_eq!(bench.run().expect("it runs").tensor::<f32>(0).expect("a tensor"), expected);
    }

    #[test]
    fn every_few_frames_as_one() {
        let frames = [1.0, -9.0, 5.0, -2.0, 3.0, 4.0];
        check(2, "max", 2, &frames, &[5.0, -2.0, 3.0, 4.0]);
        check(2, "mean", 2, &frames, &[3.0, -5.5, 3.0, 4.0]);
        check(2, "furthest", 2, &frames, &[5.0, -9.0, 3.0, 4.0]);
        check(1, "max", 2, &frames, &frames);
        check(100, "max", 1, &frames, &[5.0]);
        let many: Vec<f32> = (0..3_000).map(|k| (k * 37 % 1_000) as f32).collect();
        let largest: Vec<f32> = many.chunks(7).map(|part| part.iter().copied().fold(f32::MIN, f32::max)).collect();
        check(7, "max", 1, &many, &largest);
    }

    #[test]
    fn a_frame_stands_amid_those_it_stands_for() {
        let bench = Bench::<Spectrum>::new().parameter("hop_length", 5).tensor(format(1, 12), &[0.0f32; 12]);
        let format = bench.run().expect("it runs").formats[0].clone();
        assert_eq!((format.clock.seconds(0), format.clock.seconds(1), format.length), (0.02, 0.07, Some(3)));
        assert_eq!(format.as_tensor().expect("a tensor").quantity, "db");
    }

    #[test]
    fn a_whole_array_is_refused() {
        let tensor = Tensor::new::<f32>(vec![Axis::bins(4, 10.0)], "db");
        let bench = Bench::<Spectrum>::new().tensor(Format::tensor(tensor, Clock::NONE, Some(1), "bin"), &[0.0f32; 4]);
        let message = refused(bench.run(), ErrorKind::Format).message;
        assert!(message.contains("whole array"), "{message}");
    }
}
