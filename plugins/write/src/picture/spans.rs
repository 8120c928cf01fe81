//! Events, labels, transcripts: stretches of time with what they are called, a lane a tier.

use super::canvas::Rect;
use super::figure::Figure;
use super::part::Part;
use super::ticks::Tick;
use auricle_sdk::format::{ColumnType, Records};
use auricle_sdk::prelude::*;

/// Most tiers that are drawn.
const TIERS: usize = 12;
/// Most rows that are kept; of more a picture shows nothing that could be read.
const ROWS: i64 = 50_000;
/// Names of columns that tell when something begins, ends, what it is called and where it stands.
const BEGINS: [&str; 5] = ["start", "start_s", "time", "time_s", "onset"];
const ENDS: [&str; 2] = ["end", "end_s"];
const TEXTS: [&str; 6] = ["text", "label", "word", "token", "phoneme", "name"];
const TIER: [&str; 1] = ["tier"];

/// A row, and its tier.
struct Row {
    start: f64,
    end: f64,
    text: String,
    tier: usize,
}

/// Rows that have come.
pub struct Spans {
    begin: usize,
    end: Option<usize>,
    text: Option<usize>,
    tier: Option<usize>,
    tiers: Vec<String>,
    rows: Vec<Row>,
    come: i64,
}

/// Does a table tell when its rows are?
pub fn has_times(records: &Records) -> bool {
    column(records, &BEGINS, Some(ColumnType::Float)).is_some()
}

fn column(records: &Records, names: &[&str], kind: Option<ColumnType>) -> Option<usize> {
    let is = |column: &auricle_sdk::format::Column| {
        names.contains(&column.name.as_str()) && kind.is_none_or(|kind| column.kind == kind)
    };
    records.columns.iter().position(is)
}

impl Spans {
    /// Prepares for the rows of a table.
    ///
    /// # Errors
    /// It does not tell when its rows are.
    pub fn new(format: &Format) -> Result<Self> {
        let records = format.as_records()?;
        let begin = column(records, &BEGINS, Some(ColumnType::Float))
            .ok_or_else(|| Error::format(format!("expected rows with a column start, got {}", records.schema)))?;
        let end = column(records, &ENDS, Some(ColumnType::Float));
        let other = || (0..records.columns.len()).find(|k| *k != begin && Some(*k) != end);
        let said = format.attribute("tiers").and_then(Value::as_str);
        Ok(Spans {
            begin,
            end,
            text: column(records, &TEXTS, None).or_else(other),
            tier: column(records, &TIER, None),
            tiers: said.map(|tiers| tiers.lines().take(TIERS).map(str::to_owned).collect()).unwrap_or_default(),
            rows: Vec::new(),
            come: 0,
        })
    }

    /// Takes the rows of a packet.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn push(&mut self, packet: &Packet) -> Result<()> {
        let table = packet.records()?;
        for at in 0..table.rows() {
            let row = table.row(at)?;
            let number = |k: Option<usize>| row.get(k?)?.as_f64().filter(|number| number.is_finite());
            let text = |k: Option<usize>| match k.and_then(|k| row.get(k)) {
                None | Some(Value::None) => String::new(),
                Some(value) => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
            };
            self.come += 1;
            let Some(start) = number(Some(self.begin)).filter(|_| self.come <= ROWS) else { continue };
            let end = number(self.end).filter(|end| *end >= start).unwrap_or(start);
            let name = text(self.tier);
            let tier = self.tiers.iter().position(|tier| *tier == name).unwrap_or_else(|| {
                self.tiers.push(name);
                self.tiers.len() - 1
            });
            self.rows.push(Row { start, end, text: text(self.text), tier });
        }
        Ok(())
    }

    /// Rows that have come.
    pub fn entries(&self) -> i64 {
        self.come
    }

    /// From the first beginning to the last end, in seconds.
    pub fn span(&self) -> (f64, f64) {
        let first = self.rows.iter().map(|row| row.start).fold(f64::INFINITY, f64::min);
        let last = self.rows.iter().map(|row| row.end).fold(f64::NEG_INFINITY, f64::max);
        if self.rows.is_empty() { (0.0, 1.0) } else { (first, last.max(first + 1e-9)) }
    }

    /// Draws what has come.
    pub fn draw(&self, figure: &mut Figure, part: &Part) {
        let (first, last) = self.span();
        let share = |time: f64| part.span.0 + (time - first) / (last - first) * (part.span.1 - part.span.0);
        let tiers = self.tiers.len().clamp(1, TIERS);
        for (tier, lane) in figure.plan.lanes(tiers).into_iter().enumerate() {
            let x = |time: f64| (share(time) * lane.width as f64).round();
            let mut rows: Vec<&Row> = self.rows.iter().filter(|row| row.tier == tier).collect();
            rows.sort_by(|a, b| a.start.total_cmp(&b.start));
            for (at, row) in rows.iter().enumerate() {
                let (from, to) = (x(row.start), x(row.end).max(x(row.start) + 1.0));
                if to <= 0.0 || from >= lane.width as f64 {
                    continue;
                }
                let (left, right) = (from.max(0.0) as usize, (to as usize).min(lane.width));
                let area = Rect { x: lane.x + left, width: right.saturating_sub(left).max(1), ..lane };
                let is_point = row.end <= row.start;
                // A point has the room up to what follows it.
                let next =
                    rows.get(at + 1).map_or(lane.width as f64, |next| x(next.start)).clamp(to, lane.width as f64);
                let room = if is_point { next as usize - left.min(next as usize) } else { area.width };
                figure.span(area, &row.text, room, is_point, at % 2);
            }
            let name = self.tiers.get(tier).map(String::as_str).filter(|name| !name.is_empty());
            let label = name.unwrap_or_else(|| part.name(tier)).to_owned();
            figure.y_axis(lane, &[(0.5, Tick { value: 0.0, label })]);
            figure.frame(lane, "");
        }
    }
}
