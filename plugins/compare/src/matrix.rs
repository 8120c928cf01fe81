//! `compare.matrix`: every pair of any number of inputs.
//!
//! Shape: two or more audio streams or tensors, of any shape, to a table with a row a pair, and metrics.
//! Source: the definitions stand in `auricle_dsp::distance`. Unlike `compare.error` it takes what cannot be compared too.

use std::ops::Range;

use auricle_dsp::distance::Distance;
use auricle_dsp::offset::Offset;
use auricle_sdk::format::{Column, ColumnType};
use auricle_sdk::prelude::*;

use crate::figures::{figures, row, unit};
use crate::lane::{Lane, Pair, lagging};
use crate::pairing::{Pairing, other_numbers, shape, unlike};

/// The stage.
pub struct Matrix {
    host: auricle_sdk::Host,
    labels: Vec<String>,
    formats: Vec<Format>,
    crop: bool,
    max_offset: usize,
    lanes: Vec<Lane>,
    pairs: Vec<Pair>,
}

/// Ports in order.
const TABLE: usize = 0;
const METRICS: usize = 1;

impl Stage for Matrix {
    const DESCRIPTOR: Descriptor = Descriptor::new("compare.matrix", "Every pair of any number of inputs")
        .doc(
            "The figures of compare.error of every pair, first input as reference, with shapes, types, smallest and largest \
             values, and the offset at which the two are most alike: positive if the candidate comes later. The offset is \
             that with the highest correlation, at most max_offset entries either way, of the first 2,097,152 values, and an \
             overlap of at least half. Pairs whose shapes differ have no figures, unless crop = true compares what both \
             have. Pairs of unlike numbers (a logarithm against a power, integers against [-1, 1]) have an offset and no \
             distance, which would mean nothing; a finding says which. compare.cause says what makes them equal.",
        )
        .source("definitions in auricle_dsp::distance and auricle_dsp::offset")
        .inputs(&[Port::array("inputs").many().doc("What is compared, each with each.")])
        .outputs(&[
            Port::records("table").doc("A row a pair: shapes, types, ranges, figures, offset, remark."),
            Port::records("metrics").doc("min, max, entries of each input; figures, offset, correlation of each pair."),
        ])
        .parameters(&[
            Parameter::bool("crop", false).doc("Compare the common part of inputs of unequal shape."),
            Parameter::int("max_offset", 4096)
                .range(0.0, 262_144.0)
                .unit("entries")
                .doc("Largest offset that is looked for, in sample frames or frames."),
        ])
        .locality(Locality::WholeInput)
        .result_version(2);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        if setup.inputs.len() < 2 {
            let message = format!("expected at least two inputs, got {}", setup.inputs.len());
            return Err(Error::format(message));
        }
        let stage = Matrix {
            host: setup.host(),
            labels: setup.inputs.iter().map(|input| input.label.clone()).collect(),
            formats: setup.inputs.iter().map(|input| Format::clone(&input.format)).collect(),
            crop: setup.parameters.bool("crop")?,
            max_offset: setup.parameters.count("max_offset")?,
            lanes: Vec::new(),
            pairs: Vec::new(),
        };
        for (a, b) in stage.every_pair() {
            for reason in unlike(&stage.formats[a], &stage.formats[b]) {
                let message = format!("{}: {reason}", stage.scope(a, b));
                stage.host.finding(Severity::Warning, "unlike-scales", &message, None);
            }
        }
        Ok((stage, vec![Format::records(schema()), Format::records(Records::metrics())]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.lanes = self.formats.iter().map(Lane::new).collect();
        let pairs = self.every_pair().into_iter().map(|(reference, candidate)| {
            let (a, b) = (&self.formats[reference], &self.formats[candidate]);
            let unequal = a.length.is_some() && b.length.is_some() && a.length != b.length;
            Pair {
                reference,
                candidate,
                pairing: Pairing::new(a, b, self.crop),
                lag: 0,
                position: 0,
                // The offset of streams of unequal length is worth knowing, their distance is not.
                idle: unequal && !self.crop,
                distance: Distance::default(),
            }
        });
        self.pairs = pairs.collect();
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, _: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        self.lanes[packet.port].push(packet)?;
        self.pairs.iter_mut().for_each(|pair| pair.step(&self.lanes));
        for (index, lane) in self.lanes.iter_mut().enumerate() {
            lane.forget(self.pairs.iter().filter_map(|pair| pair.waits_for(index)).min().unwrap_or(i64::MAX));
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        let (mut table, mut metrics) = (Rows::new(&schema()), Rows::new(&Records::metrics()));
        for (index, lane) in self.lanes.iter().enumerate() {
            let label = &self.labels[index];
            let unit = unit(&self.formats[index]);
            metrics.push(row("min", lane.extent.min, &unit, label))?;
            metrics.push(row("max", lane.extent.max, &unit, label))?;
            metrics.push(row("entries", lane.received as f64, "1", label))?;
        }
        for pair in &self.pairs {
            let (reference, candidate) = (&self.lanes[pair.reference], &self.lanes[pair.candidate]);
            let scope = self.scope(pair.reference, pair.candidate);
            let remark = self.remark(pair);
            let alike = other_numbers(&self.formats[pair.reference], &self.formats[pair.candidate]).is_empty();
            let compared = alike && pair.pairing.is_ok() && (reference.received == candidate.received || self.crop);
            let offset = self.offset(pair);
            let unit = unit(&self.formats[pair.reference]);
            let mut values = vec![Value::None; 5];
            if compared {
                for (place, (name, value, unit)) in values.iter_mut().zip(figures(&pair.distance, &unit)) {
                    *place = Value::Float(value);
                    metrics.push(row(name, value, &unit, &scope))?;
                }
            }
            if let Some(Offset { lag, correlation }) = offset {
                metrics.push(row("offset", lag as f64, "entries", &scope))?;
                metrics.push(row("correlation", correlation, "1", &scope))?;
            }
            let mut cells =
                vec![self.labels[pair.reference].as_str().into(), self.labels[pair.candidate].as_str().into()];
            for index in [pair.reference, pair.candidate] {
                let (lane, format) = (&self.lanes[index], &self.formats[index]);
                cells.push(shape(format, Some(lane.received)).into());
                cells.push(format.dtype().map_or("", DType::name).into());
                cells.push(Value::Float(lane.extent.min));
                cells.push(Value::Float(lane.extent.max));
            }
            cells.extend(values);
            cells.push(offset.map_or(Value::None, |offset| Value::Int(offset.lag)));
            cells.push(offset.map_or(Value::None, |offset| Value::Float(offset.correlation)));
            cells.push(remark.as_str().into());
            table.push(cells)?;
        }
        out.rows(TABLE, 0, &table)?;
        out.rows(METRICS, 0, &metrics)?;
        Ok(Flow::Done)
    }

    fn wants(&self) -> Option<usize> {
        lagging(self.lanes.iter().map(|lane| (lane.received, lane.ended)))
    }
}

impl Matrix {
    fn every_pair(&self) -> Vec<(usize, usize)> {
        let count = self.formats.len();
        (0..count).flat_map(|a| (a + 1..count).map(move |b| (a, b))).collect()
    }

    fn scope(&self, reference: usize, candidate: usize) -> String {
        format!("{} ~ {}", self.labels[reference], self.labels[candidate])
    }

    /// Why a pair was not compared, or what makes its figures doubtful; it is a finding too, unless it was one before.
    fn remark(&self, pair: &Pair) -> String {
        let (a, b) = (pair.reference, pair.candidate);
        let (first, second) = (&self.lanes[a], &self.lanes[b]);
        let found = |code: &str, severity: Severity, reason: String| {
            self.host.finding(severity, code, &format!("{}: {reason}", self.scope(a, b)), None);
            reason
        };
        if let Err(reason) = &pair.pairing {
            return found("unlike-shapes", Severity::Info, format!("not compared: {reason}"));
        }
        if first.received != second.received && !self.crop {
            let shapes =
                (shape(&self.formats[a], Some(first.received)), shape(&self.formats[b], Some(second.received)));
            let reason = format!("not compared: their shapes differ ({} against {})", shapes.0, shapes.1);
            return found("unlike-shapes", Severity::Info, reason);
        }
        let scales = unlike(&self.formats[a], &self.formats[b]);
        if !scales.is_empty() {
            return scales.join("; ");
        }
        let audio = self.formats[a].as_audio().is_ok();
        match first.extent.unlike(&second.extent).filter(|_| audio) {
            Some(reason) => found("unlike-scales", Severity::Warning, reason),
            None => String::new(),
        }
    }

    fn offset(&self, pair: &Pair) -> Option<Offset> {
        let (a, b) = (self.formats[pair.reference].clock, self.formats[pair.candidate].clock);
        let same_rate = a.step != 0 && b.step != 0 && (a.rate() - b.rate()).abs() <= 1e-9 * a.rate();
        same_rate.then(|| pair.offset(&self.lanes, self.max_offset)).flatten()
    }
}

fn schema() -> Records {
    use ColumnType::{Float, Int, Str};
    let columns = [
        ("reference", Str),
        ("candidate", Str),
        ("reference_shape", Str),
        ("reference_dtype", Str),
        ("reference_min", Float),
        ("reference_max", Float),
        ("candidate_shape", Str),
        ("candidate_dtype", Str),
        ("candidate_min", Float),
        ("candidate_max", Float),
        ("l1", Float),
        ("mse", Float),
        ("max_abs", Float),
        ("relative", Float),
        ("cosine", Float),
        ("offset", Int),
        ("correlation", Float),
        ("remark", Str),
    ];
    let columns = columns.map(|(name, kind)| Column::new(name, kind)).to_vec();
    Records::new("auricle.comparison/1", columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn noise(length: usize) -> Vec<f32> {
        let mut state = 9u32;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state as f32 / u32::MAX as f32 - 0.5
        };
        (0..length).map(next).collect()
    }

    /// The cell of a column in the row of a pair.
    fn cell(rows: &[Vec<Value>], pair: usize, column: &str) -> Value {
        let index = schema().columns.iter().position(|it| it.name == column).expect("a column");
        rows[pair][index].clone()
    }

    #[test]
    fn every_pair_has_a_row() {
        let a = noise(5000);
        let b: Vec<f32> = a.iter().map(|x| x + 0.25).collect();
        let later = [vec![0.0f32; 100], a[..4900].to_vec()].concat();
        let bench = Bench::<Matrix>::new()
            .audio(8000, &[&a])
            .audio(8000, &[&b])
            .audio(8000, &[&later])
            .audio(8000, &[&a[..4000]]);
        let outcome = bench.run().expect("runs");
        let rows = outcome.rows(0).expect("a table");
        assert_eq!(rows.len(), 6);
        assert!((cell(&rows, 0, "l1").as_f64().expect("l1") - 0.25).abs() < 1e-7);
        assert_eq!(cell(&rows, 0, "offset"), Value::Int(0));
        assert_eq!(cell(&rows, 1, "offset"), Value::Int(100));
        assert_eq!((cell(&rows, 2, "l1"), cell(&rows, 2, "offset")), (Value::None, Value::Int(0)));
        assert_eq!(cell(&rows, 2, "candidate_shape").as_str(), Some("(sample 4000)"));
        assert!(cell(&rows, 2, "remark").as_str().expect("text").contains("their shapes differ"));
        bench.conforms();
        let cropped = bench.parameter("crop", true).run().expect("runs");
        assert_eq!(cell(&cropped.rows(0).expect("a table"), 2, "l1"), Value::Float(0.0));
    }

    #[test]
    fn what_cannot_be_compared_is_in_the_table_too() {
        let axes = |bands| vec![Axis::frames(Some(2)), Axis::bins(bands, 100.0)];
        let format = |bands, quantity: &str| {
            Format::tensor(
                Tensor::new::<f32>(axes(bands), quantity),
                Clock::samples(8000).frames(80, 0),
                Some(2),
                "bin,frame",
            )
        };
        let bench = Bench::<Matrix>::new()
            .tensor(format(2, "ln"), &[1.0f32, 2.0, 3.0, 4.0])
            .tensor(format(2, "power"), &[1.0f32, 2.0, 3.0, 4.0])
            .tensor(format(1, "ln"), &[1.0f32, 2.0])
            .audio(8000, &[&[0.5f32, 0.5]]);
        let outcome = bench.run().expect("runs");
        let rows = outcome.rows(0).expect("a table");
        assert_eq!(cell(&rows, 0, "remark").as_str(), Some("the reference is ln, the candidate power"));
        assert_eq!((cell(&rows, 0, "l1"), cell(&rows, 1, "l1")), (Value::None, Value::None));
        assert!(cell(&rows, 1, "remark").as_str().expect("text").contains("(bin 2, frame 2) against (bin 1, frame 2)"));
        assert_eq!(cell(&rows, 1, "reference_max"), Value::Float(4.0));
        bench.conforms();
    }

    #[test]
    fn one_input_is_too_few() {
        assert!(
            refused(Bench::<Matrix>::new().audio(8000, &[&[0.5f32]]).run(), ErrorKind::Format)
                .message
                .contains("got 1")
        );
    }
}
