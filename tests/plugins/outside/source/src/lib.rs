//! `org.example.tone`: a sine. A stage without inputs from outside.
#![forbid(unsafe_code)]

use auricle_sdk::prelude::*;
use std::f64::consts::TAU;

/// The stage: sample `k` is `amplitude * sin(step * k)`.
struct Tone {
    step: f64,
    amplitude: f64,
    samples: i64,
}

impl Generator for Tone {
    const DESCRIPTOR: Descriptor = Descriptor::new("org.example.tone", "A sine")
        .doc("Computed in float64 from the index of each sample, so that no error adds up.")
        .outputs(&[Port::audio("audio")])
        .parameters(&[
            Parameter::int("sample_rate", 16_000).range(1.0, 768_000.0).unit("Hz").doc("Sample rate."),
            Parameter::float("duration_s", 1.0).range(0.0, 36_000.0).unit("s").doc("Duration."),
            Parameter::float("frequency_hz", 440.0).range(0.0, 384_000.0).unit("Hz").doc("Frequency."),
            Parameter::float("amplitude", 0.5).range(0.0, 1.0).live().doc("Peak value."),
        ]);

    fn new(setup: &Setup) -> Result<(Self, Format)> {
        let parameters = &setup.parameters;
        let rate = parameters.count("sample_rate")?;
        let (frequency, amplitude) = (parameters.float("frequency_hz")?, parameters.float("amplitude")?);
        if frequency > rate as f64 / 2.0 {
            let expected = format!("expected at most half of sample_rate ({}), got {frequency}", rate as f64 / 2.0);
            return Err(Error::parameter("frequency_hz", expected));
        }
        let samples = (parameters.float("duration_s")? * rate as f64).round() as i64;
        let tone = Tone { step: TAU * frequency / rate as f64, amplitude, samples };
        Ok((tone, Format::audio::<f32>(1, rate as u32, Some(samples))))
    }

    fn seek(&mut self, _: i64) -> Result<()> {
        Ok(())
    }

    fn generate(&mut self, start: i64, count: usize, out: &mut Outputs<'_>) -> Result<usize> {
        let count = count.min(usize::try_from(self.samples - start).unwrap_or(0));
        let mut block = out.audio::<f32>(0, start, count)?;
        for (k, y) in (start..).zip(block.channel(0)) {
            *y = (self.amplitude * (self.step * k as f64).sin()) as f32;
        }
        block.emit()?;
        Ok(count)
    }
}

export_plugin!(Source<Tone>);
