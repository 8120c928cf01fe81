//! Where sound comes out and goes in: the [`Device`] trait and the [`Stream`] that it opens.

use crate::error::{Error, ErrorKind, Result};
use crate::shared::Shared;
use std::sync::Arc;

/// Which way a stream runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From us to the ear.
    Playback,
    /// From the microphone to us.
    Capture,
}

impl Direction {
    /// Seconds that the ring of such a stream holds: a capture ring has to outlast a disk that
    /// stalls, a playback ring only the feeder's lead.
    fn ring_s(self) -> u64 {
        match self {
            Self::Playback => 2,
            Self::Capture => 10,
        }
    }
}

/// What stream is asked for; everything that is absent is the device's choice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// An id from [`Device::list`].
    pub device: Option<String>,
    /// Frames a second.
    pub sample_rate: Option<u32>,
    /// Channels.
    pub channels: Option<u32>,
}

/// One direction of a listed device: its usual format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamFormat {
    /// Frames a second.
    pub sample_rate: u32,
    /// Interleaved channels.
    pub channels: u32,
}

/// A device that can be named in a [`Request`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    /// What [`Request::device`] takes.
    pub id: String,
    /// The name for people.
    pub name: String,
    /// What it plays when nothing else is asked for; absent if it does not play.
    pub playback: Option<StreamFormat>,
    /// What it records when nothing else is asked for; absent if it does not record.
    pub capture: Option<StreamFormat>,
    /// Whether it is used when none is named.
    pub is_default: bool,
}

/// Something that opens streams.
pub trait Device: Send + Sync {
    /// The devices that can be named, the default one first.
    ///
    /// # Errors
    /// When the sound system cannot be asked. No device at all is an empty list.
    fn list(&self) -> Result<Vec<DeviceInfo>>;

    /// Opens and starts a stream. A playback stream gives silence until both halves of its gate
    /// are open ([`Shared::set_playing`], [`Shared::set_ready`]).
    ///
    /// # Errors
    /// No such device, a format that it cannot do, or a sound system that does not answer.
    fn open(&self, direction: Direction, request: &Request) -> Result<Stream>;
}

/// A running stream. Dropping it stops the callback first and frees the memory then.
pub struct Stream {
    /// Whatever runs the callback; dropped before `shared`, hence above it.
    _driver: Box<dyn Send>,
    shared: Arc<Shared>,
    period: u32,
    paced: bool,
}

impl Stream {
    /// A stream whose callback is run by `driver` until that is dropped.
    pub(crate) fn new(driver: Box<dyn Send>, shared: Arc<Shared>, period: u32) -> Self {
        Self { _driver: driver, shared, period, paced: true }
    }

    /// The same, for a driver that follows no clock.
    pub(crate) fn unpaced(self) -> Self {
        Self { paced: false, ..self }
    }

    /// The memory shared with the callback.
    pub fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Frames of one callback; 0 if the device does not say.
    pub fn period(&self) -> u32 {
        self.period
    }

    /// Whether callbacks come by a clock, so that their absence means something.
    pub fn is_paced(&self) -> bool {
        self.paced
    }
}

/// The memory of a stream of this format.
///
/// # Errors
/// [`ErrorKind::Unsupported`] for formats that cannot be streams.
pub(crate) fn memory(direction: Direction, format: StreamFormat) -> Result<Arc<Shared>> {
    let StreamFormat { sample_rate, channels } = format;
    if !(1..=256).contains(&channels) || !(100..=4_000_000).contains(&sample_rate) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!(
                "expected a stream of 1 to 256 channels at 100 Hz to 4 MHz, got {channels} channels at {sample_rate} Hz"
            ),
        ));
    }
    let frames = direction.ring_s() * u64::from(sample_rate);
    Ok(Arc::new(Shared::new(sample_rate, channels, frames)))
}
