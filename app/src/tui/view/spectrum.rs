//! The spectrum pane: the frame at the cursor over frequency, and the mean of the selection's frames as a line.

use crate::tui::axis;
use crate::tui::draw::Frame;
use crate::tui::lane::{Kind, Lane};
use crate::tui::paint::text::{Line, heading, width};
use crate::tui::pixel::channels;
use crate::tui::scale::{self, Vertical};
use crate::tui::theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;

/// Columns left of the plot.
const AXIS: u16 = 7;
/// Blocks that fill a cell from below, an eighth more each.
const BLOCKS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Draws the pane.
pub fn draw(frame: &Frame<'_>, area: Rect, buffer: &mut Buffer) {
    let state = frame.state;
    let title = Rect { height: 1, ..area };
    let found = state.lanes.current(Kind::Grid).and_then(|lane| Some((lane, lane.tensor()?, lane.vertical()?)));
    let Some((lane, tensor, vertical)) = found else {
        heading(title, "Spectrum", &["no stage near this one makes frames"], false, buffer);
        return;
    };
    let entries = vertical.count();
    let part = |values: &[f32]| {
        let channel = lane.look.channel % channels(tensor).max(1);
        values.get(channel * entries..(channel + 1) * entries).map(<[f32]>::to_vec)
    };
    let now = state.reading.found.frame.as_ref().and_then(|(index, values)| Some((*index, part(values)?)));
    let mean = state.survey.found.mean.as_ref().filter(|_| state.selection.is_some());
    let mean = mean.and_then(|(first, count, values)| Some((*first, *count, part(values)?)));
    let unit = scale::unit(tensor);
    let peak = |values: &[f32]| strongest(values, &vertical, unit);
    let at = now.as_ref().map_or(String::new(), |(index, values)| format!("frame {index}  peak {}", peak(values)));
    let over = mean.as_ref().map_or(String::new(), |(first, count, values)| {
        format!("mean of {first}-{}  peak {}", first + count - 1, peak(values))
    });
    heading(title, "Spectrum", &[&at, &over], false, buffer);
    let plot = Rect {
        x: area.x + AXIS,
        y: area.y + 1,
        width: area.width.saturating_sub(AXIS + 1),
        height: area.height.saturating_sub(2),
    };
    if plot.width == 0 || plot.height == 0 {
        return;
    }
    let levels = lane.levels();
    if let Some((_, values)) = &now {
        bars(values, &vertical, levels, plot, buffer);
    }
    if let Some((_, _, values)) = &mean {
        line(values, &vertical, levels, plot, buffer);
    }
    labels(lane, levels, unit, Rect { x: area.x, width: AXIS, ..plot }, buffer);
    frequencies(&vertical, Rect { y: plot.bottom(), height: 1, ..plot }, buffer);
}

/// The largest value, and where it stands.
fn strongest(values: &[f32], vertical: &Vertical, unit: &str) -> String {
    let known = values.iter().enumerate().filter(|(_, value)| !value.is_nan());
    match known.reduce(|best, next| if next.1 > best.1 { next } else { best }) {
        Some((entry, value)) if vertical.in_hertz => {
            format!("{value:.1} {unit} at {:.1} Hz", vertical.coordinate(entry))
        }
        Some((entry, value)) => format!("{value:.1} {unit} at {entry}"),
        None => "-".to_owned(),
    }
}

/// The largest value of each column, as a height from 0 to 1.
fn heights(values: &[f32], vertical: &Vertical, (low, high): (f32, f32), columns: u16) -> Vec<Option<f32>> {
    let columns = usize::from(columns);
    let of = |x: usize| {
        // Rows of the axis count from the top, columns from the left.
        let entries = vertical.entries(columns - 1 - x, columns);
        let known = entries.filter_map(|entry| values.get(entry).copied()).filter(|value| !value.is_nan());
        known.reduce(f32::max).map(|value| ((value - low) / (high - low)).clamp(0.0, 1.0))
    };
    (0..columns).map(of).collect()
}

fn bars(values: &[f32], vertical: &Vertical, levels: (f32, f32), plot: Rect, buffer: &mut Buffer) {
    for (x, height) in (plot.x..).zip(heights(values, vertical, levels, plot.width)) {
        let eighths = (height.unwrap_or(0.0) * f32::from(plot.height) * 8.0).round() as u16;
        for y in 0..plot.height {
            let part = eighths.saturating_sub((plot.height - 1 - y) * 8).min(8);
            if part > 0 {
                buffer[(x, plot.y + y)].set_symbol(BLOCKS[usize::from(part)]).set_fg(theme::PEAK);
            }
        }
    }
}

fn line(values: &[f32], vertical: &Vertical, levels: (f32, f32), plot: Rect, buffer: &mut Buffer) {
    for (x, height) in (plot.x..).zip(heights(values, vertical, levels, plot.width)) {
        let Some(height) = height else { continue };
        let row =
            ((1.0 - height) * f32::from(plot.height) * 2.0).floor().min(f32::from(plot.height) * 2.0 - 1.0) as u16;
        let cell = &mut buffer[(x, plot.y + row / 2)];
        let ground = if cell.symbol() == "█" { cell.fg } else { Color::Reset };
        cell.set_symbol(if row.is_multiple_of(2) { "▔" } else { "▁" }).set_fg(theme::SELECTED).set_bg(ground);
    }
}

/// Round levels beside the plot.
fn labels(lane: &Lane, (low, high): (f32, f32), unit: &str, area: Rect, buffer: &mut Buffer) {
    let (low, high, rows) = (f64::from(low), f64::from(high), f64::from(area.height));
    if lane.target().is_none() || high <= low {
        return;
    }
    for tick in axis::linear(low, high, (high - low) / (rows / 2.0).max(1.0)) {
        let row = ((high - tick.value) / (high - low) * rows).floor().min(rows - 1.0) as u16;
        Line::at(area.x, area.y + row, area.width - 1).add(&tick.label, theme::dim()).right().draw(buffer);
        Line::at(area.right() - 1, area.y + row, 1).add("┤", theme::line()).draw(buffer);
    }
    if width(unit) < area.width {
        Line::at(area.x, area.bottom(), area.width - 1).add(unit, theme::dim()).right().draw(buffer);
    }
}

/// Round frequencies under the plot, each to the right of its tick.
fn frequencies(vertical: &Vertical, area: Rect, buffer: &mut Buffer) {
    let (low, high) = vertical.range();
    let columns = usize::from(area.width);
    let mut free = area.x;
    for tick in axis::linear(low.min(high), low.max(high), (high - low).abs() / f64::from(area.width / 9).max(1.0)) {
        let height = vertical.height(tick.value).clamp(1e-9, 1.0 - 1e-9);
        let Some(row) = vertical.row(height, columns).filter(|row| *row < columns) else { continue };
        let x = area.x + (columns - 1 - row) as u16;
        let label = if vertical.in_hertz { axis::hertz(tick.value) } else { axis::trimmed(tick.value, 2) };
        if x >= free && x + 1 + width(&label) <= area.right() {
            let mark = Line::at(x, area.y, area.right() - x).add("╵", theme::line());
            free = mark.add(&label, theme::dim()).draw(buffer) + 1;
        }
    }
}
