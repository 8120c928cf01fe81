//! All labels as a table, with a search.

use crate::tui::axis::clock;
use crate::tui::field::Field;
use crate::tui::paint::text::{Line, boxed, clip, typed, width};
use crate::tui::state::State;
use crate::tui::{theme, update};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the table.
pub fn draw(state: &State, field: &Field, chosen: usize, buffer: &mut Buffer) {
    let found = update::found_labels(state, field.text());
    let area = boxed(96, buffer.area.height.saturating_sub(4).min(found.len().max(4) as u16 + 6), "Labels", buffer);
    typed(area.x, area.y, area.width, "search ", field, buffer);
    let end = state.timeline.map_or(0.0, |timeline| timeline.end);
    let times = clock(end, 3, end).len();
    let widest = |text: &dyn Fn(usize) -> u16| (0..found.len()).map(text).max().unwrap_or(0);
    let tiers = widest(&|k| found[k].1.tier.as_deref().map_or(0, width)).min(12);
    let speakers = widest(&|k| found[k].1.speaker.as_deref().map_or(0, width)).min(12);
    let pad = |text: &str, most: u16| {
        let text = clip(text, most);
        let blank = " ".repeat(usize::from(most.saturating_sub(width(&text))));
        if most == 0 { String::new() } else { format!("{text}{blank}  ") }
    };
    let mut head = format!(" {:>times$}  {:>times$}  ", "start", "length");
    head += &pad("tier", tiers.max(if tiers > 0 { 4 } else { 0 }));
    head += &pad("speaker", speakers.max(if speakers > 0 { 7 } else { 0 }));
    Line::at(area.x, area.y + 2, area.width).add(&head, theme::dim()).add("label", theme::dim()).draw(buffer);
    let rows = usize::from(area.height.saturating_sub(3));
    let first = chosen.saturating_sub(rows / 2).min(found.len().saturating_sub(rows));
    for (at, (row, (_, label))) in found.iter().enumerate().skip(first).take(rows).enumerate() {
        let y = area.y + 3 + at as u16;
        let length = if label.is_point() { "point".to_owned() } else { clock(label.end - label.start, 3, end) };
        let mut line = format!(" {:>times$}  {length:>times$}  ", clock(label.start, 3, end));
        line += &pad(label.tier.as_deref().unwrap_or(""), tiers.max(if tiers > 0 { 4 } else { 0 }));
        line += &pad(label.speaker.as_deref().unwrap_or(""), speakers.max(if speakers > 0 { 7 } else { 0 }));
        let score = label.score.map(|score| format!(" {score:.2} ")).unwrap_or_default();
        let room = area.width.saturating_sub(width(&line) + width(&score));
        Line::at(area.x, y, area.width).add(&line, theme::dim()).plain(&clip(&label.text, room)).draw(buffer);
        let sure = label.score.is_none_or(|score| score >= 0.5);
        let style = if sure { theme::dim() } else { theme::warn() };
        Line::at(area.x, y, area.width).add(&score, style).right().draw(buffer);
        if row == chosen {
            buffer.set_style(Rect::new(area.x, y, area.width, 1), theme::chosen(true));
        }
    }
    if found.is_empty() {
        Line::at(area.x, area.y + 3, area.width).add(" no label says that", theme::dim()).draw(buffer);
    }
}
