//! The error of the engine.

use std::fmt;

/// What failed, expected and got, and where; the causes stand behind [`std::error::Error::source`].
#[derive(Debug)]
pub struct Error {
    /// Which family of fault this is; it decides a command's exit code.
    pub kind: ErrorKind,
    /// What failed, in words that answer.
    pub message: String,
    /// What caused it.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// Families of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The session, an edit of it or an argument is wrong; a stage is missing.
    Session,
    /// An input file, or the reader of one, refuses.
    Source,
    /// Any other stage or plugin failed.
    Stage,
    /// An output cannot be written.
    Output,
    /// It was asked to stop.
    Cancelled,
}

/// Result of the engine's calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error without a cause.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), source: None }
    }

    /// Adds the cause.
    pub fn caused_by(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

/// An error with all its causes, `: ` between them; a cause that repeats what stands before it is left out.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.ends_with(&words) {
            text = if text.is_empty() { words } else { format!("{text}: {words}") };
        }
        cause = error.source();
    }
    text
}
