//! Why two arrays differ: the conventions of tools that, undone, make a candidate equal to a reference.
//!
//! Every known convention is a guess: undo it, and look how much of the difference is left. The guess that leaves least is
//! taken, then the next, until nothing known helps. So causes are found singly and together, from the numbers alone.

mod bands;
mod grid;
mod levels;
mod lost;
mod places;
mod warp;

pub use grid::Grid;

/// A convention in which the candidate differs, found by undoing it.
#[derive(Clone, Debug, PartialEq)]
pub struct Cause {
    /// A stable name: `int16-not-scaled`, `transposed`.
    pub name: &'static str,
    /// What it is and how it shows, in words.
    pub words: String,
    /// What is left of the mean absolute difference once this and the causes before it are undone, from 0 to 1.
    pub remaining: f64,
}

/// What is known of the arrays beside their numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hints {
    /// Are the entries samples of audio, not frames?
    pub samples: bool,
    /// Sample rate of the audio in Hz, where known.
    pub sample_rate: Option<f64>,
}

/// A convention undone.
struct Guess {
    name: &'static str,
    words: String,
    reference: Grid,
    candidate: Grid,
    /// More freedom fits better by itself: what is left is weighed by this.
    weight: f64,
}

impl Guess {
    fn new(name: &'static str, words: impl Into<String>, reference: &Grid, candidate: Grid) -> Self {
        Guess { name, words: words.into(), reference: reference.clone(), candidate, weight: 1.0 }
    }

    fn weight(mut self, weight: f64) -> Self {
        self.weight = weight;
        self
    }
}

/// A guess is taken if it leaves at most this share of the difference.
const TAKEN: f64 = 0.5;
/// Below this share guesses are equal: the rest is rounding.
const EXACT: f64 = 1e-4;
/// A mean difference of this share of the spread is none.
const EQUAL: f64 = 2e-7;
/// Causes at most.
const MOST: usize = 4;

/// The causes of the difference between two arrays, in the order in which they are best undone.
///
/// None for equal arrays. An array that nothing known explains gives what can be said of the difference. Values that are not
/// finite are passed over.
pub fn find(reference: &Grid, candidate: &Grid, hints: &Hints) -> Vec<Cause> {
    let (mut a, mut b) = (reference.clone(), candidate.clone());
    let mut causes = Vec::new();
    if let Some(transposed) = places::transposed(&a, &b) {
        causes.push(Cause { name: transposed.name, words: transposed.words, remaining: f64::NAN });
        (a, b) = (transposed.reference, transposed.candidate);
    }
    if a.width() != b.width() || a.entries() == 0 || b.entries() == 0 {
        return causes;
    }
    let first = a.distance(&b);
    if let Some(last) = causes.last_mut() {
        last.remaining = if first <= EQUAL * a.spread() { 0.0 } else { 1.0 };
    }
    if let Some(lost) = lost::find(&a, &b) {
        causes.push(lost);
        return causes;
    }
    // An offset in time spoils every other guess, so it is looked for first, whatever the bands are weighted by.
    if let Some(guess) = places::offset(&a, &b, hints)
        && bands::weighed_distance(&guess.reference, &guess.candidate) < 0.6 * bands::weighed_distance(&a, &b)
    {
        (a, b) = (guess.reference.clone(), guess.candidate.clone());
        causes.push(Cause { remaining: a.distance(&b) / first, ..said(guess) });
    }
    let search = Search { first, most: MOST - causes.len(), hints };
    let mut found = search.undo(a.clone(), b.clone());
    if found.causes.is_empty() {
        found = search.elsewhere(&a, &b).unwrap_or(found);
    } else if found.causes[0].name == levels::NO_LOGARITHM && found.left() > NEARLY {
        found = search.other_logarithm(&a, &b, found);
    }
    causes.extend(found.causes);
    // What a cause that is undone only nearly leaves behind is no cause of its own.
    if causes.iter().all(|cause| cause.name == "transposed") {
        let (a, b) = found.grids;
        causes.extend(levels::rest(&a, &b, hints).or_else(|| levels::other_floor(&a, &b)));
    }
    causes
}

/// What is left of the difference above this share is more than rounding and what bands lose by being summed.
const NEARLY: f64 = 0.02;
/// An explanation that takes another cause must leave this share of what the shorter one leaves.
const ANOTHER: f64 = 0.7;

/// Convention after convention, undone.
struct Search<'a> {
    /// The mean absolute difference before anything was undone.
    first: f64,
    /// Causes at most.
    most: usize,
    hints: &'a Hints,
}

/// What was undone, and what is left.
struct Found {
    causes: Vec<Cause>,
    grids: (Grid, Grid),
}

impl Found {
    /// The share of the difference that is left.
    fn left(&self) -> f64 {
        self.causes.last().map_or(1.0, |cause| cause.remaining)
    }
}

fn said(guess: Guess) -> Cause {
    Cause { name: guess.name, words: guess.words, remaining: f64::NAN }
}

impl Search<'_> {
    /// The guess that leaves least is undone, again and again until nothing helps.
    fn undo(&self, mut a: Grid, mut b: Grid) -> Found {
        let mut causes = Vec::new();
        while causes.len() < self.most {
            let before = a.distance(&b);
            if before <= EQUAL * a.spread() {
                break;
            }
            if let Some(words) = places::edges(&a, &b) {
                causes.push(Cause { name: "padding", words, remaining: 0.0 });
                break;
            }
            let mut guesses = places::guesses(&a, &b, self.hints);
            guesses.extend(levels::guesses(&a, &b, self.hints));
            guesses.extend(bands::guesses(&a, &b, self.hints));
            let weighed = guesses.into_iter().map(|guess| {
                let left = guess.reference.distance(&guess.candidate) / before;
                (left.max(EXACT) * guess.weight, left, guess)
            });
            let best = weighed.filter(|(weighed, ..)| weighed.is_finite()).min_by(|x, y| x.0.total_cmp(&y.0));
            let Some((_, left, guess)) = best.filter(|(weighed, ..)| *weighed <= TAKEN) else { break };
            (a, b) = (guess.reference.clone(), guess.candidate.clone());
            causes.push(Cause { remaining: left * before / self.first, ..said(guess) });
        }
        Found { causes, grids: (a, b) }
    }

    /// Bands that mean other frequencies hide an offset; the level of whole frames shows it.
    fn elsewhere(&self, a: &Grid, b: &Grid) -> Option<Found> {
        let guess = places::offset_of_levels(a, b, self.hints)?;
        let (a, b) = (guess.reference.clone(), guess.candidate.clone());
        let offset = Cause { remaining: a.distance(&b) / self.first, ..said(guess) };
        let mut found = Search { most: self.most.saturating_sub(1), ..*self }.undo(a, b);
        let explained = !found.causes.is_empty() && found.left() <= TAKEN;
        found.causes.insert(0, offset);
        explained.then_some(found)
    }

    /// Which logarithm is missing shows only once the bands agree: each is tried to the end.
    fn other_logarithm(&self, a: &Grid, b: &Grid, first: Found) -> Found {
        let score = |found: &Found| found.left() / ANOTHER.powi(found.causes.len() as i32);
        let tried = levels::missing_logarithm(a, b).into_iter().map(|guess| {
            let (a, b) = (guess.reference.clone(), guess.candidate.clone());
            let logarithm = Cause { remaining: a.distance(&b) / self.first, ..said(guess) };
            let mut found = Search { most: self.most.saturating_sub(1), ..*self }.undo(a, b);
            found.causes.insert(0, logarithm);
            found
        });
        tried.fold(first, |best, found| if score(&found) < score(&best) { found } else { best })
    }
}
