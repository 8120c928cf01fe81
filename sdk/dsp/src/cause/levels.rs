//! Causes in the values themselves: units, logarithms, gains, scaling of integers, floors.

use super::grid::{median, quantile};
use super::{Cause, Grid, Guess, Hints};
use std::f64::consts::{LN_2, LN_10};

/// Full scale of 16 bits.
pub(super) const INT16: f64 = 32768.0;
/// Two numbers agree within this share.
const ALIKE: f64 = 1e-4;

/// What ln is multiplied by in ln of an amplitude, of a power; log10 of both; dB.
pub(super) const UNITS: [f64; 5] = [1.0, 2.0, 1.0 / LN_10, 2.0 / LN_10, 20.0 / LN_10];

/// What the candidate's logarithm is a multiple of, as (factor, name, words).
const SLOPES: [(f64, &str, &str); 14] = [
    (
        20.0 / LN_10,
        "db-for-ln",
        "the candidate is in dB (20 log10 of the amplitude, 10 log10 of the power) where the reference is ln",
    ),
    (10.0 / LN_10, "db-for-ln", "the candidate is in dB (10 log10) where the reference is ln of the same"),
    (1.0 / LN_10, "log10-for-ln", "the candidate is log10 where the reference is ln"),
    (2.0 / LN_10, "log10-for-ln", "the candidate is log10 of the power where the reference is ln of the amplitude"),
    (1.0 / LN_2, "log2-for-ln", "the candidate is log2 where the reference is ln"),
    (LN_10, "ln-for-log10", "the candidate is ln where the reference is log10"),
    (LN_10 / 10.0, "ln-for-db", "the candidate is ln where the reference is in dB (10 log10) of the same"),
    (LN_10 / 20.0, "ln-for-db", "the candidate is ln where the reference is in dB (20 log10 of the amplitude)"),
    (10.0, "db-for-log10", "the candidate is in dB (10 log10) where the reference is log10"),
    (20.0, "db-for-log10", "the candidate is in dB (20 log10) where the reference is log10"),
    (0.1, "log10-for-db", "the candidate is log10 where the reference is in dB (10 log10)"),
    (0.05, "log10-for-db", "the candidate is log10 where the reference is in dB (20 log10)"),
    (
        2.0,
        "power-for-magnitude",
        "the candidate is the logarithm of a power (exponent 2) where the reference is that of a magnitude; or dB were doubled",
    ),
    (
        0.5,
        "magnitude-for-power",
        "the candidate is the logarithm of a magnitude (exponent 1) where the reference is that of a power",
    ),
];

/// A candidate of which no logarithm was taken.
pub(super) const NO_LOGARITHM: &str = "no-logarithm";

/// All changes of level that are known.
pub fn guesses(a: &Grid, b: &Grid, hints: &Hints) -> Vec<Guess> {
    let mut guesses = Vec::new();
    let logarithms = !hints.samples && a.signed() && b.range().0 < 0.0;
    if logarithms {
        guesses.extend(slopes(a, b));
        guesses.extend(added_floor(a, b));
    } else if !hints.samples && a.signed() != b.signed() {
        guesses.extend(missing_logarithm(a, b));
    }
    if !logarithms {
        guesses.extend(gain(a, b));
    }
    if !hints.samples && !a.signed() && !b.signed() {
        let root = b.map(|_, x| x.sqrt());
        guesses.push(Guess::new(
            "power-for-magnitude",
            "the candidate is a power where the reference is a magnitude",
            a,
            root,
        ));
        let square = b.map(|_, x| x * x);
        guesses.push(Guess::new(
            "magnitude-for-power",
            "the candidate is a magnitude where the reference is a power",
            a,
            square,
        ));
    }
    guesses.extend(standardised(a, b));
    guesses
}

/// The candidate as a multiple of the reference, with or without a constant.
fn slopes(a: &Grid, b: &Grid) -> Vec<Guess> {
    let mut guesses = Vec::new();
    let constant = |slope: f64| median(a.pairs(b).map(|p| p.candidate - slope * p.reference).collect());
    for (slope, name, words) in SLOPES {
        guesses.push(Guess::new(name, words, a, b.map(|_, y| y / slope)));
        let offset = constant(slope);
        let (offset_name, offset_words) = named_offset(offset / slope);
        // Bands sum over bins: that of powers is no exact multiple of that of magnitudes, but nearly one and a constant.
        let (words, weight) = match offset_name {
            "offset" => (words.to_owned(), 2.0),
            _ => (format!("{words}; and {offset_words}"), 1.5),
        };
        guesses.push(Guess::new(name, words, a, b.map(|_, y| (y - offset) / slope)).weight(weight));
    }
    let offset = constant(1.0);
    let (name, words) = named_offset(offset);
    let words = format!("the candidate lies {offset:.6} above the reference everywhere: {words}");
    let weight = if name == "offset" { 2.5 } else { 1.0 };
    guesses.push(Guess::new(name, words, a, b.map(|_, y| y - offset)).weight(weight));
    guesses
}

/// A constant between logarithms, which is a factor of what they are of.
fn named_offset(offset: f64) -> (&'static str, String) {
    let is = |factor: f64| {
        UNITS.iter().any(|unit| (offset - unit * factor.ln()).abs() <= ALIKE * (unit * factor.ln()).abs())
    };
    if is(INT16) {
        (
            "int16-not-scaled",
            "its samples were not scaled from int16 to [-1, 1) (ln 32768 = 10.397, its double or its dB)".into(),
        )
    } else if is(1.0 / INT16) {
        (
            "scaled-twice",
            "its samples were divided by 32768 once more than the reference's: scaled twice (ln 32768 = 10.397)".into(),
        )
    } else if is(INT16 / 32767.0) {
        ("divided-by-32767", "its samples were divided by 32767 instead of 32768".into())
    } else if is(32767.0 / INT16) {
        ("divided-by-32768", "its samples were divided by 32768 where the reference's were by 32767".into())
    } else {
        ("offset", format!("a gain of {:.3} of what the logarithm is taken of", offset.exp()))
    }
}

/// One factor for all values.
fn gain(a: &Grid, b: &Grid) -> Option<Guess> {
    let (product, energy) = a.pairs(b).fold((0.0, 0.0), |(product, energy), p| {
        (product + p.reference * p.candidate, energy + p.reference * p.reference)
    });
    let gain = product / energy;
    if !gain.is_finite() || gain == 0.0 {
        return None;
    }
    let is = |factor: f64| (gain / factor - 1.0).abs() <= ALIKE;
    let (name, words, exact) = if is(INT16) || is(INT16 * INT16) || is(32767.0) {
        (
            "int16-not-scaled",
            "its samples were not scaled from int16 to [-1, 1) (a factor of 32768, squared in a power)".into(),
            gain,
        )
    } else if is(1.0 / INT16) || is(1.0 / INT16 / INT16) {
        ("scaled-twice", "its samples were divided by 32768 once more than the reference's: scaled twice".into(), gain)
    } else if (gain - INT16 / 32767.0).abs() < 1e-6 {
        ("divided-by-32767", "its samples were divided by 32767 instead of 32768".into(), INT16 / 32767.0)
    } else if is(65536.0)
        || is(1.0 / 65536.0)
        || is(256.0)
        || is(1.0 / 256.0)
        || is(2f64.powi(31))
        || is(2f64.powi(-31))
    {
        (
            "integer-scale",
            format!("a factor of {gain}: integers of another width, or scaled by another power of two"),
            gain,
        )
    } else if is(-1.0) {
        ("polarity", "its polarity is inverted: every sample has the other sign".into(), -1.0)
    } else {
        let db = 20.0 * gain.abs().log10();
        ("gain", format!("a gain of {gain:.6} ({db:+.2} dB as amplitude)"), gain)
    };
    let words = if name == "gain" { words } else { format!("the candidate is {gain:.6} times the reference: {words}") };
    Some(Guess::new(name, words, a, b.map(|_, y| y / exact)).weight(if name == "gain" { 1.5 } else { 1.0 }))
}

/// One of both is a logarithm, the other is not.
pub(super) fn missing_logarithm(a: &Grid, b: &Grid) -> Vec<Guess> {
    let kinds: [(f64, &str); 5] = [
        (1.0, "ln of it"),
        (0.5, "ln of its square root (a magnitude where the candidate is a power)"),
        (1.0 / LN_10, "log10 of it"),
        (10.0 / LN_10, "10 log10 of it, in dB"),
        (20.0 / LN_10, "20 log10 of it, in dB"),
    ];
    let mut guesses = Vec::new();
    for (factor, kind) in kinds {
        if a.signed() {
            let words = format!("the candidate is linear, no logarithm was taken; the reference is nearest to {kind}");
            let made = b.map(|_, y| factor * y.max(f64::MIN_POSITIVE).ln());
            // Bands that sum over powers are, as logarithms, those of magnitudes and a constant, nearly.
            let offset = median(a.pairs(&made).map(|p| p.candidate - p.reference).collect());
            guesses.push(Guess::new(NO_LOGARITHM, &words, a, made.map(|_, y| y - offset)).weight(1.3));
            guesses.push(Guess::new(NO_LOGARITHM, words, a, made));
        } else {
            let kind = kind.replace("the candidate", "the reference");
            let words = format!("the reference is linear; the candidate is nearest to {kind}");
            guesses.push(Guess::new("logarithm", words, a, b.map(|_, y| (y / factor).exp())));
        }
    }
    guesses
}

/// What is added before a logarithm, or below which is clamped, by custom.
const FLOORS: [f64; 8] = [1e-10, 1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2];
/// Entries by which the best of them is found.
const FEW: usize = 256;

/// ln(x + floor) for ln(max(x, floor)), and the other way round.
fn added_floor(a: &Grid, b: &Grid) -> Vec<Guess> {
    let own = |grid: &Grid| grid.floor().map(f64::exp);
    let floors: Vec<f64> = own(a).into_iter().chain(own(b)).chain(FLOORS).collect();
    let without = |grid: &Grid, floor: f64| grid.map(|_, y| (y.exp() - floor).max(floor).ln());
    let with = |grid: &Grid, floor: f64| grid.map(|_, y| (y.exp() + floor).ln());
    let (few_a, few_b) = (a.thinned(FEW), b.thinned(FEW));
    let best = |undone: &dyn Fn(&Grid, f64) -> Grid| {
        let left = floors.iter().map(|&floor| (few_a.distance(&undone(&few_b, floor)), floor));
        left.filter(|(left, _)| left.is_finite()).min_by(|x, y| x.0.total_cmp(&y.0)).map(|(_, floor)| floor)
    };
    let added = best(&without).map(|floor| {
        let words = format!("the candidate is ln(x + {floor:.1e}) where the reference is ln(max(x, {floor:.1e}))");
        Guess::new("added-floor", words, a, without(b, floor)).weight(1.2)
    });
    let clamped = best(&with).map(|floor| {
        let words = format!("the candidate is ln(max(x, {floor:.1e})) where the reference is ln(x + {floor:.1e})");
        Guess::new("clamped-floor", words, a, with(b, floor)).weight(1.2)
    });
    added.into_iter().chain(clamped).collect()
}

/// All agrees but for where the logarithms were clamped.
pub fn other_floor(a: &Grid, b: &Grid) -> Option<Cause> {
    let (low, high) = (a.floor().unwrap_or(a.range().0), b.floor().unwrap_or(b.range().0));
    let clamped = (a.floor().is_some() || b.floor().is_some()) && (low - high).abs() > 1e-6 * a.spread();
    let words = format!(
        "all agrees above the floors: the reference's smallest values stand at {low:.3}, the candidate's at {high:.3} (another \
         amin, clamp or top_db)"
    );
    clamped.then_some(Cause { name: "other-floor", words, remaining: 0.0 })
}

/// Mean 0 and deviation 1, or any other straight line.
fn standardised(a: &Grid, b: &Grid) -> Option<Guess> {
    let (sums, count) = a.pairs(b).fold(([0.0; 4], 0.0), |(s, n), p| {
        let (x, y) = (p.reference, p.candidate);
        ([s[0] + x, s[1] + y, s[2] + x * x, s[3] + x * y], n + 1.0)
    });
    let slope = (sums[3] - sums[0] * sums[1] / count) / (sums[2] - sums[0] * sums[0] / count);
    let offset = (sums[1] - slope * sums[0]) / count;
    if !slope.is_finite() || slope == 0.0 {
        return None;
    }
    let (mean, deviation) = b.moments();
    let unit = mean.abs() < 0.02 && (deviation - 1.0).abs() < 0.02;
    let (name, words) = if unit {
        (
            "standardised",
            format!(
                "the candidate is standardised to mean 0 and deviation 1: {slope:.6} times the reference {offset:+.6}"
            ),
        )
    } else {
        (
            "affine",
            format!("the candidate is {slope:.6} times the reference {offset:+.6}: another scale or normalisation"),
        )
    };
    Some(Guess::new(name, words, a, b.map(|_, y| (y - offset) / slope)).weight(if unit { 1.6 } else { 4.0 }))
}

/// A mean difference of this share of the spread is that of other audio, not of another window.
const LARGE: f64 = 0.12;

/// What can be said of a difference that nothing undoes.
pub fn rest(a: &Grid, b: &Grid, hints: &Hints) -> Option<Cause> {
    let share = a.distance(b) / a.spread();
    if share.is_nan() || share <= 1e-6 {
        return None;
    }
    let percent = 100.0 * share;
    let (name, words) = if hints.samples && share <= LARGE {
        ("small", "rounding, another decoder, fewer bits, or audio that was resampled".to_owned())
    } else if hints.samples || a.width() < 8 {
        ("unknown", "nothing known explains it: other audio, or more than one convention at once".into())
    } else {
        let values = || a.pairs(a).map(|pair| pair.reference).collect();
        let (low, high) = (quantile(values(), 0.25), quantile(values(), 0.75));
        let top = a.width() - a.width() / 8;
        let [highest, others] = means(a, b, |p| p.band >= top);
        let [quiet, _] = means(a, b, |p| p.reference <= low);
        let [loud, _] = means(a, b, |p| p.reference >= high);
        if highest > 4.0 * others && share <= LARGE {
            let times = highest / others;
            (
                "resampled",
                format!("{times:.0} times larger in the highest bands: the audio was resampled or low-passed"),
            )
        } else if quiet > 8.0 * loud {
            let times = quiet / loud;
            (
                "noise",
                format!(
                    "{times:.0} times larger where it is quiet: noise was added, as by fewer bits, dither or lossy coding"
                ),
            )
        } else if share <= LARGE {
            let words = "everywhere alike: another window (symmetric for periodic, another length), or sums in another precision";
            ("window", words.into())
        } else {
            ("unknown", "nothing known explains it: other audio, or more than one convention at once".into())
        }
    };
    Some(Cause { name, words: format!("a mean difference of {percent:.3} % of the spread: {words}"), remaining: 1.0 })
}

/// Mean |difference| of the pairs that are wanted, and of the others.
fn means(a: &Grid, b: &Grid, wanted: impl Fn(&super::grid::Pair) -> bool) -> [f64; 2] {
    let mut sums = [(0.0, 0u64); 2];
    for pair in a.pairs(b) {
        let sum = &mut sums[usize::from(!wanted(&pair))];
        *sum = (sum.0 + (pair.reference - pair.candidate).abs(), sum.1 + 1);
    }
    sums.map(|(sum, count)| sum / count.max(1) as f64)
}
