//! What can be done on the welcome screen: rows with a key, and files that were opened before.

use super::action::Action;
use super::state::State;
use std::path::{Path, PathBuf};

/// At most so many earlier files are shown.
const MOST: usize = 6;

/// A row to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub what: String,
    /// What choosing it does.
    pub does: Does,
}

/// What a row does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// What one of the actions does.
    Action(Action),
    /// Opens a file.
    Open(PathBuf),
}

/// All rows.
pub fn rows(state: &State) -> Vec<Row> {
    let row = |name: &str, what: &str, action| Row { name: name.into(), what: what.into(), does: Does::Action(action) };
    let mut rows = vec![row("open", "a sound file, a session or a folder", Action::Open)];
    if state.welcome.has_demo {
        rows.push(row("demo", "bundled speech, music and an effect", Action::Demo));
    }
    rows.push(row("keys", "all of them, at any time", Action::Help));
    rows.push(row("actions", "search everything there is to do", Action::Palette));
    rows.extend(state.welcome.recent.iter().take(MOST).map(|path| Row {
        name: path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
        what: path.parent().unwrap_or(Path::new("")).display().to_string(),
        does: Does::Open(path.clone()),
    }));
    rows
}
