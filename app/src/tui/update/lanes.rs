//! The lanes: where they look, and how they look.

use super::super::action::Action;
use super::super::columns::Work;
use super::super::effect::Effect;
use super::super::lane::{Kind, Lane, Pooling};
use super::super::layout::Layout;
use super::super::range;
use super::super::sound::Sound;
use super::super::state::{State, Tone};
use super::super::timeline::Timeline;

/// Does what is asked of the lanes.
pub fn update(state: &mut State, action: Action) {
    match action {
        Action::Amplitude(by) => with(state, &[Kind::Wave], |lane| {
            lane.look.amplitude = (lane.look.amplitude + by).clamp(-4, 14);
        }),
        Action::Floor(by) => with(state, RANGED, |lane| range::shift(lane, f32::from(by), 0.0)),
        Action::Ceiling(by) => with(state, RANGED, |lane| range::shift(lane, 0.0, f32::from(by))),
        Action::AutoRange => with(state, RANGED, range::refit),
        Action::Pooling => {
            with(state, &[Kind::Grid], |lane| {
                lane.look.pooling = if lane.look.pooling == Pooling::Max { Pooling::Mean } else { Pooling::Max };
            });
            let what = if state.look().pooling == Pooling::Max { "largest" } else { "mean" };
            state.say(Tone::Plain, format!("each pixel shows the {what} of its values"));
        }
        Action::Channel => with(state, &[Kind::Grid], |lane| lane.look.channel += 1),
        Action::Colours(by) => {
            with(state, &[Kind::Grid], |lane| lane.look.palette = lane.look.palette.turned(i64::from(by)));
            state.say(Tone::Plain, format!("colours: {}", state.look().palette.name()));
        }
        Action::Spread => {
            with(state, &[Kind::Grid], |lane| lane.look.spread = lane.look.spread.next());
            state.say(Tone::Plain, format!("frequency scale: {}", state.look().spread.name()));
        }
        Action::Pitch(by) => {
            let rows = Layout::new(state).map_or(2, |layout| layout.pixel_rows());
            let (low, high) = state.look().heights;
            // The middle of a row, so that it stays in that row whatever the rounding.
            let row = ((state.pitch - low) / (high - low) * rows as f64).floor() + f64::from(by) + 0.5;
            state.pitch = (low + row / rows as f64 * (high - low)).clamp(low + 1e-6, high - 1e-6);
        }
        Action::Taller(by) => zoom_heights(state, 0.5f64.powi(i32::from(by))),
        action => {
            if let Some(mut timeline) = state.timeline {
                state.cursor = travel(&mut timeline, state.cursor, action);
                state.timeline = Some(timeline);
            }
        }
    }
}

/// Kinds with levels.
const RANGED: &[Kind] = &[Kind::Grid, Kind::Curve];

/// Changes the lane that has the keys, if it is of one of these kinds, else the one of the first kind that is meant.
fn with(state: &mut State, kinds: &[Kind], change: impl FnOnce(&mut Lane)) {
    let focus = state.lanes.focused().map(Lane::kind).filter(|kind| kinds.contains(kind));
    let lane = focus.or(kinds.first().copied()).and_then(|kind| state.lanes.current_mut(kind));
    if let Some(lane) = lane {
        change(lane);
    }
}

/// Moves the window and the cursor; gives the cursor's new time.
fn travel(timeline: &mut Timeline, cursor: f64, action: Action) -> f64 {
    let column = timeline.column(cursor);
    let page = i64::from(timeline.columns);
    // The cursor rides along with the window, and goes on alone where the window cannot.
    let ride = |timeline: &mut Timeline, by: i64| {
        let moved = timeline.pan(by);
        column + if moved == 0 { by } else { moved }
    };
    let column = match action {
        Action::Pan(by) => ride(timeline, i64::from(by) * (page / 10).max(1)),
        Action::Page(by) => ride(timeline, i64::from(by) * page),
        Action::Start => 0,
        Action::End => timeline.total() - 1,
        Action::Cursor(by) => column + i64::from(by),
        Action::Zoom(by) => {
            timeline.zoom(0.5f64.powi(i32::from(by)), cursor);
            return cursor;
        }
        Action::Fit => {
            timeline.fit();
            return cursor;
        }
        _ => return cursor,
    };
    let cursor = timeline.time(column.clamp(0, timeline.total() - 1));
    timeline.reveal(cursor);
    cursor
}

fn zoom_heights(state: &mut State, factor: f64) {
    let (low, high) = state.look().heights;
    let height = ((high - low) * factor).min(1.0);
    let entries = state.lanes.current(Kind::Grid).and_then(Lane::vertical).map_or(1, |vertical| vertical.count());
    if height * (entries as f64) < 2.0 {
        return;
    }
    let share = (state.pitch - low) / (high - low);
    let low = (state.pitch - share * height).clamp(0.0, 1.0 - height);
    with(state, &[Kind::Grid], |lane| lane.look.heights = (low, low + height));
}

/// The cursor goes to a place of the window, and in the spectrogram to a row; what plays goes there too.
pub fn point(state: &mut State, place: u16, row: Option<(u16, u16)>) -> Vec<Effect> {
    let Some(timeline) = state.timeline else { return Vec::new() };
    let column = (timeline.left + i64::from(place)).clamp(0, timeline.total() - 1);
    state.cursor = timeline.time(column);
    if let Some((row, rows)) = row {
        let (low, high) = state.look().heights;
        state.pitch = high - (f64::from(row) + 0.5) / f64::from(rows) * (high - low);
    }
    match (state.playable(), state.sound.is_playing) {
        (Some(target), true) => vec![Effect::Seek { target: target.clone(), to: state.cursor }],
        _ => Vec::new(),
    }
}

/// Plays from the cursor, or plays on, or holds.
pub fn play(state: &mut State, from_cursor: bool) -> Vec<Effect> {
    if state.live.is_some() {
        state.say(Tone::Plain, "what is heard now is not played; Space holds the picture, Esc ends it");
        return Vec::new();
    }
    if state.sound.is_playing && !from_cursor {
        return vec![Effect::Pause];
    }
    let Some(target) = state.playable().cloned() else {
        state.say(Tone::Plain, "there is no audio to play at this stage");
        return Vec::new();
    };
    let from = (from_cursor || state.sound.position.is_none()).then_some(state.cursor);
    state.listening.range = None;
    super::sound::note(state, &target);
    vec![Effect::Play { target, from }]
}

/// Takes news of the sound in; the window turns the page when the play head leaves it.
pub fn hear(state: &mut State, sound: Sound) -> Vec<Effect> {
    if let (Some(timeline), Some(before), Some(now)) = (&mut state.timeline, state.sound.position, sound.position)
        && sound.is_playing
        && timeline.place(before).is_some()
        && timeline.place(now).is_none()
        && now < timeline.end
    {
        timeline.left = timeline.column(now);
        timeline.pan(0);
    }
    state.sound = sound;
    Vec::new()
}

/// Stops waiting for columns; says whether there was anything to stop.
pub fn stop(state: &mut State) -> bool {
    let mut any = false;
    for (_, _, answer) in state.lengths.iter_mut().filter(|(_, _, answer)| answer.is_none()) {
        *answer = Some(Err("stopped before its length was known".into()));
        any = true;
    }
    for lane in state.lanes.iter_mut().filter(|lane| lane.is_computing()) {
        *lane.work_mut() = Work::Cancelled;
        any = true;
    }
    any
}
