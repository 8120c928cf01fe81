//! The verdict over a stream: running or lost. Errors are a rate, never an event.

use crate::error::ErrorKind;
use crate::shared::Shared;
use std::time::{Duration, Instant};

/// Errors that keep coming for so long without a callback mean that the device is gone. (The
/// sound server's death shows only so through ALSA: error after error, never "no device".)
const SILENCE_WITH_ERRORS: Duration = Duration::from_millis(250);
/// No callback for so long is a loss even without an error: its thread has ended or hangs.
const SILENCE: Duration = Duration::from_secs(3);

/// Watches one stream.
#[derive(Debug)]
pub(crate) struct Watch {
    callbacks: u64,
    errors: u64,
    seen: Instant,
}

impl Watch {
    /// Begins to watch at `now`.
    pub(crate) fn new(now: Instant) -> Self {
        Self { callbacks: 0, errors: 0, seen: now }
    }

    /// Why the stream is lost, if it is. `paced`: whether callbacks come by a clock.
    pub(crate) fn lost(&mut self, shared: &Shared, paced: bool, now: Instant) -> Option<String> {
        if shared.fault() != 0 {
            return Some(match ErrorKind::from_code(shared.fault()) {
                ErrorKind::Lost | ErrorKind::NoDevice => "the sound device went away".into(),
                _ => "the sound system ended the stream".into(),
            });
        }
        let (callbacks, errors) = (shared.callbacks(), shared.errors());
        if callbacks != self.callbacks {
            (self.callbacks, self.errors, self.seen) = (callbacks, errors, now);
            return None;
        }
        let silent = now.saturating_duration_since(self.seen);
        if errors > self.errors && silent >= SILENCE_WITH_ERRORS {
            return Some("the sound server or device does not answer any more".into());
        }
        (paced && silent >= SILENCE).then(|| "the sound device has stopped".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verdict() {
        let ms = |ms| Duration::from_millis(ms);
        let shared = Shared::new(48_000, 1, 64);
        let start = Instant::now();
        let mut watch = Watch::new(start);
        let mut out = [0.0; 4];
        for _ in 0..2_000 {
            shared.note_error(); // the storm at the start of a stream
        }
        assert_eq!(watch.lost(&shared, true, start + ms(12)), None);
        shared.pull(&mut out);
        assert_eq!(watch.lost(&shared, true, start + ms(20)), None);
        assert_eq!(watch.lost(&shared, true, start + ms(1_000)), None, "old errors do not count");
        shared.note_xrun();
        assert_eq!(watch.lost(&shared, true, start + ms(1_100)), None, "nor do xruns");
        shared.note_error();
        assert!(watch.lost(&shared, true, start + ms(1_200)).is_some());
        shared.pull(&mut out);
        assert_eq!(watch.lost(&shared, true, start + ms(1_210)), None);
        assert_eq!(watch.lost(&shared, false, start + ms(9_000)), None);
        assert!(watch.lost(&shared, true, start + ms(9_000)).is_some());
        shared.note_fault(ErrorKind::Lost.code());
        assert!(watch.lost(&shared, false, start + ms(9_001)).is_some());
    }
}
