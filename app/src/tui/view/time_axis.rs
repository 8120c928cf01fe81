//! The time axis under the lanes.

use crate::tui::axis;
use crate::tui::paint::text::{Line, width};
use crate::tui::state::State;
use crate::tui::theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws round times, each to the right of its tick.
pub fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let Some(timeline) = &state.timeline else { return };
    let columns = timeline.columns.min(area.width);
    let (from, to) = (timeline.time(timeline.left), timeline.time(timeline.left + i64::from(columns)));
    let to = to.min(timeline.end);
    // A label and some air for each tick, as long as the longest label of all: ticks hold still while the window moves.
    let guess = axis::round_up(timeline.step * f64::from(timeline.columns) / 8.0);
    let room = width(&axis::clock(timeline.end, if guess < 1.0 { axis::decimals(guess) } else { 0 }, timeline.end));
    let least = f64::from(room + 5) * timeline.step;
    let unit = if timeline.end < 60.0 { "s" } else { "" };
    let mut free = area.x;
    for tick in axis::time(from, to, least, timeline.end) {
        let Some(place) = timeline.place(tick.value) else { continue };
        let (x, label) = (area.x + place, format!("{}{}", tick.label, if unit.is_empty() { "" } else { " s" }));
        if place < columns && x >= free && x + 1 + width(&label) <= area.right() {
            free = Line::at(x, area.y, area.right() - x).add("╵", theme::line()).add(&label, theme::dim()).draw(buffer)
                + 1;
        }
    }
}
