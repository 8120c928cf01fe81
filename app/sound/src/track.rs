//! Which source frame stands at which position of a ring: the play position comes from what the
//! device has taken, never from a clock.

use std::collections::VecDeque;

/// A stretch of the ring that plays consecutive source frames.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    /// Ring position of its first frame.
    at: u64,
    /// Source frame that stands there.
    source: f64,
    /// Source frames to one of the ring.
    pace: f64,
}

impl Stretch {
    fn source_at(&self, position: u64) -> f64 {
        self.source + position.saturating_sub(self.at) as f64 * self.pace
    }
}

/// The stretches of one stream's ring, oldest first.
#[derive(Debug)]
pub(crate) struct Track {
    stretches: VecDeque<Stretch>,
    end: u64,
}

/// What rounding may leave of a whole frame.
const ROUNDING: f64 = 1e-6;

impl Track {
    /// A track from source frame `source` on, of which `pace` pass in each frame of the ring.
    pub(crate) fn new(pace: f64, source: u64) -> Self {
        let first = Stretch { at: 0, source: source as f64, pace };
        Self { stretches: VecDeque::from([first]), end: u64::MAX }
    }

    /// Notes that source frame `source` stands at ring position `at` and others follow at `pace`, whatever was said
    /// of later positions, and forgets what lies behind `taken`.
    pub(crate) fn begin(&mut self, at: u64, source: u64, pace: f64, taken: u64) {
        while self.stretches.get(1).is_some_and(|next| next.at <= taken) {
            self.stretches.pop_front();
        }
        self.stretches.retain(|stretch| stretch.at < at || stretch.at <= taken);
        self.stretches.push_back(Stretch { at, source: source as f64, pace });
    }

    /// Counts in frames of another source, of which `factor` stand for one until now.
    pub(crate) fn rescale(&mut self, factor: f64) {
        for stretch in &mut self.stretches {
            stretch.source *= factor;
            stretch.pace *= factor;
        }
    }

    /// Tells the track where its source ends, so that no position lies behind it.
    pub(crate) fn set_end(&mut self, end: u64) {
        self.end = end;
    }

    fn stretch(&self, position: u64) -> Option<&Stretch> {
        self.stretches.iter().rfind(|stretch| stretch.at <= position).or(self.stretches.front())
    }

    /// The source frame at ring position `taken`.
    pub(crate) fn position(&self, taken: u64) -> u64 {
        let Some(stretch) = self.stretch(taken) else { return 0 };
        let frame = (stretch.source_at(taken) + ROUNDING).floor() as u64;
        frame.min(self.end.max(stretch.source as u64))
    }

    /// A ring position among the `few` from `from` on at which a source frame stands as exactly as can be, and that frame.
    pub(crate) fn meet(&self, from: u64, few: u64) -> (u64, u64) {
        let off = |position: u64| {
            let frame = self.stretch(position).map_or(0.0, |stretch| stretch.source_at(position));
            (frame - frame.round()).abs()
        };
        let mut best = (from, off(from));
        for position in from..from + few {
            let off = off(position);
            if off + ROUNDING < best.1 {
                best = (position, off);
            }
        }
        let frame = self.stretch(best.0).map_or(0.0, |stretch| stretch.source_at(best.0));
        (best.0, frame.round().max(0.0) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_follow_the_stretches() {
        let mut track = Track::new(1.0 / 3.0, 100);
        assert_eq!(track.position(0), 100);
        assert_eq!(track.position(300), 200);
        track.begin(600, 5_000, 1.0 / 3.0, 300);
        assert_eq!(track.position(599), 299, "until the new stretch is reached");
        assert_eq!(track.position(603), 5_001);
        track.begin(900, 0, 1.0 / 3.0, 700);
        assert_eq!(track.position(900), 0);
        track.set_end(20);
        assert_eq!(track.position(9_000), 20, "never behind the end");
    }

    #[test]
    fn tracks_meet_where_a_frame_stands_exactly() {
        // 44.1 kHz on a device of 48 kHz: every 160th frame of the device is a frame of the source.
        let mut track = Track::new(44_100.0 / 48_000.0, 0);
        assert_eq!(track.meet(1_000, 480), (1_120, 1_029));
        // Counted in frames of a source of half the rate, every 320th is.
        track.rescale(0.5);
        assert_eq!(track.meet(1_000, 480), (1_280, 588));
        track.begin(2_000, 77, 0.25, 900);
        assert_eq!((track.position(1_999), track.position(2_008)), (918, 79));
        track.begin(1_500, 10, 1.0, 900);
        assert_eq!(track.position(2_008), 518, "what was said of later positions is void");
    }
}
