//! What a session file remembers of the screen, in its `[view]` table.

use super::lane::{Kind, Lane, Look, Pooling, Source};
use super::lanes::Lanes;
use super::palette::Palette;
use super::scale::Spread;
use super::state::State;
use super::timeline::Timeline;
use auricle_engine::{Edit, Session};
use auricle_sdk::Value;
use std::path::Path;

/// What is remembered: the chosen stage, the window, the cursor and the lanes.
pub fn view(state: &State) -> Vec<(String, Value)> {
    let mut view: Vec<(&str, Value)> = Vec::new();
    let lanes = state.sweep.as_ref().map_or(&state.lanes, |trials| &trials.kept);
    let kept: Vec<&Lane> = lanes.iter().filter(|lane| !matches!(lane.source, Source::Added { .. })).collect();
    view.push(("stage", state.stage().map_or(Value::None, |stage| stage.id.as_str().into())));
    let zoomed = state.timeline.filter(|timeline| !timeline.is_fit());
    let edges = zoomed.map(|t| (t.time(t.left), t.time(t.left + i64::from(t.columns))));
    view.push(("from_s", edges.map_or(Value::None, |(from, _)| Value::Float(from))));
    view.push(("to_s", edges.map_or(Value::None, |(_, to)| Value::Float(to))));
    view.push(("cursor_s", Value::Float(state.cursor)));
    view.push(("lanes", Value::List(kept.iter().map(|lane| told(lane).into()).collect())));
    view.push(("lane", Value::Int(lanes.focus().min(kept.len().saturating_sub(1)) as i64)));
    let side = |side: usize| state.ab.sides[side].as_ref().map_or(Value::None, |(s, p)| format!("{s}.{p}").into());
    view.push(("a", side(0)));
    view.push(("b", side(1)));
    view.push(("alone", if lanes.is_alone() { Value::Bool(true) } else { Value::None }));
    view.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// A lane in words: what it shows, then what differs from a plain look.
fn told(lane: &Lane) -> String {
    let (look, plain) = (&lane.look, Look::default());
    let mut words = vec![match &lane.source {
        Source::Audio => "audio".to_owned(),
        Source::Frames => "frames".to_owned(),
        Source::Records => "records".to_owned(),
        Source::Output { stage, port } | Source::Added { stage, port } => format!("{stage}.{port}"),
    }];
    let mut put = |differs: bool, word: String| words.extend(differs.then_some(word));
    put(look.palette != plain.palette, format!("palette={}", look.palette.name()));
    put(look.spread != plain.spread, format!("scale={}", look.spread.name()));
    if let Some((floor, ceiling)) = look.range {
        put(true, format!("floor={floor}"));
        put(true, format!("ceiling={ceiling}"));
    }
    put(look.heights.0 != plain.heights.0, format!("bottom={}", look.heights.0));
    put(look.heights.1 != plain.heights.1, format!("top={}", look.heights.1));
    put(look.amplitude != plain.amplitude, format!("amplitude={}", look.amplitude));
    put(look.channel != plain.channel, format!("channel={}", look.channel));
    put(look.pooling == Pooling::Mean, "pooling=mean".to_owned());
    put(look.weight != plain.weight, format!("height={}", look.weight));
    put(look.drawn == Some(Kind::Curve), "as=lines".to_owned());
    put(look.drawn == Some(Kind::Grid), "as=colours".to_owned());
    put(lane.hidden, "hidden".to_owned());
    words.join(" ")
}

/// Puts the screen as it is remembered. What is not understood is left alone: another version may have written it.
pub fn recall(state: &mut State, view: &[(String, Value)]) {
    let get = |key: &str| view.iter().find(|(name, _)| name == key).map(|(_, value)| value);
    let number = |key: &str| get(key).and_then(Value::as_f64).filter(|number| number.is_finite());
    if let Some(id) = get("stage").and_then(Value::as_str) {
        state.chosen = state.pipeline.stages.iter().position(|stage| stage.id == id).unwrap_or(0);
    }
    if let Some(Value::List(told)) = get("lanes") {
        let mut lanes = Lanes::none();
        told.iter().filter_map(Value::as_str).for_each(|words| recall_lane(&mut lanes, words));
        if lanes.get(0).is_some() {
            lanes.set_focus(number("lane").unwrap_or(0.0).max(0.0) as usize);
            lanes.set_alone(get("alone") == Some(&Value::Bool(true)));
            state.lanes = lanes;
        }
    }
    for (side, key) in ["a", "b"].into_iter().enumerate() {
        let output = get(key).and_then(Value::as_str).and_then(|name| name.split_once('.'));
        state.ab.sides[side] = output.map(|(stage, port)| (stage.to_owned(), port.to_owned()));
    }
    state.cursor = number("cursor_s").unwrap_or(0.0);
    if let (Some(from), Some(to)) = (number("from_s"), number("to_s"))
        && from < to
    {
        state.recalled = Some((from, to));
    }
}

/// Adds the lane of these words.
fn recall_lane(lanes: &mut Lanes, words: &str) {
    let mut words = words.split_whitespace();
    let source = match words.next() {
        Some("audio") => Source::Audio,
        Some("frames") => Source::Frames,
        Some("records") => Source::Records,
        Some(output) => match output.split_once('.') {
            Some((stage, port)) => Source::Output { stage: stage.to_owned(), port: port.to_owned() },
            None => return,
        },
        None => return,
    };
    let lane = lanes.add(source);
    let (mut floor, mut ceiling) = (None, None);
    for word in words {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let number = value.parse::<f64>().ok().filter(|number| number.is_finite());
        let share = number.map(|number| number.clamp(0.0, 1.0));
        let step = number.map(|number| number.clamp(-14.0, 14.0) as i8);
        let look = &mut lane.look;
        match name {
            "palette" => look.palette = Palette::from_name(value).unwrap_or(look.palette),
            "scale" => look.spread = Spread::from_name(value).unwrap_or(look.spread),
            "floor" => floor = number,
            "ceiling" => ceiling = number,
            "bottom" => look.heights.0 = share.unwrap_or(look.heights.0),
            "top" => look.heights.1 = share.unwrap_or(look.heights.1),
            "amplitude" => look.amplitude = step.unwrap_or(0),
            "channel" => look.channel = number.map_or(0, |number| number.max(0.0) as usize),
            "pooling" if value == "mean" => look.pooling = Pooling::Mean,
            "height" => look.weight = step.unwrap_or(0).clamp(-4, 4),
            "as" if value == "lines" => look.drawn = Some(Kind::Curve),
            "as" if value == "colours" => look.drawn = Some(Kind::Grid),
            "hidden" => lane.hidden = true,
            _ => {}
        }
    }
    if lane.look.heights.0 >= lane.look.heights.1 {
        lane.look.heights = (0.0, 1.0);
    }
    if let (Some(floor), Some(ceiling)) = (floor, ceiling) {
        lane.look.range = (floor < ceiling).then_some((floor as f32, ceiling as f32));
    }
}

/// Shows the remembered stretch of time, now that it is known how long everything is.
pub fn show(timeline: &mut Timeline, (from, to): (f64, f64)) {
    timeline.step = ((to - from) / f64::from(timeline.columns)).max(timeline.finest);
    timeline.resize(timeline.columns);
    timeline.left = timeline.column(from);
    timeline.pan(0);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_recalled_as_it_was_told() {
        for words in [
            "audio amplitude=-2 hidden",
            "frames palette=magma scale=mel floor=-72.5 ceiling=0 bottom=0.25 top=0.5 pooling=mean height=3 as=colours",
            "f0.voiced_prob channel=1 as=lines",
            "records",
        ] {
            let mut lanes = Lanes::none();
            recall_lane(&mut lanes, words);
            assert_eq!(lanes.get(0).map(told).as_deref(), Some(words));
        }
    }

    #[test]
    fn what_is_no_lane_is_left_alone() {
        let mut lanes = Lanes::none();
        for words in ["", "what", "frames floor=0 ceiling=-80 bottom=1 top=nan palette=rainbow later=7"] {
            recall_lane(&mut lanes, words);
        }
        assert_eq!(lanes.iter().map(told).collect::<Vec<_>>(), ["frames"]);
    }
}
