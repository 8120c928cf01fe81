//! Where an edit of sound puts the moments of it, and so the labels on it.

use super::labels::rounded;
use auricle_annotation::Label;
use std::ops::Range;

/// What an edit does to time; seconds, on edges of samples.
#[derive(Clone, Debug, PartialEq)]
pub enum Warp {
    /// This is gone, and what follows comes earlier.
    Cut(Range<f64>),
    /// Only this is left.
    Trim(Range<f64>),
    /// So much came between here, and what follows comes later.
    Insert(f64, f64),
    /// So much came in place of this.
    Replace(Range<f64>, f64),
    /// This runs backwards.
    Reverse(Range<f64>),
}

/// What became of labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Labels that stand elsewhere, as long as they were.
    pub moved: usize,
    /// Labels that are longer or shorter.
    pub resized: usize,
    /// Labels whose sound is gone.
    pub gone: usize,
}

impl Warp {
    /// The label where its sound is now; none if that is gone.
    ///
    /// What lies partly in a stretch that goes keeps the rest of its sound; what goes over a place where sound comes in
    /// covers that too. In a stretch that runs backwards a label does so if all of it lies there.
    pub fn label(&self, label: &Label) -> Option<Label> {
        let (start, end) = match self {
            Warp::Cut(range) => cut(label, range)?,
            Warp::Trim(range) => kept(label, range)?,
            Warp::Insert(at, length) => inserted((label.start, label.end), *at, *length),
            Warp::Replace(range, length) => inserted(cut(label, range)?, range.start, *length),
            Warp::Reverse(range) if range.start <= label.start && label.end <= range.end => {
                let mirror = range.start + range.end;
                (mirror - label.end, mirror - label.start)
            }
            Warp::Reverse(_) => (label.start, label.end),
        };
        Some(Label { start: rounded(start), end: rounded(end), ..label.clone() })
    }

    /// All labels that are left, and what became of them.
    pub fn labels(&self, labels: &[Label]) -> (Vec<Label>, Told) {
        let mut told = Told::default();
        let mut left = Vec::with_capacity(labels.len());
        for label in labels {
            let Some(new) = self.label(label) else {
                told.gone += 1;
                continue;
            };
            let same = |a: f64, b: f64| (a - b).abs() < 2e-6;
            match (same(new.start, label.start), same(new.end, label.end)) {
                (true, true) => {}
                _ if same(new.end - new.start, label.end - label.start) => told.moved += 1,
                _ => told.resized += 1,
            }
            left.push(new);
        }
        (left, told)
    }
}

impl Told {
    /// The same of two lists.
    pub fn and(self, other: Told) -> Told {
        Told { moved: self.moved + other.moved, resized: self.resized + other.resized, gone: self.gone + other.gone }
    }
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let parts = [(self.moved, "moved with it"), (self.resized, "resized"), (self.gone, "gone with the sound")];
        let parts: Vec<String> =
            parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
        f.write_str(&parts.join(", "))
    }
}

fn cut(label: &Label, range: &Range<f64>) -> Option<(f64, f64)> {
    let is_gone = match label.is_point() {
        true => range.contains(&label.start),
        false => range.start <= label.start && label.end <= range.end,
    };
    let earlier = |time: f64| time - (time.min(range.end) - range.start).max(0.0);
    (!is_gone).then(|| (earlier(label.start), earlier(label.end)))
}

fn kept(label: &Label, range: &Range<f64>) -> Option<(f64, f64)> {
    let is_left = match label.is_point() {
        true => range.contains(&label.start),
        false => label.start < range.end && label.end > range.start,
    };
    let inside = |time: f64| time.clamp(range.start, range.end) - range.start;
    is_left.then(|| (inside(label.start), inside(label.end)))
}

fn inserted((start, end): (f64, f64), at: f64, length: f64) -> (f64, f64) {
    // A label that ends where the new sound begins ends there still.
    if start >= at { (start + length, end + length) } else { (start, if end > at { end + length } else { end }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(warp: Warp, (start, end): (f64, f64), expected: Option<(f64, f64)>) {
        let got = warp.label(&Label::new(start, end, "")).map(|label| (label.start, label.end));
        assert_eq!(got, expected, "{warp:?} of {start}-{end}");
    }

    #[test]
    fn labels_go_with_their_sound() {
        for (span, cut, trim) in [
            ((0.0, 1.0), Some((0.0, 1.0)), None),
            ((0.5, 1.5), Some((0.5, 1.0)), Some((0.0, 0.5))),
            ((1.0, 2.0), None, Some((0.0, 1.0))),
            ((1.2, 1.2), None, Some((0.2, 0.2))),
            ((0.5, 2.5), Some((0.5, 1.5)), Some((0.0, 1.0))),
            ((1.5, 2.5), Some((1.0, 1.5)), Some((0.5, 1.0))),
            ((2.0, 2.0), Some((1.0, 1.0)), None),
            ((2.0, 3.0), Some((1.0, 2.0)), None),
        ] {
            check(Warp::Cut(1.0..2.0), span, cut);
            check(Warp::Trim(1.0..2.0), span, trim);
        }
        for (span, inserted, replaced) in [
            ((0.0, 1.0), (0.0, 1.0), Some((0.0, 1.0))),
            ((0.5, 1.5), (0.5, 2.0), Some((0.5, 1.0))),
            ((1.0, 1.0), (1.5, 1.5), None),
            ((1.0, 3.0), (1.5, 3.5), Some((1.5, 2.5))),
            ((0.5, 2.5), (0.5, 3.0), Some((0.5, 2.0))),
            ((2.0, 3.0), (2.5, 3.5), Some((1.5, 2.5))),
        ] {
            check(Warp::Insert(1.0, 0.5), span, Some(inserted));
            check(Warp::Replace(1.0..2.0, 0.5), span, replaced);
        }
        check(Warp::Reverse(1.0..2.0), (1.0, 1.25), Some((1.75, 2.0)));
        check(Warp::Reverse(1.0..2.0), (1.25, 1.25), Some((1.75, 1.75)));
        check(Warp::Reverse(1.0..2.0), (0.5, 1.25), Some((0.5, 1.25)));
    }

    #[test]
    fn what_became_of_them_is_told() {
        let labels = [(0.0, 0.5), (0.5, 1.5), (1.1, 1.2), (2.0, 3.0), (4.0, 4.0)].map(|(a, b)| Label::new(a, b, ""));
        let (left, told) = Warp::Cut(1.0..2.0).labels(&labels);
        assert_eq!((left.len(), told.to_string().as_str()), (4, "2 moved with it, 1 resized, 1 gone with the sound"));
        assert_eq!(Warp::Insert(9.0, 1.0).labels(&labels).1, Told::default());
    }
}
