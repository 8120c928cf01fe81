//! The waveform lane: extremes of every column with the RMS inside, or a line through the samples when they are few.

use crate::tui::axis;
use crate::tui::colour::Depth;
use crate::tui::columns::{Columns, Shown};
use crate::tui::draw::Frame;
use crate::tui::lane::Lane;
use crate::tui::layout::LaneArea;
use crate::tui::paint::text::Line;
use crate::tui::paint::{blank, heads, ruler, trace};
use crate::tui::pool::{WaveColumn, full_scale};
use crate::tui::state::State;
use crate::tui::theme;
use crate::tui::view::subject;
use auricle_sdk::DType;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};

/// Blocks that fill a cell from below, an eighth more each.
const BLOCKS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];
/// From so many samples a column on, columns are drawn as extremes; below, as a line through the samples.
const DENSE: f64 = 4.0;

/// Draws the lane.
pub fn draw(frame: &Frame<'_>, lane: &Lane, place: &LaneArea, buffer: &mut Buffer) {
    let state = frame.state;
    let magnified = match lane.look.amplitude {
        0 => String::new(),
        n if n > 0 => format!("x{}", 1u32 << n),
        n => format!("x1/{}", 1u32 << -n),
    };
    subject::draw(state, lane, place, &[&magnified], ruler::unit_width("dBFS") + 1, buffer);
    let shown = lane.wave().and_then(|wave| Some((wave, wave.target.as_ref()?.format.as_audio().ok()?)));
    let Some((wave, audio)) = shown else {
        Line::at(place.plot.x, place.plot.y, place.plot.width)
            .add("no audio at or near this stage", theme::dim())
            .draw(buffer);
        return;
    };
    let Some(timeline) = &state.timeline else { return };
    let most = usize::from(place.plot.height).max(1);
    let channels = audio.channels.min(most);
    let rows = place.plot.height / channels.max(1) as u16;
    let samples_per_column = timeline.step * f64::from(audio.sample_rate);
    if state.graphics.is_some() {
        blank::mark(place.plot, buffer);
    }
    for channel in 0..channels {
        let area = Rect { y: place.plot.y + channel as u16 * rows, height: rows, ..place.plot };
        let axis = Rect { y: area.y, height: rows, ..place.axis };
        let height = Height::new(audio.dtype, lane.look.amplitude, rows);
        labels(&height, audio.channels, channel, axis, buffer);
        if state.graphics.is_some() {
            continue;
        }
        zero_line(area, buffer);
        if samples_per_column < DENSE {
            let points = trace::points(wave, timeline, channel);
            trace::draw(area, timeline, &points, theme::RMS, |v| height.share(v), buffer);
        } else {
            columns(state, wave, channel, &height, area, buffer);
        }
    }
    if channels < audio.channels {
        let rest = format!("{} more channels", audio.channels - channels);
        Line::at(place.plot.x, place.plot.bottom() - 1, place.plot.width).add(&rest, theme::dim()).right().draw(buffer);
    }
    if state.graphics.is_none() {
        heads::draw(state, place.plot, None, buffer);
    }
}

/// How values become heights: full scale, the middle, the magnification.
pub struct Height {
    middle: f32,
    full: f32,
    rows: u16,
}

impl Height {
    /// Of samples of this type, magnified, over so many rows.
    pub fn new(dtype: DType, amplitude: i8, rows: u16) -> Self {
        let (middle, full) = if dtype == DType::U8 { (128.0, 128.0) } else { (0.0, full_scale(dtype)) };
        Height { middle, full: full / 2f32.powi(i32::from(amplitude)), rows }
    }

    /// From 0 at the top to 1 at the bottom.
    pub fn share(&self, value: f32) -> f32 {
        (1.0 - (value - self.middle) / self.full) / 2.0
    }

    /// Silence.
    pub fn middle(&self) -> f32 {
        self.middle
    }

    /// Eighths of a row from the top, within the area.
    fn eighths(&self, value: f32) -> i32 {
        let most = i32::from(self.rows) * 8;
        ((self.share(value) * most as f32).round() as i32).clamp(0, most)
    }
}

fn labels(height: &Height, channels: usize, channel: usize, area: Rect, buffer: &mut Buffer) {
    let text = |value: f32| axis::trimmed(f64::from(value), 4);
    let right = |y: u16, label: &str, buffer: &mut Buffer| {
        Line::at(area.x, y, area.width).add(&format!("{label} "), theme::dim()).right().draw(buffer);
    };
    let (top, bottom) = (area.y, area.bottom().saturating_sub(1));
    if area.height >= 3 {
        right(top, &text(height.middle + height.full), buffer);
        right(bottom, &text(height.middle - height.full), buffer);
        right(area.y + area.height / 2, &text(height.middle), buffer);
    }
    if channels > 1 {
        let name = match (channels, channel) {
            (2, 0) => "L".to_owned(),
            (2, 1) => "R".to_owned(),
            (_, k) => (k + 1).to_string(),
        };
        Line::at(area.x, area.y + area.height.saturating_sub(1) / 2, area.width)
            .add(&name, theme::strong())
            .draw(buffer);
    }
}

fn zero_line(area: Rect, buffer: &mut Buffer) {
    if area.height % 2 == 1 {
        let rule = "─".repeat(usize::from(area.width));
        buffer.set_string(area.x, area.y + area.height / 2, rule, theme::line());
    }
}

fn columns(
    state: &State,
    wave: &Columns<WaveColumn>,
    channel: usize,
    height: &Height,
    area: Rect,
    buffer: &mut Buffer,
) {
    let Some(timeline) = &state.timeline else { return };
    for x in 0..area.width {
        let Some(Shown { column, format, .. }) = wave.shown(timeline, timeline.left + i64::from(x)) else {
            continue;
        };
        let Some(extent) = column.channels.get(channel) else { continue };
        let clipped = format.as_audio().map_or(f32::INFINITY, |audio| full_scale(audio.dtype) * 0.999_95);
        let over = extent.max >= clipped || extent.min <= -clipped;
        let (top, bottom) = (height.eighths(extent.max), height.eighths(extent.min));
        let inner = (
            height.eighths((height.middle + extent.rms).min(extent.max)),
            height.eighths((height.middle - extent.rms).max(extent.min)),
        );
        let peak = if over && format.dtype() != Some(DType::U8) { theme::CLIPPED } else { theme::PEAK };
        for row in 0..area.height {
            let from = i32::from(row) * 8;
            let span = |a: i32, b: i32| ((a - from).clamp(0, 8), (b - from).clamp(0, 8));
            // Even silence is a line.
            let least = i32::from(top == bottom);
            let outer = span(top - least, bottom + least);
            if outer.0 < outer.1 {
                let cell = &mut buffer[(area.x + x, area.y + row)];
                cell.reset();
                fill(cell, outer, span(inner.0, inner.1), peak, state.depth);
            }
        }
    }
}

/// Fills a cell from `outer.0` to `outer.1` eighths from its top; in full cells the part in `inner` has the colour of
/// the RMS. Cells at the edge hold the peak alone: a cell has two colours, and one of them is the ground.
fn fill(cell: &mut Cell, outer: (i32, i32), inner: (i32, i32), peak: Color, depth: Depth) {
    match outer {
        (0, 8) if depth == Depth::None => {
            cell.set_symbol("█");
        }
        (0, 8) => match inner {
            (from, 8) if (1..8).contains(&from) => {
                cell.set_symbol(BLOCKS[(8 - from) as usize]).set_fg(theme::RMS).set_bg(peak);
            }
            (0, to) if (1..8).contains(&to) => {
                cell.set_symbol(BLOCKS[(8 - to) as usize]).set_fg(peak).set_bg(theme::RMS);
            }
            _ => {
                cell.set_symbol("█").set_fg(if inner == (0, 8) { theme::RMS } else { peak });
            }
        },
        (from, 8) => {
            cell.set_symbol(BLOCKS[(8 - from) as usize]).set_fg(peak);
        }
        (0, to) => {
            // No block hangs from the top: the one that stands below is drawn in reverse.
            let style = Style::new().fg(peak).add_modifier(Modifier::REVERSED);
            cell.set_symbol(BLOCKS[(8 - to) as usize]).set_style(style);
        }
        (from, to) => {
            // Both ends in one cell: dots, of which there are four rows.
            let dots = (from / 2..=((to - 1) / 2)).fold(0u32, |dots, row| dots | trace::DOTS[row.clamp(0, 3) as usize]);
            let symbol = char::from_u32(0x2800 + dots).unwrap_or(' ');
            cell.set_char(symbol).set_fg(peak);
        }
    }
}
