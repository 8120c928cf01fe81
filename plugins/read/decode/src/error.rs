//! Why a source cannot be read.

use std::fmt;

/// What kind of trouble a source is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The bytes are no audio that we know.
    Unrecognised,
    /// The format is known, this variant of it is not read.
    Unsupported,
    /// The header cannot be believed far enough to read anything.
    Malformed,
    /// The source itself failed.
    Io,
}

/// A refusal: what was met, and where.
#[derive(Debug)]
pub struct Error {
    /// The kind of trouble.
    pub kind: ErrorKind,
    /// What was expected, what was met.
    pub message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// A result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A refusal of this kind.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// A header that cannot be believed.
    pub fn malformed(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Malformed, message)
    }

    /// A variant that is not read.
    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// The same error with what caused it.
    pub fn caused_by(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.source = Some(cause.into());
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
        self.source.as_ref().map(|s| &**s as _)
    }
}

impl From<std::io::Error> for Error {
    fn from(cause: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, format!("reading the source failed: {cause}")).caused_by(cause)
    }
}
