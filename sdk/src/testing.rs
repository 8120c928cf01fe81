//! The test kit: drives a stage through its real vtable, without a host program.
//!
//! ```
//! # use auricle_sdk::prelude::*;
//! # struct Half;
//! # impl PerSample for Half {
//! #     const DESCRIPTOR: Descriptor = Descriptor::new("org.example.half", "Halves")
//! #         .inputs(&[Port::audio("audio")]).outputs(&[Port::audio("audio")]);
//! #     type In = f32;
//! #     type Out = f32;
//! #     fn new(_: &Setup) -> Result<Self> { Ok(Half) }
//! #     fn map(&mut self, input: &[f32], output: &mut [f32]) {
//! #         output.iter_mut().zip(input).for_each(|(y, x)| *y = x / 2.0);
//! #     }
//! # }
//! use auricle_sdk::testing::Bench;
//!
//! # fn main() -> Result<()> {
//! let bench = Bench::<Map<Half>>::new().audio(48_000, &[&[1.0f32, -0.5]]);
//! assert_eq!(bench.run()?.audio::<f32>(0)?, [[0.5, -0.25]]);
//! bench.conforms();
//! # Ok(())
//! # }
//! ```

use crate::dtype::Element;
use crate::error::{Error, ErrorKind, Result};
use crate::export::create;
use crate::file::ByteSource;
use crate::format::{Clock, Data, Format};
use crate::host::{self, Bytes, Instance, Pool, Services};
use crate::packet::Packet;
use crate::services::Severity;
use crate::stage::{Flow, Input, Stage};
use crate::value::{Parameters, Value};
use std::collections::BTreeMap;
use std::io;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex, PoisonError};

/// A stage on the bench: parameters and inputs, run as often as wanted.
pub struct Bench<S> {
    parameters: Vec<(String, Value)>,
    inputs: Vec<(Arc<Format>, Vec<Packet>)>,
    pool: Arc<Pool>,
    stage: PhantomData<S>,
}

/// Something a stage said about its data.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Kebab-case name.
    pub code: String,
    /// For a person.
    pub message: String,
    /// Entry of input 0 where it starts.
    pub at: Option<i64>,
}

/// What a run left.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Format of each output.
    pub formats: Vec<Arc<Format>>,
    /// What each output sent.
    pub packets: Vec<Vec<Packet>>,
    /// What the stage found.
    pub findings: Vec<Finding>,
    /// Files that it wrote.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl<S: Stage> Default for Bench<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Stage> Bench<S> {
    /// The stage with its default parameters and no inputs yet.
    pub fn new() -> Self {
        const { crate::declared::check(&S::DESCRIPTOR) };
        Bench { parameters: Vec::new(), inputs: Vec::new(), pool: Pool::new(1 << 30), stage: PhantomData }
    }

    /// Sets a parameter.
    pub fn parameter(mut self, id: &str, value: impl Into<Value>) -> Self {
        self.parameters.push((id.to_owned(), value.into()));
        self
    }

    /// Adds an input: planar samples, one slice a channel.
    pub fn audio<T: Element>(self, sample_rate: u32, channels: &[&[T]]) -> Self {
        let count = channels.first().map_or(0, |c| c.len());
        let format = Format::audio::<T>(channels.len(), sample_rate, Some(count as i64));
        let stride = (count * size_of::<T>()).next_multiple_of(64);
        let mut bytes = vec![0; stride * channels.len()];
        for (place, channel) in bytes.chunks_mut(stride.max(1)).zip(channels) {
            assert_eq!(channel.len(), count, "channels of unequal length");
            place[..count * size_of::<T>()].copy_from_slice(as_bytes(channel));
        }
        self.input(format, count, stride, &bytes)
    }

    /// Adds an input: frames of a tensor, one after another, in the format's memory order.
    pub fn tensor<T: Element>(self, format: Format, values: &[T]) -> Self {
        let frame_len = format.as_tensor().map_or(1, |tensor| tensor.frame_len()).max(1);
        let count = values.len() / frame_len;
        self.input(format, count, frame_len * size_of::<T>(), as_bytes(values))
    }

    /// Adds an input: the bytes of a file.
    pub fn source(mut self, name: &str, bytes: Vec<u8>) -> Self {
        let source = ByteSource::from_bytes(name, Arc::new(Memory(Mutex::new(bytes))));
        let format = Format {
            clock: Clock::NONE,
            length: None,
            layout: String::new(),
            attributes: Vec::new(),
            data: Data::Source(source),
        };
        self.inputs.push((Arc::new(format), Vec::new()));
        self
    }

    /// Adds an input from another run's output.
    pub fn packets(mut self, format: &Arc<Format>, packets: &[Packet]) -> Self {
        self.inputs.push((format.clone(), packets.to_vec()));
        self
    }

    fn input(mut self, format: Format, count: usize, stride: usize, bytes: &[u8]) -> Self {
        let format = Arc::new(format);
        let packet = host::packet(&self.pool, &format, 0, 0, count, stride, bytes).expect("the bench has memory");
        self.inputs.push((format, if count == 0 { Vec::new() } else { vec![packet] }));
        self
    }

    /// Runs over the whole input.
    ///
    /// # Errors
    /// What the stage refuses or does wrong.
    pub fn run(&self) -> Result<Outcome> {
        self.run_in_blocks(usize::MAX)
    }

    /// Runs with the input cut into packets of at most `block` entries.
    ///
    /// # Errors
    /// What the stage refuses or does wrong.
    pub fn run_in_blocks(&self, block: usize) -> Result<Outcome> {
        self.drive(block, None)
    }

    /// Computes only `span` of `output`, from the input that the stage says it needs.
    ///
    /// # Errors
    /// What the stage refuses or does wrong.
    pub fn region(&self, output: usize, span: Range<i64>) -> Result<Outcome> {
        self.drive(1 << 12, Some((output, span)))
    }

    fn drive(&self, block: usize, region: Option<(usize, Range<i64>)>) -> Result<Outcome> {
        let services = Arc::new(Recorder::default());
        let cancel = Arc::new(AtomicU32::new(0));
        let mut instance = new_instance::<S>(services.clone(), self.pool.clone(), cancel)?;
        let ports = S::DESCRIPTOR.inputs;
        let inputs: Vec<Input> = self
            .inputs
            .iter()
            .enumerate()
            .map(|(index, (format, _))| Input {
                port: index.min(ports.len().saturating_sub(1)),
                label: format!("input {index}"),
                format: format.clone(),
            })
            .collect();
        let source_block = block.min(1 << 16);
        let formats = instance.negotiate(&self.frozen()?, &inputs, source_block, 0)?.to_vec();
        let (output, span) = region.clone().unwrap_or((0, 0..i64::MAX));
        let needs = match &region {
            Some(_) => instance.need(output, span.clone())?,
            None => vec![None; inputs.len()],
        };
        let mut packets = vec![Vec::new(); formats.len()];
        let mut emit = |packet: Packet| {
            packets[packet.port].push(packet);
            Ok(())
        };
        if S::DESCRIPTOR.locality == crate::descriptor::Locality::Global {
            instance.begin(output, 0..i64::MAX)?;
            for packet in self.feed(block, &vec![None; inputs.len()]) {
                instance.reduce(&packet)?;
            }
            let state = instance.reduction()?;
            instance.adopt(&state)?;
        }
        instance.begin(output, span)?;
        let streams = self.inputs.iter().any(|(format, _)| !matches!(format.data, Data::Source(_)));
        let mut flow = if streams { Flow::Continue } else { Flow::Again };
        for packet in self.feed(block, &needs) {
            flow = instance.process(Some(&packet), &mut emit)?;
            while flow == Flow::Again {
                flow = instance.process(None, &mut emit)?;
            }
            if flow == Flow::Done {
                break;
            }
        }
        while flow == Flow::Again {
            flow = instance.process(None, &mut emit)?;
        }
        let ended = needs.iter().zip(&self.inputs).all(|(need, (format, _))| {
            need.as_ref().is_none_or(|range| format.length.is_none_or(|length| range.end >= length))
        });
        if streams && ended && flow != Flow::Done {
            while instance.finish(&mut emit)? == Flow::Again {}
        }
        drop(instance);
        let mut outcome = services.outcome();
        (outcome.formats, outcome.packets) = (formats, packets);
        Ok(outcome)
    }

    /// The input packets, cut at `block` and to what is needed, inputs taking turns; the last of each is marked.
    fn feed(&self, block: usize, needs: &[Option<Range<i64>>]) -> Vec<Packet> {
        let mut lanes: Vec<std::vec::IntoIter<Packet>> = Vec::new();
        for (port, (format, packets)) in self.inputs.iter().enumerate() {
            if matches!(format.data, Data::Source(_)) {
                continue;
            }
            let length = packets.last().map_or(0, |p| p.start + p.count as i64);
            let wanted = needs[port].clone().map_or(0..length, |r| r.start.clamp(0, length)..r.end.clamp(0, length));
            let mut lane = Vec::new();
            for packet in packets {
                let mut from = usize::try_from(wanted.start - packet.start).unwrap_or(0).min(packet.count);
                let to = usize::try_from(wanted.end - packet.start).unwrap_or(0).min(packet.count);
                while from < to {
                    let next = from.saturating_add(block).min(to);
                    lane.push(packet.slice(from, next).to_port(port));
                    from = next;
                }
            }
            if wanted.end == length {
                match lane.pop() {
                    Some(last) => lane.push(last.ended()),
                    None => lane.push(Packet::end_of(port, length, format.clone())),
                }
            }
            lanes.push(lane.into_iter());
        }
        let mut fed = Vec::new();
        loop {
            let before = fed.len();
            fed.extend(lanes.iter_mut().filter_map(Iterator::next));
            if fed.len() == before {
                return fed;
            }
        }
    }

    fn frozen(&self) -> Result<Parameters> {
        let mut pairs = Vec::new();
        for parameter in S::DESCRIPTOR.parameters {
            let given = self.parameters.iter().rev().find(|(id, _)| id == parameter.id);
            let value = given.map_or_else(|| parameter.default_value(), |(_, value)| value.clone());
            if let Err(expected) = parameter.check(&value) {
                return Err(Error::parameter(parameter.id, format!("expected {expected}, got {value}")));
            }
            pairs.push((parameter.id.to_owned(), value));
        }
        for (id, _) in &self.parameters {
            if !S::DESCRIPTOR.parameters.iter().any(|p| p.id == id) {
                return Err(Error::parameter(id, "the stage has no such parameter"));
            }
        }
        Ok(Parameters::new(pairs))
    }

    /// Checks the laws on this input: the same bytes on every run and for every block size; regions equal the whole.
    ///
    /// # Panics
    /// A law is broken; the message says which.
    pub fn conforms(&self) {
        let outcome = self.run().expect("the stage runs");
        assert!(outcome == self.run().expect("the stage runs"), "two runs differ");
        for block in [1, 7, 512, 4096] {
            let cut = self.run_in_blocks(block).expect("the stage runs");
            assert!(outcome == cut, "blocks of {block} give another result");
        }
        for (output, packets) in outcome.packets.iter().enumerate() {
            let length = packets.last().map_or(0, |p| p.start + p.count as i64);
            if let Some(promised) = outcome.formats[output].length {
                assert_eq!(length, promised, "output {output} has another length than promised");
            }
            if matches!(outcome.formats[output].data, Data::Records(_)) {
                continue;
            }
            for span in [0..length / 2, length / 3..length, length / 2..length / 2 + 1] {
                if span.is_empty() || matches!(S::DESCRIPTOR.locality, crate::descriptor::Locality::Recurrent { .. }) {
                    continue;
                }
                let part = self.region(output, span.clone()).expect("a region runs");
                assert_eq!(
                    outcome.entries(output, span.clone()),
                    part.entries(output, span.clone()),
                    "entries {span:?} of output {output} differ when computed alone"
                );
            }
        }
    }
}

impl Outcome {
    /// Output `port` as planar samples.
    ///
    /// # Errors
    /// It is no audio of `T`.
    pub fn audio<T: Element>(&self, port: usize) -> Result<Vec<Vec<T>>> {
        let mut channels = vec![Vec::new(); self.formats[port].as_audio()?.channels];
        for packet in &self.packets[port] {
            for (index, channel) in channels.iter_mut().enumerate() {
                channel.extend_from_slice(packet.channel(index)?);
            }
        }
        Ok(channels)
    }

    /// Output `port` as frames, one after another.
    ///
    /// # Errors
    /// It is no tensor of `T`.
    pub fn tensor<T: Element>(&self, port: usize) -> Result<Vec<T>> {
        let mut values = Vec::new();
        for packet in &self.packets[port] {
            values.extend_from_slice(packet.tensor::<T>()?.values);
        }
        Ok(values)
    }

    /// Output `port` as rows.
    ///
    /// # Errors
    /// It holds no records.
    pub fn rows(&self, port: usize) -> Result<Vec<Vec<Value>>> {
        let mut rows = Vec::new();
        for packet in &self.packets[port] {
            let table = packet.records()?;
            for row in 0..table.rows() {
                rows.push(table.row(row)?);
            }
        }
        Ok(rows)
    }

    /// The metric `name` from the outputs with the schema of metrics.
    pub fn metric(&self, name: &str) -> Option<f64> {
        let metrics = |f: &Arc<Format>| f.as_records().is_ok_and(|r| r.schema == crate::format::Records::METRICS);
        let ports = (0..self.formats.len()).filter(|&port| metrics(&self.formats[port]));
        let rows = ports.flat_map(|port| self.rows(port).unwrap_or_default());
        rows.into_iter().find(|row| row[0].as_str() == Some(name)).and_then(|row| row[1].as_f64())
    }

    /// The bytes of each entry of each output.
    fn all_entries(&self) -> Vec<Vec<Vec<u8>>> {
        (0..self.packets.len()).map(|port| self.entries(port, 0..i64::MAX)).collect()
    }

    /// The bytes of each entry of `span`.
    fn entries(&self, port: usize, span: Range<i64>) -> Vec<Vec<u8>> {
        let mut entries = Vec::new();
        for packet in &self.packets[port] {
            let (offset, stride, bytes) = packet.raw_bytes();
            for index in (0..packet.count).filter(|&i| span.contains(&(packet.start + i as i64))) {
                entries.push(match &packet.format().data {
                    Data::Audio(audio) => {
                        let size = audio.dtype.size();
                        let at = |channel: usize| offset + channel * stride + index * size;
                        (0..audio.channels)
                            .flat_map(|channel| bytes[at(channel)..at(channel) + size].to_vec())
                            .collect()
                    }
                    Data::Records(_) => {
                        let row = packet.records().and_then(|table| table.row(index)).expect("valid records");
                        format!("{row:?}").into_bytes()
                    }
                    _ => {
                        let size = packet.format().as_tensor().map_or(0, |t| t.frame_len() * t.dtype.size());
                        bytes[offset + index * stride..][..size].to_vec()
                    }
                });
            }
        }
        entries
    }
}

impl PartialEq for Outcome {
    fn eq(&self, other: &Self) -> bool {
        self.files == other.files && self.all_entries() == other.all_entries()
    }
}

#[allow(unsafe_code)]
fn new_instance<S: Stage>(services: Arc<dyn Services>, pool: Arc<Pool>, cancel: Arc<AtomicU32>) -> Result<Instance> {
    // SAFETY: host and place for the stage are valid during the call.
    let constructor = |host: *const _, out: *mut _| unsafe { create::<S>(host, out) };
    // SAFETY: the SDK's own functions keep the contract.
    unsafe { Instance::create(&constructor, services, pool, cancel) }
}

#[allow(unsafe_code)]
fn as_bytes<T: Element>(values: &[T]) -> &[u8] {
    // SAFETY: elements are plain numbers without padding.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// Bytes in memory, as a file.
struct Memory(Mutex<Vec<u8>>);

impl Bytes for Memory {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let rest = usize::try_from(offset).ok().and_then(|at| bytes.get(at..)).unwrap_or(&[]);
        let n = rest.len().min(buf.len());
        buf[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }

    fn write_at(&self, offset: u64, from: &[u8]) -> io::Result<()> {
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let offset = usize::try_from(offset).map_err(io::Error::other)?;
        let end = offset + from.len();
        if bytes.len() < end {
            bytes.resize(end, 0);
        }
        bytes[offset..end].copy_from_slice(from);
        Ok(())
    }

    fn length(&self) -> Option<u64> {
        Some(self.0.lock().unwrap_or_else(PoisonError::into_inner).len() as u64)
    }
}

/// Keeps what a stage says and writes.
#[derive(Default)]
struct Recorder {
    findings: Mutex<Vec<Finding>>,
    files: Mutex<BTreeMap<String, Arc<Memory>>>,
}

impl Recorder {
    fn outcome(&self) -> Outcome {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let read = |file: &Memory| file.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Outcome {
            findings: self.findings.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            files: files.iter().map(|(path, file)| (path.clone(), read(file))).collect(),
            ..Outcome::default()
        }
    }
}

impl Services for Recorder {
    fn finding(&self, severity: Severity, code: &str, message: &str, at: Option<i64>) {
        let finding = Finding { severity, code: code.to_owned(), message: message.to_owned(), at };
        self.findings.lock().unwrap_or_else(PoisonError::into_inner).push(finding);
    }

    fn output(&self, path: &str) -> io::Result<Arc<dyn Bytes>> {
        let file = Arc::new(Memory(Mutex::new(Vec::new())));
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), file.clone());
        Ok(file)
    }

    fn scratch(&self) -> io::Result<Arc<dyn Bytes>> {
        Ok(Arc::new(Memory(Mutex::new(Vec::new()))))
    }
}

/// Expects that a run is refused with this kind of error, and gives the error.
///
/// # Panics
/// It succeeds or fails otherwise.
pub fn refused<T>(result: Result<T>, kind: ErrorKind) -> Error {
    match result {
        Ok(_) => panic!("expected a {kind:?} error, got success"),
        Err(error) => {
            assert_eq!(error.kind, kind, "{error}");
            error
        }
    }
}
