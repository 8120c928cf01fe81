//! What `compare.wer` and `compare.cer` share: two tables of texts, line against line, and the edits between them.

use std::ops::Range;

use auricle_dsp::edits::Edits;
use auricle_sdk::format::{Column, ColumnType};
use auricle_sdk::prelude::*;

use crate::figures::row;

/// An error rate: what a text is cut into, and what it is called.
pub trait Unit: Sized + Send + 'static {
    /// What the stage says about itself; its inputs are [`INPUTS`], its outputs [`OUTPUTS`].
    const DESCRIPTOR: Descriptor;
    /// Name of the rate.
    const RATE: &'static str;

    /// The edits from a reference to a candidate.
    fn edits(reference: &str, candidate: &str) -> Edits;
}

/// Two tables with a column `text`.
pub const INPUTS: &[Port] = &[
    Port::records("reference").doc("What was said: a table with a column text."),
    Port::records("candidate").doc("What was recognised, a row a row of the reference."),
];

/// The metrics, and a row a line.
pub const OUTPUTS: &[Port] = &[
    Port::records("metrics").doc("The rate, hits, substitutions, deletions, insertions, over all lines."),
    Port::records("lines").doc("The same for each line, with both texts."),
];

/// A [`Unit`] as a [`Stage`].
pub struct Texts<U> {
    columns: [usize; 2],
    texts: [Vec<String>; 2],
    ended: [bool; 2],
    unit: std::marker::PhantomData<U>,
}

fn lines() -> Records {
    let mut columns = vec![Column::new("reference", ColumnType::Str), Column::new("candidate", ColumnType::Str)];
    columns.push(Column::new("rate", ColumnType::Float));
    let counts = ["hits", "substitutions", "deletions", "insertions"];
    columns.extend(counts.map(|name| Column::new(name, ColumnType::Int)));
    Records::new("auricle.edits/1", columns)
}

fn counts(edits: &Edits) -> [(&'static str, u64); 4] {
    let Edits { hits, substitutions, deletions, insertions } = *edits;
    [("hits", hits), ("substitutions", substitutions), ("deletions", deletions), ("insertions", insertions)]
}

impl<U: Unit> Stage for Texts<U> {
    const DESCRIPTOR: Descriptor = U::DESCRIPTOR;

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let column = |input: usize| {
            let records = setup.input(input)?.as_records()?;
            let found = records.columns.iter().position(|c| c.name == "text" && c.kind == ColumnType::Str);
            found.ok_or_else(|| {
                let names: Vec<&str> = records.columns.iter().map(|column| column.name.as_str()).collect();
                Error::format(format!("expected a table with a column text, got one with {}", names.join(", ")))
            })
        };
        let columns = [column(0)?, column(1)?];
        let stage =
            Texts { columns, texts: [Vec::new(), Vec::new()], ended: [false; 2], unit: std::marker::PhantomData };
        Ok((stage, vec![Format::records(Records::metrics()), Format::records(lines())]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.texts = [Vec::new(), Vec::new()];
        self.ended = [false; 2];
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, _: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        let table = packet.records()?;
        for index in 0..table.rows() {
            let text = table.value(self.columns[packet.port], index)?;
            self.texts[packet.port].push(text.as_str().unwrap_or_default().to_owned());
        }
        self.ended[packet.port] |= packet.end;
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        let [references, candidates] = &self.texts;
        if references.len() != candidates.len() {
            let (a, b) = (references.len(), candidates.len());
            let message = format!("expected a candidate for each reference, got {a} references and {b} candidates");
            return Err(Error::data(message).hint("an empty line stands for nothing recognised"));
        }
        let (mut total, mut table) = (Edits::default(), Rows::new(&lines()));
        for (reference, candidate) in references.iter().zip(candidates) {
            let edits = U::edits(reference, candidate);
            total.merge(&edits);
            let mut cells = vec![reference.as_str().into(), candidate.as_str().into(), Value::Float(edits.rate())];
            cells.extend(counts(&edits).map(|(_, count)| Value::Int(count as i64)));
            table.push(cells)?;
        }
        let mut metrics = Rows::new(&Records::metrics());
        metrics.push(row(U::RATE, total.rate(), "1", ""))?;
        for (name, count) in counts(&total) {
            metrics.push(row(name, count as f64, "1", ""))?;
        }
        out.rows(0, 0, &metrics)?;
        out.rows(1, 0, &table)?;
        Ok(Flow::Done)
    }

    fn wants(&self) -> Option<usize> {
        self.ended.iter().position(|ended| !ended)
    }
}
