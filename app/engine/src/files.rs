//! Files of a run: outputs that appear whole, scratch space, inputs.

use auricle_sdk::host::Bytes;
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A file in use through positioned reads and writes.
pub struct OpenFile(pub File);

impl Bytes for OpenFile {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let mut got = 0;
        while got < buf.len() {
            match self.0.read_at(&mut buf[got..], offset + got as u64) {
                Ok(0) => break,
                Ok(n) => got += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(got)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn length(&self) -> Option<u64> {
        self.0.metadata().ok().map(|meta| meta.len())
    }
}

/// What the system says of a file; something else once it was changed, or another lies there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FileState {
    /// Its bytes.
    pub bytes: u64,
    /// When it was changed, in seconds and billionths, and its number; as far as the system tells.
    changed: (i64, i64),
    number: u64,
}

impl FileState {
    /// The file at `path`.
    ///
    /// # Errors
    /// It is not there, or may not be looked at.
    pub fn of(path: &Path) -> io::Result<Self> {
        std::fs::metadata(path).map(|meta| FileState::new(&meta))
    }

    pub(crate) fn new(meta: &Metadata) -> Self {
        #[cfg(unix)]
        let (changed, number) = {
            use std::os::unix::fs::MetadataExt;
            ((meta.mtime(), meta.mtime_nsec()), meta.ino())
        };
        #[cfg(not(unix))]
        let (changed, number) = ((0, 0), 0);
        FileState { bytes: meta.len(), changed, number }
    }
}

/// The output directory of a run.
pub struct OutputDir {
    root: PathBuf,
}

/// Files that one stage is writing; dropped without [`Pending::publish`], they leave nothing behind.
#[derive(Default)]
pub struct Pending(Mutex<Vec<(tempfile::NamedTempFile, PathBuf)>>);

impl OutputDir {
    /// The directory, made if need be.
    pub fn new(root: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(root)?;
        Ok(OutputDir { root: root.to_owned() })
    }

    /// Opens a file that will stand at `path` once it is published.
    pub fn create(&self, path: &str, pending: &Pending) -> io::Result<Arc<dyn Bytes>> {
        let relative = Path::new(path);
        let inside = relative.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !inside || relative.file_name().is_none() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("{path:?} is not a path below the output directory"),
            ));
        }
        let target = self.root.join(relative);
        let parent = target.parent().unwrap_or(&self.root);
        std::fs::create_dir_all(parent)?;
        let file = tempfile::Builder::new().prefix(".auricle-").suffix(".part").tempfile_in(parent)?;
        let bytes = Arc::new(OpenFile(file.reopen()?));
        pending.0.lock().unwrap_or_else(PoisonError::into_inner).push((file, target));
        Ok(bytes)
    }
}

impl Pending {
    /// Makes the files appear under their names.
    pub fn publish(&self) -> io::Result<()> {
        for (file, target) in self.0.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            // A temporary file is private; an output is as readable as any other new file.
            #[cfg(unix)]
            {
                use std::os::unix::fs::PermissionsExt;
                file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
            }
            file.persist(&target)
                .map_err(|e| io::Error::new(e.error.kind(), format!("{}: {}", target.display(), e.error)))?;
        }
        Ok(())
    }
}

/// A nameless temporary file.
pub fn scratch() -> io::Result<Arc<dyn Bytes>> {
    Ok(Arc::new(OpenFile(tempfile::tempfile()?)))
}

/// Writes a small file that appears whole.
pub fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let dir = OutputDir::new(parent)?;
    let pending = Pending::default();
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    dir.create(name, &pending)?.write_at(0, bytes)?;
    pending.publish()
}
