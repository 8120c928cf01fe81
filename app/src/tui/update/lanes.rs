//! The lanes: where they look, how they look, and what has to be asked for so that they can be drawn.

use super::super::action::Action;
use super::super::effect::Effect;
use super::super::lane::{Lane, Target, Work};
use super::super::layout::Layout;
use super::super::loudness::Loudness;
use super::super::pool::Column;
use super::super::range;
use super::super::region::{Request, is_exact};
use super::super::remember;
use super::super::scale::Vertical;
use super::super::sound::Sound;
use super::super::state::{Lanes, State, Table, Tone, Window};
use super::super::timeline::Timeline;

/// Does what is asked of the lanes.
pub fn update(state: &mut State, action: Action) {
    match action {
        Action::Amplitude(by) => state.look.amplitude = (state.look.amplitude + by).clamp(-4, 14),
        Action::Floor(by) => range::shift(state, f32::from(by), 0.0),
        Action::Ceiling(by) => range::shift(state, 0.0, f32::from(by)),
        Action::AutoRange => range::refit(state),
        Action::Colours(by) => {
            state.look.palette = state.look.palette.turned(i64::from(by));
            state.say(Tone::Plain, format!("colours: {}", state.look.palette.name()));
        }
        Action::Spread => {
            state.look.spread = state.look.spread.next();
            state.say(Tone::Plain, format!("frequency scale: {}", state.look.spread.name()));
        }
        Action::Lanes => {
            state.look.lanes = match state.look.lanes {
                Lanes::Both => Lanes::Grid,
                Lanes::Grid => Lanes::Wave,
                Lanes::Wave => Lanes::Both,
            };
        }
        Action::Channel => state.look.channel += 1,
        Action::Pitch(by) => {
            let rows = Layout::new(state).map_or(2, |layout| layout.pixel_rows());
            let (low, high) = state.look.heights;
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
    let (low, high) = state.look.heights;
    let height = ((high - low) * factor).min(1.0);
    let entries = vertical(state).map_or(1, |vertical| vertical.count());
    if height * (entries as f64) < 2.0 {
        return;
    }
    let share = (state.pitch - low) / (high - low);
    let low = (state.pitch - share * height).clamp(0.0, 1.0 - height);
    state.look.heights = (low, low + height);
}

/// The vertical axis of the spectrogram lane.
pub fn vertical(state: &State) -> Option<Vertical> {
    let tensor = state.grid.target.as_ref()?.format.as_tensor().ok()?;
    Some(Vertical::new(tensor, state.look.spread, state.look.heights))
}

/// The cursor goes to a place of the window, and in the spectrogram to a row; what plays goes there too.
pub fn point(state: &mut State, place: u16, row: Option<(u16, u16)>) -> Vec<Effect> {
    let Some(timeline) = state.timeline else { return Vec::new() };
    let column = (timeline.left + i64::from(place)).clamp(0, timeline.total() - 1);
    state.cursor = timeline.time(column);
    if let Some((row, rows)) = row {
        let (low, high) = state.look.heights;
        state.pitch = high - (f64::from(row) + 0.5) / f64::from(rows) * (high - low);
    }
    match (state.playable(), state.sound.is_playing) {
        (Some(target), true) => vec![Effect::Seek { target: target.clone(), to: state.cursor }],
        _ => Vec::new(),
    }
}

/// Plays from the cursor, or plays on, or holds.
pub fn play(state: &mut State, from_cursor: bool) -> Vec<Effect> {
    if state.sound.is_playing && !from_cursor {
        return vec![Effect::Pause];
    }
    let Some(target) = state.playable().cloned() else {
        state.say(Tone::Plain, "there is no audio to play at this stage");
        return Vec::new();
    };
    let from = (from_cursor || state.sound.position.is_none()).then_some(state.cursor);
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

/// Points the lanes at what the chosen stage has to show.
pub fn aim(state: &mut State) {
    if !state.is_usable {
        return;
    }
    let known = |target: Option<Target>| {
        let mut target = target?;
        if target.length.is_none() {
            let asked = state.asked.lengths.iter().find(|(s, o, _)| (*s, *o) == (target.signature, target.output));
            target.length = asked.and_then(|(_, _, answer)| answer.as_ref()?.as_ref().ok().copied());
        }
        Some(target)
    };
    let (wave, grid) = (known(state.pipeline.wave(state.chosen)), known(state.pipeline.grid(state.chosen)));
    let table = state.pipeline.table(state.chosen);
    state.wave.aim(wave);
    state.grid.aim(grid);
    let same = |a: &Option<Target>, b: &Option<Target>| {
        a.as_ref().map(|t| (t.signature, t.output)) == b.as_ref().map(|t| (t.signature, t.output))
    };
    if !same(&state.table.target, &table) {
        state.table = Table { target: table, ..Table::default() };
    }
}

/// Asks for everything that the lanes lack in what they look at now.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    let Some(layout) = Layout::new(state).filter(|_| state.is_open) else { return effects };
    effects.extend(measure(state));
    set_timeline(state, layout.columns());
    if let (Some(target), true) = (&state.table.target, state.table.rows.is_empty() && state.table.problem.is_none())
        && state.table.ticket.is_none()
    {
        let target = target.clone();
        let ticket = state.next_ticket();
        state.table.ticket = Some(ticket);
        effects.push(Effect::Table { ticket, target });
    }
    let Some(timeline) = state.timeline else { return effects };
    let ticket = state.ticket;
    if layout.wave.is_some() {
        let request = ask(&mut state.wave, &mut state.asked.wave, &timeline, ticket + 1);
        effects.extend(request.map(Effect::Wave));
    }
    if layout.grid.is_some() {
        let request = ask(&mut state.grid, &mut state.asked.grid, &timeline, ticket + 2);
        effects.extend(request.map(Effect::Grid));
    }
    state.ticket += 2;
    effects.extend(measure_loudness(state));
    effects
}

/// Asks for peak and loudness, once the lanes are drawn: they come first.
fn measure_loudness(state: &mut State) -> Option<Effect> {
    let target = state.wave.target.clone().filter(|_| !state.is_busy())?;
    let of = (target.signature, target.output);
    if state.loudness.of == of {
        return None;
    }
    state.loudness = Loudness { of, ..Loudness::default() };
    Some(Effect::Loudness(target))
}

/// Asks for the lengths that no header tells.
fn measure(state: &mut State) -> Vec<Effect> {
    let targets = [state.wave.target.clone(), state.grid.target.clone()];
    let mut effects = Vec::new();
    for target in targets.into_iter().flatten().filter(|target| target.length.is_none()) {
        let key = (target.signature, target.output);
        match state.asked.lengths.iter().find(|(s, o, _)| (*s, *o) == key) {
            None => {
                state.asked.lengths.push((key.0, key.1, None));
                effects.push(Effect::Measure(target));
            }
            Some((_, _, Some(Err(reason)))) => {
                let reason = reason.clone();
                if state.wave.target.as_ref().is_some_and(|t| (t.signature, t.output) == key) {
                    state.wave.work = Work::Failed(reason.clone());
                }
                if state.grid.target.as_ref().is_some_and(|t| (t.signature, t.output) == key) {
                    state.grid.work = Work::Failed(reason);
                }
            }
            Some(_) => {}
        }
    }
    effects
}

/// Time runs over what the waveform shows, or else the spectrogram.
fn set_timeline(state: &mut State, columns: Option<u16>) {
    let targets = [&state.wave.target, &state.grid.target].into_iter().flatten();
    let Some((target, (begin, end))) = targets.filter_map(|t| Some((t, t.extent()?))).next() else { return };
    let Some(columns) = columns else { return };
    let finest = 1.0 / target.clock().rate() / 8.0;
    match &mut state.timeline {
        Some(timeline) if (timeline.begin, timeline.end) == (begin, end.max(begin)) => timeline.resize(columns),
        timeline => {
            let mut fresh = Timeline::new(begin, end, columns, finest);
            // Another rate of the same sound: what was in sight stays in sight.
            if let Some(old) = timeline.filter(|old| (old.end - end).abs() < 0.1 && !old.is_fit()) {
                fresh.step = old.step.max(fresh.finest);
                fresh.left = old.left;
                fresh.resize(columns);
            }
            if let Some(stretch) = state.recalled.take() {
                remember::show(&mut fresh, stretch);
            }
            *timeline = Some(fresh);
            state.cursor = state.cursor.clamp(begin, end.max(begin));
        }
    }
}

fn ask<C: Column>(lane: &mut Lane<C>, asked: &mut Option<Window>, timeline: &Timeline, ticket: u64) -> Option<Request> {
    let target = lane.target.clone().filter(|target| target.length.is_some())?;
    let window = (target.signature, target.output, timeline.step, timeline.left, timeline.columns);
    if *asked == Some(window) {
        return None;
    }
    *asked = Some(window);
    let columns = lane.missing(timeline, is_exact(&target, timeline));
    if columns.is_empty() {
        lane.work = Work::Idle;
        return None;
    }
    lane.work = Work::Computing { ticket, done: 0, total: columns.len() };
    Some(Request { ticket, target, timeline: *timeline, columns })
}

/// Stops waiting for columns; says whether there was anything to stop.
pub fn stop(state: &mut State) -> bool {
    let mut any = state.wave.is_computing() || state.grid.is_computing();
    for (_, _, answer) in state.asked.lengths.iter_mut().filter(|(_, _, answer)| answer.is_none()) {
        *answer = Some(Err("stopped before its length was known".into()));
        any = true;
    }
    for work in [&mut state.wave.work, &mut state.grid.work] {
        if matches!(work, Work::Computing { .. }) {
            *work = Work::Cancelled;
        }
    }
    any
}
