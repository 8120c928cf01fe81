//! What a run says while it goes on.

use crate::report::Finding;
use auricle_sdk::Error;

/// Something happened in a run. Stages are named by their index in the plan.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Event {
    /// A stage began.
    Started {
        /// Index in the plan.
        stage: usize,
    },
    /// A stage has put out this many entries of its first output (for a writer: taken in).
    Progress {
        /// Index in the plan.
        stage: usize,
        /// Entries so far.
        done: i64,
        /// Entries in all, if known.
        total: Option<i64>,
    },
    /// A stage found something about its data.
    Finding {
        /// Index in the plan.
        stage: usize,
        /// What it found.
        finding: Finding,
    },
    /// A line for the log.
    Log {
        /// Index in the plan.
        stage: usize,
        /// The line.
        message: String,
    },
    /// A stage is through.
    Finished {
        /// Index in the plan.
        stage: usize,
    },
    /// A stage failed; the run stops.
    Failed {
        /// Index in the plan.
        stage: usize,
        /// Why.
        error: Error,
    },
}

/// Watches a run: a progress bar, a screen, a test.
pub trait Observer {
    /// Called on the thread that called `run`, in the order things happened.
    fn event(&mut self, event: &Event);
}

/// Watches nothing.
impl Observer for () {
    fn event(&mut self, _: &Event) {}
}

impl<F: FnMut(&Event)> Observer for F {
    fn event(&mut self, event: &Event) {
        self(event);
    }
}
