//! A against B, and one parameter at several values.

use super::super::added::{CAUSE, ERROR, Extras, Sweep, trial};
use super::super::comparison::NAMES;
use super::super::effect::Effect;
use super::super::lane::{Lane, Source};
use super::super::lanes::Lanes;
use super::super::state::{State, Tone, Trials};
use super::{request, steer};
use auricle_engine::Edit;
use auricle_sdk::Value;
use auricle_sdk::descriptor::Parameter;

/// What is shown of a comparison, from top to bottom: stage and port.
const TOLD: [(&str, &str); 5] =
    [(ERROR, "difference"), (ERROR, "frames"), (ERROR, "bands"), (CAUSE, "causes"), (ERROR, "metrics")];
/// The most values of a strip.
const MOST: usize = 6;

/// What is to be planned beside the session.
pub fn extras(state: &State) -> Extras {
    let name = |(stage, port): &(String, String)| format!("{stage}.{port}");
    let pair = state.ab.pair().filter(|_| state.ab.is_told).map(|pair| pair.map(name));
    Extras { pair, sweep: state.sweep.as_ref().map(|trials| trials.sweep.clone()) }
}

/// Marks what the lane shows as A or B.
pub fn mark(state: &mut State, side: usize) -> Vec<Effect> {
    let target = state.lanes.focused().and_then(Lane::target);
    let output = target.and_then(|target| {
        let stage = state.pipeline.stages.get(target.row)?;
        Some((stage.id.clone(), stage.outputs.get(target.output)?.0.to_owned()))
    });
    let Some(output) = output.filter(|_| state.sweep.is_none()) else {
        state.say(Tone::Plain, "this lane shows no output of the session");
        return Vec::new();
    };
    let name = format!("{}.{}", output.0, output.1);
    state.ab.sides[side] = Some(output);
    state.ab.flicker = None;
    if state.ab.pair().is_none() {
        let (key, other) = (state.keys.shown_for("mark-a"), state.keys.shown_for("mark-b"));
        let other = if side == 0 { other } else { key };
        let text = format!("{} is {name}; {other} marks what it is compared with", NAMES[side]);
        state.say(Tone::Good, text);
        return Vec::new();
    }
    side_by_side(state);
    let flicker = state.keys.shown_for("flicker");
    let tell = state.keys.shown_for("difference");
    state.say(Tone::Good, format!("{} is {name}; {flicker} flickers, {tell} tells the difference", NAMES[side]));
    if state.ab.is_told { vec![Effect::Replan] } else { Vec::new() }
}

/// A lane for each side, one below the other; what shows the same by the way makes room.
fn side_by_side(state: &mut State) {
    let Some(pair) = state.ab.pair() else { return };
    let sources = pair.map(|(stage, port)| Source::Output { stage: stage.clone(), port: port.clone() });
    for source in &sources {
        if !state.lanes.iter().any(|lane| lane.source == *source) {
            state.lanes.add(source.clone());
        }
    }
    request::aim(state);
    state.lanes.join(&sources[0], &sources[1]);
    let shown: Vec<(u64, usize)> =
        state.lanes.iter().filter(|lane| state.ab.side(lane).is_some()).filter_map(key).collect();
    for lane in state.lanes.iter_mut().filter(|lane| lane.source == Source::Frames) {
        lane.hidden |= key(lane).is_some_and(|key| shown.contains(&key));
    }
}

fn key(lane: &Lane) -> Option<(u64, usize)> {
    lane.target().map(|target| (target.signature, target.output))
}

/// Shows the other side in the place of the one.
pub fn flicker(state: &mut State) {
    let Some(pair) = state.ab.pair() else { return state.say(Tone::Plain, missing(state)) };
    let sources = pair.map(|(stage, port)| Source::Output { stage: stage.clone(), port: port.clone() });
    let side = state.ab.flicker.map_or(0, |side| 1 - side);
    state.ab.flicker = Some(side);
    state.lanes.show_instead(&sources[side], &sources[1 - side]);
    state.say(Tone::Plain, format!("{}: {}", NAMES[side], name(&sources[side])));
}

/// Both sides again, if one was flickering; says whether it was.
pub fn rest(state: &mut State) -> bool {
    state.lanes.show_both();
    state.ab.flicker.take().is_some()
}

fn name(source: &Source) -> String {
    if let Source::Output { stage, port } = source { format!("{stage}.{port}") } else { String::new() }
}

fn missing(state: &State) -> String {
    let (a, b) = (state.keys.shown_for("mark-a"), state.keys.shown_for("mark-b"));
    format!("nothing to compare yet; {a} and {b} mark the outputs of two lanes")
}

/// Shows difference, errors, cause and figures, or none of them.
pub fn tell(state: &mut State) -> Vec<Effect> {
    if state.ab.pair().is_none() {
        let text = missing(state);
        state.say(Tone::Plain, text);
        return Vec::new();
    }
    state.ab.is_told = !state.ab.is_told;
    if state.ab.is_told {
        for (stage, port) in TOLD {
            state.lanes.add(Source::Added { stage: stage.into(), port: port.into() });
        }
        let first = state.lanes.iter().position(|lane| matches!(lane.source, Source::Added { .. }));
        state.lanes.set_focus(first.unwrap_or(0));
    } else {
        state.lanes.keep(|lane| !matches!(lane.source, Source::Added { .. }));
    }
    vec![Effect::Replan]
}

/// Tries the chosen parameter at several values, each a small picture.
pub fn sweep(state: &mut State) -> Vec<Effect> {
    let (Some(stage), Some(parameter)) = (state.stage(), state.parameter()) else { return Vec::new() };
    let values = parameter.declared.map(|declared| values(&parameter.value, declared)).unwrap_or_default();
    if values.len() < 2 {
        state.say(Tone::Plain, "this parameter has no other values to try; Enter types one");
        return Vec::new();
    }
    let target = state.pipeline.grid(state.chosen);
    let target = target.filter(|target| state.pipeline.upstream(target.row).contains(&state.chosen));
    let shown = target.and_then(|target| {
        let row = state.pipeline.stages.get(target.row)?;
        Some((row.id.clone(), row.outputs.get(target.output)?.0.to_owned()))
    });
    let Some((shown, port)) = shown else {
        state.say(Tone::Plain, "nothing that can be drawn follows this stage");
        return Vec::new();
    };
    let sweep = Sweep { stage: stage.id.clone(), parameter: parameter.id.clone(), values, shown };
    let here = sweep.values.iter().position(|value| *value == parameter.value).unwrap_or(0);
    let look = state.look().clone();
    let mut lanes = Lanes::none();
    for k in 0..sweep.values.len() {
        let lane = lanes.add(Source::Added { stage: trial(k, &sweep.shown), port: port.clone() });
        lane.look = look.clone();
    }
    lanes.set_focus(here);
    state.say(Tone::Plain, format!("{}: Enter takes one, n and N move, Esc leaves", sweep.parameter));
    let kept = std::mem::replace(&mut state.lanes, lanes);
    state.sweep = Some(Trials { sweep, kept });
    state.focus = super::Focus::Lanes;
    vec![Effect::Replan]
}

/// Values around this one: all choices, or from a half or a quarter to as much above.
fn values(value: &Value, declared: &Parameter) -> Vec<Value> {
    let factors: [f64; 5] = if declared.logarithmic { [0.25, 0.5, 1.0, 2.0, 4.0] } else { [0.5, 0.75, 1.0, 1.5, 2.0] };
    let mut values: Vec<Value> = match value {
        Value::Bool(_) => vec![Value::Bool(false), Value::Bool(true)],
        Value::Int(n) => factors.map(|factor| Value::Int((*n as f64 * factor).round() as i64)).to_vec(),
        Value::Float(x) if *x != 0.0 => factors.map(|factor| Value::Float(x * factor)).to_vec(),
        Value::Float(_) if declared.max.is_finite() => {
            [0.0, 0.25, 0.5, 0.75, 1.0].map(|share| Value::Float(declared.min.max(0.0) + share * declared.max)).to_vec()
        }
        _ => declared.choices.iter().take(MOST).map(|choice| Value::from(*choice)).collect(),
    };
    values.retain(|value| declared.check(value).is_ok());
    values.dedup();
    values
}

/// Takes the value of the trial that has the keys.
pub fn take(state: &mut State) -> Vec<Effect> {
    let at = state.lanes.focus();
    let Some(Trials { sweep, .. }) = &state.sweep else { return Vec::new() };
    let (stage, parameter, value) = (sweep.stage.clone(), sweep.parameter.clone(), sweep.values.get(at).cloned());
    leave(state);
    match value {
        Some(value) => {
            state.say(Tone::Good, format!("{parameter} = {value}"));
            steer::apply(Edit::SetParameter { stage, parameter, value })
        }
        None => vec![Effect::Replan],
    }
}

/// Leaves the strip of trials; says whether there was one.
pub fn leave(state: &mut State) -> bool {
    let Some(Trials { kept, .. }) = state.sweep.take() else { return false };
    state.lanes = kept;
    // What they waited for is not coming any more.
    for lane in state.lanes.iter_mut() {
        lane.rest();
    }
    request::aim(state);
    true
}
