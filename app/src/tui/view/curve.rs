//! The curve lane: every value of a frame as a line over time, in its unit.

use crate::tui::axis;
use crate::tui::columns::MARGIN;
use crate::tui::comparison;
use crate::tui::draw::Frame;
use crate::tui::lane::Lane;
use crate::tui::layout::LaneArea;
use crate::tui::paint::text::{Line, width};
use crate::tui::paint::{heads, ruler, trace};
use crate::tui::scale::{self, vertical_axis};
use crate::tui::theme;
use crate::tui::view::subject;
use auricle_sdk::format::Tensor;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};

/// From so many frames a column on, columns are drawn from their least to their greatest value.
const DENSE: f64 = 4.0;
/// What `compare.error` tells of a frame, in order.
const ERRORS: [&str; 3] = ["l1", "mse", "max"];
/// Rows between two labels.
const APART: f64 = 1.2;

/// Draws the lane.
pub fn draw(frame: &Frame<'_>, lane: &Lane, place: &LaneArea, buffer: &mut Buffer) {
    let state = frame.state;
    let unit = if comparison::is_error(lane) { "" } else { lane.tensor().map_or("", scale::unit) };
    subject::draw(state, lane, place, &[], ruler::unit_width(unit) + 1, buffer);
    let (Some(curves), Some(target), Some(tensor), Some(timeline)) =
        (lane.wave(), lane.target(), lane.tensor(), &state.timeline)
    else {
        return;
    };
    let (low, high) = lane.levels();
    ruler::unit(place.scale, unit, buffer);
    labels((low, high), place, buffer);
    // From 0 at the top to 1 at the bottom; what lies outside stands at the edge.
    let share = |value: f32| (1.0 - (value - low) / (high - low)).clamp(0.0, 1.0);
    let frames = timeline.step * target.clock().rate();
    let count = tensor.frame_len();
    for curve in (0..count).rev() {
        let colour = theme::CURVES[curve % theme::CURVES.len()];
        if frames < DENSE && 1.0 / frames <= f64::from(MARGIN) {
            let points = trace::points(curves, timeline, curve);
            trace::draw(place.plot, timeline, &points, colour, share, buffer);
        } else {
            let extent = |x: u16| {
                let shown = curves.shown(timeline, timeline.left + i64::from(x))?;
                let extent = shown.column.channels.get(curve)?;
                Some((extent.min, extent.max))
            };
            let extents: Vec<_> = (0..place.plot.width).map(extent).collect();
            trace::band(place.plot, &extents, colour, share, buffer);
        }
    }
    if count > 1 {
        let names: &[&str] = if comparison::is_error(lane) { &ERRORS } else { &[] };
        legend(tensor, names, place.scale, buffer);
    }
    heads::draw(state, place.plot, None, buffer);
}

/// Round values beside the picture, on the rows where they lie.
fn labels((low, high): (f32, f32), place: &LaneArea, buffer: &mut Buffer) {
    let (low, high, rows) = (f64::from(low), f64::from(high), f64::from(place.axis.height));
    if place.axis.height == 0 || high <= low {
        return;
    }
    let least = (high - low) / (rows / APART).max(1.0);
    for tick in axis::linear(low, high, least) {
        let dot = (high - tick.value) / (high - low) * (rows * 4.0 - 1.0);
        let y = place.axis.y + (dot.round() / 4.0) as u16;
        let label = tick.within(place.axis.width - 1);
        Line::at(place.axis.x, y, place.axis.width - 1).add(&label, theme::dim()).right().draw(buffer);
        Line::at(place.axis.right() - 1, y, 1).add("┤", theme::line()).draw(buffer);
    }
}

/// Which colour is which value.
fn legend(tensor: &Tensor, names: &[&str], area: Rect, buffer: &mut Buffer) {
    let axis = vertical_axis(tensor);
    for (curve, y) in (0..tensor.frame_len()).zip(area.y..area.bottom()) {
        let number = || axis.map_or_else(|| curve.to_string(), |axis| axis::trimmed(axis.coordinate(curve), 2));
        let name = names.get(curve).map_or_else(number, |name| (*name).to_owned());
        let colour: Color = theme::CURVES[curve % theme::CURVES.len()];
        let line = Line::at(area.x + 1, y, area.width - 1).add("━ ", Style::new().fg(colour));
        if width(&name) + 3 <= area.width {
            line.add(&name, theme::dim()).draw(buffer);
        } else {
            line.draw(buffer);
        }
    }
}
