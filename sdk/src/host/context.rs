//! The `aur_host` of one instance: C functions over the safe [`Services`].

use super::file::{Bytes, HostFile};
use super::last;
use super::pool::Pool;
use crate::services::{LogLevel, Severity};
use auricle_abi as abi;
use std::ffi::c_void;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock, Weak};

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
    ///
    /// # Errors
    /// The system's; [`Unsupported`](io::ErrorKind::Unsupported) where nothing is written.
    fn output(&self, path: &str) -> io::Result<Arc<dyn Bytes>> {
        Err(io::Error::new(io::ErrorKind::Unsupported, format!("nothing is written here ({path})")))
    }

    /// A nameless temporary file.
    ///
    /// # Errors
    /// As [`Services::output`].
    fn scratch(&self) -> io::Result<Arc<dyn Bytes>> {
        Err(io::Error::new(io::ErrorKind::Unsupported, "there is no scratch space"))
    }
}

/// Everything an instance needs from its host, at a stable address. The instance holds a reference, and so does
/// whatever part of a stage holds a [`Host`](crate::Host).
pub(super) struct Context {
    raw: abi::Host,
    pool: Arc<Pool>,
    cancel: Arc<AtomicU32>,
    /// What ends with the instance, also when a stage leaks its references.
    lent: RwLock<Option<Lent>>,
}

struct Lent {
    services: Arc<dyn Services>,
    files: Vec<Arc<HostFile>>,
}

// SAFETY: `raw` leads into the struct itself and to constants; everything else is Send and Sync.
unsafe impl Send for Context {}
// SAFETY: as above.
unsafe impl Sync for Context {}

const NAME: &str = "auricle";
const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Context {
    pub(super) fn new(services: Arc<dyn Services>, pool: Arc<Pool>, cancel: Arc<AtomicU32>) -> Arc<Self> {
        Arc::new_cyclic(|place: &Weak<Context>| Context {
            raw: abi::Host {
                size: size_of::<abi::Host>() as u32,
                abi_minor: abi::ABI_MINOR,
                ctx: place.as_ptr().cast_mut().cast(),
                name: abi::Str::new(NAME),
                version: abi::Str::new(VERSION),
                cancel: cancel.as_ptr(),
                retain: Some(retain),
                release: Some(release),
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
            cancel,
            lent: RwLock::new(Some(Lent { services, files: Vec::new() })),
        })
    }

    pub(super) fn raw(&self) -> *const abi::Host {
        &self.raw
    }

    /// The instance is gone: services and files that it was lent end with it.
    pub(super) fn close(&self) {
        let lent = self.lent.write().unwrap_or_else(PoisonError::into_inner).take();
        lent.iter().flat_map(|lent| &lent.files).for_each(|file| file.close());
    }

    /// Has the host asked the stage to stop?
    pub(super) fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed) != 0
    }

    fn services(&self) -> Option<Arc<dyn Services>> {
        self.lent.read().unwrap_or_else(PoisonError::into_inner).as_ref().map(|lent| lent.services.clone())
    }

    /// Lends a file; `None`, and the message is kept, where there is none.
    fn lend(
        &self,
        name: &str,
        open: impl FnOnce(&dyn Services) -> io::Result<Arc<dyn Bytes>>,
    ) -> Result<*mut abi::File, abi::Status> {
        let services = self.services().ok_or_else(last::too_late)?;
        let file = HostFile::new(name, open(&*services).map_err(|error| last::failed(&error))?);
        match &mut *self.lent.write().unwrap_or_else(PoisonError::into_inner) {
            Some(lent) => lent.files.push(file.clone()),
            None => return Err(last::too_late()),
        }
        Ok(HostFile::into_raw(file))
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
            if let Some(services) = context.services() {
                services.log(level, message.as_str());
            }
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
            let Some(services) = context.services() else { return last::too_late() };
            services.progress(Some(fraction).filter(|f| f.is_finite()), message.as_str());
            if context.cancelled() { abi::E_CANCELLED } else { abi::OK }
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
            if let Some(services) = context.services() {
                services.finding(severity, code.as_str(), message.as_str(), at);
            }
            abi::OK
        });
    }
}

unsafe extern "C" fn output(ctx: *mut c_void, path: abi::Str, out: *mut *mut abi::File) -> abi::Status {
    // SAFETY: `ctx` is ours; the path lives during the call; the stage gives a place for the pointer.
    unsafe {
        with(ctx, |context| {
            let path = path.as_str();
            context.lend(path, |services| services.output(path)).map_or_else(|status| status, |file| give(out, file))
        })
    }
}

unsafe extern "C" fn scratch(ctx: *mut c_void, out: *mut *mut abi::File) -> abi::Status {
    // SAFETY: `ctx` is ours; the stage gives a place for the pointer.
    unsafe {
        with(ctx, |context| {
            context
                .lend("scratch space", |services| services.scratch())
                .map_or_else(|status| status, |file| give(out, file))
        })
    }
}

/// # Safety
/// `out` is writable.
unsafe fn give(out: *mut *mut abi::File, file: *mut abi::File) -> abi::Status {
    // SAFETY: promised by the caller.
    unsafe { *out = file };
    abi::OK
}

unsafe extern "C" fn error(_ctx: *mut c_void, message: *mut abi::Str) -> abi::Status {
    // SAFETY: the stage gives a place for the string.
    unsafe { *message = last::message() };
    abi::OK
}

unsafe extern "C" fn retain(ctx: *mut c_void) {
    // SAFETY: `ctx` is ours, and the caller holds a reference.
    unsafe { Arc::increment_strong_count(ctx.cast::<Context>()) };
}

unsafe extern "C" fn release(ctx: *mut c_void) {
    // SAFETY: the caller gives up a reference.
    unsafe { Arc::decrement_strong_count(ctx.cast::<Context>()) };
}

unsafe extern "C" fn extension(_ctx: *mut c_void, _id: abi::Str) -> *const c_void {
    std::ptr::null()
}
