//! All changes in their order, with the one that the session is at.

use crate::tui::paint::text::{Line, boxed};
use crate::tui::state::State;
use crate::tui::theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the list.
pub fn draw(state: &State, chosen: usize, buffer: &mut Buffer) {
    let history = &state.history;
    let undo = history.undo.iter().map(|step| step.name.as_str());
    let names: Vec<&str> = std::iter::once("as it was opened")
        .chain(undo)
        .chain(history.redo.iter().rev().map(|step| step.name.as_str()))
        .collect();
    let here = history.undo.len();
    let area = boxed(76, (names.len() as u16 + 3).min(buffer.area.height.saturating_sub(2)), "History", buffer);
    let height = usize::from(area.height.saturating_sub(1));
    let first = chosen.saturating_sub(height / 2).min(names.len().saturating_sub(height));
    for (y, (row, name)) in (area.y..area.bottom()).zip(names.iter().enumerate().skip(first).take(height)) {
        let (mark, style) = match row.cmp(&here) {
            std::cmp::Ordering::Less => ("  ", ratatui::style::Style::new()),
            std::cmp::Ordering::Equal => ("▸ ", theme::accent()),
            std::cmp::Ordering::Greater => ("  ", theme::dim()),
        };
        let line =
            Line::at(area.x, y, area.width).add(mark, style).add(&format!("{row:>3}  "), theme::dim()).add(name, style);
        let saved = if history.saved == Some(row) { "  saved" } else { "" };
        line.add_if_room(saved, theme::good()).draw(buffer);
        if row == chosen {
            buffer.set_style(Rect::new(area.x, y, area.width, 1), theme::chosen(true));
        }
    }
}
