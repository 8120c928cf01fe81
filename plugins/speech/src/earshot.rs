//! `vad.earshot`: where somebody speaks, by a small net that is part of the plugin.
//!
//! Shape: audio of one channel at 16 kHz to a probability of each frame, and to a table of stretches. Source: the crate earshot.
//! Unlike `vad.energy` it needs no noise to compare with, so that its probabilities come as the sound does.

use crate::stretch::{MIN_SILENCE, MIN_SPEECH, PAD, joining, labels};
use auricle_dsp::activity::{Joining, over};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// Rate that the net hears, in Hz.
const SAMPLE_RATE: u32 = 16_000;
/// Samples of a frame: 16 ms.
const FRAME: usize = 256;
/// Frames that the net hears before those of a region: 8 s. By then it has nearly forgotten with what it began.
const RUN_IN: i64 = 500;
/// What a region may differ by from the whole, in probability.
const REGION_ERROR: f64 = 0.1;

/// The stage.
pub struct Earshot {
    detector: earshot::Detector,
    joining: Joining,
    threshold: f64,
    /// Samples of a frame that is not whole.
    rest: Vec<f32>,
    /// Place of the first probability.
    first: i64,
    speech: Vec<f64>,
}

impl Stage for Earshot {
    const DESCRIPTOR: Descriptor = Descriptor::new("vad.earshot", "Where somebody speaks, by a small net that needs no model file")
        .doc(
            "The probability that somebody speaks, for each frame of 16 ms, as the sound comes: a net of 40 kB that is part of the \
             plugin. Stretches over the threshold become segments as with vad.energy; score is their mean probability over the \
             threshold. It hears no level, so that quiet speech counts like loud; a steady tone may pass for speech.",
        )
        .source("the Rust crate earshot 1.2.2")
        .inputs(&[Port::audio("audio").doc("One channel at 16 kHz.")])
        .outputs(&[
            Port::records("segments").doc("Columns start and end (s), label (speech), score (mean probability over the threshold)."),
            Port::tensor("speech").doc("The probability of each frame."),
        ])
        .parameters(&[
            Parameter::float("threshold", 0.5).range(0.0, 1.0).doc("Probability over which a frame is speech."),
            MIN_SPEECH,
            MIN_SILENCE,
            PAD,
        ])
        .locality(Locality::Recurrent { error: REGION_ERROR });

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let format = setup.input(0)?;
        let audio = format.as_audio()?;
        if (audio.sample_rate, audio.channels) != (SAMPLE_RATE, 1) {
            let message =
                format!("expected one channel at 16000 Hz, got {} at {} Hz", audio.channels, audio.sample_rate);
            return Err(Error::format(message)
                .hint("read.librosa with sr = 16000 gives it, as does resample.soxr of one channel"));
        }
        let frame_ms = 1e3 * FRAME as f64 / f64::from(SAMPLE_RATE);
        let stage = Earshot {
            detector: earshot::Detector::default(),
            joining: joining(&setup.parameters, frame_ms)?,
            threshold: setup.parameters.float("threshold")?,
            rest: Vec::new(),
            first: 0,
            speech: Vec::new(),
        };
        let count = format.length.map(|length| length / FRAME as i64);
        let clock = format.clock.frames(FRAME as i64, FRAME as i64 / 2);
        let tensor = Tensor::new::<f32>(vec![Axis::frames(count)], "probability");
        Ok((stage, vec![Format::records(labels("")), Format::tensor(tensor, clock, count, "frame")]))
    }

    fn need(&self, output: usize, span: Range<i64>) -> Vec<Range<i64>> {
        let from = (span.start - RUN_IN).max(0) * FRAME as i64;
        let need = from..span.end.saturating_mul(FRAME as i64);
        if output == 1 { Vec::from([need]) } else { Vec::new() }
    }

    fn begin(&mut self, output: usize, span: Range<i64>) -> Result<()> {
        self.first = if output == 1 { (span.start - RUN_IN).max(0) } else { 0 };
        self.detector.reset();
        self.rest.clear();
        self.speech.clear();
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        self.rest.extend(packet.channel::<f32>(0)?.iter().map(|x| if x.is_nan() { 0.0 } else { x.clamp(-1.0, 1.0) }));
        let count = self.rest.len() / FRAME;
        if count > 0 {
            let first = self.first + self.speech.len() as i64;
            let mut block = out.tensor::<f32>(1, first, count)?;
            for (to, frame) in block.values().iter_mut().zip(self.rest.chunks_exact(FRAME)) {
                *to = self.detector.predict_f32(frame);
                self.speech.push(f64::from(*to));
            }
            self.rest.drain(..count * FRAME);
            block.emit()?;
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        let seconds = |frame: usize| (frame * FRAME) as f64 / f64::from(SAMPLE_RATE);
        let mut rows = Rows::new(&labels(""));
        for found in over(&self.speech, self.threshold, self.joining) {
            rows.push(vec![
                seconds(found.start).into(),
                seconds(found.end).into(),
                "speech".into(),
                found.above_db.into(),
            ])?;
        }
        out.rows(0, 0, &rows)?;
        Ok(Flow::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    /// A second of silence, a second of a hoarse voice at 120 Hz (formants at 700 and 1100 Hz), and silence.
    fn clip() -> Vec<f32> {
        let mut chance = auricle_dsp::random::uniform(3);
        let voice = |n: usize| {
            let t = n as f64 / 16_000.0;
            let partial = |k: usize| {
                let hz = 120.0 * k as f64 * (1.0 + 0.02 * (t * 5.0).sin());
                let near = |formant: f64| (-((hz - formant) / 150.0).powi(2)).exp();
                (near(700.0) + near(1100.0) + 0.05) * (std::f64::consts::TAU * hz * t).sin()
            };
            0.1 * (1..20).map(partial).sum::<f64>() * (1.0 + 0.5 * (t * 25.0).sin())
        };
        let sample = |n: usize, noise: f64| noise * 1e-4 + if (16_000..32_000).contains(&n) { voice(n) } else { 0.0 };
        (0..48_000).map(|n| sample(n, chance() - 0.5) as f32).collect()
    }

    #[test]
    fn the_laws_are_kept_and_a_voice_is_likelier_than_silence() {
        let bench = Bench::<Earshot>::new().audio(16_000, &[&clip()]);
        let speech = bench.run().expect("runs").tensor::<f32>(1).expect("probabilities");
        assert_eq!(speech.len(), 48_000 / FRAME);
        assert!(speech.iter().all(|p| (0.0..=1.0).contains(p)));
        let mean = |range: Range<usize>| speech[range.clone()].iter().sum::<f32>() / range.len() as f32;
        assert!(mean(70..120) > mean(10..60) + 0.2, "{} {}", mean(70..120), mean(10..60));
        bench.conforms();
    }

    #[test]
    fn a_region_is_close_to_the_whole() {
        let samples = clip().repeat(5);
        let bench = Bench::<Earshot>::new().audio(16_000, &[&samples]);
        let whole = bench.run().expect("runs").tensor::<f32>(1).expect("probabilities");
        for first in (RUN_IN as usize + 10..800).step_by(37) {
            let span = first as i64..first as i64 + 30;
            let region = bench.region(1, span).expect("runs").tensor::<f32>(1).expect("probabilities");
            for (k, (got, expected)) in region.iter().zip(&whole[first..first + 30]).enumerate() {
                let error = f64::from((got - expected).abs());
                assert!(error <= REGION_ERROR, "frame {}: {got} instead of {expected}", first + k);
            }
        }
    }

    #[test]
    fn damage_is_survived_and_other_rates_are_refused() {
        let mut samples = clip();
        samples[100] = f32::NAN;
        samples[200] = 7.0;
        let speech = Bench::<Earshot>::new().audio(16_000, &[&samples]).run().expect("runs").tensor::<f32>(1);
        assert!(speech.expect("probabilities").iter().all(|p| p.is_finite()));
        refused(Bench::<Earshot>::new().audio(8_000, &[&[0.0f32; 9]]).run(), ErrorKind::Format);
    }
}
