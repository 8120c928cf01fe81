//! What the host offers to a stage.
#![allow(unsafe_code)]

use crate::buffer::Buffer;
use crate::error::{Error, ErrorKind, Result};
use crate::file::OutputFile;
use auricle_abi as abi;
use std::sync::atomic::{AtomicU32, Ordering};

/// The host's services to one stage. Cheap to clone, and usable from any thread.
///
/// A thread that outlives its stage may still hold one: then nothing is logged any more, and what can fail fails.
///
/// It comes from [`Setup::host`](crate::Setup::host), for a stage that keeps it, and from
/// [`Outputs::host`](crate::Outputs::host) during a call.
///
/// ```
/// use auricle_sdk::{Host, Result, Severity};
///
/// fn check(host: &Host, promised: i64, came: i64) -> Result<()> {
///     host.check_cancelled()?;
///     if came < promised {
///         let message = format!("the header promises {promised} samples, the file holds {came}");
///         host.finding(Severity::Error, "truncated", &message, Some(came));
///     }
///     Ok(())
/// }
/// ```
pub struct Host(*const abi::Host);

// SAFETY: every function behind it may be called from any thread.
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
    /// Adds a reference to the host's services.
    ///
    /// # Safety
    /// `host` points to a live `aur_host` of ABI 1.0 or later.
    pub(crate) unsafe fn share(host: *const abi::Host) -> Self {
        let host = Host(host);
        host.retain();
        host
    }

    fn retain(&self) {
        // SAFETY: the services are live; only fields that every version has are touched.
        unsafe {
            if let Some(retain) = (*self.0).retain {
                retain((*self.0).ctx);
            }
        }
    }

    /// Has the host asked to stop? Stages that compute for long look at least every 100 ms.
    pub fn cancelled(&self) -> bool {
        // SAFETY: the host keeps an aligned atomic there, or null, as long as a reference to the services lives.
        unsafe {
            let cancel = (*self.0).cancel;
            !cancel.is_null() && AtomicU32::from_ptr(cancel.cast_mut()).load(Ordering::Relaxed) != 0
        }
    }

    /// Fails with [`ErrorKind::Cancelled`] if the host has asked to stop.
    ///
    /// # Errors
    /// The host has asked to stop.
    pub fn check_cancelled(&self) -> Result<()> {
        if self.cancelled() { Err(Error::new(ErrorKind::Cancelled, "cancelled")) } else { Ok(()) }
    }

    /// Tells a person something about the data: a header that lies, samples that are missing, inputs on unlike scales.
    /// `code` is a short kebab-case name; `at` the index in input 0 where it starts.
    pub fn finding(&self, severity: Severity, code: &str, message: &str, at: Option<i64>) {
        // SAFETY: the strings live during the call.
        unsafe {
            if let Some(finding) = (*self.0).finding {
                let (code, message) = (abi::Str::new(code), abi::Str::new(message));
                finding((*self.0).ctx, severity as i32, code, message, at.unwrap_or(-1));
            }
        }
    }

    /// Writes a line to the host's log.
    pub fn log(&self, level: LogLevel, message: &str) {
        // SAFETY: the string lives during the call.
        unsafe {
            if let Some(log) = (*self.0).log {
                log((*self.0).ctx, level as i32, abi::Str::new(message));
            }
        }
    }

    /// Reports how far a long step has come, `None` when unknown.
    ///
    /// # Errors
    /// [`ErrorKind::Cancelled`] when the host has asked to stop.
    pub fn progress(&self, fraction: Option<f64>, message: &str) -> Result<()> {
        // SAFETY: the string lives during the call.
        let status = unsafe {
            let Some(progress) = (*self.0).progress else { return Ok(()) };
            progress((*self.0).ctx, fraction.unwrap_or(f64::NAN), abi::Str::new(message))
        };
        match status {
            abi::E_CANCELLED => Err(Error::new(ErrorKind::Cancelled, "cancelled")),
            status if status < 0 => Err(Error::new(ErrorKind::from_status(status), "the host takes no progress")),
            _ => Ok(()),
        }
    }

    /// A new file of the run, at a path relative to its output directory.
    ///
    /// # Errors
    /// [`ErrorKind::Io`]; [`ErrorKind::Unsupported`] where nothing is written, as in a view.
    pub fn output(&self, path: &str) -> Result<OutputFile> {
        let mut file = std::ptr::null_mut();
        // SAFETY: the path lives during the call, and `file` receives a pointer.
        let status = unsafe {
            let Some(output) = (*self.0).output else {
                return Err(Error::new(ErrorKind::Unsupported, "this host writes no files"));
            };
            output((*self.0).ctx, abi::Str::new(path), &mut file)
        };
        self.file(status, file, path)
    }

    /// A nameless temporary file, gone with the stage.
    ///
    /// # Errors
    /// As [`Host::output`].
    pub fn scratch(&self) -> Result<OutputFile> {
        let mut file = std::ptr::null_mut();
        // SAFETY: `file` receives a pointer.
        let status = unsafe {
            let Some(scratch) = (*self.0).scratch else {
                return Err(Error::new(ErrorKind::Unsupported, "this host has no scratch space"));
            };
            scratch((*self.0).ctx, &mut file)
        };
        self.file(status, file, "scratch space")
    }

    fn file(&self, status: abi::Status, file: *mut abi::File, path: &str) -> Result<OutputFile> {
        if status >= 0 && !file.is_null() {
            // SAFETY: the host has just handed over this file with one reference.
            return Ok(unsafe { OutputFile::from_raw(file) });
        }
        let mut message = abi::Str::new("");
        // SAFETY: error fills a string that is valid until this thread's next call.
        let message = unsafe {
            if let Some(error) = (*self.0).error {
                error((*self.0).ctx, &mut message);
            }
            message.as_str().to_owned()
        };
        Err(Error::new(ErrorKind::from_status(status.min(-1)), format!("{path}: {message}")))
    }

    /// A buffer of `bytes` bytes, of unspecified content.
    pub(crate) fn buffer(&self, bytes: usize) -> Result<Buffer> {
        let mut buf = std::ptr::null_mut();
        // SAFETY: `buf` receives one reference.
        let status = unsafe {
            let Some(buf_new) = (*self.0).buf_new else {
                return Err(Error::new(ErrorKind::Contract, "the host offers no buffers"));
            };
            buf_new((*self.0).ctx, bytes as u64, &mut buf)
        };
        if status < 0 || buf.is_null() {
            return Err(Error::new(ErrorKind::Memory, format!("the host refused a buffer of {bytes} bytes")));
        }
        // SAFETY: the reference is ours.
        Ok(unsafe { Buffer::from_raw(buf) })
    }
}

impl Clone for Host {
    fn clone(&self) -> Self {
        self.retain();
        Host(self.0)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // SAFETY: this reference is live until now and is given up once.
        unsafe {
            if let Some(release) = (*self.0).release {
                release((*self.0).ctx);
            }
        }
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
