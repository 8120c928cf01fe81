//! Which source frame stands at which position of a ring: the play position comes from what the
//! device has taken, never from a clock.

use std::collections::VecDeque;

/// A stretch of the ring that plays consecutive source frames.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    /// Ring position of its first frame.
    at: u64,
    /// Source frame that stands there.
    source: u64,
}

/// The stretches of one stream's ring, oldest first.
#[derive(Debug)]
pub(crate) struct Track {
    stretches: VecDeque<Stretch>,
    from: u32,
    to: u32,
    end: u64,
}

impl Track {
    /// A track that plays a source of `from` Hz on a device of `to` Hz, from `source` on.
    pub(crate) fn new(from: u32, to: u32, source: u64) -> Self {
        Self { stretches: VecDeque::from([Stretch { at: 0, source }]), from, to, end: u64::MAX }
    }

    /// Notes that source frame `source` stands at ring position `at`, and forgets what lies
    /// behind `taken`.
    pub(crate) fn begin(&mut self, at: u64, source: u64, taken: u64) {
        while self.stretches.get(1).is_some_and(|next| next.at <= taken) {
            self.stretches.pop_front();
        }
        self.stretches.push_back(Stretch { at, source });
    }

    /// Tells the track where its source ends, so that no position lies behind it.
    pub(crate) fn set_end(&mut self, end: u64) {
        self.end = end;
    }

    /// The source frame at ring position `taken`.
    pub(crate) fn position(&self, taken: u64) -> u64 {
        let Some(stretch) = self.stretches.iter().rfind(|stretch| stretch.at <= taken) else {
            return self.stretches.front().map_or(0, |stretch| stretch.source);
        };
        let device_frames = u128::from(taken - stretch.at);
        let frames = device_frames * u128::from(self.from) / u128::from(self.to.max(1));
        (stretch.source + frames as u64).min(self.end.max(stretch.source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_follow_the_stretches() {
        let mut track = Track::new(16_000, 48_000, 100);
        assert_eq!(track.position(0), 100);
        assert_eq!(track.position(300), 200);
        track.begin(600, 5_000, 300);
        assert_eq!(track.position(599), 299, "until the new stretch is reached");
        assert_eq!(track.position(603), 5_001);
        track.begin(900, 0, 700);
        assert_eq!(track.position(900), 0);
        track.set_end(20);
        assert_eq!(track.position(9_000), 20, "never behind the end");
    }
}
