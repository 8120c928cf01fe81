//! What a tensor is: its axes, in memory order, and what its numbers mean.

use crate::dtype::{DType, Element};

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
    /// Frames in time: the axis that a stream grows along. The stream's [`Clock`](crate::format::Clock) says when each stands.
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
