//! Two-dimensional arrays, and the distance of two of them.

/// Entries (samples, frames) of `width` values (channels, bands) each.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    values: Vec<f64>,
    width: usize,
    /// Values that stand where a logarithm was clamped, or where nothing is known.
    floor: Option<f64>,
}

impl Grid {
    /// Values entry by entry; a rest that fills no entry is dropped.
    pub fn new(mut values: Vec<f64>, width: usize) -> Self {
        let width = width.max(1);
        values.truncate(values.len() / width * width);
        let floor = floor(&values);
        Grid { values, width, floor }
    }

    /// Values of an entry.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Number of entries.
    pub fn entries(&self) -> usize {
        self.values.len() / self.width
    }

    /// All values.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The smallest value, if many share it.
    pub(super) fn floor(&self) -> Option<f64> {
        self.floor
    }

    /// Is the value of no use: clamped, or no number?
    fn void(&self, value: f64) -> bool {
        !value.is_finite() || self.floor.is_some_and(|floor| value <= floor)
    }

    /// The same entries with each value replaced; values that stood at the floor become void.
    pub(super) fn map(&self, f: impl Fn(usize, f64) -> f64) -> Grid {
        let width = self.width;
        let made = self.values.iter().enumerate().map(|(i, &x)| if self.void(x) { f64::NAN } else { f(i % width, x) });
        Grid { values: made.collect(), width, floor: None }
    }

    /// Entries `from` to `to`.
    pub(super) fn part(&self, from: usize, to: usize) -> Grid {
        Grid { values: self.values[from * self.width..to * self.width].to_vec(), ..*self }
    }

    /// All finite values lower by `by`, but not below `floor`.
    pub(super) fn lowered(&self, by: f64, floor: f64) -> Grid {
        Grid { values: self.values.iter().map(|x| (x - by).max(floor)).collect(), ..*self }
    }

    /// The largest |a − b| of finite values, at the floor too; infinite if shapes differ.
    pub(super) fn farthest(&self, other: &Grid) -> f64 {
        if self.values.len() != other.values.len() {
            return f64::INFINITY;
        }
        let differences = self.values.iter().zip(&other.values).map(|(a, b)| (a - b).abs());
        differences.filter(|d| d.is_finite()).fold(0.0, f64::max)
    }

    /// At most `most` entries, evenly spread.
    pub(super) fn thinned(&self, most: usize) -> Grid {
        let every = self.entries().div_ceil(most.max(1)).max(1);
        let values = self.values.chunks_exact(self.width).step_by(every).flatten().copied().collect();
        Grid { values, ..*self }
    }

    /// Rows as columns.
    pub(super) fn transposed(&self) -> Grid {
        let entries = self.entries();
        let at = |k: usize, t: usize| self.values[t * self.width + k];
        let values = (0..self.width).flat_map(|k| (0..entries).map(move |t| at(k, t))).collect();
        Grid { values, width: entries, floor: self.floor }
    }

    /// Pairs of values that both are of use, with their place in the entry and the entry.
    pub(super) fn pairs<'a>(&'a self, other: &'a Grid) -> impl Iterator<Item = Pair> + 'a {
        let pairs = self.values.iter().zip(&other.values).enumerate();
        pairs.filter(|(_, (a, b))| !self.void(**a) && !other.void(**b)).map(|(i, (&reference, &candidate))| Pair {
            entry: i / self.width,
            band: i % self.width,
            reference,
            candidate,
        })
    }

    /// Mean |a − b| of the pairs of use; of all finite ones where there are none.
    pub(super) fn distance(&self, other: &Grid) -> f64 {
        let mean = |(sum, count): (f64, u64)| sum / count as f64;
        let add = |(sum, count): (f64, u64), d: f64| (sum + d, count + 1);
        let of_use = self.pairs(other).map(|p| (p.reference - p.candidate).abs()).fold((0.0, 0), add);
        if of_use.1 > 0 {
            return mean(of_use);
        }
        let all = self.values.iter().zip(&other.values).map(|(a, b)| (a - b).abs()).filter(|d| d.is_finite());
        mean(all.fold((0.0, 0), add))
    }

    /// Mean and standard deviation of the finite values.
    pub(super) fn moments(&self) -> (f64, f64) {
        let finite = || self.values.iter().filter(|x| x.is_finite());
        let count = finite().count().max(1) as f64;
        let mean = finite().sum::<f64>() / count;
        (mean, (finite().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count).sqrt())
    }

    /// Standard deviation.
    pub(super) fn spread(&self) -> f64 {
        self.moments().1
    }

    /// Smallest and largest finite value.
    pub(super) fn range(&self) -> (f64, f64) {
        let finite = self.values.iter().filter(|x| x.is_finite());
        finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &x| (low.min(x), high.max(x)))
    }

    /// Do values lie on both sides of zero, as logarithms and waveforms do, or only above?
    pub(super) fn signed(&self) -> bool {
        self.range().0 < 0.0
    }
}

/// Two values at one place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub entry: usize,
    pub band: usize,
    pub reference: f64,
    pub candidate: f64,
}

/// The smallest value, if it is there more than by chance.
fn floor(values: &[f64]) -> Option<f64> {
    let lowest = values.iter().copied().filter(|x| x.is_finite()).fold(f64::INFINITY, f64::min);
    let there = values.iter().filter(|x| **x == lowest).count();
    (there > 2 && there * 1000 > values.len()).then_some(lowest)
}

/// The median; NaN of nothing.
pub(super) fn median(values: Vec<f64>) -> f64 {
    quantile(values, 0.5)
}

/// The value below which this share of the values lies; NaN of nothing.
pub(super) fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    if values.is_empty() {
        return f64::NAN;
    }
    let at = (values.len() as f64 * share) as usize;
    let at = at.min(values.len() - 1);
    *values.select_nth_unstable_by(at, f64::total_cmp).1
}
