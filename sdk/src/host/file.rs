//! Files that the host lends to stages.

use crate::file::ByteSource;
use auricle_abi as abi;
use std::ffi::c_void;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

/// Random-access bytes as the host has them; used from any thread.
pub trait Bytes: Send + Sync + 'static {
    /// Reads up to `buf.len()` bytes at `offset`; fewer only at the end.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;

    /// Writes all of `bytes` at `offset`.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let _ = (offset, bytes);
        Err(io::Error::new(io::ErrorKind::Unsupported, "this file is read only"))
    }

    /// Length in bytes, when it is known.
    fn length(&self) -> Option<u64>;
}

/// Bytes behind the C functions of an `aur_file`.
pub(super) struct HostFile {
    raw: abi::File,
    name: String,
    bytes: Arc<dyn Bytes>,
    error: Mutex<String>,
}

// SAFETY: `raw` leads into the struct itself; the bytes are Send and Sync.
unsafe impl Send for HostFile {}
// SAFETY: as above.
unsafe impl Sync for HostFile {}

impl HostFile {
    pub(super) fn new(name: &str, bytes: Arc<dyn Bytes>) -> Arc<Self> {
        let mut file = Arc::new(HostFile {
            raw: abi::File {
                size: size_of::<abi::File>() as u32,
                flags: 0,
                ctx: std::ptr::null_mut(),
                name: abi::Str::new(""),
                read_at: Some(read_at),
                write_at: Some(write_at),
                length: Some(length),
                error: Some(error),
                close: Some(close),
            },
            name: name.to_owned(),
            bytes,
            error: Mutex::new(String::new()),
        });
        let ctx = Arc::as_ptr(&file).cast_mut().cast::<c_void>();
        if let Some(inner) = Arc::get_mut(&mut file) {
            inner.raw.ctx = ctx;
            inner.raw.name = abi::Str::new(&inner.name);
        }
        file
    }

    pub(super) fn raw(&self) -> *mut abi::File {
        (&raw const self.raw).cast_mut()
    }

    fn status(&self, result: io::Result<()>) -> abi::Status {
        let Err(error) = result else { return abi::OK };
        let status = if error.kind() == io::ErrorKind::Unsupported { abi::E_UNSUPPORTED } else { abi::E_IO };
        *self.error.lock().unwrap_or_else(PoisonError::into_inner) = error.to_string();
        status
    }
}

impl ByteSource {
    /// A source for stages from the host's bytes; `name` is shown in messages.
    pub fn from_bytes(name: &str, bytes: Arc<dyn Bytes>) -> Self {
        let file = HostFile::new(name, bytes);
        let raw = file.raw();
        // SAFETY: the file lives as long as the source keeps it.
        unsafe { ByteSource::from_raw(raw, Some(file)) }
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
            let result = file.bytes.read_at(offset, buf).map(|count| *got = count as u64);
            file.status(result)
        })
    }
}

unsafe extern "C" fn write_at(ctx: *mut c_void, offset: u64, src: *const u8, n: u64) -> abi::Status {
    // SAFETY: the stage gives n readable bytes.
    unsafe {
        with(ctx, |file| {
            let Ok(n) = usize::try_from(n) else { return abi::E_ARGUMENT };
            let bytes = if n == 0 { &[] } else { std::slice::from_raw_parts(src, n) };
            file.status(file.bytes.write_at(offset, bytes))
        })
    }
}

unsafe extern "C" fn length(ctx: *mut c_void) -> i64 {
    let mut length = -1;
    // SAFETY: `ctx` is our file.
    unsafe {
        with(ctx, |file| {
            length = file.bytes.length().and_then(|n| i64::try_from(n).ok()).unwrap_or(-1);
            abi::OK
        });
    }
    length
}

unsafe extern "C" fn error(ctx: *mut c_void, message: *mut abi::Str) -> abi::Status {
    // SAFETY: `ctx` is our file. The string is replaced only by a later failing call.
    unsafe {
        with(ctx, |file| {
            *message = abi::Str::new(&file.error.lock().unwrap_or_else(PoisonError::into_inner));
            abi::OK
        })
    }
}

/// The host keeps its files until the instance is gone, so closing only tells.
unsafe extern "C" fn close(_ctx: *mut c_void) {}
