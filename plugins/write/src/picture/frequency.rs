//! The vertical axis of a spectrogram: which bins or bands lie under a pixel, and where the marks stand.

use super::ticks::{self, Tick};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// Names of the scales in sessions.
pub const SCALES: &[&str] = &["native", "linear", "mel", "log", "erb"];

/// Marks begin here, except on a logarithmic scale: mel and ERB are nearly linear below.
const LOWEST_MARK_HZ: f64 = 125.0;

/// An axis of `n` entries drawn from the bottom to the top.
pub struct Frequency {
    coordinates: Vec<f64>,
    scale: Scale,
    /// Frequencies of the lower and upper edge, and which entries they are; entry `k` reaches from `k` to `k + 1`.
    low: f64,
    high: f64,
    edges: (f64, f64),
    /// What is written beside the axis.
    pub title: String,
    hertz: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Scale {
    /// Every entry is equally high.
    Native {
        linear: bool,
    },
    Linear,
    Mel,
    Log,
    Erb,
}

impl Scale {
    /// Height of a frequency, on a scale of its own.
    fn height(self, hz: f64) -> f64 {
        match self {
            // O'Shaughnessy, Speech Communication, 1987; what HTK uses.
            Scale::Mel => 2595.0 * (1.0 + hz.max(0.0) / 700.0).log10(),
            Scale::Log => hz.max(f64::MIN_POSITIVE).ln(),
            // Glasberg and Moore, Hearing Research 47, 1990, eq. 4.
            Scale::Erb => 21.4 * (1.0 + 0.004_37 * hz.max(0.0)).log10(),
            _ => hz,
        }
    }

    fn hertz(self, height: f64) -> f64 {
        match self {
            Scale::Mel => 700.0 * (10f64.powf(height / 2595.0) - 1.0),
            Scale::Log => height.exp(),
            Scale::Erb => (10f64.powf(height / 21.4) - 1.0) / 0.004_37,
            _ => height,
        }
    }
}

impl Frequency {
    /// The axis on the scale called `scale`, from `bottom` to `top` in its unit; none: all of it.
    ///
    /// # Errors
    /// Another scale than the axis's own, where it has no frequencies; ends outside the axis.
    pub fn new(axis: &Axis, scale: &str, bottom: Option<f64>, top: Option<f64>) -> Result<Self> {
        let n = axis.length.unwrap_or(0);
        let coordinates: Vec<f64> = (0..n).map(|k| axis.coordinate(k)).collect();
        let rising = coordinates.is_sorted_by(|a, b| a < b) && coordinates.iter().all(|f| f.is_finite());
        let hertz = axis.unit == "Hz" && rising && n > 1;
        let linear = matches!(axis.coordinates, auricle_sdk::format::Coordinates::Even { .. });
        let scale = match scale {
            "native" => Scale::Native { linear },
            _ if !hertz => {
                let message = format!("expected \"native\", as axis {} has no frequencies, got {scale:?}", axis.name);
                return Err(Error::parameter("frequency_scale", message));
            }
            "linear" => Scale::Linear,
            "mel" => Scale::Mel,
            "erb" => Scale::Erb,
            _ => Scale::Log,
        };
        let edges = (0.0, n as f64);
        let mut this = Frequency { coordinates, scale, low: 0.0, high: 0.0, edges, title: String::new(), hertz };
        let (lowest, highest) = (this.coordinate(-0.5), this.coordinate(n as f64 - 0.5));
        for (id, end) in [("fmin", bottom), ("fmax", top)] {
            if let Some(end) = end.filter(|end| id == "fmin" && *end >= highest || id == "fmax" && *end <= lowest) {
                let message = format!("expected one within the axis, {lowest} to {highest}, got {end}");
                return Err(Error::parameter(id, message));
            }
        }
        (this.low, this.high) = (lowest, highest);
        if let Some(bottom) = bottom.filter(|bottom| *bottom > lowest) {
            (this.low, this.edges.0) = (bottom, this.entry(bottom) + 0.5);
        }
        if let Some(top) = top.filter(|top| *top < highest) {
            (this.high, this.edges.1) = (top, this.entry(top) + 0.5);
        }
        if scale == Scale::Log {
            let positive = this.coordinates.iter().copied().find(|f| *f > 0.0);
            this.low = if this.low > 0.0 { this.low } else { positive.unwrap_or(1.0) };
        }
        let name = match (scale, axis.scale.split('/').next().unwrap_or("")) {
            (Scale::Mel, _) | (Scale::Native { .. }, "mel") => ", mel",
            (Scale::Log, _) | (Scale::Native { .. }, "log") => ", logarithmic",
            (Scale::Erb, _) | (Scale::Native { .. }, "erb") => ", ERB",
            _ => "",
        };
        let unit = if this.counts_in_kilohertz() { "kHz" } else { "Hz" };
        this.title = match (hertz, axis.unit.as_str()) {
            (true, _) => format!("Frequency ({unit}{name})"),
            (false, "") => capital(&axis.name),
            (false, unit) => format!("{} ({unit})", capital(&axis.name)),
        };
        Ok(this)
    }

    /// The entries under each of `height` pixels, from the top down: never none, unless there are none at all.
    pub fn rows(&self, height: usize) -> Vec<Range<usize>> {
        let n = self.coordinates.len();
        if n == 0 {
            return vec![0..0; height];
        }
        let row = |y: usize| {
            let edge = |y: usize| self.edge((height - y) as f64 / height as f64);
            let (low, high) = (edge(y + 1), edge(y));
            let (first, behind) = ((low - 1e-9).ceil().max(0.0) as usize, (high - 1e-9).ceil().max(0.0) as usize);
            if first < behind.min(n) {
                return first..behind.min(n);
            }
            let middle = (((low + high) / 2.0).max(0.0) as usize).min(n - 1);
            middle..middle + 1
        };
        (0..height).map(row).collect()
    }

    /// Marks with their place from 0, the lower edge, to 1.
    pub fn ticks(&self, most: usize) -> Vec<(f64, Tick)> {
        if !self.hertz {
            let n = self.coordinates.len();
            let even = ticks::linear(self.low, self.high, most.min(n));
            return even.into_iter().map(|tick| (self.place(tick.value), tick)).collect();
        }
        let even = matches!(self.scale, Scale::Linear | Scale::Native { linear: true });
        if even {
            let unit = if self.counts_in_kilohertz() { 1e3 } else { 1.0 };
            let marks = ticks::linear(self.low.max(0.0) / unit, self.high / unit, most);
            return marks.into_iter().map(|tick| (self.place(tick.value * unit), tick)).collect();
        }
        let mut marks: Vec<(f64, Tick)> = Vec::new();
        // From the top down, so that the crowd at the lower end is thinned.
        let low = if self.scale == Scale::Log { self.low } else { self.low.max(LOWEST_MARK_HZ) };
        for tick in ticks::octaves(low, self.high).into_iter().rev() {
            let place = self.place(tick.value);
            if marks.last().is_none_or(|(last, _)| last - place >= 0.5 / most as f64) {
                marks.push((place, tick));
            }
        }
        marks
    }

    fn counts_in_kilohertz(&self) -> bool {
        self.high >= 2000.0 && matches!(self.scale, Scale::Linear | Scale::Native { linear: true })
    }

    /// Entry at height `t` of 0 to 1, with fractions; entry `k` reaches from `k` to `k + 1`.
    fn edge(&self, t: f64) -> f64 {
        if let Scale::Native { .. } = self.scale {
            return self.edges.0 + t * (self.edges.1 - self.edges.0);
        }
        let (low, high) = (self.scale.height(self.low), self.scale.height(self.high));
        self.entry(self.scale.hertz(low + t * (high - low))) + 0.5
    }

    /// Place of a frequency from 0 to 1.
    fn place(&self, hz: f64) -> f64 {
        if let Scale::Native { .. } = self.scale {
            return (self.entry(hz) + 0.5 - self.edges.0) / (self.edges.1 - self.edges.0);
        }
        let (low, high) = (self.scale.height(self.low), self.scale.height(self.high));
        (self.scale.height(hz) - low) / (high - low)
    }

    /// Coordinate of entry `k`, straight lines between entries and beyond them.
    fn coordinate(&self, k: f64) -> f64 {
        let list = &self.coordinates;
        match list.len() {
            0 => 0.0,
            1 => list[0] + k,
            n => {
                let left = (k.floor().max(0.0) as usize).min(n - 2);
                list[left] + (k - left as f64) * (list[left + 1] - list[left])
            }
        }
    }

    /// Entry whose coordinate is `hz`.
    fn entry(&self, hz: f64) -> f64 {
        let list = &self.coordinates;
        match list.len() {
            0 => 0.0,
            1 => hz - list[0],
            n => {
                let left = list.partition_point(|c| *c <= hz).saturating_sub(1).min(n - 2);
                left as f64 + (hz - list[left]) / (list[left + 1] - list[left])
            }
        }
    }
}

/// `band` becomes `Band`.
pub fn capital(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn axis(scale: &str) -> Frequency {
        Frequency::new(&Axis::bins(1025, 22_050.0 / 2048.0), scale, None, None).expect("it has frequencies")
    }

    #[test]
    fn rows_cover_every_entry_once_on_the_native_scale() {
        for (n, height) in [(1, 5), (80, 700), (1025, 700), (257, 257), (3, 2)] {
            let axis = Frequency::new(&Axis::bins(n, 10.0), "native", None, None).expect("native always fits");
            let rows = axis.rows(height);
            assert_eq!((rows[0].end, rows[height - 1].start), (n, 0), "{n} in {height}");
            let gaps = rows.windows(2).filter(|w| w[1].end != w[0].start && w[1] != w[0]).count();
            assert_eq!(gaps, 0, "{n} in {height}");
        }
    }

    #[test]
    fn marks_stand_where_their_entries_are() {
        let linear = axis("native");
        assert_eq!(linear.title, "Frequency (kHz)");
        let ticks = linear.ticks(6);
        assert_eq!(ticks.iter().map(|(_, t)| t.label.as_str()).collect::<Vec<_>>(), ["0", "2", "4", "6", "8", "10"]);
        let rows = linear.rows(1025);
        for scale in ["native", "linear", "mel", "log", "erb"] {
            let axis = axis(scale);
            let rows = axis.rows(1025);
            for (place, tick) in axis.ticks(8) {
                let value = tick.label.trim_end_matches('k').parse::<f64>().expect("a number");
                let hz = if tick.label.ends_with('k') || axis.title.contains("kHz") { value * 1e3 } else { value };
                let row = &rows[((1.0 - place) * 1024.0) as usize];
                let at = axis.coordinate((row.start + row.end - 1) as f64 / 2.0);
                assert!((at - hz).abs() < 25.0, "{scale}: {hz} Hz stands at {at}");
            }
        }
        assert_eq!(rows.len(), 1025);
    }

    #[test]
    fn ends_cut_out_what_lies_between() {
        let bins = Axis::bins(101, 100.0);
        for scale in SCALES {
            let axis = Frequency::new(&bins, scale, Some(2000.0), Some(4000.0)).expect("it has frequencies");
            let rows = axis.rows(40);
            assert!((39..=40).contains(&rows[0].start) && (20..=21).contains(&rows[39].start), "{scale}: {rows:?}");
            assert!(axis.ticks(8).iter().all(|(place, _)| (-1e-9..=1.0 + 1e-9).contains(place)), "{scale}");
        }
        assert_eq!(Frequency::new(&bins, "native", Some(2e4), None).err().map(|e| e.parameter), Some("fmin".into()));
        assert_eq!(Frequency::new(&bins, "native", None, Some(-99.0)).err().map(|e| e.parameter), Some("fmax".into()));
    }

    #[test]
    fn other_axes_have_marks_but_no_other_scale() {
        let classes = Axis::new(Role::Class, "class", Some(10));
        let axis = Frequency::new(&classes, "native", None, None).expect("native always fits");
        assert_eq!(axis.title, "Class");
        assert_eq!(axis.ticks(5)[1], (0.25, Tick { value: 2.0, label: "2".into() }));
        assert!(Frequency::new(&classes, "log", None, None).is_err());
        let mel = Axis::bands(vec![100.0, 200.0, 400.0], "mel/slaney");
        assert_eq!(Frequency::new(&mel, "native", None, None).expect("fits").title, "Frequency (Hz, mel)");
    }
}
