//! Exit codes: what a script can tell from a run.

use auricle_engine::{Diagnostic, ErrorKind, Failure, Fault};
use auricle_sdk::{ErrorKind as Kind, Severity};
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All well.
    Ok,
    /// Findings about a file, or drift against an earlier run.
    Findings,
    /// Wrong usage, an invalid session, a missing stage or model.
    Usage,
    /// A reader or source refused its file.
    Refused,
    /// Any other stage or plugin failed.
    Stage,
    /// An output could not be written.
    Output,
    /// Ended by this signal.
    Signal(i32),
}

impl Exit {
    /// The code of the failure that stopped a run.
    pub fn of_failure(failure: &Failure) -> Self {
        match failure.error.kind {
            Kind::Io if failure.stage.is_empty() || !failure.reads => Exit::Output,
            _ if failure.reads && matches!(failure.error.kind, Kind::Data | Kind::Io | Kind::Format) => Exit::Refused,
            _ => Exit::Stage,
        }
    }

    /// The code of a session that cannot be planned.
    pub fn of_diagnostics(diagnostics: &[Diagnostic]) -> Self {
        let errors = diagnostics.iter().filter(|d| d.severity == Severity::Error);
        match errors.map(|d| d.fault).min() {
            Some(Fault::Source) => Exit::Refused,
            Some(Fault::Stage) => Exit::Stage,
            _ => Exit::Usage,
        }
    }

    /// The code of an engine's error.
    pub fn of_error(error: &auricle_engine::Error) -> Self {
        match error.kind {
            ErrorKind::Source => Exit::Refused,
            ErrorKind::Stage => Exit::Stage,
            ErrorKind::Output => Exit::Output,
            _ => Exit::Usage,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Ok => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Refused => 3,
            Exit::Stage => 4,
            Exit::Output => 5,
            Exit::Signal(number) => 128u8.saturating_add(u8::try_from(number).unwrap_or(0)),
        })
    }
}

impl Exit {
    /// The code of a failure of sound.
    pub fn of_sound(kind: auricle_sound::ErrorKind) -> Self {
        match kind {
            auricle_sound::ErrorKind::Unsupported => Exit::Usage,
            auricle_sound::ErrorKind::Source => Exit::Refused,
            auricle_sound::ErrorKind::Write => Exit::Output,
            _ => Exit::Stage,
        }
    }
}
