//! Formats: what flows through a port, fixed before the first packet.

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

/// Time of a stream's entries, in exact arithmetic.
///
/// Entry `k` stands at tick `origin + k * step`; a tick lasts `tick.0 / tick.1` seconds. For audio the entry is a sample
/// frame and the step 1; for frames it is the centre of the analysis window, which may lie before sample 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Seconds per tick as a fraction.
    pub tick: (i64, i64),
    /// Tick of entry 0.
    pub origin: i64,
    /// Ticks from entry to entry; 0 when the stream has no time.
    pub step: i64,
}

impl Clock {
    /// Entries without time: records, whole tensors.
    pub const NONE: Clock = Clock { tick: (1, 1), origin: 0, step: 0 };

    /// Sample frames at `rate` Hz.
    pub const fn samples(rate: u32) -> Self {
        Clock { tick: (1, rate as i64), origin: 0, step: 1 }
    }

    /// Frames of `hop` samples whose first is centred on `origin`, on the clock of the samples.
    pub const fn frames(self, hop: i64, origin: i64) -> Self {
        Clock { tick: self.tick, origin: self.origin + origin * self.step, step: hop * self.step }
    }

    /// Time of entry `index` in seconds, for display.
    pub fn seconds(&self, index: i64) -> f64 {
        (self.origin as f64 + index as f64 * self.step as f64) * self.tick.0 as f64 / self.tick.1 as f64
    }

    /// Entries per second: the sample rate of audio, the frame rate of frames.
    pub fn rate(&self) -> f64 {
        self.tick.1 as f64 / (self.tick.0 as f64 * self.step as f64)
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

/// Role of a tensor's axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u32)]
pub enum Role {
    /// None of the others.
    Other = 0,
    /// Frames in time.
    Time = 1,
    /// Bins or bands.
    Frequency = 2,
    /// Audio channels.
    Channel = 3,
    /// Embedding.
    Embedding = 4,
    /// Classes.
    Class = 5,
    /// Tokens.
    Token = 6,
    /// Lags or offsets.
    Lag = 7,
}

/// One axis of a tensor.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Axis {
    /// What it stands for.
    pub role: Role,
    /// Name that layouts use: `frame`, `bin`, `band`, `channel`.
    pub name: String,
    /// Entries; `None` for a time axis whose end is not known.
    pub length: Option<usize>,
    /// Unit of the coordinates: `Hz`, `s`.
    pub unit: String,
    /// Spacing of the coordinates: `linear`, `mel/slaney`, `mel/htk`, `erb`.
    pub scale: String,
    /// What the entries stand at.
    pub coordinates: Coordinates,
}

/// Coordinates of an axis's entries.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Coordinates {
    /// Entry `k` stands at `start + k * step`.
    Even {
        /// Coordinate of entry 0.
        start: f64,
        /// Distance of two entries.
        step: f64,
    },
    /// One value an entry.
    List(Vec<f64>),
}

impl Axis {
    /// Frames in time: the axis that a stream grows along. The stream's [`Clock`] says when each stands.
    pub fn frames(length: Option<i64>) -> Self {
        Axis::new(Role::Time, "frame", length.and_then(|n| usize::try_from(n).ok()))
    }

    /// `channels` audio channels.
    pub fn channels(channels: usize) -> Self {
        Axis::new(Role::Channel, "channel", Some(channels))
    }

    /// `length` FFT bins, `step_hz` apart.
    pub fn bins(length: usize, step_hz: f64) -> Self {
        Axis::new(Role::Frequency, "bin", Some(length)).even("Hz", "linear", 0.0, step_hz)
    }

    /// Bands with their centre frequencies in Hz, on a scale such as `mel/slaney`.
    pub fn bands(centres_hz: Vec<f64>, scale: &str) -> Self {
        let mut axis = Axis::new(Role::Frequency, "band", Some(centres_hz.len()));
        axis.unit = "Hz".into();
        axis.scale = scale.into();
        axis.coordinates = Coordinates::List(centres_hz);
        axis
    }

    /// An axis without coordinates.
    pub fn new(role: Role, name: &str, length: Option<usize>) -> Self {
        Axis {
            role,
            name: name.into(),
            length,
            unit: String::new(),
            scale: String::new(),
            coordinates: Coordinates::Even { start: 0.0, step: 1.0 },
        }
    }

    /// Sets evenly spaced coordinates.
    pub fn even(mut self, unit: &str, scale: &str, start: f64, step: f64) -> Self {
        self.unit = unit.into();
        self.scale = scale.into();
        self.coordinates = Coordinates::Even { start, step };
        self
    }

    /// Coordinate of entry `k`.
    pub fn coordinate(&self, k: usize) -> f64 {
        match &self.coordinates {
            Coordinates::Even { start, step } => start + k as f64 * step,
            Coordinates::List(list) => list.get(k).copied().unwrap_or(f64::NAN),
        }
    }
}

/// Format of a tensor.
///
/// Axes are in memory order, slowest first. A stream has its time axis first, so that each frame is contiguous.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Tensor {
    /// Type of the elements.
    pub dtype: DType,
    /// Axes in memory order.
    pub axes: Vec<Axis>,
    /// What the numbers are: `amplitude`, `power`, `db`, `ln`, `log10`, `complex`, `difference` ...
    pub quantity: String,
    /// Their unit: `dB`, `1`, or empty.
    pub unit: String,
    /// The value that reads 0 in a level; `None` when there is no such.
    pub reference: Option<f64>,
    /// Sum of the analysis window, from which a spectrum's level follows.
    pub coherent_gain: Option<f64>,
}

impl Tensor {
    /// A tensor of `T` with these axes and quantity.
    pub fn new<T: Element>(axes: Vec<Axis>, quantity: &str) -> Self {
        Tensor {
            dtype: T::DTYPE,
            axes,
            quantity: quantity.into(),
            unit: String::new(),
            reference: None,
            coherent_gain: None,
        }
    }

    /// Does it stream along a time axis?
    pub fn streams(&self) -> bool {
        self.axes.first().is_some_and(|axis| axis.role == Role::Time)
    }

    /// Axes of one entry: without the time axis of a stream.
    pub fn frame_axes(&self) -> &[Axis] {
        if self.streams() { &self.axes[1..] } else { &self.axes }
    }

    /// Elements of one entry.
    pub fn frame_len(&self) -> usize {
        self.frame_axes().iter().map(|axis| axis.length.unwrap_or(0)).product()
    }

    /// The axis with this role.
    pub fn axis(&self, role: Role) -> Option<&Axis> {
        self.axes.iter().find(|axis| axis.role == role)
    }
}

/// Type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
#[non_exhaustive]
pub enum ColumnType {
    /// True or false.
    Bool = 1,
    /// `i64`
    Int = 2,
    /// `f64`
    Float = 3,
    /// UTF-8
    Str = 4,
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Column {
    /// Name, as the schema gives it.
    pub name: String,
    /// Type of the values; any may be missing.
    pub kind: ColumnType,
    /// Unit of the values, or empty.
    pub unit: String,
}

impl Column {
    /// A column without unit.
    pub fn new(name: &str, kind: ColumnType) -> Self {
        Column { name: name.into(), kind, unit: String::new() }
    }
}

/// Format of records.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Records {
    /// Name of the schema: `auricle.metrics/1`.
    pub schema: String,
    /// Columns in order.
    pub columns: Vec<Column>,
}

impl Records {
    /// Schema of metrics; what a stage emits with it stands in the run's report.
    pub const METRICS: &'static str = "auricle.metrics/1";

    /// A table of these columns; `schema` is a name with a version, `org.example.peaks/1`.
    pub fn new(schema: &str, columns: Vec<Column>) -> Self {
        Records { schema: schema.into(), columns }
    }

    /// Metrics: `name`, `value`, `unit`, `scope`.
    pub fn metrics() -> Self {
        let columns = vec![
            Column::new("name", ColumnType::Str),
            Column::new("value", ColumnType::Float),
            Column::new("unit", ColumnType::Str),
            Column::new("scope", ColumnType::Str),
        ];
        Self::new(Self::METRICS, columns)
    }
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
    pub fn as_audio(&self) -> Result<&Audio> {
        match &self.data {
            Data::Audio(audio) => Ok(audio),
            _ => Err(self.unexpected(Kind::Audio)),
        }
    }

    /// The tensor format, or an error that says what came instead.
    pub fn as_tensor(&self) -> Result<&Tensor> {
        match &self.data {
            Data::Tensor(tensor) => Ok(tensor),
            _ => Err(self.unexpected(Kind::Tensor)),
        }
    }

    /// The format of records, or an error that says what came instead.
    pub fn as_records(&self) -> Result<&Records> {
        match &self.data {
            Data::Records(records) => Ok(records),
            _ => Err(self.unexpected(Kind::Records)),
        }
    }

    /// The source, or an error that says what came instead.
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
