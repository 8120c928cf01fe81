//! The transport behind the screen: what is loaded, and what to do when nothing can be heard.

use super::sound::Sound;
use super::target::Target;
use crate::audio::StageSource;
use auricle_engine::Evaluator;
use auricle_sound::{Device, Error, ErrorKind, Null, Request, State, Status, Transport};
use std::sync::Arc;

/// Plays outputs of stages. Without a device it goes through the motions, so that the play head still moves.
pub struct Player {
    transport: Transport,
    is_silent: bool,
    /// Why nothing can be heard, in a few words and in full.
    trouble: Option<(String, String)>,
    loaded: Option<Loaded>,
    shown: Sound,
}

/// The output that is loaded.
struct Loaded {
    target: Target,
    evaluator: Evaluator,
}

impl Player {
    /// A player on the device, or on none, if there is none for this reason.
    pub fn new(device: Result<(Arc<dyn Device>, Option<String>), Error>) -> Self {
        match device {
            Ok((device, name)) => {
                let transport = Transport::new(device, Request { device: name, ..Request::default() });
                Player { transport, is_silent: false, trouble: None, loaded: None, shown: Sound::default() }
            }
            Err(error) => {
                let mut player = Player::silent();
                player.trouble = Some((short(error.kind()), error.to_string()));
                player
            }
        }
    }

    fn silent() -> Self {
        let transport = Transport::new(Arc::new(Null::paced()), Request::default());
        Player { transport, is_silent: true, trouble: None, loaded: None, shown: Sound::default() }
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
        match StageSource::new(evaluator.clone(), target.stage, target.output) {
            Ok(source) => {
                self.transport.load(Box::new(source));
                self.loaded = Some(Loaded { target: target.clone(), evaluator: evaluator.clone() });
            }
            Err(error) => self.trouble = Some(("cannot be played".into(), error.to_string())),
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
            let heard = state.position as f64 - if is_playing { state.latency_s * clock.rate() } else { 0.0 };
            clock.seconds(0) + heard.max(0.0) / clock.rate()
        });
        let sound = Sound { is_playing, position, levels: state.levels, trouble: self.trouble.clone() };
        (sound != self.shown).then(|| {
            self.shown = sound.clone();
            sound
        })
    }

    /// Is the play head moving?
    pub fn is_playing(&self) -> bool {
        self.shown.is_playing
    }

    /// Goes on without a device from where it is.
    fn fall_silent(&mut self, state: &State) {
        let loaded = self.loaded.take();
        *self = Player::silent();
        if let Some(Loaded { target, evaluator }) = loaded {
            let from = target.clock().seconds(state.position as i64);
            self.play(&evaluator, &target, Some(from));
        }
    }
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
