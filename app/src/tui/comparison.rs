//! Two outputs side by side: which they are, which of them is seen, and what is told of their difference.

use super::added::{CAUSE, ERROR, trial};
use super::lane::{Lane, Source};
use super::state::{State, Trials};
use super::value;

/// Stage and port of an output.
pub type Output = (String, String);

/// What is compared with what.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// A, the reference, and B, the candidate.
    pub sides: [Option<Output>; 2],
    /// The side that is seen alone, where the other would be too.
    pub flicker: Option<usize>,
    /// Are difference, figures and cause shown?
    pub is_told: bool,
}

/// Names of the sides.
pub const NAMES: [&str; 2] = ["A", "B"];

impl Comparison {
    /// Both sides, once both are marked and not the same.
    pub fn pair(&self) -> Option<[&Output; 2]> {
        let [a, b] = [self.sides[0].as_ref()?, self.sides[1].as_ref()?];
        (a != b).then_some([a, b])
    }

    /// The side that a lane shows, if it shows one by itself.
    pub fn side(&self, lane: &Lane) -> Option<usize> {
        let Source::Output { stage, port } = &lane.source else { return None };
        let is = |side: &Option<Output>| side.as_ref().is_some_and(|(s, p)| s == stage && p == port);
        self.sides.iter().position(is)
    }
}

/// Gives lanes that are looked at together one look and one scale: both sides, or all trials. The one that has the keys
/// leads.
pub fn link(state: &mut State) {
    let (ab, is_sweep) = (state.ab.clone(), state.sweep.is_some());
    let is_linked = |lane: &Lane| is_sweep || ab.pair().is_some() && ab.side(lane).is_some();
    let focus = state.lanes.focused().filter(|lane| is_linked(lane));
    let Some(leader) = focus.or_else(|| state.lanes.iter().find(|lane| is_linked(lane))) else { return };
    let (kind, mut look, seen) = (leader.kind(), leader.look.clone(), leader.seen.clone());
    let quantity = seen.as_ref().map(|seen| seen.quantity.clone());
    let fits = |lane: &Lane| {
        let same = lane.seen.as_ref().map(|seen| &seen.quantity) == quantity.as_ref();
        is_linked(lane) && lane.kind() == kind && same
    };
    let all = state.lanes.iter().filter(|lane| fits(lane)).filter_map(|lane| Some(lane.seen.as_ref()?.values));
    let joined = all.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    for lane in state.lanes.iter_mut().filter(|lane| fits(lane)) {
        look.weight = lane.look.weight;
        lane.look = look.clone();
        if let (Some(seen), Some(values)) = (&mut lane.seen, joined) {
            seen.values = values;
        }
    }
}

/// What a lane is called beside the name of its kind.
pub fn caption(state: &State, lane: &Lane) -> Option<String> {
    if let Some(side) = state.ab.side(lane) {
        return Some(format!("{} {}", NAMES[side], lane.kind().name()));
    }
    let Source::Added { stage, port } = &lane.source else { return None };
    if let Some(Trials { sweep, .. }) = &state.sweep {
        let at = (0..sweep.values.len()).find(|k| trial(*k, &sweep.shown) == *stage)?;
        return Some(format!("{} = {}", sweep.parameter, value::shown(&sweep.values[at])));
    }
    let text = match (stage.as_str(), port.as_str()) {
        (ERROR, "difference") => "B − A",
        (ERROR, "frames") => "Error of each frame",
        (ERROR, "bands") => "Error of each band",
        (ERROR, "metrics") => "Error",
        (CAUSE, _) => "Cause",
        _ => return None,
    };
    Some(text.to_owned())
}

/// The side that a lane shows in place of the other.
pub fn flickering(state: &State, lane: &Lane) -> Option<usize> {
    state.ab.side(lane).filter(|side| state.ab.flicker == Some(*side))
}

/// Does the lane show the error of each frame?
pub fn is_error(lane: &Lane) -> bool {
    matches!(&lane.source, Source::Added { stage, port } if stage == ERROR && port == "frames")
}
