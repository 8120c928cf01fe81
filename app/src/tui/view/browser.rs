//! The choice of a file to open.

use crate::tui::browser::Listing;
use crate::tui::field::Field;
use crate::tui::paint::text::{Line, boxed, first_row, typed};
use crate::tui::theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws a directory, the part of a name that is searched for, and the chosen entry.
pub fn draw(title: &str, listing: &Listing, field: &Field, row: usize, buffer: &mut Buffer) {
    let area = boxed(72, buffer.area.height.saturating_sub(4).min(24), title, buffer);
    let place = listing.directory.display().to_string();
    Line::at(area.x, area.y, area.width).add(&place, theme::dim()).draw(buffer);
    typed(area.x, area.y + 1, area.width, "name ", field, buffer);
    let entries = listing.matching(field.text());
    let rows = usize::from(area.height.saturating_sub(3));
    let first = first_row(row, rows.max(1));
    for (at, (index, entry)) in entries.iter().enumerate().skip(first).take(rows).enumerate() {
        let y = area.y + 3 + at as u16;
        let name = if entry.is_directory { format!(" {}/", entry.name) } else { format!(" {}", entry.name) };
        let style = if entry.is_directory { theme::accent() } else { Style::new() };
        Line::at(area.x, y, area.width).add(&name, style).draw(buffer);
        if index == row {
            buffer.set_style(Rect::new(area.x, y, area.width, 1), theme::chosen(true));
        }
    }
    let note = match (&listing.problem, entries.is_empty()) {
        (Some(problem), _) => problem.as_str(),
        (None, true) => "nothing here can be opened; Enter tries the name as it is typed",
        (None, false) => return,
    };
    Line::at(area.x, area.y + 3 + entries.len().min(rows) as u16, area.width).add(note, theme::warn()).draw(buffer);
}
