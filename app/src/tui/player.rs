//! The transport behind the screen: what is loaded, and what to do when nothing can be heard.

use super::sound::{Hear, Sound};
use super::target::Target;
use crate::audio::StageSource;
use auricle_engine::{Evaluator, Registry};
use auricle_sound::{Device, Error, ErrorKind, Null, Request, State, Status, Transport};
use std::ops::Range;
use std::sync::Arc;

/// Plays outputs of stages. Without a device it goes through the motions, so that the play head still moves.
pub struct Player {
    transport: Transport,
    registry: Arc<Registry>,
    manner: Manner,
    is_silent: bool,
    /// Why nothing can be heard, in a few words and in full.
    trouble: Option<(String, String)>,
    loaded: Option<Loaded>,
    shown: Sound,
}

/// How everything is played.
#[derive(Clone, Debug)]
struct Manner {
    range: Option<Range<f64>>,
    is_looped: bool,
    speed: f64,
    gain_db: i32,
    solo: Option<usize>,
}

/// The output that is loaded.
struct Loaded {
    target: Target,
    evaluator: Evaluator,
}

impl Player {
    /// A player on the device, or on none, if there is none for this reason.
    pub fn new(device: Result<(Arc<dyn Device>, Option<String>), Error>, registry: Arc<Registry>) -> Self {
        let (transport, is_silent, trouble) = match device {
            Ok((device, name)) => (Transport::new(device, Request { device: name, ..Request::default() }), false, None),
            Err(error) => (silent(), true, Some((short(error.kind()), error.to_string()))),
        };
        let manner = Manner { range: None, is_looped: false, speed: 1.0, gain_db: 0, solo: None };
        Player { transport, registry, manner, is_silent, trouble, loaded: None, shown: Sound::default() }
    }

    /// Plays `target`, from a time in seconds, or on from where it was held.
    pub fn play(&mut self, evaluator: &Evaluator, target: &Target, from: Option<f64>) {
        self.load(evaluator, target);
        if let Some(from) = from {
            self.transport.seek(frame(target, from));
        }
        self.transport.play();
    }

    /// Holds.
    pub fn pause(&self) {
        self.transport.pause();
    }

    /// Goes there, playing or not.
    pub fn seek(&mut self, evaluator: &Evaluator, target: &Target, to: f64) {
        self.load(evaluator, target);
        self.transport.seek(frame(target, to));
    }

    /// Forgets what was loaded.
    pub fn unload(&mut self) {
        if self.loaded.take().is_some() {
            self.transport.unload();
        }
    }

    fn load(&mut self, evaluator: &Evaluator, target: &Target) {
        let key = |target: &Target| (target.signature, target.output);
        if self.loaded.as_ref().is_some_and(|loaded| key(&loaded.target) == key(target)) {
            return;
        }
        if let Some(source) = self.source(evaluator, target) {
            self.transport.load(source);
            self.loaded = Some(Loaded { target: target.clone(), evaluator: evaluator.clone() });
            self.set_range();
        }
    }

    fn source(&mut self, evaluator: &Evaluator, target: &Target) -> Option<Box<StageSource>> {
        match StageSource::new(evaluator.clone(), self.registry.clone(), target.stage, target.output) {
            Ok(source) => Some(Box::new(source)),
            Err(error) => {
                self.trouble = Some(("cannot be played".into(), error.to_string()));
                None
            }
        }
    }

    fn set_range(&self) {
        let Some(Loaded { target, .. }) = &self.loaded else { return };
        let range = self.manner.range.as_ref();
        let range = range.map_or(0..u64::MAX, |range| frame(target, range.start)..frame(target, range.end));
        self.transport.set_range(range, self.manner.is_looped);
    }

    /// Listens otherwise, from now on.
    pub fn hear(&mut self, evaluator: Option<&Evaluator>, hear: Hear) {
        match (hear, evaluator) {
            (Hear::Range(range, is_looped), _) => {
                (self.manner.range, self.manner.is_looped) = (range, is_looped);
                self.set_range();
            }
            (Hear::Speed(speed), _) => {
                self.manner.speed = speed;
                self.transport.set_speed(speed);
            }
            (Hear::Gain(gain_db), _) => {
                self.manner.gain_db = gain_db;
                self.transport.set_gain(10f32.powf(gain_db as f32 / 20.0));
            }
            (Hear::Solo(channel), _) => {
                self.manner.solo = channel;
                self.transport.set_solo(channel);
            }
            (Hear::Scrub(target, to), Some(evaluator)) => {
                self.load(evaluator, &target);
                self.transport.scrub(frame(&target, to));
            }
            (Hear::Swap(target), Some(evaluator)) => {
                if self.loaded.is_none() {
                    return self.load(evaluator, &target);
                }
                if let Some(source) = self.source(evaluator, &target) {
                    self.transport.swap(source);
                    self.loaded = Some(Loaded { target, evaluator: evaluator.clone() });
                }
            }
            (_, None) => {}
        }
    }

    /// What there is to see now, if that has changed.
    pub fn news(&mut self) -> Option<Sound> {
        let state = self.transport.state();
        match &state.status {
            Status::Failed { kind: ErrorKind::Source, reason } => {
                self.trouble = Some(("cannot be played".into(), reason.clone()));
            }
            Status::Failed { kind, reason } if !self.is_silent => {
                let trouble = (short(*kind), reason.clone());
                self.fall_silent(&state);
                self.trouble = Some(trouble);
            }
            Status::Lost(reason) => self.trouble = Some(("sound device lost".into(), reason.clone())),
            Status::Playing if !self.is_silent => self.trouble = None,
            _ => {}
        }
        let is_playing = matches!(state.status, Status::Playing | Status::Lost(_));
        let position = self.loaded.as_ref().map(|loaded| {
            let clock = loaded.target.clock();
            // What is heard now was taken a moment ago.
            let heard = state.position as f64
                - if is_playing { state.latency_s * self.manner.speed * clock.rate() } else { 0.0 };
            clock.seconds(0) + heard.max(0.0) / clock.rate()
        });
        let sound = Sound { is_playing, position, levels: state.levels, trouble: self.trouble.clone() };
        (sound != self.shown).then(|| {
            self.shown = sound.clone();
            sound
        })
    }

    /// Returns once everything asked for is done and the device has all it can take.
    pub fn sync(&self) {
        self.transport.sync();
    }

    /// Is the play head moving?
    pub fn is_playing(&self) -> bool {
        self.shown.is_playing
    }

    /// Goes on without a device from where it is.
    fn fall_silent(&mut self, state: &State) {
        let loaded = self.loaded.take();
        (self.transport, self.is_silent) = (silent(), true);
        self.transport.set_speed(self.manner.speed);
        if let Some(Loaded { target, evaluator }) = loaded {
            let from = target.clock().seconds(state.position as i64);
            self.play(&evaluator, &target, Some(from));
        }
    }
}

/// A transport that plays to nobody.
fn silent() -> Transport {
    Transport::new(Arc::new(Null::paced()), Request::default())
}

fn frame(target: &Target, time: f64) -> u64 {
    let clock = target.clock();
    ((time - clock.seconds(0)) * clock.rate()).round().max(0.0) as u64
}

/// What the header says.
fn short(kind: ErrorKind) -> String {
    match kind {
        ErrorKind::NoLibrary | ErrorKind::WrongBuild => "no sound in this build",
        ErrorKind::NoDevice => "no sound device",
        ErrorKind::Busy => "sound device busy",
        ErrorKind::Denied => "sound device denied",
        ErrorKind::Lost => "sound device lost",
        _ => "no sound",
    }
    .into()
}
