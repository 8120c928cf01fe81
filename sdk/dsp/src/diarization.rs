//! Who speaks when, by two opinions: the diarization error and what it is made of.

use crate::assignment::best_pairs;

/// Somebody speaks: from `start` to `end` in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Turn {
    /// When it begins.
    pub start: f64,
    /// When it ends.
    pub end: f64,
    /// Who it is, counted from 0.
    pub speaker: usize,
}

/// What is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Config {
    /// So many seconds on both sides of every boundary of the reference are left aside.
    pub collar_s: f64,
    /// What more than one speaker of the reference says is left aside.
    pub skip_overlap: bool,
}

/// A stretch in which nobody begins or ends, in either opinion.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// When it begins, in seconds.
    pub start: f64,
    /// When it ends.
    pub end: f64,
    /// Who speaks in the reference.
    pub reference: Vec<usize>,
    /// Who speaks in the candidate.
    pub candidate: Vec<usize>,
}

/// The error, in seconds of speakers: two who speak for a second are two seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Errors {
    /// Speech of the reference.
    pub total: f64,
    /// Speech that the candidate has not.
    pub missed: f64,
    /// Speech that only the candidate has.
    pub false_alarm: f64,
    /// Speech of another speaker.
    pub confusion: f64,
    /// For each speaker of the reference the one of the candidate who is taken for the same, and for how long both speak.
    pub pairs: Vec<Option<(usize, f64)>>,
    /// What was looked at.
    pub stretches: Vec<Stretch>,
}

impl Stretch {
    fn seconds(&self) -> f64 {
        self.end - self.start
    }

    /// Speakers of the reference whose partner speaks too.
    fn correct(&self, pairs: &[Option<(usize, f64)>]) -> usize {
        let right = |speaker: &&usize| pairs[**speaker].is_some_and(|(partner, _)| self.candidate.contains(&partner));
        self.reference.iter().filter(right).count()
    }
}

impl Errors {
    /// The error of a candidate.
    ///
    /// Speakers are paired one to one, so that as much as can be is common. In each stretch speakers that are too few are missed, those that
    /// are too many are false alarms, and those of the rest whose partner does not speak are confused. Turns of one speaker that
    /// overlap count once.
    ///
    /// # Source
    /// NIST, "The Rich Transcription Spring 2003 evaluation plan", section 4.1, and its md-eval; pyannote.metrics, whose collar is the sum of
    /// both sides.
    pub fn between(reference: &[Turn], candidate: &[Turn], config: &Config) -> Self {
        let speakers = |turns: &[Turn]| turns.iter().map(|turn| turn.speaker + 1).max().unwrap_or(0);
        let (rows, columns) = (speakers(reference), speakers(candidate));
        let stretches = stretches(reference, candidate, config);
        let mut shared = vec![0.0; rows * columns];
        for stretch in &stretches {
            for (row, column) in stretch.reference.iter().flat_map(|r| stretch.candidate.iter().map(move |c| (r, c))) {
                shared[row * columns + column] += stretch.seconds();
            }
        }
        let time = |row: usize, column: usize| shared[row * columns + column];
        let mut pairs: Vec<Option<(usize, f64)>> = best_pairs(&shared, columns)
            .into_iter()
            .enumerate()
            .map(|(row, column)| column.map(|column| (column, time(row, column))).filter(|(_, seconds)| *seconds > 0.0))
            .collect();
        pairs.resize(rows, None);
        let mut errors = Errors { pairs, ..Errors::default() };
        for stretch in &stretches {
            let (has, told) = (stretch.reference.len(), stretch.candidate.len());
            let seconds = stretch.seconds();
            errors.total += has as f64 * seconds;
            errors.missed += has.saturating_sub(told) as f64 * seconds;
            errors.false_alarm += told.saturating_sub(has) as f64 * seconds;
            errors.confusion += (has.min(told) - stretch.correct(&errors.pairs)) as f64 * seconds;
        }
        errors.stretches = stretches;
        errors
    }

    /// Missed, false and confused speech over all speech of the reference; where that is none, 0 or 1.
    pub fn rate(&self) -> f64 {
        let wrong = self.missed + self.false_alarm + self.confusion;
        if self.total > 0.0 { wrong / self.total } else { f64::from(u8::from(wrong > 0.0)) }
    }
}

/// Something begins (+1) or ends (-1).
struct Edge {
    at: f64,
    what: What,
    by: i32,
}

#[derive(Clone, Copy)]
enum What {
    Reference(usize),
    Candidate(usize),
    Collar,
}

/// The stretches in which anybody speaks, without those that are left aside.
fn stretches(reference: &[Turn], candidate: &[Turn], config: &Config) -> Vec<Stretch> {
    let mut edges = Vec::new();
    let mut span = |start: f64, end: f64, what: What| {
        edges.push(Edge { at: start, what, by: 1 });
        edges.push(Edge { at: end, what, by: -1 });
    };
    for turn in reference.iter().filter(|turn| turn.start < turn.end) {
        span(turn.start, turn.end, What::Reference(turn.speaker));
        if config.collar_s > 0.0 {
            for at in [turn.start, turn.end] {
                span(at - config.collar_s, at + config.collar_s, What::Collar);
            }
        }
    }
    for turn in candidate.iter().filter(|turn| turn.start < turn.end) {
        span(turn.start, turn.end, What::Candidate(turn.speaker));
    }
    edges.sort_by(|a, b| a.at.total_cmp(&b.at));
    let mut active: [Vec<i32>; 2] = [Vec::new(), Vec::new()];
    let (mut collars, mut last, mut found) = (0, f64::NEG_INFINITY, Vec::<Stretch>::new());
    for edge in edges {
        let who = |turns: &[i32]| -> Vec<usize> { (0..turns.len()).filter(|&speaker| turns[speaker] > 0).collect() };
        if edge.at > last && collars == 0 {
            let stretch = Stretch { start: last, end: edge.at, reference: who(&active[0]), candidate: who(&active[1]) };
            let aside = config.skip_overlap && stretch.reference.len() > 1;
            if !aside && stretch.reference.len() + stretch.candidate.len() > 0 {
                found.push(stretch);
            }
        }
        last = edge.at;
        let (side, speaker) = match edge.what {
            What::Reference(speaker) => (0, speaker),
            What::Candidate(speaker) => (1, speaker),
            What::Collar => {
                collars += edge.by;
                continue;
            }
        };
        let turns = &mut active[side];
        if turns.len() <= speaker {
            turns.resize(speaker + 1, 0);
        }
        turns[speaker] += edge.by;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(turns: &[(f64, f64, usize)]) -> Vec<Turn> {
        turns.iter().map(|&(start, end, speaker)| Turn { start, end, speaker }).collect()
    }

    /// Reference, candidate, collar, skip overlap; total, missed, false alarm, confusion.
    #[track_caller]
    fn check(
        reference: &[(f64, f64, usize)],
        candidate: &[(f64, f64, usize)],
        config: (f64, bool),
        expected: [f64; 4],
    ) {
        let config = Config { collar_s: config.0, skip_overlap: config.1 };
        let errors = Errors::between(&turns(reference), &turns(candidate), &config);
        let got = [errors.total, errors.missed, errors.false_alarm, errors.confusion];
        assert!(got.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-9), "expected {expected:?}, got {got:?}");
    }

    const REFERENCE: &[(f64, f64, usize)] = &[(0.0, 10.0, 0), (12.0, 20.0, 1), (24.0, 27.0, 0), (30.0, 40.0, 2)];
    const CANDIDATE: &[(f64, f64, usize)] =
        &[(2.0, 13.0, 7), (13.0, 14.0, 3), (14.0, 20.0, 1), (22.0, 38.0, 2), (38.0, 40.0, 4)];
    const OVERLAP: &[(f64, f64, usize)] = &[(0.0, 6.0, 0), (4.0, 10.0, 1), (9.0, 12.0, 2)];

    /// Made with pyannote.metrics 4.2.0 (DiarizationErrorRate with collar 2 * collar_s and skip_overlap).
    #[test]
    fn as_pyannote_metrics() {
        check(REFERENCE, CANDIDATE, (0.0, false), [31.0, 2.0, 7.0, 7.0]);
        check(REFERENCE, CANDIDATE, (0.5, false), [27.0, 1.5, 4.5, 5.0]);
        check(OVERLAP, &[(0.0, 5.0, 0), (5.0, 12.0, 1)], (0.0, false), [15.0, 3.0, 0.0, 2.0]);
        check(OVERLAP, &[(0.0, 5.0, 0), (5.0, 12.0, 1)], (0.0, true), [9.0, 0.0, 0.0, 2.0]);
        check(OVERLAP, &[(0.0, 5.0, 0), (5.0, 12.0, 1)], (0.25, true), [7.5, 0.0, 0.0, 1.5]);
    }

    #[test]
    fn the_ends() {
        let one: &[(f64, f64, usize)] = &[(0.0, 1.0, 0)];
        check(&[], &[], (0.0, false), [0.0; 4]);
        check(one, &[], (0.0, false), [1.0, 1.0, 0.0, 0.0]);
        check(&[], one, (0.0, false), [0.0, 0.0, 1.0, 0.0]);
        check(one, &[(0.0, 1.0, 5)], (0.0, false), [1.0, 0.0, 0.0, 0.0]);
        // Turns of one speaker that overlap are one.
        check(&[(0.0, 2.0, 0), (1.0, 3.0, 0)], &[(0.0, 3.0, 0)], (0.0, false), [3.0, 0.0, 0.0, 0.0]);
        // A turn of no length is none.
        check(&[(1.0, 1.0, 0)], &[(2.0, 1.0, 0)], (0.0, false), [0.0; 4]);
        let rate =
            |reference, candidate| Errors::between(&turns(reference), &turns(candidate), &Config::default()).rate();
        assert_eq!((rate(&[], &[]), rate(&[], one), rate(one, &[])), (0.0, 1.0, 1.0));
    }

    #[test]
    fn speakers_find_their_partners() {
        let errors = Errors::between(&turns(REFERENCE), &turns(CANDIDATE), &Config::default());
        assert_eq!(errors.pairs, [Some((7, 8.0)), Some((1, 6.0)), Some((2, 8.0))]);
        assert_eq!(errors.stretches[0], Stretch { start: 0.0, end: 2.0, reference: vec![0], candidate: vec![] });
    }
}
