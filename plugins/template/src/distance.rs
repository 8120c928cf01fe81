//! `org.example.distance`: how far one signal is from another.
//!
//! Shape: two streams of equally wide entries in, a table of metrics out; metrics stand in the
//! run's report.

use auricle_sdk::Host;
use auricle_sdk::adapter::Values;
use auricle_sdk::format::Data;
use auricle_sdk::prelude::*;
use std::ops::Range;

/// The stage: what has come together so far.
pub struct Distance {
    host: Host,
    sum: f64,
    largest: f64,
    count: usize,
}

impl Comparison for Distance {
    const DESCRIPTOR: Descriptor = Descriptor::new(
        "org.example.distance",
        "Mean and largest difference of two signals",
    )
    .doc(
        "Metrics: mean_abs and max_abs of candidate - reference, over all values that both \
                 have. A finding tells when one of them is longer.",
    )
    .inputs(&[
        Port::array("reference")
            .dtypes(&[DType::I16, DType::F32, DType::F64])
            .doc("What is right."),
        Port::array("candidate")
            .dtypes(&[DType::I16, DType::F32, DType::F64])
            .doc("What is asked about."),
    ])
    .outputs(&[Port::records("metrics").doc("The numbers.")]);

    fn new(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let (reference, candidate) = (width(setup.input(0)?), width(setup.input(1)?));
        if reference != candidate {
            let message = format!(
                "expected {reference} values an entry, as the reference has, got {candidate}"
            );
            return Err(Error::format(message));
        }
        let distance = Distance {
            host: setup.host(),
            sum: 0.0,
            largest: 0.0,
            count: 0,
        };
        Ok((distance, vec![Format::records(Records::metrics())]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        (self.sum, self.largest, self.count) = (0.0, 0.0, 0);
        Ok(())
    }

    fn compare(&mut self, _: i64, _: usize, inputs: &[Values], _: &mut Outputs<'_>) -> Result<()> {
        let [Values::Real(reference), Values::Real(candidate)] = inputs else {
            return Err(Error::format("expected two streams of real numbers"));
        };
        for (a, b) in reference.iter().zip(candidate) {
            self.sum += (b - a).abs();
            self.largest = self.largest.max((b - a).abs());
        }
        self.count += reference.len();
        Ok(())
    }

    fn finish(&mut self, lengths: &[i64], out: &mut Outputs<'_>) -> Result<()> {
        let shortest = lengths.iter().copied().min();
        if lengths.iter().any(|length| Some(*length) != shortest) {
            let message =
                format!("{lengths:?} entries; what lies behind the shortest was not compared");
            self.host
                .finding(Severity::Warning, "unequal-length", &message, shortest);
        }
        let mean = self.sum / self.count as f64;
        let mut rows = Rows::new(&Records::metrics());
        for (name, value) in [("mean_abs", mean), ("max_abs", self.largest)] {
            let value = if self.count == 0 {
                Value::None
            } else {
                value.into()
            };
            rows.push(vec![name.into(), value, "".into(), "".into()])?;
        }
        out.rows(0, 0, &rows)
    }
}

/// Values in one entry of a stream.
fn width(format: &Format) -> usize {
    match &format.data {
        Data::Audio(audio) => audio.channels,
        Data::Tensor(tensor) => tensor.frame_len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn bench(reference: &[f32], candidate: &[f32]) -> Bench<Compare<Distance>> {
        Bench::new()
            .audio(8000, &[reference])
            .audio(8000, &[candidate])
    }

    #[test]
    fn differences_are_summed_up_however_they_come() {
        let bench = bench(&[0.0, 1.0, 2.0, 3.0], &[0.5, 1.0, 0.0, 3.0]);
        let outcome = bench.run().expect("runs");
        assert_eq!(outcome.metric("mean_abs"), Some(0.625));
        assert_eq!(outcome.metric("max_abs"), Some(2.0));
        assert!(outcome.findings.is_empty());
        bench.conforms();
    }

    #[test]
    fn a_longer_signal_is_told() {
        let bench = bench(&[0.0; 2000], &[0.0; 3000]);
        let findings = bench.run().expect("runs").findings;
        assert_eq!(
            (findings[0].code.as_str(), findings[0].at),
            ("unequal-length", Some(2000))
        );
        bench.conforms();
    }

    #[test]
    fn one_channel_is_not_held_against_two() {
        let bench = Bench::<Compare<Distance>>::new()
            .audio(8000, &[&[0.0f32]])
            .audio(8000, &[&[0.0f32], &[0.0]]);
        assert!(
            refused(bench.run(), ErrorKind::Format)
                .message
                .contains("got 2")
        );
    }
}
