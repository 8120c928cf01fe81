//! `compare.der`: the diarization error rate of who speaks when.
//!
//! Shape: two tables with start, end and a speaker to metrics and tables. Source: NIST's md-eval; pyannote.metrics 4.2.0. Unlike
//! `compare.wer` it looks at times, and at who speaks instead of what is said.

use std::ops::Range;

use auricle_dsp::diarization::{Config, Errors, Turn};
use auricle_sdk::format::{Column, ColumnType};
use auricle_sdk::prelude::*;

use crate::figures::row;

/// The stage.
pub struct Diarization {
    config: Config,
    sides: [Side; 2],
}

/// A side: where its columns are, and what came.
struct Side {
    start: usize,
    end: usize,
    /// Who speaks, by the first of these columns that says so.
    names: Vec<usize>,
    speakers: Vec<String>,
    turns: Vec<Turn>,
}

fn errors() -> Records {
    let mut columns = ["start", "end"].map(|name| Column::new(name, ColumnType::Float)).to_vec();
    columns.iter_mut().for_each(|column| column.unit = "s".into());
    columns.extend(["label", "reference", "candidate"].map(|name| Column::new(name, ColumnType::Str)));
    Records::new("auricle.diarization/1", columns)
}

fn pairs() -> Records {
    let mut columns = ["reference", "candidate"].map(|name| Column::new(name, ColumnType::Str)).to_vec();
    columns.push(Column::new("shared", ColumnType::Float));
    columns[2].unit = "s".into();
    Records::new("auricle.speakers/1", columns)
}

impl Stage for Diarization {
    const DESCRIPTOR: Descriptor = Descriptor::new("compare.der", "Diarization error rate")
        .doc(
            "der = (missed + false_alarm + confusion) / total, each in seconds of speakers: two who speak for a second are two seconds. \
             Speakers of both sides are paired one to one, so that they have as much time in common as can be. Where the candidate has fewer \
             speakers than the reference some are missed, where it has more they are false alarms; of the others, those whose partner \
             does not speak are confused. Who speaks is the column speaker, or label where a row has none; turns of one speaker that overlap \
             count once. Against an empty reference the rate is 1 if there is any speech, else 0.",
        )
        .source("NIST md-eval 22; pyannote.metrics 4.2.0, DiarizationErrorRate, whose collar is the sum of both sides")
        .inputs(&[
            Port::records("reference").doc("Who speaks when: a table with start, end, and speaker or label."),
            Port::records("candidate").doc("The same, as it was found."),
        ])
        .outputs(&[
            Port::records("metrics").doc("der, and missed, false_alarm, confusion and total in seconds."),
            Port::records("errors").doc("Where it is wrong: start and end (s), label (missed, false alarm, confusion), who speaks on both sides."),
            Port::records("speakers").doc("Who is taken for whom, and for how long both speak."),
        ])
        .parameters(&[
            Parameter::float("collar_s", 0.0)
                .range(0.0, 10.0)
                .unit("s")
                .doc("Left aside on each side of every boundary of the reference; NIST takes 0.25."),
            Parameter::bool("detection", false)
                .doc("Whoever speaks is one: what is measured is where anybody speaks, which is what a vad.* stage finds."),
            Parameter::bool("skip_overlap", false).doc("Leave aside where more than one speaks in the reference."),
        ])
        .locality(Locality::WholeInput);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let config = Config {
            collar_s: setup.parameters.float("collar_s")?,
            skip_overlap: setup.parameters.bool("skip_overlap")?,
        };
        let named = !setup.parameters.bool("detection")?;
        let side = |index| Side::new(setup.input(index)?.as_records()?, named);
        let sides = [side(0)?, side(1)?];
        let formats = [Records::metrics(), errors(), pairs()].map(Format::records);
        Ok((Diarization { config, sides }, formats.to_vec()))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        for side in &mut self.sides {
            side.speakers.clear();
            side.turns.clear();
        }
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, _: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet {
            self.sides[packet.port].take(packet)?;
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        let [reference, candidate] = &self.sides;
        let found = Errors::between(&reference.turns, &candidate.turns, &self.config);
        let mut metrics = Rows::new(&Records::metrics());
        metrics.push(row("der", found.rate(), "1", ""))?;
        for (name, seconds) in [
            ("missed", found.missed),
            ("false_alarm", found.false_alarm),
            ("confusion", found.confusion),
            ("total", found.total),
        ] {
            metrics.push(row(name, seconds, "s", ""))?;
        }
        out.rows(0, 0, &metrics)?;
        let mut wrong = Rows::new(&errors());
        for stretch in &found.stretches {
            let (has, told) = (stretch.reference.len(), stretch.candidate.len());
            let partner = |speaker: &usize| found.pairs[*speaker].map(|(partner, _)| partner);
            let right = stretch.reference.iter().filter(|s| partner(s).is_some_and(|p| stretch.candidate.contains(&p)));
            let label = match right.count() {
                right if has > told && right == told => "missed",
                right if told > has && right == has => "false alarm",
                right if has == told && right == has => continue,
                _ => "confusion",
            };
            let (a, b) = (reference.names_of(&stretch.reference), candidate.names_of(&stretch.candidate));
            wrong.push(vec![stretch.start.into(), stretch.end.into(), label.into(), a.into(), b.into()])?;
        }
        out.rows(1, 0, &wrong)?;
        let mut taken = Rows::new(&pairs());
        for (name, pair) in reference.speakers.iter().zip(found.pairs.iter().chain(std::iter::repeat(&None))) {
            let (partner, seconds) = match pair {
                Some((partner, seconds)) => (candidate.speakers[*partner].as_str().into(), *seconds),
                None => (Value::None, 0.0),
            };
            taken.push(vec![name.as_str().into(), partner, seconds.into()])?;
        }
        out.rows(2, 0, &taken)?;
        Ok(Flow::Done)
    }
}

impl Side {
    fn new(records: &Records, named: bool) -> Result<Self> {
        let place = |name: &str, kind| records.columns.iter().position(|c| c.name == name && c.kind == kind);
        let (start, end) = (place("start", ColumnType::Float), place("end", ColumnType::Float));
        let told = ["speaker", "label"].iter().filter(|_| named);
        let names: Vec<usize> = told.filter_map(|name| place(name, ColumnType::Str)).collect();
        match (start, end) {
            (Some(start), Some(end)) if !named || !names.is_empty() => {
                Ok(Side { start, end, names, speakers: Vec::new(), turns: Vec::new() })
            }
            _ => {
                let got: Vec<&str> = records.columns.iter().map(|column| column.name.as_str()).collect();
                let message = format!("expected a table with start, end, and speaker or label, got {}", got.join(", "));
                Err(Error::format(message).hint("read.labels reads RTTM, and diarize.cluster gives such a table"))
            }
        }
    }

    fn take(&mut self, packet: &Packet) -> Result<()> {
        let table = packet.records()?;
        for index in 0..table.rows() {
            let at = packet.start + index as i64;
            let time = |column: usize| table.value(column, index).map(|value| value.as_f64().filter(|t| t.is_finite()));
            let (Some(start), Some(end)) = (time(self.start)?, time(self.end)?) else {
                return Err(Error::data("a row has no start or no end").at(at));
            };
            if end < start {
                return Err(Error::data(format!("a row ends at {end} s, before its start at {start} s")).at(at));
            }
            let mut name = None;
            for &column in &self.names {
                let told = table.value(column, index)?;
                name = name.or_else(|| told.as_str().map(str::to_owned));
            }
            let name = name.unwrap_or_default();
            let known = self.speakers.iter().position(|speaker| *speaker == name);
            let speaker = known.unwrap_or_else(|| {
                self.speakers.push(name);
                self.speakers.len() - 1
            });
            self.turns.push(Turn { start, end, speaker });
        }
        Ok(())
    }

    fn names_of(&self, speakers: &[usize]) -> String {
        let names: Vec<&str> = speakers.iter().map(|&speaker| self.speakers[speaker].as_str()).collect();
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn bench(sides: [&[(f64, f64, &str)]; 2]) -> Bench<Diarization> {
        let mut columns = ["start", "end"].map(|name| Column::new(name, ColumnType::Float)).to_vec();
        columns.push(Column::new("speaker", ColumnType::Str));
        let records = Records::new("t/1", columns);
        let rows = |turns: &[(f64, f64, &str)]| -> Vec<Vec<Value>> {
            turns.iter().map(|&(start, end, speaker)| vec![start.into(), end.into(), speaker.into()]).collect()
        };
        Bench::new().records(records.clone(), rows(sides[0])).records(records, rows(sides[1]))
    }

    /// Values of pyannote.metrics 4.2.0, `DiarizationErrorRate(collar=2 * collar_s)`.
    #[test]
    fn a_made_conversation() {
        let reference = [(0.0, 10.0, "A"), (12.0, 20.0, "B"), (24.0, 27.0, "A"), (30.0, 40.0, "C")];
        let candidate = [(2.0, 13.0, "a"), (13.0, 14.0, "d"), (14.0, 20.0, "b"), (22.0, 38.0, "c"), (38.0, 40.0, "e")];
        let bench = bench([&reference, &candidate]);
        let outcome = bench.run().expect("runs");
        let value = |name: &str| outcome.metric(name).expect("a metric");
        let [der, missed, false_alarm, confusion, total] =
            ["der", "missed", "false_alarm", "confusion", "total"].map(value);
        assert_eq!([missed, false_alarm, confusion, total], [2.0, 7.0, 7.0, 31.0]);
        assert!((der - 16.0 / 31.0).abs() < 1e-12);
        let wrong = outcome.rows(1).expect("errors");
        assert_eq!(wrong[0], vec![0.0.into(), 2.0.into(), "missed".into(), "A".into(), "".into()]);
        assert_eq!(wrong[2], vec![12.0.into(), 13.0.into(), "confusion".into(), "B".into(), "a".into()]);
        let taken = outcome.rows(2).expect("speakers");
        assert_eq!(taken[0], vec!["A".into(), "a".into(), 8.0.into()]);
        let collar = bench.parameter("collar_s", 0.5);
        assert_eq!(collar.run().expect("runs").metric("total"), Some(27.0));
        collar.conforms();
        // Whoever it is: 2 s at the start are missed, 2 + 2 + 3 s between are heard where nobody speaks.
        let anybody = self::bench([&reference, &candidate]).parameter("detection", true).run().expect("runs");
        let value = |name: &str| anybody.metric(name).expect("a metric");
        assert_eq!([value("missed"), value("false_alarm"), value("confusion"), value("total")], [2.0, 7.0, 0.0, 31.0]);
    }

    #[test]
    fn tables_that_say_nothing() {
        assert_eq!(bench([&[], &[]]).run().expect("runs").metric("der"), Some(0.0));
        assert_eq!(bench([&[], &[(0.0, 1.0, "a")]]).run().expect("runs").metric("der"), Some(1.0));
        refused(bench([&[(2.0, 1.0, "a")], &[]]).run(), ErrorKind::Data);
        let words = Records::new("t/1", vec![Column::new("text", ColumnType::Str)]);
        let other = Bench::<Diarization>::new().records(words.clone(), []).records(words, []);
        assert!(refused(other.run(), ErrorKind::Format).message.contains("got text"));
    }
}
