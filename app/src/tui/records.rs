//! Tables read from a stage's records, as text.

use super::axis;
use super::columns::Work;
use super::scale::vertical_axis;
use super::target::Target;
use super::worker::guarded;
use auricle_annotation::{Annotation, Field, Label, Losses, field_of, of_row};
use auricle_engine::{Cancel, Evaluator};
use auricle_sdk::format::{ColumnType, Format, Records};
use auricle_sdk::{Packet, Value};

/// More rows than this are not shown.
const MOST: usize = 50_000;

/// Names of columns that tell when something begins, or is.
const BEGINS: [&str; 5] = ["start", "start_s", "time", "time_s", "onset"];
/// Names of columns that tell when it ends.
const ENDS: [&str; 2] = ["end", "end_s"];

/// A table of records.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Which output it is.
    pub target: Option<Target>,
    /// What is being done for it.
    pub work: Work,
    /// Rows of cells; the first holds the names. None before they are read.
    pub rows: Vec<Vec<String>>,
    /// One value for each entry of the axis, if it is no table but frames without time.
    pub profile: Vec<f32>,
    /// The rows as labels, if they tell when they are; in the order of time.
    pub labels: Vec<Label>,
    /// What is said of all labels.
    pub said: Annotation,
    /// Are there more rows than those?
    is_old: bool,
}

impl Table {
    /// Shows `target` from now on; rows stay if it gives the same.
    pub fn aim(&mut self, target: Option<Target>) {
        let key = |target: &Target| (target.signature, target.output);
        if self.target.as_ref().map(key) == target.as_ref().map(key) {
            self.target = target;
        } else {
            *self = Table { target, ..Table::default() };
        }
    }

    /// The rows are shown until more have come.
    pub fn renew(&mut self) {
        self.is_old = true;
    }

    /// Asks for the rows, if there are none, or more.
    pub fn ask(&mut self, ticket: u64) -> Option<Target> {
        let is_wanted = (self.rows.is_empty() || self.is_old) && self.work == Work::Idle;
        let target = self.target.clone().filter(|_| is_wanted)?;
        self.is_old = false;
        self.work = Work::Computing { ticket, done: 0, total: 1 };
        Some(target)
    }

    /// Takes rows in, if they were read for the present request.
    pub fn receive(&mut self, ticket: u64, found: Found) {
        if matches!(self.work, Work::Computing { ticket: mine, .. } if mine == ticket) {
            let Found { rows, labels, said, profile } = found;
            (self.rows, self.labels, self.said) = (rows, labels, said);
            (self.profile, self.work) = (profile, Work::Idle);
        }
    }

    /// The request is done, or failed with a message.
    pub fn finish(&mut self, ticket: u64, failure: Option<String>) {
        if matches!(self.work, Work::Computing { ticket: mine, .. } if mine == ticket) {
            self.work = failure.map_or(Work::Idle, Work::Failed);
        }
    }
}

/// The columns that tell when a record begins and ends; the same one twice where it only begins.
pub fn times(records: &Records) -> Option<(usize, usize)> {
    let find = |names: &[&str]| {
        let is = |column: &auricle_sdk::format::Column| {
            column.kind == ColumnType::Float && names.contains(&column.name.as_str())
        };
        records.columns.iter().position(is)
    };
    let begin = find(&BEGINS)?;
    Some((begin, find(&ENDS).unwrap_or(begin)))
}

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Rows of cells; the first holds the names.
    pub rows: Vec<Vec<String>>,
    /// The rows as labels.
    pub labels: Vec<Label>,
    /// What is said of all labels.
    pub said: Annotation,
    /// One value for each entry of an axis.
    pub profile: Vec<f32>,
}

/// The rows of a table, the names of its columns first, and when each row is.
///
/// # Errors
/// What the stage says when it fails.
pub fn rows(evaluator: &Evaluator, target: &Target, cancel: &Cancel) -> Result<Found, String> {
    guarded(|| read(evaluator, target, cancel).map_err(|error| error.to_string()))
}

fn read(evaluator: &Evaluator, target: &Target, cancel: &Cancel) -> auricle_sdk::Result<Found> {
    if let Ok(tensor) = target.format.as_tensor() {
        let names = [vertical_axis(tensor).map_or("", |axis| axis.name.as_str()), &tensor.quantity];
        let count = vertical_axis(tensor).and_then(|axis| axis.length).unwrap_or(1);
        let mut profile: Vec<f32> = Vec::new();
        for packet in evaluator.evaluate(target.stage, target.output, 0..i64::MAX, cancel)? {
            profile.extend_from_slice(&packet.tensor_as::<f32>()?);
        }
        // Of several figures the first.
        profile.truncate(count);
        return Ok(Found { rows: vec![names.map(str::to_owned).to_vec()], profile, ..Found::default() });
    }
    found(&target.format, &evaluator.evaluate(target.stage, target.output, 0..i64::MAX, cancel)?)
}

/// The rows of packets.
///
/// # Errors
/// They cannot be read.
pub fn found<'a>(format: &Format, packets: impl IntoIterator<Item = &'a Packet>) -> auricle_sdk::Result<Found> {
    let records = format.as_records()?;
    let times = times(records);
    let mut rows = vec![records.columns.iter().map(|column| column.name.clone()).collect::<Vec<String>>()];
    let mut labels = Vec::new();
    for packet in packets {
        let table = packet.records()?;
        for row in 0..table.rows() {
            let row = table.row(row)?;
            labels.extend(times.and_then(|times| label(records, times, &row)));
            if rows.len() <= MOST {
                rows.push(row.iter().map(cell).collect());
            }
        }
    }
    labels.sort_by(|a, b| a.start.total_cmp(&b.start).then(a.end.total_cmp(&b.end)));
    Ok(Found { rows, labels, said: said(format), profile: Vec::new() })
}

/// A row as a label. What is called nothing else is called what its first other column says.
fn label(records: &Records, (begin, end): (usize, usize), row: &[Value]) -> Option<Label> {
    let text = |value: &Value| match value {
        Value::None => String::new(),
        value => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
    };
    let cells: Vec<(Option<Field>, String)> = (0..row.len())
        .map(|k| {
            let field = match k {
                _ if k == begin => Some(Field::Start),
                _ if k == end => Some(Field::End),
                _ => field_of(&records.columns[k].name),
            };
            (field, text(&row[k]))
        })
        .collect();
    let fields = cells.iter().map(|(field, cell)| (*field, cell.as_str()));
    let mut label = of_row(fields, 0, &mut Losses::default()).ok()?;
    if cells.iter().all(|(field, _)| *field != Some(Field::Text)) {
        let other = cells.iter().enumerate().find(|(k, _)| *k != begin && *k != end);
        label.text = other.map(|(_, (_, cell))| cell.clone()).unwrap_or_default();
    }
    Some(label)
}

/// What a stream of labels says beside its rows.
fn said(format: &Format) -> Annotation {
    let tiers = format.attribute("tiers").and_then(Value::as_str);
    Annotation {
        labels: Vec::new(),
        duration: format.attribute("duration_s").and_then(Value::as_f64),
        tiers: tiers.map(|tiers| tiers.lines().map(str::to_owned).collect()).unwrap_or_default(),
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::None => String::new(),
        Value::Str(text) => text.clone(),
        Value::Float(number) => axis::significant(*number),
        other => other.to_string(),
    }
}
