//! The host's side of the boundary, made safe: what auricle's engine and the test kit drive stages with.
//!
//! An [`Instance`] is one created stage. It checks what comes back from it (counts, order, room in buffers, status
//! codes), so that a faulty plugin is a named error and not a fault of the host.
#![allow(unsafe_code)]

mod context;
mod file;
mod pool;

pub use context::Services;
pub use file::Bytes;
pub use pool::Pool;

use crate::buffer::Buffer;
use crate::convert::{AbiFormat, AbiParameters, format_from_abi, read_sized};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Data, Format};
use crate::packet::Packet;
use crate::stage::{Flow, Input};
use crate::value::Parameters;
use auricle_abi as abi;
use context::Context;
use std::ffi::c_void;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// How an instance is created: an entry's `create`, or a stage's own constructor in the test kit.
pub type Create<'a> = dyn Fn(*const abi::Host, *mut abi::Stage) -> abi::Status + 'a;

/// One created stage.
///
/// After an error that says [`ErrorKind::Panicked`] every further call fails; drop it.
pub struct Instance {
    vt: abi::StageVt,
    this: *mut c_void,
    _context: Box<Context>,
    inputs: Vec<(Input, AbiFormat)>,
    outputs: Vec<Arc<Format>>,
    /// Index that the next packet of each output must start at; `None` after begin.
    next: Vec<Option<i64>>,
    first: Option<(usize, i64)>,
}

// SAFETY: a stage may be used by one thread at a time, whichever; `&mut self` sees to that.
unsafe impl Send for Instance {}

impl Instance {
    /// Creates a stage.
    ///
    /// # Errors
    /// The plugin refuses, or gives no usable functions.
    pub fn create(
        create: &Create<'_>,
        services: Arc<dyn Services>,
        pool: Arc<Pool>,
        cancel: Arc<AtomicU32>,
    ) -> Result<Self> {
        let context = Context::new(services, pool, cancel);
        let mut stage = abi::Stage { vt: std::ptr::null(), this: std::ptr::null_mut() };
        let status = create(context.raw(), &mut stage);
        if status < 0 {
            return Err(Error::new(ErrorKind::from_status(status), format!("create returned status {status}")));
        }
        // SAFETY: a plugin that returned OK filled in its table of functions, or null.
        let vt = unsafe { read_sized(stage.vt) };
        let vt = vt.ok_or_else(|| contract("create returned OK but no functions"))?;
        if vt.negotiate.is_none() || vt.begin.is_none() || vt.process.is_none() || vt.destroy.is_none() {
            return Err(contract("the stage lacks negotiate, begin, process or destroy"));
        }
        Ok(Instance {
            vt,
            this: stage.this,
            _context: context,
            inputs: Vec::new(),
            outputs: Vec::new(),
            next: Vec::new(),
            first: None,
        })
    }

    /// Freezes parameters and inputs; gives the format of each output.
    ///
    /// # Errors
    /// What the stage refuses, or a format that breaks the contract.
    pub fn negotiate(
        &mut self,
        parameters: &Parameters,
        inputs: &[Input],
        block: usize,
        seed: u64,
    ) -> Result<&[Arc<Format>]> {
        self.inputs = inputs.iter().map(|input| (input.clone(), AbiFormat::new(input.format.clone()))).collect();
        let raw_inputs: Vec<abi::Input> = self
            .inputs
            .iter()
            .map(|(input, format)| abi::Input {
                size: size_of::<abi::Input>() as u32,
                port: input.port as u32,
                label: abi::Str::new(&input.label),
                format: format.as_ptr(),
            })
            .collect();
        let pointers: Vec<*const abi::Input> = raw_inputs.iter().map(|input| input as *const _).collect();
        let params = AbiParameters::new(parameters.iter());
        let setup = abi::Setup {
            size: size_of::<abi::Setup>() as u32,
            n_params: params.raw.len() as u32,
            params: params.raw.as_ptr(),
            inputs: pointers.as_ptr(),
            n_inputs: pointers.len() as u32,
            block: u32::try_from(block).unwrap_or(u32::MAX),
            seed,
        };
        let (mut outputs, mut n_outputs) = (std::ptr::null(), 0);
        let negotiate = self.vt.negotiate.ok_or_else(|| contract("no negotiate"))?;
        // SAFETY: everything the setup points to lives during the call.
        let status = unsafe { negotiate(self.this, &setup, &mut outputs, &mut n_outputs) };
        self.check("negotiate", status)?;
        if n_outputs > 64 || (outputs.is_null() && n_outputs > 0) {
            return Err(contract(&format!("negotiate returned {n_outputs} outputs")));
        }
        let mut formats = Vec::new();
        for index in 0..n_outputs as usize {
            // SAFETY: the stage keeps its formats valid until the next call on it.
            let format = unsafe { format_from_abi(*outputs.add(index)) }?;
            if matches!(format.data, Data::Source(_)) {
                return Err(contract("a stage cannot put out a source"));
            }
            formats.push(Arc::new(format));
        }
        self.next = vec![None; formats.len()];
        self.outputs = formats;
        Ok(&self.outputs)
    }

    /// Formats of the outputs, as negotiated.
    pub fn outputs(&self) -> &[Arc<Format>] {
        &self.outputs
    }

    /// Which entries of each input `span` of `output` depends on, unclipped; `None`: all of it.
    pub fn need(&mut self, output: usize, span: Range<i64>) -> Result<Vec<Option<Range<i64>>>> {
        let mut spans = vec![abi::Span::WHOLE; self.inputs.len()];
        if let Some(need) = self.vt.need {
            // SAFETY: there is room for one span an input.
            let status = unsafe {
                need(self.this, output as u32, abi::Span { start: span.start, end: span.end }, spans.as_mut_ptr())
            };
            self.check("need", status)?;
        }
        Ok(spans.into_iter().map(|s| (s.start > 0 || s.end < i64::MAX).then_some(s.start..s.end)).collect())
    }

    /// Starts anew for `span` of `output`.
    pub fn begin(&mut self, output: usize, span: Range<i64>) -> Result<()> {
        let begin = self.vt.begin.ok_or_else(|| contract("no begin"))?;
        self.next.fill(None);
        self.first = Some((output, span.start));
        // SAFETY: plain values.
        let status = unsafe { begin(self.this, output as u32, abi::Span { start: span.start, end: span.end }) };
        self.check("begin", status).map(|_| ())
    }

    /// Gives one packet, or `None` for pending output; `emit` receives what the stage makes of it.
    pub fn process(&mut self, packet: Option<&Packet>, emit: &mut dyn FnMut(Packet) -> Result<()>) -> Result<Flow> {
        let process = self.vt.process.ok_or_else(|| contract("no process"))?;
        let raw = packet.map(to_abi);
        let raw = raw.as_ref().map_or(std::ptr::null(), |raw| raw as *const abi::Packet);
        // SAFETY: the packet's buffer is held by the caller during the call.
        self.call("process", emit, |this, sink| unsafe { process(this, raw, sink) })
    }

    /// All inputs have ended.
    pub fn finish(&mut self, emit: &mut dyn FnMut(Packet) -> Result<()>) -> Result<Flow> {
        let Some(finish) = self.vt.finish else { return Ok(Flow::Done) };
        // SAFETY: the sink lives during the call.
        self.call("finish", emit, |this, sink| unsafe { finish(this, sink) })
    }

    /// The input it needs next, if that matters.
    pub fn wants(&mut self) -> Option<usize> {
        // SAFETY: no arguments.
        let wanted = self.vt.wants.map_or(abi::ANY_INPUT, |wants| unsafe { wants(self.this) });
        (wanted != abi::ANY_INPUT && (wanted as usize) < self.inputs.len()).then_some(wanted as usize)
    }

    /// Gives one packet of the reduction pass.
    pub fn reduce(&mut self, packet: &Packet) -> Result<()> {
        let reduce = self.vt.reduce.ok_or_else(|| contract("a global stage without reduce"))?;
        // SAFETY: the packet's buffer is held by the caller during the call.
        let status = unsafe { reduce(self.this, &to_abi(packet)) };
        self.check("reduce", status).map(|_| ())
    }

    /// The reduction's result.
    pub fn reduction(&mut self) -> Result<Vec<u8>> {
        let reduction = self.vt.reduction.ok_or_else(|| contract("a global stage without reduction"))?;
        let mut state = abi::Str::new("");
        // SAFETY: the stage keeps the bytes valid until the next call on it.
        unsafe {
            let status = reduction(self.this, &mut state);
            self.check("reduction", status)?;
            Ok(state.as_bytes().to_vec())
        }
    }

    /// Gives a reduction's result back.
    pub fn adopt(&mut self, state: &[u8]) -> Result<()> {
        let adopt = self.vt.adopt.ok_or_else(|| contract("a global stage without adopt"))?;
        // SAFETY: the bytes live during the call.
        let status = unsafe { adopt(self.this, abi::Str::bytes(state)) };
        self.check("adopt", status).map(|_| ())
    }

    /// New values of live parameters.
    pub fn set_live(&mut self, parameters: &Parameters) -> Result<()> {
        let set_live = self.vt.set_live.ok_or_else(|| Error::new(ErrorKind::Unsupported, "no parameter is live"))?;
        let params = AbiParameters::new(parameters.iter());
        // SAFETY: the parameters live during the call.
        let status = unsafe { set_live(self.this, params.raw.as_ptr(), params.raw.len() as u32) };
        self.check("set_live", status).map(|_| ())
    }

    fn call(
        &mut self,
        name: &str,
        emit: &mut dyn FnMut(Packet) -> Result<()>,
        call: impl FnOnce(*mut c_void, *const abi::Sink) -> abi::Status,
    ) -> Result<Flow> {
        let mut receiver =
            Receiver { outputs: &self.outputs, next: &mut self.next, first: self.first, emit, failed: None };
        let sink = abi::Sink {
            size: size_of::<abi::Sink>() as u32,
            reserved: 0,
            ctx: (&raw mut receiver).cast(),
            emit: Some(receive),
        };
        let status = call(self.this, &sink);
        if let Some(error) = receiver.failed {
            return Err(error);
        }
        self.check(name, status)
    }

    fn check(&mut self, call: &str, status: abi::Status) -> Result<Flow> {
        match status {
            abi::OK => return Ok(Flow::Continue),
            abi::AGAIN => return Ok(Flow::Again),
            abi::DONE => return Ok(Flow::Done),
            abi::E_POISONED..0 => {}
            other => return Err(contract(&format!("{call} returned the unknown status {other}"))),
        }
        let mut error = Error::new(ErrorKind::from_status(status), String::new());
        if let Some(last_error) = self.vt.last_error {
            // SAFETY: the stage fills strings that are valid until the next call on it.
            unsafe {
                let empty = abi::Str::new("");
                let size = size_of::<abi::Error>() as u32;
                let mut raw = abi::Error { size, code: 0, message: empty, hint: empty, param: empty, at: -1 };
                if last_error(self.this, &mut raw) >= 0 {
                    error.message = raw.message.as_str().to_owned();
                    error.hint = raw.hint.as_str().to_owned();
                    error.parameter = raw.param.as_str().to_owned();
                    error.at = (raw.at >= 0).then_some(raw.at);
                }
            }
        }
        if error.message.is_empty() {
            error.message = format!("{call} failed with status {status} and no message");
        }
        Err(error)
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(destroy) = self.vt.destroy {
            // SAFETY: called once, last.
            unsafe { destroy(self.this) };
        }
    }
}

fn contract(message: &str) -> Error {
    Error::new(ErrorKind::Contract, message)
}

fn to_abi(packet: &Packet) -> abi::Packet {
    abi::Packet {
        size: size_of::<abi::Packet>() as u32,
        flags: if packet.end { abi::END } else { 0 },
        port: packet.port as u32,
        reserved: 0,
        start: packet.start,
        count: packet.count as i64,
        buf: packet.buffer.clone().map_or(std::ptr::null_mut(), |b| {
            // The packet keeps its own reference; the callee adds one if it wants to keep the bytes.
            let raw = b.into_raw();
            // SAFETY: gives back the reference that the clone took; `packet.buffer` still holds one.
            drop(unsafe { Buffer::from_raw(raw) });
            raw
        }),
        offset: packet.offset as u64,
        stride: packet.stride as u64,
    }
}

/// Where one call's packets arrive.
struct Receiver<'a> {
    outputs: &'a [Arc<Format>],
    next: &'a mut [Option<i64>],
    first: Option<(usize, i64)>,
    emit: &'a mut dyn FnMut(Packet) -> Result<()>,
    failed: Option<Error>,
}

unsafe extern "C" fn receive(ctx: *mut c_void, packet: *const abi::Packet) -> abi::Status {
    // SAFETY: `ctx` is the receiver of the running call; the stage gives a valid packet and its reference.
    let (receiver, packet) = unsafe {
        let Some(raw) = read_sized(packet) else { return abi::E_ARGUMENT };
        let buffer = (!raw.buf.is_null()).then(|| Buffer::from_raw(raw.buf));
        (&mut *ctx.cast::<Receiver<'_>>(), (raw, buffer))
    };
    let result = catch_unwind(AssertUnwindSafe(|| receiver.accept(packet.0, packet.1)));
    let error = match result {
        Ok(Ok(())) => return abi::OK,
        Ok(Err(error)) => error,
        Err(_) => Error::internal("the host panicked while taking a packet"),
    };
    let status = error.kind.status();
    receiver.failed.get_or_insert(error);
    status
}

impl Receiver<'_> {
    fn accept(&mut self, raw: abi::Packet, buffer: Option<Buffer>) -> Result<()> {
        let port = raw.port as usize;
        let Some(format) = self.outputs.get(port) else {
            return Err(contract(&format!("a packet for output {port}, there are {}", self.outputs.len())));
        };
        let count =
            usize::try_from(raw.count).map_err(|_| contract(&format!("output {port}: {} entries", raw.count)))?;
        let (offset, stride) = (raw.offset as usize, raw.stride as usize);
        if count > 0 {
            let room = buffer.as_ref().map_or(0, |b| b.bytes().len());
            let end = extent(format, count, stride).and_then(|n| n.checked_add(offset));
            if end.is_none_or(|end| end > room) {
                let message = format!(
                    "output {port}: {count} entries, stride {stride}, offset {offset} do not fit its buffer of {room} bytes"
                );
                return Err(contract(&message));
            }
        }
        let expected = self.next[port].or(self.first.filter(|(output, _)| *output == port).map(|(_, start)| start));
        if let Some(expected) = expected.filter(|expected| *expected != raw.start && count > 0) {
            return Err(contract(&format!("output {port}: expected entry {expected} next, got {}", raw.start)));
        }
        if let Some(length) = format.length.filter(|length| raw.start.saturating_add(raw.count) > *length) {
            let end = raw.start.saturating_add(raw.count);
            return Err(contract(&format!("output {port}: entry {end} is behind the promised length {length}")));
        }
        if count > 0 {
            self.next[port] = Some(raw.start + raw.count);
        }
        let (start, format) = (raw.start, format.clone());
        (self.emit)(Packet { port, start, count, end: false, format, buffer, offset, stride })
    }
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

/// A packet made by the host, for feeding stages from memory: audio planes or frames as bytes.
///
/// # Errors
/// The pool refuses the memory.
pub fn packet(
    pool: &Arc<Pool>,
    format: &Arc<Format>,
    port: usize,
    start: i64,
    count: usize,
    stride: usize,
    bytes: &[u8],
) -> Result<Packet> {
    let mut buffer =
        pool.buffer(bytes.len()).ok_or_else(|| Error::new(ErrorKind::Memory, "the pool refused a buffer"))?;
    buffer.bytes_mut().copy_from_slice(bytes);
    Ok(Packet { port, start, count, end: false, format: format.clone(), buffer: Some(buffer), offset: 0, stride })
}

impl Packet {
    /// The same packet on its way to input `port` of another stage.
    pub fn to_port(mut self, port: usize) -> Packet {
        self.port = port;
        self
    }

    /// The same packet, marked as the stream's last.
    pub fn ended(mut self) -> Packet {
        self.end = true;
        self
    }

    /// The raw bytes of entry planes or frames, for spooling: (offset, stride, bytes).
    pub fn raw_bytes(&self) -> (usize, usize, &[u8]) {
        (self.offset, self.stride, self.buffer.as_ref().map_or(&[], Buffer::bytes))
    }
}
