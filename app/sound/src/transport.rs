//! The transport: play, pause, seek, and what there is to see of it.

use crate::device::{Device, Request};
use crate::error::ErrorKind;
use crate::level::Level;
use crate::player::Player;
use crate::shared::Shared;
use crate::source::AudioSource;
use crate::track::Track;
use std::ops::Range;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Instant;

/// What the transport is doing.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// Nothing is loaded.
    Empty,
    /// Holding its position.
    Paused,
    /// Playing, or about to.
    Playing,
    /// Everything was played and heard; playing again starts over.
    Ended,
    /// The device went away, for this reason; it is tried again every half second, and playback
    /// goes on by itself.
    Lost(String),
    /// It cannot play; playing again tries again.
    Failed {
        /// What the failure is about.
        kind: ErrorKind,
        /// The sentence.
        reason: String,
    },
}

/// A snapshot of the transport.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// What it is doing.
    pub status: Status,
    /// The source frame that the device takes next.
    pub position: u64,
    /// Length of the source in frames, once known.
    pub frames: Option<u64>,
    /// The source's frames a second; 0 if nothing is loaded.
    pub sample_rate: u32,
    /// Rate of the open device in Hz; 0 while none is open.
    pub device_rate: u32,
    /// From the position to the ear, in seconds, as far as the device says.
    pub latency_s: f64,
    /// Each device channel over the last 50 ms, before limiting to full scale; zero in silence.
    pub levels: Vec<Level>,
    /// Times that the source was too slow.
    pub underruns: u64,
    /// Times that the sound system said so.
    pub xruns: u64,
    /// Samples that had to be limited to full scale.
    pub clipped: u64,
}

/// A command to the player's thread.
pub(crate) enum Command {
    Load(Box<dyn AudioSource>),
    Unload,
    Play,
    Pause,
    Seek(u64),
    Scrub(u64),
    Swap(Box<dyn AudioSource>),
    Speed(f64),
    Solo(Option<usize>),
    Range(Range<u64>, bool),
    Retry,
    Sync(Sender<()>),
}

/// What the player's thread and the handle both see; never held while anything slow happens.
pub(crate) struct View {
    pub(crate) playing: bool,
    pub(crate) ended: bool,
    /// How long a grain is heard though nothing plays.
    pub(crate) scrub_until: Option<Instant>,
    /// Sources that are on their way to the thread; until they arrive, what it has is outdated.
    pub(crate) loading: usize,
    pub(crate) gain: f32,
    /// Why it is lost or has failed.
    pub(crate) trouble: Option<Status>,
    pub(crate) shared: Option<Arc<Shared>>,
    pub(crate) track: Track,
    /// The position while no stream is open.
    pub(crate) resting: u64,
    pub(crate) frames: Option<u64>,
    pub(crate) sample_rate: u32,
    /// Underruns, xruns and clipped samples of streams that are closed.
    pub(crate) past: [u64; 3],
}

impl View {
    /// Whether the stream that is there should be heard.
    pub(crate) fn is_open(&self) -> bool {
        (self.playing || self.scrub_until.is_some()) && !self.ended && self.loading == 0
    }

    /// The source frame that the device takes next.
    pub(crate) fn position(&self) -> u64 {
        match &self.shared {
            Some(shared) => self.track.position(shared.taken()),
            None => self.resting,
        }
    }
}

pub(crate) fn lock(view: &Mutex<View>) -> MutexGuard<'_, View> {
    view.lock().unwrap_or_else(|held| held.into_inner())
}

/// Plays one source at a time on a device, from a thread of its own.
///
/// The device is opened when there is something to play, and given back five seconds after the
/// last sound. Pausing, playing and the gain act at the device's next callback, within a ramp of 3 ms; what the device
/// holds already is heard before (at most 43 ms through a sound server).
pub struct Transport {
    commands: Option<Sender<Command>>,
    view: Arc<Mutex<View>>,
    thread: Option<JoinHandle<()>>,
}

impl Transport {
    /// A transport that plays on `device`, on the stream that `request` describes.
    pub fn new(device: Arc<dyn Device>, request: Request) -> Self {
        let view = Arc::new(Mutex::new(View {
            playing: false,
            ended: false,
            scrub_until: None,
            loading: 0,
            gain: 1.0,
            trouble: None,
            shared: None,
            track: Track::new(1.0, 0),
            resting: 0,
            frames: None,
            sample_rate: 0,
            past: [0; 3],
        }));
        let (commands, received) = channel();
        let player = Player::new(device, request, received, Arc::clone(&view));
        Self { commands: Some(commands), view, thread: Some(std::thread::spawn(move || player.run())) }
    }

    fn send(&self, command: Command) {
        if let Some(commands) = &self.commands {
            // It fails only if the thread is gone, which `state` reports.
            let _ = commands.send(command);
        }
    }

    /// Opens or closes the gate at once, without waiting for the thread.
    fn gate(&self, playing: bool) {
        let mut view = lock(&self.view);
        (view.playing, view.scrub_until) = (playing, None);
        if let Some(shared) = &view.shared {
            shared.set_playing(view.is_open());
        }
    }

    /// Takes a source in, paused at its beginning; the one before is dropped.
    pub fn load(&self, source: Box<dyn AudioSource>) {
        self.gate(false);
        lock(&self.view).loading += 1;
        self.send(Command::Load(source));
    }

    /// Drops the source and gives the device back.
    pub fn unload(&self) {
        self.gate(false);
        lock(&self.view).loading += 1;
        self.send(Command::Unload);
    }

    /// Plays on from the position; after the end, from the beginning.
    pub fn play(&self) {
        self.gate(true);
        self.send(Command::Play);
    }

    /// Holds the position.
    pub fn pause(&self) {
        self.gate(false);
        self.send(Command::Pause);
    }

    /// Goes to a source frame, playing or not.
    pub fn seek(&self, frame: u64) {
        // What waits is of another place: not a sample of it may be heard if playing is ordered right after.
        let view = lock(&self.view);
        if let Some(shared) = view.shared.as_ref().filter(|_| !view.is_open()) {
            shared.set_ready(false);
        }
        drop(view);
        self.send(Command::Seek(frame));
    }

    /// Goes to a source frame, and lets a short grain of it be heard if nothing plays: for a cursor that moves.
    pub fn scrub(&self, frame: u64) {
        self.send(Command::Scrub(frame));
    }

    /// Takes another source in, at the same time and going on in the same way: from the one to the other there is no
    /// gap and no click, and no sample is out of its place.
    pub fn swap(&self, source: Box<dyn AudioSource>) {
        if lock(&self.view).sample_rate == 0 {
            return self.load(source);
        }
        self.send(Command::Swap(source));
    }

    /// Plays `speed` times as fast, from 0.25 to 4, at the same pitch.
    pub fn set_speed(&self, speed: f64) {
        self.send(Command::Speed(speed.clamp(0.25, 4.0)));
    }

    /// Plays one channel of the source alone, on every device channel; `None` plays all.
    pub fn set_solo(&self, channel: Option<usize>) {
        self.send(Command::Solo(channel));
    }

    /// Plays only the source frames in `range`, over and over if `looped`; `0..u64::MAX` is all.
    pub fn set_range(&self, range: Range<u64>, looped: bool) {
        self.send(Command::Range(range, looped));
    }

    /// Sets the factor on every sample.
    pub fn set_gain(&self, gain: f32) {
        let mut view = lock(&self.view);
        view.gain = gain;
        if let Some(shared) = &view.shared {
            shared.set_gain(gain);
        }
    }

    /// Tries a lost device again now.
    pub fn retry(&self) {
        self.send(Command::Retry);
    }

    /// Returns once everything ordered so far is done and the device has all it can take.
    pub fn sync(&self) {
        let (reply, done) = channel();
        self.send(Command::Sync(reply));
        // An error means that the thread is gone, which `state` reports.
        let _ = done.recv();
    }

    /// What there is to see now.
    pub fn state(&self) -> State {
        let gone = self.thread.as_ref().is_none_or(JoinHandle::is_finished);
        let view = lock(&self.view);
        let status = match &view.trouble {
            _ if gone => Status::Failed {
                kind: ErrorKind::Backend,
                reason: "the playing thread has ended; this is a bug".into(),
            },
            Some(trouble) => trouble.clone(),
            None if view.sample_rate == 0 => Status::Empty,
            None if view.ended => Status::Ended,
            None if view.playing => Status::Playing,
            None => Status::Paused,
        };
        let shared = view.shared.as_deref();
        let count = |past: u64, now: fn(&Shared) -> u64| past + shared.map_or(0, now);
        State {
            status,
            position: view.position(),
            frames: view.frames,
            sample_rate: view.sample_rate,
            device_rate: shared.map_or(0, Shared::sample_rate),
            latency_s: shared.map_or(0.0, |shared| shared.latency() as f64 / f64::from(shared.sample_rate())),
            levels: shared.map_or(Vec::new(), |shared| levels(shared, view.gain)),
            underruns: count(view.past[0], Shared::underruns),
            xruns: count(view.past[1], Shared::xruns),
            clipped: count(view.past[2], Shared::clipped),
        }
    }
}

/// The levels of the last 50 ms that left through an open gate.
fn levels(shared: &Shared, gain: f32) -> Vec<Level> {
    let mut recent = Vec::new();
    if shared.is_open() && !shared.ended() {
        shared.recent(u64::from(shared.sample_rate() / 20), &mut recent);
        recent.iter_mut().for_each(|sample| *sample *= gain);
    }
    Level::of(&recent, shared.channels())
}

impl Drop for Transport {
    fn drop(&mut self) {
        self.commands = None;
        if let Some(thread) = self.thread.take() {
            // A panic in there has been printed; there is nothing left to save.
            let _ = thread.join();
        }
    }
}
