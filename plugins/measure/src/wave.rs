//! `overview.wave`: the least, the greatest and the RMS of every `hop_length` samples: what a waveform is drawn from.
//!
//! Shape: audio `(channel, sample)` to `(frame, channel, level)` with levels min, max, rms; float32, fractions of full
//! scale. Frame k covers samples k * hop_length and on; the last one may cover fewer. There are ceil(samples / hop_length).

use crate::finished::{self, Finished};
use crate::samples::DTYPES;
use auricle_sdk::prelude::*;
use std::ops::Range;

/// The stage.
pub struct Wave {
    hop: usize,
    /// Of each channel, what has come to the frame under way.
    spans: Vec<Span>,
    /// Samples of the frame under way.
    filled: usize,
    finished: Finished,
    samples: Vec<Vec<f64>>,
}

#[derive(Clone, Copy)]
struct Span {
    low: f64,
    high: f64,
    squares: f64,
    count: u64,
}

const BLANK: Span = Span { low: f64::INFINITY, high: f64::NEG_INFINITY, squares: 0.0, count: 0 };

impl Span {
    fn push(&mut self, samples: &[f64]) {
        for &x in samples.iter().filter(|x| x.is_finite()) {
            self.low = self.low.min(x);
            self.high = self.high.max(x);
            self.squares += x * x;
            self.count += 1;
        }
    }

    /// Min, max, rms; NaN if no sample was a number.
    fn levels(&self) -> [f32; 3] {
        match self.count {
            0 => [f32::NAN; 3],
            n => [self.low as f32, self.high as f32, (self.squares / n as f64).sqrt() as f32],
        }
    }
}

impl Wave {
    /// Ends the frame under way.
    fn close(&mut self) {
        for (span, levels) in self.spans.iter_mut().zip(self.finished.frame().as_chunks_mut::<3>().0) {
            *levels = span.levels();
            *span = BLANK;
        }
        self.filled = 0;
    }
}

impl Stage for Wave {
    const DESCRIPTOR: Descriptor = Descriptor::new("overview.wave", "Min, max and RMS of every few samples")
        .doc(
            "What a waveform is drawn from: for each channel the least and the greatest sample and the RMS of every \
             hop_length samples, as fractions of full scale. NaN and infinities are left out; where nothing else is left \
             all three are NaN.",
        )
        .inputs(&[Port::audio("audio").dtypes(DTYPES).doc("What is summed up.")])
        .outputs(&[Port::tensor("levels").nan().doc("(frame, channel, level): min, max, rms.")])
        .parameters(&[Parameter::int("hop_length", 256)
            .range(1.0, 16_777_216.0)
            .unit("samples")
            .logarithmic()
            .doc("Samples that one frame sums up.")])
        .locality(Locality::Window);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let hop = setup.parameters.count("hop_length")?;
        let input = setup.input(0)?;
        let channels = input.as_audio()?.channels;
        let length = finished::frames(hop, input.length);
        let levels = Axis::new(Role::Other, "level", Some(3));
        let tensor = Tensor::new::<f32>(vec![Axis::frames(length), Axis::channels(channels), levels], "amplitude");
        let clock = input.clock.frames(hop as i64, hop as i64 / 2);
        let format = Format::tensor(tensor, clock, length, "frame,channel,level");
        let samples = vec![Vec::new(); channels];
        let finished = Finished::new(channels * 3);
        Ok((Wave { hop, spans: vec![BLANK; channels], filled: 0, finished, samples }, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        vec![finished::entries(self.hop, span)]
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        self.spans.fill(BLANK);
        self.finished.begin(span.start);
        self.filled = 0;
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        for (index, samples) in self.samples.iter_mut().enumerate() {
            samples.clear();
            samples.extend_from_slice(&packet.samples_as::<f64>(index)?);
        }
        let mut done = 0;
        while done < packet.count {
            let part = (self.hop - self.filled).min(packet.count - done);
            for (span, samples) in self.spans.iter_mut().zip(&self.samples) {
                span.push(&samples[done..done + part]);
            }
            done += part;
            self.filled += part;
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
    use auricle_sdk::testing::Bench;

    fn wave<T: Element>(hop: i64, channels: &[&[T]]) -> Vec<f32> {
        let bench = Bench::<Wave>::new().parameter("hop_length", hop).audio(8000, channels);
        bench.conforms();
        bench.run().expect("it runs").tensor(0).expect("a tensor")
    }

    #[test]
    fn levels_of_every_hop() {
        assert_eq!(wave(2, &[&[0.5f32, -0.5, 0.25]]), [-0.5, 0.5, 0.5, 0.25, 0.25, 0.25]);
        assert_eq!(
            wave(1, &[&[0.0f32, 1.0], &[-2.0, 0.0]]),
            [0.0, 0.0, 0.0, -2.0, -2.0, 2.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
        );
        assert_eq!(wave(9, &[&[i16::MIN, 0]]), [-1.0, 0.0, 0.5f32.sqrt()]);
        assert_eq!(wave::<f32>(4, &[&[]]), []);
        let long: Vec<f64> = (0..10_000).map(|k| f64::from(k % 7) / 7.0).collect();
        assert_eq!(wave(3, &[&long[..]; 9]).len(), 3334 * 9 * 3);
    }

    #[test]
    fn what_is_no_number_is_left_out() {
        assert_eq!(wave(2, &[&[f32::NAN, 0.5]]), [0.5, 0.5, 0.5]);
        let none = Bench::<Wave>::new().audio(8000, &[&[f32::NAN]]).run().expect("it runs");
        assert!(none.tensor::<f32>(0).expect("a tensor").iter().all(|x| x.is_nan()));
    }

    #[test]
    fn a_frame_stands_at_its_middle() {
        let outcome = Bench::<Wave>::new().parameter("hop_length", 80).audio(8000, &[&[0.0f32; 800]]).run();
        let format = outcome.expect("it runs").formats[0].clone();
        assert_eq!((format.clock.seconds(0), format.clock.seconds(1), format.length), (0.005, 0.015, Some(10)));
    }
}
