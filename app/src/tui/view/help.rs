//! Help and palette, both from the table of actions.

use crate::tui::action::{Entry, Focus, TABLE};
use crate::tui::field::Field;
use crate::tui::paint::text::{Line, boxed, first_row, typed, width};
use crate::tui::state::State;
use crate::tui::{theme, update};
use ratatui::buffer::Buffer;

/// A line of help: a heading, or keys and what they do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Help {
    /// The name of a view, and whether it has the focus.
    Heading(&'static str, bool),
    /// Keys and what they do.
    Keys(String, &'static str),
    /// Nothing.
    Gap,
}

/// All keys, those of the view that has the focus first, then those that work everywhere.
pub fn lines(state: &State) -> Vec<Help> {
    let focus = state.focus();
    let views = [Focus::Lanes, Focus::Labels, Focus::Pipeline, Focus::Parameters, Focus::Welcome];
    let others = views.into_iter().filter(|other| *other != focus && (*other != Focus::Welcome));
    let groups = std::iter::once(Some(focus)).chain([None]).chain(others.map(Some));
    let mut lines = Vec::new();
    for group in groups {
        if !lines.is_empty() {
            lines.push(Help::Gap);
        }
        lines.push(Help::Heading(group.map_or("Everywhere", Focus::name), group == Some(focus)));
        let entries = TABLE.iter().filter(|entry| entry.focus == group);
        lines.extend(entries.map(|entry| Help::Keys(state.keys.shown_all(entry), entry.help)));
    }
    lines
}

/// Cells of one column of help.
const COLUMN: u16 = 58;

/// Columns and rows of help on a screen of this size, for so many lines.
fn page(size: (u16, u16), lines: usize) -> (u16, u16) {
    let columns = (size.0.saturating_sub(4) / COLUMN).clamp(1, 3);
    let needed = lines.div_ceil(usize::from(columns)).min(usize::from(u16::MAX)) as u16;
    (columns, size.1.saturating_sub(4).min(needed).max(1))
}

/// Lines of help that a screen of this size shows at once, of so many.
pub fn shown(size: (u16, u16), lines: usize) -> usize {
    let (columns, rows) = page(size, lines);
    usize::from(columns) * usize::from(rows)
}

/// Draws the keys from line `first` on, in several columns where there is room.
pub fn draw(state: &State, first: usize, buffer: &mut Buffer) {
    let lines = lines(state);
    let keys = lines.iter().map(|l| if let Help::Keys(keys, _) = l { width(keys) } else { 0 }).max().unwrap_or(0);
    let (columns, rows) = page((buffer.area.width, buffer.area.height), lines.len());
    let area = boxed(COLUMN * columns + 4, rows + 2, "Keys", buffer);
    let shown = usize::from(area.height * columns);
    let first = first.min(lines.len().saturating_sub(shown));
    for (at, line) in lines[first..].iter().take(shown).enumerate() {
        let (column, row) = (at as u16 / area.height.max(1), at as u16 % area.height.max(1));
        let wide = area.width / columns;
        draw_line(line, keys, Line::at(area.x + column * wide, area.y + row, wide - 1), buffer);
    }
    let below = lines.len().saturating_sub(first + shown);
    if below > 0 {
        let more = format!(" {below} more below ");
        Line::at(area.x, area.bottom(), area.width).add(&more, theme::dim()).right().draw(buffer);
    }
}

fn draw_line(line: &Help, keys: u16, at: Line, buffer: &mut Buffer) {
    match line {
        Help::Gap => {}
        Help::Heading(name, focused) => {
            let style = if *focused { theme::accent() } else { theme::strong() };
            at.add(name, style).add(if *focused { "  (here)" } else { "" }, theme::dim()).draw(buffer);
        }
        Help::Keys(names, help) => {
            let pad = " ".repeat(usize::from(keys - width(names)) + 2);
            at.plain("  ").add(names, theme::strong()).plain(&pad).plain(help).draw(buffer);
        }
    }
}

/// Draws the search for an action.
pub fn palette(state: &State, field: &Field, row: usize, buffer: &mut Buffer) {
    let entries: Vec<&Entry> = update::found(state, field.text());
    let area = boxed(64, buffer.area.height.saturating_sub(4).min(20), "Actions", buffer);
    typed(area.x, area.y, area.width, "search ", field, buffer);
    let rows = usize::from(area.height.saturating_sub(2));
    let first = first_row(row, rows.max(1));
    for (at, (index, entry)) in entries.iter().enumerate().skip(first).take(rows).enumerate() {
        let y = area.y + 2 + at as u16;
        Line::at(area.x, y, area.width).plain(" ").plain(entry.help).draw(buffer);
        Line::at(area.x, y, area.width)
            .add(&format!(" {} ", state.keys.shown(entry)), theme::strong())
            .right()
            .draw(buffer);
        if index == row {
            let area = ratatui::layout::Rect::new(area.x, y, area.width, 1);
            buffer.set_style(area, theme::chosen(true));
        }
    }
    if entries.is_empty() {
        Line::at(area.x, area.y + 2, area.width).add(" no action says that", theme::dim()).draw(buffer);
    }
}
