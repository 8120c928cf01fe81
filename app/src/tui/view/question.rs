//! Questions: under which name, replace or not, lose changes or not.

use crate::tui::paint::text::{Line, boxed, typed, wrap};
use crate::tui::state::Overlay;
use crate::tui::theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws a question with its answers.
pub fn draw(question: &Overlay, buffer: &mut Buffer) {
    match question {
        Overlay::SaveAs { field, .. } => {
            let area = boxed(72, 5, "Save session as", buffer);
            typed(area.x, area.y + 1, area.width, "file ", field, buffer);
        }
        Overlay::Unsaved(next) => {
            let text = match next {
                None => "The session has changes that are not saved.".to_owned(),
                Some(path) => format!("Opening {} loses changes that are not saved.", path.display()),
            };
            let save: &[(&str, &str)] = if next.is_none() { &[("s", "save and quit")] } else { &[] };
            ask("Unsaved changes", &text, &[save, &[("d", "discard them"), ("Esc", "go back")]].concat(), buffer);
        }
        Overlay::Export(field, known) => {
            let area = boxed(72, 6, "Export what is in sight", buffer);
            typed(area.x, area.y + 1, area.width, "file ", field, buffer);
            let (words, style) = match known {
                Some(_) => ("it exists; Enter again replaces it", theme::warn()),
                None => ("by its ending: png svg draw all lanes, csv json npy wav hold this one", theme::dim()),
            };
            Line::at(area.x, area.bottom().saturating_sub(1), area.width).add(words, style).draw(buffer);
        }
        Overlay::Ask { ask, field, refused } => {
            let area = boxed(72, 6, ask.title(), buffer);
            typed(area.x, area.y + 1, area.width, ask.name(), field, buffer);
            let (text, style) = refused.as_ref().map_or((ask.hint(), theme::dim()), |reason| (reason, theme::bad()));
            Line::at(area.x, area.bottom().saturating_sub(1), area.width).add(text, style).draw(buffer);
        }
        Overlay::Rename(field) => {
            let area = boxed(60, 5, "Another name", buffer);
            typed(area.x, area.y + 1, area.width, "name ", field, buffer);
        }
        Overlay::Recover(text) => {
            let lines = text.lines().count();
            let text = format!(
                "Changes of this file were never saved: the program was ended before. They are kept, a session of {lines} lines."
            );
            ask(
                "Unsaved changes were kept",
                &text,
                &[("r", "recover them"), ("d", "delete them"), ("Esc", "later")],
                buffer,
            );
        }
        Overlay::Replace { path, .. } => {
            let text = format!("{} exists.", path.display());
            ask("Replace it?", &text, &[("y", "replace it"), ("n", "another name"), ("Esc", "do not save")], buffer);
        }
        _ => {}
    }
}

fn ask(title: &str, text: &str, answers: &[(&str, &str)], buffer: &mut Buffer) {
    // On a narrow screen the box is as wide as that, with its lines on both sides.
    let lines = wrap(text, buffer.area.width.saturating_sub(6).min(60));
    let area: Rect = boxed(66, lines.len() as u16 + 5, title, buffer);
    for (y, line) in (area.y + 1..area.bottom()).zip(&lines) {
        Line::at(area.x, y, area.width).plain(line).draw(buffer);
    }
    let mut line = Line::at(area.x, area.bottom().saturating_sub(1), area.width);
    for (key, word) in answers {
        line = line.add(key, theme::strong()).add(&format!(" {word}    "), theme::dim());
    }
    line.draw(buffer);
}
