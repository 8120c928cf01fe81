//! How it is listened to: the selection, loops, speed, gain, one channel, A/B, and the cursor as it moves.

use super::super::effect::Effect;
use super::super::sound::{Hear, Listen};
use super::super::state::{State, Tone};
use super::super::target::Target;

/// Speeds that there are steps to.
const SPEEDS: [f64; 11] = [0.25, 0.35, 0.5, 0.7, 0.85, 1.0, 1.25, 1.5, 2.0, 3.0, 4.0];
/// Decibels of one step of the gain, and how far it goes.
const STEP_DB: i32 = 3;
const MOST_DB: i32 = 36;

/// Does what is asked of the sound.
pub fn update(state: &mut State, ask: Listen) -> Vec<Effect> {
    match ask {
        Listen::Selection => play_selection(state),
        Listen::Loop => {
            state.listening.is_looped = !state.listening.is_looped;
            let what = if state.selection.is_some() { "the selection" } else { "everything" };
            let text = if state.listening.is_looped { format!("{what} over and over") } else { "once".into() };
            state.say(Tone::Plain, format!("playing {text}"));
            Vec::new()
        }
        Listen::Speed(by) => {
            let at = SPEEDS.iter().position(|speed| *speed >= state.listening.speed).unwrap_or(0) as i64;
            let at = (at + i64::from(by)).clamp(0, SPEEDS.len() as i64 - 1) as usize;
            state.listening.speed = SPEEDS[at];
            state.say(Tone::Plain, format!("speed {}, at the same pitch", SPEEDS[at]));
            vec![Effect::Hear(Hear::Speed(SPEEDS[at]))]
        }
        Listen::Gain(by) => {
            let gain = (state.listening.gain_db + STEP_DB * i32::from(by)).clamp(-MOST_DB, MOST_DB);
            state.listening.gain_db = gain;
            state.say(Tone::Plain, format!("gain {gain:+} dB, for the ear only"));
            vec![Effect::Hear(Hear::Gain(gain))]
        }
        Listen::Solo => {
            let channels = state.playable().and_then(|t| t.format.as_audio().ok().map(|audio| audio.channels));
            let next = state.listening.solo.map_or(0, |channel| channel + 1);
            state.listening.solo = Some(next).filter(|next| *next < channels.unwrap_or(0));
            let text = match state.listening.solo {
                Some(channel) => format!("channel {} alone", channel + 1),
                None => "all channels".into(),
            };
            state.say(Tone::Plain, text);
            vec![Effect::Hear(Hear::Solo(state.listening.solo))]
        }
        Listen::Record => super::recording::open(state),
        Listen::Other => other(state),
        Listen::Scrub => {
            state.listening.scrubs = !state.listening.scrubs;
            state.listening.scrubbed = state.cursor;
            let text = if state.listening.scrubs { "the cursor is heard as it moves" } else { "the cursor is silent" };
            state.say(Tone::Plain, text);
            Vec::new()
        }
    }
}

fn play_selection(state: &mut State) -> Vec<Effect> {
    let Some(range) = state.selection.clone() else {
        state.say(Tone::Plain, "nothing is selected; i and I mark its ends, Shift+arrows and the mouse too");
        return Vec::new();
    };
    let Some(target) = state.playable().cloned() else {
        state.say(Tone::Plain, "there is no audio to play at this stage");
        return Vec::new();
    };
    let from = Some(range.start);
    state.listening.range = Some(range.clone());
    state.listening.asked = (Some(range.clone()), state.listening.is_looped);
    note(state, &target);
    vec![Effect::Hear(Hear::Range(Some(range), state.listening.is_looped)), Effect::Play { target, from }]
}

/// Takes note of what is heard from now on.
pub fn note(state: &mut State, target: &Target) {
    let before = state.listening.heard.map(|(row, _)| row);
    if before != Some(target.row) {
        state.listening.other = before;
    }
    state.listening.heard = Some((target.row, target.signature));
}

/// Goes over to the stage that is chosen; if it is heard already, back to the one before.
fn other(state: &mut State) -> Vec<Effect> {
    let heard = state.listening.heard.map(|(row, _)| row);
    let chosen = state.playable().cloned().filter(|target| heard.is_some_and(|row| row != target.row));
    let before = || state.listening.other.and_then(|row| state.pipeline.wave(row));
    let Some(target) = chosen.or_else(before) else {
        state.say(Tone::Plain, "A/B: play one stage, choose another, press t; and t again to go back and forth");
        return Vec::new();
    };
    note(state, &target);
    let name = state.pipeline.stages.get(target.row).map_or(String::new(), |stage| stage.id.clone());
    state.say(Tone::Plain, format!("hearing {name}"));
    vec![Effect::Hear(Hear::Swap(target))]
}

/// What follows from a changed selection, cursor or result: the loop, the grain and the sound keep to it.
pub fn follow(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    let stretch = match state.listening.is_looped {
        true => state.selection.clone(),
        false => state.listening.range.clone(),
    };
    let asked = (stretch, state.listening.is_looped);
    if asked != state.listening.asked {
        state.listening.asked = asked.clone();
        effects.push(Effect::Hear(Hear::Range(asked.0, asked.1)));
    }
    if state.listening.scrubs && state.cursor != state.listening.scrubbed {
        state.listening.scrubbed = state.cursor;
        if let (Some(target), false) = (state.playable().cloned(), state.sound.is_playing) {
            note(state, &target);
            effects.push(Effect::Hear(Hear::Scrub(target, state.cursor)));
        }
    }
    // What was edited is heard at once, where the sound is.
    if let (Some((row, signature)), true, true) = (state.listening.heard, state.sound.is_playing, state.is_usable) {
        let now = state.pipeline.wave(row).filter(|target| target.row == row && target.signature != signature);
        if let Some(target) = now {
            note(state, &target);
            effects.push(Effect::Hear(Hear::Swap(target)));
        }
    }
    effects
}
