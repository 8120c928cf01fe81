//! Why a kernel cannot be made.

use std::fmt;

/// Why a kernel cannot be made: only `new` refuses, `process` cannot fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// What sort of refusal this is.
    pub kind: Kind,
    /// The field of the `Config` that was refused; empty if it was no single one.
    pub field: &'static str,
    /// What was expected and what came, in one line.
    pub message: String,
}

/// The sorts of refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A field of a `Config` is outside its range.
    Parameter,
    /// Fields that are legal alone contradict each other.
    Conflict,
}

impl Error {
    /// A field outside its range.
    pub fn parameter(field: &'static str, expected: impl fmt::Display, got: impl fmt::Display) -> Self {
        Self { kind: Kind::Parameter, field, message: format!("expected {expected}, got {got}") }
    }

    /// Fields that do not go together.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self { kind: Kind::Conflict, field: "", message: message.into() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
