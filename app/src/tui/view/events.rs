//! The events lane: records that tell when they are, each as a stretch of time with its text.

use crate::tui::draw::Frame;
use crate::tui::lane::Lane;
use crate::tui::layout::LaneArea;
use crate::tui::paint::heads;
use crate::tui::paint::text::{Line, clip, width};
use crate::tui::records::{Table, times};
use crate::tui::theme;
use crate::tui::timeline::Timeline;
use crate::tui::view::subject;
use ratatui::buffer::Buffer;

/// Names of columns that hold what an event is called, the best first.
const TEXTS: [&str; 6] = ["text", "label", "word", "name", "class", "speaker"];

/// Draws the lane.
pub fn draw(frame: &Frame<'_>, lane: &Lane, place: &LaneArea, buffer: &mut Buffer) {
    let state = frame.state;
    let Some(table) = lane.table() else { return };
    let counted = if table.rows.len() > 1 { format!("{} events", table.rows.len() - 1) } else { String::new() };
    subject::draw(state, lane, place, &[&counted], 0, buffer);
    subject::progress(lane, place.plot, buffer);
    let Some(timeline) = &state.timeline else { return };
    heads::draw(state, place.plot, None, buffer);
    // Each stands in the first row that is free there.
    let mut free = vec![i64::MIN; usize::from(place.plot.height)];
    for (at, span) in table.spans.iter().enumerate() {
        let Some((from, to)) = *span else { continue };
        let (from, to) = (timeline.column(from), timeline.column(to.max(from)).max(timeline.column(from)));
        let sight = timeline.visible();
        if to < sight.start || from >= sight.end {
            continue;
        }
        let row = free.iter().position(|end| *end <= from).unwrap_or(0);
        if let Some(end) = free.get_mut(row) {
            *end = to.max(from + 1);
            stretch(table, at, (from, to), row as u16, place, timeline, buffer);
        }
    }
}

/// Draws one event: a mark where it begins, its text, and a line as far as it goes.
fn stretch(
    table: &Table,
    at: usize,
    (from, to): (i64, i64),
    row: u16,
    place: &LaneArea,
    timeline: &Timeline,
    buffer: &mut Buffer,
) {
    let plot = place.plot;
    let cell = |column: i64| (column - timeline.left).clamp(0, i64::from(plot.width)) as u16;
    let (left, right) = (cell(from), cell(to).max(cell(from) + 1).min(plot.width));
    let (x, y, room) = (plot.x + left, plot.y + row, right.saturating_sub(left));
    let style = theme::event(at);
    if room == 0 {
        return;
    }
    buffer.set_string(x, y, " ".repeat(usize::from(room)), style);
    buffer.set_string(x, y, if from < timeline.left { "‹" } else { "▏" }, style);
    let text = clip(&text(table, at), room.saturating_sub(1));
    if width(&text) > 1 || room > 1 {
        Line::at(x + 1, y, room - 1).add(&text, style).draw(buffer);
    }
}

/// What an event is called: its text column, else the first that is no time.
fn text(table: &Table, at: usize) -> String {
    let (Some(names), Some(row)) = (table.rows.first(), table.rows.get(at + 1)) else { return String::new() };
    let records = table.target.as_ref().and_then(|target| target.format.as_records().ok());
    let (begin, end) = records.and_then(times).unwrap_or((usize::MAX, usize::MAX));
    let named = TEXTS.iter().find_map(|text| names.iter().position(|name| name == text));
    let place = named.or_else(|| (0..row.len()).find(|&column| column != begin && column != end));
    place.and_then(|place| row.get(place)).cloned().unwrap_or_default()
}
