//! A device that is moved by hand: deterministic tests of whatever plays or records.

use crate::device::{Device, DeviceInfo, Direction, Request, Stream, StreamFormat, memory};
use crate::error::{Error, ErrorKind, Result};
use crate::shared::Shared;
use std::sync::{Arc, Mutex, MutexGuard, Weak};

/// A device whose callback runs when [`advance`](Manual::advance) or [`hear`](Manual::hear) is
/// called and at no other time. Clones are the same device.
#[derive(Debug, Clone)]
pub struct Manual {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    format: StreamFormat,
    present: bool,
    opened: usize,
    playback: Weak<Shared>,
    capture: Weak<Shared>,
}

/// Frames that the device says a callback has.
const PERIOD: u32 = 256;

impl Manual {
    /// A device of this rate and these channels.
    pub fn new(sample_rate: u32, channels: u32) -> Self {
        let inner = Inner {
            format: StreamFormat { sample_rate, channels },
            present: true,
            opened: 0,
            playback: Weak::new(),
            capture: Weak::new(),
        };
        Self { inner: Arc::new(Mutex::new(inner)) }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(|held| held.into_inner())
    }

    /// Runs one playback callback of `frames` frames and returns what went to the ear; empty if
    /// no stream is open.
    pub fn advance(&self, frames: usize) -> Vec<f32> {
        let Some(shared) = self.inner().playback.upgrade() else {
            return Vec::new();
        };
        let mut out = vec![0.0; frames * shared.channels()];
        shared.pull(&mut out);
        out
    }

    /// Runs one capture callback with these interleaved samples; without an open stream they are
    /// heard by nobody.
    pub fn hear(&self, samples: &[f32]) {
        if let Some(shared) = self.inner().capture.upgrade() {
            shared.push(samples);
        }
    }

    /// Pulls the plug: open streams report a fault and no new one opens.
    pub fn unplug(&self) {
        let mut inner = self.inner();
        inner.present = false;
        for shared in [&inner.playback, &inner.capture] {
            if let Some(shared) = shared.upgrade() {
                shared.note_fault(ErrorKind::Lost.code());
            }
        }
    }

    /// Plugs it in again, perhaps with another format.
    pub fn plug(&self, sample_rate: u32, channels: u32) {
        let mut inner = self.inner();
        inner.present = true;
        inner.format = StreamFormat { sample_rate, channels };
    }

    /// How many streams have been opened so far.
    pub fn opened(&self) -> usize {
        self.inner().opened
    }
}

impl Device for Manual {
    fn list(&self) -> Result<Vec<DeviceInfo>> {
        let inner = self.inner();
        let format = inner.present.then_some(inner.format);
        Ok(vec![DeviceInfo {
            id: "manual".into(),
            name: "moved by hand".into(),
            playback: format,
            capture: format,
            is_default: true,
        }])
    }

    fn open(&self, direction: Direction, request: &Request) -> Result<Stream> {
        let mut inner = self.inner();
        if !inner.present {
            return Err(Error::new(ErrorKind::NoDevice, "the device is unplugged"));
        }
        let format = StreamFormat {
            sample_rate: request.sample_rate.unwrap_or(inner.format.sample_rate),
            channels: request.channels.unwrap_or(inner.format.channels),
        };
        let shared = memory(direction, format)?;
        match direction {
            Direction::Playback => inner.playback = Arc::downgrade(&shared),
            Direction::Capture => inner.capture = Arc::downgrade(&shared),
        }
        inner.opened += 1;
        Ok(Stream::new(Box::new(()), shared, PERIOD).unpaced())
    }
}
