//! The lanes themselves: which there are, in what order, how high.

use super::super::action::Action;
use super::super::lane::{Kind, Lane, Source};
use super::super::state::{State, Tone};
use super::request;

/// Steps of a lane's height.
const STEPS: i8 = 4;

/// Does what is asked of the lanes.
pub fn update(state: &mut State, action: Action) {
    match action {
        Action::Lanes => state.lanes.cycle(),
        Action::LaneAlone => {
            let alone = state.lanes.is_alone();
            state.lanes.set_alone(!alone);
        }
        Action::LaneTurn(by) => {
            state.lanes.turn(i64::from(by));
            say_focus(state);
        }
        Action::LaneMove(by) => state.lanes.shift(i64::from(by)),
        Action::LaneHeight(by) => {
            if let Some(lane) = state.lanes.focused_mut() {
                lane.look.weight = (lane.look.weight + by).clamp(-STEPS, STEPS);
            }
        }
        Action::LaneAdd => add(state),
        Action::LaneRemove => {
            let text = state.lanes.remove();
            state.say(Tone::Plain, text);
        }
        Action::LaneUnhide => {
            let text = if state.lanes.unhide() > 0 { "all lanes are shown" } else { "no lane is hidden" };
            state.say(Tone::Plain, text);
        }
        Action::LaneKind => {
            let Some(lane) = state.lanes.focused_mut() else { return };
            lane.look.drawn = match lane.kind() {
                Kind::Grid => Some(Kind::Curve),
                Kind::Curve => Some(Kind::Grid),
                _ => return state.say(Tone::Plain, "only frames can be drawn as lines or as colours"),
            };
            // What was read off a map of colours is no range of an axis.
            lane.look.range = None;
            request::aim(state);
        }
        _ => {}
    }
}

fn say_focus(state: &mut State) {
    let Some(lane) = state.lanes.focused() else { return };
    let stage = lane.target().and_then(|target| state.pipeline.stages.get(target.row));
    let of = stage.map_or(String::new(), |stage| format!(" of {}", stage.id));
    let text = format!("keys go to the lane {}{of}", lane.kind().name().to_lowercase());
    state.say(Tone::Plain, text);
}

/// A lane of its own for the chosen stage: its first output that has none yet.
fn add(state: &mut State) {
    let Some(stage) = state.stage() else { return };
    let source = |port: &&str| Source::Output { stage: stage.id.clone(), port: (*port).to_owned() };
    let ports: Vec<&str> = stage.outputs.iter().map(|(port, _)| *port).collect();
    let has = |source: &Source| state.lanes.iter().any(|lane: &Lane| lane.source == *source);
    let Some(source) = ports.iter().map(source).find(|source| !has(source)) else {
        let why = if ports.is_empty() { "has no outputs to show" } else { "has a lane for each of its outputs" };
        let text = format!("{} {why}", stage.id);
        return state.say(Tone::Plain, text);
    };
    state.lanes.add(source);
    request::aim(state);
    say_focus(state);
}
