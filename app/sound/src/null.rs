//! Devices without a sound card: one that swallows sound, by the clock or at once, and one that
//! plays a source into a recorder. They run the same callback code as a real device.

use crate::device::{Device, DeviceInfo, Direction, Request, Stream, StreamFormat, memory};
use crate::error::{Error, ErrorKind, Result};
use crate::shared::Shared;
use crate::source::AudioSource;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Frames of one callback.
const PERIOD: usize = 512;
/// How long a device that follows no clock waits when there is nothing to do.
const NAP: Duration = Duration::from_millis(1);

/// A device that swallows what is played and records silence.
#[derive(Debug, Clone, Copy)]
pub struct Null {
    paced: bool,
}

impl Null {
    /// One that runs by the wall clock, as a sound card does.
    pub fn paced() -> Self {
        Self { paced: true }
    }

    /// One that consumes and delivers everything at once.
    pub fn at_once() -> Self {
        Self { paced: false }
    }
}

impl Device for Null {
    fn list(&self) -> Result<Vec<DeviceInfo>> {
        let format = Some(FORMAT);
        Ok(vec![DeviceInfo {
            id: if self.paced { "null" } else { "null-fast" }.into(),
            name: "no device: swallows sound, records silence".into(),
            playback: format,
            capture: format,
            is_default: true,
        }])
    }

    fn open(&self, direction: Direction, request: &Request) -> Result<Stream> {
        let shared = memory(direction, requested(request, FORMAT))?;
        let step: Box<dyn FnMut(&Shared) -> bool + Send> = match (direction, self.paced) {
            (Direction::Playback, true) => swallow(shared.channels(), PERIOD),
            (Direction::Playback, false) => Box::new(swallow_waiting),
            (Direction::Capture, paced) => {
                let silence = vec![0.0; PERIOD * shared.channels()];
                Box::new(move |shared| deliver(shared, &silence, paced))
            }
        };
        Ok(start(shared, self.paced, step))
    }
}

/// What a device without a will of its own runs at.
const FORMAT: StreamFormat = StreamFormat { sample_rate: 48_000, channels: 2 };

fn requested(request: &Request, default: StreamFormat) -> StreamFormat {
    StreamFormat {
        sample_rate: request.sample_rate.unwrap_or(default.sample_rate),
        channels: request.channels.unwrap_or(default.channels),
    }
}

fn swallow(channels: usize, frames: usize) -> Box<dyn FnMut(&Shared) -> bool + Send> {
    let mut out = vec![0.0; frames * channels];
    Box::new(move |shared| {
        shared.pull(&mut out);
        true
    })
}

/// Swallows only what is there, so that a feeder that is slower than no clock makes no underruns.
fn swallow_waiting(shared: &Shared) -> bool {
    let ended = shared.ended() && shared.after_end() == 0;
    let frames = if ended { PERIOD } else { PERIOD.min(shared.available() as usize) };
    if frames == 0 || !shared.is_open() {
        return false;
    }
    shared.pull(&mut vec![0.0; frames * shared.channels()]);
    true
}

/// Delivers a block; a device that follows no clock waits for room instead of losing frames.
fn deliver(shared: &Shared, block: &[f32], paced: bool) -> bool {
    let fits = shared.room() as usize * shared.channels() >= block.len();
    if paced || fits {
        shared.push(block);
    }
    paced || fits
}

/// A recording device that hears a source once, from its beginning, and then ends.
pub struct SourceCapture {
    source: Mutex<Option<Box<dyn AudioSource>>>,
    format: StreamFormat,
    paced: bool,
}

impl SourceCapture {
    /// A device that hears `source`, by the wall clock (`paced`) or at once.
    pub fn new(source: Box<dyn AudioSource>, paced: bool) -> Self {
        let format = StreamFormat { sample_rate: source.sample_rate(), channels: source.channels() as u32 };
        Self { source: Mutex::new(Some(source)), format, paced }
    }
}

impl Device for SourceCapture {
    fn list(&self) -> Result<Vec<DeviceInfo>> {
        Ok(vec![DeviceInfo {
            id: "source".into(),
            name: "a source instead of a microphone".into(),
            playback: None,
            capture: Some(self.format),
            is_default: true,
        }])
    }

    fn open(&self, direction: Direction, request: &Request) -> Result<Stream> {
        let wanted = requested(request, self.format);
        if direction != Direction::Capture || wanted != self.format {
            let StreamFormat { sample_rate, channels } = self.format;
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!("this source only records, with {channels} channels at {sample_rate} Hz"),
            ));
        }
        let mut place = self.source.lock().unwrap_or_else(|held| held.into_inner());
        let Some(mut source) = place.take() else {
            return Err(Error::new(ErrorKind::Busy, "this source is being heard already"));
        };
        let shared = memory(direction, self.format)?;
        let (mut at, mut block) = (0, vec![0.0; PERIOD * shared.channels()]);
        let (mut filled, paced) = (0, self.paced);
        let step = move |shared: &Shared| {
            if filled == 0 && !shared.ended() {
                // A source that fails while it serves as a microphone has ended.
                filled = source.read(at, &mut block).unwrap_or(0);
                at += filled as u64;
                if filled == 0 {
                    shared.finish();
                }
            }
            let delivered = filled > 0 && deliver(shared, &block[..filled * shared.channels()], paced);
            if delivered {
                filled = 0;
            }
            delivered
        };
        Ok(start(shared, self.paced, Box::new(step)))
    }
}

/// The thread that plays the part of the sound card; dropping it ends and joins it.
struct Driver {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            // A panic in there has been printed; there is nothing left to save.
            let _ = thread.join();
        }
    }
}

/// Runs `step` once a period, or as long as it finds something to do.
fn start(shared: Arc<Shared>, paced: bool, mut step: Box<dyn FnMut(&Shared) -> bool + Send>) -> Stream {
    let (stop, stopped) = channel();
    let period = Duration::from_secs_f64(PERIOD as f64 / f64::from(shared.sample_rate()));
    let memory = Arc::clone(&shared);
    let thread = std::thread::spawn(move || {
        let mut due = Instant::now();
        loop {
            let busy = step(&memory);
            due += period;
            let wait = match (paced, busy) {
                (true, _) => due.saturating_duration_since(Instant::now()),
                (false, true) => Duration::ZERO,
                (false, false) => NAP,
            };
            if stopped.recv_timeout(wait) != Err(RecvTimeoutError::Timeout) {
                return;
            }
        }
    });
    let driver = Driver { stop: Some(stop), thread: Some(thread) };
    let stream = Stream::new(Box::new(driver), shared, PERIOD as u32);
    if paced { stream } else { stream.unpaced() }
}
