//! What the host offers to a stage.
#![allow(unsafe_code)]

use crate::buffer::Buffer;
use crate::error::{Error, ErrorKind, Result};
use crate::file::OutputFile;
use auricle_abi as abi;
use std::sync::atomic::{AtomicU32, Ordering};

/// The host's services to one stage. Cheap to copy; valid as long as the stage.
#[derive(Clone, Copy)]
pub struct Host(*const abi::Host);

// SAFETY: the functions behind it are tagged [any] or [instance], and a stage is used by one thread at a time.
unsafe impl Send for Host {}
// SAFETY: as above.
unsafe impl Sync for Host {}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(i32)]
pub enum Severity {
    /// Worth knowing.
    Info = abi::FINDING_INFO,
    /// Results may surprise.
    Warning = abi::FINDING_WARNING,
    /// Data is missing or wrong.
    Error = abi::FINDING_ERROR,
}

impl Host {
    /// # Safety
    /// `host` stays valid as long as the instance that is being created.
    pub(crate) unsafe fn from_raw(host: *const abi::Host) -> Self {
        Host(host)
    }

    fn raw(&self) -> &abi::Host {
        // SAFETY: promised in from_raw.
        unsafe { &*self.0 }
    }

    /// Has the host asked to stop? Stages that compute for long look at least every 100 ms.
    pub fn cancelled(&self) -> bool {
        let cancel = self.raw().cancel;
        // SAFETY: the host keeps an aligned atomic there for the life of the instance.
        !cancel.is_null() && unsafe { AtomicU32::from_ptr(cancel.cast_mut()) }.load(Ordering::Relaxed) != 0
    }

    /// Fails with [`ErrorKind::Cancelled`] if the host has asked to stop.
    pub fn check_cancelled(&self) -> Result<()> {
        if self.cancelled() { Err(Error::new(ErrorKind::Cancelled, "cancelled")) } else { Ok(()) }
    }

    /// Tells a person something about the data: a header that lies, samples that are missing, inputs on unlike scales.
    /// `code` is a short kebab-case name; `at` the index in input 0 where it starts.
    pub fn finding(&self, severity: Severity, code: &str, message: &str, at: Option<i64>) {
        if let Some(finding) = self.raw().finding {
            // SAFETY: the strings live during the call.
            unsafe {
                finding(self.raw().ctx, severity as i32, abi::Str::new(code), abi::Str::new(message), at.unwrap_or(-1));
            }
        }
    }

    /// Writes a line to the host's log.
    pub fn log(&self, level: LogLevel, message: &str) {
        if let Some(log) = self.raw().log {
            // SAFETY: the string lives during the call.
            unsafe { log(self.raw().ctx, level as i32, abi::Str::new(message)) };
        }
    }

    /// Reports how far a long step has come, `None` when unknown.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`] when the host has asked to stop.
    pub fn progress(&self, fraction: Option<f64>, message: &str) -> Result<()> {
        let Some(progress) = self.raw().progress else { return Ok(()) };
        // SAFETY: the string lives during the call.
        let status = unsafe { progress(self.raw().ctx, fraction.unwrap_or(f64::NAN), abi::Str::new(message)) };
        if status < 0 { Err(Error::new(ErrorKind::from_status(status), "cancelled")) } else { Ok(()) }
    }

    /// A new file of the run, at a path relative to its output directory.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; [`ErrorKind::Unsupported`] where nothing is written, as in a view.
    pub fn output(&self, path: &str) -> Result<OutputFile> {
        let mut file = std::ptr::null_mut();
        let Some(output) = self.raw().output else {
            return Err(Error::new(ErrorKind::Unsupported, "this host writes no files"));
        };
        // SAFETY: the path lives during the call, and `file` receives a pointer.
        let status = unsafe { output(self.raw().ctx, abi::Str::new(path), &mut file) };
        self.file(status, file, path)
    }

    /// A nameless temporary file, gone with the stage.
    ///
    /// # Errors
    /// As [`Host::output`].
    pub fn scratch(&self) -> Result<OutputFile> {
        let mut file = std::ptr::null_mut();
        let Some(scratch) = self.raw().scratch else {
            return Err(Error::new(ErrorKind::Unsupported, "this host has no scratch space"));
        };
        // SAFETY: `file` receives a pointer.
        let status = unsafe { scratch(self.raw().ctx, &mut file) };
        self.file(status, file, "scratch space")
    }

    fn file(&self, status: abi::Status, file: *mut abi::File, path: &str) -> Result<OutputFile> {
        if status >= 0 && !file.is_null() {
            // SAFETY: the host has just handed over this file.
            return Ok(unsafe { OutputFile::from_raw(file) });
        }
        let mut message = abi::Str::new("");
        // SAFETY: error fills a string that is valid until the next call.
        let message = unsafe {
            if let Some(error) = self.raw().error {
                error(self.raw().ctx, &mut message);
            }
            message.as_str().to_owned()
        };
        Err(Error::new(ErrorKind::from_status(status.min(-1)), format!("{path}: {message}")))
    }

    /// A buffer of `bytes` bytes, of unspecified content.
    pub(crate) fn buffer(&self, bytes: usize) -> Result<Buffer> {
        let mut buf = std::ptr::null_mut();
        let Some(buf_new) = self.raw().buf_new else {
            return Err(Error::new(ErrorKind::Contract, "the host offers no buffers"));
        };
        // SAFETY: `buf` receives one reference.
        let status = unsafe { buf_new(self.raw().ctx, bytes as u64, &mut buf) };
        if status < 0 || buf.is_null() {
            return Err(Error::new(ErrorKind::Memory, format!("the host refused a buffer of {bytes} bytes")));
        }
        // SAFETY: the reference is ours.
        Ok(unsafe { Buffer::from_raw(buf) })
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Host")
    }
}

/// Level of a log line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum LogLevel {
    /// Something failed.
    Error = abi::LOG_ERROR,
    /// Something is odd.
    Warn = abi::LOG_WARN,
    /// Something happened.
    Info = abi::LOG_INFO,
    /// For developers.
    Debug = abi::LOG_DEBUG,
}
