//! Records as a table: metrics of a comparison, and whatever else a stage lists.

use crate::tui::action::Focus;
use crate::tui::layout::LaneArea;
use crate::tui::paint::text::{Line, clip, heading, width};
use crate::tui::state::State;
use crate::tui::theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws the rows that fit, the names of the columns above.
pub fn draw(state: &State, lane: &LaneArea, buffer: &mut Buffer) {
    let (id, of) = state.stage().map_or(("", ""), |stage| (stage.id.as_str(), stage.stage.as_str()));
    let rows = &state.table.rows;
    let counted = if rows.len() > 1 { format!("{} rows", rows.len() - 1) } else { String::new() };
    heading(lane.title, "3 Table", &[id, of, &counted], state.focus == Focus::Lanes, buffer);
    let area = Rect { x: lane.axis.x + 2, width: lane.scale.right().saturating_sub(lane.axis.x + 2), ..lane.plot };
    let note = match (&state.table.problem, state.table.ticket) {
        (Some(problem), _) => Some((problem.as_str(), theme::bad())),
        (None, Some(_)) => Some(("computing", theme::accent())),
        (None, None) => None,
    };
    if let Some((note, style)) = note {
        Line::on(area).add(note, style).draw(buffer);
    }
    let columns = rows.first().map_or(0, Vec::len);
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max();
    let widths: Vec<u16> = (0..columns).map(|column| widest(column).unwrap_or(0).min(40)).collect();
    for (at, (y, row)) in (area.y..area.bottom()).zip(rows).enumerate() {
        let mut line = Line::at(area.x, y, area.width);
        for (cell, &most) in row.iter().zip(&widths) {
            let cell = clip(cell, most);
            let pad = " ".repeat(usize::from(most - width(&cell)) + 3);
            line = line.add(&cell, if at == 0 { theme::dim() } else { Style::new() }).plain(&pad);
        }
        line.draw(buffer);
    }
}
