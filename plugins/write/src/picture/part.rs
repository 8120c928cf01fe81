//! One panel of a picture: where in the picture's time its data lie, and what its lanes are called.

use super::canvas::Rect;

/// What the session says about the look of data.
#[derive(Clone, Debug)]
pub struct How {
    /// The colour map's name.
    pub map: String,
    /// Lower end of the colours, or of a curve's axis, if it is given.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// Where in the panel the data lie.
#[derive(Clone, Debug)]
pub struct Part {
    /// From where to where in the panel's width, 0 to 1.
    pub span: (f64, f64),
    /// What stands in the corner of each lane.
    pub names: Vec<String>,
}

impl Part {
    /// The part of a lane in which the data lie; one pixel at least.
    pub fn of(&self, lane: Rect) -> Rect {
        let edge = |at: f64| (at.clamp(0.0, 1.0) * lane.width as f64).round() as usize;
        let start = edge(self.span.0).min(lane.width.saturating_sub(1));
        Rect { x: lane.x + start, width: edge(self.span.1).saturating_sub(start).max(1), ..lane }
    }

    /// The name of a lane.
    pub fn name(&self, lane: usize) -> &str {
        self.names.get(lane).map_or("", String::as_str)
    }
}
