//! What `compare.wer` and `compare.cer` share: two tables of texts, line against line, and the edits between them.

use std::ops::Range;

use auricle_dsp::edits::{Edits, Step};
use auricle_sdk::format::{Column, ColumnType};
use auricle_sdk::prelude::*;

use crate::figures::row;

/// An error rate: what a text is cut into, and what it is called.
pub trait Unit: Sized + Send + 'static {
    /// What the stage says about itself; its inputs are [`INPUTS`], its outputs [`OUTPUTS`].
    const DESCRIPTOR: Descriptor;
    /// Name of the rate.
    const RATE: &'static str;

    /// What a text is cut into.
    fn items(text: &str) -> Vec<String>;
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
    Port::records("steps")
        .doc("What became of each item: step (hit, substitution, deletion, insertion), both sides, start and end (s) where a side has them."),
];

/// The parameters of both.
pub const PARAMETERS: &[Parameter] = &[Parameter::bool("join", false).doc(
    "All rows of a side are one text, a space between two: for transcripts that are cut otherwise than the reference.",
)];

/// Steps are told of texts with at most so many pairs of items: 64 MiB while they are found.
const MOST_PAIRS: usize = 1 << 26;

/// A row of a side.
#[derive(Clone, Debug)]
struct Row {
    text: String,
    /// In seconds, if the table says when.
    time: Option<(f64, f64)>,
}

/// A [`Unit`] as a [`Stage`].
pub struct Texts<U> {
    columns: [Columns; 2],
    join: bool,
    texts: [Vec<Row>; 2],
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
        let columns = [Columns::of(setup.input(0)?.as_records()?)?, Columns::of(setup.input(1)?.as_records()?)?];
        let join = setup.parameters.bool("join")?;
        let texts = [Vec::new(), Vec::new()];
        let stage = Texts { columns, join, texts, ended: [false; 2], unit: std::marker::PhantomData };
        let formats = [Records::metrics(), lines(), steps()].map(Format::records);
        Ok((stage, formats.to_vec()))
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
            self.texts[packet.port].push(self.columns[packet.port].row(&table, index)?);
        }
        self.ended[packet.port] |= packet.end;
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        let [references, candidates] = &self.sides();
        if references.len() != candidates.len() {
            let (a, b) = (references.len(), candidates.len());
            let message = format!("expected a candidate for each reference, got {a} references and {b} candidates");
            let hint = "join = true makes one text of each side; else an empty line stands for nothing recognised";
            return Err(Error::data(message).hint(hint));
        }
        let (mut total, mut table) = (Edits::default(), Rows::new(&lines()));
        let mut told = Rows::new(&steps());
        for (line, (reference, candidate)) in references.iter().zip(candidates).enumerate() {
            let [from, to] = [reference, candidate].map(|rows| Items::new::<U>(rows));
            let edits = Edits::between(&from.items, &to.items);
            total.merge(&edits);
            match Edits::steps(&from.items, &to.items, MOST_PAIRS) {
                Some(steps) => steps.iter().try_for_each(|step| told.push(cells(line, *step, &from, &to)))?,
                None => {
                    let message = format!("line {line} is too long for its steps to be told; its counts are right");
                    out.host().finding(Severity::Info, "steps-left-out", &message, None);
                }
            }
            let [reference, candidate] = [reference, candidate].map(|rows| joined(rows));
            let mut cells = vec![reference.into(), candidate.into(), Value::Float(edits.rate())];
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
        out.rows(2, 0, &told)?;
        Ok(Flow::Done)
    }

    fn wants(&self) -> Option<usize> {
        self.ended.iter().position(|ended| !ended)
    }
}

impl<U: Unit> Texts<U> {
    /// Each side's texts, of the rows that belong together.
    fn sides(&self) -> [Vec<Vec<Row>>; 2] {
        let cut = |rows: &Vec<Row>| match self.join {
            true => vec![rows.clone()],
            false => rows.iter().map(|row| vec![row.clone()]).collect(),
        };
        [cut(&self.texts[0]), cut(&self.texts[1])]
    }
}

fn joined(rows: &[Row]) -> String {
    rows.iter().map(|row| row.text.as_str()).collect::<Vec<_>>().join(" ")
}

/// Which columns of a table are meant.
struct Columns {
    text: usize,
    time: Option<(usize, usize)>,
}

impl Columns {
    fn of(records: &Records) -> Result<Self> {
        let find = |name: &str, kind| records.columns.iter().position(|c| c.name == name && c.kind == kind);
        let text = find("text", ColumnType::Str).ok_or_else(|| {
            let names: Vec<&str> = records.columns.iter().map(|column| column.name.as_str()).collect();
            Error::format(format!("expected a table with a column text, got one with {}", names.join(", ")))
        })?;
        let time = find("start", ColumnType::Float).zip(find("end", ColumnType::Float));
        Ok(Columns { text, time })
    }

    fn row(&self, table: &auricle_sdk::Table<'_>, index: usize) -> Result<Row> {
        let text = table.value(self.text, index)?.as_str().unwrap_or_default().to_owned();
        let number = |column: usize| Ok(table.value(column, index)?.as_f64());
        let time = match self.time {
            Some((start, end)) => number(start)?.zip(number(end)?),
            None => None,
        };
        Ok(Row { text, time })
    }
}

/// A text cut into items, with their times as far as they are known.
struct Items {
    items: Vec<String>,
    /// Of each item: its share of the row that it stands in, by length.
    times: Vec<Option<(f64, f64)>>,
}

impl Items {
    fn new<U: Unit>(rows: &[Row]) -> Self {
        let mut all = Items { items: Vec::new(), times: Vec::new() };
        // Cut as one text, as the counts are; times only where the rows, cut one by one, are the same items.
        all.items = U::items(&joined(rows));
        for row in rows {
            let items = U::items(&row.text);
            let whole = items.iter().map(|item| item.chars().count()).sum::<usize>().max(1) as f64;
            let mut before = 0;
            all.times.extend(items.iter().map(|item| {
                let (from, to) = (before as f64 / whole, (before + item.chars().count()) as f64 / whole);
                before += item.chars().count();
                row.time.map(|(start, end)| (start + from * (end - start), start + to * (end - start)))
            }));
        }
        if all.times.len() != all.items.len() {
            all.times = vec![None; all.items.len()];
        }
        all
    }

    /// When the item is heard; of a place between two items, the moment.
    fn time(&self, index: usize, between: bool) -> Option<(f64, f64)> {
        if !between {
            return self.times.get(index).copied().flatten();
        }
        let before = index.checked_sub(1).and_then(|index| self.times.get(index).copied().flatten());
        let at = before.map(|(_, end)| end).or_else(|| Some(self.times.get(index).copied().flatten()?.0))?;
        Some((at, at))
    }
}

fn steps() -> Records {
    let texts = ["step", "reference", "candidate"].map(|name| Column::new(name, ColumnType::Str));
    let times = ["start", "end"].map(|name| {
        let mut column = Column::new(name, ColumnType::Float);
        column.unit = "s".into();
        column
    });
    let line = [Column::new("line", ColumnType::Int)];
    Records::new("auricle.steps/1", line.into_iter().chain(texts).chain(times).collect())
}

/// A row of the table of steps. The candidate's time comes first: it is what can be listened to.
fn cells(line: usize, step: Step, from: &Items, to: &Items) -> Vec<Value> {
    let (name, item, other, time) = match step {
        Step::Hit(i, j) => ("hit", Some(i), Some(j), to.time(j, false).or(from.time(i, false))),
        Step::Substitution(i, j) => ("substitution", Some(i), Some(j), to.time(j, false).or(from.time(i, false))),
        Step::Deletion(i, j) => ("deletion", Some(i), None, from.time(i, false).or(to.time(j, true))),
        Step::Insertion(i, j) => ("insertion", None, Some(j), to.time(j, false).or(from.time(i, true))),
    };
    let text = |items: &Items, index: Option<usize>| match index {
        Some(index) => Value::Str(items.items[index].clone()),
        None => Value::None,
    };
    let (start, end) = time.map_or((Value::None, Value::None), |(start, end)| (start.into(), end.into()));
    vec![Value::Int(line as i64), name.into(), text(from, item), text(to, other), start, end]
}
