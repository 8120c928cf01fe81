//! The `aur_host` of one instance: C functions over the safe [`Services`].

use super::file::{Bytes, HostFile};
use super::pool::Pool;
use crate::services::{LogLevel, Severity};
use auricle_abi as abi;
use std::ffi::c_void;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, PoisonError};

/// What a host does for its stages. Called from the stage's threads.
pub trait Services: Send + Sync + 'static {
    /// A line for the log.
    fn log(&self, level: LogLevel, message: &str) {
        let _ = (level, message);
    }

    /// Progress of a long step, `None` when unknown.
    fn progress(&self, fraction: Option<f64>, message: &str) {
        let _ = (fraction, message);
    }

    /// Something a person should know about the data.
    fn finding(&self, severity: Severity, code: &str, message: &str, at: Option<i64>) {
        let _ = (severity, code, message, at);
    }

    /// A new file below the output directory.
    fn output(&self, path: &str) -> io::Result<Arc<dyn Bytes>> {
        Err(io::Error::new(io::ErrorKind::Unsupported, format!("nothing is written here ({path})")))
    }

    /// A nameless temporary file.
    fn scratch(&self) -> io::Result<Arc<dyn Bytes>> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "there is no scratch space"))
    }
}

/// Everything an instance needs from its host, at a stable address.
pub(super) struct Context {
    raw: abi::Host,
    pool: Arc<Pool>,
    services: Arc<dyn Services>,
    _cancel: Arc<AtomicU32>,
    files: Mutex<Vec<Arc<HostFile>>>,
    error: Mutex<String>,
}

const NAME: &str = "auricle";
const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Context {
    pub(super) fn new(services: Arc<dyn Services>, pool: Arc<Pool>, cancel: Arc<AtomicU32>) -> Box<Self> {
        let mut context = Box::new(Context {
            raw: abi::Host {
                size: size_of::<abi::Host>() as u32,
                abi_minor: abi::ABI_MINOR,
                ctx: std::ptr::null_mut(),
                name: abi::Str::new(NAME),
                version: abi::Str::new(VERSION),
                cancel: cancel.as_ptr(),
                log: Some(log),
                buf_new: Some(buf_new),
                progress: Some(progress),
                finding: Some(finding),
                output: Some(output),
                scratch: Some(scratch),
                error: Some(error),
                extension: Some(extension),
            },
            pool,
            services,
            _cancel: cancel,
            files: Mutex::new(Vec::new()),
            error: Mutex::new(String::new()),
        });
        context.raw.ctx = (&raw mut *context).cast();
        context
    }

    pub(super) fn raw(&self) -> *const abi::Host {
        &self.raw
    }

    fn lend(&self, name: &str, opened: io::Result<Arc<dyn Bytes>>, out: *mut *mut abi::File) -> abi::Status {
        match opened {
            Ok(bytes) => {
                let file = HostFile::new(name, bytes);
                // SAFETY: the stage gives a place for the pointer.
                unsafe { *out = file.raw() };
                self.files.lock().unwrap_or_else(PoisonError::into_inner).push(file);
                abi::OK
            }
            Err(error) => {
                let unsupported = error.kind() == io::ErrorKind::Unsupported;
                *self.error.lock().unwrap_or_else(PoisonError::into_inner) = error.to_string();
                if unsupported { abi::E_UNSUPPORTED } else { abi::E_IO }
            }
        }
    }
}

/// # Safety
/// `ctx` is the Context of the call.
unsafe fn with(ctx: *mut c_void, body: impl FnOnce(&Context) -> abi::Status) -> abi::Status {
    // SAFETY: promised by the caller.
    let context = unsafe { &*ctx.cast::<Context>() };
    // No panic may unwind into a stage's frames.
    catch_unwind(AssertUnwindSafe(|| body(context))).unwrap_or(abi::E_INTERNAL)
}

unsafe extern "C" fn log(ctx: *mut c_void, level: i32, message: abi::Str) {
    // SAFETY: `ctx` is ours; the string lives during the call.
    unsafe {
        with(ctx, |context| {
            let level = match level {
                abi::LOG_ERROR => LogLevel::Error,
                abi::LOG_WARN => LogLevel::Warn,
                abi::LOG_INFO => LogLevel::Info,
                _ => LogLevel::Debug,
            };
            context.services.log(level, message.as_str());
            abi::OK
        });
    }
}

unsafe extern "C" fn buf_new(ctx: *mut c_void, bytes: u64, out: *mut *mut abi::Buf) -> abi::Status {
    // SAFETY: `ctx` is ours; the stage gives a place for the pointer.
    unsafe {
        with(ctx, |context| {
            let Some(buf) = usize::try_from(bytes).ok().and_then(|bytes| context.pool.allocate(bytes)) else {
                return abi::E_MEMORY;
            };
            *out = buf;
            abi::OK
        })
    }
}

unsafe extern "C" fn progress(ctx: *mut c_void, fraction: f64, message: abi::Str) -> abi::Status {
    // SAFETY: `ctx` is ours; the string lives during the call.
    unsafe {
        with(ctx, |context| {
            let fraction = Some(fraction).filter(|f| f.is_finite());
            context.services.progress(fraction, message.as_str());
            let cancelled = context._cancel.load(std::sync::atomic::Ordering::Relaxed) != 0;
            if cancelled { abi::E_CANCELLED } else { abi::OK }
        })
    }
}

unsafe extern "C" fn finding(ctx: *mut c_void, severity: i32, code: abi::Str, message: abi::Str, index: i64) {
    // SAFETY: `ctx` is ours; the strings live during the call.
    unsafe {
        with(ctx, |context| {
            let severity = match severity {
                abi::FINDING_INFO => Severity::Info,
                abi::FINDING_ERROR => Severity::Error,
                _ => Severity::Warning,
            };
            let at = (index >= 0).then_some(index);
            context.services.finding(severity, code.as_str(), message.as_str(), at);
            abi::OK
        });
    }
}

unsafe extern "C" fn output(ctx: *mut c_void, path: abi::Str, out: *mut *mut abi::File) -> abi::Status {
    // SAFETY: `ctx` is ours; the path lives during the call.
    unsafe { with(ctx, |context| context.lend(path.as_str(), context.services.output(path.as_str()), out)) }
}

unsafe extern "C" fn scratch(ctx: *mut c_void, out: *mut *mut abi::File) -> abi::Status {
    // SAFETY: `ctx` is ours.
    unsafe { with(ctx, |context| context.lend("scratch space", context.services.scratch(), out)) }
}

unsafe extern "C" fn error(ctx: *mut c_void, message: *mut abi::Str) -> abi::Status {
    // SAFETY: `ctx` is ours. The string is replaced only by a later failing call.
    unsafe {
        with(ctx, |context| {
            *message = abi::Str::new(&context.error.lock().unwrap_or_else(PoisonError::into_inner));
            abi::OK
        })
    }
}

unsafe extern "C" fn extension(_ctx: *mut c_void, _id: abi::Str) -> *const c_void {
    std::ptr::null()
}
