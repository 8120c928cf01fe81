//! The profile lane: one value for each entry of an axis, as bars beside it. It has no time, and stands on its own axis.

use crate::tui::axis;
use crate::tui::draw::Frame;
use crate::tui::lane::Lane;
use crate::tui::layout::LaneArea;
use crate::tui::paint::text::Line;
use crate::tui::theme;
use crate::tui::view::{frequency_axis, subject};
use ratatui::buffer::Buffer;
use ratatui::style::Style;

/// Parts of a cell from its left, an eighth more each.
const BLOCKS: [&str; 9] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];

/// Draws the lane: each row the largest of the values that it stands for, the axis as that of a spectrogram.
pub fn draw(frame: &Frame<'_>, lane: &Lane, place: &LaneArea, buffer: &mut Buffer) {
    let profile = lane.table().map_or(&[][..], |table| &table.profile);
    let most =
        profile.iter().copied().filter(|value| value.is_finite()).fold(0.0f32, |most, value| most.max(value.abs()));
    let scale = if profile.is_empty() { String::new() } else { format!("0 to {}", axis::significant(most.into())) };
    subject::draw(frame.state, lane, place, &[&scale], 0, buffer);
    subject::progress(lane, place.plot, buffer);
    let Some(vertical) = lane.vertical().filter(|vertical| vertical.count() == profile.len()) else { return };
    frequency_axis::draw(&vertical, place.axis, buffer);
    let rows = usize::from(place.plot.height);
    for row in 0..rows {
        let values = vertical.entries(row, rows).filter_map(|entry| profile.get(entry)).map(|value| value.abs());
        let share = values.fold(0.0f32, f32::max) / most.max(f32::MIN_POSITIVE);
        let eighths = (share.clamp(0.0, 1.0) * f32::from(place.plot.width) * 8.0).round() as usize;
        let bar = BLOCKS[8].repeat(eighths / 8) + BLOCKS[eighths % 8];
        Line::at(place.plot.x, place.plot.y + row as u16, place.plot.width)
            .add(bar.trim_end(), Style::new().fg(theme::RMS))
            .draw(buffer);
    }
}
