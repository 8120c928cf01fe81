//! What lies over the screen: help, palette, questions, the choice of a file.

use super::super::action::{Entry, TABLE};
use super::super::browser::Listing;
use super::super::effect::Effect;
use super::super::field::Field;
use super::super::fuzzy;
use super::super::key::Key;
use super::super::keymap;
use super::super::state::{Overlay, State, Tone};
use super::{list, session, steer};
use ratatui::crossterm::event::{KeyCode, KeyModifiers};
use std::path::PathBuf;

/// A key for what lies over the screen.
pub fn press(state: &mut State, key: Key) -> Vec<Effect> {
    if matches!(state.overlay, Some(Overlay::Recorder)) {
        return super::recording::press(state, key);
    }
    let Some(overlay) = state.overlay.take() else { return Vec::new() };
    if key.code == KeyCode::Esc {
        (state.relinked, state.is_for_b) = (None, false);
        return Vec::new();
    }
    match overlay {
        Overlay::Help(first) => help(state, key, first),
        Overlay::Palette(field, row) => palette(state, key, field, row),
        Overlay::SaveAs { field, quit } => save_as(state, key, field, quit),
        Overlay::Unsaved(next) => unsaved(state, key, next),
        Overlay::Replace { path, quit } => match key.typed() {
            Some('y' | 'Y') => session::save_to(state, Some(path), true, quit),
            Some('n' | 'N') => session::ask_name(state, quit),
            _ => keep(state, Overlay::Replace { path, quit }),
        },
        Overlay::Recorder => Vec::new(),
        Overlay::Ask { ask, field, refused } => super::ask::press(state, key, ask, field, refused),
        Overlay::Labels(field, row) => super::labels::find(state, key, field, row),
        Overlay::Browser(listing, field, row) => browser(state, key, listing, field, row),
        Overlay::Offers { offers, field, row, between } => steer::choose(state, key, offers, field, row, between),
        Overlay::Export(field, known) => super::save_picture::press(state, key, field, known),
        Overlay::Rename(field) => steer::rename(state, key, field),
        Overlay::History(row) => history(state, key, row),
        Overlay::Text(title, text, first) => read(state, key, title, text, first),
        Overlay::Recover(text) => recover(state, key, text),
    }
}

/// A pasted character, for a field if there is one.
pub fn paste(state: &mut State, c: char) -> Vec<Effect> {
    let key = Key { code: KeyCode::Char(c), modifiers: KeyModifiers::NONE };
    match &state.overlay {
        Some(
            Overlay::Palette(..)
            | Overlay::SaveAs { .. }
            | Overlay::Browser(..)
            | Overlay::Offers { .. }
            | Overlay::Rename(_)
            | Overlay::Export(..)
            | Overlay::Ask { .. }
            | Overlay::Labels(..),
        ) => press(state, key),
        None if state.form.field.is_some() => super::form::press(state, key),
        None if state.labels.typing.is_some() => super::typing::press(state, key),
        _ => Vec::new(),
    }
}

fn keep(state: &mut State, overlay: Overlay) -> Vec<Effect> {
    state.overlay = Some(overlay);
    Vec::new()
}

fn help(state: &mut State, key: Key, first: usize) -> Vec<Effect> {
    let lines = super::super::view::help_lines(state).len();
    let page = super::super::view::help_shown(state.size, lines);
    let first = match (key.code, key.typed()) {
        (KeyCode::Down, _) | (_, Some('j')) => first + 1,
        (KeyCode::Up, _) | (_, Some('k')) => first.saturating_sub(1),
        (KeyCode::PageDown, _) | (_, Some(' ')) => first + page,
        (KeyCode::PageUp, _) => first.saturating_sub(page),
        (KeyCode::Home, _) | (_, Some('g')) => 0,
        (KeyCode::End, _) | (_, Some('G')) => usize::MAX / 2,
        (_, Some('?' | 'q')) | (KeyCode::F(1) | KeyCode::Enter, _) => return Vec::new(),
        (_, Some('/' | ':')) => return keep(state, Overlay::Palette(Field::default(), 0)),
        _ => first,
    };
    keep(state, Overlay::Help(first.min(lines.saturating_sub(page))))
}

/// The actions that a search finds: those of the view that has the focus, then those that work everywhere.
pub fn found(state: &State, text: &str) -> Vec<&'static Entry> {
    let focus = state.focus();
    let own: Vec<&'static Entry> = keymap::entries(focus).collect();
    let others = TABLE.iter().filter(|entry| own.iter().all(|mine| mine.name != entry.name));
    let all: Vec<&'static Entry> = own.iter().copied().chain(others).collect();
    fuzzy::search(all, text, |entry| format!("{} {} {}", entry.help, entry.footer.1, entry.name))
}

fn palette(state: &mut State, key: Key, mut field: Field, row: usize) -> Vec<Effect> {
    let entries = found(state, field.text());
    let row = match key.code {
        KeyCode::Up => row.saturating_sub(1),
        KeyCode::Down => row + 1,
        KeyCode::Enter => {
            let Some(entry) = entries.get(row) else { return keep(state, Overlay::Palette(field, row)) };
            // An action of another view is one that the view is needed for.
            if let Some(focus) = entry.focus.filter(|_| state.is_open) {
                super::show(state, focus);
            }
            return super::update(state, entry.action);
        }
        _ => {
            field.press(key);
            0
        }
    };
    let most = found(state, field.text()).len().saturating_sub(1);
    keep(state, Overlay::Palette(field, row.min(most)))
}

fn save_as(state: &mut State, key: Key, mut field: Field, quit: bool) -> Vec<Effect> {
    if key.code == KeyCode::Enter && !field.text().trim().is_empty() {
        let mut path = PathBuf::from(field.text().trim());
        if path.extension().is_none() {
            path.set_extension("toml");
        }
        return session::save_to(state, Some(path), false, quit);
    }
    field.press(key);
    keep(state, Overlay::SaveAs { field, quit })
}

/// Changes would be lost: save them, lose them, or stay.
fn unsaved(state: &mut State, key: Key, next: Option<PathBuf>) -> Vec<Effect> {
    match key.typed() {
        Some('s' | 'S' | 'y' | 'Y') if next.is_none() => session::save_and_quit(state),
        Some('d' | 'D' | 'n' | 'N') => match next {
            Some(path) => session::open(state, path),
            None => vec![Effect::Quit],
        },
        Some('c' | 'C') => Vec::new(),
        _ => keep(state, Overlay::Unsaved(next)),
    }
}

/// A key for the list of changes.
fn history(state: &mut State, key: Key, row: usize) -> Vec<Effect> {
    let last = state.history.undo.len() + state.history.redo.len();
    let row = match (key.code, key.typed()) {
        (KeyCode::Up, _) | (_, Some('k')) => row.saturating_sub(1),
        (KeyCode::Down, _) | (_, Some('j')) => (row + 1).min(last),
        (KeyCode::Home, _) | (_, Some('g')) => 0,
        (KeyCode::End, _) | (_, Some('G')) => last,
        (KeyCode::Enter, _) => return session::jump(state, row),
        (_, Some('q' | 'U')) => return Vec::new(),
        _ => row,
    };
    keep(state, Overlay::History(row))
}

/// A key for lines to read and copy.
fn read(state: &mut State, key: Key, title: String, text: String, first: usize) -> Vec<Effect> {
    let last = text.lines().count().saturating_sub(1);
    let first = match (key.code, key.typed()) {
        (KeyCode::Up, _) | (_, Some('k')) => first.saturating_sub(1),
        (KeyCode::Down, _) | (_, Some('j')) => (first + 1).min(last),
        (_, Some('y' | 'c')) => {
            state.say(Tone::Good, "given to the terminal's clipboard (OSC 52), where the terminal allows that");
            return vec![Effect::Copy(text)];
        }
        (KeyCode::Enter, _) | (_, Some('q')) => return Vec::new(),
        _ => first,
    };
    keep(state, Overlay::Text(title, text, first))
}

/// Changes were never saved: take them over, lose them, or decide later.
fn recover(state: &mut State, key: Key, text: String) -> Vec<Effect> {
    match key.typed() {
        Some('r' | 'R' | 'y' | 'Y') => vec![Effect::Recover(text)],
        Some('d' | 'D') => vec![Effect::Discard],
        _ => keep(state, Overlay::Recover(text)),
    }
}

/// Shows a directory that was read.
pub fn list(state: &mut State, listing: Listing) {
    state.overlay = Some(Overlay::Browser(listing, Field::default(), 0));
}

fn browser(state: &mut State, key: Key, listing: Listing, mut field: Field, row: usize) -> Vec<Effect> {
    let matching = listing.matching(field.text());
    let last = matching.len().saturating_sub(1);
    let row = match key.code {
        _ if list::leads(key) => list::row(key, row, last, state.size.1),
        KeyCode::Left => return vec![Effect::List(listing.directory.join(".."))],
        KeyCode::Backspace if field.text().is_empty() => return vec![Effect::List(listing.directory.join(".."))],
        KeyCode::Enter | KeyCode::Right | KeyCode::Tab => {
            let typed = listing.directory.join(field.text());
            return match matching.get(row) {
                Some(entry) if entry.is_directory => vec![Effect::List(entry.path.clone())],
                Some(entry) if key.code == KeyCode::Enter => take_file(state, entry.path.clone()),
                // What is not offered can still be named.
                None if key.code == KeyCode::Enter => take_file(state, typed),
                _ => keep(state, Overlay::Browser(listing, field, row)),
            };
        }
        _ => {
            field.press(key);
            0
        }
    };
    keep(state, Overlay::Browser(listing, field, row))
}

/// Opens the chosen file, compares with it, or gives it to the input that it was chosen for.
fn take_file(state: &mut State, path: PathBuf) -> Vec<Effect> {
    if std::mem::take(&mut state.is_for_b) {
        state.is_planning = true;
        return vec![Effect::Beside(path)];
    }
    match steer::relinked(state, &path) {
        Some(effects) => effects,
        None => session::leave_for(state, Some(path)),
    }
}
