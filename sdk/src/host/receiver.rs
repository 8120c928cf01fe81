//! Where the packets of one call arrive: each is checked against the format that its output promised.

use crate::buffer::Buffer;
use crate::convert::read_sized;
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Data, Format};
use crate::packet::Packet;
use crate::records::Table;
use auricle_abi as abi;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Takes the packets of one call.
pub(super) struct Receiver<'a> {
    outputs: &'a [Arc<Format>],
    /// Index that the next packet of each output must start at, where it is known.
    next: &'a mut [Option<i64>],
    emit: &'a mut dyn FnMut(Packet) -> Result<()>,
    taken: usize,
    failed: Option<Error>,
}

impl<'a> Receiver<'a> {
    pub(super) fn new(
        outputs: &'a [Arc<Format>],
        next: &'a mut [Option<i64>],
        emit: &'a mut dyn FnMut(Packet) -> Result<()>,
    ) -> Self {
        Receiver { outputs, next, emit, taken: 0, failed: None }
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

    fn accept(&mut self, raw: &abi::Packet, buffer: Option<Buffer>) -> Result<()> {
        let port = raw.port as usize;
        let Some(format) = self.outputs.get(port) else {
            return Err(contract(format!("a packet for output {port}, there are {}", self.outputs.len())));
        };
        let refused = |why: String| contract(format!("output {port}: {why}"));
        let end = check_packet(format, raw, buffer.as_ref()).map_err(|error| refused(error.message))?;
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
    let (receiver, raw, buffer) = unsafe {
        let Some(raw) = read_sized(packet) else { return abi::E_ARGUMENT };
        let buffer = (!raw.buf.is_null()).then(|| Buffer::from_raw(raw.buf));
        (&mut *ctx.cast::<Receiver<'_>>(), raw, buffer)
    };
    if receiver.failed.is_some() {
        return abi::E_STATE;
    }
    let result = catch_unwind(AssertUnwindSafe(|| receiver.accept(&raw, buffer)));
    let error = match result {
        Ok(Ok(())) => return abi::OK,
        Ok(Err(error)) => error,
        Err(_) => Error::internal("the host panicked while taking a packet"),
    };
    let status = error.kind.status();
    receiver.failed = Some(error);
    status
}

/// Does the packet hold what it says, in the format of its stream? Gives the index behind its last entry.
pub(super) fn check_packet(format: &Format, raw: &abi::Packet, buffer: Option<&Buffer>) -> Result<i64> {
    let (start, count) = (raw.start, raw.count);
    let end = start.checked_add(count).filter(|_| start >= 0 && count >= 0);
    let end = end.ok_or_else(|| contract(format!("{count} entries from {start} on are no range")))?;
    if count == 0 {
        return Ok(end);
    }
    let room = buffer.map_or(0, |b| b.bytes().len());
    let (offset, stride) = (usize::try_from(raw.offset).ok(), usize::try_from(raw.stride).ok());
    let bytes = usize::try_from(count).ok().zip(stride).and_then(|(count, stride)| extent(format, count, stride));
    let range = offset.zip(bytes).and_then(|(from, bytes)| Some(from..from.checked_add(bytes)?));
    let Some(range) = range.filter(|range| range.end <= room) else {
        let message = format!("{count} entries, stride {}, offset {}", raw.stride, raw.offset);
        return Err(contract(format!("{message}: they do not fit the format and a buffer of {room} bytes")));
    };
    let align = format.dtype().map_or(8, |dtype| dtype.size().min(8)) as u64;
    let several = format.as_audio().is_ok_and(|audio| audio.channels > 1);
    if !raw.offset.is_multiple_of(align) || (several && !raw.stride.is_multiple_of(align)) {
        let message = format!("stride {}, offset {}: elements are not at multiples of {align}", raw.stride, raw.offset);
        return Err(contract(message));
    }
    match &format.data {
        Data::Tensor(tensor) if !tensor.streams() && end > 1 => {
            return Err(contract(format!("entries up to {end} come, a tensor without a time axis is one")));
        }
        Data::Records(records) => {
            let bytes = buffer.map_or(&[][..], |buffer| &buffer.bytes()[range]);
            Table::new(records, bytes, count as usize)?.check()?;
        }
        _ => {}
    }
    Ok(end)
}

/// Bytes from the first to the last entry.
fn extent(format: &Format, count: usize, stride: usize) -> Option<usize> {
    match &format.data {
        Data::Audio(audio) => {
            let plane = count.checked_mul(audio.dtype.size())?;
            if audio.channels > 1 && stride < plane {
                return None;
            }
            stride.checked_mul(audio.channels - 1)?.checked_add(plane)
        }
        Data::Tensor(tensor) => {
            let frame = tensor.frame_len().checked_mul(tensor.dtype.size())?;
            if count > 1 && stride != frame {
                return None;
            }
            frame.checked_mul(count)
        }
        Data::Records(_) => Some(stride),
        Data::Source(_) => None,
    }
}

fn contract(message: String) -> Error {
    Error::new(ErrorKind::Contract, message)
}
