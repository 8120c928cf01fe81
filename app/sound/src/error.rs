//! The error of this crate: a kind, a sentence, a cause.

use std::fmt;

/// What a failure is about; decides the exit code and the advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The sound library (`auricle-device`) or one that it needs is not there.
    NoLibrary,
    /// The sound library was built from other sources than this program.
    WrongBuild,
    /// No such device, or no sound system answers.
    NoDevice,
    /// The device is held by another program.
    Busy,
    /// The system does not let this user open the device.
    Denied,
    /// The device cannot do the asked rate, channel count or direction.
    Unsupported,
    /// The device went away while it ran.
    Lost,
    /// The sound system failed in a way of its own.
    Backend,
    /// What was to be played could not be read.
    Source,
    /// A file could not be written.
    Write,
}

impl ErrorKind {
    /// The number that stands for this kind across the device library's boundary.
    pub const fn code(self) -> u32 {
        match self {
            Self::NoLibrary => 1,
            Self::WrongBuild => 2,
            Self::NoDevice => 3,
            Self::Busy => 4,
            Self::Denied => 5,
            Self::Unsupported => 6,
            Self::Lost => 7,
            Self::Backend => 8,
            Self::Source => 9,
            Self::Write => 10,
        }
    }

    /// The kind that a number stands for; unknown numbers are [`ErrorKind::Backend`].
    pub const fn from_code(code: u32) -> Self {
        match code {
            1 => Self::NoLibrary,
            2 => Self::WrongBuild,
            3 => Self::NoDevice,
            4 => Self::Busy,
            5 => Self::Denied,
            6 => Self::Unsupported,
            7 => Self::Lost,
            9 => Self::Source,
            10 => Self::Write,
            _ => Self::Backend,
        }
    }
}

/// What went wrong with sound, in one sentence that names what was expected and what to try.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    message: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// The result of everything here.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// An error with its whole sentence.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// The same with the error that caused it.
    pub fn with_source(
        kind: ErrorKind,
        message: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> Self {
        Self { kind, message: message.into(), source: Some(Box::new(source)) }
    }

    /// What the failure is about.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_survive_the_boundary() {
        for code in 1..=10 {
            assert_eq!(ErrorKind::from_code(code).code(), code);
        }
        assert_eq!(ErrorKind::from_code(77), ErrorKind::Backend);
    }
}
