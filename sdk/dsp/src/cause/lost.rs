//! Causes by which values are lost: cut to zero, sunk below a floor, nothing above a frequency.

use super::grid::quantile;
use super::levels::{INT16, UNITS};
use super::{Cause, Grid};

/// A candidate (or reference) of zeros alone.
fn silent(a: &Grid, b: &Grid) -> Option<Cause> {
    let zero = |grid: &Grid| grid.range() == (0.0, 0.0);
    let words = match (zero(a), zero(b)) {
        (false, true) => {
            "the candidate is zero everywhere: samples in [-1, 1) that were cast to integers without scaling (times 32768 first)"
        }
        (true, false) => {
            "the reference is zero everywhere: silence, or samples in [-1, 1) cast to integers without scaling"
        }
        _ => return None,
    };
    Some(Cause { name: "truncated-to-zero", words: words.into(), remaining: f64::NAN })
}

/// A candidate that lies on its floor because its samples were divided by 32768 once more: the reference lowered so is the
/// same.
fn sunk(a: &Grid, b: &Grid) -> Option<Cause> {
    let (floor, _) = b.range();
    let clamped = b.floor()?;
    let share = |of: &dyn Fn(f64) -> bool| {
        b.values().iter().filter(|x| of(**x)).count() as f64 / b.values().len().max(1) as f64
    };
    if !(a.signed() && b.signed()) || share(&|x| x <= clamped) < SUNK {
        return None;
    }
    let lowered = |unit: f64| a.lowered(unit * INT16.ln(), floor);
    let fits = UNITS.iter().any(|unit| lowered(*unit).farthest(b) <= 1e-3 * a.spread());
    let words = format!(
        "{:.1} % of the candidate lies on its floor ({floor:.3}), as when its samples were divided by 32768 once more than the \
         reference's: scaled twice",
        100.0 * share(&|x| x <= clamped)
    );
    fits.then_some(Cause { name: "scaled-twice", words, remaining: 0.0 })
}

/// A candidate that has nothing in its highest bands where the reference has.
fn cut(a: &Grid, b: &Grid) -> Option<Cause> {
    let bands = a.width();
    if bands < 8 || a.entries() != b.entries() || !(a.signed() && b.signed()) {
        return None;
    }
    let mut drops: Vec<Vec<f64>> = vec![Vec::new(); bands];
    let pairs = a.values().chunks_exact(bands).zip(b.values().chunks_exact(bands));
    for (x, y) in pairs {
        for band in 0..bands {
            drops[band].push(x[band] - y[band]);
        }
    }
    let spread = a.spread();
    let alike = |drops: &Vec<f64>| quantile(drops.iter().map(|drop| drop.abs()).collect(), USUAL) <= KEPT * spread;
    let kept = drops.iter().take_while(|drops| alike(drops)).count();
    // A filter's slope may take a few bands.
    let slope = bands / 32 + 1;
    let gone: Vec<f64> = drops.into_iter().skip(kept + slope).map(|drops| quantile(drops, USUAL)).collect();
    let mean = gone.iter().sum::<f64>() / gone.len() as f64;
    let is_cut =
        kept >= bands / 8 && gone.len() >= 2 && mean >= GONE * spread && gone.iter().all(|drop| *drop >= KEPT * spread);
    let words = format!(
        "the candidate has nothing from band {kept} of {bands} on, and agrees below: its audio was low-passed, or resampled from a \
         lower rate"
    );
    is_cut.then_some(Cause { name: "resampled", words, remaining: 0.0 })
}

/// Of a candidate that has sunk this much lies on its floor.
const SUNK: f64 = 0.9;
/// What holds for this share of the entries holds for the band.
const USUAL: f64 = 0.8;
/// Bands that differ by less than this share of the spread are kept.
const KEPT: f64 = 0.05;
/// Bands that lie lower by this share of the spread, on average, are gone.
const GONE: f64 = 0.3;

/// What was lost, if that explains the difference.
pub fn find(a: &Grid, b: &Grid) -> Option<Cause> {
    silent(a, b).or_else(|| sunk(a, b)).or_else(|| cut(a, b))
}
