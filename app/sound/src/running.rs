//! An open playback stream with what belongs to it.

use crate::device::Stream;
use crate::feed::Feed;
use crate::watch::Watch;
use std::time::Instant;

/// An open stream with what feeds and watches it.
pub(crate) struct Running {
    pub(crate) feed: Feed,
    pub(crate) stream: Stream,
    pub(crate) watch: Watch,
    /// Since when nothing was to be played.
    pub(crate) silent_since: Option<Instant>,
}

impl Running {
    /// A stream that has just been opened.
    pub(crate) fn new(feed: Feed, stream: Stream) -> Self {
        Self { feed, stream, watch: Watch::new(Instant::now()), silent_since: None }
    }

    /// Frames after the end that the device takes before the last sound is heard.
    pub(crate) fn drain(&self) -> u64 {
        self.stream.shared().latency() + u64::from(self.stream.period())
    }

    /// Frames that must wait in the ring before it is worth to begin.
    pub(crate) fn prefill(&self) -> u64 {
        let rate = u64::from(self.stream.shared().sample_rate());
        (2 * u64::from(self.stream.period())).max(rate / 20)
    }

    /// Frames ahead of what the device has taken that it may take before anything can be put there.
    pub(crate) fn guard(&self) -> u64 {
        u64::from(self.stream.period()) + 64
    }
}
