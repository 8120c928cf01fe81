//! Stretches where a probability is high, frame by frame: it begins over one threshold and ends under a lower one.

use crate::Error;

/// What decides. All lengths are in frames.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// A stretch begins at this probability.
    pub begin: f64,
    /// It ends where the probability falls under this one.
    pub end: f64,
    /// Shorter ones are dropped: one is kept if it is longer than this.
    pub least: f64,
    /// It ends only if the probability does not rise to `begin` again for this long.
    pub gap: f64,
    /// Added at both ends; where two stretches are closer than twice this, each gets half of what lies between.
    pub pad: f64,
}

/// Where a probability was high.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// First frame, with a fraction from padding.
    pub start: f64,
    /// Behind the last frame.
    pub end: f64,
    /// Mean probability of the frames before padding.
    pub mean: f64,
}

/// Follows probabilities as they come. What it holds does not grow with their number.
///
/// # Source
/// Silero VAD 6.2.3, `get_speech_timestamps` without its limit on the length of a stretch.
#[derive(Clone, Debug)]
pub struct Hysteresis {
    config: Config,
    frames: usize,
    /// First frame, and the sum of probabilities since.
    open: Option<(usize, f64)>,
    /// Where it seems to end, and the sum up to there.
    falling: Option<(usize, f64)>,
    /// The last stretch: where it ends with padding depends on the next.
    last: Option<Stretch>,
}

impl Hysteresis {
    /// Nothing yet.
    ///
    /// # Errors
    /// The end's threshold is above the beginning's.
    pub fn new(config: &Config) -> Result<Self, Error> {
        if config.end > config.begin {
            return Err(Error::parameter("neg_threshold", "at most threshold", config.end));
        }
        Ok(Hysteresis { config: *config, frames: 0, open: None, falling: None, last: None })
    }

    /// Takes the probability of the next frame; gives a stretch once nothing can change it.
    pub fn push(&mut self, probability: f64) -> Option<Stretch> {
        let at = self.frames;
        self.frames += 1;
        if probability >= self.config.begin {
            self.falling = None;
        }
        let Some((start, sum)) = self.open else {
            self.open = (probability >= self.config.begin).then_some((at, probability));
            return None;
        };
        if probability < self.config.end && self.falling.is_none() {
            self.falling = Some((at, sum));
        }
        self.open = Some((start, sum + probability));
        match self.falling {
            Some((end, sum)) if probability < self.config.end && (at - end) as f64 >= self.config.gap => {
                (self.open, self.falling) = (None, None);
                self.close(start, end as f64, sum)
            }
            _ => None,
        }
    }

    /// Ends where the last frame ends, or within it; gives what is left.
    pub fn finish(&mut self, end: f64) -> Vec<Stretch> {
        let mut left = Vec::new();
        if let Some((start, sum)) = self.open.take() {
            left.extend(self.close(start, end, sum));
        }
        if let Some(mut last) = self.last.take() {
            last.end = (last.end + self.config.pad).min(end);
            left.push(last);
        }
        left
    }

    /// Keeps a stretch that is long enough, and gives the one before it.
    fn close(&mut self, start: usize, end: f64, sum: f64) -> Option<Stretch> {
        let frames = end.ceil() - start as f64;
        if end - start as f64 <= self.config.least {
            return None;
        }
        let pad = self.config.pad;
        let mut next = Stretch { start: start as f64, end, mean: sum / frames };
        let given = self.last.take().map(|mut last| {
            let silence = next.start - last.end;
            last.end += pad.min(silence / 2.0);
            next.start -= pad.min(silence / 2.0);
            last
        });
        if given.is_none() {
            next.start = (next.start - pad).max(0.0);
        }
        self.last = Some(next);
        given
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: Config = Config { begin: 0.5, end: 0.35, least: 2.0, gap: 2.0, pad: 1.0 };

    /// Probabilities by digits, in tenths.
    #[track_caller]
    fn check(digits: &str, expected: &[(f64, f64)]) {
        let mut found = Hysteresis::new(&CONFIG).expect("thresholds in order");
        let mut stretches: Vec<Stretch> =
            digits.bytes().filter_map(|digit| found.push(f64::from(digit - b'0') / 10.0)).collect();
        stretches.extend(found.finish(digits.len() as f64));
        let got: Vec<(f64, f64)> = stretches.iter().map(|s| (s.start, s.end)).collect();
        assert_eq!(got, expected, "{digits}");
    }

    #[test]
    fn stretches_begin_high_and_end_low() {
        check("", &[]);
        check("0000", &[]);
        check("0444400", &[]);
        check("00055500000", &[(2.0, 7.0)]);
        check("00054400000", &[(2.0, 7.0)]);
        check("00055000000", &[]);
        check("0005550500000", &[(2.0, 9.0)]);
        check("99999", &[(0.0, 5.0)]);
        check("999000999000", &[(0.0, 4.0), (5.0, 10.0)]);
    }

    #[test]
    fn the_mean_is_that_of_the_frames_within() {
        let mut found = Hysteresis::new(&CONFIG).expect("thresholds in order");
        for probability in [0.6, 0.8, 0.7, 0.1, 0.1, 0.1] {
            assert_eq!(found.push(probability), None);
        }
        assert!((found.finish(6.0)[0].mean - 0.7).abs() < 1e-12);
        assert!(Hysteresis::new(&Config { end: 0.6, ..CONFIG }).is_err());
    }

    #[test]
    fn close_stretches_share_what_lies_between() {
        let config = Config { gap: 1.0, pad: 5.0, ..CONFIG };
        let mut found = Hysteresis::new(&config).expect("thresholds in order");
        let mut got: Vec<Stretch> =
            [9, 9, 9, 0, 0, 0, 9, 9, 9, 0, 0].iter().filter_map(|p| found.push(f64::from(*p) / 10.0)).collect();
        got.extend(found.finish(11.0));
        let ends: Vec<(f64, f64)> = got.iter().map(|s| (s.start, s.end)).collect();
        assert_eq!(ends, [(0.0, 4.5), (4.5, 11.0)]);
    }
}
