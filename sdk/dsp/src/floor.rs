//! How far a signal rises over its own noise floor, estimated from its levels alone.
//!
//! The quietest tenth of short frames is taken for noise that is always there; what the mean of all frames has more than
//! that is the signal. Frames of digital silence, as editors leave them, are left out.

/// Steps of the histogram in dB.
const STEP_DB: f64 = 0.25;
/// The least level that it tells apart.
const LOWEST_DB: f64 = -160.0;
/// The greatest.
const HIGHEST_DB: f64 = 60.0;
/// One of so many frames is taken for noise.
const SHARE: u64 = 10;

/// Powers of frames as they come, in bounded memory: a histogram with sums.
#[derive(Clone, Debug)]
pub struct Floor {
    counts: Vec<u64>,
    sums: Vec<f64>,
}

impl Default for Floor {
    fn default() -> Self {
        let bins = ((HIGHEST_DB - LOWEST_DB) / STEP_DB) as usize + 1;
        Floor { counts: vec![0; bins], sums: vec![0.0; bins] }
    }
}

impl Floor {
    /// Takes the mean square of one frame.
    pub fn push(&mut self, power: f64) {
        if power > 0.0 && power.is_finite() {
            let place = ((10.0 * power.log10() - LOWEST_DB) / STEP_DB).clamp(0.0, (self.counts.len() - 1) as f64);
            self.counts[place as usize] += 1;
            self.sums[place as usize] += power;
        }
    }

    /// The ratio of what is more than noise to the noise, in dB; none of fewer than ten frames.
    pub fn snr_db(&self) -> Option<f64> {
        let all: u64 = self.counts.iter().sum();
        let quiet = all / SHARE;
        if quiet == 0 {
            return None;
        }
        let (mut left, mut noise) = (quiet, 0.0);
        for (count, sum) in self.counts.iter().zip(&self.sums).filter(|(count, _)| **count > 0) {
            let taken = left.min(*count);
            noise += sum * taken as f64 / *count as f64;
            left -= taken;
            if left == 0 {
                break;
            }
        }
        let (noise, mean) = (noise / quiet as f64, self.sums.iter().sum::<f64>() / all as f64);
        Some(10.0 * ((mean - noise).max(0.0) / noise).log10())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_half_of_the_time_over_steady_noise() {
        // Noise of power 0.001 everywhere, a signal of power 0.1 in every second frame: 0.05 / 0.001.
        let mut floor = Floor::default();
        (0..1_000).for_each(|k| floor.push(0.001 + if k % 2 == 0 { 0.1 } else { 0.0 }));
        let expected = 10.0 * 50f64.log10();
        assert!((floor.snr_db().expect("enough frames") - expected).abs() < 1e-9, "{:?}", floor.snr_db());
    }

    #[test]
    fn silence_and_too_little_have_none() {
        let mut floor = Floor::default();
        (0..100).for_each(|_| floor.push(0.0));
        (0..9).for_each(|_| floor.push(0.5));
        assert_eq!(floor.snr_db(), None);
        floor.push(0.5);
        assert_eq!(floor.snr_db(), Some(f64::NEG_INFINITY), "nothing is louder than the rest");
        floor.push(f64::NAN);
        assert_eq!(floor.snr_db(), Some(f64::NEG_INFINITY));
    }
}
