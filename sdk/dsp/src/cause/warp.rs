//! Bands at other frequencies: on another scale, or from and to other edges.

use super::bands::{Bank, banks, constants, line, undone};
use super::{Grid, Guess, Hints};
use crate::mel::Scale;
use std::ops::RangeInclusive;

/// Entries that a search looks at; what it finds is then done to all.
const SEARCHED: usize = 160;
/// Steps a side of the first, coarse search for edges.
const COARSE: i32 = 20;
/// The search ends at steps of this share of the first.
const FINE: f64 = 3e-3;
/// Edges that no tool has by default must leave less than this share of what others leave.
const FREE: f64 = 0.7;
/// Edges of which less than this share of the bands is common to both are not compared.
const COMMON: f64 = 0.5;

/// Where each band of the reference lies among the candidate's, as (band below, part of the way to the next).
type Places = Vec<Option<(usize, f64)>>;

/// Places found, how they are told, and what they leave.
struct Found {
    left: f64,
    name: &'static str,
    words: String,
    places: Places,
}

/// The candidate's bands moved to where the reference's lie, if that fits far better than constants `alone`.
///
/// Two banks on one mel scale lie straight to each other whatever their edges are, so these are searched for freely; another
/// scale bends, and is looked for among the edges that tools have.
pub fn moved(a: &Grid, b: &Grid, hints: &Hints, logarithms: bool, alone: f64) -> Option<Guess> {
    let bands = a.width();
    let (few_a, few_b) = (a.thinned(SEARCHED), b.thinned(SEARCHED));
    let left = |places: &Places| {
        let turned = turn(&few_b, places);
        few_a.distance(&undone(&turned, &constants(&few_a, &turned, logarithms), logarithms))
    };
    let mut best: Option<Found> = None;
    for from in banks(hints) {
        for to in banks(hints).into_iter().filter(|to| *to != from) {
            let places = between(&from, &to, bands);
            let left = left(&places);
            if best.as_ref().is_none_or(|best| left < best.left) {
                let (name, what) = told(&from, &to);
                let words = format!("{what}: {} fits the reference, {} the candidate", to.words(), from.words());
                best = Some(Found { left, name, words, places });
            }
        }
    }
    for found in [
        straight(bands, &left),
        bent(Scale::Slaney, Scale::Htk, bands, &left),
        bent(Scale::Htk, Scale::Slaney, bands, &left),
    ] {
        if best.as_ref().is_none_or(|best| found.left < FREE * best.left) {
            best = Some(found);
        }
    }
    let Found { name, words, places, .. } = best?;
    let turned = turn(b, &places);
    let constants = constants(a, &turned, logarithms);
    let turned = undone(&turned, &constants, logarithms);
    if a.distance(&turned) > 0.6 * alone {
        return None;
    }
    let norm = norm(&constants, hints);
    Some(Guess::new(name, format!("{words}{norm}"), a, turned).weight(1.0))
}

fn told(from: &Bank, to: &Bank) -> (&'static str, &'static str) {
    match (to.scale == from.scale, to.scale) {
        (false, Scale::Slaney) => {
            ("htk-for-slaney", "the candidate's bands lie on HTK's mel scale, the reference's on Slaney's")
        }
        (false, Scale::Htk) => {
            ("slaney-for-htk", "the candidate's bands lie on Slaney's mel scale, the reference's on HTK's")
        }
        (true, _) => edges(from.fmin != to.fmin, from.fmax != to.fmax),
    }
}

/// The cause by which of the edges are others.
fn edges(lower: bool, upper: bool) -> (&'static str, &'static str) {
    match (lower, upper) {
        (true, false) => ("other-fmin", "the candidate's lowest band begins at another frequency (fmin)"),
        (false, _) => ("other-fmax", "the candidate's highest band ends at another frequency (fmax)"),
        (true, true) => ("other-fmax", "the candidate's bands reach from and to other frequencies (fmin, fmax)"),
    }
}

/// Places of the bands of `to` among those of `from`.
fn between(from: &Bank, to: &Bank, bands: usize) -> Places {
    let (centres, wanted) = (from.points(bands), to.points(bands));
    let centres = &centres[1..=bands];
    let place = |hz: f64| {
        let above = centres.partition_point(|centre| *centre <= hz);
        let below = above.checked_sub(1).filter(|_| above < bands)?;
        Some((below, (hz - centres[below]) / (centres[above] - centres[below])))
    };
    wanted[1..=bands].iter().map(|hz| place(*hz)).collect()
}

/// Places when the edges of the reference's bank lie at `low` and `high` among the candidate's bands, whose own edges are
/// -1 and `bands`.
fn line_of(low: f64, high: f64, bands: usize) -> Places {
    let step = (high - low) / (bands + 1) as f64;
    let place = |at: f64| (at >= 0.0 && at < (bands - 1) as f64).then(|| (at as usize, at.fract()));
    (1..=bands).map(|k| place(low + step * k as f64)).collect()
}

/// The edges that leave least: a coarse look at all, then ever smaller steps from the best.
fn straight(bands: usize, left: &dyn Fn(&Places) -> f64) -> Found {
    let whole = (bands + 1) as f64;
    let cost = |(low, high): (f64, f64)| {
        let places = line_of(low, high, bands);
        let common = places.iter().flatten().count();
        // Where both keep their edges nothing is moved: that is no answer here.
        let still = (low + 1.0).abs() < 0.25 && (high - whole + 1.0).abs() < 0.25;
        if still || (common as f64) < COMMON * bands as f64 { f64::INFINITY } else { left(&places) }
    };
    let step = whole / f64::from(COARSE);
    let (least, (low, high)) =
        descend((-1.0, whole - 1.0), (-COARSE / 4..=COARSE / 4, -COARSE / 2..=COARSE), step, &cost);
    let (lower, upper) = ((low + 1.0).abs() > 0.5, (high - whole + 1.0).abs() > 0.5);
    let (name, what) = edges(lower, upper);
    let share = |x: f64| 100.0 * (x + 1.0) / whole;
    let words = format!(
        "{what}: on the mel axis the reference reaches from {:.1} % to {:.1} % of what the candidate spans",
        share(low),
        share(high)
    );
    Found { left: least, name, words, places: line_of(low, high, bands) }
}

/// Banks from 0 Hz on two scales, with the highest frequencies that leave least.
fn bent(from: Scale, to: Scale, bands: usize, left: &dyn Fn(&Places) -> f64) -> Found {
    let banks = |(low, high): (f64, f64)| {
        let bank = |scale, fmax: f64| Bank { scale, fmin: 0.0, fmax: 8000.0 * fmax.exp2() };
        (bank(from, low), bank(to, high))
    };
    let cost = |at| {
        let (from, to) = banks(at);
        let places = between(&from, &to, bands);
        if (places.iter().flatten().count() as f64) < COMMON * bands as f64 { f64::INFINITY } else { left(&places) }
    };
    let (least, at) = descend((0.0, 0.0), (-5..=5, -5..=5), 0.3, &cost);
    let (from, to) = banks(at);
    let (name, what) = told(&from, &to);
    let words =
        format!("{what}: as far as can be told, {} for the reference, {} for the candidate", to.words(), from.words());
    Found { left: least, name, words, places: between(&from, &to, bands) }
}

/// The least cost, and where: a coarse look at all `around` steps of `start`, then ever smaller steps from the best.
fn descend(
    start: (f64, f64),
    around: (RangeInclusive<i32>, RangeInclusive<i32>),
    mut step: f64,
    cost: &dyn Fn((f64, f64)) -> f64,
) -> (f64, (f64, f64)) {
    let mut best = (f64::INFINITY, start);
    let look = |best: &mut (f64, (f64, f64)), at| {
        let here = cost(at);
        if here < best.0 {
            *best = (here, at);
        }
    };
    for x in around.0 {
        for y in around.1.clone() {
            look(&mut best, (start.0 + step * f64::from(x), start.1 + step * f64::from(y)));
        }
    }
    let end = step * FINE;
    while step > end {
        step /= 2.0;
        let (x, y) = best.1;
        for (right, up) in [(-1.0, 0.0), (1.0, 0.0), (0.0, -1.0), (0.0, 1.0), (-1.0, -1.0), (1.0, 1.0)] {
            look(&mut best, (x + step * right, y + step * up));
        }
    }
    best
}

/// The bands at these places.
fn turn(grid: &Grid, places: &Places) -> Grid {
    let values = grid.values().chunks_exact(grid.width()).flat_map(|entry| {
        places.iter().map(move |place| match place {
            Some((k, part)) => entry[*k] * (1.0 - part) + entry[*k + 1] * part,
            None => f64::NAN,
        })
    });
    Grid::new(values.collect(), grid.width())
}

/// What the constants that are left tell about the norm.
fn norm(constants: &[f64], hints: &Hints) -> &'static str {
    let bands = constants.len();
    let follows = |bank: &Bank| {
        let points = bank.points(bands);
        let widths: Vec<f64> = (0..bands).map(|k| ((points[k + 2] - points[k]) / 2.0).ln()).collect();
        line(&widths, constants)
    };
    let fits = banks(hints).iter().map(follows).max_by(|x, y| x.0.abs().total_cmp(&y.0.abs()));
    match fits {
        Some((correlation, slope)) if correlation.abs() > 0.9 && slope > 0.8 => {
            "; and they are not divided by their width, the reference's are (norm = slaney)"
        }
        Some((correlation, slope)) if correlation.abs() > 0.9 && slope < -0.8 => {
            "; and they are divided by their width (norm = slaney), the reference's are not"
        }
        _ => "",
    }
}
