//! The mouse on labels: it chooses, types, and pulls edges or the whole.

use super::super::annotating::{Annotate, Grip, Held};
use super::super::effect::Effect;
use super::super::event::{Gesture, Mouse};
use super::super::labels::{self, called, move_edge, shift, sort};
use super::super::lane::Kind;
use super::super::layout::{LaneArea, Layout};
use super::super::state::{State, Tone};
use super::super::view::label_at;
use super::labels::{applied, goto};

/// Takes the label under the mouse, if there is one; a second click types its text.
pub fn take(state: &mut State, area: &LaneArea, mouse: Mouse) -> Option<Vec<Effect>> {
    state.labels.typing = None;
    let at = ratatui::layout::Position::new(mouse.x, mouse.y);
    if area.kind != Kind::Events || !area.plot.contains(at) {
        return None;
    }
    let timeline = state.timeline?;
    let listed = labels::of_lane(state, state.lanes.get(area.place)?)?;
    let (place, grip) = label_at(&listed, &timeline, area.plot, at)?;
    (state.focus, state.anchor) = (super::Focus::Lanes, None);
    state.lanes.set_focus(area.place);
    goto(state, &listed, Some(place));
    let column = timeline.left + i64::from(mouse.x - area.plot.x);
    state.cursor = timeline.time(column);
    if mouse.gesture == Gesture::Double {
        state.labels.held = None;
        return Some(super::labels::update(state, Annotate::Type));
    }
    let labels = listed.labels.clone();
    state.labels.held = Some(Held { place, grip, from: timeline.time(column), labels, at: place });
    Some(Vec::new())
}

/// Pulls what is held to where the mouse is.
pub fn drag(state: &mut State, layout: &Layout, mouse: Mouse) {
    let (Some(timeline), Some(mut held)) = (state.timeline, state.labels.held.take()) else { return };
    let lane = labels::place(state).and_then(|place| layout.lanes.iter().find(|lane| lane.place == place));
    let listed = labels::listed(state);
    let (Some(lane), Some(listed)) = (lane, listed) else { return };
    if !listed.is_own {
        state.labels.held = None;
        state.say(Tone::Plain, "these labels are another stage's: e takes them into the session to be changed");
        return;
    }
    let place = mouse.x.clamp(lane.plot.x, lane.plot.right().saturating_sub(1)) - lane.plot.x;
    let to = timeline.time(timeline.left + i64::from(place));
    let mut all = listed.labels.clone();
    match held.grip {
        // The column under the mouse is the last one that belongs to it.
        Grip::End => move_edge(&mut all, held.place, true, (to + timeline.step).min(timeline.end)),
        Grip::Start => move_edge(&mut all, held.place, false, to),
        Grip::Whole => shift(&mut all, held.place, to - held.from),
    }
    held.at = held.place;
    if let Some(label) = all.get(held.place) {
        state.cursor = if held.grip == Grip::End { label.end } else { label.start };
        state.selection = (!label.is_point()).then_some(label.start..label.end);
    }
    held.labels = all;
    state.labels.held = Some(held);
}

/// Lets go: what was pulled stays where it is now.
pub fn leave(state: &mut State) -> Vec<Effect> {
    let (Some(held), Some(listed)) = (state.labels.held.take(), labels::listed(state)) else { return Vec::new() };
    let (Some(before), Some(after)) = (listed.labels.get(held.place), held.labels.get(held.at)) else {
        return Vec::new();
    };
    if before == after || !listed.is_own {
        return Vec::new();
    }
    let at = |time| super::super::axis::trimmed(time, 3);
    let name = match held.grip {
        Grip::Start => format!("{} begins at {} s", called(before), at(after.start)),
        Grip::End => format!("{} ends at {} s", called(before), at(after.end)),
        Grip::Whole => format!("{} moved to {} s", called(before), at(after.start)),
    };
    let mut all = held.labels.clone();
    let place = sort(&mut all, held.at);
    applied(state, &listed, all, place, name)
}
