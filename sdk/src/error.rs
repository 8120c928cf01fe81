//! The error of the SDK.

use auricle_abi as abi;
use std::fmt;

/// What went wrong, in words that answer: what failed, expected, got, what to try.
///
/// A stage writes the message; the host puts the stage's id, the file and the session's position before it.
///
/// ```
/// use auricle_sdk::Error;
///
/// let error = Error::parameter("hop_length", "expected at most n_fft (512), got 1024").hint("lower it");
/// assert_eq!(error.to_string(), "parameter hop_length: expected at most n_fft (512), got 1024; lower it");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Error {
    /// Which family of fault this is.
    pub kind: ErrorKind,
    /// What failed, expected and got: `expected 1..=n_fft (1024), got 0`.
    pub message: String,
    /// What to try, or empty.
    pub hint: String,
    /// The parameter concerned, or empty.
    pub parameter: String,
    /// Index of the sample frame, frame or row concerned.
    pub at: Option<i64>,
}

/// Families of faults; they decide the exit code of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A parameter is missing, of another type or out of range.
    Parameter,
    /// An input's format cannot be used.
    Format,
    /// The input's content cannot be processed: a damaged file, a refused value.
    Data,
    /// Reading or writing failed.
    Io,
    /// An allocation was refused.
    Memory,
    /// The host asked to stop.
    Cancelled,
    /// This is not offered.
    Unsupported,
    /// A call broke the contract or came out of order.
    Contract,
    /// A fault of the plugin.
    Internal,
    /// The plugin panicked; this instance does not go on.
    Panicked,
}

/// Result of the SDK's calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `kind` with a message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Error { kind, message: message.into(), hint: String::new(), parameter: String::new(), at: None }
    }

    /// Parameter `id` was refused: say what was expected and what came.
    pub fn parameter(id: &str, message: impl Into<String>) -> Self {
        let mut error = Self::new(ErrorKind::Parameter, message);
        error.parameter = id.to_owned();
        error
    }

    /// An input's format was refused.
    pub fn format(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Format, message)
    }

    /// The input's content was refused.
    pub fn data(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Data, message)
    }

    /// A fault of the stage itself.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Internal, message)
    }

    /// Adds what to try.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// Adds the index of the entry concerned.
    pub fn at(mut self, index: i64) -> Self {
        self.at = Some(index);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.parameter.is_empty() {
            write!(f, "parameter {}: ", self.parameter)?;
        }
        f.write_str(&self.message)?;
        if let Some(at) = self.at {
            write!(f, " (at {at})")?;
        }
        if !self.hint.is_empty() {
            write!(f, "; {}", self.hint)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl ErrorKind {
    /// The status code of the ABI.
    pub fn status(self) -> abi::Status {
        match self {
            ErrorKind::Parameter => abi::E_PARAMETER,
            ErrorKind::Format => abi::E_FORMAT,
            ErrorKind::Data => abi::E_DATA,
            ErrorKind::Io => abi::E_IO,
            ErrorKind::Memory => abi::E_MEMORY,
            ErrorKind::Cancelled => abi::E_CANCELLED,
            ErrorKind::Unsupported => abi::E_UNSUPPORTED,
            ErrorKind::Contract => abi::E_STATE,
            ErrorKind::Internal => abi::E_INTERNAL,
            ErrorKind::Panicked => abi::E_PANIC,
        }
    }

    /// The family of a status code; codes of later versions are [`ErrorKind::Internal`].
    pub fn from_status(status: abi::Status) -> Self {
        match status {
            abi::E_PARAMETER => ErrorKind::Parameter,
            abi::E_FORMAT => ErrorKind::Format,
            abi::E_DATA => ErrorKind::Data,
            abi::E_IO => ErrorKind::Io,
            abi::E_MEMORY => ErrorKind::Memory,
            abi::E_CANCELLED => ErrorKind::Cancelled,
            abi::E_UNSUPPORTED => ErrorKind::Unsupported,
            abi::E_ARGUMENT | abi::E_STATE => ErrorKind::Contract,
            abi::E_PANIC | abi::E_POISONED => ErrorKind::Panicked,
            _ => ErrorKind::Internal,
        }
    }
}
