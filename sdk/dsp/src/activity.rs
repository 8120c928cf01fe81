//! Where something is to be heard: the level of short frames against the noise between them.

use crate::Error;

/// No sample is quieter: what 32-bit floats of a silent file read.
const SILENCE: f64 = 1e-12;

/// What decides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// A frame is active when its level is so many dB over that of the noise.
    pub margin_db: f64,
    /// Nothing under this level is active, in dB of full scale.
    pub least_db: f64,
    /// Share of the frames that are noise, or quieter: its level is the one that so many lie under.
    pub noise_share: f64,
    /// A frame's level is the mean power of so many frames around it.
    pub smooth: usize,
    /// What becomes of short gaps and stretches.
    pub joining: Joining,
}

/// What becomes of short gaps and stretches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Joining {
    /// Gaps of at most so many frames are closed.
    pub gap: usize,
    /// Stretches of fewer frames are dropped.
    pub least: usize,
    /// Stretches are longer by so many frames at both ends.
    pub pad: usize,
}

/// Frames from `start` to, but not, `end`, with their mean level over the threshold: in dB, where levels are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch {
    /// First frame.
    pub start: usize,
    /// Behind the last frame.
    pub end: usize,
    /// Mean level over the threshold.
    pub above_db: f64,
}

/// Mean powers of frames of `hop` sample frames, one behind the other, as samples come.
#[derive(Clone, Debug)]
pub struct Powers {
    hop: usize,
    sum: f64,
    count: usize,
    /// The frames that are whole.
    pub frames: Vec<f64>,
}

impl Powers {
    /// Nothing yet.
    ///
    /// # Errors
    /// A hop of 0.
    pub fn new(hop: usize) -> Result<Self, Error> {
        if hop == 0 {
            return Err(Error::parameter("hop", "at least 1 sample", 0));
        }
        Ok(Powers { hop, sum: 0.0, count: 0, frames: Vec::new() })
    }

    /// Adds samples of every channel, as many of each.
    pub fn push(&mut self, channels: &[&[f32]]) {
        let length = channels.iter().map(|channel| channel.len()).min().unwrap_or(0);
        for at in 0..length {
            let power: f64 = channels.iter().map(|channel| f64::from(channel[at]).powi(2)).sum();
            self.sum += power / channels.len() as f64;
            self.count += 1;
            if self.count == self.hop {
                self.frames.push(self.sum / self.hop as f64);
                (self.sum, self.count) = (0.0, 0);
            }
        }
    }
}

/// The level of each frame in dB of full scale (power 1 reads 0), smoothed.
pub fn levels(powers: &[f64], smooth: usize) -> Vec<f64> {
    let half = smooth / 2;
    let mean = |k: usize| {
        let around = &powers[k.saturating_sub(half)..(k + half + 1).min(powers.len())];
        around.iter().sum::<f64>() / around.len() as f64
    };
    (0..powers.len()).map(|k| 10.0 * mean(k).max(SILENCE).log10()).collect()
}

/// The stretches in which something is to be heard.
pub fn stretches(levels: &[f64], config: &Config) -> Vec<Stretch> {
    let mut sorted = levels.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let share = (config.noise_share * sorted.len() as f64) as usize;
    let Some(noise) = sorted.get(share.min(sorted.len().saturating_sub(1))) else { return Vec::new() };
    over(levels, (noise + config.margin_db).max(config.least_db), config.joining)
}

/// The stretches whose levels, of whatever quantity, are over a threshold.
pub fn over(levels: &[f64], threshold: f64, joining: Joining) -> Vec<Stretch> {
    let Joining { gap, least, pad } = joining;
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (k, _) in levels.iter().enumerate().filter(|(_, level)| **level > threshold) {
        match found.last_mut() {
            Some((_, end)) if k - *end <= gap => *end = k + 1,
            _ => found.push((k, k + 1)),
        }
    }
    found.retain(|(start, end)| end - start >= least);
    let mut padded: Vec<Stretch> = Vec::new();
    for (start, end) in found {
        let above = levels[start..end].iter().map(|level| level - threshold).sum::<f64>() / (end - start) as f64;
        let (from, to) = (start.saturating_sub(pad), (end + pad).min(levels.len()));
        match padded.last_mut() {
            Some(before) if before.end >= from => {
                let (a, b) = ((before.end - before.start) as f64, (to - from) as f64);
                before.above_db = (before.above_db * a + above * b) / (a + b);
                before.end = to;
            }
            _ => padded.push(Stretch { start: from, end: to, above_db: above }),
        }
    }
    padded
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: Config = Config { margin_db: 10.0, least_db: -60.0, noise_share: 0.1, smooth: 1, joining: JOINING };
    const JOINING: Joining = Joining { gap: 2, least: 3, pad: 1 };

    #[track_caller]
    fn check(levels: &[f64], expected: &[(usize, usize)]) {
        let got: Vec<(usize, usize)> = stretches(levels, &CONFIG).iter().map(|s| (s.start, s.end)).collect();
        assert_eq!(got, expected);
    }

    /// Frames at -50 dB, but for -20 dB in these.
    fn noise(loud: &[(usize, usize)]) -> Vec<f64> {
        (0..40).map(|k| if loud.iter().any(|(from, to)| (*from..*to).contains(&k)) { -20.0 } else { -50.0 }).collect()
    }

    #[test]
    fn stretches_are_closed_dropped_and_padded() {
        check(&[], &[]);
        check(&noise(&[]), &[]);
        check(&[-120.0; 20], &[]);
        check(&noise(&[(10, 15)]), &[(9, 16)]);
        check(&noise(&[(10, 12)]), &[]);
        check(&noise(&[(10, 15), (17, 20)]), &[(9, 21)]);
        check(&noise(&[(10, 15), (18, 25)]), &[(9, 16), (17, 26)]);
        check(&noise(&[(0, 5), (35, 40)]), &[(0, 6), (34, 40)]);
        assert_eq!(stretches(&noise(&[(10, 15)]), &CONFIG)[0].above_db, 20.0);
    }

    #[test]
    fn powers_do_not_depend_on_pieces() {
        let samples: Vec<f32> = (0..105).map(|n| (n as f32).sin()).collect();
        let mut whole = Powers::new(10).expect("a hop");
        whole.push(&[&samples, &samples]);
        let mut pieces = Powers::new(10).expect("a hop");
        samples.chunks(7).for_each(|piece| pieces.push(&[piece, piece]));
        assert!(whole.frames == pieces.frames && whole.frames.len() == 10);
        assert!(Powers::new(0).is_err());
        let one = levels(&[1.0, 0.0, 0.0], 3);
        assert!((one[0] + 3.0103).abs() < 1e-4 && (one[1] + 4.7712).abs() < 1e-4 && one[2] == -120.0, "{one:?}");
    }
}
