//! `org.example.tone`: a sine of given frequency, level and length.
//!
//! Shape: nothing in, audio `(sample,)` out.

use auricle_sdk::prelude::*;
use std::f64::consts::TAU;

/// The stage: what a sample's value follows from, beside its index.
pub struct Tone {
    cycles_per_sample: f64,
    amplitude: f64,
    samples: i64,
}

impl Generator for Tone {
    const DESCRIPTOR: Descriptor = Descriptor::new("org.example.tone", "A sine")
        .doc("Sample k is 10^(level_db / 20) x sin(2 pi x frequency_hz x k / sample_rate).")
        .outputs(&[Port::audio("audio").doc("One channel.")])
        .parameters(&[
            Parameter::float("frequency_hz", 440.0)
                .range(0.0, 192_000.0)
                .unit("Hz")
                .doc("At most half of the sample rate."),
            Parameter::float("level_db", -20.0)
                .range(-120.0, 0.0)
                .unit("dB")
                .live()
                .doc("Peak, re full scale."),
            Parameter::float("duration_s", 1.0)
                .range(0.0, 86_400.0)
                .unit("s")
                .doc("How long it sounds."),
            Parameter::int("sample_rate", 48_000)
                .range(1.0, 384_000.0)
                .unit("Hz")
                .doc("Samples in a second."),
        ]);

    fn new(setup: &Setup) -> Result<(Self, Format)> {
        let parameters = &setup.parameters;
        let sample_rate = parameters.count("sample_rate")? as u32;
        let frequency_hz = parameters.float("frequency_hz")?;
        let highest = f64::from(sample_rate) / 2.0;
        if frequency_hz > highest {
            let message =
                format!("expected at most half of sample_rate ({highest}), got {frequency_hz}");
            return Err(Error::parameter("frequency_hz", message));
        }
        let samples = (parameters.float("duration_s")? * f64::from(sample_rate)).round() as i64;
        let tone = Tone {
            cycles_per_sample: frequency_hz / f64::from(sample_rate),
            amplitude: 10f64.powf(parameters.float("level_db")? / 20.0),
            samples,
        };
        Ok((tone, Format::audio::<f32>(1, sample_rate, Some(samples))))
    }

    fn seek(&mut self, _: i64) -> Result<()> {
        // A sample follows from its index: there is nowhere to move.
        Ok(())
    }

    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        let count = usize::try_from(self.samples - start)
            .unwrap_or(0)
            .min(count);
        let mut block = out.audio::<f32>(0, start, count)?;
        for (k, y) in (start..).zip(block.channel(0)) {
            let cycles = (k as f64 * self.cycles_per_sample).fract();
            *y = (self.amplitude * (TAU * cycles).sin()) as f32;
        }
        block.emit()?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    #[test]
    fn a_quarter_of_the_rate_is_up_and_down_in_four_samples() {
        let bench = Bench::<Source<Tone>>::new()
            .parameter("frequency_hz", 2000.0)
            .parameter("sample_rate", 8000)
            .parameter("level_db", 0.0)
            .parameter("duration_s", 1.0);
        let audio = bench.run().expect("runs").audio::<f32>(0).expect("audio");
        assert_eq!(audio[0].len(), 8000);
        for (k, (&x, expected)) in audio[0]
            .iter()
            .zip([0.0f32, 1.0, 0.0, -1.0].iter().cycle())
            .enumerate()
        {
            assert!(
                (x - expected).abs() < 1e-6,
                "sample {k}: expected {expected}, got {x}"
            );
        }
        bench.conforms();
    }

    #[test]
    fn what_the_rate_cannot_hold_is_refused() {
        let bench = Bench::<Source<Tone>>::new()
            .parameter("frequency_hz", 4001.0)
            .parameter("sample_rate", 8000);
        assert_eq!(
            refused(bench.run(), ErrorKind::Parameter).parameter,
            "frequency_hz"
        );
    }
}
