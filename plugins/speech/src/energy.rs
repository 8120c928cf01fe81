//! `vad.energy`: where something is to be heard, by its level alone.
//!
//! Shape: audio to a table of stretches, and the level of each frame. Source: auricle's own; it needs no model, and cannot tell
//! speech from other sounds.

use crate::stretch::{MIN_SILENCE, MIN_SPEECH, PAD, joining, labels};
use auricle_dsp::activity::{Config, Powers, levels, stretches};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// The stage.
pub struct Energy {
    config: Config,
    hop: usize,
    sample_rate: f64,
    powers: Powers,
}

impl Stage for Energy {
    const DESCRIPTOR: Descriptor = Descriptor::new("vad.energy", "Where something is to be heard, by its level")
        .doc(
            "The level of frames of hop_ms, smoothed over three, in dB of full scale. The noise is the level that noise_share of the frames \
             lie under; frames over it by margin_db, and over least_db, are active. Gaps up to min_silence_ms are closed, shorter \
             stretches than min_speech_ms dropped, and pad_ms added at both ends. score is the mean level over the threshold. Several \
             channels are measured as one, by their mean power. Unlike detectors with a model it takes any loud sound for speech.",
        )
        .source("auricle's own")
        .inputs(&[Port::audio("audio").doc("At any rate.")])
        .outputs(&[
            Port::records("segments").doc("Columns start and end (s), label (speech), score (dB over the threshold)."),
            Port::tensor("levels").doc("The level of each frame in dB."),
        ])
        .parameters(&[
            Parameter::float("hop_ms", 10.0).range(1.0, 1000.0).unit("ms").doc("Length of a frame."),
            Parameter::float("margin_db", 12.0).range(0.0, 100.0).unit("dB").doc("Over the noise."),
            Parameter::float("least_db", -60.0).range(-120.0, 0.0).unit("dB").doc("Nothing quieter is speech."),
            Parameter::float("noise_share", 0.1).range(0.0, 1.0).doc("Share of the frames that are no louder than the noise."),
            MIN_SPEECH,
            MIN_SILENCE,
            PAD,
        ])
        .locality(Locality::WholeInput);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let format = setup.input(0)?;
        let audio = format.as_audio()?;
        let parameters = &setup.parameters;
        let (hop_ms, sample_rate) = (parameters.float("hop_ms")?, f64::from(audio.sample_rate));
        let hop = (hop_ms * sample_rate / 1000.0).round().max(1.0) as usize;
        let config = Config {
            margin_db: parameters.float("margin_db")?,
            least_db: parameters.float("least_db")?,
            noise_share: parameters.float("noise_share")?,
            smooth: 3,
            joining: joining(parameters, hop_ms)?,
        };
        let powers = Powers::new(hop).map_err(|error| Error::parameter("hop_ms", error.to_string()))?;
        let count = format.length.map(|length| length / hop as i64);
        let tensor = Tensor::new::<f32>(vec![Axis::frames(count)], "db");
        let clock = format.clock.frames(hop as i64, hop as i64 / 2);
        let levels = Format::tensor(tensor, clock, count, "frame");
        Ok((Energy { config, hop, sample_rate, powers }, vec![Format::records(labels("dB")), levels]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.powers.frames.clear();
        self.powers = Powers::new(self.hop).map_err(|error| Error::internal(error.to_string()))?;
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, _: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet {
            let channels = packet.format().as_audio()?.channels;
            let channels = (0..channels).map(|channel| packet.channel::<f32>(channel)).collect::<Result<Vec<_>>>()?;
            self.powers.push(&channels);
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        let levels = levels(&self.powers.frames, self.config.smooth);
        let seconds = |frame: usize| (frame * self.hop) as f64 / self.sample_rate;
        let mut rows = Rows::new(&labels("dB"));
        for found in stretches(&levels, &self.config) {
            let (start, end) = (seconds(found.start), seconds(found.end));
            rows.push(vec![start.into(), end.into(), "speech".into(), found.above_db.into()])?;
        }
        out.rows(0, 0, &rows)?;
        let mut block = out.tensor::<f32>(1, 0, levels.len())?;
        block.values().iter_mut().zip(&levels).for_each(|(to, level)| *to = *level as f32);
        block.emit()?;
        Ok(Flow::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::Bench;

    /// Noise at about -66 dB with a tone at -9 dB between 0.5 and 1 s.
    fn clip() -> Vec<f32> {
        let mut chance = auricle_dsp::random::uniform(3);
        let noise = |chance: &mut dyn FnMut() -> f64| (chance() as f32 - 0.5) * 0.001;
        let tone = |n: usize| if (8000..16_000).contains(&n) { (n as f32 * 0.2).sin() * 0.5 } else { 0.0 };
        (0..32_000).map(|n| tone(n) + noise(&mut chance)).collect()
    }

    #[test]
    fn a_tone_in_noise_is_found() {
        let samples = clip();
        let bench = Bench::<Energy>::new().parameter("pad_ms", 0.0).audio(16_000, &[&samples, &samples]);
        let rows = bench.run().expect("runs").rows(0).expect("stretches");
        assert_eq!(rows.len(), 1, "{rows:?}");
        let time = |column: usize| rows[0][column].as_f64().expect("a time");
        assert!((time(0) - 0.5).abs() <= 0.011 && (time(1) - 1.0).abs() <= 0.011, "{rows:?}");
        assert_eq!(rows[0][2], Value::Str("speech".into()));
        bench.conforms();
    }

    #[test]
    fn silence_and_steady_noise_are_no_speech() {
        let mut chance = auricle_dsp::random::uniform(4);
        let noise: Vec<f32> = (0..32_000).map(|_| chance() as f32 - 0.5).collect();
        for samples in [vec![0.0; 32_000], noise, Vec::new()] {
            let outcome = Bench::<Energy>::new().audio(16_000, &[&samples[..]]).run().expect("runs");
            assert!(outcome.rows(0).expect("stretches").is_empty());
        }
    }
}
