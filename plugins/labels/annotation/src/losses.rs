//! What did not survive, each kind once, with how often.

use std::fmt;

/// What a format or a file could not give.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Losses(Vec<(String, usize)>);

impl Losses {
    /// Counts one loss of this kind.
    pub fn add(&mut self, what: impl Into<String>) {
        let what = what.into();
        match self.0.iter_mut().find(|(known, _)| *known == what) {
            Some((_, count)) => *count += 1,
            None => self.0.push((what, 1)),
        }
    }

    /// Counts one, if it is so.
    pub fn add_if(&mut self, lost: bool, what: &str) {
        if lost {
            self.add(what);
        }
    }

    /// Kinds of losses.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing was lost.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One sentence a kind.
    pub fn sentences(&self) -> Vec<String> {
        let one =
            |(what, count): &(String, usize)| if *count > 1 { format!("{what} ({count} times)") } else { what.clone() };
        self.0.iter().map(one).collect()
    }
}

impl fmt::Display for Losses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentences().join("; "))
    }
}
