//! Causes in the order and place of values: transposition, offset, padding, channels.

use super::{Grid, Guess, Hints};
use crate::offset::best_offset;

/// Offsets that are looked for among frames; among samples more are.
const MOST_FRAMES: usize = 64;
const MOST_SAMPLES: usize = 8192;
/// Values that the search looks at.
const SEARCHED: usize = 1 << 20;
/// Entries at either end that padding may reach.
const EDGE: usize = 8;

/// The candidate with rows as columns, if only then the shapes agree, or the numbers do.
pub fn transposed(a: &Grid, b: &Grid) -> Option<Guess> {
    let (here, there) = ((a.entries(), a.width()), (b.width(), b.entries()));
    let square = a.entries() == b.entries() && a.width() == b.width();
    if here != there {
        return None;
    }
    let turned = b.transposed();
    if square && a.distance(&turned) > 0.1 * a.distance(b) {
        return None;
    }
    let words = format!(
        "the candidate is transposed: ({}, {}) where the reference is ({}, {}), axes in the other order",
        b.width(),
        b.entries(),
        a.width(),
        a.entries()
    );
    Some(Guess::new("transposed", words, a, turned))
}

/// The words for arrays that differ in their first and last entries only.
pub fn edges(a: &Grid, b: &Grid) -> Option<String> {
    let entries = a.entries();
    if entries != b.entries() || entries <= 4 * EDGE {
        return None;
    }
    let (mut inner, mut outer) = ((0.0, 0u64), (0.0, 0u64));
    let mut largest: Vec<f64> = vec![0.0; entries];
    for pair in a.pairs(b) {
        let d = (pair.reference - pair.candidate).abs();
        let edge = pair.entry < EDGE || pair.entry >= entries - EDGE;
        let sum = if edge { &mut outer } else { &mut inner };
        *sum = (sum.0 + d, sum.1 + 1);
        largest[pair.entry] = largest[pair.entry].max(d);
    }
    let (inner, outer) = (inner.0 / inner.1.max(1) as f64, outer.0 / outer.1.max(1) as f64);
    // Rounding inside is no difference.
    if outer <= 1e-4 * a.spread() || inner > 2e-5 * a.spread() || inner > 0.02 * outer {
        return None;
    }
    let much = |d: &&f64| **d > 1e-3 * a.spread();
    let (first, last) =
        (largest[..EDGE].iter().filter(much).count(), largest[entries - EDGE..].iter().filter(much).count());
    Some(format!(
        "only the first {first} and last {last} entries differ, all between them agree: the signal is padded otherwise (zeros \
         for reflection, or the other way round)"
    ))
}

/// Offsets in time, swapped channels.
pub fn guesses(a: &Grid, b: &Grid, hints: &Hints) -> Vec<Guess> {
    let mut guesses: Vec<Guess> = offset(a, b, hints).into_iter().collect();
    if hints.samples && a.width() == 2 {
        let swapped = b.values().chunks_exact(2).flat_map(|entry| [entry[1], entry[0]]).collect();
        let words = "the two channels are swapped";
        guesses.push(Guess::new("channels-swapped", words, a, Grid::new(swapped, 2)));
    }
    guesses
}

/// The candidate moved to where it is most like the reference, if that is another place.
pub fn offset(a: &Grid, b: &Grid, hints: &Hints) -> Option<Guess> {
    let width = a.width();
    let head = |grid: &Grid| -> Vec<f64> {
        let (low, _) = grid.range();
        let shown = grid.values().iter().take(SEARCHED / width * width);
        shown.map(|x| if x.is_finite() { *x } else { low }).collect()
    };
    let most = if hints.samples { MOST_SAMPLES } else { MOST_FRAMES };
    moved(a, b, best_offset(&head(a), &head(b), width, most)?.lag, hints)
}

/// The candidate moved to where the mean of its frames is most like the reference's, if that is another place.
pub fn offset_of_levels(a: &Grid, b: &Grid, hints: &Hints) -> Option<Guess> {
    if hints.samples || a.width() < 2 {
        return None;
    }
    let mean = |frame: &[f64]| frame.iter().filter(|x| x.is_finite()).sum::<f64>() / frame.len() as f64;
    let means = |grid: &Grid| grid.values().chunks_exact(grid.width()).take(SEARCHED).map(mean).collect::<Vec<_>>();
    moved(a, b, best_offset(&means(a), &means(b), 1, MOST_FRAMES)?.lag, hints)
}

/// The candidate moved by `lag` entries, if it is moved at all.
fn moved(a: &Grid, b: &Grid, lag: i64, hints: &Hints) -> Option<Guess> {
    if lag == 0 {
        return None;
    }
    let (from_a, from_b) = ((-lag).max(0) as usize, lag.max(0) as usize);
    let count = (a.entries() - from_a.min(a.entries())).min(b.entries() - from_b.min(b.entries()));
    let (part_a, part_b) = (a.part(from_a, from_a + count), b.part(from_b, from_b + count));
    let by = lag.unsigned_abs();
    let (unit, way) = (if hints.samples { "sample" } else { "frame" }, if lag > 0 { "late" } else { "early" });
    let plural = if by == 1 { "" } else { "s" };
    let more = a.entries() as i64 - b.entries() as i64;
    let counts = match more {
        0 => String::new(),
        more if more > 0 => format!(" and has {more} fewer"),
        more => format!(" and has {} more", -more),
    };
    let cause = match (hints.samples, lag > 0) {
        (true, _) => "a delay, or samples cut at the start",
        (false, false) => {
            "as frames are that begin at their sample instead of being centred on it (no centring: n_fft / 2 early)"
        }
        (false, true) => {
            "as frames are that are centred (padded by n_fft / 2) where the reference's begin at their sample"
        }
    };
    let words = format!("the candidate is {by} {unit}{plural} {way}{counts}: {cause}");
    let name = if hints.samples || lag > 0 { "offset" } else { "not-centred" };
    Some(Guess { name, words, reference: part_a, candidate: part_b, weight: 1.0 })
}
