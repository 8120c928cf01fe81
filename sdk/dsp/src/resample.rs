//! Other sample rates: every output sample is a weighted sum of the input samples around it.
//!
//! Reduced to lowest terms, a conversion from `from` to `to` Hz has `to` different places of an output sample between
//! two input samples. The weights of each place are worked out once. All filters are windowed sincs; what a tool does
//! with them is a [`Filter`].

use std::f64::consts::PI;

use crate::window::Shape;
use crate::{Error, Float};

/// Weights that are kept at most: 256 MB of them.
const MOST_WEIGHTS: usize = 1 << 25;

/// What a conversion is made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Sample rate of the input.
    pub from_hz: u32,
    /// Sample rate of the output.
    pub to_hz: u32,
    /// The weights.
    pub filter: Filter,
    /// How many samples come out.
    pub length: Length,
}

/// How a tool makes its weights.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Filter {
    /// A sinc with a continuous window, evaluated wherever an input sample lies.
    ///
    /// # Source
    /// Smith, "Digital audio resampling", CCRMA; as torchaudio 2.8.0, `functional.resample`.
    Sinc {
        /// Zero crossings of the sinc on either side.
        zeros: usize,
        /// The cutoff, as a share of half the lower rate.
        rolloff: f64,
        /// The window, as wide as the sinc.
        window: Shape,
    },
    /// A sinc with a sampled window at the rate common to both, its weights summing to 1 there.
    ///
    /// # Source
    /// scipy 1.17.1, `signal.resample_poly` with `signal.firwin`.
    Fir {
        /// Zero crossings of the sinc on either side.
        zeros: usize,
        /// The window, symmetric.
        window: Shape,
    },
    /// A sinc with Kaiser's window, tabled and interpolated linearly. The distance of weights is a whole number of
    /// entries, rounded down, which narrows the response a little when the rate is lowered.
    ///
    /// # Source
    /// Smith, as above, "Implementation"; resampy 0.4.3.
    Table {
        /// Zero crossings of the sinc on either side.
        zeros: usize,
        /// Entries from one zero crossing to the next.
        entries: usize,
        /// The cutoff, as a share of half the lower rate.
        rolloff: f64,
        /// Kaiser's parameter.
        beta: f64,
    },
}

/// How many samples come of n.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// ⌈n · to / from⌉.
    Ceil,
    /// ⌊n · to / from⌋.
    Floor,
}

/// A planned conversion.
///
/// # Shape
/// Output sample m stands at m · from / to of the input, without delay; input samples that do not exist count as zero.
#[derive(Clone, Debug)]
pub struct Resampler {
    /// Rates in lowest terms.
    from: u64,
    to: u64,
    length: Length,
    /// Input samples from the first that is weighted to the one at or before the output sample.
    before: usize,
    /// Weights of one place.
    taps: usize,
    /// Those of place 0, of place 1 / to, ...
    weights: Vec<f64>,
}

impl Resampler {
    /// Works out the weights.
    ///
    /// # Errors
    /// A rate of 0, a filter that is none, or rates so unlike that the weights would fill the memory.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let Config { from_hz, to_hz, filter, length } = *config;
        for (field, hz) in [("from_hz", from_hz), ("to_hz", to_hz)] {
            if hz == 0 {
                return Err(Error::parameter(field, "1 or more", hz));
            }
        }
        filter.check()?;
        let common = gcd(from_hz, to_hz);
        let (from, to) = (u64::from(from_hz / common), u64::from(to_hz / common));
        let reach = filter.reach(from, to);
        let (before, taps) = (reach, 2 * reach + 1);
        if (to as usize).checked_mul(taps).is_none_or(|weights| weights > MOST_WEIGHTS) {
            let expected = format!("rates of less than {MOST_WEIGHTS} weights");
            let got = format!("{to} places of {taps} each, from {from_hz} Hz to {to_hz} Hz");
            return Err(Error::parameter("to_hz", expected, got));
        }
        let mut weights = vec![0.0; to as usize * taps];
        let weigh = filter.weigher(from, to);
        for (place, weights) in weights.chunks_exact_mut(taps).enumerate() {
            for (k, weight) in weights.iter_mut().enumerate() {
                *weight = weigh(place as u64, k as i64 - before as i64);
            }
        }
        Ok(Self { from, to, length, before, taps, weights })
    }

    /// Are both rates the same, so that nothing is to be done?
    pub fn is_identity(&self) -> bool {
        self.from == self.to
    }

    /// Samples that come of `samples`.
    pub fn count(&self, samples: u64) -> u64 {
        let (product, from) = (u128::from(samples) * u128::from(self.to), u128::from(self.from));
        let count = match self.length {
            Length::Ceil => product.div_ceil(from),
            Length::Floor => product / from,
        };
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    /// The first input sample that output sample `index` is made of; it may lie before the input's first.
    pub fn first(&self, index: u64) -> i64 {
        self.place(index).0 - self.before as i64
    }

    /// The input sample behind the last that output sample `index` is made of.
    pub fn end(&self, index: u64) -> i64 {
        self.first(index).saturating_add(self.taps as i64)
    }

    /// Output samples that can be made of the first `samples` input samples of a longer signal.
    pub fn ready(&self, samples: i64) -> u64 {
        // The one at or before the output sample lies before this.
        let limit = samples.saturating_add(1).saturating_sub((self.taps - self.before) as i64);
        let product = u128::from(limit.max(0).unsigned_abs()) * u128::from(self.to);
        u64::try_from(product.div_ceil(u128::from(self.from))).unwrap_or(u64::MAX)
    }

    /// Makes output samples from `index` on of an input of which `input` begins at sample `start`; what is not in `input`
    /// counts as zero.
    pub fn process<S: Float, O: Float>(&self, input: &[S], start: i64, index: u64, out: &mut [O]) {
        let (mut at, mut place) = self.place(index);
        let (whole, part) = ((self.from / self.to) as i64, (self.from % self.to) as usize);
        for out in out {
            let weights = &self.weights[place * self.taps..][..self.taps];
            let first = at - self.before as i64 - start;
            let missing = usize::try_from(-first).unwrap_or(0).min(self.taps);
            let from = usize::try_from(first).unwrap_or(0).min(input.len());
            *out = O::from_real(dot(&weights[missing..], &input[from..]));
            (at, place) = (at + whole, place + part);
            if place >= self.to as usize {
                (at, place) = (at + 1, place - self.to as usize);
            }
        }
    }

    /// The input sample at or before output sample `index`, and how far behind that it stands, in 1 / to.
    fn place(&self, index: u64) -> (i64, usize) {
        let (index, from, to) = (u128::from(index), u128::from(self.from), u128::from(self.to));
        let at = i64::try_from(index * from / to).unwrap_or(i64::MAX / 2);
        (at, (index * from % to) as usize)
    }
}

impl Filter {
    fn check(self) -> Result<(), Error> {
        let (zeros, rolloff) = match self {
            Filter::Sinc { zeros, rolloff, window } => {
                window.check()?;
                (zeros, rolloff)
            }
            Filter::Fir { zeros, window } => {
                window.check()?;
                (zeros, 1.0)
            }
            Filter::Table { zeros, entries, rolloff, beta } => {
                Shape::Kaiser { beta }.check()?;
                if entries == 0 {
                    return Err(Error::parameter("entries", "1 or more", entries));
                }
                (zeros, rolloff)
            }
        };
        if zeros == 0 || zeros > 1 << 16 {
            return Err(Error::parameter("zeros", "1..=65536", zeros));
        }
        if !(rolloff > 0.0 && rolloff <= 1.0) {
            return Err(Error::parameter("rolloff", "above 0 and at most 1", rolloff));
        }
        Ok(())
    }

    /// Input samples on either side that may have a weight.
    fn reach(self, from: u64, to: u64) -> usize {
        let widening = (from as f64 / to as f64).max(1.0);
        let reach = match self {
            Filter::Sinc { zeros, rolloff, .. } => zeros as f64 * widening / rolloff,
            Filter::Fir { zeros, .. } => zeros as f64 * widening,
            Filter::Table { zeros, entries, .. } => {
                (zeros * entries) as f64 / Self::entries_apart(entries, from, to) as f64
            }
        };
        reach.ceil() as usize + 1
    }

    /// Entries of a table from one weight to the next.
    fn entries_apart(entries: usize, from: u64, to: u64) -> usize {
        ((to as f64 / from as f64).min(1.0) * entries as f64).max(1.0) as usize
    }

    /// What gives the weight of the input sample `k` behind the one at or before the output sample, for a place in 1 / to.
    fn weigher(self, from: u64, to: u64) -> Box<dyn Fn(u64, i64) -> f64> {
        // How much wider the sinc is than at the input's rate.
        let scale = (to as f64 / from as f64).min(1.0);
        // Distances are whole numbers of 1 / to, so nothing is lost before the division.
        let distance = move |place: u64, k: i64| k * to as i64 - place as i64;
        match self {
            Filter::Sinc { zeros, rolloff, window } => Box::new(move |place, k| {
                let cutoff = scale * rolloff;
                let x = distance(place, k) as f64 / to as f64 * cutoff;
                let half = zeros as f64;
                if x.abs() >= half {
                    return 0.0;
                }
                cutoff * sinc(x) * window.at(x + half, 2 * zeros + 1)
            }),
            Filter::Fir { zeros, window } => {
                let half = zeros as i64 * from.max(to) as i64;
                let points = 2 * half as usize + 1;
                let weight =
                    move |at: i64| sinc(at as f64 / from.max(to) as f64) * window.at((at + half) as f64, points);
                let sum: f64 = (-half..=half).map(weight).sum();
                Box::new(move |place, k| {
                    let at = distance(place, k);
                    if at.abs() > half { 0.0 } else { weight(at) / sum * to as f64 }
                })
            }
            Filter::Table { zeros, entries, rolloff, beta } => {
                let last = zeros * entries;
                let window = Shape::Kaiser { beta };
                let value = move |i: usize| {
                    let x = i as f64 / entries as f64;
                    scale * rolloff * sinc(rolloff * x) * window.at((last + i) as f64, 2 * last + 1)
                };
                let apart = Self::entries_apart(entries, from, to);
                Box::new(move |place, k| {
                    let fraction = place as f64 / to as f64;
                    let (nearest, steps) = if k <= 0 { (fraction, -k) } else { (1.0 - fraction, k - 1) };
                    let at = scale * nearest * entries as f64;
                    let (offset, rest) = (at as usize, at.fract());
                    // The tool leaves out the last entries that do not make a whole step.
                    if steps as usize >= (last + 1 - offset) / apart {
                        return 0.0;
                    }
                    let i = offset + steps as usize * apart;
                    let entry = value(i);
                    if i < last { entry + rest * (value(i + 1) - entry) } else { entry }
                })
            }
        }
    }
}

/// sin πx / πx.
fn sinc(x: f64) -> f64 {
    if x == 0.0 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// Products that are summed side by side.
const LANES: usize = 8;

fn dot<S: Float>(weights: &[f64], input: &[S]) -> f64 {
    let n = weights.len().min(input.len());
    let (weights, input) = (&weights[..n], &input[..n]);
    let mut sums = [0.0; LANES];
    let (w, x) = (weights.chunks_exact(LANES), input.chunks_exact(LANES));
    let rest: f64 = w.remainder().iter().zip(x.remainder()).map(|(w, x)| w * (*x).into()).sum();
    for (w, x) in w.zip(x) {
        for lane in 0..LANES {
            sums[lane] += w[lane] * x[lane].into();
        }
    }
    sums.iter().sum::<f64>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILTERS: [Filter; 4] = [
        Filter::Sinc { zeros: 6, rolloff: 0.99, window: Shape::Hann },
        Filter::Sinc { zeros: 64, rolloff: 0.9475937167399596, window: Shape::Kaiser { beta: 14.769656459379492 } },
        Filter::Fir { zeros: 10, window: Shape::Kaiser { beta: 5.0 } },
        Filter::Table { zeros: 24, entries: 512, rolloff: 0.8682120388377784, beta: 9.9032 },
    ];

    fn made(filter: Filter, from_hz: u32, to_hz: u32) -> Resampler {
        Resampler::new(&Config { from_hz, to_hz, filter, length: Length::Ceil }).expect("a legal conversion")
    }

    fn run(resampler: &Resampler, input: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; resampler.count(input.len() as u64) as usize];
        resampler.process(input, 0, 0, &mut out);
        out
    }

    #[test]
    fn a_slow_sine_keeps_its_shape_and_has_no_delay() {
        for filter in FILTERS {
            for (from_hz, to_hz) in [(48_000, 16_000), (44_100, 48_000), (8_000, 44_100), (16_000, 16_001)] {
                let tone = |hz: u32| -> Vec<f64> {
                    (0..hz / 20).map(|t| (2.0 * PI * 200.0 * f64::from(t) / f64::from(hz)).sin()).collect()
                };
                let got = run(&made(filter, from_hz, to_hz), &tone(from_hz));
                let expected = tone(to_hz);
                let inner = expected.len() / 3..expected.len() * 2 / 3;
                for (got, expected) in got[inner.clone()].iter().zip(&expected[inner]) {
                    // The shortest filter has a ripple of half a percent.
                    assert!((got - expected).abs() < 5e-3, "{filter:?} {from_hz} {to_hz}: {got} {expected}");
                }
            }
        }
    }

    #[test]
    fn any_piece_equals_the_whole() {
        let input: Vec<f64> = (0..500).map(|t| (f64::from(t) * 0.37).sin()).collect();
        for filter in FILTERS {
            for (from_hz, to_hz) in [(3, 2), (2, 3), (441, 160)] {
                let resampler = made(filter, from_hz, to_hz);
                let whole = run(&resampler, &input);
                for samples in [0, 1, 100, 499] {
                    let ready = resampler.ready(samples);
                    assert!(ready == 0 || resampler.end(ready - 1) <= samples);
                    assert!(resampler.end(ready) > samples);
                }
                for index in [0, 1, whole.len() / 2, whole.len() - 1] {
                    let start = resampler.first(index as u64).clamp(0, 500);
                    let end = resampler.end(index as u64).clamp(0, 500);
                    let mut one = [0.0];
                    resampler.process(&input[start as usize..end as usize], start, index as u64, &mut one);
                    assert_eq!(one[0], whole[index], "{filter:?} {from_hz} {to_hz}, sample {index}");
                }
            }
        }
    }

    #[test]
    fn lengths() {
        let resampler = made(FILTERS[0], 48_000, 16_000);
        assert_eq!((resampler.count(36_001), resampler.count(0)), (12_001, 0));
        let config = Config { from_hz: 48_000, to_hz: 16_000, filter: FILTERS[0], length: Length::Floor };
        assert_eq!(Resampler::new(&config).expect("legal").count(36_001), 12_000);
        assert!(made(FILTERS[0], 7, 7).is_identity());
    }

    #[test]
    fn refusals() {
        let config = Config { from_hz: 48_000, to_hz: 16_000, filter: FILTERS[0], length: Length::Ceil };
        let sinc = |zeros, rolloff| Filter::Sinc { zeros, rolloff, window: Shape::Hann };
        for (config, field) in [
            (Config { from_hz: 0, ..config }, "from_hz"),
            (Config { to_hz: 0, ..config }, "to_hz"),
            (Config { filter: sinc(0, 0.99), ..config }, "zeros"),
            (Config { filter: sinc(6, 0.0), ..config }, "rolloff"),
            (Config { filter: Filter::Fir { zeros: 10, window: Shape::Kaiser { beta: f64::NAN } }, ..config }, "beta"),
            (Config { from_hz: 4_000_000_000, to_hz: 3_999_999_999, ..config }, "to_hz"),
        ] {
            assert_eq!(Resampler::new(&config).expect_err("refused").field, field);
        }
    }
}
