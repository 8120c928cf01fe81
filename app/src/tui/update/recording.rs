//! Keys of the recorder, which lies over the screen.

use super::super::effect::Effect;
use super::super::key::Key;
use super::super::recording::{Choice, Record, Recording, Status};
use super::super::state::{Overlay, State, Tone};
use ratatui::crossterm::event::KeyCode;

/// Opens the recorder; what is heard already is heard on.
pub fn open(state: &mut State) -> Vec<Effect> {
    if state.live.is_some() {
        state.overlay = Some(Overlay::Recorder);
        return Vec::new();
    }
    (state.overlay, state.recording, state.message) = (Some(Overlay::Recorder), Recording::default(), None);
    vec![Effect::Pause, Effect::Record(Record::Hear(Choice::Last))]
}

/// A key while the recorder is shown; Escape and q give the microphone back.
pub fn press(state: &mut State, key: Key) -> Vec<Effect> {
    let recording = &state.recording;
    let is_recording = recording.status != Status::Listening;
    match (key.code, key.typed()) {
        (KeyCode::Enter, _) | (_, Some(' ')) if is_recording => vec![Effect::Record(Record::Stop)],
        (KeyCode::Enter, _) | (_, Some(' ')) => vec![Effect::Record(Record::Start)],
        (_, Some('d')) if !is_recording => vec![Effect::Record(Record::Hear(Choice::Next))],
        (_, Some('t')) => vec![Effect::Record(Record::Listen)],
        (_, Some('l')) if state.is_open && state.live.is_none() => vec![Effect::Record(Record::Live)],
        (KeyCode::Esc, _) | (_, Some('l' | 'q')) if state.live.is_some() => {
            state.overlay = None;
            Vec::new()
        }
        (_, Some('o')) => match recording.path.clone().filter(|_| !is_recording) {
            Some(path) => {
                state.overlay = None;
                let mut effects = vec![Effect::Record(Record::Hush)];
                effects.extend(super::session::leave_for(state, Some(path)));
                effects
            }
            None => Vec::new(),
        },
        (KeyCode::Esc, _) | (_, Some('q')) => {
            let said = recording.path.as_ref().map(|path| format!("recorded {}", path.display()));
            state.overlay = None;
            if let Some(text) = said {
                state.say(Tone::Good, text);
            }
            vec![Effect::Record(Record::Hush)]
        }
        _ => Vec::new(),
    }
}
