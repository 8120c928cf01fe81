//! What a lane's heading says of its work.

use crate::tui::columns::Work;
use crate::tui::lane::Lane;
use crate::tui::state::State;

/// What a lane lacks. How far it has come stands in the status line: headings hold still meanwhile.
pub fn note(lane: &Lane, state: &State) -> &'static str {
    let provisional = state.timeline.as_ref().is_some_and(|timeline| lane.is_provisional(timeline));
    match lane.work() {
        Work::Failed(_) => "failed",
        Work::Cancelled => "stopped",
        Work::Idle if provisional => "provisional",
        Work::Idle | Work::Computing { .. } => "",
    }
}
