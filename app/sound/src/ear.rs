//! The recorder's thread: empties the ring, meters, keeps, watches the device and takes it up again.

use crate::device::{Device, Direction, Request, Stream};
use crate::error::{Error, Result};
use crate::level::Meter;
use crate::recorder::{Command, Listener, RecorderState, RecorderStatus, lock};
use crate::take::{Gap, Take, Taking};
use crate::watch::Watch;
use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How often the ring is emptied.
const TICK: Duration = Duration::from_millis(20);
/// How often a lost device is tried again.
const RETRY: Duration = Duration::from_millis(500);

/// Counts of the stream that have been accounted for.
#[derive(Default)]
struct Seen {
    lost: u64,
    xruns: u64,
}

/// The recorder's thread.
pub(crate) struct Ear {
    device: Arc<dyn Device>,
    request: Request,
    stream: Option<Stream>,
    watch: Watch,
    seen: Seen,
    meter: Meter,
    /// Who else hears, and whether only what is kept.
    listener: Option<(Listener, bool)>,
    preroll: VecDeque<f32>,
    preroll_len: usize,
    taking: Option<Box<Taking>>,
    lost_at: Option<Instant>,
    retry_at: Instant,
    block: Vec<f32>,
    state: Arc<Mutex<RecorderState>>,
}

impl Ear {
    /// Hears `stream`; `request` opens it again in the same format.
    pub(crate) fn new(
        device: Arc<dyn Device>,
        request: Request,
        stream: Stream,
        preroll_s: f64,
        state: Arc<Mutex<RecorderState>>,
    ) -> Self {
        let (sample_rate, channels) = (stream.shared().sample_rate(), stream.shared().channels());
        Self {
            device,
            request,
            stream: Some(stream),
            watch: Watch::new(Instant::now()),
            seen: Seen::default(),
            meter: Meter::new(sample_rate, channels),
            listener: None,
            preroll: VecDeque::new(),
            preroll_len: (preroll_s.max(0.0) * f64::from(sample_rate)) as usize * channels,
            taking: None,
            lost_at: None,
            retry_at: Instant::now(),
            block: Vec::new(),
            state,
        }
    }

    /// Runs until the handle is dropped, and completes the recording then.
    pub(crate) fn run(mut self, commands: &Receiver<Command>) {
        let mut wait = TICK;
        loop {
            let command = commands.recv_timeout(wait);
            let heard = self.hear();
            match command {
                Ok(Command::Start(taking)) => self.start(taking),
                Ok(Command::Stop(reply)) => {
                    // Whoever asked may have gone away; the file is complete anyway.
                    let _ = reply.send(self.finish(RecorderStatus::Listening));
                }
                Ok(Command::Listen(listener, kept_only)) => {
                    self.listener = listener.map(|listener| (listener, kept_only));
                }
                Ok(Command::Retry) => self.retry_at = Instant::now(),
                Ok(Command::Sync(reply)) => {
                    self.commit();
                    let _ = reply.send(());
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    // Nobody is left to tell; the file says it.
                    let _ = self.finish(RecorderStatus::Done);
                    return;
                }
            }
            let paced = self.stream.as_ref().is_none_or(Stream::is_paced);
            wait = if heard && !paced { Duration::ZERO } else { TICK };
        }
    }

    /// Takes everything out of the ring; whether there was anything.
    fn hear(&mut self) -> bool {
        let now = Instant::now();
        if self.stream.is_none() && now >= self.retry_at {
            self.reopen(now);
        }
        let Some(stream) = &self.stream else {
            return false;
        };
        let shared = Arc::clone(stream.shared());
        let paced = stream.is_paced();
        self.block.resize(shared.sample_rate() as usize / 10 * shared.channels(), 0.0);
        let mut heard = false;
        loop {
            let frames = shared.read(&mut self.block);
            if frames == 0 {
                break;
            }
            heard = true;
            let block = std::mem::take(&mut self.block);
            self.keep(&block[..frames * shared.channels()], now);
            self.block = block;
        }
        self.account(shared.lost(), shared.xruns());
        if shared.ended() {
            // The account stands in the state; its error has become the status.
            let _ = self.finish(RecorderStatus::Done);
        } else if let Some(reason) = self.watch.lost(&shared, paced, now) {
            self.stream = None;
            self.lost_at = Some(now);
            self.retry_at = now + RETRY;
            lock(&self.state).status = RecorderStatus::Lost(reason);
        }
        self.show();
        heard
    }

    /// Meters and keeps what was heard.
    fn keep(&mut self, samples: &[f32], now: Instant) {
        self.meter.add(samples);
        self.tell(samples, false);
        let Some(taking) = &mut self.taking else {
            self.preroll.extend(samples);
            let surplus = self.preroll.len().saturating_sub(self.preroll_len);
            self.preroll.drain(..surplus);
            return;
        };
        let added = taking.add(samples, now);
        let full = taking.is_full();
        match added {
            Ok(kept) => self.tell(&samples[..kept], true),
            Err(error) => return self.fail(&error),
        }
        if full {
            // The account stands in the state; its error has become the status.
            let _ = self.finish(RecorderStatus::Done);
        }
    }

    /// Lets the listener hear: all there is, or what is kept of it.
    fn tell(&mut self, samples: &[f32], kept: bool) {
        if let Some((listener, kept_only)) = &mut self.listener
            && *kept_only == kept
        {
            listener(samples);
        }
    }

    fn commit(&mut self) {
        if let Some(Err(error)) = self.taking.as_mut().map(|taking| taking.commit()) {
            self.fail(&error);
        }
    }

    /// Writes down what the device or we lost.
    fn account(&mut self, lost: u64, xruns: u64) {
        if let Some(taking) = &mut self.taking {
            let at = taking.frames();
            if lost > self.seen.lost {
                taking.note(Gap::Overrun { at, frames: lost - self.seen.lost });
            }
            if xruns > self.seen.xruns {
                taking.note(Gap::Xrun { at, count: xruns - self.seen.xruns });
            }
        }
        self.seen = Seen { lost, xruns };
    }

    fn reopen(&mut self, now: Instant) {
        match self.device.open(Direction::Capture, &self.request) {
            Ok(stream) => {
                self.stream = Some(stream);
                self.watch = Watch::new(Instant::now());
                self.seen = Seen::default();
                let away = self.lost_at.take().map_or(0.0, |lost| (now - lost).as_secs_f64());
                let mut status = RecorderStatus::Listening;
                if let Some(taking) = &mut self.taking {
                    taking.note(Gap::Away { at: taking.frames(), seconds: away });
                    status = RecorderStatus::Recording;
                }
                lock(&self.state).status = status;
            }
            Err(_) => self.retry_at = Instant::now() + RETRY,
        }
    }

    fn start(&mut self, mut taking: Box<Taking>) {
        // A recording that cannot be completed has become a failed state; the new one goes on.
        let _ = self.finish(RecorderStatus::Listening);
        let preroll: Vec<f32> = self.preroll.drain(..).collect();
        let began = taking.add(&preroll, Instant::now());
        self.taking = Some(taking);
        if self.stream.is_some() {
            lock(&self.state).status = RecorderStatus::Recording;
        }
        match began {
            Ok(kept) => self.tell(&preroll[..kept], true),
            Err(error) => self.fail(&error),
        }
        self.show();
    }

    /// Completes the recording, if one is under way.
    fn finish(&mut self, status: RecorderStatus) -> Option<Result<Take>> {
        let finished = self.taking.take()?.finish();
        let mut state = lock(&self.state);
        match &finished {
            Ok(take) => state.take = Some(take.clone()),
            Err(error) => state.status = RecorderStatus::Failed(error.to_string()),
        }
        if finished.is_ok() && self.stream.is_some() {
            state.status = status;
        }
        Some(finished)
    }

    /// Gives up a recording that cannot be written; what is in the file stays.
    fn fail(&mut self, error: &Error) {
        // The first error is the one to tell.
        let _ = self.finish(RecorderStatus::Listening);
        lock(&self.state).status = RecorderStatus::Failed(error.to_string());
    }

    /// Publishes levels and the account.
    fn show(&self) {
        let mut state = lock(&self.state);
        state.levels = self.meter.levels();
        if let Some(stream) = &self.stream {
            let (shared, rate) = (stream.shared(), f64::from(stream.shared().sample_rate()));
            state.latency_s = shared.latency() as f64 / rate + TICK.as_secs_f64() / 2.0;
            state.preroll_s = self.preroll.len() as f64 / shared.channels() as f64 / rate;
        }
        if let Some(taking) = &self.taking {
            state.take = Some(taking.account());
        }
    }
}
