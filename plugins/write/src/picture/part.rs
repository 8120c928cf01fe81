//! One panel of a picture: where in the picture's time its data lie, and what its lanes are called.

use super::canvas::Rect;

/// All data of a lane in pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Whole {
    /// Pixels of all of it.
    pub width: usize,
    /// Those left of the first that is drawn.
    pub before: usize,
}

/// Where in the panel the data lie.
#[derive(Clone, Debug)]
pub struct Part {
    /// From where to where in the panel's width, 0 to 1; beyond its edges for what stands there half.
    pub span: (f64, f64),
    /// What stands in the corner of each lane.
    pub names: Vec<String>,
}

impl Part {
    /// The part of a lane in which the data lie, one pixel at least; and how many pixels all data would have, and how
    /// many of those lie left of the lane.
    pub fn of(&self, lane: Rect) -> (Rect, Whole) {
        let edge = |at: f64| (at * lane.width as f64).round() as i64;
        let width = lane.width as i64;
        let start = edge(self.span.0).min(width - 1);
        let end = edge(self.span.1).max(start + 1);
        let (left, right) = (start.max(0), end.clamp(1, width));
        let left = left.min(right - 1);
        let whole = Whole { width: (end - start) as usize, before: (left - start).max(0) as usize };
        (Rect { x: lane.x + left as usize, width: (right - left) as usize, ..lane }, whole)
    }

    /// The name of a lane.
    pub fn name(&self, lane: usize) -> &str {
        self.names.get(lane).map_or("", String::as_str)
    }
}
