//! An edit as a stage: pieces of its inputs, and what becomes of each sample.

use crate::pieces::{OPEN, Piece, Weaver, sequence};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// What one edit is.
pub trait Edit: Sized + Send + 'static {
    /// What the stage says about itself.
    const DESCRIPTOR: Descriptor;

    /// Builds the edit.
    ///
    /// # Errors
    /// Whatever can be refused is refused here.
    fn new(setup: &Setup) -> Result<Self>;

    /// What the output consists of, for inputs of these lengths. By default input 0 as it is.
    fn pieces(&self, lengths: &[Option<i64>]) -> Vec<Piece> {
        sequence([(0, 0..lengths.first().copied().flatten().unwrap_or(OPEN))])
    }

    /// Changes samples that leave, from sample `first` of the output on. By default nothing.
    fn shape(&self, first: i64, samples: &mut [f32]) {
        let _ = (first, samples);
    }
}

/// The part of `samples`, the first of which is sample `first`, that lies in a region.
pub fn part<'a>(samples: &'a mut [f32], first: i64, region: &Range<i64>) -> (i64, &'a mut [f32]) {
    let end = first + samples.len() as i64;
    let (from, to) = (region.start.clamp(first, end), region.end.clamp(first, end).max(region.start.clamp(first, end)));
    (from, &mut samples[(from - first) as usize..(to - first) as usize])
}

/// An [`Edit`] as a [`Stage`].
pub struct Edited<E> {
    edit: E,
    lengths: Vec<Option<i64>>,
    weaver: Weaver,
    channels: usize,
}

impl<E: Edit> Stage for Edited<E> {
    const DESCRIPTOR: Descriptor = E::DESCRIPTOR;

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let mut format = setup.input(0)?.clone();
        let audio = format.as_audio()?;
        let (sample_rate, channels) = (audio.sample_rate, audio.channels);
        for input in &setup.inputs {
            let other = input.format.as_audio()?;
            if input.format.dtype() != Some(DType::F32) {
                return Err(Error::format(format!("expected float32 audio, got {}", input.format.kind().name())));
            }
            if (other.sample_rate, other.channels) != (sample_rate, channels) {
                let message = format!(
                    "expected {channels} channels at {sample_rate} Hz as the first input has, got {} at {} Hz",
                    other.channels, other.sample_rate
                );
                return Err(
                    Error::format(message).hint("put a stage before it that resamples or mixes, such as resample.soxr")
                );
            }
        }
        let edit = E::new(setup)?;
        let lengths: Vec<Option<i64>> = setup.inputs.iter().map(|input| input.format.length).collect();
        let weaver = Weaver::new(edit.pieces(&lengths), lengths.len(), channels);
        format.length = if lengths.contains(&None) { None } else { weaver.length() };
        Ok((Edited { edit, lengths, weaver, channels }, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        self.weaver.need(span)
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        self.weaver = Weaver::new(self.edit.pieces(&self.lengths), self.lengths.len(), self.channels);
        self.weaver.begin(span.start);
        Ok(())
    }

    fn wants(&self) -> Option<usize> {
        self.weaver.wants()
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet.filter(|packet| packet.count > 0) {
            self.weaver.push(packet)?;
            self.weaver.emit(out, |first, samples| self.edit.shape(first, samples))?;
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        if self.lengths.contains(&None) {
            let received = self.weaver.received();
            let known: Vec<Option<i64>> =
                self.lengths.iter().zip(received).map(|(known, end)| known.or(Some(end))).collect();
            self.weaver.replan(self.edit.pieces(&known));
            self.weaver.emit(out, |first, samples| self.edit.shape(first, samples))?;
        }
        Ok(Flow::Done)
    }
}

#[cfg(test)]
pub mod testing {
    use super::*;
    use auricle_sdk::testing::Bench;

    /// Counts up from 1 in one channel, down from -1 in the other, at 10 Hz.
    pub fn counting(length: usize) -> [Vec<f32>; 2] {
        let up: Vec<f32> = (1..=length).map(|k| k as f32).collect();
        let down = up.iter().map(|x| -x).collect();
        [up, down]
    }

    /// A stage at 10 Hz, fed with so many counting samples.
    pub fn counted<S: Stage>(length: usize) -> Bench<S> {
        let [up, down] = counting(length);
        Bench::new().audio(10, &[&up, &down])
    }

    /// Runs, wants the first channel to be this, the second its negative, and checks the laws.
    #[track_caller]
    pub fn check<S: Stage>(bench: Bench<S>, expected: &[f32]) {
        let audio = bench.run().expect("it runs").audio::<f32>(0).expect("audio");
        assert_eq!(audio[0], expected);
        assert!(audio[1].iter().zip(expected).all(|(a, b)| *a == -b));
        bench.conforms();
    }
}
