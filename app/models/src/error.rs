//! What can go wrong with the store.

use std::fmt;
use std::path::Path;

/// Result of what may fail with [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// There is no such model.
    Missing,
    /// What was to be imported is not a model, or may not be taken.
    Refused,
    /// A manifest or a file of the store is not what it should be.
    Damaged,
    /// Reading or writing failed.
    Io,
    /// The caller asked to stop.
    Cancelled,
}

/// A failure: what, on which file or model, and what to try.
#[derive(Debug)]
pub struct Error {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// What failed, expected and got.
    pub message: String,
    /// What to try, or empty.
    pub hint: String,
    source: Option<std::io::Error>,
}

impl Error {
    /// A failure in words.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), hint: String::new(), source: None }
    }

    /// With what to try.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// With what it happened to, before the message.
    pub(crate) fn within(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// A failure of the system with a file.
    pub(crate) fn io(path: &Path, source: std::io::Error) -> Self {
        Error {
            source: Some(source),
            ..Self::new(ErrorKind::Io, format!("{} cannot be read or written", path.display()))
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if let Some(source) = &self.source {
            write!(f, ": {source}")?;
        }
        if self.hint.is_empty() { Ok(()) } else { write!(f, "; {}", self.hint) }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
