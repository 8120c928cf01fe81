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

mod drive;
mod laws;
mod outcome;
mod recorder;

pub use outcome::{Finding, Outcome};

use crate::descriptor::Descriptor;
use crate::dtype::Element;
use crate::error::{Error, ErrorKind, Result};
use crate::export::create;
use crate::file::ByteSource;
use crate::format::{Format, Records};
use crate::host::{self, Instance, Pool, Services};
use crate::packet::Packet;
use crate::records::Rows;
use crate::stage::Stage;
use crate::value::{Parameters, Value};
use drive::Way;
use recorder::Memory;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};

type Create = dyn Fn(Arc<dyn Services>, Arc<Pool>, Arc<AtomicU32>) -> Result<Instance>;

/// A stage on the bench: parameters and inputs, run as often as wanted.
pub struct Bench<S = Loaded> {
    descriptor: Descriptor,
    create: Box<Create>,
    parameters: Vec<(String, Value)>,
    live: Vec<(String, Value)>,
    inputs: Vec<(Arc<Format>, Vec<Packet>)>,
    seed: u64,
    pool: Arc<Pool>,
    stage: PhantomData<fn() -> S>,
}

/// A stage that comes from a library and not from this program; see [`Bench::loaded`].
#[derive(Debug)]
pub enum Loaded {}

impl<S: Stage> Default for Bench<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S: Stage> Bench<S> {
    /// The stage with its default parameters and no inputs yet.
    pub fn new() -> Self {
        const { crate::declared::check(&S::DESCRIPTOR) };
        Self::of(S::DESCRIPTOR, Box::new(new_instance::<S>))
    }
}

impl Bench<Loaded> {
    /// A stage that a host has loaded, whatever language it was written in: its descriptor, and how to create it.
    pub fn loaded(
        descriptor: Descriptor,
        create: impl Fn(Arc<dyn Services>, Arc<Pool>, Arc<AtomicU32>) -> Result<Instance> + 'static,
    ) -> Self {
        Self::of(descriptor, Box::new(create))
    }
}

impl<S> Bench<S> {
    fn of(descriptor: Descriptor, create: Box<Create>) -> Self {
        let pool = Pool::scribbling(1 << 30);
        let (parameters, live, inputs) = (Vec::new(), Vec::new(), Vec::new());
        Bench { descriptor, create, parameters, live, inputs, seed: 0, pool, stage: PhantomData }
    }

    /// Sets a parameter.
    pub fn parameter(mut self, id: &str, value: impl Into<Value>) -> Self {
        self.parameters.push((id.to_owned(), value.into()));
        self
    }

    /// Sets a live parameter once a run has begun, before its first packet.
    pub fn live(mut self, id: &str, value: impl Into<Value>) -> Self {
        self.live.push((id.to_owned(), value.into()));
        self
    }

    /// Sets the seed.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Adds an input: planar samples, one slice a channel.
    ///
    /// # Panics
    /// The channels are of unequal length.
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

    /// Adds an input: rows of a table.
    ///
    /// # Panics
    /// A row does not fit the format.
    pub fn records(self, format: Records, rows: impl IntoIterator<Item = Vec<Value>>) -> Self {
        let mut gathered = Rows::new(&format);
        for row in rows {
            gathered.push(row).expect("the row fits the format");
        }
        let bytes = gathered.encode();
        self.input(Format::records(format), gathered.len(), bytes.len(), &bytes)
    }

    /// Adds an input: the bytes of a file.
    pub fn source(mut self, name: &str, bytes: Vec<u8>) -> Self {
        let source = ByteSource::from_bytes(name, Arc::new(Memory(Mutex::new(bytes))));
        self.inputs.push((Arc::new(Format::source(source)), Vec::new()));
        self
    }

    /// Adds an input from another run's output.
    pub fn packets(mut self, format: &Arc<Format>, packets: &[Packet]) -> Self {
        self.inputs.push((format.clone(), packets.to_vec()));
        self
    }

    /// Changes the format of the input that was added last: its layout, clock or attributes.
    pub fn with_format(mut self, change: impl FnOnce(&mut Format)) -> Self {
        if let Some((format, packets)) = self.inputs.last_mut() {
            change(Arc::make_mut(format));
            packets.iter_mut().for_each(|packet| packet.format = format.clone());
        }
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
        self.drive(&Way::blocks(block))
    }

    /// Computes only `span` of `output`, from the input that the stage says it needs.
    ///
    /// # Errors
    /// What the stage refuses or does wrong.
    pub fn region(&self, output: usize, span: Range<i64>) -> Result<Outcome> {
        self.drive(&Way { region: Some((output, span)), ..Way::blocks(1 << 12) })
    }

    /// Which entries of each input `span` of `output` depends on; `None`: all of it.
    ///
    /// # Errors
    /// What the stage refuses or does wrong.
    pub fn need(&self, output: usize, span: Range<i64>) -> Result<Vec<Option<Range<i64>>>> {
        self.negotiated(&Way::blocks(1), Arc::default())?.need(output, span)
    }

    fn frozen(&self, set: Option<&(String, Value)>) -> Result<Parameters> {
        let mut pairs = Vec::new();
        for parameter in self.descriptor.parameters {
            let given = self.parameters.iter().chain(set).rev().find(|(id, _)| id == parameter.id);
            let value = given.map_or_else(|| parameter.default_value(), |(_, value)| value.clone());
            if let Err(expected) = parameter.check(&value) {
                return Err(Error::parameter(parameter.id, format!("expected {expected}, got {value}")));
            }
            pairs.push((parameter.id.to_owned(), value));
        }
        for (id, _) in &self.parameters {
            if !self.descriptor.parameters.iter().any(|p| p.id == id) {
                return Err(Error::parameter(id, "the stage has no such parameter"));
            }
        }
        Ok(Parameters::new(pairs))
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
