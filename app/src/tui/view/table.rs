//! Records as a table: metrics of a comparison, and whatever else a stage lists.

use crate::tui::columns::Work;
use crate::tui::draw::Frame;
use crate::tui::lane::Lane;
use crate::tui::layout::LaneArea;
use crate::tui::paint::text::{Line, clip, width};
use crate::tui::theme;
use crate::tui::view::subject;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Cells between two columns.
const GAP: u16 = 3;
/// The fewest cells of a column that gives some away.
const LEAST: u16 = 12;

/// Draws the rows that fit, the names of the columns above.
pub fn draw(frame: &Frame<'_>, lane: &Lane, place: &LaneArea, buffer: &mut Buffer) {
    let rows = lane.table().map_or(&[][..], |table| &table.rows);
    let counted = match rows.len() {
        0 | 1 => String::new(),
        2 => "1 row".to_owned(),
        n => format!("{} rows", n - 1),
    };
    subject::draw(frame.state, lane, place, &[&counted], 0, buffer);
    let area = Rect { x: place.axis.x + 2, width: place.scale.right().saturating_sub(place.axis.x + 2), ..place.plot };
    let note = match lane.work() {
        Work::Failed(problem) => Some((problem.as_str(), theme::bad())),
        Work::Computing { .. } => Some(("computing", theme::accent())),
        Work::Idle | Work::Cancelled => None,
    };
    if let Some((note, style)) = note {
        Line::on(area).add(note, style).draw(buffer);
    }
    let columns = rows.first().map_or(0, Vec::len);
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max();
    let mut widths: Vec<u16> = (0..columns).map(|column| widest(column).unwrap_or(0)).collect();
    // What does not fit is taken from the widest: the others are numbers and names.
    let over = widths.iter().fold(0u16, |sum, width| sum.saturating_add(*width).saturating_add(GAP));
    let over = over.saturating_sub(area.width.saturating_add(GAP));
    if let Some(most) = widths.iter_mut().max() {
        *most = most.saturating_sub(over).max(LEAST.min(*most));
    }
    for (at, (y, row)) in (area.y..area.bottom()).zip(rows).enumerate() {
        let mut line = Line::at(area.x, y, area.width);
        for (cell, &most) in row.iter().zip(&widths) {
            let cell = clip(cell, most);
            let pad = " ".repeat(usize::from(most - width(&cell) + GAP));
            line = line.add(&cell, if at == 0 { theme::dim() } else { Style::new() }).plain(&pad);
        }
        line.draw(buffer);
    }
}
