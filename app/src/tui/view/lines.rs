//! Lines to read and copy.

use crate::tui::paint::text::{Line, boxed, wrap};
use crate::tui::theme;
use ratatui::buffer::Buffer;

/// Draws the text from line `first` on, broken where it is too wide.
pub fn draw(title: &str, text: &str, first: usize, buffer: &mut Buffer) {
    let most = buffer.area.width.saturating_sub(8).min(110);
    let broken = |line: &str| if line.is_empty() { vec![String::new()] } else { wrap(line, most) };
    let lines: Vec<String> = text.lines().skip(first).flat_map(broken).collect();
    let height = (lines.len() as u16 + 3).min(buffer.area.height.saturating_sub(2));
    let area = boxed(most + 4, height, title, buffer);
    let rows = area.height.saturating_sub(1);
    for (y, line) in (area.y..area.y + rows).zip(&lines) {
        Line::at(area.x, y, area.width).plain(line).draw(buffer);
    }
    let below = lines.len().saturating_sub(usize::from(rows));
    if below > 0 {
        Line::at(area.x, area.bottom(), area.width)
            .add(&format!(" {below} more below "), theme::dim())
            .right()
            .draw(buffer);
    }
}
