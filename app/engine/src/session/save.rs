//! Saving: the whole file or nothing, and inputs that are still found.

use super::{Session, SessionInput};
use crate::edit::Edit;
use crate::error::{Error, ErrorKind, Result};
use std::io::Write;
use std::path::{Component, Path, PathBuf};

impl Session {
    /// Writes the session to `path`, whole or not at all, and gives the session as it lies there: in another directory
    /// the paths of its inputs are others.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn save(&self, path: &Path) -> Result<Session> {
        // A link stays a link: its target is replaced.
        let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut saved = self.clone();
        for input in self.inputs() {
            if let Some(path) = moved(input, self.directory(), parent) {
                saved.apply(&Edit::SetInput { name: input.name.clone(), path: Some(path) })?;
            }
        }
        saved.file = path.display().to_string();
        saved.directory = parent.to_owned();
        for fault in &mut saved.faults {
            fault.file.clone_from(&saved.file);
        }
        let failed = |error: std::io::Error| {
            Error::new(ErrorKind::Output, format!("session {} cannot be saved", path.display())).caused_by(error)
        };
        write(&target, saved.text().as_bytes()).map_err(failed)?;
        Ok(saved)
    }
}

fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = tempfile::Builder::new();
    builder.prefix(".auricle-");
    // The temporary file would be private; a session is as readable as any other file of its owner.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut file = builder.tempfile_in(parent)?;
    file.write_all(bytes)?;
    if let Ok(meta) = std::fs::metadata(path) {
        file.as_file().set_permissions(meta.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The path of an input from a new directory; `None` if it stays as it is.
fn moved(input: &SessionInput, from: &Path, to: &Path) -> Option<String> {
    let (from, to) = (absolute(from)?, absolute(to)?);
    if from == to {
        return below(&input.path, &to);
    }
    let file = absolute(&from.join(&input.path))?;
    if Path::new(&input.path).is_absolute() {
        return below(&input.path, &to);
    }
    relative(&file, &to).or_else(|| file.to_str().map(str::to_owned))
}

/// An absolute path into `directory`, made relative, so that the two can be moved together.
fn below(path: &str, directory: &Path) -> Option<String> {
    if !Path::new(path).is_absolute() {
        return None;
    }
    let rest = absolute(Path::new(path))?.strip_prefix(directory).ok()?.to_str()?.to_owned();
    Some(rest)
}

/// `file` as seen from `directory`, both absolute.
fn relative(file: &Path, directory: &Path) -> Option<String> {
    let (file, directory): (Vec<_>, Vec<_>) = (file.components().collect(), directory.components().collect());
    let shared = file.iter().zip(&directory).take_while(|(a, b)| a == b).count();
    // Nothing but the root in common: an absolute path is clearer.
    if shared < 2 {
        return None;
    }
    let up = directory[shared..].iter().map(|_| Component::ParentDir);
    let path: PathBuf = up.chain(file[shared..].iter().copied()).collect();
    path.to_str().map(str::to_owned)
}

/// The path with links resolved as far as it exists.
fn absolute(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().or_else(|| {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(parent.canonicalize().ok()?.join(path.file_name()?))
    })
}
