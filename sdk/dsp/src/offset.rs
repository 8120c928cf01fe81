//! By how many entries one sequence lags behind another.

use rustfft::FftPlanner;

use crate::Complex;

/// The lag at which two sequences are most alike.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Offset {
    /// candidate\[t + lag\] is like reference\[t\]: positive if the candidate comes later.
    pub lag: i64,
    /// The correlation there, in −1..=1.
    pub correlation: f64,
}

/// The lag, at most `max_lag` either way, with the highest Pearson correlation of the entries that overlap; of equal
/// ones the smallest. Both sequences hold entries of `width` values each: samples, or frames of bands.
///
/// None if no lag has a correlation: an empty or constant sequence, a NaN. An overlap counts only if it is at least half
/// of the shorter sequence, so that a few entries at the ends never win.
///
/// # Source
/// Pearson's r of the overlap, its products by the correlation theorem, its means and energies by running sums.
pub fn best_offset(reference: &[f64], candidate: &[f64], width: usize, max_lag: usize) -> Option<Offset> {
    let width = width.max(1);
    let lengths = (reference.len() / width, candidate.len() / width);
    let shorter = lengths.0.min(lengths.1);
    let every = reference.iter().chain(candidate);
    if shorter == 0 || every.clone().any(|x| !x.is_finite()) {
        return None;
    }
    // Taking a common mean away changes no correlation, but keeps the digits of the products.
    let mean = every.sum::<f64>() / (reference.len() + candidate.len()) as f64;
    let products = products(reference, candidate, width, mean);
    let running = (Running::new(reference, width, mean), Running::new(candidate, width, mean));
    let max_lag = i64::try_from(max_lag).unwrap_or(i64::MAX).min(lengths.0.max(lengths.1) as i64);
    let mut best: Option<Offset> = None;
    // Smallest lags first, so that a tie keeps the smallest.
    for lag in (0..=max_lag).flat_map(|lag| [lag, -lag]) {
        let start = (-lag).max(0) as usize;
        let end = (lengths.0 as i64).min(lengths.1 as i64 - lag).max(0) as usize;
        let overlap = end.saturating_sub(start);
        if overlap == 0 || 2 * overlap < shorter {
            continue;
        }
        let count = (overlap * width) as f64;
        let (sum_a, energy_a) = running.0.between(start, end);
        let shifted = (start as i64 + lag) as usize..(end as i64 + lag) as usize;
        let (sum_b, energy_b) = running.1.between(shifted.start, shifted.end);
        let spread = (energy_a - sum_a * sum_a / count, energy_b - sum_b * sum_b / count);
        // What is left of a constant is rounding.
        if spread.0 <= 1e-12 * energy_a || spread.1 <= 1e-12 * energy_b {
            continue;
        }
        let product = products[lag.rem_euclid(products.len() as i64) as usize] - sum_a * sum_b / count;
        let correlation = (product / (spread.0.sqrt() * spread.1.sqrt())).clamp(-1.0, 1.0);
        if best.is_none_or(|best| correlation > best.correlation + 1e-12) {
            best = Some(Offset { lag, correlation });
        }
    }
    best
}

/// Σ reference\[t\] candidate\[t + lag\] over all values of the overlap, at index `lag` modulo the length.
fn products(reference: &[f64], candidate: &[f64], width: usize, mean: f64) -> Vec<f64> {
    let length = (reference.len() / width + candidate.len() / width).next_power_of_two();
    let mut planner = FftPlanner::new();
    let (forward, inverse) = (planner.plan_fft_forward(length), planner.plan_fft_inverse(length));
    let mut total = vec![Complex::new(0.0, 0.0); length];
    let mut both = total.clone();
    for band in 0..width {
        both.fill(Complex::new(0.0, 0.0));
        // Two real sequences in one transform: the reference as real, the candidate as imaginary part.
        for (to, x) in both.iter_mut().zip(reference.iter().skip(band).step_by(width)) {
            to.re = x - mean;
        }
        for (to, x) in both.iter_mut().zip(candidate.iter().skip(band).step_by(width)) {
            to.im = x - mean;
        }
        forward.process(&mut both);
        for k in 0..length {
            let (z, mirror) = (both[k], both[(length - k) % length].conj());
            let a = (z + mirror) * 0.5;
            let b = (z - mirror) * Complex::new(0.0, -0.5);
            total[k] += a.conj() * b;
        }
    }
    inverse.process(&mut total);
    total.iter().map(|x| x.re / length as f64).collect()
}

/// Sums and energies of the entries before each.
struct Running {
    sums: Vec<(f64, f64)>,
}

impl Running {
    fn new(values: &[f64], width: usize, mean: f64) -> Self {
        let mut sums = vec![(0.0, 0.0)];
        let mut total = (0.0, 0.0);
        for entry in values.chunks_exact(width) {
            for x in entry {
                total = (total.0 + (x - mean), total.1 + (x - mean) * (x - mean));
            }
            sums.push(total);
        }
        Self { sums }
    }

    fn between(&self, start: usize, end: usize) -> (f64, f64) {
        let (low, high) = (self.sums[start], self.sums[end]);
        (high.0 - low.0, high.1 - low.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(length: usize) -> Vec<f64> {
        let mut state = 7u64;
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / 2f64.powi(31) - 3.0
        };
        (0..length).map(next).collect()
    }

    #[test]
    fn a_shift_is_found_at_any_level_either_way() {
        let signal = noise(3000);
        for shift in [0usize, 1, 17, 400] {
            let later = &signal[..2000];
            let earlier: Vec<f64> = signal[shift..2000].iter().map(|x| 5.0 * x + 100.0).collect();
            let offset = best_offset(&earlier, later, 1, 1000).expect("found");
            assert_eq!(offset.lag, shift as i64);
            assert!(offset.correlation > 1.0 - 1e-9, "{offset:?}");
            assert_eq!(best_offset(later, &earlier, 1, 1000).expect("found").lag, -(shift as i64));
        }
    }

    #[test]
    fn frames_are_shifted_whole() {
        let signal = noise(80 * 50);
        let offset = best_offset(&signal, &signal[2 * 80..], 80, 10).expect("found");
        assert_eq!((offset.lag, offset.correlation > 0.999_999), (-2, true));
    }

    #[test]
    fn nothing_to_find() {
        assert_eq!(best_offset(&[], &[1.0], 1, 5), None);
        assert_eq!(best_offset(&[0.1; 50], &noise(50), 1, 5), None);
        assert_eq!(best_offset(&[f64::NAN, 1.0], &[1.0, 2.0], 1, 5), None);
    }

    #[test]
    fn lags_stay_in_bounds() {
        let signal = noise(100);
        let offset = best_offset(&signal, &signal[20..], 1, 5).expect("some lag");
        assert!(offset.lag.abs() <= 5);
        assert!(best_offset(&signal[..1], &signal[..1], 1, 5).is_none());
    }
}
