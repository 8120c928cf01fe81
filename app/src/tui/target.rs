//! An output of a stage, as the screen points at it.

use super::timeline::{Timeline, entries};
use auricle_engine::Shape;
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

    /// The layout of its overview, if it is so long that it has one.
    pub fn shape(&self) -> Option<Shape> {
        Shape::new(&self.format, self.length?)
    }

    /// The level of its overview that columns of this window are drawn from, and what an entry there stands for; none
    /// where its own entries are few enough.
    pub fn level(&self, timeline: &Timeline) -> Option<(usize, i64)> {
        let shape = self.shape()?;
        let level = shape.level(timeline.step * self.clock().rate())?;
        Some((level, shape.hops[level]))
    }

    /// The entries of a column: those that stand in it, or for frames the nearest one. Where an overview is drawn the
    /// edges of columns lie on edges of its entries, at most an eighth of a column beside their time.
    pub fn entries(&self, timeline: &Timeline, column: i64) -> Range<i64> {
        let (clock, length) = (self.clock(), self.length.unwrap_or(i64::MAX));
        let mut found = entries(timeline.time(column), timeline.time(column + 1), clock.seconds(0), clock.rate());
        if let Some((_, hop)) = self.level(timeline) {
            let edge = |entry: i64| if entry >= length { length } else { (entry + hop / 2).div_euclid(hop) * hop };
            found = edge(found.start)..edge(found.end);
        }
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
