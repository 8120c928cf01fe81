//! Where packets arrive: each is checked against the format that its output promised, and that a call is running.

use super::shape::Shape;
use crate::buffer::Buffer;
use crate::convert::with_sized;
use crate::error::{Error, ErrorKind, Result};
use crate::format::Format;
use crate::packet::Packet;
use auricle_abi as abi;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};

/// The sink that a stage is given. It stays where it is as long as the instance lives and opens for the duration of a
/// call, so that a stage which keeps it and emits later, or from a thread of its own, is told so and does no harm.
pub(super) struct Gate {
    sink: abi::Sink,
    receiver: AtomicPtr<c_void>,
    /// The thread of the running call; 0 between calls.
    thread: AtomicUsize,
    /// A packet came while it was closed.
    late: AtomicBool,
}

impl Gate {
    pub(super) fn new() -> Arc<Self> {
        Arc::new_cyclic(|place: &Weak<Gate>| Gate {
            sink: abi::Sink {
                size: size_of::<abi::Sink>() as u32,
                reserved: 0,
                ctx: place.as_ptr().cast_mut().cast(),
                emit: Some(receive),
            },
            receiver: AtomicPtr::new(std::ptr::null_mut()),
            thread: AtomicUsize::new(0),
            late: AtomicBool::new(false),
        })
    }

    /// Makes one call, whose packets `receiver` takes.
    pub(super) fn during(
        &self,
        receiver: &mut Receiver<'_>,
        call: impl FnOnce(*const abi::Sink) -> abi::Status,
    ) -> abi::Status {
        self.receiver.store((&raw mut *receiver).cast(), Ordering::Relaxed);
        self.thread.store(this_thread(), Ordering::Relaxed);
        let status = call(&self.sink);
        self.thread.store(0, Ordering::Relaxed);
        status
    }

    /// Has a packet come while no call was running, or from another thread? Said once.
    pub(super) fn was_late(&self) -> bool {
        self.late.load(Ordering::Relaxed) && self.late.swap(false, Ordering::Relaxed)
    }
}

/// Something that tells living threads apart, and costs next to nothing.
fn this_thread() -> usize {
    thread_local!(static PLACE: u8 = const { 0 });
    PLACE.with(|place| (&raw const *place).addr())
}

/// Takes the packets of one call.
pub(super) struct Receiver<'a> {
    outputs: &'a [Arc<Format>],
    shapes: &'a [Shape],
    /// Index that the next packet of each output must start at, where it is known.
    next: &'a mut [Option<i64>],
    emit: &'a mut dyn FnMut(Packet) -> Result<()>,
    taken: usize,
    failed: Option<Error>,
}

impl<'a> Receiver<'a> {
    pub(super) fn new(
        outputs: &'a [Arc<Format>],
        shapes: &'a [Shape],
        next: &'a mut [Option<i64>],
        emit: &'a mut dyn FnMut(Packet) -> Result<()>,
    ) -> Self {
        Receiver { outputs, shapes, next, emit, taken: 0, failed: None }
    }

    /// Packets that were taken, and the first that was refused.
    pub(super) fn finish(self) -> (usize, Option<Error>) {
        (self.taken, self.failed)
    }

    #[inline]
    fn accept(&mut self, raw: &abi::Packet, buffer: Option<Buffer>) -> Result<()> {
        let port = raw.port as usize;
        let (Some(format), Some(shape)) = (self.outputs.get(port), self.shapes.get(port)) else {
            return Err(contract(format!("a packet for output {port}, there are {}", self.outputs.len())));
        };
        let refused = |why: String| contract(format!("output {port}: {why}"));
        let end = shape.check(format, raw, buffer.as_ref()).map_err(|error| refused(error.message))?;
        if raw.count > 0 {
            if let Some(expected) = self.next[port].filter(|expected| *expected != raw.start) {
                return Err(refused(format!("expected entry {expected} next, got {}", raw.start)));
            }
            if let Some(length) = format.length.filter(|length| end > *length) {
                return Err(refused(format!("entries up to {end} come, its format promised {length}")));
            }
            self.next[port] = Some(end);
        }
        self.taken += 1;
        let (start, count) = (raw.start, raw.count as usize);
        let (offset, stride) = (raw.offset as usize, raw.stride as usize);
        (self.emit)(Packet { port, start, count, end: false, format: format.clone(), buffer, offset, stride })
    }
}

// SAFETY: `ctx` and `sink` lead into the struct itself; everything else is atomic.
unsafe impl Send for Gate {}
// SAFETY: as above.
unsafe impl Sync for Gate {}

unsafe extern "C" fn receive(ctx: *mut c_void, packet: *const abi::Packet) -> abi::Status {
    // SAFETY: `ctx` is the gate of a living instance; the stage gives a valid packet and its reference. A gate that is
    // open for this thread leads to the receiver of the running call.
    let (receiver, result) = unsafe {
        let gate = &*ctx.cast::<Gate>();
        if gate.thread.load(Ordering::Relaxed) != this_thread() {
            gate.late.store(true, Ordering::Relaxed);
            with_sized(packet, |raw| drop((!raw.buf.is_null()).then(|| Buffer::from_raw(raw.buf))));
            return abi::E_STATE;
        }
        let receiver = &mut *gate.receiver.load(Ordering::Relaxed).cast::<Receiver<'_>>();
        let mut take = |raw: &abi::Packet| {
            let buffer = (!raw.buf.is_null()).then(|| Buffer::from_raw(raw.buf));
            if receiver.failed.is_some() {
                return Err(contract("a packet after one that was refused".to_owned()));
            }
            receiver.accept(raw, buffer)
        };
        let Some(result) = with_sized(packet, |raw| catch_unwind(AssertUnwindSafe(|| take(raw)))) else {
            return abi::E_ARGUMENT;
        };
        (receiver, result)
    };
    let error = match result {
        Ok(Ok(())) => return abi::OK,
        Ok(Err(error)) => error,
        Err(_) => Error::internal("the host panicked while taking a packet"),
    };
    let status = error.kind.status();
    receiver.failed.get_or_insert(error);
    status
}

fn contract(message: String) -> Error {
    Error::new(ErrorKind::Contract, message)
}
