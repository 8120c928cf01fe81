//! Causes in the bands: their scale, their edges, their norm, pre-emphasis.

use super::grid::median;
use super::warp;
use super::{Grid, Guess, Hints};
use crate::mel::Scale;

/// A bank of triangles by its scale and edges.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Bank {
    pub scale: Scale,
    pub fmin: f64,
    pub fmax: f64,
}

impl Bank {
    /// The edges and centres in Hz of `bands` bands.
    pub fn points(&self, bands: usize) -> Vec<f64> {
        let (low, high) = (self.scale.mel(self.fmin), self.scale.mel(self.fmax));
        let step = (high - low) / (bands + 1) as f64;
        (0..bands + 2).map(|k| self.scale.hz(low + step * k as f64)).collect()
    }

    pub fn words(&self) -> String {
        let scale = if self.scale == Scale::Slaney { "Slaney's" } else { "HTK's" };
        format!("{scale} scale from {:.0} to {:.0} Hz", self.fmin, self.fmax)
    }
}

/// Banks that tools have by default, as far as they fit under half the sample rate.
pub(super) fn banks(hints: &Hints) -> Vec<Bank> {
    let half = hints.sample_rate.map_or(11_025.0, |rate| rate / 2.0);
    let mut edges = vec![(0.0, 8000.0), (0.0, half), (0.0, 7600.0), (125.0, 7600.0), (80.0, 7600.0), (20.0, half)];
    edges.retain(|(_, high)| *high <= half);
    edges.dedup();
    let of = |scale| edges.iter().map(move |&(fmin, fmax)| Bank { scale, fmin, fmax }).collect::<Vec<_>>();
    [of(Scale::Slaney), of(Scale::Htk)].concat()
}

/// Bands in which this many frames or fewer can be compared have no constant of their own.
const FEW: usize = 8;

/// Constants a band, and bands at other frequencies.
pub fn guesses(a: &Grid, b: &Grid, hints: &Hints) -> Vec<Guess> {
    if hints.samples || a.width() < 8 || a.entries() < FEW {
        return Vec::new();
    }
    let logarithms = a.signed() && b.signed();
    if a.signed() != b.signed() {
        return Vec::new();
    }
    let constants = constants(a, b, logarithms);
    let own = undone(b, &constants, logarithms);
    let alone = a.distance(&own);
    let mut guesses = Vec::new();
    if let Some((name, words)) = highest(&constants).or_else(|| named(&constants, hints)) {
        guesses.push(Guess::new(name, words, a, own.clone()).weight(1.2));
    } else {
        let (low, high) =
            constants.iter().filter(|x| x.is_finite()).fold((f64::MAX, f64::MIN), |(l, h), x| (l.min(*x), h.max(*x)));
        let words = format!(
            "each band differs by a constant of its own, from {low:.3} to {high:.3} as ln: the bands are weighted otherwise (a norm, \
             an equaliser, pre-emphasis)"
        );
        guesses.push(Guess::new("band-gains", words, a, own).weight(2.5));
    }
    guesses.extend(warp::moved(a, b, hints, logarithms, alone));
    guesses
}

/// The distance once each band has lost what it lies above the reference; of linear values and samples the plain one.
pub fn weighed_distance(a: &Grid, b: &Grid) -> f64 {
    if !(a.signed() && b.signed()) || a.width() < 8 || a.entries().min(b.entries()) < FEW {
        return a.distance(b);
    }
    a.distance(&undone(b, &constants(a, b, true), true))
}

/// By how much each band lies above the reference, as ln; NaN where too little is known.
pub(super) fn constants(a: &Grid, b: &Grid, logarithms: bool) -> Vec<f64> {
    let mut ratios: Vec<Vec<f64>> = vec![Vec::new(); a.width()];
    for pair in a.pairs(b) {
        let ratio = if logarithms { pair.candidate - pair.reference } else { (pair.candidate / pair.reference).ln() };
        if ratio.is_finite() {
            ratios[pair.band].push(ratio);
        }
    }
    ratios.into_iter().map(|ratios| if ratios.len() < FEW { f64::NAN } else { median(ratios) }).collect()
}

pub(super) fn undone(b: &Grid, constants: &[f64], logarithms: bool) -> Grid {
    b.map(|band, y| if logarithms { y - constants[band] } else { y / constants[band].exp() })
}

/// Bands that agree but for a few at the top, which are weaker: the slope of a filter.
fn highest(constants: &[f64]) -> Option<(&'static str, String)> {
    let bands = constants.len();
    let kept = constants.iter().rposition(|x| x.abs() <= ALIKE)? + 1;
    let few = kept < bands && bands - kept <= bands / 16 + 1;
    let alike = constants[..kept].iter().all(|x| x.is_nan() || x.abs() <= ALIKE);
    let weaker = constants[kept..].iter().all(|x| *x < -ALIKE);
    let words = format!(
        "the candidate is weaker from band {kept} of {bands} on, and agrees below: its audio was low-passed, or resampled on the way"
    );
    (few && alike && weaker).then_some(("resampled", words))
}

/// Bands whose constants, as ln, are less are alike.
const ALIKE: f64 = 0.05;

/// What constants follow: the width of the bands, or a first difference.
fn named(constants: &[f64], hints: &Hints) -> Option<(&'static str, String)> {
    let bands = constants.len();
    for bank in banks(hints) {
        let points = bank.points(bands);
        let widths: Vec<f64> = (0..bands).map(|k| ((points[k + 2] - points[k]) / 2.0).ln()).collect();
        let (correlation, slope) = line(&widths, constants);
        if correlation.abs() > 0.995 {
            let (name, what) = match slope > 0.0 {
                true => (
                    "no-norm",
                    "the candidate's bands are not divided by their width, the reference's are (norm = slaney)",
                ),
                false => (
                    "norm",
                    "the candidate's bands are divided by their width (norm = slaney), the reference's are not",
                ),
            };
            return Some((name, format!("{what}: the constants of the bands follow their widths on {}", bank.words())));
        }
    }
    let rate = hints.sample_rate.unwrap_or(22_050.0);
    for bank in banks(hints) {
        let points = bank.points(bands);
        for coefficient in [0.97, 0.95] {
            let gain = |hz: f64| {
                let angle = std::f64::consts::TAU * hz / rate;
                (1.0 + coefficient * coefficient - 2.0 * coefficient * angle.cos()).ln() / 2.0
            };
            let gains: Vec<f64> = (0..bands).map(|k| gain(points[k + 1])).collect();
            let (correlation, slope) = line(&gains, constants);
            if correlation > 0.99 && (0.4..4.0).contains(&slope) {
                let words = format!(
                    "the candidate's audio was pre-emphasised (x[t] - {coefficient} x[t-1]); its bands rise like that filter"
                );
                return Some(("pre-emphasis", words));
            }
        }
    }
    None
}

/// Pearson's correlation of two series, and the slope of the second over the first.
pub(super) fn line(x: &[f64], y: &[f64]) -> (f64, f64) {
    let pairs: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).filter(|(_, y)| y.is_finite()).collect();
    let count = pairs.len() as f64;
    let mean = pairs.iter().fold((0.0, 0.0), |m, p| (m.0 + p.0 / count, m.1 + p.1 / count));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in pairs {
        let (x, y) = (x - mean.0, y - mean.1);
        (xx, yy, xy) = (xx + x * x, yy + y * y, xy + x * y);
    }
    (xy / (xx.sqrt() * yy.sqrt()), xy / xx)
}
