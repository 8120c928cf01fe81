//! The session's inputs and the files of its models, opened.

use super::{InputOverrides, PlannedInput};
use crate::diagnostic::{Diagnostic, Fault};
use crate::files::{FileState, OpenFile};
use crate::model::files_at;
use crate::registry::Registry;
use crate::session::{Session, SessionInput};
use auricle_sdk::ByteSource;
use auricle_sdk::host::Bytes;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Opens every input; what cannot be opened is a diagnostic and a gap.
pub(super) fn open(
    session: &Session,
    overrides: &InputOverrides,
    streams: &[(String, Arc<dyn Bytes>)],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Option<PlannedInput>> {
    let mut open = |input: &SessionInput| {
        if let Some((name, bytes)) = streams.iter().find(|(name, _)| *name == input.name) {
            return Some(planned(name, name, PathBuf::from(name), bytes.clone(), None));
        }
        let replaced = overrides.iter().rev().find(|(name, _)| *name == input.name);
        // The name in messages is the one that the user wrote.
        let (shown, path) = match replaced {
            Some((_, path)) => (path.display().to_string(), path.clone()),
            None => (input.path.clone(), session.directory().join(&input.path)),
        };
        match open_file(&path) {
            Ok((file, state)) => Some(planned(&input.name, &shown, path, Arc::new(OpenFile(file)), Some(state))),
            Err(reason) => {
                let message = format!("input {}: {shown:?} {reason}", input.name);
                let mut diagnostic = Diagnostic::error(message).fault(Fault::Source);
                if replaced.is_none() {
                    diagnostic = diagnostic.at(input.position).hint(hint(input, &path));
                }
                diagnostics.push(diagnostic);
                None
            }
        }
    };
    // An input without a path has been reported with the session's faults.
    let named = |input: &SessionInput| {
        let replaced = overrides.iter().any(|(name, _)| *name == input.name);
        !input.path.is_empty() || replaced || streams.iter().any(|(name, _)| *name == input.name)
    };
    session.inputs().iter().map(|input| if named(input) { open(input) } else { None }).collect()
}

/// Opens the files of every model behind the inputs. Gives where each model's lie; none for one that is not there.
pub(super) fn open_models(
    session: &Session,
    registry: &Registry,
    inputs: &mut Vec<Option<PlannedInput>>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    for model in session.models() {
        let first = inputs.len();
        let at_path = model.model.contains('/');
        // A model without a name has been reported with the session's faults.
        let files = match model.model.as_str() {
            "" => Ok(Vec::new()),
            path if at_path => files_at(&session.directory().join(path), path),
            id => registry.model(id),
        };
        let mut refuse = |message: String, hint: String| {
            let fault = Diagnostic::error(format!("model {}: {message}", model.name)).fault(Fault::Session);
            diagnostics.push(fault.at(model.position).hint(hint));
        };
        match files {
            Err(missing) => refuse(missing.message, missing.hint),
            Ok(files) => {
                for file in files {
                    // What stages and reports call it; its path is this machine's.
                    let name = format!("{}/{}", model.name, file.name);
                    match open_file(&file.path) {
                        Ok((opened, state)) => {
                            let opened = Arc::new(OpenFile(opened));
                            inputs.push(Some(planned(&name, &name, file.path, opened, Some(state))));
                        }
                        Err(reason) => refuse(format!("{} {reason}", file.name), String::new()),
                    }
                }
            }
        }
        ranges.push(first..inputs.len());
    }
    ranges
}

fn planned(name: &str, shown: &str, path: PathBuf, bytes: Arc<dyn Bytes>, state: Option<FileState>) -> PlannedInput {
    let bytes_read = Arc::new(AtomicU64::new(0));
    let counted = Counted { file: bytes, bytes_read: bytes_read.clone() };
    let source = ByteSource::from_bytes(shown, Arc::new(counted));
    PlannedInput { name: name.to_owned(), source, path, state, bytes_read }
}

fn open_file(path: &Path) -> Result<(File, FileState), String> {
    let reason = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => "does not exist".to_owned(),
        io::ErrorKind::PermissionDenied => "may not be read: permission denied".to_owned(),
        _ => format!("cannot be opened: {error}"),
    };
    let meta = std::fs::metadata(path).map_err(reason)?;
    if meta.is_dir() {
        return Err("is a directory, expected a file".into());
    }
    // A pipe would also block here until somebody writes to it.
    if !meta.is_file() {
        return Err("is a pipe or device, expected a file that can be read from any place".into());
    }
    let file = File::open(path).map_err(reason)?;
    let state = FileState::new(&file.metadata().map_err(reason)?);
    Ok((file, state))
}

/// A relative path may have been meant from elsewhere.
fn hint(input: &SessionInput, path: &Path) -> &'static str {
    let lost = Path::new(&input.path).is_relative() && !path.exists();
    if lost { "paths of inputs are relative to the session file" } else { "" }
}

/// A file that counts what is read from it.
struct Counted {
    file: Arc<dyn Bytes>,
    bytes_read: Arc<AtomicU64>,
}

impl Bytes for Counted {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read_at(offset, buf)?;
        self.bytes_read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }

    fn length(&self) -> Option<u64> {
        self.file.length()
    }
}
