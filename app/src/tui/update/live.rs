//! A session on what is heard: how it begins and ends on the screen, and how the window follows the sound.

use super::super::effect::Effect;
use super::super::lanes::Lanes;
use super::super::live::Live;
use super::super::pipeline::Pipeline;
use super::super::recording::Record;
use super::super::state::{State, Tone};
use super::super::timeline::Timeline;
use super::request;

/// Seconds in sight to begin with.
const SIGHT_S: f64 = 10.0;
/// The finest column, in seconds.
const FINEST_S: f64 = 1e-3;

/// The stages run on what is heard from now on.
pub fn began(state: &mut State, pipeline: Pipeline, live: Live) {
    let file = std::mem::take(&mut state.pipeline.file);
    state.pipeline = Pipeline { file, ..pipeline };
    (state.is_usable, state.is_planning) = (true, false);
    (state.overlay, state.selection, state.timeline, state.cursor) = (None, None, None, 0.0);
    (state.reading, state.survey) = Default::default();
    state.chosen = state.chosen.min(state.pipeline.stages.len().saturating_sub(1));
    if live.left_out.is_empty() {
        state.message = None;
    } else {
        let text = format!("without {}, which need all of their input or do with such", live.left_out.join(", "));
        state.say(Tone::Plain, text);
    }
    state.live = Some(live);
    grow(state, &|_, _| 0);
}

/// More has come: `length` tells how much there is of an output now, `changed` of which outputs there is more.
pub fn news(state: &mut State, news: Live, lengths: &[((usize, usize), i64)], changed: &[(usize, usize)]) {
    let Some(live) = &mut state.live else { return };
    *live = Live { held: live.held, latency_s: live.latency_s, ..news };
    grow(state, &|stage, output| {
        lengths.iter().find(|(of, _)| *of == (stage, output)).map_or(0, |(_, length)| *length)
    });
    late(state);
    for lane in state.lanes.iter_mut() {
        let of = lane.target().map(|target| (target.stage, target.output));
        lane.renew(of.is_some_and(|of| changed.contains(&of)));
    }
}

/// How far the last of the lanes in sight is behind the sound.
fn late(state: &mut State) {
    let of = |lanes: &Lanes, heard: f64| {
        let shown = lanes.shown().into_iter().filter_map(|place| lanes.get(place)?.target());
        let come = shown.filter(|target| target.clock().step > 0).filter_map(|target| Some(target.extent()?.1));
        come.map(|end| (heard - end).max(0.0)).fold(0.0, f64::max)
    };
    if let Some(live) = &mut state.live {
        live.latency_s = of(&state.lanes, live.seconds) + state.recording.latency_s;
    }
}

/// Outputs have so many entries now.
fn grow(state: &mut State, length: &dyn Fn(usize, usize) -> i64) {
    let mut lengths = Vec::new();
    for row in &state.pipeline.stages {
        let Some(stage) = row.planned else { continue };
        for (output, _) in row.outputs.iter().enumerate().filter(|(_, (_, format))| format.clock.step > 0) {
            lengths.push((row.signature, output, Some(Ok(length(stage, output)))));
        }
    }
    state.lengths = lengths;
    request::aim(state);
}

/// The window ends where the sound is, and stays as wide as it is.
pub fn follow(state: &mut State, columns: u16) {
    let Some(live) = &state.live else { return };
    if let (Some(_), Some(timeline)) = (live.held, state.timeline.as_mut().filter(|old| old.columns == columns)) {
        // What is looked at stands still; there is more behind it.
        timeline.end = timeline.end.max(live.seconds);
        return;
    }
    let end = live.held.unwrap_or(live.seconds);
    let step = match &state.timeline {
        Some(old) => old.step * f64::from(old.columns) / f64::from(columns.max(1)),
        None => SIGHT_S / f64::from(columns.max(1)),
    };
    // A width is changed by the screen or by zooming, not by rounding.
    let step = state.timeline.filter(|old| old.columns == columns).map_or(step, |old| old.step);
    let whole = (end / step).ceil() as i64;
    let left = (whole - i64::from(columns)).max(0);
    let end = live.seconds.max(step * f64::from(columns));
    state.timeline = Some(Timeline { begin: 0.0, end, step, left, columns, finest: FINEST_S });
    state.cursor = state.cursor.clamp(left as f64 * step, (left + i64::from(columns)) as f64 * step);
}

/// The screen stands still, or follows the sound again.
pub fn hold(state: &mut State) -> Vec<Effect> {
    if let Some(live) = &mut state.live {
        live.held = if live.held.is_some() { None } else { Some(live.seconds) };
    }
    Vec::new()
}

/// The session is on its own files again.
pub fn end(state: &mut State) -> Vec<Effect> {
    (state.live, state.timeline, state.recalled) = (None, None, None);
    state.lengths.clear();
    state.message = None;
    vec![Effect::Record(Record::Hush), Effect::Replan]
}
