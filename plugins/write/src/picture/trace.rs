//! Waveforms, and values that change over time.

use super::canvas::Rect;
use super::figure::{Figure, Plan};
use super::frequency::capital;
use super::heat::with_unit;
use super::how::How;
use super::part::{Part, Whole};
use super::pool::Pool;
use super::ticks::{self, Tick};
use auricle_sdk::format::Data;
use auricle_sdk::prelude::*;
use std::ops::Range;

/// What came to one column of one lane.
#[derive(Clone, Copy, Debug)]
struct Span {
    low: f32,
    high: f32,
    squares: f64,
    count: u32,
}

const BLANK: Span = Span { low: f32::INFINITY, high: f32::NEG_INFINITY, squares: 0.0, count: 0 };

impl Span {
    fn push(&mut self, value: f32) {
        if value.is_finite() {
            self.low = self.low.min(value);
            self.high = self.high.max(value);
            self.squares += f64::from(value) * f64::from(value);
            self.count += 1;
        }
    }

    fn merge(&mut self, other: &Span) {
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
        self.squares += other.squares;
        self.count = self.count.saturating_add(other.count);
    }

    fn rms(&self) -> f32 {
        (self.squares / f64::from(self.count.max(1))).sqrt() as f32
    }
}

/// Height of a lane's name with what it keeps free below.
const NAME: f64 = 36.0;

/// A few values an entry, being pooled: channels of audio, or elements of a small frame.
pub struct Trace {
    lanes: usize,
    frame_len: usize,
    audio: bool,
    title: String,
    pool: Pool<Span>,
}

impl Trace {
    /// Prepares for `length` entries of audio or of frames of a few values; at most `lanes` of them are drawn.
    pub fn new(format: &Format, length: Option<i64>, plan: &Plan, lanes: usize) -> Self {
        let (elements, audio, title) = match &format.data {
            Data::Tensor(tensor) => {
                let name = match tensor.frame_axes() {
                    [axis] if axis.length == Some(1) => axis.name.as_str(),
                    _ => tensor.quantity.as_str(),
                };
                let name = if name.is_empty() { "value" } else { name };
                (tensor.frame_len(), false, with_unit(&capital(name), &tensor.unit))
            }
            Data::Audio(audio) => {
                let float = matches!(audio.dtype, DType::F32 | DType::F64);
                let title = if float { "Amplitude" } else { "Amplitude (full scale = 1)" };
                (audio.channels, true, title.to_owned())
            }
            _ => (0, false, String::new()),
        };
        let lanes = elements.min(lanes);
        let pool = Pool::new(lanes, plan.plot.width, length, BLANK, Span::merge);
        Trace { lanes, frame_len: elements, audio, title, pool }
    }

    /// Takes entries of a packet.
    pub fn push(&mut self, packet: &Packet, entries: Range<usize>) -> Result<()> {
        let Trace { lanes, frame_len, audio, pool, .. } = self;
        if !*audio {
            let values = packet.tensor_as::<f32>()?;
            pool.each(entries.len(), |cells, frames| {
                let frames = frames.start + entries.start..frames.end + entries.start;
                for frame in values.chunks_exact(*frame_len).skip(frames.start).take(frames.len()) {
                    cells.iter_mut().zip(frame).for_each(|(cell, value)| cell.push(*value));
                }
            });
            return Ok(());
        }
        let mut channels = Vec::with_capacity(*lanes);
        for channel in 0..*lanes {
            channels.push(packet.samples_as::<f32>(channel)?);
        }
        pool.each(entries.len(), |cells, samples| {
            let samples = samples.start + entries.start..samples.end + entries.start;
            for (cell, channel) in cells.iter_mut().zip(&channels) {
                channel[samples.clone()].iter().for_each(|value| cell.push(*value));
            }
        });
        Ok(())
    }

    /// Entries that have come.
    pub fn entries(&self) -> i64 {
        self.pool.entries()
    }

    /// Draws what has come.
    pub fn draw(&self, figure: &mut Figure, how: &How, part: &Part) {
        let lanes = figure.plan.lanes(self.lanes);
        // A name stands in the upper corner of its lane, and must not stand on what is drawn.
        let named = (0..self.lanes).any(|index| !part.name(index).is_empty());
        let height = lanes.first().map_or(1, |lane| lane.height).max(1);
        let free = if named { (NAME * f64::from(figure.plan.unit) / height as f64).min(0.3) } else { 0.0 };
        let (auto_low, auto_high) = self.range(free);
        let (low, high) = (how.low.unwrap_or(auto_low), how.high.unwrap_or(auto_high));
        let high = if high > low { high } else { low + 1.0 };
        for (index, lane) in lanes.into_iter().enumerate() {
            let mut marks = ticks::linear(low, high, figure.plan.marks(lane.height));
            if marks.len() < 3 {
                // A low lane has its ends marked, and zero between them.
                let mark = |value: f64| Tick { value, label: ticks::number(value, (high - low) / 8.0) };
                let zero = Some(0.0).filter(|zero| low < *zero && *zero < high);
                marks = [Some(low), zero, Some(high)].into_iter().flatten().map(mark).collect();
            }
            let place = |tick: Tick| ((tick.value - low) / (high - low), tick);
            let marks: Vec<(f64, Tick)> = marks.into_iter().map(place).collect();
            for (place, _) in &marks {
                let y = lane.bottom() as f32 - *place as f32 * lane.height as f32;
                let line = Rect { y: (y as usize).clamp(lane.y, lane.bottom() - 1), height: 1, ..lane };
                figure.drawing.fill(line, figure.theme.grid);
            }
            let y = |value: f32| lane.bottom() as f32 - (value - low as f32) / (high - low) as f32 * lane.height as f32;
            let (data, whole) = part.of(lane);
            if self.pool.entries() <= whole.width as i64 {
                self.points(figure, index, (data, whole), y);
            } else {
                self.columns(figure, index, (data, whole), y);
            }
            figure.y_axis(lane, &marks);
            figure.frame(lane, part.name(index));
        }
        figure.y_title(&self.title);
    }

    /// Every value on its own, joined by lines.
    fn points(&self, figure: &mut Figure, index: usize, (lane, whole): (Rect, Whole), y: impl Fn(f32) -> f32) {
        let thick = 3.0 * figure.plan.unit;
        let cells = self.pool.cells().chunks_exact(self.lanes.max(1)).map(|cells| cells[index]);
        let total = cells.len();
        let mut last: Option<(f32, f32)> = None;
        for (entry, cell) in cells.enumerate() {
            if cell.count == 0 {
                last = None;
                continue;
            }
            let left = lane.x as f32 - whole.before as f32;
            let x = left + (entry as f32 + 0.5) / total as f32 * whole.width as f32;
            let point = (x, y(cell.high));
            figure.drawing.line(last.unwrap_or(point), point, thick, lane, figure.theme.core);
            // Where there is room, each value has a dot.
            if whole.width / total >= 12 {
                figure.drawing.line(point, point, thick * 2.5, lane, figure.theme.core);
            }
            last = Some(point);
        }
    }

    /// The range of the values under each pixel, and inside it the RMS of audio.
    fn columns(&self, figure: &mut Figure, index: usize, (lane, whole): (Rect, Whole), y: impl Fn(f32) -> f32) {
        let colour = if self.audio { figure.theme.trace } else { figure.theme.core };
        let mut last: Option<Span> = None;
        for x in 0..lane.width {
            let mut span = BLANK;
            self.pool.under(whole.before + x, whole.width).for_each(|cells| span.merge(&cells[index]));
            if span.count == 0 {
                last = None;
                continue;
            }
            // Reaching to its neighbour makes one line of the columns.
            let low = last.map_or(span.low, |last| span.low.min(last.high));
            let high = last.map_or(span.high, |last| span.high.max(last.low));
            let half = (figure.plan.unit * 1.5 - (y(low) - y(high)) / 2.0).max(0.0);
            let (top, bottom) = (y(high) - half, y(low) + half);
            let x = lane.x + x;
            figure.drawing.column(x, top, bottom, lane, colour);
            if self.audio {
                let rms = span.rms();
                figure.drawing.column(x, y(high.min(rms)), y(low.max(-rms)), lane, figure.theme.core);
                if high > 1.0 {
                    figure.drawing.column(x, top, y(1.0), lane, figure.theme.alarm);
                }
                if low < -1.0 {
                    figure.drawing.column(x, y(-1.0), bottom, lane, figure.theme.alarm);
                }
            }
            last = Some(span);
        }
    }

    /// Ends of the vertical axis that hold everything, and leave this share of it free above.
    fn range(&self, free: f64) -> (f64, f64) {
        let mut all = BLANK;
        self.pool.cells().iter().for_each(|cell| all.merge(cell));
        let (low, high) = (f64::from(all.low), f64::from(all.high));
        if all.count == 0 {
            return if self.audio { (-1.0, 1.0) } else { (0.0, 1.0) };
        }
        if self.audio {
            let peak = high.max(-low);
            let limit = if peak > 0.0 { ticks::round_up(peak / (1.0 - 2.0 * free)) } else { 1.0 };
            return (-limit, limit);
        }
        let margin = if high > low { (high - low) * 0.06 } else { 0.5 };
        (low - margin, low - margin + (high - low + 2.0 * margin) / (1.0 - free))
    }
}
