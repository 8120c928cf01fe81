//! `org.example.loud`: finds the stretches in which a recording is loud.
//!
//! Shape: audio `(channel, sample)` in, a table with a row for each stretch out. No adapter gives
//! rows, so this is a `Stage` of its own.

use auricle_sdk::format::{Column, ColumnType};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// The stage: its parameters in samples, and the stretch that has not ended yet.
pub struct Loud {
    threshold: f32,
    hold: i64,
    sample_rate: f64,
    open: Option<Stretch>,
    rows: i64,
}

/// From the first loud sample to the last one so far.
struct Stretch {
    first: i64,
    last: i64,
    peak: f32,
}

impl Loud {
    /// Adds a row for a stretch that is over.
    fn close(&mut self, rows: &mut Rows) -> Result<()> {
        let Some(Stretch { first, last, peak }) = self.open.take() else {
            return Ok(());
        };
        let seconds = |sample: i64| Value::Float(sample as f64 / self.sample_rate);
        rows.push(vec![
            seconds(first),
            seconds(last + 1),
            Value::Float(f64::from(peak)),
        ])
    }

    /// Sends rows on; those of one stream are numbered from 0 on.
    fn send(&mut self, rows: &Rows, out: &mut Outputs<'_>) -> Result<()> {
        let first = self.rows;
        self.rows += rows.len() as i64;
        out.rows(0, first, rows)
    }
}

impl Stage for Loud {
    const DESCRIPTOR: Descriptor = Descriptor::new(
        "org.example.loud",
        "Finds the stretches in which a recording is loud",
    )
    .doc(
        "A stretch begins with a sample of any channel that reaches the threshold, and ends \
                 with the last such sample before more than hold_s of softer ones.",
    )
    .inputs(&[Port::audio("audio").doc("What is looked through.")])
    .outputs(&[Port::records("stretches").doc("start and end in seconds, and the peak.")])
    .parameters(&[
        Parameter::float("threshold_db", -20.0)
            .range(-120.0, 0.0)
            .unit("dB")
            .doc("What counts as loud, re full scale."),
        Parameter::float("hold_s", 0.1)
            .range(0.0, 60.0)
            .unit("s")
            .doc("A gap as long as this or shorter does not end a stretch."),
    ])
    .locality(Locality::WholeInput);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let sample_rate = f64::from(setup.input(0)?.as_audio()?.sample_rate);
        let loud = Loud {
            threshold: 10f64.powf(setup.parameters.float("threshold_db")? / 20.0) as f32,
            hold: (setup.parameters.float("hold_s")? * sample_rate).round() as i64,
            sample_rate,
            open: None,
            rows: 0,
        };
        Ok((loud, vec![Format::records(stretches())]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        (self.open, self.rows) = (None, 0);
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else {
            return Ok(Flow::Continue);
        };
        let audio = packet.audio::<f32>()?;
        let mut rows = Rows::new(&stretches());
        for (at, k) in (0..audio.count).zip(audio.start..) {
            let level = audio
                .channels
                .iter()
                .map(|samples| samples[at].abs())
                .fold(0.0, f32::max);
            if self
                .open
                .as_ref()
                .is_some_and(|stretch| k - stretch.last - 1 > self.hold)
            {
                self.close(&mut rows)?;
            }
            if level >= self.threshold {
                let stretch = self.open.get_or_insert(Stretch {
                    first: k,
                    last: k,
                    peak: 0.0,
                });
                (stretch.last, stretch.peak) = (k, stretch.peak.max(level));
            }
        }
        self.send(&rows, out)?;
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        let mut rows = Rows::new(&stretches());
        self.close(&mut rows)?;
        self.send(&rows, out)?;
        Ok(Flow::Done)
    }
}

/// The table's columns. A schema that gains columns keeps its number; any other change raises it.
fn stretches() -> Records {
    let column = |name: &str, unit: &str| {
        let mut column = Column::new(name, ColumnType::Float);
        column.unit = unit.into();
        column
    };
    let columns = vec![column("start", "s"), column("end", "s"), column("peak", "")];
    Records::new("org.example.loud/1", columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn bench(samples: &[f32]) -> Bench<Loud> {
        Bench::new()
            .parameter("hold_s", 0.002)
            .audio(1000, &[samples])
    }

    #[test]
    fn a_short_gap_does_not_end_a_stretch() {
        let bench = bench(&[0.0, 0.5, 0.0, 0.0, -0.75, 0.0, 0.0, 0.0, 0.25]);
        let rows = bench.run().expect("runs").rows(0).expect("rows");
        let expected = [[0.001, 0.005, 0.75], [0.008, 0.009, 0.25]];
        assert_eq!(rows, expected.map(|row| row.map(Value::Float).to_vec()));
        bench.conforms();
    }

    #[test]
    fn silence_has_no_rows() {
        let bench = bench(&[0.0; 5000]);
        assert!(bench.run().expect("runs").rows(0).expect("rows").is_empty());
        bench.conforms();
    }

    #[test]
    fn frames_are_no_audio() {
        let tensor = Tensor::new::<f32>(vec![Axis::frames(Some(1))], "power");
        let format = Format::tensor(tensor, Clock::samples(1000), Some(1), "frame");
        let bench = Bench::<Loud>::new().tensor(format, &[0.0f32]);
        refused(bench.run(), ErrorKind::Format);
    }
}
