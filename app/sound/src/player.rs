//! The transport's thread: feeds the ring, watches the device, reopens it when it went away.

use crate::device::{Device, Direction, Request};
use crate::error::{Error, Result};
use crate::feed::{Feed, Filled, Manner, Part};
use crate::running::Running;
use crate::shared::Shared;
use crate::source::AudioSource;
use crate::track::Track;
use crate::transport::{Command, Status, View, lock};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How far the ring is filled ahead of the device.
const AHEAD_MS: u64 = 400;
/// How often a playing stream is topped up and watched.
const TICK: Duration = Duration::from_millis(20);
/// How often a resting stream is watched.
const REST: Duration = Duration::from_millis(250);
/// How often a lost device is tried again.
const RETRY: Duration = Duration::from_millis(500);
/// How long what lies under a moving cursor is heard.
const GRAIN: Duration = Duration::from_millis(90);
/// How long a silent stream is kept open.
const KEEP_OPEN: Duration = Duration::from_secs(5);

pub(crate) struct Player {
    device: Arc<dyn Device>,
    request: Request,
    commands: Receiver<Command>,
    view: Arc<Mutex<View>>,
    source: Option<Box<dyn AudioSource>>,
    part: Part,
    manner: Manner,
    running: Option<Running>,
    retry_at: Option<Instant>,
}

impl Player {
    pub(crate) fn new(
        device: Arc<dyn Device>,
        request: Request,
        commands: Receiver<Command>,
        view: Arc<Mutex<View>>,
    ) -> Self {
        Self {
            device,
            request,
            commands,
            view,
            source: None,
            part: Part::ALL,
            manner: Manner::PLAIN,
            running: None,
            retry_at: None,
        }
    }

    /// Runs until the handle is dropped.
    pub(crate) fn run(mut self) {
        let mut wait = REST;
        loop {
            let mut next = match self.commands.recv_timeout(wait) {
                Ok(command) => Some(command),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let mut waiting = Vec::new();
            while let Some(command) = next {
                match command {
                    Command::Sync(reply) => waiting.push(reply),
                    command => self.obey(command),
                }
                next = self.commands.try_recv().ok();
            }
            let now = Instant::now();
            self.watch(now);
            self.connect(now);
            let filled = self.fill();
            for reply in waiting {
                // Whoever asked may have gone away.
                let _ = reply.send(());
            }
            wait = self.rest(filled);
        }
    }

    /// How long nothing needs to be done.
    fn rest(&self, filled: bool) -> Duration {
        match &self.running {
            Some(running) if !running.stream.is_paced() && filled => Duration::ZERO,
            _ if lock(&self.view).is_open() => TICK,
            _ => REST,
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Load(source) => {
                self.close(None);
                (self.part, self.retry_at) = (Part::ALL, None);
                let mut view = lock(&self.view);
                view.loading -= 1;
                (view.frames, view.sample_rate) = (source.frames(), source.sample_rate());
                (view.resting, view.ended, view.trouble) = (0, false, None);
                view.past = [0; 3];
                drop(view);
                self.source = Some(source);
            }
            Command::Unload => {
                self.close(None);
                self.source = None;
                let mut view = lock(&self.view);
                view.loading -= 1;
                (view.frames, view.sample_rate, view.resting) = (None, 0, 0);
                (view.ended, view.trouble) = (false, None);
            }
            Command::Play => {
                let mut view = lock(&self.view);
                if matches!(view.trouble, Some(Status::Failed { .. })) {
                    view.trouble = None;
                }
                let over = view.ended || view.position() >= self.part.range.end;
                drop(view);
                if over {
                    self.seek(self.part.range.start);
                }
            }
            Command::Pause => {}
            Command::Seek(frame) => self.seek(frame),
            Command::Scrub(frame) => self.scrub(frame),
            Command::Swap(source) => self.swap(source),
            Command::Range(range, looped) => {
                self.part = Part { range, looped };
                let position = lock(&self.view).position();
                let goal = self.within(position);
                self.turn((goal != position).then_some(goal));
            }
            Command::Speed(speed) => {
                self.manner.speed = speed;
                self.turn(None);
            }
            Command::Solo(channel) => {
                self.manner.solo = channel;
                self.turn(None);
            }
            Command::Retry => self.retry_at = None,
            Command::Sync(_) => {}
        }
    }

    /// The nearest frame that is to be played.
    fn within(&self, frame: u64) -> u64 {
        let end = self.part.range.end.min(lock(&self.view).frames.unwrap_or(u64::MAX));
        frame.clamp(self.part.range.start.min(end), end)
    }

    /// Goes to the frame, or to the nearest one that is to be played.
    fn seek(&mut self, frame: u64) {
        let frame = self.within(frame);
        self.turn(Some(frame));
    }

    /// Lets a short grain from the frame on be heard, whether it plays or not.
    fn scrub(&mut self, frame: u64) {
        let until = Instant::now() + GRAIN;
        let mut view = lock(&self.view);
        if !view.playing {
            (view.scrub_until, view.ended) = (Some(until), false);
        }
        drop(view);
        self.seek(frame);
        let view = lock(&self.view);
        if let Some(shared) = &view.shared {
            shared.set_playing(view.is_open());
        }
    }

    /// Takes up another source at the same time; what is heard goes over to it.
    fn swap(&mut self, source: Box<dyn AudioSource>) {
        let mut view = lock(&self.view);
        let factor = f64::from(source.sample_rate()) / f64::from(view.sample_rate.max(1));
        let scaled = |frame: u64| if frame == u64::MAX { frame } else { (frame as f64 * factor).round() as u64 };
        self.part.range = scaled(self.part.range.start)..scaled(self.part.range.end);
        view.track.rescale(factor);
        view.track.set_end(u64::MAX);
        view.resting = scaled(view.resting);
        (view.frames, view.sample_rate) = (source.frames(), source.sample_rate());
        drop(view);
        self.source = Some(source);
        self.turn(None);
    }

    /// Lets what is asked for now be heard, from frame `goal` on or from where it is.
    fn turn(&mut self, goal: Option<u64>) {
        if goal.is_some() {
            lock(&self.view).ended = false;
        }
        let turned = match self.take_over(goal) {
            Ok(true) => Ok(()),
            Ok(false) => {
                let frame = goal.unwrap_or_else(|| lock(&self.view).position());
                self.start_over(self.within(frame))
            }
            Err(error) => Err(error),
        };
        if let Err(error) = turned {
            self.fail(&error);
        }
    }

    /// Throws away what waits, and begins at the frame.
    fn start_over(&mut self, frame: u64) -> Result<()> {
        lock(&self.view).resting = frame;
        let (Some(running), Some(source)) = (&mut self.running, self.source.as_deref()) else { return Ok(()) };
        let shared = Arc::clone(running.stream.shared());
        shared.set_ready(false);
        running.feed = Feed::new(source, self.manner, frame, Arc::clone(&shared))?;
        let at = running.feed.seek(frame);
        let mut view = lock(&self.view);
        let end = self.part.range.end.min(view.frames.unwrap_or(u64::MAX));
        view.track.begin(at, frame, pace(source, self.manner, &shared), shared.taken());
        view.track.set_end(end);
        shared.set_playing(view.is_open());
        Ok(())
    }

    /// Puts what is asked for now in the place of what waits in the ring, by a short crossfade just ahead of what the
    /// device has taken: without a gap, and aligned to the sample if no other place is asked for. False if nothing sounds.
    fn take_over(&mut self, goal: Option<u64>) -> Result<bool> {
        let (Some(running), Some(source)) = (&mut self.running, &mut self.source) else { return Ok(false) };
        let shared = Arc::clone(running.stream.shared());
        let (guard, fade) = (running.guard(), 2 * u64::from(shared.ramp()));
        let channels = shared.channels();
        if !shared.is_sounding() || shared.available() < guard + fade {
            return Ok(false);
        }
        let pace = pace(source.as_ref(), self.manner, &shared);
        let from = shared.taken() + guard;
        let (at, start) = match goal {
            Some(frame) => (from, frame),
            None => lock(&self.view).track.meet(from, u64::from(shared.sample_rate()) / 100),
        };
        let mut feed = Feed::new(source.as_ref(), self.manner, start, Arc::clone(&shared))?;
        let waiting = shared.written().saturating_sub(at);
        let news = feed.prepare(source.as_mut(), &self.part, waiting)?;
        // Making it took its time, in which the device went on.
        let first = at.max(shared.taken() + guard);
        let room = shared.written().saturating_sub(first) as usize * channels;
        if room < fade as usize * channels {
            return Ok(false);
        }
        let skipped = (first - at) as usize * channels;
        let mut fresh = feed.prepared().get(skipped..).unwrap_or_default().to_vec();
        fresh.truncate(room);
        feed.take(skipped + fresh.len());
        // What ends at once fades out.
        fresh.resize(fresh.len().max(fade as usize * channels), 0.0);
        shared.replace(first, &fresh, fade);
        if feed.is_complete() {
            shared.finish();
        }
        running.feed = feed;
        let mut view = lock(&self.view);
        let end = self.part.range.end.min(view.frames.unwrap_or(u64::MAX));
        view.track.begin(at, start, pace, shared.taken());
        view.track.set_end(end);
        drop(view);
        for filled in news {
            self.note(filled, at);
        }
        Ok(true)
    }

    /// Takes note of a new beginning or the end, at a ring position that counts from `origin`.
    fn note(&mut self, filled: Filled, origin: u64) {
        let (Some(running), Some(source)) = (&self.running, &self.source) else { return };
        let mut view = lock(&self.view);
        match filled {
            Filled::Enough => {}
            Filled::Again { at, source: frame } => {
                let shared = running.stream.shared();
                let pace = pace(source.as_ref(), self.manner, shared);
                view.track.begin(origin + at, frame, pace, shared.taken());
            }
            Filled::Ended(end) => {
                view.track.set_end(end);
                if self.part.range.end == u64::MAX && (end > running.feed.start() || end == 0) {
                    view.frames = Some(end);
                }
            }
        }
    }

    /// Takes note of the end, of a loss, of long silence.
    fn watch(&mut self, now: Instant) {
        let Some(running) = &mut self.running else {
            return;
        };
        let shared = Arc::clone(running.stream.shared());
        if let Some(reason) = running.watch.lost(&shared, running.stream.is_paced(), now) {
            self.retry_at = Some(now + RETRY);
            self.close(Some(Status::Lost(reason)));
            return;
        }
        let mut view = lock(&self.view);
        if shared.ended() && shared.after_end() >= running.drain() && !view.ended && view.loading == 0 {
            (view.playing, view.ended, view.scrub_until) = (false, true, None);
            shared.set_playing(false);
        }
        if view.scrub_until.is_some_and(|until| now >= until) {
            view.scrub_until = None;
            shared.set_playing(view.is_open());
        }
        if view.is_open() {
            running.silent_since = None;
        } else if now >= *running.silent_since.get_or_insert(now) + KEEP_OPEN {
            drop(view);
            self.close(None);
        }
    }

    /// Opens a stream if one is needed and due.
    fn connect(&mut self, now: Instant) {
        let wanted = {
            let view = lock(&self.view);
            view.is_open() && !matches!(view.trouble, Some(Status::Failed { .. }))
        };
        let due = self.retry_at.is_none_or(|at| now >= at);
        let Some(source) = self.source.as_deref() else {
            return;
        };
        if !wanted || !due || self.running.is_some() {
            return;
        }
        let start = lock(&self.view).resting;
        let opened = self.device.open(Direction::Playback, &self.request);
        let running = opened.and_then(|stream| {
            stream.shared().flush(start == 0);
            let feed = Feed::new(source, self.manner, start, Arc::clone(stream.shared()))?;
            Ok(Running::new(feed, stream))
        });
        match running {
            Ok(running) => {
                let shared = Arc::clone(running.stream.shared());
                let mut view = lock(&self.view);
                let end = self.part.range.end.min(view.frames.unwrap_or(u64::MAX));
                view.track = Track::new(pace(source, self.manner, &shared), start);
                view.track.set_end(end);
                shared.set_gain(view.gain);
                shared.set_playing(view.is_open());
                view.shared = Some(shared);
                view.trouble = None;
                self.running = Some(running);
                self.retry_at = None;
            }
            Err(error) => {
                let lost = matches!(lock(&self.view).trouble, Some(Status::Lost(_)));
                match lost {
                    true => self.retry_at = Some(Instant::now() + RETRY),
                    false => self.fail(&error),
                }
            }
        }
    }

    /// Closes the stream, if one is open, and keeps its position and counts. After a loss the
    /// position goes back by what the device had taken and not yet let out.
    fn close(&mut self, trouble: Option<Status>) {
        let Some(running) = self.running.take() else {
            return;
        };
        let mut view = lock(&self.view);
        if let Some(shared) = view.shared.take() {
            let unheard = if trouble.is_some() { shared.latency() } else { 0 };
            view.resting = view.track.position(shared.taken().saturating_sub(unheard));
            view.past[0] += shared.underruns();
            view.past[1] += shared.xruns();
            view.past[2] += shared.clipped();
        }
        if view.playing {
            view.trouble = trouble;
        }
        drop(view);
        drop(running);
    }

    fn fail(&self, error: &Error) {
        let mut view = lock(&self.view);
        if view.loading > 0 {
            return; // what failed is about to be replaced
        }
        view.playing = false;
        view.trouble = Some(Status::Failed { kind: error.kind(), reason: error.to_string() });
        if let Some(shared) = &view.shared {
            shared.set_playing(false);
        }
    }

    /// Tops the ring up; whether it got anything.
    fn fill(&mut self) -> bool {
        let Some(running) = &self.running else { return false };
        let shared = Arc::clone(running.feed.shared());
        let before = shared.written();
        let ahead = u64::from(shared.sample_rate()) * AHEAD_MS / 1000;
        loop {
            let (Some(running), Some(source)) = (&mut self.running, &mut self.source) else { return false };
            let ahead = ahead.max(running.prefill());
            match running.feed.fill(source.as_mut(), &self.part, ahead) {
                Ok(Filled::Enough) => break,
                Ok(filled) => self.note(filled, 0),
                Err(error) => {
                    self.fail(&error);
                    return false;
                }
            }
        }
        let Some(running) = &self.running else { return false };
        if running.feed.is_complete() || shared.available() >= running.prefill() {
            shared.set_ready(true);
        }
        shared.written() != before
    }
}

/// Source frames to one of the device.
fn pace(source: &dyn AudioSource, manner: Manner, shared: &Shared) -> f64 {
    f64::from(source.sample_rate()) / f64::from(shared.sample_rate()) * manner.speed
}
