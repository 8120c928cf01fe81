//! The selection: a stretch of time that is marked, measured, shown and played. `State::selection` holds it, in seconds.

use super::state::State;
use super::timeline::Timeline;
use std::ops::Range;

/// Sets one end to the cursor; the other stays, or lies at the end of all there is.
pub fn mark(state: &mut State, is_end: bool) {
    let Some(timeline) = &state.timeline else { return };
    let (at, old) = (state.cursor, state.selection.clone());
    let range = if is_end {
        old.map_or(timeline.begin, |old| old.start)..behind(timeline, at)
    } else {
        at..old.map_or(timeline.end, |old| old.end)
    };
    state.selection = if range.start < range.end {
        Some(range)
    } else if is_end {
        Some(timeline.begin..behind(timeline, at))
    } else {
        Some(at..timeline.end)
    };
}

/// Moves the cursor by columns, and with it the end of the selection that stands there; else a selection begins.
pub fn extend(state: &mut State, by: i8) {
    let Some(mut timeline) = state.timeline else { return };
    let from = timeline.column(state.cursor);
    let to = (from + i64::from(by)).clamp(0, timeline.total() - 1);
    let column = |time: f64| timeline.column(time);
    let anchor = match &state.selection {
        // The columns of the ends: the cursor's is the last of those that are marked.
        Some(old) if column(old.end) - 1 == from || old.end >= timeline.end && from == timeline.total() - 1 => {
            column(old.start)
        }
        Some(old) if column(old.start) == from => column(old.end) - 1,
        _ => from,
    };
    state.selection = Some(columns(&timeline, anchor, to));
    state.cursor = timeline.time(to);
    timeline.reveal(state.cursor);
    state.timeline = Some(timeline);
}

/// Marks the columns from one to the other, both included, whichever comes first.
pub fn columns(timeline: &Timeline, a: i64, b: i64) -> Range<f64> {
    let (a, b) = (a.clamp(0, timeline.total() - 1), b.clamp(0, timeline.total() - 1));
    timeline.time(a.min(b))..timeline.time(a.max(b) + 1).min(timeline.end)
}

/// Marks everything.
pub fn all(state: &mut State) {
    state.selection = state.timeline.map(|timeline| timeline.begin..timeline.end);
}

/// Shows the selection, as wide as the window.
pub fn zoom(state: &mut State) -> bool {
    let (Some(range), Some(timeline)) = (&state.selection, &mut state.timeline) else { return false };
    timeline.step = ((range.end - range.start) / f64::from(timeline.columns)).max(timeline.finest);
    timeline.resize(timeline.columns);
    timeline.left = timeline.column(range.start);
    timeline.pan(0);
    state.cursor = state.cursor.clamp(range.start, range.end);
    true
}

/// The places of the window that the selection covers.
pub fn places(state: &State) -> Option<Range<u16>> {
    let (range, timeline) = (state.selection.as_ref()?, state.timeline.as_ref()?);
    let place = |column: i64| (column - timeline.left).clamp(0, i64::from(timeline.columns)) as u16;
    // A selection between two edges of columns covers the columns that it touches.
    let last = timeline.column(range.end);
    let last = if timeline.time(last) + timeline.step * 1e-3 < range.end { last + 1 } else { last };
    let places = place(timeline.column(range.start))..place(last);
    (!places.is_empty()).then_some(places)
}

/// The end of the column that begins at `time`.
fn behind(timeline: &Timeline, time: f64) -> f64 {
    timeline.time(timeline.column(time) + 1).min(timeline.end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> State {
        State { timeline: Some(Timeline::new(0.0, 10.0, 100, 1e-3)), ..State::default() }
    }

    #[track_caller]
    fn check(state: &State, from: f64, to: f64) {
        let range = state.selection.clone().expect("something is marked");
        assert!((range.start - from).abs() < 1e-9 && (range.end - to).abs() < 1e-9, "{range:?}, not {from}..{to}");
    }

    #[test]
    fn both_ends_are_set_at_the_cursor() {
        let mut state = state();
        state.cursor = 2.0;
        mark(&mut state, false);
        check(&state, 2.0, 10.0);
        state.cursor = 4.9;
        mark(&mut state, true);
        check(&state, 2.0, 5.0);
        assert_eq!(places(&state), Some(20..50));
        state.cursor = 7.0;
        mark(&mut state, false);
        check(&state, 7.0, 10.0);
        state.cursor = 1.0;
        mark(&mut state, true);
        check(&state, 0.0, 1.1);
        assert!(zoom(&mut state));
        assert_eq!(places(&state), Some(0..100));
    }

    #[test]
    fn the_end_at_the_cursor_moves_with_it() {
        let mut state = state();
        state.cursor = 5.0;
        extend(&mut state, 3);
        check(&state, 5.0, 5.4);
        extend(&mut state, -1);
        check(&state, 5.0, 5.3);
        extend(&mut state, -4);
        check(&state, 4.8, 5.1);
        extend(&mut state, 127);
        check(&state, 5.0, 10.0);
        extend(&mut state, -1);
        check(&state, 5.0, 9.9);
        all(&mut state);
        check(&state, 0.0, 10.0);
    }
}
