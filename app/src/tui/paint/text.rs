//! Text in cells: clipped with an ellipsis, never beyond its place.

use crate::tui::field::Field;
use crate::tui::theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use ratatui::text::Span;

/// Cells that a text occupies.
pub fn width(text: &str) -> u16 {
    Span::raw(text).width().min(usize::from(u16::MAX)) as u16
}

/// The text, or its beginning and an ellipsis, in at most `most` cells.
pub fn clip(text: &str, most: u16) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        let next = width(&kept) + width(c.encode_utf8(&mut [0; 4]));
        if next + 1 > most {
            break;
        }
        kept.push(c);
    }
    if most > 0 {
        kept.push('…');
    }
    kept
}

/// The text in lines of at most `most` cells, broken between words where there are any.
pub fn wrap(text: &str, most: u16) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut rest = word.to_owned();
        loop {
            let line = lines.last_mut().expect("there is always a line");
            let space = u16::from(!line.is_empty());
            if width(line) + space + width(&rest) <= most {
                if space > 0 {
                    line.push(' ');
                }
                line.push_str(&rest);
                break;
            }
            if !line.is_empty() {
                lines.push(String::new());
                continue;
            }
            // A word longer than a line.
            let mut head = String::new();
            while let Some(c) = rest.chars().next().filter(|c| width(&head) + width(c.encode_utf8(&mut [0; 4])) <= most)
            {
                head.push(c);
                rest.remove(0);
            }
            if head.is_empty() {
                break;
            }
            *line = head;
            lines.push(String::new());
        }
    }
    lines
}

/// The first row of a list that shows the chosen one in `rows` rows.
pub fn first_row(chosen: usize, rows: usize) -> usize {
    (chosen + 1).saturating_sub(rows)
}

/// A line of texts in several styles, from left to right.
pub struct Line {
    x: u16,
    y: u16,
    width: u16,
    spans: Vec<(String, Style)>,
}

impl Line {
    /// A line of `width` cells from there on.
    pub fn at(x: u16, y: u16, width: u16) -> Self {
        Line { x, y, width, spans: Vec::new() }
    }

    /// A line in the first row of an area.
    pub fn on(area: Rect) -> Self {
        Line::at(area.x, area.y, if area.height == 0 { 0 } else { area.width })
    }

    /// Adds text.
    pub fn add(mut self, text: &str, style: Style) -> Self {
        self.spans.push((text.to_owned(), style));
        self
    }

    /// Adds text in the terminal's own style.
    pub fn plain(self, text: &str) -> Self {
        self.add(text, Style::new())
    }

    /// Cells that all texts would occupy.
    pub fn length(&self) -> u16 {
        self.spans.iter().map(|(text, _)| width(text)).sum()
    }

    /// Adds text only if it fits in whole.
    pub fn add_if_room(self, text: &str, style: Style) -> Self {
        if self.length() + width(text) <= self.width { self.add(text, style) } else { self }
    }

    /// Moves what was added to the right end.
    pub fn right(mut self) -> Self {
        let length = self.length().min(self.width);
        (self.x, self.width) = (self.x + self.width - length, length);
        self
    }

    /// Draws, and says where it ended.
    pub fn draw(self, buffer: &mut Buffer) -> u16 {
        let end = (self.x + self.width).min(buffer.area.right());
        let mut x = self.x;
        if self.y >= buffer.area.bottom() {
            return x;
        }
        for (text, style) in self.spans {
            let text = clip(&text, end.saturating_sub(x));
            buffer.set_string(x, self.y, &text, style);
            x += width(&text);
        }
        x
    }
}

/// Fills an area with blanks.
pub fn clear(area: Rect, buffer: &mut Buffer) {
    for position in area.intersection(buffer.area).positions() {
        buffer[position].reset();
    }
}

/// A box in the middle of the screen with a title; gives the area inside.
pub fn boxed(width: u16, height: u16, title: &str, buffer: &mut Buffer) -> Rect {
    let screen = buffer.area;
    let (width, height) = (width.min(screen.width), height.min(screen.height));
    let area = Rect::new((screen.width - width) / 2, (screen.height - height) / 2, width, height);
    clear(area, buffer);
    if width < 4 || height < 3 {
        return area;
    }
    let style = theme::line();
    let bar = "─".repeat(usize::from(width) - 2);
    buffer.set_string(area.x, area.y, format!("╭{bar}╮"), style);
    buffer.set_string(area.x, area.bottom() - 1, format!("╰{bar}╯"), style);
    for y in area.y + 1..area.bottom() - 1 {
        buffer.set_string(area.x, y, "│", style);
        buffer.set_string(area.right() - 1, y, "│", style);
    }
    Line::at(area.x + 2, area.y, width - 4).add(&format!(" {title} "), theme::accent()).draw(buffer);
    Rect::new(area.x + 2, area.y + 1, width - 4, height - 2)
}

/// The heading of a view: its name, as many facts about it as fit in whole, and a rule to the end.
pub fn heading(area: Rect, name: &str, facts: &[&str], focused: bool, buffer: &mut Buffer) {
    let style = if focused { theme::accent() } else { theme::strong() };
    let mark = if focused { "▸ " } else { "─ " };
    let mark_style = if focused { style } else { theme::line() };
    let mut line = Line::on(area).add(mark, mark_style).add(name, style);
    for fact in facts.iter().filter(|fact| !fact.is_empty()) {
        line = line.add_if_room(&format!("  {fact}"), theme::dim());
    }
    let end = line.plain(" ").draw(buffer);
    let rule = "─".repeat(usize::from(area.right().saturating_sub(end)));
    buffer.set_string(end.min(area.right().saturating_sub(1)), area.y, &rule, theme::line());
}

/// A field with its cursor.
pub fn typed(x: u16, y: u16, most: u16, name: &str, field: &Field, buffer: &mut Buffer) {
    let (before, behind) = field.split();
    // What does not fit is cut off in front: the cursor stays in sight.
    let room = most.saturating_sub(width(name) + 2);
    let mut before = before.to_owned();
    while width(&before) > room {
        before.remove(0);
    }
    let mut rest = behind.chars();
    let under = rest.next().map_or(" ".to_owned(), String::from);
    Line::at(x, y, most)
        .add(name, theme::dim())
        .plain(&before)
        .add(&under, Style::new().add_modifier(Modifier::REVERSED))
        .plain(rest.as_str())
        .draw(buffer);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_clipped_and_wrapped_by_cells() {
        assert_eq!(clip("spectrogram", 6), "spect…");
        assert_eq!(clip("音響学", 5), "音響…");
        assert_eq!(clip("ab", 2), "ab");
        assert_eq!(clip("ab", 0), "");
        assert_eq!(wrap("a window of 512 samples", 9), ["a window", "of 512", "samples"]);
        assert_eq!(wrap("abcdefgh ij", 3), ["abc", "def", "gh", "ij"]);
        assert_eq!(wrap("", 3), [""]);
    }

    #[test]
    fn the_chosen_row_is_in_sight() {
        assert_eq!(first_row(3, 10), 0);
        assert_eq!(first_row(12, 10), 3);
    }
}
