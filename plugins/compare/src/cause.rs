//! `compare.cause`: why a candidate differs from a reference, in words.
//!
//! Shape: two audio streams or tensors of any shape to a table and metrics. Source: `auricle_dsp::cause`. Unlike
//! `compare.error`, which says how far two arrays are apart, it undoes known conventions until they agree.

use std::ops::Range;

use auricle_dsp::cause::{Cause, Grid, Hints, find};
use auricle_sdk::Host;
use auricle_sdk::format::{Column, ColumnType, Kind};
use auricle_sdk::prelude::*;

use crate::figures::row;
use crate::lane::{HEAD, Lane, lagging};
use crate::pairing::{Pairing, entry, shape, unlike};

/// The stage.
pub struct Causes {
    host: Host,
    formats: [Format; 2],
    lanes: Vec<Lane>,
}

/// Ports in order.
const TABLE: usize = 0;
const METRICS: usize = 1;

fn schema() -> Records {
    let columns = vec![
        Column::new("cause", ColumnType::Str),
        Column::new("words", ColumnType::Str),
        Column::new("remaining", ColumnType::Float),
    ];
    Records::new("auricle.causes/1", columns)
}

impl Stage for Causes {
    const DESCRIPTOR: Descriptor = Descriptor::new("compare.cause", "Why a candidate differs from a reference, in words")
        .doc(
            "First what the two say of themselves: quantity, scale of the bands, rates, the time of their first entries. Then \
             what the numbers show: every known convention is undone on the candidate (dB, log10, log2 or no logarithm for ln; \
             a power for a magnitude; samples of int16 not scaled, scaled twice or by 32767; transposition; an offset in time, \
             as without centring; other padding; HTK's scale or other edges of the bands; a missing norm; pre-emphasis; another \
             floor; a standardisation; gain, polarity, swapped channels), and the one after which least of the difference is \
             left is told, again and again until nothing helps. remaining is the share of the mean absolute difference left \
             once a cause and those before it are undone. The first 2,097,152 values of each are looked at. A finding each; \
             equal arrays have none.",
        )
        .source("auricle_dsp::cause")
        .inputs(&[Port::array("reference").doc("What is right."), Port::array("candidate").doc("What differs.")])
        .outputs(&[
            Port::records("causes").doc("A row a cause: its name, words, the share of the difference that remains."),
            Port::records("metrics").doc("causes: how many; remaining: after the last."),
        ])
        .locality(Locality::WholeInput);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let formats = [setup.input(0)?.clone(), setup.input(1)?.clone()];
        let stage = Causes { host: setup.host(), formats, lanes: Vec::new() };
        Ok((stage, vec![Format::records(schema()), Format::records(Records::metrics())]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.lanes = self.formats.iter().map(Lane::new).collect();
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, _: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet {
            let lane = &mut self.lanes[packet.port];
            lane.push(packet)?;
            lane.forget(i64::MAX);
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        let causes = self.causes();
        let (mut table, mut metrics) = (Rows::new(&schema()), Rows::new(&Records::metrics()));
        for cause in &causes {
            let remaining = if cause.remaining.is_finite() { Value::Float(cause.remaining) } else { Value::None };
            table.push(vec![cause.name.into(), cause.words.as_str().into(), remaining])?;
            self.host.finding(Severity::Warning, cause.name, &cause.words, None);
        }
        let left = causes.iter().map(|cause| cause.remaining).rfind(|left| left.is_finite());
        metrics.push(row("causes", causes.len() as f64, "1", ""))?;
        metrics.push(row("remaining", left.unwrap_or(if causes.is_empty() { 0.0 } else { 1.0 }), "1", ""))?;
        out.rows(TABLE, 0, &table)?;
        out.rows(METRICS, 0, &metrics)?;
        Ok(Flow::Done)
    }

    fn wants(&self) -> Option<usize> {
        lagging(self.lanes.iter().map(|lane| (lane.received, lane.ended)))
    }
}

impl Causes {
    /// What the formats say, where the numbers differ at all; then what the numbers say.
    fn causes(&self) -> Vec<Cause> {
        let [reference, candidate] = [&self.formats[0], &self.formats[1]];
        let stated = |words: String| Cause { name: "stated", words, remaining: f64::NAN };
        let [a, b] = [&self.lanes[0], &self.lanes[1]];
        let grids = match Pairing::new(reference, candidate, false) {
            Ok(pairing) => {
                let width = pairing.len();
                let first = a.head(pairing.places().iter().map(|(a, _)| *a));
                Some([Grid::new(first, width), Grid::new(b.head(pairing.places().iter().map(|(_, b)| *b)), width)])
            }
            Err(_) => {
                let widths = [entry(reference), entry(candidate)];
                let turned = a.received as usize == widths[1] && b.received as usize == widths[0];
                turned.then(|| [Grid::new(a.head(0..widths[0]), widths[0]), Grid::new(b.head(0..widths[1]), widths[1])])
            }
        };
        let Some([first, second]) = grids else {
            let shapes = [shape(reference, Some(a.received)), shape(candidate, Some(b.received))];
            let words = format!("their shapes cannot be brought together: {} against {}", shapes[0], shapes[1]);
            let shapes = Cause { name: "unlike-shapes", words, remaining: f64::NAN };
            return std::iter::once(shapes).chain(unlike(reference, candidate).into_iter().map(stated)).collect();
        };
        if a.head_len() >= HEAD || b.head_len() >= HEAD {
            let message = format!("only the first {HEAD} values of each were looked at");
            self.host.finding(Severity::Info, "looked-at-the-start", &message, None);
        }
        let clock = reference.clock;
        let hints = Hints {
            samples: [reference, candidate].iter().any(|f| f.kind() == Kind::Audio) || first.width() == 1,
            sample_rate: (clock.step != 0).then(|| clock.tick.1 as f64 / clock.tick.0 as f64),
        };
        let shown = find(&first, &second, &hints);
        if shown.is_empty() {
            return shown;
        }
        let mut causes: Vec<Cause> = unlike(reference, candidate).into_iter().map(stated).collect();
        // That nothing is known is no news beside what is.
        let told = causes.is_empty();
        causes.extend(shown.into_iter().filter(|cause| told || cause.name != "unknown"));
        causes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::Bench;

    fn bands(values: &[f32], bands: usize, quantity: &str) -> Format {
        let frames = Some((values.len() / bands) as i64);
        let axes = vec![Axis::frames(frames), Axis::bins(bands, 100.0)];
        Format::tensor(Tensor::new::<f32>(axes, quantity), Clock::samples(8000).frames(80, 0), frames, "bin,frame")
    }

    fn noise(count: usize) -> Vec<f32> {
        (0..count as u64).map(|t| ((t * t * 7919 + t * 104_729) % 10_007) as f32 / -1000.0).collect()
    }

    #[track_caller]
    fn check(bench: &Bench<Causes>, expected: &[&str]) {
        let rows = bench.run().expect("runs").rows(TABLE).expect("a table");
        let names: Vec<&str> = rows.iter().filter_map(|row| row[0].as_str()).collect();
        assert_eq!(names, expected, "{rows:?}");
        bench.conforms();
    }

    #[test]
    fn causes_by_format_and_by_numbers() {
        let a = noise(400);
        let db: Vec<f32> = a.iter().map(|x| x * 20.0 / std::f32::consts::LN_10).collect();
        let bench = |b: &[f32], quantity: &str| {
            Bench::<Causes>::new().tensor(bands(&a, 10, "ln"), &a).tensor(bands(b, 10, quantity), b)
        };
        check(&bench(&db, "db"), &["stated", "db-for-ln"]);
        check(&bench(&a, "ln"), &[]);
        let turned: Vec<f32> = (0..10).flat_map(|k| a.iter().skip(k).step_by(10).copied()).collect();
        check(&Bench::new().tensor(bands(&a, 10, "ln"), &a).tensor(bands(&turned, 40, "ln"), &turned), &["transposed"]);
        check(&Bench::new().tensor(bands(&a, 10, "ln"), &a).tensor(bands(&a, 8, "ln"), &a), &["unlike-shapes"]);
    }

    #[test]
    fn audio_has_causes_of_its_own() {
        let a: Vec<f32> = noise(500).iter().map(|x| x / 20.0).collect();
        let integers: Vec<i16> = a.iter().map(|x| (x * 32768.0) as i16).collect();
        check(&Bench::new().audio(8000, &[&a]).audio(8000, &[&integers]), &["stated", "int16-not-scaled"]);
    }
}
