//! When somebody begins to speak and when they end, from what a detector says of each frame.

/// What decides, in samples.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Shorter stretches are no speech.
    pub least_speech: usize,
    /// Shorter gaps are no silence.
    pub least_silence: usize,
    /// What an utterance begins earlier and ends later by.
    pub pad: usize,
}

/// A change, with the sample at which it lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Somebody speaks from this sample on.
    Begins(usize),
    /// Nobody speaks behind this sample.
    Ends(usize),
}

/// The detector's frames so far.
#[derive(Clone, Debug)]
pub struct Gate {
    config: Config,
    /// Where the last utterance has ended: none begins earlier.
    floor: usize,
    /// Where the stretch of active frames that is not long enough yet began.
    active_from: Option<usize>,
    /// Where the last active frame ended, while somebody speaks.
    spoken_to: Option<usize>,
}

impl Gate {
    /// Nobody speaks.
    pub fn new(config: Config) -> Self {
        Gate { config, floor: 0, active_from: None, spoken_to: None }
    }

    /// Does somebody speak?
    pub fn is_open(&self) -> bool {
        self.spoken_to.is_some()
    }

    /// The next frame: from sample `start` to, but not, `end`.
    pub fn push(&mut self, start: usize, end: usize, active: bool) -> Option<Change> {
        let Config { least_speech, least_silence, pad } = self.config;
        if let Some(spoken_to) = self.spoken_to {
            if active {
                self.spoken_to = Some(end);
            } else if end - spoken_to >= least_silence {
                self.floor = end.min(spoken_to + pad);
                self.spoken_to = None;
                return Some(Change::Ends(self.floor));
            }
            return None;
        }
        if !active {
            self.active_from = None;
            return None;
        }
        let from = *self.active_from.get_or_insert(start);
        if end - from < least_speech {
            return None;
        }
        self.active_from = None;
        self.spoken_to = Some(end);
        Some(Change::Begins(from.saturating_sub(pad).max(self.floor)))
    }
}

#[cfg(test)]
mod tests {
    use super::Change::{Begins, Ends};
    use super::*;

    /// Frames of 10 samples; `#` is active.
    #[track_caller]
    fn check(frames: &str, expected: &[(usize, Change)]) {
        let mut gate = Gate::new(Config { least_speech: 30, least_silence: 50, pad: 20 });
        let changes = frames.bytes().enumerate();
        let changes: Vec<_> =
            changes.filter_map(|(k, f)| Some((k, gate.push(10 * k, 10 * k + 10, f == b'#')?))).collect();
        assert_eq!(changes, expected, "{frames}");
    }

    #[test]
    fn utterances_begin_and_end() {
        check("", &[]);
        check("....##..#.##....", &[]);
        check("....###.....", &[(6, Begins(20)), (11, Ends(90))]);
        check("###", &[(2, Begins(0))]);
        check("....###....###.....", &[(6, Begins(20)), (18, Ends(160))]);
        // The second begins where the first has ended, not before.
        check("...###.....###", &[(5, Begins(10)), (10, Ends(80)), (13, Begins(90))]);
        check("...###.....##.###", &[(5, Begins(10)), (10, Ends(80)), (16, Begins(120))]);
    }
}
