//! Diagnostics: what is wrong with a session, each with its place in the file and what to do about it.

use auricle_sdk::Severity;
use std::fmt;

/// One thing that is wrong, or worth a warning, in a session.
///
/// ```
/// use auricle_engine::{Diagnostic, Position};
/// let mut wrong = Diagnostic::error("no such parameter").hint("did you mean n_mels?").stage("mel").parameter("n_mel");
/// wrong.file = "session.toml".into();
/// wrong.position = Some(Position { line: 12, column: 9 });
/// assert_eq!(
///     wrong.to_string(),
///     r#"session.toml:12:9: stage "mel": parameter n_mel: no such parameter; did you mean n_mels?"#
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Errors stop the plan, the others do not.
    pub severity: Severity,
    /// Who is at fault.
    pub fault: Fault,
    /// The session file as the user named it, or empty. Reports leave it out.
    pub file: String,
    /// Where in the session file.
    pub position: Option<Position>,
    /// Id of the stage concerned, or empty.
    pub stage: String,
    /// The parameter concerned, or empty.
    pub parameter: String,
    /// What is wrong: expected and got.
    pub message: String,
    /// What to try, or empty.
    pub hint: String,
}

/// Who is at fault; it decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The session: its text, wiring, parameters, or a stage that is not installed.
    Session,
    /// An input file, or the reader that refuses it.
    Source,
    /// A plugin or any other stage.
    Stage,
}

/// A place in a text, counted from 1; columns are characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Character in the line.
    pub column: usize,
}

impl Diagnostic {
    /// An error of the session.
    pub fn error(message: impl Into<String>) -> Self {
        Diagnostic {
            severity: Severity::Error,
            fault: Fault::Session,
            file: String::new(),
            position: None,
            stage: String::new(),
            parameter: String::new(),
            message: message.into(),
            hint: String::new(),
        }
    }

    /// A warning.
    pub fn warning(message: impl Into<String>) -> Self {
        Diagnostic { severity: Severity::Warning, ..Self::error(message) }
    }

    /// Says who is at fault.
    pub fn fault(mut self, fault: Fault) -> Self {
        self.fault = fault;
        self
    }

    /// Says where.
    pub fn at(mut self, position: impl Into<Option<Position>>) -> Self {
        self.position = position.into();
        self
    }

    /// Says which stage.
    pub fn stage(mut self, id: &str) -> Self {
        self.stage = id.to_owned();
        self
    }

    /// Says which parameter.
    pub fn parameter(mut self, id: &str) -> Self {
        self.parameter = id.to_owned();
        self
    }

    /// Adds what to try.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, column } = self.position.unwrap_or(Position { line: 0, column: 0 });
        match (self.file.is_empty(), line) {
            (true, 0) => {}
            (true, _) => write!(f, "{line}:{column}: ")?,
            (false, 0) => write!(f, "{}: ", self.file)?,
            (false, _) => write!(f, "{}:{line}:{column}: ", self.file)?,
        }
        if self.severity != Severity::Error {
            f.write_str("warning: ")?;
        }
        if !self.stage.is_empty() {
            write!(f, "stage {:?}: ", self.stage)?;
        }
        if !self.parameter.is_empty() {
            write!(f, "parameter {}: ", self.parameter)?;
        }
        f.write_str(&self.message)?;
        if !self.hint.is_empty() {
            write!(f, "; {}", self.hint)?;
        }
        Ok(())
    }
}

/// The candidates closest to `word` in spelling, best first, at most three; none when all are far off.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let limit = (word.chars().count() / 3).max(2);
    let mut close: Vec<(usize, &str)> = candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|&(distance, candidate)| {
            let shared = word.chars().zip(candidate.chars()).take_while(|(a, b)| a == b).count();
            distance <= limit || (shared >= 3 && shared * 4 >= word.chars().count() * 3)
        })
        .collect();
    close.sort();
    close.dedup();
    let best = close.first().map_or(0, |(distance, _)| *distance);
    close.retain(|(distance, _)| *distance <= best + 1);
    close.into_iter().map(|(_, candidate)| candidate).take(3).collect()
}

/// "did you mean `n_mels`?", "did you mean `a` or `b`?", or nothing.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    match nearest(word, candidates).as_slice() {
        [] => String::new(),
        near => format!("did you mean {}?", near.join(" or ")),
    }
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b` (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let substituted = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = substituted.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(before[j - 2] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        let names = ["n_fft", "n_mels", "hop_length", "win_length", "window"];
        let check = |word: &str, expected: &[&str]| assert_eq!(nearest(word, names), expected, "{word}");
        check("n_mel", &["n_mels", "n_fft"][..1]);
        check("hoplength", &["hop_length"]);
        check("hop", &["hop_length"]);
        check("nfft", &["n_fft"]);
        check("n_mesl", &["n_mels"]);
        check("window_length", &["win_length"]);
        check("winda", &["window"]);
        check("completely_else", &[]);
        check("", &[]);
    }

    #[test]
    fn distances_count_edits() {
        for (a, b, expected) in [("", "", 0), ("abc", "", 3), ("abc", "abc", 0), ("raed", "read", 1), ("ca", "abc", 3)]
        {
            assert_eq!(distance(a, b), expected, "{a} {b}");
            assert_eq!(distance(b, a), expected, "{b} {a}");
        }
    }
}
