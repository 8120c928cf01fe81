//! The spectrogram lane: two pixels a cell, one above the other, each the maximum of the bins and frames it stands for.

use crate::tui::action::Focus;
use crate::tui::axis;
use crate::tui::draw::Frame;
use crate::tui::layout::LaneArea;
use crate::tui::paint::note::note;
use crate::tui::paint::text::{Line, heading, width, wrap};
use crate::tui::paint::{heads, ruler};
use crate::tui::palette::Table;
use crate::tui::pixel::{channel_values, channels, strongest};
use crate::tui::pool::is_signed;
use crate::tui::scale::{self, Vertical};
use crate::tui::state::State;
use crate::tui::theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the lane.
pub fn draw(frame: &Frame<'_>, lane: &LaneArea, buffer: &mut Buffer) {
    let state = frame.state;
    let Some((target, vertical)) = state.grid.target.as_ref().zip(frame.vertical.as_ref()) else {
        heading(lane.title, "3 Spectrogram", &[], state.focus == Focus::Lanes, buffer);
        let hint = "no stage near this one makes frames that can be drawn; spectrum.dbfs and mel.librosa do";
        for (y, text) in (lane.plot.y..lane.plot.bottom()).zip(wrap(hint, lane.plot.width)) {
            Line::at(lane.plot.x, y, lane.plot.width).add(&text, theme::dim()).draw(buffer);
        }
        return;
    };
    let tensor = target.format.as_tensor().ok();
    let unit = tensor.map_or("", scale::unit);
    let room = lane.title.width.saturating_sub(ruler::unit_width(unit) + 1);
    title(state, Rect { width: room, ..lane.title }, vertical, buffer);
    if tensor.is_some() {
        colour_bar(frame, lane.scale, unit, buffer);
    }
    pixels(frame, vertical, lane.plot, buffer);
    labels(vertical, lane.axis, buffer);
    let row = vertical.row(state.pitch, usize::from(lane.plot.height)).map(|row| row as u16);
    heads::draw(state, lane.plot, row, buffer);
    if let Some(row) = row {
        let mark = Line::at(lane.plot.x - 1, lane.plot.y + row, 1);
        mark.add("▸", ratatui::style::Style::new().fg(theme::CURSOR)).draw(buffer);
    }
}

fn title(state: &State, area: Rect, vertical: &Vertical, buffer: &mut Buffer) {
    let target = state.grid.target.as_ref();
    let stage = target.and_then(|target| state.pipeline.stages.get(target.row));
    let (id, of) = stage.map_or(("", ""), |stage| (stage.id.as_str(), stage.stage.as_str()));
    let channels = target.and_then(|t| t.format.as_tensor().ok()).map_or(1, channels);
    let channel = match channels {
        0 | 1 => String::new(),
        channels => format!("channel {} of {channels}", state.look.channel % channels + 1),
    };
    let spread = if vertical.in_hertz { format!("Hz, {}", vertical.spread.name()) } else { String::new() };
    let facts = [note(&state.grid, state), id, of, &channel, &spread, state.look.palette.name()];
    heading(area, "3 Spectrogram", &facts, state.focus == Focus::Lanes, buffer);
}

fn pixels(frame: &Frame<'_>, vertical: &Vertical, area: Rect, buffer: &mut Buffer) {
    let state = frame.state;
    let Some(timeline) = &state.timeline else { return };
    let table = state.look.palette.table(state.depth);
    let rows = usize::from(area.height) * 2;
    let spans: Vec<_> = (0..rows).map(|row| vertical.entries(row, rows)).collect();
    let (low, high) = frame.range;
    let share = |value: f32| (value - low) / (high - low);
    // Columns of before the last change may have other axes.
    let mut old: Option<(usize, Vec<std::ops::Range<usize>>)> = None;
    for x in 0..area.width {
        let Some(shown) = state.grid.shown(timeline, timeline.left + i64::from(x)) else { continue };
        let Ok(tensor) = shown.format.as_tensor() else { continue };
        let spans = if shown.old {
            let key = tensor.frame_len();
            if old.as_ref().is_none_or(|(length, _)| *length != key) {
                let vertical = Vertical::new(tensor, state.look.spread, state.look.heights);
                old = Some((key, (0..rows).map(|row| vertical.entries(row, rows)).collect()));
            }
            old.as_ref().map_or(&spans, |(_, spans)| spans)
        } else {
            &spans
        };
        let entries = tensor.frame_len() / channels(tensor);
        let values = channel_values(state, shown.column, entries);
        let signed = is_signed(tensor);
        let pixel =
            |row: usize| strongest(values, spans[row].clone(), signed).map_or(f32::NAN, |(_, value)| share(value));
        for y in 0..area.height {
            let (upper, lower) = (pixel(usize::from(y) * 2), pixel(usize::from(y) * 2 + 1));
            let cell = &mut buffer[(area.x + x, area.y + y)];
            cell.reset();
            if table.is_shades() {
                cell.set_symbol(Table::shade(upper.max(lower)));
            } else {
                cell.set_symbol("▀").set_fg(table.colour(upper)).set_bg(table.colour(lower));
            }
        }
    }
}

/// Round frequencies beside the picture; they keep two rows between them.
fn labels(vertical: &Vertical, area: Rect, buffer: &mut Buffer) {
    let rows = usize::from(area.height);
    let (low, high) = vertical.range();
    let mut put: Vec<(usize, String)> = Vec::new();
    let mut offer = |value: f64, label: String| {
        let Some(row) = vertical.row(vertical.height(value).clamp(1e-9, 1.0 - 1e-9), rows) else { return };
        if put.iter().all(|(other, _)| other.abs_diff(row) >= 2) {
            put.push((row, label));
        }
    };
    if vertical.in_hertz {
        // Steps from coarse to fine: the rounder number gets the room.
        let decades = [10_000.0, 1_000.0, 100.0];
        let even = axis::round_up((high - low) / (rows as f64 / 3.0).max(1.0));
        if vertical.spread == scale::Spread::Native && is_even(vertical) {
            axis::linear(low, high, even).into_iter().for_each(|tick| offer(tick.value, axis::hertz(tick.value)));
        } else {
            for factor in [1.0, 5.0, 2.0, 3.0, 4.0, 6.0, 8.0] {
                for hertz in decades.iter().map(|decade| decade * factor).filter(|hertz| (low..=high).contains(hertz)) {
                    offer(hertz, axis::hertz(hertz));
                }
            }
            if low == 0.0 {
                offer(0.0, "0".into());
            }
        }
    } else {
        let step = (vertical.count() as f64 / (rows as f64 / 3.0).max(1.0)).max(1.0);
        for tick in axis::linear(low.min(high), low.max(high), step) {
            offer(tick.value, axis::trimmed(tick.value, 2));
        }
    }
    for (row, label) in put {
        let line = Line::at(area.x, area.y + row as u16, area.width - 1);
        line.add(&label, theme::dim()).right().draw(buffer);
        Line::at(area.right() - 1, area.y + row as u16, 1).add("┤", theme::line()).draw(buffer);
    }
}

fn is_even(vertical: &Vertical) -> bool {
    let last = vertical.count() - 1;
    let middle = (vertical.coordinate(0) + vertical.coordinate(last)) / 2.0;
    (vertical.coordinate(last / 2) - middle).abs() <= (vertical.coordinate(last) - vertical.coordinate(0)) / 8.0
}

/// The colours with their levels; the unit stands above.
fn colour_bar(frame: &Frame<'_>, area: Rect, unit: &str, buffer: &mut Buffer) {
    let table = frame.state.look.palette.table(frame.state.depth);
    let rows = usize::from(area.height) * 2;
    let level = |row: usize| 1.0 - (row as f32 + 0.5) / rows as f32;
    for y in 0..area.height {
        let (upper, lower) = (level(usize::from(y) * 2), level(usize::from(y) * 2 + 1));
        for x in ruler::bar(area).left()..ruler::bar(area).right() {
            let cell = &mut buffer[(x, area.y + y)];
            if table.is_shades() {
                cell.set_symbol(Table::shade((upper + lower) / 2.0));
            } else {
                cell.set_symbol("▀").set_fg(table.colour(upper)).set_bg(table.colour(lower));
            }
        }
    }
    let (low, high) = (f64::from(frame.range.0), f64::from(frame.range.1));
    let least = (high - low) / (f64::from(area.height) / 2.5).max(1.0);
    for tick in axis::linear(low, high, least) {
        let share = (high - tick.value) / (high - low);
        let row = (share * f64::from(area.height)).floor().min(f64::from(area.height) - 1.0) as u16;
        let label = if width(&tick.label) <= ruler::LABEL { tick.label } else { format!("{:.0e}", tick.value) };
        ruler::label(area, row, &label, buffer);
    }
    ruler::unit(area, unit, buffer);
}
