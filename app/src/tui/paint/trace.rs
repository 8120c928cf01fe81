//! A line through samples, in braille: two columns and four rows of dots a cell.

use crate::tui::theme;
use crate::tui::timeline::Timeline;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Both dots of each row of a cell, from the top.
pub const DOTS: [u32; 4] = [0x09, 0x12, 0x24, 0xC0];
/// The dots of the left and the right column.
const LEFT: u32 = 0x47;
/// From so many columns a sample on, each sample gets a mark.
const SPARSE: f64 = 3.0;

/// Draws a line through `points`, the samples of these indices; `share` gives a value's height from the top.
pub fn draw(
    area: Rect,
    timeline: &Timeline,
    sample_rate: f64,
    points: &[(i64, f32)],
    share: impl Fn(f32) -> f32,
    buffer: &mut Buffer,
) {
    let (wide, high) = (usize::from(area.width) * 2, usize::from(area.height) * 4);
    if wide == 0 || high == 0 {
        return;
    }
    // A sample stands at the left edge of its column.
    let place = |(index, value): (i64, f32)| {
        let column = (index as f64 / sample_rate - timeline.time(timeline.left)) / timeline.step;
        (column * 2.0, f64::from(share(value)) * (high - 1) as f64)
    };
    let mut dots = vec![0u32; usize::from(area.width) * usize::from(area.height)];
    let mut set = |x: f64, y: f64| {
        let (x, y) = (x.round(), y.round().clamp(0.0, (high - 1) as f64));
        if x >= 0.0 && x < wide as f64 {
            let (x, y) = (x as usize, y as usize);
            let half = if x % 2 == 0 { LEFT } else { !LEFT };
            dots[(y / 4) * usize::from(area.width) + x / 2] |= DOTS[y % 4] & half;
        }
    };
    let finite = |point: &&(i64, f32)| point.1.is_finite();
    let places: Vec<(f64, f64)> = points.iter().filter(finite).map(|point| place(*point)).collect();
    for pair in places.windows(2) {
        let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
        let steps = (x1 - x0).abs().max((y1 - y0).abs()).ceil().clamp(1.0, (4 * wide + 4 * high) as f64) as usize;
        for k in 0..=steps {
            let t = k as f64 / steps as f64;
            set(x0 + (x1 - x0) * t, y0 + (y1 - y0) * t);
        }
    }
    if let [(x, y)] = places[..] {
        set(x, y);
    }
    for (at, dots) in dots.into_iter().enumerate().filter(|(_, dots)| *dots != 0) {
        let (x, y) = (at as u16 % area.width, at as u16 / area.width);
        let symbol = char::from_u32(0x2800 + (dots & 0xFF)).unwrap_or(' ');
        buffer[(area.x + x, area.y + y)].set_char(symbol).set_fg(theme::RMS);
    }
    if 1.0 / sample_rate / timeline.step >= SPARSE {
        for (x, y) in places.into_iter().filter(|(x, _)| *x >= -0.5 && *x < wide as f64 - 0.5) {
            let (x, y) = (x.round() as u16 / 2, y.round().clamp(0.0, (high - 1) as f64) as u16 / 4);
            buffer[(area.x + x.min(area.width - 1), area.y + y)].set_symbol("●").set_fg(theme::RMS);
        }
    }
}
