//! The text of a label while it is typed, and what goes on afterwards.

use super::super::annotating::{Annotate, Typing};
use super::super::effect::Effect;
use super::super::field::Field;
use super::super::key::Key;
use super::super::labels::{self, Listed, called};
use super::super::state::State;
use super::labels::{add, applied, update, with};
use auricle_annotation::Label;
use ratatui::crossterm::event::{KeyCode, KeyModifiers};

/// Begins to type the text of the chosen label.
pub fn begin(state: &mut State, listed: &Listed) {
    let Some((place, label)) = state.labels.chosen.and_then(|k| Some((k, listed.labels.get(k)?.clone()))) else {
        return;
    };
    if let Some(timeline) = &mut state.timeline {
        timeline.reveal(label.start);
    }
    state.labels.typing = Some(Typing { field: Field::new(&label.text), label, place: Some(place) });
}

/// A key while the text of a label is typed.
pub fn press(state: &mut State, key: Key) -> Vec<Effect> {
    let Some(mut typing) = state.labels.typing.take() else { return Vec::new() };
    let back = key.code == KeyCode::BackTab || key.modifiers.contains(KeyModifiers::SHIFT);
    match key.code {
        KeyCode::Esc => Vec::new(),
        KeyCode::Enter => keep(state, &typing),
        KeyCode::Tab | KeyCode::BackTab => {
            let effects = keep(state, &typing);
            state.labels.next = Some((Annotate::Turn(if back { -1 } else { 1 }), None));
            if effects.is_empty() {
                return go_on(state);
            }
            effects
        }
        _ => {
            typing.field.press(key);
            state.labels.typing = Some(typing);
            Vec::new()
        }
    }
}

/// Keeps what was typed.
fn keep(state: &mut State, typing: &Typing) -> Vec<Effect> {
    let text = typing.field.text().trim().to_owned();
    let Some(place) = typing.place else {
        return add(state, Label { text, ..typing.label.clone() });
    };
    let Some(listed) = labels::listed(state) else { return Vec::new() };
    let mut all = listed.labels.clone();
    let Some(label) = all.get_mut(place).filter(|label| label.text != text) else { return Vec::new() };
    let name = format!("{} is {text:?}", called(label));
    label.text = text;
    applied(state, &listed, all, place, name)
}

/// What was to be done once labels were taken over, or the text kept.
pub fn go_on(state: &mut State) -> Vec<Effect> {
    let Some((ask, label)) = state.labels.next.take() else { return Vec::new() };
    let Some(listed) = labels::listed(state) else { return Vec::new() };
    if let Annotate::Turn(_) = ask {
        let before = state.labels.chosen;
        let effects = with(state, listed, ask);
        if state.labels.chosen != before
            && let Some(listed) = labels::listed(state)
        {
            begin(state, &listed);
        }
        return effects;
    }
    state.labels.chosen = label.and_then(|label| listed.labels.iter().position(|other| *other == label));
    update(state, ask)
}
