//! An output of a stage, as the screen points at it.

use super::timeline::{Timeline, entries};
use auricle_sdk::format::{Clock, Format};
use std::ops::Range;
use std::sync::Arc;

/// An output of a stage that a lane shows.
#[derive(Clone, Debug)]
pub struct Target {
    /// Row of the stage in the pipeline.
    pub row: usize,
    /// Index of the stage in the plan.
    pub stage: usize,
    /// Index of the output.
    pub output: usize,
    /// What comes out.
    pub format: Arc<Format>,
    /// Entries in all; `None` while nobody knows.
    pub length: Option<i64>,
    /// Equal for equal results.
    pub signature: u64,
}

impl Target {
    /// Where the entries stand in time.
    pub fn clock(&self) -> Clock {
        self.format.clock
    }

    /// From the first entry to behind the last, in seconds.
    pub fn extent(&self) -> Option<(f64, f64)> {
        let length = self.length?;
        Some((self.clock().seconds(0), self.clock().seconds(length)))
    }

    /// The entries of a column: those that stand in it, or for frames the nearest one.
    pub fn entries(&self, timeline: &Timeline, column: i64) -> Range<i64> {
        let (clock, length) = (self.clock(), self.length.unwrap_or(i64::MAX));
        let found = entries(timeline.time(column), timeline.time(column + 1), clock.seconds(0), clock.rate());
        let found = found.start.clamp(0, length)..found.end.clamp(0, length);
        if !found.is_empty() || self.format.as_audio().is_ok() || length <= 0 {
            return found;
        }
        let middle = (timeline.time(column) + timeline.time(column + 1)) / 2.0;
        let nearest = ((middle - clock.seconds(0)) * clock.rate()).round() as i64;
        let nearest = nearest.clamp(0, length - 1);
        nearest..nearest + 1
    }
}
