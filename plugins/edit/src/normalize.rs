//! `edit.normalize`: brings a region to a peak, an RMS or a loudness.
//!
//! Shape: audio in, as much out. One pass over the region finds the factor, eight bytes that the host keeps.

use crate::edited::part;
use crate::pieces::OPEN;
use crate::region::{END, Region, START};
use auricle_dsp::level::{Level, amplitude};
use auricle_dsp::loudness::{Config, Loudness, weight};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// The stage.
pub struct Normalize {
    region: Range<i64>,
    target_db: f64,
    meter: Meter,
    factor: f64,
    host: auricle_sdk::Host,
}

/// What is brought to the target.
enum Meter {
    Peak(Vec<Level>),
    Rms(Vec<Level>),
    Loudness(Config, Loudness),
}

impl Stage for Normalize {
    const DESCRIPTOR: Descriptor = Descriptor::new("edit.normalize", "Brings a region to a level")
        .doc(
            "The samples from start_s up to end_s times one factor, the same for all channels, so that the region has the target: \
             peak: its largest absolute value in dBFS; rms: its RMS over all channels in dB re 1.0; lufs: its integrated loudness. \
             Nothing is clipped. A region of silence, or too short for a loudness, stays as it is, with a finding. All other \
             samples stay as they are.",
        )
        .source("lufs: ITU-R BS.1770-4, as in measure.loudness")
        .inputs(&[Port::audio("audio").dtypes(&[DType::F32]).doc("What is edited.")])
        .outputs(&[Port::audio("audio").doc("The same with the region at its level.")])
        .parameters(&[
            START,
            END,
            Parameter::choice("measure", "peak", &["peak", "rms", "lufs"]).doc("What is brought to the target."),
            Parameter::float("target_db", -1.0).range(-120.0, 60.0).unit("dB").doc("The target in dBFS, dB or LUFS."),
        ])
        .locality(Locality::Global);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let format = setup.input(0)?.clone();
        let audio = format.as_audio()?;
        let levels = vec![Level::default(); audio.channels];
        let meter = match setup.parameters.text("measure")? {
            "peak" => Meter::Peak(levels),
            "rms" => Meter::Rms(levels),
            _ => {
                let speakers: Vec<&str> = audio.channel_layout.split(',').map(str::trim).collect();
                let weights = match speakers.len() == audio.channels {
                    true => speakers.iter().map(|speaker| weight(speaker, &speakers)).collect(),
                    false => vec![1.0; audio.channels],
                };
                let config = Config { sample_rate: audio.sample_rate, weights };
                let meter = Loudness::new(&config).map_err(|e| Error::format(format!("no loudness: {e}")))?;
                Meter::Loudness(config, meter)
            }
        };
        let region = Region::new(setup, true)?.inside(format.length, OPEN);
        let target_db = setup.parameters.float("target_db")?;
        Ok((Normalize { region, target_db, meter, factor: 1.0, host: setup.host() }, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        vec![span]
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        match &mut self.meter {
            Meter::Peak(levels) | Meter::Rms(levels) => levels.fill(Level::default()),
            Meter::Loudness(config, meter) => {
                *meter = Loudness::new(config).map_err(|e| Error::internal(format!("no loudness: {e}")))?;
            }
        }
        Ok(())
    }

    fn reduce(&mut self, packet: &Packet) -> Result<()> {
        let end = packet.start + packet.count as i64;
        let from = (self.region.start.clamp(packet.start, end) - packet.start) as usize;
        let to = (self.region.end.clamp(packet.start, end) - packet.start) as usize;
        let block = packet.audio::<f32>()?;
        let parts: Vec<&[f32]> = block.channels.iter().map(|samples| &samples[from..to.max(from)]).collect();
        match &mut self.meter {
            Meter::Peak(levels) | Meter::Rms(levels) => {
                levels.iter_mut().zip(parts).for_each(|(level, samples)| level.push(samples));
            }
            Meter::Loudness(_, meter) => meter.push(&parts),
        }
        Ok(())
    }

    fn reduction(&self) -> Vec<u8> {
        let level_db = match &self.meter {
            Meter::Peak(levels) => decibels(&levels.iter().map(Level::peak).collect::<Vec<_>>(), |a, b| a.max(b)),
            Meter::Rms(levels) => {
                let squares: Vec<f64> = levels.iter().map(|level| level.rms().powi(2) / levels.len() as f64).collect();
                decibels(&squares, |a, b| a + b) / 2.0
            }
            Meter::Loudness(_, meter) => meter.integrated().unwrap_or(f64::NEG_INFINITY),
        };
        let factor = if level_db.is_finite() { amplitude(self.target_db - level_db) } else { f64::NAN };
        factor.to_le_bytes().to_vec()
    }

    fn adopt(&mut self, state: &[u8]) -> Result<()> {
        let bytes = state.try_into().map_err(|_| Error::internal("expected eight bytes"))?;
        self.factor = f64::from_le_bytes(bytes);
        if self.factor.is_nan() {
            self.factor = 1.0;
            let message = "the region is silent or too short to be measured; it stays as it is";
            self.host.finding(auricle_sdk::Severity::Warning, "not-normalized", message, Some(self.region.start));
        }
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        let factor = self.factor as f32;
        let mut block = out.audio::<f32>(0, packet.start, packet.count)?;
        for channel in 0..block.channels() {
            let samples = block.channel(channel);
            samples.copy_from_slice(packet.channel::<f32>(channel)?);
            part(samples, packet.start, &self.region).1.iter_mut().for_each(|x| *x *= factor);
        }
        block.emit()?;
        Ok(Flow::Continue)
    }
}

fn decibels(values: &[f64], merge: fn(f64, f64) -> f64) -> f64 {
    20.0 * values.iter().copied().fold(0.0, merge).log10()
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, Outcome};

    fn run(rate: u32, channels: &[&[f32]], measure: &str, target_db: f64, end_s: f64) -> (Vec<Vec<f32>>, Outcome) {
        let bench = Bench::<Normalize>::new().audio(rate, channels);
        let bench = bench.parameter("measure", measure).parameter("target_db", target_db).parameter("end_s", end_s);
        bench.conforms();
        let outcome = bench.run().expect("it runs");
        (outcome.audio::<f32>(0).expect("audio"), outcome)
    }

    #[test]
    fn the_region_has_its_level_and_the_rest_its_own() {
        let (audio, _) = run(10, &[&[0.25, -0.5, 1.0], &[0.1, 0.2, 1.0]], "peak", 0.0, 0.2);
        assert_eq!(audio, [[0.5, -1.0, 1.0], [0.2, 0.4, 1.0]]);
        let (audio, _) = run(10, &[&[0.3, -0.3], &[0.4, 0.4]], "rms", -20.0, 9.0);
        let squares: f32 = audio.iter().flatten().map(|x| x * x).sum();
        assert!((squares / 4.0 - 0.01).abs() < 1e-6, "{squares}");
    }

    #[test]
    fn loudness_reaches_its_target() {
        let sine: Vec<f32> =
            (0..48_000).map(|k| 0.1 * (f64::from(k) * 997.0 / 48e3 * std::f64::consts::TAU).sin() as f32).collect();
        let (audio, _) = run(48_000, &[&sine], "lufs", -23.0, 9.0);
        let peak = audio[0].iter().fold(0.0f32, |a, b| a.max(b.abs()));
        // A full-scale sine of 997 Hz reads -3.01 LUFS (BS.1770-4).
        assert!((20.0 * peak.log10() + 19.99).abs() < 0.02, "{peak}");
    }

    #[test]
    fn silence_stays() {
        for (measure, samples) in [("peak", &[0.0f32; 9][..]), ("rms", &[0.0; 9]), ("lufs", &[0.5; 9]), ("peak", &[])] {
            let (audio, outcome) = run(8000, &[samples], measure, -3.0, 9.0);
            assert_eq!(audio[0], samples);
            assert!(outcome.findings.iter().any(|finding| finding.code == "not-normalized"), "{measure}");
        }
    }
}
