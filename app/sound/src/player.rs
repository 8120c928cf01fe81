//! The transport's thread: feeds the ring, watches the device, reopens it when it went away.

use crate::device::{Device, Direction, Request};
use crate::error::Error;
use crate::feed::{Feed, Filled};
use crate::running::Running;
use crate::source::AudioSource;
use crate::track::Track;
use crate::transport::{Command, Status, View, lock};
use std::ops::Range;
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
/// How long a silent stream is kept open.
const KEEP_OPEN: Duration = Duration::from_secs(5);

pub(crate) struct Player {
    device: Arc<dyn Device>,
    request: Request,
    commands: Receiver<Command>,
    view: Arc<Mutex<View>>,
    source: Option<Box<dyn AudioSource>>,
    range: Range<u64>,
    looped: bool,
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
            range: 0..u64::MAX,
            looped: false,
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
            _ if lock(&self.view).playing => TICK,
            _ => REST,
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Load(source) => {
                self.close(None);
                (self.range, self.looped, self.retry_at) = (0..u64::MAX, false, None);
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
                let over = view.ended || view.position() >= self.range.end;
                drop(view);
                if over {
                    self.seek(self.range.start);
                }
            }
            Command::Pause => {}
            Command::Seek(frame) => self.seek(frame),
            Command::Range(range, looped) => {
                (self.range, self.looped) = (range, looped);
                let position = lock(&self.view).position();
                self.seek(position);
            }
            Command::Retry => self.retry_at = None,
            Command::Sync(_) => {}
        }
    }

    /// Goes to the frame, or to the nearest one that is to be played.
    fn seek(&mut self, frame: u64) {
        let mut view = lock(&self.view);
        let end = self.range.end.min(view.frames.unwrap_or(u64::MAX));
        let frame = frame.clamp(self.range.start.min(end), end);
        (view.resting, view.ended) = (frame, false);
        if let Some(running) = &mut self.running {
            let shared = Arc::clone(running.stream.shared());
            shared.set_ready(false);
            let at = running.feed.seek(frame);
            view.track.begin(at, frame, shared.taken());
            view.track.set_end(end);
            shared.set_playing(view.is_open());
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
            (view.playing, view.ended) = (false, true);
            shared.set_playing(false);
        }
        if view.playing {
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
            let feed = Feed::new(source, start, Arc::clone(stream.shared()))?;
            Ok(Running::new(feed, stream))
        });
        match running {
            Ok(running) => {
                let shared = Arc::clone(running.stream.shared());
                let mut view = lock(&self.view);
                let end = self.range.end.min(view.frames.unwrap_or(u64::MAX));
                view.track = Track::new(source.sample_rate(), shared.sample_rate(), start);
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
        let (Some(running), Some(source)) = (&mut self.running, &mut self.source) else {
            return false;
        };
        let shared = Arc::clone(running.feed.shared());
        let before = shared.written();
        let ahead = u64::from(shared.sample_rate()) * AHEAD_MS / 1000;
        loop {
            let ahead = ahead.max(running.prefill());
            match running.feed.fill(source.as_mut(), &self.range, self.looped, ahead) {
                Ok(Filled::Enough) => break,
                Ok(Filled::Again { at, source }) => {
                    lock(&self.view).track.begin(at, source, shared.taken());
                }
                Ok(Filled::Ended(end)) => {
                    let mut view = lock(&self.view);
                    view.track.set_end(end);
                    if self.range.end == u64::MAX && (end > running.feed.start() || end == 0) {
                        view.frames = Some(end);
                    }
                }
                Err(error) => {
                    self.fail(&error);
                    return false;
                }
            }
        }
        if running.feed.is_complete() || shared.available() >= running.prefill() {
            shared.set_ready(true);
        }
        shared.written() != before
    }
}
