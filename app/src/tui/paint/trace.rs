//! Lines in braille: two columns and four rows of dots a cell.

use crate::tui::columns::{Columns, MARGIN};
use crate::tui::pool::WaveColumn;
use crate::tui::timeline::Timeline;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;

/// Both dots of each row of a cell, from the top.
pub const DOTS: [u32; 4] = [0x09, 0x12, 0x24, 0xC0];
/// The dots of the left and the right column.
const LEFT: u32 = 0x47;
/// From so many columns a sample on, each sample gets a mark.
const SPARSE: f64 = 3.0;

/// An area of dots.
struct Canvas {
    area: Rect,
    wide: usize,
    high: usize,
    dots: Vec<u32>,
}

impl Canvas {
    fn new(area: Rect) -> Self {
        let cells = usize::from(area.width) * usize::from(area.height);
        let (wide, high) = (usize::from(area.width) * 2, usize::from(area.height) * 4);
        Canvas { area, wide, high, dots: vec![0; cells] }
    }

    /// The row of dots for a share of the height from the top.
    fn row(&self, share: f32) -> f64 {
        f64::from(share) * self.high.saturating_sub(1) as f64
    }

    fn set(&mut self, x: f64, y: f64) {
        let (x, y) = (x.round(), y.round().clamp(0.0, self.high.saturating_sub(1) as f64));
        if x >= 0.0 && x < self.wide as f64 {
            let (x, y) = (x as usize, y as usize);
            let half = if x % 2 == 0 { LEFT } else { !LEFT };
            if let Some(dots) = self.dots.get_mut((y / 4) * usize::from(self.area.width) + x / 2) {
                *dots |= DOTS[y % 4] & half;
            }
        }
    }

    fn line(&mut self, (x0, y0): (f64, f64), (x1, y1): (f64, f64)) {
        let most = (4 * self.wide + 4 * self.high) as f64;
        let steps = (x1 - x0).abs().max((y1 - y0).abs()).ceil().clamp(1.0, most) as usize;
        for k in 0..=steps {
            let t = k as f64 / steps as f64;
            self.set(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t);
        }
    }

    fn draw(self, colour: Color, buffer: &mut Buffer) {
        for (at, dots) in self.dots.into_iter().enumerate().filter(|(_, dots)| *dots != 0) {
            let (x, y) = (at as u16 % self.area.width, at as u16 / self.area.width);
            let symbol = char::from_u32(0x2800 + (dots & 0xFF)).unwrap_or(' ');
            buffer[(self.area.x + x, self.area.y + y)].set_char(symbol).set_fg(colour);
        }
    }
}

/// The values in sight and some beyond either edge, with their times.
pub fn points(columns: &Columns<WaveColumn>, timeline: &Timeline, channel: usize) -> Vec<(f64, f32)> {
    let Some(clock) = columns.target.as_ref().map(|target| target.clock()) else { return Vec::new() };
    let sight = timeline.visible();
    let mut points = Vec::new();
    let mut next = i64::MIN;
    for column in sight.start - i64::from(MARGIN)..sight.end + i64::from(MARGIN) {
        let Some(shown) = columns.shown(timeline, column).filter(|shown| !shown.old) else { continue };
        let samples = shown.column.samples.get(channel).into_iter().flatten();
        for (index, value) in (shown.column.first..).zip(samples.copied()) {
            // Narrow columns may all show the frame that is nearest.
            if index >= next {
                points.push((clock.seconds(0) + index as f64 / clock.rate(), value));
                next = index + 1;
            }
        }
    }
    points
}

/// Draws a line through `points`, values at their times; `share` gives a value's height from the top. What is no number
/// is a gap.
pub fn draw(
    area: Rect,
    timeline: &Timeline,
    points: &[(f64, f32)],
    colour: Color,
    share: impl Fn(f32) -> f32,
    buffer: &mut Buffer,
) {
    let mut canvas = Canvas::new(area);
    if canvas.dots.is_empty() {
        return;
    }
    // A value stands at the left edge of its column.
    let place = |canvas: &Canvas, (time, value): (f64, f32)| {
        let column = (time - timeline.time(timeline.left)) / timeline.step;
        value.is_finite().then(|| (column * 2.0, canvas.row(share(value))))
    };
    let places: Vec<Option<(f64, f64)>> = points.iter().map(|point| place(&canvas, *point)).collect();
    for (at, here) in places.iter().enumerate() {
        let Some(here) = *here else { continue };
        match places.get(at + 1).copied().flatten() {
            Some(next) => canvas.line(here, next),
            None => canvas.set(here.0, here.1),
        }
    }
    let (wide, high) = (canvas.wide as f64, canvas.high);
    canvas.draw(colour, buffer);
    let apart = points.windows(2).map(|pair| (pair[1].0 - pair[0].0) / timeline.step).fold(f64::INFINITY, f64::min);
    if apart >= SPARSE {
        for (x, y) in places.into_iter().flatten().filter(|(x, _)| *x >= -0.5 && *x < wide - 0.5) {
            let (x, y) = (x.round() as u16 / 2, y.round().clamp(0.0, (high - 1) as f64) as u16 / 4);
            buffer[(area.x + x.min(area.width - 1), area.y + y)].set_symbol("●").set_fg(colour);
        }
    }
}

/// Draws the least and the greatest value of each column as one band without gaps; a column without values is one.
pub fn band(
    area: Rect,
    columns: &[Option<(f32, f32)>],
    colour: Color,
    share: impl Fn(f32) -> f32,
    buffer: &mut Buffer,
) {
    let mut canvas = Canvas::new(area);
    let mut before: Option<(f64, f64)> = None;
    for (x, column) in columns.iter().enumerate() {
        let finite = column.filter(|(least, most)| least.is_finite() && most.is_finite());
        let Some((least, most)) = finite else {
            before = None;
            continue;
        };
        let (top, bottom) = (canvas.row(share(most)), canvas.row(share(least)));
        // Neighbours touch, so that a steep line is one.
        let (from, to) = before.map_or((top, bottom), |(above, below)| (top.min(below), bottom.max(above)));
        canvas.line((2.0 * x as f64, from), (2.0 * x as f64, to));
        canvas.line((2.0 * x as f64 + 1.0, top), (2.0 * x as f64 + 1.0, bottom));
        before = Some((top, bottom));
    }
    canvas.draw(colour, buffer);
}
