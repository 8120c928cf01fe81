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
        (a, b) = (guess.reference, guess.candidate);
        causes.push(Cause { name: guess.name, words: guess.words, remaining: a.distance(&b) / first });
    }
    while causes.len() < MOST {
        let before = a.distance(&b);
        if before <= EQUAL * a.spread() {
            return causes;
        }
        if let Some(words) = places::edges(&a, &b) {
            causes.push(Cause { name: "padding", words, remaining: 0.0 });
            return causes;
        }
        let mut guesses = places::guesses(&a, &b, hints);
        guesses.extend(levels::guesses(&a, &b, hints));
        guesses.extend(bands::guesses(&a, &b, hints));
        let weighed = guesses.into_iter().map(|guess| {
            let left = guess.reference.distance(&guess.candidate) / before;
            (left.max(EXACT) * guess.weight, left, guess)
        });
        let best = weighed.filter(|(weighed, ..)| weighed.is_finite()).min_by(|x, y| x.0.total_cmp(&y.0));
        let Some((_, left, guess)) = best.filter(|(weighed, ..)| *weighed <= TAKEN) else { break };
        (a, b) = (guess.reference, guess.candidate);
        let remaining = left * before / first;
        causes.push(Cause { name: guess.name, words: guess.words, remaining });
    }
    // What a cause that is undone only nearly leaves behind is no cause of its own.
    if causes.iter().all(|cause| cause.name == "transposed") {
        causes.extend(levels::rest(&a, &b, hints));
    }
    causes
}
