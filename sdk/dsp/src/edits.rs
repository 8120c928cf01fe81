//! How many words or characters a text is away from another, and which: what is behind error rates.

/// One step of the way from a reference to a candidate: places of items in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Equal items.
    Hit(usize, usize),
    /// An item of the candidate stands for one of the reference.
    Substitution(usize, usize),
    /// An item of the reference is missing; the candidate is at this place.
    Deletion(usize, usize),
    /// The reference, at this place, has not this item of the candidate.
    Insertion(usize, usize),
}

/// What turns a reference into a candidate with the fewest edits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edits {
    /// Items that are equal.
    pub hits: u64,
    /// Items that another stands for.
    pub substitutions: u64,
    /// Items of the reference that are missing.
    pub deletions: u64,
    /// Items that the reference has not.
    pub insertions: u64,
}

impl Edits {
    /// The fewest edits from `reference` to `candidate`.
    ///
    /// Of equally few those that are met first on the way back from the ends, what both begin and end with left aside: a
    /// deletion where one costs as little; else an insertion where the column before falls; else a hit or substitution.
    ///
    /// # Source
    /// Levenshtein's distance by Wagner & Fischer, "The string-to-string correction problem", JACM 21, 1974. The choice
    /// among equals is that of jiwer 4.0.0 with RapidFuzz 3.14.6, found by comparing counts.
    pub fn between<T: PartialEq>(reference: &[T], candidate: &[T]) -> Self {
        let shorter = reference.len().min(candidate.len());
        let front = reference.iter().zip(candidate).take_while(|(a, b)| a == b).count();
        let ends = reference.iter().rev().zip(candidate.iter().rev()).take(shorter - front);
        let back = ends.take_while(|(a, b)| a == b).count();
        let mut edits =
            Self::of_rest(&reference[front..reference.len() - back], &candidate[front..candidate.len() - back]);
        edits.hits += (front + back) as u64;
        edits
    }

    fn of_rest<T: PartialEq>(reference: &[T], candidate: &[T]) -> Self {
        Self::walk(reference, candidate, |_| {})
    }

    /// The best way, of which `chosen` is told the last step at each place, row by row.
    fn walk<T: PartialEq>(reference: &[T], candidate: &[T], mut chosen: impl FnMut(Move)) -> Self {
        // The best way to each place of the row above.
        let mut row: Vec<Edits> =
            (0..=candidate.len() as u64).map(|insertions| Edits { insertions, ..Edits::default() }).collect();
        for item in reference {
            let mut diagonal = row[0];
            row[0].deletions += 1;
            for (column, other) in candidate.iter().enumerate() {
                let (up, left) = (row[column + 1], row[column]);
                let costs = diagonal.distance() + u64::from(item != other);
                let distance = costs.min(up.distance() + 1).min(left.distance() + 1);
                diagonal = std::mem::replace(&mut row[column + 1], {
                    if distance == up.distance() + 1 {
                        chosen(Move::Up);
                        Edits { deletions: up.deletions + 1, ..up }
                    } else if left.distance() + 1 == diagonal.distance() {
                        chosen(Move::Left);
                        Edits { insertions: left.insertions + 1, ..left }
                    } else if item == other {
                        chosen(Move::Both);
                        Edits { hits: diagonal.hits + 1, ..diagonal }
                    } else {
                        chosen(Move::Both);
                        Edits { substitutions: diagonal.substitutions + 1, ..diagonal }
                    }
                });
            }
        }
        row.last().copied().unwrap_or_default()
    }

    /// Every step of the way whose edits [`between`](Self::between) counts, in order; none where there are more than
    /// `most` places to look at, the product of both lengths.
    pub fn steps<T: PartialEq>(reference: &[T], candidate: &[T], most: usize) -> Option<Vec<Step>> {
        let shorter = reference.len().min(candidate.len());
        let front = reference.iter().zip(candidate).take_while(|(a, b)| a == b).count();
        let ends = reference.iter().rev().zip(candidate.iter().rev()).take(shorter - front);
        let back = ends.take_while(|(a, b)| a == b).count();
        let (rows, columns) = (reference.len() - front - back, candidate.len() - front - back);
        if rows.checked_mul(columns).is_none_or(|places| places > most) {
            return None;
        }
        let mut moves = Vec::with_capacity(rows * columns);
        let (from, to) = (&reference[front..front + rows], &candidate[front..front + columns]);
        Self::walk(from, to, |step| moves.push(step));
        let mut steps: Vec<Step> =
            (0..back).map(|k| Step::Hit(reference.len() - 1 - k, candidate.len() - 1 - k)).collect();
        let (mut row, mut column) = (rows, columns);
        while row + column > 0 {
            let way = match (row, column) {
                (0, _) => Move::Left,
                (_, 0) => Move::Up,
                _ => moves[(row - 1) * columns + column - 1],
            };
            (row, column) = (row - usize::from(way != Move::Left), column - usize::from(way != Move::Up));
            let (item, other) = (front + row, front + column);
            steps.push(match way {
                Move::Up => Step::Deletion(item, other),
                Move::Left => Step::Insertion(item, other),
                Move::Both if from[row] == to[column] => Step::Hit(item, other),
                Move::Both => Step::Substitution(item, other),
            });
        }
        steps.extend((0..front).rev().map(|k| Step::Hit(k, k)));
        steps.reverse();
        Some(steps)
    }

    /// Edits in all.
    pub fn distance(&self) -> u64 {
        self.substitutions + self.deletions + self.insertions
    }

    /// Edits by the length of the reference, an empty one taken as of length 1, as jiwer 4.0.0 does.
    pub fn rate(&self) -> f64 {
        let length = self.hits + self.substitutions + self.deletions;
        self.distance() as f64 / length.max(1) as f64
    }

    /// Adds the counts of another text.
    pub fn merge(&mut self, other: &Edits) {
        self.hits += other.hits;
        self.substitutions += other.substitutions;
        self.deletions += other.deletions;
        self.insertions += other.insertions;
    }
}

/// Whence the best way comes to a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    Up,
    Left,
    Both,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(reference: &str, candidate: &str, expected: [u64; 4]) {
        let characters = |text: &str| text.chars().collect::<Vec<_>>();
        let edits = Edits::between(&characters(reference), &characters(candidate));
        let got = [edits.hits, edits.substitutions, edits.deletions, edits.insertions];
        assert_eq!(got, expected, "{reference} to {candidate}");
        let steps = Edits::steps(&characters(reference), &characters(candidate), 1000).expect("they are short");
        let count = |wanted: fn(&Step) -> bool| steps.iter().filter(|step| wanted(step)).count() as u64;
        let counted = [
            count(|step| matches!(step, Step::Hit(..))),
            count(|step| matches!(step, Step::Substitution(..))),
            count(|step| matches!(step, Step::Deletion(..))),
            count(|step| matches!(step, Step::Insertion(..))),
        ];
        assert_eq!(counted, expected, "the steps from {reference} to {candidate}");
    }

    #[test]
    fn counts() {
        check("", "", [0, 0, 0, 0]);
        check("abc", "", [0, 0, 3, 0]);
        check("", "ab", [0, 0, 0, 2]);
        check("kitten", "sitting", [4, 2, 0, 1]);
        check("abc", "abc", [3, 0, 0, 0]);
        check("saturday", "sunday", [5, 1, 2, 0]);
        // Ties, as jiwer 4.0.0 counts these as words.
        check("bbcadacddc", "aaaadcdccdc", [5, 5, 0, 1]);
        check("aacbbaadbb", "dabdbcaab", [5, 3, 2, 1]);
        check("dcadaadcca", "dbddddbccdc", [4, 6, 0, 1]);
        check("bcbbb", "bbbacbcc", [3, 2, 0, 3]);
        check("baaad", "addcbd", [1, 4, 0, 1]);
    }

    #[test]
    fn steps_name_places() {
        let words = |text: &'static str| text.split(' ').collect::<Vec<_>>();
        let steps = |a, b| Edits::steps(&words(a), &words(b), 100).expect("they are short");
        assert_eq!(
            steps("the cat sat down", "a cat sat right down"),
            [Step::Substitution(0, 0), Step::Hit(1, 1), Step::Hit(2, 2), Step::Insertion(3, 3), Step::Hit(3, 4)]
        );
        assert_eq!(steps("a b c", "a c"), [Step::Hit(0, 0), Step::Deletion(1, 1), Step::Hit(2, 1)]);
        assert_eq!(Edits::steps(&[1, 2, 3], &[4, 5, 6], 8), None);
    }

    #[test]
    fn rates() {
        assert_eq!(Edits::default().rate(), 0.0);
        assert_eq!(Edits { insertions: 3, ..Edits::default() }.rate(), 3.0);
        let mut pooled = Edits { hits: 3, substitutions: 1, ..Edits::default() };
        pooled.merge(&Edits { insertions: 6, ..Edits::default() });
        assert_eq!(pooled.rate(), 7.0 / 4.0);
    }
}
