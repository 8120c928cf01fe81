//! What a lane's heading says of its work.

use crate::tui::lane::{Lane, Work};
use crate::tui::pool::Column;
use crate::tui::state::State;

/// What a lane is waiting for, or lacks.
pub fn note<C: Column>(lane: &Lane<C>, state: &State) -> String {
    let provisional = state.timeline.as_ref().is_some_and(|timeline| lane.is_provisional(timeline));
    match &lane.work {
        Work::Computing { done, total, .. } => format!("  computing {:>3} %", done * 100 / (*total).max(1)),
        Work::Failed(_) => "  failed".into(),
        Work::Cancelled => "  stopped".into(),
        Work::Idle if provisional => "  provisional: a part of each column".into(),
        Work::Idle => String::new(),
    }
}
