//! Lanes as pictures of pixels, for terminals that have them; the same values as in cells, on a finer grid.

use super::spectrogram::Picture;
use super::waveform;
use crate::tui::columns::Shown;
use crate::tui::graphics::{Graphics, Image, Tint};
use crate::tui::lane::{Kind, Lane};
use crate::tui::layout::{LaneArea, Layout};
use crate::tui::paint::trace;
use crate::tui::palette::LEVELS;
use crate::tui::pool::{WaveColumn, full_scale};
use crate::tui::selection::places;
use crate::tui::state::State;
use crate::tui::theme;
use crate::tui::timeline::Timeline;
use ratatui::layout::Rect;
use ratatui::style::Color;
use std::ops::Range;

/// How much of a selection's colour a waveform takes on there, in 256.
const SELECTED: u16 = 80;
/// The first colours of every picture: its ground, the cursor, the play head, the edges of the selection.
const HEADS: [Color; 4] = [Color::Reset, theme::CURSOR, theme::PLAY, theme::SELECTED];
/// Half of the cross at the cursor's frequency, in pixels.
const CROSS: usize = 3;

/// The pictures of all lanes in sight.
pub fn images(state: &State) -> Vec<Image> {
    let (Some(graphics), Some(layout), Some(timeline)) = (&state.graphics, Layout::new(state), &state.timeline) else {
        return Vec::new();
    };
    let drawn = |area: &LaneArea| {
        let lane = state.lanes.get(area.place)?;
        let mut image = match area.kind {
            Kind::Grid => grid(state, graphics, lane, area, timeline)?,
            Kind::Wave => wave(state, graphics, lane, area, timeline)?,
            _ => return None,
        };
        heads(state, timeline, lane, area, graphics, &mut image);
        Some(image)
    };
    layout.lanes.iter().filter(|area| area.plot.area() > 0).filter_map(drawn).collect()
}

/// A picture of the ground, with the colours that all have and some of its own.
fn blank(state: &State, graphics: &Graphics, area: Rect, own: impl Iterator<Item = [u8; 3]>) -> Image {
    let heads = HEADS.iter().map(|colour| state.rgb(*colour));
    Image::new(area, graphics.fine(), heads.chain(own).collect())
}

fn grid(state: &State, graphics: &Graphics, lane: &Lane, area: &LaneArea, timeline: &Timeline) -> Option<Image> {
    let picture = Picture::new(lane, state.depth)?;
    let grey = [[96; 3]].into_iter();
    let mut image = blank(state, graphics, area.plot, lane.palette().colours().into_iter().chain(grey));
    let (size, first) = (image.size, HEADS.len());
    let across = usize::from(graphics.fine().0);
    picture.each(timeline, size.0, across, size.1, &mut |x, y, share| {
        let level = if share.is_nan() { LEVELS } else { crate::tui::palette::level(share, LEVELS) };
        image.pixels[y * size.0 + x] = (first + level) as u8;
    });
    Some(image)
}

/// The colours of a waveform, behind those that all pictures have.
const WAVE: [Color; 4] = [theme::LINE, theme::PEAK, theme::RMS, theme::CLIPPED];

fn wave(state: &State, graphics: &Graphics, lane: &Lane, area: &LaneArea, timeline: &Timeline) -> Option<Image> {
    let wave = lane.wave()?;
    let target = wave.target.as_ref()?;
    let audio = target.format.as_audio().ok()?;
    let colours = WAVE.iter().map(|colour| state.rgb(*colour));
    let mut image = blank(state, graphics, area.plot, colours);
    let [line, peak, rms, clipped] = [0, 1, 2, 3].map(|k| (HEADS.len() + k) as u8);
    let (across, down) = graphics.fine();
    let channels = audio.channels.min(usize::from(area.plot.height)).max(1);
    let rows = area.plot.height / channels as u16;
    let full = full_scale(audio.dtype) * 0.999_95;
    let is_dense = timeline.step / f64::from(across) * f64::from(audio.sample_rate) >= 1.0;
    for channel in 0..channels {
        let height = waveform::Height::new(audio.dtype, lane.look.amplitude, rows);
        let high = usize::from(rows) * usize::from(down);
        let top = channel * high;
        let place = |value: f32| (height.share(value).clamp(0.0, 1.0) * (high - 1) as f32).round() as usize + top;
        let middle = top + high / 2;
        (0..image.size.0).for_each(|x| image.fill(x, middle..middle + 1, line));
        if !is_dense {
            let points = trace::points(wave, timeline, channel);
            samples(&mut image, timeline, f64::from(across), &points, &place, rms);
            continue;
        }
        let mut last: Option<Range<usize>> = None;
        for x in 0..image.size.0 {
            let Some(Shown { column, .. }) = wave.pixel(timeline, x, usize::from(across)) else {
                last = None;
                continue;
            };
            let WaveColumn { channels: extents, .. } = column;
            let Some(extent) = extents.get(channel) else { continue };
            let outer = place(extent.max)..place(extent.min) + 1;
            // Reaching to its neighbour makes one form of the columns.
            let joined =
                last.map_or(outer.clone(), |last| outer.start.min(last.end - 1)..outer.end.max(last.start + 1));
            let over = extent.max >= full || extent.min <= -full;
            image.fill(x, joined, if over { clipped } else { peak });
            let inner = (height.middle() + extent.rms).min(extent.max)..(height.middle() - extent.rms).max(extent.min);
            image.fill(x, place(inner.start)..place(inner.end) + 1, rms);
            last = Some(outer);
        }
    }
    Some(image)
}

/// A line through single samples, each at its time.
fn samples(
    image: &mut Image,
    timeline: &Timeline,
    across: f64,
    points: &[(f64, f32)],
    place: &dyn Fn(f32) -> usize,
    colour: u8,
) {
    let x = |time: f64| (time - timeline.time(timeline.left)) / timeline.step * across;
    for pair in points.windows(2) {
        let [(from, a), (to, b)] = [pair[0], pair[1]].map(|(time, value)| (x(time), value));
        if a.is_nan() || b.is_nan() || to < 0.0 || from > image.size.0 as f64 {
            continue;
        }
        let value = |at: f64| a + (b - a) * ((at - from) / (to - from).max(1e-9)).clamp(0.0, 1.0) as f32;
        for column in from.floor().max(0.0) as usize..=(to.ceil().max(0.0) as usize).min(image.size.0) {
            let ends = [value(column as f64), value(column as f64 + 1.0)].map(place);
            image.fill(column, ends[0].min(ends[1])..ends[0].max(ends[1]) + 2, colour);
        }
        if to - from >= 6.0 {
            let (column, row) = (from.round(), place(a));
            for dot in (column - 1.0).max(0.0) as usize..=(column + 1.0).max(0.0) as usize {
                image.fill(dot, row.saturating_sub(1)..row + 3, colour);
            }
        }
    }
}

/// The selection, the cursor and the play head.
fn heads(state: &State, timeline: &Timeline, lane: &Lane, area: &LaneArea, graphics: &Graphics, image: &mut Image) {
    let (across, down) = graphics.fine();
    let (across, height) = (usize::from(across), image.size.1);
    if let (Some(places), Some(range)) = (places(state), &state.selection) {
        let pixels = usize::from(places.start) * across..usize::from(places.end) * across;
        let colour = state.rgb(theme::SELECTED);
        if area.kind == Kind::Wave {
            // The colours of a spectrogram are values.
            image.tint(pixels.clone(), Tint { colour, share: SELECTED });
        }
        if !pixels.is_empty() && range.start >= timeline.time(timeline.left) {
            image.fill(pixels.start, 0..height, 3);
        }
        if !pixels.is_empty() && pixels.end < image.size.0 {
            image.fill(pixels.end - 1, 0..height, 3);
        }
    }
    let at = |time: f64| timeline.place(time).map(|place| usize::from(place) * across);
    if let Some(x) = state.sound.position.and_then(at) {
        image.fill(x, 0..height, 2);
    }
    let Some(x) = at(state.cursor) else { return };
    image.fill(x, 0..height, 1);
    let is_meant = state.lanes.place(Kind::Grid) == Some(area.place);
    let rows = usize::from(area.plot.height);
    if let Some(row) = lane.vertical().filter(|_| is_meant).and_then(|vertical| vertical.row(state.pitch, rows)) {
        let y = row * usize::from(down) + usize::from(down) / 2;
        (x.saturating_sub(CROSS)..=x + CROSS).for_each(|x| image.fill(x, y..y + 1, 1));
    }
}
