//! Signals that ask a headless command to stop, and one that would end any without a word.

use auricle_engine::Cancel;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};

/// A file that outgrows what the shell allows (`ulimit -f`) is an error that is told, not the end.
pub fn outlive_limits() {
    #[cfg(unix)]
    // If the system refuses, it is the end.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::default());
}

/// Watches for SIGINT, SIGTERM and SIGHUP: the first cancels, a second ends the program at once.
pub struct Watch {
    cancel: Cancel,
    signal: Arc<AtomicI32>,
}

impl Watch {
    /// Starts to watch.
    pub fn start() -> std::io::Result<Self> {
        let watch = Watch { cancel: Cancel::new(), signal: Arc::new(AtomicI32::new(0)) };
        let mut signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let (cancel, caught) = (watch.cancel.clone(), watch.signal.clone());
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            for signal in signals.forever() {
                if caught.swap(signal, Ordering::Relaxed) != 0 {
                    let _ = signal_hook::low_level::emulate_default_handler(signal);
                }
                cancel.cancel();
            }
        })?;
        Ok(watch)
    }

    /// What to hand to a run.
    pub fn cancel(&self) -> &Cancel {
        &self.cancel
    }

    /// The signal that came, if one did.
    pub fn caught(&self) -> Option<i32> {
        Some(self.signal.load(Ordering::Relaxed)).filter(|&signal| signal != 0)
    }
}
