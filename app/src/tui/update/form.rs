//! The form of the chosen stage's parameters.

use super::super::effect::Effect;
use super::super::field::Field;
use super::super::key::Key;
use super::super::state::{State, Tone};
use super::super::value;
use super::steer;
use auricle_engine::Edit;
use auricle_sdk::Value;
use ratatui::crossterm::event::KeyCode;

/// Begins to type a value.
pub fn edit(state: &mut State) {
    match state.parameter() {
        Some(parameter) if parameter.declared.is_some() => {
            state.form.field = Some(Field::new(&value::shown(&parameter.value)));
            state.form.error = None;
        }
        Some(_) => state.say(Tone::Bad, "the stage has no such parameter; r removes it from the session"),
        None => state.say(Tone::Plain, "this stage has no parameters"),
    }
}

/// A key while a value is being typed. What is wrong with it is told at every key.
pub fn press(state: &mut State, key: Key) -> Vec<Effect> {
    let Some(declared) = state.parameter().and_then(|parameter| parameter.declared) else {
        state.form.field = None;
        return Vec::new();
    };
    let Some(field) = &mut state.form.field else { return Vec::new() };
    match key.code {
        KeyCode::Esc => {
            (state.form.field, state.form.error) = (None, None);
            Vec::new()
        }
        KeyCode::Enter | KeyCode::Tab => match value::parse(field.text(), declared) {
            Ok(value) => {
                (state.form.field, state.form.error) = (None, None);
                set(state, value)
            }
            Err(reason) => {
                state.form.error = Some(reason);
                Vec::new()
            }
        },
        KeyCode::Up | KeyCode::Down if !declared.choices.is_empty() => {
            let at = declared.choices.iter().position(|choice| *choice == field.text());
            let count = declared.choices.len();
            let next = match (at, key.code == KeyCode::Up) {
                (Some(at), true) => (at + count - 1) % count,
                (Some(at), false) => (at + 1) % count,
                (None, _) => 0,
            };
            (state.form.field, state.form.error) = (Some(Field::new(declared.choices[next])), None);
            Vec::new()
        }
        _ => {
            field.press(key);
            state.form.error = value::parse(field.text(), declared).err();
            Vec::new()
        }
    }
}

/// Steps the value.
pub fn nudge(state: &mut State, steps: i64) -> Vec<Effect> {
    let Some(parameter) = state.parameter() else { return Vec::new() };
    match parameter.declared.and_then(|declared| value::stepped(&parameter.value, steps, declared)) {
        Some(value) => set(state, value),
        None => {
            state.say(Tone::Plain, "this value has no steps; Enter types another");
            Vec::new()
        }
    }
}

/// Takes the chosen parameter, or all, back to the default.
pub fn reset(state: &mut State, all: bool) -> Vec<Effect> {
    let Some(stage) = state.stage() else { return Vec::new() };
    let rows = stage.parameters.iter().enumerate();
    let set = rows.filter(|(row, parameter)| parameter.is_set && (all || *row == state.form.row));
    let edits: Vec<Edit> = set
        .map(|(_, parameter)| Edit::ResetParameter { stage: stage.id.clone(), parameter: parameter.id.clone() })
        .collect();
    if edits.is_empty() {
        state.say(Tone::Plain, if all { "all are at their defaults" } else { "it is at its default" });
        return Vec::new();
    }
    let edit = if edits.len() == 1 { edits[0].clone() } else { Edit::All(edits) };
    steer::apply(edit)
}

/// Sets the chosen parameter, if that changes anything. A default is not written down.
fn set(state: &mut State, value: Value) -> Vec<Effect> {
    let (Some(stage), Some(parameter)) = (state.stage(), state.parameter()) else { return Vec::new() };
    if parameter.value == value && parameter.is_set || value == Value::None && !parameter.is_set {
        return Vec::new();
    }
    let (id, name) = (stage.id.clone(), parameter.id.clone());
    let is_default = parameter.declared.is_some_and(|declared| declared.default_value() == value);
    let edit = match is_default || value == Value::None {
        true if !parameter.is_set => return Vec::new(),
        true => Edit::ResetParameter { stage: id, parameter: name },
        false => Edit::SetParameter { stage: id, parameter: name, value },
    };
    steer::apply(edit)
}
