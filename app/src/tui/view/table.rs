//! Records as a table: metrics of a comparison, and whatever else a stage lists.

use crate::tui::draw::Frame;
use crate::tui::lane::Lane;
use crate::tui::layout::LaneArea;
use crate::tui::paint::text::{Line, width, wrap};
use crate::tui::theme;
use crate::tui::view::subject;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Cells between two columns.
const GAP: u16 = 3;
/// The fewest cells of a column that gives some away.
const LEAST: u16 = 12;

/// Draws the rows that fit, the names of the columns above; a long text goes on in the next line.
pub fn draw(frame: &Frame<'_>, lane: &Lane, place: &LaneArea, buffer: &mut Buffer) {
    let rows = lane.table().map_or(&[][..], |table| &table.rows);
    let in_sight = &rows[..rows.len().min(usize::from(place.plot.height) + 1)];
    let counted = match rows.len() {
        0 | 1 => String::new(),
        2 => "1 row".to_owned(),
        n => format!("{} rows", n - 1),
    };
    subject::draw(frame.state, lane, place, &[&counted], 0, buffer);
    let area = Rect { x: place.axis.x + 2, width: place.scale.right().saturating_sub(place.axis.x + 2), ..place.plot };
    subject::progress(lane, area, buffer);
    let columns = rows.first().map_or(0, Vec::len);
    let widest = |column: usize| in_sight.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max();
    let mut widths: Vec<u16> = (0..columns).map(|column| widest(column).unwrap_or(0)).collect();
    // What does not fit is taken from the widest: the others are numbers and names.
    let over = widths.iter().fold(0u16, |sum, width| sum.saturating_add(*width).saturating_add(GAP));
    let over = over.saturating_sub(area.width.saturating_add(GAP));
    if let Some(most) = widths.iter_mut().max() {
        *most = most.saturating_sub(over).max(LEAST.min(*most));
    }
    let mut y = area.y;
    for (at, row) in in_sight.iter().enumerate() {
        let style = if at == 0 { theme::dim() } else { Style::new() };
        let lines = |(cell, most): (&String, &u16)| {
            if width(cell) > *most { wrap(cell, *most) } else { vec![cell.clone()] }
        };
        let cells: Vec<Vec<String>> = row.iter().zip(&widths).map(lines).collect();
        for k in 0..cells.iter().map(Vec::len).max().unwrap_or(0) {
            if y >= area.bottom() {
                return;
            }
            let mut line = Line::at(area.x, y, area.width);
            for (column, (cell, &most)) in cells.iter().zip(&widths).enumerate() {
                let text = cell.get(k).map_or("", String::as_str);
                // Nothing follows the last one, and blanks beyond the edge would be told as text that is cut off.
                let gap = if column + 1 < columns { most.saturating_sub(width(text)) + GAP } else { 0 };
                line = line.add(text, style).plain(&" ".repeat(usize::from(gap)));
            }
            line.draw(buffer);
            y += 1;
        }
    }
}
