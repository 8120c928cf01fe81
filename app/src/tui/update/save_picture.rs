//! The lanes in sight as a picture, or one of them as numbers: under which name, and what became of it.

use super::super::effect::Effect;
use super::super::export;
use super::super::field::Field;
use super::super::key::Key;
use super::super::state::{Overlay, State, Tone};
use ratatui::crossterm::event::KeyCode;
use std::path::PathBuf;

/// Asks for a file.
pub fn ask(state: &mut State) {
    let has_numbers = state.lanes.focused().is_some_and(|lane| lane.target().is_some());
    match export::of(state) {
        Err(reason) if !has_numbers => state.say(Tone::Plain, reason),
        _ => state.overlay = Some(Overlay::Export(Field::new(&export::default_name(state)), None)),
    }
}

/// A key for the name.
pub fn press(state: &mut State, key: Key, mut field: Field, known: Option<PathBuf>) -> Vec<Effect> {
    if key.code == KeyCode::Enter && !field.text().trim().is_empty() {
        let mut path = PathBuf::from(field.text().trim());
        if path.extension().is_none() {
            path.set_extension("png");
        }
        if !export::is_picture(&path) {
            return match export::numbers(state, &path, known.as_ref() == Some(&path)) {
                Ok(effect) => {
                    state.labels.is_waiting = true;
                    state.say(Tone::Plain, format!("writing {}", path.display()));
                    vec![effect]
                }
                Err(reason) => {
                    state.say(Tone::Bad, reason);
                    Vec::new()
                }
            };
        }
        return match export::of(state) {
            Ok(export) => {
                state.is_exporting = true;
                state.say(Tone::Plain, format!("drawing {}", path.display()));
                vec![Effect::Export { overwrite: known.as_ref() == Some(&path), path, export }]
            }
            Err(reason) => {
                state.say(Tone::Bad, reason);
                Vec::new()
            }
        };
    }
    field.press(key);
    state.overlay = Some(Overlay::Export(field, known));
    Vec::new()
}

/// The file is there already.
pub fn ask_again(state: &mut State, path: PathBuf) {
    (state.message, state.is_exporting, state.labels.is_waiting) = (None, false, false);
    state.overlay = Some(Overlay::Export(Field::new(&path.display().to_string()), Some(path)));
}

/// Says what became of it.
pub fn told(state: &mut State, outcome: Result<(PathBuf, Vec<String>), String>) {
    state.is_exporting = false;
    match outcome {
        Ok((path, left_out)) if left_out.is_empty() => state.say(Tone::Good, format!("exported {}", path.display())),
        Ok((path, left_out)) => {
            let text = format!("exported {}, without {}", path.display(), left_out.join(", "));
            state.say(Tone::Good, text);
        }
        Err(reason) => state.say(Tone::Bad, reason),
    }
}
