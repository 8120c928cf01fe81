//! The footer: the keys that matter most here, as many as fit in whole.

use crate::tui::action::Entry;
use crate::tui::keymap;
use crate::tui::paint::text::{Line, width};
use crate::tui::state::{Overlay, State};
use crate::tui::{theme, update};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the keys.
pub fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let mut line = Line::on(area);
    for (key, word) in hints(state, area.width) {
        line = line.plain(" ").add(&key, theme::strong()).add(&format!(" {word} "), theme::dim());
    }
    line.draw(buffer);
}

/// Keys and words, the most important ones that fit into `most` cells, in the order of importance.
pub fn hints(state: &State, most: u16) -> Vec<(String, String)> {
    let own = |rows: &[(&str, &str)]| rows.iter().map(|(k, w)| ((*k).to_owned(), (*w).to_owned())).collect::<Vec<_>>();
    let all = match &state.overlay {
        Some(Overlay::Recorder) => Vec::new(),
        Some(Overlay::Ask { .. }) => own(&[("Enter", "do it"), ("Esc", "cancel"), ("Ctrl+U", "clear")]),
        Some(Overlay::Labels(..)) => {
            own(&[("Enter", "go there"), ("Esc", "close"), ("↓ ↑", "choose"), ("a-z", "search")])
        }
        Some(Overlay::Help(_)) => own(&[("Esc", "close"), ("↓ ↑", "scroll"), ("/", "search")]),
        Some(Overlay::Palette(..)) => own(&[("Enter", "run"), ("Esc", "close"), ("↓ ↑", "choose")]),
        Some(Overlay::Browser(..)) => {
            own(&[("Enter", "open"), ("Esc", "close"), ("←", "up a folder"), ("a-z", "search")])
        }
        Some(Overlay::Offers { .. }) => {
            own(&[("Enter", "choose"), ("Esc", "close"), ("↓ ↑", "move"), ("a-z", "search"), ("Tab", "other")])
        }
        Some(Overlay::History(_)) => own(&[("Enter", "go there"), ("Esc", "close"), ("↓ ↑", "choose")]),
        Some(Overlay::Text(..)) => own(&[("y", "copy"), ("Esc", "close"), ("↓ ↑", "scroll")]),
        Some(Overlay::Recover(_)) => own(&[("Esc", "later")]),
        Some(Overlay::Rename(_)) => own(&[("Enter", "rename"), ("Esc", "cancel")]),
        Some(Overlay::Export(..)) => own(&[("Enter", "export"), ("Esc", "cancel")]),
        Some(Overlay::SaveAs { .. }) => own(&[("Enter", "save"), ("Esc", "cancel")]),
        Some(Overlay::Unsaved(_) | Overlay::Replace { .. }) => own(&[("Esc", "cancel")]),
        None if state.form.field.is_some() => own(&[("Enter", "set"), ("Esc", "leave as it was"), ("Ctrl+U", "clear")]),
        None if state.labels.typing.is_some() => {
            own(&[("Enter", "keep"), ("Esc", "leave"), ("Tab", "keep, type the next"), ("Shift+Tab", "the one before")])
        }
        None => {
            let here = |entry: &&Entry| entry.footer.0 > 0 && (state.is_open || !update::needs_session(entry.action));
            let mut entries: Vec<_> = keymap::entries(state.focus()).filter(here).collect();
            entries.sort_by_key(|entry| entry.footer.0);
            entries.into_iter().map(|entry| (state.keys.shown_pair(entry), word(state, entry.footer.1))).collect()
        }
    };
    let mut left = most;
    let mut kept = Vec::new();
    for (key, word) in all {
        let needed = width(&key) + width(&word) + 3;
        if needed > left {
            break;
        }
        left -= needed;
        kept.push((key, word));
    }
    kept
}

fn word(state: &State, word: &str) -> String {
    if word == "play" && state.sound.is_playing { "pause".into() } else { word.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::action::Focus;

    #[test]
    fn the_footer_fits_and_help_and_quit_are_always_there() {
        for width in [40, 60, 80, 120, 200] {
            for focus in [Focus::Lanes, Focus::Pipeline, Focus::Parameters, Focus::Welcome] {
                let state = State { focus, is_open: true, ..State::default() };
                let hints = hints(&state, width);
                let used: u16 = hints.iter().map(|(k, w)| super::width(k) + super::width(w) + 3).sum();
                assert!(used <= width, "{width}: {hints:?}");
                assert_eq!((hints[0].1.as_str(), hints[1].1.as_str()), ("help", "quit"));
                assert!(hints.len() >= 3, "{width}: {hints:?}");
            }
        }
    }
}
