//! What a session file remembers of the screen, in its `[view]` table.

use super::palette::Palette;
use super::scale::Spread;
use super::state::{Lanes, State};
use super::timeline::Timeline;
use auricle_engine::{Edit, Session};
use auricle_sdk::Value;
use std::path::Path;

/// What is remembered: the chosen stage, the window, the cursor and the colours.
pub fn view(state: &State) -> Vec<(String, Value)> {
    let mut view: Vec<(&str, Value)> = Vec::new();
    view.push(("stage", state.stage().map_or(Value::None, |stage| stage.id.as_str().into())));
    let zoomed = state.timeline.filter(|timeline| !timeline.is_fit());
    let edges = zoomed.map(|t| (t.time(t.left), t.time(t.left + i64::from(t.columns))));
    view.push(("from_s", edges.map_or(Value::None, |(from, _)| Value::Float(from))));
    view.push(("to_s", edges.map_or(Value::None, |(_, to)| Value::Float(to))));
    view.push(("cursor_s", Value::Float(state.cursor)));
    view.push(("palette", state.look.palette.name().into()));
    view.push(("scale", state.look.spread.name().into()));
    view.push(("lanes", lanes_name(state.look.lanes).into()));
    let level = |pick: fn((f32, f32)) -> f32| state.look.range.map_or(Value::None, |r| Value::Float(pick(r).into()));
    view.push(("floor", level(|range| range.0)));
    view.push(("ceiling", level(|range| range.1)));
    view.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Puts the screen as it is remembered. What is not understood is left alone: another version may have written it.
pub fn recall(state: &mut State, view: &[(String, Value)]) {
    let get = |key: &str| view.iter().find(|(name, _)| name == key).map(|(_, value)| value);
    let number = |key: &str| get(key).and_then(Value::as_f64).filter(|number| number.is_finite());
    let text = |key: &str| get(key).and_then(Value::as_str);
    if let Some(id) = text("stage") {
        state.chosen = state.pipeline.stages.iter().position(|stage| stage.id == id).unwrap_or(0);
    }
    state.look.palette = text("palette").and_then(Palette::from_name).unwrap_or_default();
    state.look.spread = text("scale").and_then(Spread::from_name).unwrap_or_default();
    let all = [Lanes::Both, Lanes::Grid, Lanes::Wave];
    let lanes = all.into_iter().find(|lanes| text("lanes") == Some(lanes_name(*lanes)));
    state.look.lanes = lanes.unwrap_or_default();
    if let (Some(floor), Some(ceiling)) = (number("floor"), number("ceiling"))
        && floor < ceiling
    {
        state.look.range = Some((floor as f32, ceiling as f32));
    }
    state.cursor = number("cursor_s").unwrap_or(0.0);
    if let (Some(from), Some(to)) = (number("from_s"), number("to_s"))
        && from < to
    {
        state.recalled = Some((from, to));
    }
}

/// Shows the remembered stretch of time, now that it is known how long everything is.
pub fn show(timeline: &mut Timeline, (from, to): (f64, f64)) {
    timeline.step = ((to - from) / f64::from(timeline.columns)).max(timeline.finest);
    timeline.resize(timeline.columns);
    timeline.left = timeline.column(from);
    timeline.pan(0);
}

fn lanes_name(lanes: Lanes) -> &'static str {
    match lanes {
        Lanes::Both => "both",
        Lanes::Grid => "spectrogram",
        Lanes::Wave => "waveform",
    }
}

/// Writes the session with what is remembered of the view.
///
/// # Errors
/// A value does not fit a session, or the file cannot be written.
pub fn write(session: &Session, path: &Path, view: &[(String, Value)]) -> auricle_engine::Result<()> {
    let mut copy = session.clone();
    for (key, value) in view {
        let known = copy.view().iter().find(|(name, _)| name == key).map_or(&Value::None, |(_, value)| value);
        if known != value {
            copy.apply(&Edit::SetView { key: key.clone(), value: value.clone() })?;
        }
    }
    copy.save(path).map(drop)
}
