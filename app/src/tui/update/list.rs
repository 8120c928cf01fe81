//! The keys that go through a list beside a field that is typed into.

use super::super::key::Key;
use ratatui::crossterm::event::KeyCode;

/// Does a key go through lists?
pub fn leads(key: Key) -> bool {
    use KeyCode::{Down, End, Home, PageDown, PageUp, Up};
    matches!(key.code, Up | Down | PageUp | PageDown | Home | End)
}

/// The row, of those up to `last`, to which a key leads from another on a screen of `height` rows.
pub fn row(key: Key, row: usize, last: usize, height: u16) -> usize {
    let page = usize::from(height / 2);
    let row = match key.code {
        KeyCode::Up => row.saturating_sub(1),
        KeyCode::Down => row + 1,
        KeyCode::PageUp => row.saturating_sub(page),
        KeyCode::PageDown => row + page,
        KeyCode::Home => 0,
        KeyCode::End => last,
        _ => row,
    };
    row.min(last)
}
