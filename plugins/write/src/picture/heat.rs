//! Spectrograms: values as colours over time and frequency.

use super::colour::Map;
use super::figure::{Figure, Plan};
use super::frequency::{Frequency, capital};
use super::how::How;
use super::part::Part;
use super::pool::Pool;
use super::ticks::{self, Tick};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// Levels this far below the loudest are shown unless the session says otherwise.
const RANGE_DB: f64 = 80.0;

/// A tensor of frames, being pooled.
pub struct Heat {
    frequency: Frequency,
    /// Entries under each pixel of a lane, and which of `ranges` that is.
    ranges: Vec<Range<usize>>,
    of_pixel: Vec<usize>,
    /// Lanes, and how far apart channels and bands lie in a frame.
    lanes: usize,
    lane_step: usize,
    band_step: usize,
    frame_len: usize,
    /// The channel that is drawn, if it is one only.
    first: usize,
    pool: Pool<Cell>,
    shown: Shown,
    mean: bool,
    label: String,
}

/// What has come to a pixel: the value that stands for it or, for a mean, the sum, and how many have come.
#[derive(Clone, Copy, Debug)]
struct Cell {
    value: f32,
    count: u32,
}

const BLANK: Cell = Cell { value: f32::NAN, count: 0 };

/// How values become what is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shown {
    /// As they are; `levels` says whether they are decibels.
    AsIs { levels: bool },
    /// As they are, around zero.
    Signed,
    /// In decibels below the largest: this many for a factor of ten.
    Decibels(f32),
}

fn larger(a: &mut Cell, b: &Cell) {
    // NaN is what nothing has come to, and max leaves it out.
    a.value = a.value.max(b.value);
}

fn farther(a: &mut Cell, b: &Cell) {
    if a.value.is_nan() || b.value.abs() > a.value.abs() {
        a.value = b.value;
    }
}

fn together(a: &mut Cell, b: &Cell) {
    if b.count > 0 && !b.value.is_nan() {
        *a = Cell { value: if a.count > 0 { a.value + b.value } else { b.value }, count: a.count + b.count };
    }
}

impl Heat {
    /// Prepares for `length` frames of a tensor that have one axis beside channels; at most `lanes` channels are drawn.
    pub fn new(format: &Format, length: Option<i64>, plan: &Plan, how: &How, lanes: usize) -> Result<Self> {
        let tensor = format.as_tensor()?;
        let axes = tensor.frame_axes();
        let is_lane = |axis: &Axis| axis.role == Role::Channel;
        let step = |at: usize| axes[at + 1..].iter().map(|axis| axis.length.unwrap_or(0)).product::<usize>();
        let lane_at = axes.iter().position(is_lane);
        let band_at = axes.iter().position(|axis| !is_lane(axis)).ok_or_else(|| Error::format("no bins or bands"))?;
        let frequency = Frequency::new(&axes[band_at], &how.scale, how.bottom, how.top)?;
        let channels = lane_at.map_or(1, |at| axes[at].length.unwrap_or(0));
        if let Some(channel) = how.channel.filter(|channel| *channel >= channels) {
            let message = format!("expected one of {channels}, got {}", channel + 1);
            return Err(Error::parameter("channel", message));
        }
        let lanes = if how.channel.is_some() { 1 } else { channels.min(lanes) };
        let height = plan.lanes(lanes).iter().map(|lane| lane.height).min().unwrap_or(1);
        let (mut ranges, mut of_pixel): (Vec<Range<usize>>, _) = (Vec::new(), Vec::new());
        for row in frequency.rows(height) {
            if ranges.last() != Some(&row) {
                ranges.push(row);
            }
            of_pixel.push(ranges.len() - 1);
        }
        let (shown, label) = shown(tensor, how.as_is);
        let pool = Pool::new(ranges.len() * lanes, plan.plot.width, length, BLANK, merge(shown, how.mean));
        Ok(Heat {
            frequency,
            ranges,
            of_pixel,
            lanes,
            lane_step: lane_at.map_or(0, step),
            band_step: step(band_at),
            frame_len: tensor.frame_len(),
            first: how.channel.unwrap_or(0),
            pool,
            shown,
            mean: how.mean,
            label,
        })
    }

    /// Takes entries of a packet.
    pub fn push(&mut self, packet: &Packet, entries: Range<usize>) -> Result<()> {
        let values = packet.tensor_as::<f32>()?;
        let Heat { ranges, lanes, first, lane_step, band_step, frame_len, pool, shown, mean, .. } = self;
        let put = merge(*shown, *mean);
        pool.each(entries.len(), |cells, frames| {
            for frame in frames {
                let frame = &values[(entries.start + frame) * *frame_len..][..*frame_len];
                let mut cells = cells.iter_mut();
                for lane in *first..*first + *lanes {
                    for (range, cell) in ranges.iter().zip(&mut cells) {
                        for band in range.clone() {
                            put(cell, &Cell { value: frame[lane * *lane_step + band * *band_step], count: 1 });
                        }
                    }
                }
            }
        });
        Ok(())
    }

    /// Frames that have come.
    pub fn entries(&self) -> i64 {
        self.pool.entries()
    }

    /// Draws what has come.
    pub fn draw(&self, figure: &mut Figure, how: &How, part: &Part) {
        let (peak, range) = self.range(how.low, how.high);
        let signed = self.shown == Shown::Signed && range.start < 0.0;
        let map = Map::new(&how.map, signed);
        let (start, width) = (range.start as f32, (range.end - range.start) as f32);
        let rows = self.ranges.len();
        for (index, lane) in figure.plan.lanes(self.lanes).into_iter().enumerate() {
            let (data, whole) = part.of(lane);
            let mut pixels = figure.theme.paper.repeat(data.width * data.height);
            let mut column = vec![BLANK; rows];
            for x in 0..data.width {
                column.fill(BLANK);
                let merge = merge(self.shown, self.mean);
                for cells in self.pool.under(whole.before + x, whole.width) {
                    column.iter_mut().zip(&cells[index * rows..]).for_each(|(a, b)| merge(a, b));
                }
                for y in 0..lane.height {
                    let cell = column[self.of_pixel[y * self.of_pixel.len() / lane.height]];
                    let colour = match self.show(self.value(&cell), peak) {
                        value if value.is_nan() => figure.theme.nothing,
                        value => map.colour((value - start) / width),
                    };
                    let at = (y * data.width + x) * 3;
                    pixels[at..at + 3].copy_from_slice(&colour);
                }
            }
            figure.drawing.pixels(data, pixels);
            let marks = self.frequency.ticks(figure.plan.marks(lane.height));
            figure.y_axis(lane, &marks);
            figure.frame(lane, part.name(index));
        }
        figure.y_title(&self.frequency.title);
        let marks = ticks::linear(range.start, range.end, figure.plan.marks(figure.plan.plot.height));
        let place = |tick: Tick| ((tick.value - range.start) / (range.end - range.start), tick);
        figure.bar(&map, &marks.into_iter().map(place).collect::<Vec<_>>(), &self.label);
    }

    /// The largest value, and the values at the ends of the colour bar.
    fn range(&self, low: Option<f64>, high: Option<f64>) -> (f32, Range<f64>) {
        let values = || self.pool.cells().iter().map(|cell| self.value(cell));
        let peak = values().filter(|v| v.is_finite()).fold(f32::NAN, f32::max);
        let shown = values().map(|v| f64::from(self.show(v, peak))).filter(|v| v.is_finite());
        let (least, most) = shown.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        let (auto_low, auto_high) = match self.shown {
            _ if least > most => (-1.0, 0.0),
            Shown::Decibels(_) | Shown::AsIs { levels: true } => {
                let top = (most / 5.0 - 1e-6).ceil() * 5.0;
                (((least / 5.0).floor() * 5.0).max(top - RANGE_DB), top)
            }
            Shown::Signed if least < 0.0 => (-most.max(-least), most.max(-least)),
            _ => (least, most),
        };
        let (low, high) = (low.unwrap_or(auto_low), high.unwrap_or(auto_high));
        // One value everywhere, or ends the wrong way round, still make a bar.
        (peak, if high > low { low..high } else { low..low + 1.0 })
    }

    /// What stands for all that has come to a pixel.
    fn value(&self, cell: &Cell) -> f32 {
        if self.mean { cell.value / cell.count.max(1) as f32 } else { cell.value }
    }

    fn show(&self, value: f32, peak: f32) -> f32 {
        match self.shown {
            Shown::Decibels(_) if peak.is_nan() || peak <= 0.0 => {
                if value.is_nan() {
                    value
                } else {
                    f32::NEG_INFINITY
                }
            }
            Shown::Decibels(factor) => factor * (value / peak).log10(),
            _ => value,
        }
    }
}

/// How two pixels become one.
fn merge(shown: Shown, mean: bool) -> fn(&mut Cell, &Cell) {
    match shown {
        _ if mean => together,
        Shown::Signed => farther,
        _ => larger,
    }
}

/// How a tensor's values are shown, and what is written beside the colour bar.
fn shown(tensor: &Tensor, as_is: bool) -> (Shown, String) {
    let unit = tensor.unit.as_str();
    let complex = matches!(tensor.dtype, DType::C64 | DType::C128);
    match tensor.quantity.as_str() {
        quantity @ ("power" | "amplitude") if as_is && !complex => {
            (Shown::AsIs { levels: false }, with_unit(&capital(quantity), unit))
        }
        _ if complex => (Shown::Decibels(10.0), "Level (dB re max)".into()),
        "power" => (Shown::Decibels(10.0), "Level (dB re max)".into()),
        "amplitude" => (Shown::Decibels(20.0), "Level (dB re max)".into()),
        "db" => {
            let unit = if unit.is_empty() { "dB" } else { unit };
            let label = match tensor.reference {
                Some(reference) if unit == "dB" => format!("Level (dB re {reference})"),
                _ => format!("Level ({unit})"),
            };
            (Shown::AsIs { levels: true }, label)
        }
        "ln" => (Shown::AsIs { levels: false }, "Natural logarithm".into()),
        "log10" | "log2" => (Shown::AsIs { levels: false }, format!("Logarithm ({})", tensor.quantity)),
        "difference" => (Shown::Signed, with_unit("Difference", unit)),
        "" => (Shown::AsIs { levels: false }, with_unit("Value", unit)),
        quantity => (Shown::AsIs { levels: false }, with_unit(&capital(quantity), unit)),
    }
}

/// `Phase (rad)`
pub fn with_unit(name: &str, unit: &str) -> String {
    if unit.is_empty() || unit == "1" { name.to_owned() } else { format!("{name} ({unit})") }
}
