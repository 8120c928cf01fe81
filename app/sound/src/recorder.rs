//! The recorder: capture stream -> meter, pre-roll, file.
//!
//! The file is valid at every moment (see [`WavWriter`]) and complete up to the last quarter of a
//! second if the process is killed; it is synced to the disk every five seconds and at the end.
//! Between the device and a disk that stalls stands a ring of ten seconds.

use crate::device::{Device, Direction, Request, StreamFormat};
use crate::ear::Ear;
use crate::error::{Error, ErrorKind, Result};
use crate::level::Level;
use crate::take::{Take, Taking};
use crate::wav::{SampleFormat, WavWriter};
use std::path::Path;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

/// What the recorder is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum RecorderStatus {
    /// Hearing and metering, but not keeping.
    Listening,
    /// Writing a file.
    Recording,
    /// The device went away, for this reason; it is tried again every half second. The file is
    /// valid, and goes on when the device is back.
    Lost(String),
    /// The length limit or the end of the sound is reached; the file is complete.
    Done,
    /// Writing failed, for this reason; the file holds what was written before.
    Failed(String),
}

/// A snapshot of the recorder.
#[derive(Debug, Clone, PartialEq)]
pub struct RecorderState {
    /// What it is doing.
    pub status: RecorderStatus,
    /// Each channel over the last 50 ms.
    pub levels: Vec<Level>,
    /// From the ear to here, in seconds, as far as the device says.
    pub latency_s: f64,
    /// Seconds that a recording which begins now would have before its beginning.
    pub preroll_s: f64,
    /// The recording under way, or the last one.
    pub take: Option<Take>,
}

/// Takes interleaved frames as they are heard.
pub type Listener = Box<dyn FnMut(&[f32]) + Send>;

/// An order to the recorder's thread.
pub(crate) enum Command {
    Start(Box<Taking>),
    Stop(Sender<Option<Result<Take>>>),
    Listen(Option<Listener>, bool),
    Retry,
    Sync(Sender<()>),
}

/// Hears a device and writes what it hears into files, from a thread of its own.
pub struct Recorder {
    format: StreamFormat,
    commands: Option<Sender<Command>>,
    state: Arc<Mutex<RecorderState>>,
    thread: Option<JoinHandle<()>>,
}

pub(crate) fn lock(state: &Mutex<RecorderState>) -> MutexGuard<'_, RecorderState> {
    state.lock().unwrap_or_else(|held| held.into_inner())
}

impl Recorder {
    /// Opens the stream that `request` describes and listens. The last `preroll_s` seconds before
    /// a [`start`](Recorder::start) become the beginning of its file.
    ///
    /// # Errors
    /// What the device says.
    pub fn open(device: Arc<dyn Device>, request: Request, preroll_s: f64) -> Result<Self> {
        let stream = device.open(Direction::Capture, &request)?;
        let (sample_rate, channels) = (stream.shared().sample_rate(), stream.shared().channels());
        let format = StreamFormat { sample_rate, channels: channels as u32 };
        let state = Arc::new(Mutex::new(RecorderState {
            status: RecorderStatus::Listening,
            levels: vec![Level::default(); channels],
            latency_s: 0.0,
            preroll_s: 0.0,
            take: None,
        }));
        let (commands, received) = channel();
        let request = Request { sample_rate: Some(sample_rate), channels: Some(format.channels), ..request };
        let ear = Ear::new(device, request, stream, preroll_s, Arc::clone(&state));
        Ok(Self {
            format,
            commands: Some(commands),
            state,
            thread: Some(std::thread::spawn(move || ear.run(&received))),
        })
    }

    /// What the stream runs at.
    pub fn format(&self) -> StreamFormat {
        self.format
    }

    fn send(&self, command: Command) {
        if let Some(commands) = &self.commands {
            // It fails only if the thread is gone, which the replies show.
            let _ = commands.send(command);
        }
    }

    /// Creates the file and records into it, at most `frames` frames. A recording under way is
    /// completed first.
    ///
    /// # Errors
    /// The file cannot be created; an existing one is kept unless `overwrite` is given.
    pub fn start(&self, path: &Path, format: SampleFormat, frames: Option<u64>, overwrite: bool) -> Result<()> {
        let StreamFormat { sample_rate, channels } = self.format;
        let channels = channels as usize;
        let writer = WavWriter::create(path, sample_rate, channels, format, overwrite)?;
        let taking = Taking::new(writer, sample_rate, channels, frames);
        self.send(Command::Start(Box::new(taking)));
        self.sync();
        Ok(())
    }

    /// Completes the recording under way and gives its account; `None` if there is none, or if it
    /// is complete already (then it stands in the [`state`](Recorder::state)).
    ///
    /// # Errors
    /// The file could not be completed.
    pub fn stop(&self) -> Result<Option<Take>> {
        let (reply, done) = channel();
        self.send(Command::Stop(reply));
        let gone = |_| Error::new(ErrorKind::Write, "the recording thread has ended; this is a bug");
        done.recv().map_err(gone)?.transpose()
    }

    /// Lets `listener` hear too: exactly what goes into files if `kept_only`, else everything. It must be quick.
    pub fn listen(&self, listener: Option<Listener>, kept_only: bool) {
        self.send(Command::Listen(listener, kept_only));
        self.sync();
    }

    /// Tries a lost device again now.
    pub fn retry(&self) {
        self.send(Command::Retry);
        self.sync();
    }

    /// Returns once everything ordered so far is done and what was heard so far is in the file,
    /// header included.
    pub fn sync(&self) {
        let (reply, done) = channel();
        self.send(Command::Sync(reply));
        // An error means that the thread is gone, which `stop` reports.
        let _ = done.recv();
    }

    /// What there is to see now.
    pub fn state(&self) -> RecorderState {
        lock(&self.state).clone()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // A panic in there has been printed; the file is valid anyway.
            let _ = thread.join();
        }
    }
}
