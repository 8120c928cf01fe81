//! Files that the host lends to stages.

use super::last;
use crate::file::ByteSource;
use auricle_abi as abi;
use std::ffi::c_void;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, PoisonError, RwLock, Weak};

/// Random-access bytes as the host has them; used from any thread.
pub trait Bytes: Send + Sync + 'static {
    /// Reads up to `buf.len()` bytes at `offset`; fewer only at the end.
    ///
    /// # Errors
    /// The system's.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;

    /// Writes all of `bytes` at `offset`.
    ///
    /// # Errors
    /// The system's; [`Unsupported`](io::ErrorKind::Unsupported) for what is only read.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let _ = (offset, bytes);
        Err(io::Error::new(io::ErrorKind::Unsupported, "this file is read only"))
    }

    /// Length in bytes, when it is known.
    fn length(&self) -> Option<u64>;
}

/// Bytes behind the C functions of an `aur_file`, counted by an [`Arc`].
pub(super) struct HostFile {
    raw: abi::File,
    _name: String,
    /// `None` once the instance that it was lent to has gone.
    bytes: RwLock<Option<Arc<dyn Bytes>>>,
}

// SAFETY: `raw` leads into the struct itself; the bytes are Send and Sync.
unsafe impl Send for HostFile {}
// SAFETY: as above.
unsafe impl Sync for HostFile {}

impl HostFile {
    pub(super) fn new(name: &str, bytes: Arc<dyn Bytes>) -> Arc<Self> {
        let name = name.to_owned();
        Arc::new_cyclic(|place: &Weak<HostFile>| HostFile {
            raw: abi::File {
                size: size_of::<abi::File>() as u32,
                flags: 0,
                ctx: place.as_ptr().cast_mut().cast(),
                name: abi::Str::new(&name),
                read_at: Some(read_at),
                write_at: Some(write_at),
                length: Some(length),
                error: Some(error),
                retain: Some(retain),
                release: Some(release),
            },
            _name: name,
            bytes: RwLock::new(Some(bytes)),
        })
    }

    /// Gives one reference away, as a pointer.
    pub(super) fn into_raw(file: Arc<Self>) -> *mut abi::File {
        let file = Arc::into_raw(file);
        // SAFETY: the reference that was just taken keeps the file alive.
        unsafe { (&raw const (*file).raw).cast_mut() }
    }

    /// From now on every call fails, whoever still holds a reference.
    pub(super) fn close(&self) {
        *self.bytes.write().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn bytes(&self) -> Option<Arc<dyn Bytes>> {
        self.bytes.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn status(&self, call: impl FnOnce(&dyn Bytes) -> io::Result<()>) -> abi::Status {
        match self.bytes() {
            None => last::too_late(),
            Some(bytes) => call(&*bytes).map_or_else(|error| last::failed(&error), |()| abi::OK),
        }
    }
}

impl ByteSource {
    /// A source for stages from the host's bytes; `name` is shown in messages.
    pub fn from_bytes(name: &str, bytes: Arc<dyn Bytes>) -> Self {
        let raw = HostFile::into_raw(HostFile::new(name, bytes));
        // SAFETY: into_raw gave the file's reference.
        unsafe { ByteSource::from_raw(raw) }
    }
}

/// # Safety
/// `ctx` is the HostFile of the call.
unsafe fn with(ctx: *mut c_void, body: impl FnOnce(&HostFile) -> abi::Status) -> abi::Status {
    // SAFETY: promised by the caller.
    let file = unsafe { &*ctx.cast::<HostFile>() };
    catch_unwind(AssertUnwindSafe(|| body(file))).unwrap_or(abi::E_INTERNAL)
}

unsafe extern "C" fn read_at(ctx: *mut c_void, offset: u64, dst: *mut u8, n: u64, got: *mut u64) -> abi::Status {
    // SAFETY: the stage gives n writable bytes and a place for the count.
    unsafe {
        with(ctx, |file| {
            let Ok(n) = usize::try_from(n) else { return abi::E_ARGUMENT };
            let buf = if n == 0 { &mut [] } else { std::slice::from_raw_parts_mut(dst, n) };
            file.status(|bytes| bytes.read_at(offset, buf).map(|count| *got = count.min(n) as u64))
        })
    }
}

unsafe extern "C" fn write_at(ctx: *mut c_void, offset: u64, src: *const u8, n: u64) -> abi::Status {
    // SAFETY: the stage gives n readable bytes.
    unsafe {
        with(ctx, |file| {
            let Ok(n) = usize::try_from(n) else { return abi::E_ARGUMENT };
            let from = if n == 0 { &[] } else { std::slice::from_raw_parts(src, n) };
            file.status(|bytes| bytes.write_at(offset, from))
        })
    }
}

unsafe extern "C" fn length(ctx: *mut c_void) -> i64 {
    let mut length = -1;
    // SAFETY: `ctx` is our file.
    unsafe {
        with(ctx, |file| {
            let known = file.bytes().and_then(|bytes| bytes.length());
            length = known.and_then(|n| i64::try_from(n).ok()).unwrap_or(-1);
            abi::OK
        });
    }
    length
}

unsafe extern "C" fn error(_ctx: *mut c_void, message: *mut abi::Str) -> abi::Status {
    // SAFETY: the stage gives a place for the string.
    unsafe { *message = last::message() };
    abi::OK
}

unsafe extern "C" fn retain(ctx: *mut c_void) {
    // SAFETY: `ctx` is our file, of which the caller holds a reference.
    unsafe { Arc::increment_strong_count(ctx.cast::<HostFile>()) };
}

unsafe extern "C" fn release(ctx: *mut c_void) {
    // SAFETY: the caller gives up a reference. Dropping bytes may run code of the host, whose panics end here.
    let _ = unsafe { catch_unwind(AssertUnwindSafe(|| Arc::decrement_strong_count(ctx.cast::<HostFile>()))) };
}
