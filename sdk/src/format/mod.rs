//! Formats: what flows through a port, fixed before the first packet.

mod clock;
mod records;
mod tensor;

pub use clock::Clock;
pub use records::{Column, ColumnType, Records};
pub use tensor::{Axis, Coordinates, Role, Tensor};

use crate::dtype::{DType, Element};
use crate::error::{Error, ErrorKind, Result};
use crate::file::ByteSource;
use crate::value::Value;

/// What flows through one port, fixed by negotiation for the whole run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Format {
    /// Where the stream's entries stand in time.
    pub clock: Clock,
    /// Entries in all (sample frames, frames or rows); `None` when the end is not known yet. A promise, but a reader may
    /// end earlier, with a finding, when its file turns out to be damaged.
    pub length: Option<i64>,
    /// The order in which writers store the axes: `"band,frame"`. An axis that is left out has length 1.
    pub layout: String,
    /// Open facts that ride along, such as `codec` or `bits_per_sample`.
    pub attributes: Vec<(String, Value)>,
    /// Audio, tensor, records or source, with what each needs.
    pub data: Data,
}

/// The kinds of data between stages.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Data {
    /// A byte stream of the host: an entry of a session's `[inputs]`.
    Source(ByteSource),
    /// Planar samples.
    Audio(Audio),
    /// n-d array, streamed along its time axis.
    Tensor(Tensor),
    /// Table with a named schema.
    Records(Records),
}

/// Names of the kinds, for ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// [`Data::Source`]
    Source,
    /// [`Data::Audio`]
    Audio,
    /// [`Data::Tensor`]
    Tensor,
    /// [`Data::Records`]
    Records,
}

impl Kind {
    /// The kind's name in manifests and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Source => "source",
            Kind::Audio => "audio",
            Kind::Tensor => "tensor",
            Kind::Records => "records",
        }
    }
}

/// Format of audio.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Audio {
    /// Type of the samples; planes are of this type.
    pub dtype: DType,
    /// Number of channels.
    pub channels: usize,
    /// Sample rate in Hz.
    pub sample_rate: u32,
    /// Speaker names as `"FL,FR"`, or empty when unknown.
    pub channel_layout: String,
}

impl Format {
    /// Audio of `T`, its layout that of most tools: `(samples,)` for mono, else `(channel, sample)`.
    pub fn audio<T: Element>(channels: usize, sample_rate: u32, length: Option<i64>) -> Self {
        Self::audio_of(T::DTYPE, channels, sample_rate, length)
    }

    /// As [`Format::audio`], for a type known at run time only.
    pub fn audio_of(dtype: DType, channels: usize, sample_rate: u32, length: Option<i64>) -> Self {
        Format {
            clock: Clock::samples(sample_rate),
            length,
            layout: if channels == 1 { "sample" } else { "channel,sample" }.into(),
            attributes: Vec::new(),
            data: Data::Audio(Audio { dtype, channels, sample_rate, channel_layout: String::new() }),
        }
    }

    /// A tensor; `layout` is the tool's order of axes.
    pub fn tensor(tensor: Tensor, clock: Clock, length: Option<i64>, layout: &str) -> Self {
        Format { clock, length, layout: layout.into(), attributes: Vec::new(), data: Data::Tensor(tensor) }
    }

    /// A table.
    pub fn records(records: Records) -> Self {
        Self::timeless("row", Data::Records(records))
    }

    /// A byte stream of the host.
    pub fn source(source: ByteSource) -> Self {
        Self::timeless("", Data::Source(source))
    }

    fn timeless(layout: &str, data: Data) -> Self {
        Format { clock: Clock::NONE, length: None, layout: layout.into(), attributes: Vec::new(), data }
    }

    /// Does the format agree with itself? Both sides of the boundary ask this of every negotiated format.
    ///
    /// # Errors
    /// [`ErrorKind::Contract`]: a clock that does not tick at the sample rate, axes that contradict the length or are
    /// larger than memory.
    pub fn check(&self) -> Result<()> {
        let broken = |why: String| Err(Error::new(ErrorKind::Contract, format!("format: {why}")));
        let Clock { tick: (num, den), step, .. } = self.clock;
        if num <= 0 || den <= 0 || step < 0 {
            return broken(format!("a clock with a tick of {num}/{den} s and a step of {step}"));
        }
        match &self.data {
            Data::Audio(audio) if audio.channels == 0 => broken("audio without channels".into()),
            Data::Audio(audio) if (num, den, step) != (1, i64::from(audio.sample_rate), 1) => {
                let rate = audio.sample_rate;
                broken(format!("audio at {rate} Hz has a clock of {step} x {num}/{den} s; Clock::samples makes it"))
            }
            Data::Tensor(tensor) => {
                let (frame, streams) = (tensor.frame_axes(), tensor.streams());
                let mut sizes = frame.iter().map(|axis| axis.length);
                let bytes = sizes.try_fold(tensor.dtype.size(), |all, n| all.checked_mul(n?));
                if bytes.is_none_or(|bytes| bytes > isize::MAX as usize) {
                    return broken("a frame of unknown length, or larger than memory".into());
                }
                for axis in &tensor.axes {
                    if let Coordinates::List(list) = &axis.coordinates
                        && axis.length != Some(list.len())
                    {
                        let (name, length) = (&axis.name, axis.length);
                        return broken(format!("axis {name} has {} coordinates, its length is {length:?}", list.len()));
                    }
                }
                let axis = tensor.axes.first().and_then(|axis| axis.length).and_then(|n| i64::try_from(n).ok());
                match (axis, self.length) {
                    (Some(axis), Some(length)) if streams && axis != length => {
                        broken(format!("the time axis has {axis} entries, the stream {length}"))
                    }
                    (_, Some(length)) if !streams && length > 1 => {
                        broken(format!("a tensor without a time axis is one entry, not {length}"))
                    }
                    _ => Ok(()),
                }
            }
            _ => Ok(()),
        }
    }

    /// The kind's name.
    pub fn kind(&self) -> Kind {
        match self.data {
            Data::Source(_) => Kind::Source,
            Data::Audio(_) => Kind::Audio,
            Data::Tensor(_) => Kind::Tensor,
            Data::Records(_) => Kind::Records,
        }
    }

    /// Type of the elements of audio and tensors.
    pub fn dtype(&self) -> Option<DType> {
        match &self.data {
            Data::Audio(audio) => Some(audio.dtype),
            Data::Tensor(tensor) => Some(tensor.dtype),
            _ => None,
        }
    }

    /// The audio format, or an error that says what came instead.
    ///
    /// # Errors
    /// [`ErrorKind::Format`]: `expected audio, got ...`
    pub fn as_audio(&self) -> Result<&Audio> {
        match &self.data {
            Data::Audio(audio) => Ok(audio),
            _ => Err(self.unexpected(Kind::Audio)),
        }
    }

    /// The tensor format, or an error that says what came instead.
    ///
    /// # Errors
    /// [`ErrorKind::Format`]: `expected tensor, got ...`
    pub fn as_tensor(&self) -> Result<&Tensor> {
        match &self.data {
            Data::Tensor(tensor) => Ok(tensor),
            _ => Err(self.unexpected(Kind::Tensor)),
        }
    }

    /// The format of records, or an error that says what came instead.
    ///
    /// # Errors
    /// [`ErrorKind::Format`]: `expected records, got ...`
    pub fn as_records(&self) -> Result<&Records> {
        match &self.data {
            Data::Records(records) => Ok(records),
            _ => Err(self.unexpected(Kind::Records)),
        }
    }

    /// The source, or an error that says what came instead.
    ///
    /// # Errors
    /// [`ErrorKind::Format`]: `expected source, got ...`
    pub fn as_source(&self) -> Result<&ByteSource> {
        match &self.data {
            Data::Source(source) => Ok(source),
            _ => Err(self.unexpected(Kind::Source)),
        }
    }

    /// The attribute `name`.
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        self.attributes.iter().find(|(id, _)| id == name).map(|(_, value)| value)
    }

    /// Sets an attribute.
    pub fn with_attribute(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.attributes.retain(|(id, _)| id != name);
        self.attributes.push((name.into(), value.into()));
        self
    }

    /// Sets the order in which writers store the axes.
    pub fn with_layout(mut self, layout: &str) -> Self {
        self.layout = layout.into();
        self
    }

    fn unexpected(&self, wanted: Kind) -> Error {
        Error::format(format!("expected {}, got {}", wanted.name(), self.kind().name()))
    }
}
