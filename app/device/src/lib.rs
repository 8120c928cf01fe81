//! Sound devices for auricle, opened at run time.
//!
//! This library alone links the system's sound library, so that the program starts without one.
//! Its boundary is [`auricle_sound::abi`]: private, locked to the build, no Rust type across.
//! Playback: ring -> rodio's mixer -> cpal. Capture: cpal -> ring.
//!
//! What is measured about these backends and obeyed here:
//! - The default buffer drops out under load; 1024 frames at 48 kHz hardly do, 2048 do not (`choice.rs`).
//! - An error callback may come 400 000 times a second when the sound server dies: it only
//!   touches atomics and sleeps a millisecond. Whether the stream is lost is the client's verdict.
//! - A sound server that starts later is seen only if no cpal host, device or stream is left:
//!   nothing is kept between calls.
//! - A bare machine still lists a dozen devices that are none: they are left out.

mod choice;
mod fault;
mod list;
mod playback;
mod samples;
mod stream;

use auricle_sound::Shared;
use auricle_sound::abi::{BUILD, MAGIC, Provide, RawError, RawFormat, RawRequest, Table, Visit};
use fault::Fault;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What the client looks up, under [`auricle_sound::abi::TABLE_SYMBOL`].
#[unsafe(no_mangle)]
pub static AURICLE_DEVICE: Table = Table { magic: MAGIC, build: BUILD, list, open, close };

/// Runs `work`; an error or a panic ends up in `error`, and only a number goes back.
///
/// # Safety
/// `error` must point at a [`RawError`] that nobody else uses.
unsafe fn guarded(error: *mut RawError, work: impl FnOnce() -> Result<(), Fault>) -> i32 {
    let fault = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(())) => return 0,
        Ok(Err(fault)) => fault,
        Err(_) => Fault::backend("the sound library panicked; this is a bug"),
    };
    // SAFETY: the caller vouches for `error`.
    unsafe { (*error).set(fault.kind.code(), &fault.message) };
    1
}

unsafe extern "C" fn list(visit: Visit, context: *mut c_void, error: *mut RawError) -> i32 {
    // SAFETY: the client gives its own error.
    unsafe {
        guarded(error, || {
            list::devices(&mut |device| {
                // SAFETY: the client's function with the client's context, and a device that
                // lives as long as this call.
                visit(context, device);
            })
        })
    }
}

unsafe extern "C" fn open(
    request: *const RawRequest,
    provide: Provide,
    context: *mut c_void,
    format: *mut RawFormat,
    stream: *mut *mut c_void,
    error: *mut RawError,
) -> i32 {
    // SAFETY: the client's pointers are valid during the call. The memory that `provide` returns
    // lives until `close` has returned, which drops the stream, and with it all use of it.
    unsafe {
        guarded(error, || {
            let request = &*request;
            let wanted = choice::Wanted {
                capture: request.direction == auricle_sound::abi::CAPTURE,
                device: request.device.to_text(),
                sample_rate: request.sample_rate,
                channels: request.channels,
            };
            let chosen = choice::choose(&wanted)?;
            let memory: *const Shared = provide(context, chosen.raw());
            let Some(shared) = memory.as_ref() else {
                // An empty message: the client knows why it refused.
                return Err(Fault::backend(""));
            };
            let (running, period) = stream::open(&chosen, shared)?;
            *format = RawFormat { period, ..chosen.raw() };
            *stream = Box::into_raw(Box::new(running)).cast();
            Ok(())
        })
    }
}

unsafe extern "C" fn close(stream: *mut c_void) {
    // A panic while a stream is dropped leaves nothing to do.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        // SAFETY: the client hands back what `open` gave it, once.
        drop(unsafe { Box::from_raw(stream.cast::<cpal::Stream>()) });
    }));
}
