//! The host's side of the boundary, made safe: what auricle's engine and the test kit drive stages with.
//!
//! An [`Instance`] is one created stage. It checks what comes back from it (counts, order, room in buffers, status
//! codes), so that a faulty plugin is a named error and not a fault of the host.
#![allow(unsafe_code)]

mod context;
mod file;
mod last;
mod pool;
mod receiver;
mod shape;

pub use context::Services;
pub use file::Bytes;
pub use pool::Pool;

use crate::buffer::Buffer;
use crate::convert::{AbiFormat, AbiParameters, format_from_abi, read_sized};
use crate::error::{Error, ErrorKind, Result};
use crate::format::{Data, Format, Kind};
use crate::packet::Packet;
use crate::stage::{Flow, Input};
use crate::value::Parameters;
use auricle_abi as abi;
use context::Context;
use receiver::{Gate, Receiver};
use shape::Shape;
use std::ffi::c_void;
use std::ops::Range;
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
    context: Arc<Context>,
    inputs: Vec<(Input, AbiFormat)>,
    input_shapes: Vec<Shape>,
    /// Index behind the last entry that each input gave.
    fed: Vec<i64>,
    outputs: Vec<Arc<Format>>,
    output_shapes: Vec<Shape>,
    /// Index that the next packet of each output must start at, where it is known.
    next: Vec<Option<i64>>,
    /// What begin asked for, if it was called.
    wanted: Option<(usize, Range<i64>)>,
    /// Calls in a row that gave nothing and asked for another.
    idle: u32,
    gate: Arc<Gate>,
}

/// Calls that a stage may ask for in a row without giving anything: a stage that computes for long does, to stay
/// cancellable; one that never stops asking is broken.
const PATIENCE: u32 = 1_000_000;
/// Most outputs of a stage that are believed.
const MOST_OUTPUTS: u32 = 64;

// SAFETY: a stage may be used by one thread at a time, whichever; `&mut self` sees to that.
unsafe impl Send for Instance {}

impl Instance {
    /// Creates a stage.
    ///
    /// # Errors
    /// The plugin refuses, or gives no usable functions.
    ///
    /// # Safety
    /// A stage that `create` gives keeps the contract of `auricle.h` in what Rust cannot check: its functions have the
    /// declared types, its pointers lead to what they say, and the library stays loaded as long as the instance lives.
    pub unsafe fn create(
        create: &Create<'_>,
        services: Arc<dyn Services>,
        pool: Arc<Pool>,
        cancel: Arc<AtomicU32>,
    ) -> Result<Self> {
        let context = Context::new(services, pool, cancel);
        let mut stage = abi::Stage { vt: std::ptr::null(), this: std::ptr::null_mut() };
        let status = create(context.raw(), &mut stage);
        match status {
            abi::OK => {}
            i32::MIN..0 => {
                let message = match status {
                    abi::E_UNSUPPORTED => format!("its manifest has the stage, its create knows none ({status})"),
                    _ => format!("create returned status {status}"),
                };
                return Err(Error::new(ErrorKind::from_status(status), message));
            }
            _ => return Err(contract(&format!("create returned the unknown status {status}"))),
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
            context,
            inputs: Vec::new(),
            input_shapes: Vec::new(),
            fed: Vec::new(),
            outputs: Vec::new(),
            output_shapes: Vec::new(),
            next: Vec::new(),
            wanted: None,
            idle: 0,
            gate: Gate::new(),
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
        (self.outputs, self.wanted) = (Vec::new(), None);
        self.inputs = inputs.iter().map(|input| (input.clone(), AbiFormat::new(input.format.clone()))).collect();
        self.input_shapes = inputs.iter().map(|input| Shape::of(&input.format)).collect();
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
        self.done("negotiate", status)?;
        if n_outputs > MOST_OUTPUTS || (outputs.is_null() && n_outputs > 0) {
            let got = if outputs.is_null() { "none of them" } else { "more than are believed" };
            return Err(contract(&format!("negotiate says {n_outputs} outputs and gives {got}")));
        }
        let mut formats = Vec::new();
        for index in 0..n_outputs as usize {
            // SAFETY: the stage keeps its formats valid until the next call on it.
            let format = unsafe { format_from_abi(*outputs.add(index)) };
            let format =
                format.map_err(|error| Error { message: format!("output {index}: {}", error.message), ..error })?;
            if matches!(format.data, Data::Source(_)) {
                return Err(contract("a stage cannot put out a source"));
            }
            formats.push(Arc::new(format));
        }
        self.next = vec![None; formats.len()];
        self.output_shapes = formats.iter().map(|format| Shape::of(format)).collect();
        self.outputs = formats;
        Ok(&self.outputs)
    }

    /// Formats of the outputs, as negotiated.
    pub fn outputs(&self) -> &[Arc<Format>] {
        &self.outputs
    }

    /// Which entries of each input `span` of `output` depends on, unclipped; `None`: all of it.
    ///
    /// # Errors
    /// What the stage refuses or does wrong.
    pub fn need(&mut self, output: usize, span: Range<i64>) -> Result<Vec<Option<Range<i64>>>> {
        let mut spans = vec![abi::Span::WHOLE; self.inputs.len()];
        if let Some(need) = self.vt.need {
            // SAFETY: there is room for one span an input.
            let status = unsafe {
                need(self.this, output as u32, abi::Span { start: span.start, end: span.end }, spans.as_mut_ptr())
            };
            self.done("need", status)?;
        }
        Ok(spans.into_iter().map(|s| (s.start > 0 || s.end < i64::MAX).then_some(s.start..s.end)).collect())
    }

    /// Starts anew for `span` of `output`.
    ///
    /// # Errors
    /// The stage cannot start there.
    pub fn begin(&mut self, output: usize, span: Range<i64>) -> Result<()> {
        let begin = self.vt.begin.ok_or_else(|| contract("no begin"))?;
        let whole = span == (0..i64::MAX);
        self.next.fill(whole.then_some(0));
        self.fed = vec![0; self.inputs.len()];
        if let Some(next) = self.next.get_mut(output) {
            *next = Some(span.start);
        }
        (self.wanted, self.idle) = (None, 0);
        // SAFETY: plain values.
        let status = unsafe { begin(self.this, output as u32, abi::Span { start: span.start, end: span.end }) };
        self.done("begin", status)?;
        self.wanted = Some((output, span));
        Ok(())
    }

    /// Gives one packet, or `None` for pending output; `emit` receives what the stage makes of it.
    ///
    /// # Errors
    /// What the stage cannot process, what it did wrong, or what `emit` returned.
    pub fn process(&mut self, packet: Option<&Packet>, emit: &mut dyn FnMut(Packet) -> Result<()>) -> Result<Flow> {
        let process = self.vt.process.ok_or_else(|| contract("no process"))?;
        let raw = packet.map(to_abi);
        if let (Some(packet), Some(raw)) = (packet, &raw) {
            self.check_input(packet, raw)?;
        }
        if let Some(packet) = packet
            && let Some(fed) = self.fed.get_mut(packet.port)
        {
            *fed = packet.start.saturating_add(packet.count as i64);
        }
        let raw = raw.as_ref().map_or(std::ptr::null(), |raw| raw as *const abi::Packet);
        // SAFETY: the packet's buffer is held by the caller during the call.
        self.call("process", emit, |this, sink| unsafe { process(this, raw, sink) })
    }

    /// All inputs have ended.
    ///
    /// # Errors
    /// As [`Instance::process`].
    pub fn finish(&mut self, emit: &mut dyn FnMut(Packet) -> Result<()>) -> Result<Flow> {
        let Some(finish) = self.vt.finish else { return Ok(Flow::Done) };
        // SAFETY: the sink lives during the call.
        match self.call("finish", emit, |this, sink| unsafe { finish(this, sink) })? {
            Flow::Again => Ok(Flow::Again),
            _ => self.ended().map(|()| Flow::Done),
        }
    }

    /// Has every output of a whole run ended where its format promises? Asked of a stage that is done; not of one whose
    /// input was shorter than promised, as that of a reader of a damaged file is.
    fn ended(&self) -> Result<()> {
        let whole = self.wanted.as_ref().is_some_and(|(_, span)| *span == (0..i64::MAX));
        let mut streams =
            self.inputs.iter().zip(&self.fed).filter(|((input, _), _)| input.format.kind() != Kind::Source);
        let mut any = false;
        let complete = streams.all(|((input, _), fed)| {
            any = true;
            input.format.length.is_none_or(|length| length == *fed)
        });
        if !(whole && any && complete) {
            return Ok(());
        }
        for (port, (format, next)) in self.outputs.iter().zip(&self.next).enumerate() {
            let (end, whole) = (next.unwrap_or(0), format.length);
            if let Some(length) = whole.filter(|length| *length != end) {
                return Err(contract(&format!("output {port} ends at entry {end}, its format promised {length}")));
            }
        }
        Ok(())
    }

    /// The input it needs next, if that matters.
    pub fn wants(&mut self) -> Option<usize> {
        // SAFETY: no arguments.
        let wanted = self.vt.wants.map_or(abi::ANY_INPUT, |wants| unsafe { wants(self.this) });
        (wanted != abi::ANY_INPUT && (wanted as usize) < self.inputs.len()).then_some(wanted as usize)
    }

    /// Must a global stage, as it was negotiated, see its whole input before it makes anything?
    pub fn reduces(&mut self) -> bool {
        // SAFETY: no arguments.
        self.vt.reduces.is_none_or(|reduces| unsafe { reduces(self.this) } != 0)
    }

    /// Gives one packet of the reduction pass.
    ///
    /// # Errors
    /// What the stage cannot process.
    pub fn reduce(&mut self, packet: &Packet) -> Result<()> {
        let reduce = self.vt.reduce.ok_or_else(|| contract("a global stage without reduce"))?;
        let raw = to_abi(packet);
        self.check_input(packet, &raw)?;
        // SAFETY: the packet's buffer is held by the caller during the call.
        let status = unsafe { reduce(self.this, &raw) };
        self.done("reduce", status)
    }

    /// The reduction's result.
    ///
    /// # Errors
    /// The stage has none.
    pub fn reduction(&mut self) -> Result<Vec<u8>> {
        let reduction = self.vt.reduction.ok_or_else(|| contract("a global stage without reduction"))?;
        let mut state = abi::Str::new("");
        // SAFETY: the stage keeps the bytes valid until the next call on it.
        unsafe {
            let status = reduction(self.this, &mut state);
            self.done("reduction", status)?;
            Ok(state.as_bytes().to_vec())
        }
    }

    /// Gives a reduction's result back.
    ///
    /// # Errors
    /// The bytes are no reduction of the stage.
    pub fn adopt(&mut self, state: &[u8]) -> Result<()> {
        let adopt = self.vt.adopt.ok_or_else(|| contract("a global stage without adopt"))?;
        // SAFETY: the bytes live during the call.
        let status = unsafe { adopt(self.this, abi::Str::bytes(state)) };
        self.done("adopt", status)
    }

    /// New values of live parameters.
    ///
    /// # Errors
    /// The stage refuses the values, or has no live parameters.
    pub fn set_live(&mut self, parameters: &Parameters) -> Result<()> {
        let set_live = self.vt.set_live.ok_or_else(|| Error::new(ErrorKind::Unsupported, "no parameter is live"))?;
        let params = AbiParameters::new(parameters.iter());
        // SAFETY: the parameters live during the call.
        let status = unsafe { set_live(self.this, params.raw.as_ptr(), params.raw.len() as u32) };
        self.done("set_live", status)
    }

    /// Is the packet one of an input, and does it hold what it says? A stage relies on that.
    fn check_input(&self, packet: &Packet, raw: &abi::Packet) -> Result<()> {
        let (Some((input, _)), Some(shape)) = (self.inputs.get(packet.port), self.input_shapes.get(packet.port)) else {
            return Err(contract(&format!("a packet for input {}, there are {}", packet.port, self.inputs.len())));
        };
        match shape.check(&input.format, raw, packet.buffer.as_ref()) {
            Ok(_) => Ok(()),
            Err(error) => Err(contract(&format!("a packet for input {}: {}", packet.port, error.message))),
        }
    }

    fn call(
        &mut self,
        name: &str,
        emit: &mut dyn FnMut(Packet) -> Result<()>,
        call: impl FnOnce(*mut c_void, *const abi::Sink) -> abi::Status,
    ) -> Result<Flow> {
        if self.wanted.is_none() {
            return Err(contract(&format!("{name} before begin")));
        }
        let mut receiver = Receiver::new(&self.outputs, &self.output_shapes, &mut self.next, emit);
        let status = self.gate.during(&mut receiver, |sink| call(self.this, sink));
        let (taken, failed) = receiver.finish();
        if let Some(error) = failed {
            return Err(error);
        }
        let flow = self.check(name, status)?;
        self.idle = if flow == Flow::Again && taken == 0 { self.idle + 1 } else { 0 };
        if self.idle > PATIENCE {
            return Err(contract(&format!("{name} asked {PATIENCE} times to be called again and gave nothing")));
        }
        if flow == Flow::Done && name == "process" {
            self.ended()?;
        }
        Ok(flow)
    }

    /// Checks a call that can only succeed or fail.
    fn done(&mut self, call: &str, status: abi::Status) -> Result<()> {
        match self.check(call, status)? {
            Flow::Continue => Ok(()),
            _ => Err(contract(&format!("{call} returned status {status}, which only process and finish may"))),
        }
    }

    fn check(&mut self, call: &str, status: abi::Status) -> Result<Flow> {
        if self.gate.was_late() {
            return Err(contract("a packet came outside of process and finish, or from another thread"));
        }
        match status {
            abi::OK => return Ok(Flow::Continue),
            abi::AGAIN => return Ok(Flow::Again),
            abi::DONE => return Ok(Flow::Done),
            i32::MIN..0 => {}
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
        if error.kind == ErrorKind::Cancelled && !self.context.cancelled() {
            // A stage that gives up must not make a run pass for one that somebody stopped.
            error.kind = ErrorKind::Contract;
            error.message = format!("{call} says that it was cancelled, and nobody cancelled it: {}", error.message);
        } else if error.message.is_empty() {
            error.message = format!("{call} failed with status {status} and no message");
        } else if status < abi::E_POISONED {
            error.message = format!("{call} returned the unknown status {status}: {}", error.message);
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
        self.context.close();
    }
}

/// The packet as a stage sees it; the caller keeps its buffer during the call.
fn to_abi(packet: &Packet) -> abi::Packet {
    abi::Packet {
        size: size_of::<abi::Packet>() as u32,
        flags: if packet.end { abi::END } else { 0 },
        port: packet.port as u32,
        reserved: 0,
        start: packet.start,
        count: i64::try_from(packet.count).unwrap_or(-1),
        buf: packet.buffer.as_ref().map_or(std::ptr::null_mut(), Buffer::as_raw),
        offset: packet.offset as u64,
        stride: packet.stride as u64,
    }
}

fn contract(message: &str) -> Error {
    Error::new(ErrorKind::Contract, message)
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

#[cfg(test)]
mod tests;
