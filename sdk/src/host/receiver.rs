//! Where the packets of one call arrive: each is checked against the format that its output promised.

use super::shape::Shape;
use crate::buffer::Buffer;
use crate::convert::with_sized;
use crate::error::{Error, ErrorKind, Result};
use crate::format::Format;
use crate::packet::Packet;
use auricle_abi as abi;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

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

    /// The sink of the call, which leads here.
    pub(super) fn sink(&mut self) -> abi::Sink {
        abi::Sink {
            size: size_of::<abi::Sink>() as u32,
            reserved: 0,
            ctx: (&raw mut *self).cast(),
            emit: Some(receive),
        }
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

unsafe extern "C" fn receive(ctx: *mut c_void, packet: *const abi::Packet) -> abi::Status {
    // SAFETY: `ctx` is the receiver of the running call; the stage gives a valid packet and its reference.
    let (receiver, result) = unsafe {
        let receiver = &mut *ctx.cast::<Receiver<'_>>();
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
