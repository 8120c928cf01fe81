//! The spectrogram lane: two pixels a cell, one above the other, each the maximum of the bins and frames it stands for.

use crate::tui::axis;
use crate::tui::colour::Depth;
use crate::tui::draw::Frame;
use crate::tui::lane::{Kind, Lane, Pooling, Source};
use crate::tui::layout::LaneArea;
use crate::tui::note;
use crate::tui::paint::text::{Line, wrap};
use crate::tui::paint::{blank, heads, ruler};
use crate::tui::palette::Table;
use crate::tui::pixel::{self, channels};
use crate::tui::pool::is_signed;
use crate::tui::scale::{self, Vertical};
use crate::tui::state::State;
use crate::tui::theme;
use crate::tui::timeline::Timeline;
use crate::tui::view::{frequency_axis, subject};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the lane.
pub fn draw(frame: &Frame<'_>, lane: &Lane, place: &LaneArea, buffer: &mut Buffer) {
    let state = frame.state;
    let Some((tensor, vertical)) = lane.tensor().zip(lane.vertical()) else {
        subject::draw(state, lane, place, &[], 0, buffer);
        let hint = match &lane.source {
            Source::Output { .. } => "the stage is not there, or is left out",
            Source::Added { .. } if state.is_planning => "",
            Source::Added { .. } => "this cannot be made",
            _ => "no stage near this one makes frames that can be drawn; spectrum.dbfs and mel.librosa do",
        };
        for (y, text) in (place.plot.y..place.plot.bottom()).zip(wrap(hint, place.plot.width)) {
            Line::at(place.plot.x, y, place.plot.width).add(&text, theme::dim()).draw(buffer);
        }
        return;
    };
    let unit = scale::unit(tensor);
    let channel = match channels(tensor) {
        0 | 1 => String::new(),
        channels => format!("channel {} of {channels}", lane.look.channel % channels + 1),
    };
    let spread = match (vertical.in_hertz, note::octave(&vertical)) {
        (true, Some(_)) => "notes".to_owned(),
        (true, None) => format!("Hz, {}", vertical.spread.name()),
        (false, _) => String::new(),
    };
    let pooled = if lane.look.pooling == Pooling::Mean { "mean" } else { "" };
    let facts = [channel.as_str(), &spread, lane.palette().name(), pooled];
    subject::draw(state, lane, place, &facts, ruler::unit_width(unit) + 1, buffer);
    let picture = Picture { lane, vertical, range: lane.levels(), table: lane.palette().table(state.depth) };
    picture.colour_bar(place.scale, unit, buffer);
    if state.graphics.is_some() {
        blank::mark(place.plot, buffer);
    } else {
        picture.cells(state, place.plot, buffer);
    }
    frequency_axis::draw(&picture.vertical, place.axis, buffer);
    let is_meant = state.lanes.place(Kind::Grid) == Some(place.place);
    let row = picture.vertical.row(state.pitch, usize::from(place.plot.height)).filter(|_| is_meant);
    let row = row.map(|row| row as u16);
    if state.graphics.is_none() {
        heads::draw(state, place.plot, row, buffer);
    }
    if let Some(row) = row {
        let mark = Line::at(place.plot.x - 1, place.plot.y + row, 1);
        mark.add("▸", ratatui::style::Style::new().fg(theme::CURSOR)).draw(buffer);
    }
}

/// What a lane's pixels are made with.
pub struct Picture<'a> {
    lane: &'a Lane,
    vertical: Vertical,
    range: (f32, f32),
    table: Table,
}

impl<'a> Picture<'a> {
    /// What a lane draws on a terminal of that depth, if it has frames.
    pub fn new(lane: &'a Lane, depth: Depth) -> Option<Self> {
        Some(Picture { lane, vertical: lane.vertical()?, range: lane.levels(), table: lane.palette().table(depth) })
    }

    fn cells(&self, state: &State, area: Rect, buffer: &mut Buffer) {
        let Some(timeline) = &state.timeline else { return };
        let table = &self.table;
        let mut upper = f32::NAN;
        self.each(timeline, usize::from(area.width), 1, usize::from(area.height) * 2, &mut |x, row, share| {
            if row % 2 == 0 {
                upper = share;
                return;
            }
            let cell = &mut buffer[(area.x + x as u16, area.y + (row / 2) as u16)];
            cell.reset();
            if table.is_shades() {
                cell.set_symbol(Table::shade(upper.max(share)));
            } else {
                cell.set_symbol("▀").set_fg(table.colour(upper)).set_bg(table.colour(share));
            }
        });
    }

    /// The pixels of `width` by `rows`, `across` to a column, column after column from the top: each with the share of
    /// the way from the darkest to the brightest level at which its value lies. Columns that are not there yet are left
    /// out.
    pub fn each(
        &self,
        timeline: &Timeline,
        width: usize,
        across: usize,
        rows: usize,
        put: &mut dyn FnMut(usize, usize, f32),
    ) {
        let Picture { lane, vertical, .. } = self;
        let Some(grid) = lane.grid() else { return };
        let spans: Vec<_> = (0..rows).map(|row| vertical.entries(row, rows)).collect();
        let (low, high) = self.range;
        let share = |value: f32| (value - low) / (high - low);
        // Columns of before the last change may have other axes.
        let mut old: Option<(usize, Vec<std::ops::Range<usize>>)> = None;
        for x in 0..width {
            let Some(shown) = grid.pixel(timeline, x, across) else { continue };
            let Ok(tensor) = shown.format.as_tensor() else { continue };
            let spans = if shown.old {
                let key = tensor.frame_len();
                if old.as_ref().is_none_or(|(length, _)| *length != key) {
                    let vertical = Vertical::new(tensor, lane.look.spread, lane.look.heights);
                    old = Some((key, (0..rows).map(|row| vertical.entries(row, rows)).collect()));
                }
                old.as_ref().map_or(&spans, |(_, spans)| spans)
            } else {
                &spans
            };
            let entries = tensor.frame_len() / channels(tensor);
            let signed = is_signed(tensor);
            let mut last: Option<(&std::ops::Range<usize>, f32)> = None;
            for (row, span) in spans.iter().enumerate() {
                let known = last.filter(|(known, _)| *known == span).map(|(_, share)| share);
                let found = known.unwrap_or_else(|| {
                    let value = pixel::value(&lane.look, shown.column, entries, span.clone(), signed);
                    value.map_or(f32::NAN, |(_, value)| share(value))
                });
                last = Some((span, found));
                put(x, row, found);
            }
        }
    }

    /// The colours with their levels; the unit stands above.
    fn colour_bar(&self, area: Rect, unit: &str, buffer: &mut Buffer) {
        let table = &self.table;
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
        let (low, high) = (f64::from(self.range.0), f64::from(self.range.1));
        let least = (high - low) / (f64::from(area.height) / 2.5).max(1.0);
        for tick in axis::linear(low, high, least) {
            let share = (high - tick.value) / (high - low);
            let row = (share * f64::from(area.height)).floor().min(f64::from(area.height) - 1.0) as u16;
            ruler::label(area, row, &tick.within(ruler::LABEL), buffer);
        }
        ruler::unit(area, unit, buffer);
    }
}
