//! The vertical axis of a spectrogram: which bins or bands a row of pixels shows, and where a frequency lies.

use auricle_sdk::format::{Axis, Tensor};
use std::ops::Range;

/// How frequencies are spread over the height.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spread {
    /// Each bin or band as high as the others: what the stage made.
    #[default]
    Native,
    /// Equal ratios are equally high.
    Log,
    /// Evenly in mel, HTK's formula: O'Shaughnessy, Speech Communication, 1987, p. 150.
    Mel,
    /// Evenly in equivalent rectangular bandwidths: Glasberg and Moore, Hearing Research 47, 1990, eq. 4.
    Erb,
}

impl Spread {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Spread::Native => "native",
            Spread::Log => "log",
            Spread::Mel => "mel",
            Spread::Erb => "erb",
        }
    }

    /// The spread of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Spread::Native, Spread::Log, Spread::Mel, Spread::Erb].into_iter().find(|spread| spread.name() == name)
    }

    /// The next one.
    pub fn next(self) -> Self {
        match self {
            Spread::Native => Spread::Log,
            Spread::Log => Spread::Mel,
            Spread::Mel => Spread::Erb,
            Spread::Erb => Spread::Native,
        }
    }

    fn of(self, hertz: f64) -> f64 {
        match self {
            Spread::Log => hertz.max(f64::MIN_POSITIVE).ln(),
            Spread::Mel => (1.0 + hertz.max(0.0) / 700.0).ln(),
            Spread::Erb => (1.0 + 0.004_37 * hertz.max(0.0)).ln(),
            Spread::Native => hertz,
        }
    }
}

/// The vertical axis of one lane: entries of a frame between the bottom, 0, and the top, 1.
#[derive(Clone, Debug)]
pub struct Vertical {
    /// Height of each entry's centre, rising.
    heights: Vec<f64>,
    coordinates: Vec<f64>,
    /// What the entries are called.
    pub name: String,
    /// Are the coordinates frequencies?
    pub in_hertz: bool,
    /// The spread that is used: [`Spread::Native`] for axes that are no frequencies.
    pub spread: Spread,
    /// The part in sight.
    pub sight: (f64, f64),
}

/// The first axis of a frame that is no channel.
pub fn vertical_axis(tensor: &Tensor) -> Option<&Axis> {
    tensor.frame_axes().iter().rfind(|axis| axis.role != auricle_sdk::format::Role::Channel)
}

/// What the values are in: their unit, or the quantity where that says it.
pub fn unit(tensor: &Tensor) -> &str {
    if tensor.unit.is_empty() { &tensor.quantity } else { &tensor.unit }
}

impl Vertical {
    /// The axis of `length` entries of a frame of `tensor`, spread over the height, the part `sight` of it in view.
    pub fn new(tensor: &Tensor, spread: Spread, sight: (f64, f64)) -> Self {
        let axis = vertical_axis(tensor);
        let length = axis.and_then(|axis| axis.length).unwrap_or(1).max(1);
        let coordinates: Vec<f64> = (0..length).map(|k| axis.map_or(k as f64, |axis| axis.coordinate(k))).collect();
        let rising = coordinates.windows(2).all(|pair| pair[0] < pair[1]);
        let in_hertz = rising && length > 1 && axis.is_some_and(|axis| axis.unit == "Hz");
        let spread = if in_hertz { spread } else { Spread::Native };
        let native = |k: usize| (k as f64 + 0.5) / length as f64;
        let heights = match spread {
            Spread::Native => (0..length).map(native).collect(),
            _ => {
                // 0 Hz has no logarithm: the lowest entry above it begins the axis.
                let least = coordinates.iter().copied().find(|hertz| *hertz > 0.0).unwrap_or(1.0);
                let least = if spread == Spread::Log { least } else { 0.0 };
                let (from, to) = (spread.of(least), spread.of(coordinates[length - 1]));
                coordinates.iter().map(|&hertz| (spread.of(hertz.max(least)) - from) / (to - from)).collect()
            }
        };
        let name = axis.map_or_else(String::new, |axis| axis.name.clone());
        Vertical { heights, coordinates, name, in_hertz, spread, sight }
    }

    /// Entries of a frame.
    pub fn count(&self) -> usize {
        self.heights.len()
    }

    /// The entries that a row shows, `row` of `rows` from the top; the nearest one where none lies in it.
    pub fn entries(&self, row: usize, rows: usize) -> Range<usize> {
        let height = |edge: usize| self.sight.1 - (self.sight.1 - self.sight.0) * edge as f64 / rows.max(1) as f64;
        let (low, high) = (height(row + 1), height(row));
        let from = self.heights.partition_point(|&h| h < low - 1e-9);
        // What lies on the upper edge of all belongs to the first row.
        let to = self.heights.partition_point(|&h| h < high - 1e-9 || (row == 0 && h <= high));
        if from < to {
            return from..to;
        }
        let nearest = self.nearest((low + high) / 2.0);
        nearest..nearest + 1
    }

    /// The entry nearest to a height.
    pub fn nearest(&self, height: f64) -> usize {
        let above = self.heights.partition_point(|&h| h < height).min(self.count() - 1);
        let below = above.saturating_sub(1);
        if (self.heights[above] - height).abs() < (height - self.heights[below]).abs() { above } else { below }
    }

    /// What an entry stands at: Hz, or its index.
    pub fn coordinate(&self, entry: usize) -> f64 {
        self.coordinates.get(entry).copied().unwrap_or(f64::NAN)
    }

    /// The row that holds a height, if it is in sight.
    pub fn row(&self, height: f64, rows: usize) -> Option<usize> {
        let share = (self.sight.1 - height) / (self.sight.1 - self.sight.0);
        if !(-1e-9..=1.0 + 1e-9).contains(&share) {
            return None;
        }
        // As in `entries`: what lies on an edge belongs to the row above it.
        Some(((share * rows as f64 - 1e-6).ceil() - 1.0).max(0.0) as usize)
    }

    /// The height of a coordinate, between the entries' own by their distances.
    pub fn height(&self, coordinate: f64) -> f64 {
        let last = self.count() - 1;
        let above = self.coordinates.partition_point(|&c| c < coordinate);
        if above == 0 || above > last {
            // Beyond the outermost centres there is half an entry more.
            let edge = if above == 0 { 0 } else { last };
            return self.heights[edge];
        }
        let (c0, c1) = (self.coordinates[above - 1], self.coordinates[above]);
        let (h0, h1) = (self.heights[above - 1], self.heights[above]);
        h0 + (h1 - h0) * (coordinate - c0) / (c1 - c0)
    }

    /// The coordinates between which what is in sight lies, edges of entries on the native scale; none where nothing is
    /// cut off.
    pub fn ends(&self) -> (Option<f64>, Option<f64>) {
        let end = |height: f64| {
            self.at(if self.spread == Spread::Native {
                height * self.count() as f64 - 0.5
            } else {
                let above = self.heights.partition_point(|&h| h < height).clamp(1, self.count().max(2) - 1);
                let (h0, h1) = (self.heights[above - 1], self.heights[above.min(self.count() - 1)]);
                above as f64 - 1.0 + if h1 > h0 { (height - h0) / (h1 - h0) } else { 0.0 }
            })
        };
        let (bottom, top) = self.sight;
        ((bottom > 0.0).then(|| end(bottom)), (top < 1.0).then(|| end(top)))
    }

    /// The coordinate of an entry between others, or beyond them.
    fn at(&self, entry: f64) -> f64 {
        let left = (entry.floor().max(0.0) as usize).min(self.count().saturating_sub(2));
        let (c0, c1) = (self.coordinate(left), self.coordinate((left + 1).min(self.count() - 1)));
        c0 + (c1 - c0) * (entry - left as f64)
    }

    /// The coordinates at the bottom and the top of what is in sight.
    pub fn range(&self) -> (f64, f64) {
        let inside = |k: &usize| (self.sight.0..=self.sight.1).contains(&self.heights[*k]);
        let first = (0..self.count()).find(inside).unwrap_or(0);
        let last = (0..self.count()).rev().find(inside).unwrap_or(self.count() - 1);
        (self.coordinates[first], self.coordinates[last])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::format::Tensor;

    fn bins(count: usize, step: f64) -> Tensor {
        Tensor::new::<f32>(vec![Axis::frames(None), Axis::bins(count, step)], "db")
    }

    #[test]
    fn rows_share_out_all_bins() {
        for (spread, rows, sight) in
            [(Spread::Native, 26, (0.0, 1.0)), (Spread::Native, 7, (0.25, 0.5)), (Spread::Mel, 30, (0.0, 1.0))]
        {
            let vertical = Vertical::new(&bins(1_025, 10.0), spread, sight);
            for row in 1..rows {
                let (above, here) = (vertical.entries(row - 1, rows), vertical.entries(row, rows));
                assert!(here.end == above.start || here.len() == 1, "{spread:?} row {row}: {here:?} under {above:?}");
            }
        }
        let vertical = Vertical::new(&bins(4, 10.0), Spread::Native, (0.0, 1.0));
        let shown: Vec<usize> = (0..8).map(|row| vertical.entries(row, 8).start).collect();
        assert_eq!(shown, [3, 3, 2, 2, 1, 1, 0, 0], "few bins are high");
    }

    #[test]
    fn a_frequency_lies_in_the_row_that_shows_it() {
        for spread in [Spread::Native, Spread::Log, Spread::Mel, Spread::Erb] {
            let vertical = Vertical::new(&bins(1_025, 10.0), spread, (0.0, 1.0));
            for bin in [3, 100, 512, 1_000] {
                let height = vertical.height(bin as f64 * 10.0);
                assert!((height - vertical.heights[bin]).abs() < 1e-9);
                let row = vertical.row(height, 40).expect("it is in sight");
                assert!(vertical.entries(row, 40).contains(&bin), "{spread:?} bin {bin} in row {row}");
            }
        }
    }

    #[test]
    fn what_is_no_frequency_is_shown_as_it_comes() {
        let tensor = Tensor::new::<f32>(vec![Axis::frames(None)], "power");
        let vertical = Vertical::new(&tensor, Spread::Log, (0.0, 1.0));
        assert_eq!((vertical.count(), vertical.spread, vertical.in_hertz), (1, Spread::Native, false));
        assert_eq!(vertical.entries(0, 10), 0..1);
    }
}
