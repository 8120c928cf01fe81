//! One change of the store at a time, across processes.

use crate::{Error, Result};
use std::fs::File;
use std::path::Path;

/// Held while the store is changed; the system takes it back when the process ends, however it ends.
pub(crate) struct Lock(#[allow(dead_code, reason = "it is held, not read")] File);

impl Lock {
    /// Waits until nobody else changes the store.
    pub(crate) fn take(root: &Path) -> Result<Self> {
        Self::take_after(root, || ())
    }

    /// As [`Lock::take`]; tells before it waits.
    pub(crate) fn take_after(root: &Path, waiting: impl FnOnce()) -> Result<Self> {
        let path = root.join("lock");
        let failed = |error| Error::io(&path, error);
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        #[cfg(unix)]
        {
            use rustix::fs::{FlockOperation, flock};
            if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
                waiting();
                flock(&file, FlockOperation::LockExclusive).map_err(|error| failed(error.into()))?;
            }
        }
        Ok(Lock(file))
    }

    /// The lock, unless somebody holds it.
    pub(crate) fn take_if_free(root: &Path) -> Option<Self> {
        let file = File::options().create(true).truncate(false).write(true).open(root.join("lock")).ok()?;
        #[cfg(unix)]
        rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive).ok()?;
        Some(Lock(file))
    }
}
