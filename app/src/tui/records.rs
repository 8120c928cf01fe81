//! Tables read from a stage's records, as text.

use super::axis;
use super::columns::Work;
use super::pool::frame_values;
use super::scale::vertical_axis;
use super::target::Target;
use super::worker::guarded;
use auricle_engine::{Cancel, Evaluator};
use auricle_sdk::Value;
use auricle_sdk::format::{ColumnType, Records};

/// More rows than this are not shown.
const MOST: usize = 1_000;

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
    /// When each row below the names begins and ends, in seconds, if it tells.
    pub spans: Vec<Option<(f64, f64)>>,
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

    /// Asks for the rows, if there are none.
    pub fn ask(&mut self, ticket: u64) -> Option<Target> {
        let target = self.target.clone().filter(|_| self.rows.is_empty() && self.work == Work::Idle)?;
        self.work = Work::Computing { ticket, done: 0, total: 1 };
        Some(target)
    }

    /// Takes rows in, if they were read for the present request.
    pub fn receive(&mut self, ticket: u64, found: Found) {
        if matches!(self.work, Work::Computing { ticket: mine, .. } if mine == ticket) {
            let Found { rows, spans, profile } = found;
            (self.rows, self.spans, self.profile, self.work) = (rows, spans, profile, Work::Idle);
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
    /// When each row below the names begins and ends.
    pub spans: Vec<Option<(f64, f64)>>,
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
            profile.extend_from_slice(&frame_values(&packet)?);
        }
        // Of several figures the first.
        profile.truncate(count);
        return Ok(Found { rows: vec![names.map(str::to_owned).to_vec()], spans: Vec::new(), profile });
    }
    let records = target.format.as_records()?;
    let times = times(records);
    let mut rows = vec![records.columns.iter().map(|column| column.name.clone()).collect::<Vec<String>>()];
    let mut spans = Vec::new();
    for packet in evaluator.evaluate(target.stage, target.output, 0..i64::MAX, cancel)? {
        let table = packet.records()?;
        for row in 0..table.rows().min((MOST + 1).saturating_sub(rows.len())) {
            let row = table.row(row)?;
            spans.push(times.and_then(|(begin, end)| Some((row[begin].as_f64()?, row[end].as_f64()?))));
            rows.push(row.iter().map(cell).collect());
        }
    }
    Ok(Found { rows, spans, profile: Vec::new() })
}

fn cell(value: &Value) -> String {
    match value {
        Value::None => String::new(),
        Value::Str(text) => text.clone(),
        Value::Float(number) => axis::significant(*number),
        other => other.to_string(),
    }
}
