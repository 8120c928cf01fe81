//! Files of the host: inputs to read, outputs and scratch space to write.
#![allow(unsafe_code)]

use crate::error::{Error, ErrorKind, Result};
use auricle_abi as abi;

/// One reference to a file of the host, behind its C functions.
struct Handle(*mut abi::File);

// SAFETY: the functions of a file may be called from any thread.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

impl Handle {
    fn name(&self) -> String {
        // SAFETY: the file lives as long as this reference, its name with it.
        unsafe { (*self.0).name.as_str().to_owned() }
    }

    fn length(&self) -> Option<u64> {
        // SAFETY: as above; length takes the file's own context.
        let length = unsafe { (*self.0).length.map_or(-1, |length| length((*self.0).ctx)) };
        u64::try_from(length).ok()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let mut got = 0u64;
        // SAFETY: the buffer is writable for its length; the context belongs to the file.
        let status = unsafe {
            let Some(read) = (*self.0).read_at else {
                return Err(self.unsupported("read"));
            };
            read((*self.0).ctx, offset, buf.as_mut_ptr(), buf.len() as u64, &mut got)
        };
        self.check(status, "read")?;
        Ok((got as usize).min(buf.len()))
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        // SAFETY: the buffer is readable for its length; the context belongs to the file.
        let status = unsafe {
            let Some(write) = (*self.0).write_at else {
                return Err(self.unsupported("written"));
            };
            write((*self.0).ctx, offset, bytes.as_ptr(), bytes.len() as u64)
        };
        self.check(status, "written")
    }

    fn unsupported(&self, verb: &str) -> Error {
        Error::new(ErrorKind::Unsupported, format!("{}: cannot be {verb}", self.name()))
    }

    fn check(&self, status: abi::Status, verb: &str) -> Result<()> {
        if status >= 0 {
            return Ok(());
        }
        let mut message = abi::Str::new("");
        // SAFETY: error fills a string that is valid until this thread's next call.
        let message = unsafe {
            if let Some(error) = (*self.0).error {
                error((*self.0).ctx, &mut message);
            }
            message.as_str().to_owned()
        };
        Err(Error::new(ErrorKind::from_status(status), format!("{}: cannot be {verb}: {message}", self.name())))
    }
}

impl Clone for Handle {
    fn clone(&self) -> Self {
        // SAFETY: the file is live, and retain may be called on any thread.
        unsafe {
            if let Some(retain) = (*self.0).retain {
                retain((*self.0).ctx);
            }
        }
        Handle(self.0)
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: this reference is live until now and is given up once.
        unsafe {
            if let Some(release) = (*self.0).release {
                release((*self.0).ctx);
            }
        }
    }
}

/// An input of the session as random-access bytes. Cheap to clone; may be read from any thread.
///
/// A reader takes it from its setup: `setup.input(0)?.as_source()?.clone()`; see [`Generator`](crate::adapter::Generator) for
/// one whole. It is no path to open: the bytes may come from anywhere.
#[derive(Clone)]
pub struct ByteSource(Handle);

impl ByteSource {
    /// Takes over one reference.
    ///
    /// # Safety
    /// `raw` points to a live file of which the caller gives up one reference.
    pub(crate) unsafe fn from_raw(raw: *mut abi::File) -> Self {
        ByteSource(Handle(raw))
    }

    /// Adds a reference to a file that somebody else holds.
    ///
    /// # Safety
    /// `raw` points to a live file.
    pub(crate) unsafe fn share(raw: *mut abi::File) -> Self {
        let borrowed = std::mem::ManuallyDrop::new(Handle(raw));
        ByteSource(Handle::clone(&borrowed))
    }

    pub(crate) fn raw(&self) -> *mut abi::File {
        self.0.0
    }

    /// Name for messages; not a path to open.
    pub fn name(&self) -> String {
        self.0.name()
    }

    /// Length in bytes, when it is known.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> Option<u64> {
        self.0.length()
    }

    /// Reads up to `buf.len()` bytes at `offset`; fewer only at the end, 0 behind it.
    ///
    /// # Errors
    /// [`ErrorKind::Io`] with the system's message.
    pub fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        self.0.read_at(offset, buf)
    }
}

impl std::fmt::Debug for ByteSource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ByteSource({})", self.name())
    }
}

/// A file that a stage writes: an output of the run, or scratch space.
///
/// An output appears under its name, whole, when the stage has finished; until then, and after any error, the run's
/// directory does not show it.
pub struct OutputFile(Handle);

impl OutputFile {
    /// Takes over one reference.
    ///
    /// # Safety
    /// `raw` came from the host's `output` or `scratch` with the reference that the caller gives up.
    pub(crate) unsafe fn from_raw(raw: *mut abi::File) -> Self {
        OutputFile(Handle(raw))
    }

    /// Writes all of `bytes` at `offset`; gaps read as zeros.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]: the disk is full, the directory not writable.
    pub fn write_at(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.0.write_at(offset, bytes)
    }

    /// Reads back what was written, as [`ByteSource::read_at`].
    ///
    /// # Errors
    /// [`ErrorKind::Io`] with the system's message.
    pub fn read_at(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        self.0.read_at(offset, buf)
    }
}

/// Writes from the current position on, for libraries that want [`std::io::Write`] and [`std::io::Seek`].
///
/// ```
/// use auricle_sdk::{Cursor, OutputFile};
/// use std::io::{Result, Seek, SeekFrom, Write};
///
/// /// A length that is known only at the end, in front of what it counts.
/// fn write(file: &OutputFile, parts: &[&[u8]]) -> Result<()> {
///     let mut cursor = Cursor::new(file);
///     cursor.seek(SeekFrom::Start(8))?;
///     for part in parts {
///         cursor.write_all(part)?;
///     }
///     let bytes = cursor.stream_position()? - 8;
///     cursor.seek(SeekFrom::Start(0))?;
///     cursor.write_all(&bytes.to_le_bytes())
/// }
/// ```
pub struct Cursor<'a> {
    file: &'a OutputFile,
    position: u64,
    end: u64,
}

impl<'a> Cursor<'a> {
    /// A cursor at the start of `file`.
    pub fn new(file: &'a OutputFile) -> Self {
        Cursor { file, position: 0, end: 0 }
    }
}

impl std::io::Write for Cursor<'_> {
    fn write(&mut self, buf: &[u8]) -> std::io::Result<usize> {
        self.file.write_at(self.position, buf).map_err(std::io::Error::other)?;
        self.position += buf.len() as u64;
        self.end = self.end.max(self.position);
        Ok(buf.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl std::io::Seek for Cursor<'_> {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        let target = match to {
            std::io::SeekFrom::Start(n) => Some(n),
            std::io::SeekFrom::End(n) => self.end.checked_add_signed(n),
            std::io::SeekFrom::Current(n) => self.position.checked_add_signed(n),
        };
        self.position = target.ok_or_else(|| std::io::Error::other("seek before the start"))?;
        Ok(self.position)
    }
}
