//! How much of a signal is left over noise: signal-to-noise ratios, of the whole, of segments, and up to a gain.
//!
//! Sums are taken sample by sample, so results do not depend on how the signals were cut.

use crate::distance::Sum;

/// 10 log10 of a ratio of energies: infinite without noise, minus infinite without signal, NaN of nothing.
fn ratio_db(signal: f64, noise: f64) -> f64 {
    10.0 * (signal / noise).log10()
}

/// The ratio of the reference's energy to that of the difference, over everything that came.
#[derive(Clone, Copy, Debug, Default)]
pub struct Snr {
    signal: Sum,
    noise: Sum,
}

impl Snr {
    /// Takes a pair of samples.
    #[inline]
    pub fn push(&mut self, reference: f64, candidate: f64) {
        let noise = candidate - reference;
        self.signal.add(reference * reference);
        self.noise.add(noise * noise);
    }

    /// The ratio in dB.
    pub fn db(&self) -> f64 {
        ratio_db(self.signal.value(), self.noise.value())
    }

    /// Energy of the reference.
    pub fn signal(&self) -> f64 {
        self.signal.value()
    }

    /// Pools with the samples of another.
    pub fn merge(&mut self, other: &Snr) {
        self.signal.merge(&other.signal);
        self.noise.merge(&other.noise);
    }
}

/// The mean of the ratios of short frames, each clipped: closer to what is heard than [`Snr`].
///
/// Frames are of 512 samples, 256 apart, from the first sample on; a rest is left out. Frames in which the reference has
/// an energy (sum of squares) of at most 1e-10 are passed over, the others clipped to −10 ..= 35 dB.
///
/// # Source
/// Hansen & Pellom, "An effective quality evaluation protocol for speech enhancement algorithms", ICSLP 1998, section 2,
/// with rectangular frames.
#[derive(Clone, Debug, Default)]
pub struct SegmentalSnr {
    /// The half frame before the last one, if one is whole.
    before: Option<Snr>,
    half: Snr,
    filled: usize,
    total: Sum,
    frames: u64,
}

impl SegmentalSnr {
    const HALF: usize = 256;
    const SILENT: f64 = 1e-10;
    const LOWEST_DB: f64 = -10.0;
    const HIGHEST_DB: f64 = 35.0;

    /// Takes a pair of samples.
    #[inline]
    pub fn push(&mut self, reference: f64, candidate: f64) {
        self.half.push(reference, candidate);
        self.filled += 1;
        if self.filled == Self::HALF {
            self.end_half();
        }
    }

    fn end_half(&mut self) {
        if let Some(mut frame) = self.before.replace(self.half) {
            frame.merge(&self.half);
            if frame.signal() > Self::SILENT {
                self.total.add(frame.db().clamp(Self::LOWEST_DB, Self::HIGHEST_DB));
                self.frames += 1;
            }
        }
        (self.half, self.filled) = (Snr::default(), 0);
    }

    /// Frames that count.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// Sum of their ratios in dB.
    pub fn total_db(&self) -> f64 {
        self.total.value()
    }
}

/// The ratio of the candidate's part along the reference to the rest: blind to a gain.
///
/// # Source
/// Le Roux, Wisdom, Erdogan & Hershey, "SDR – half-baked or well done?", ICASSP 2019, equation 5.
#[derive(Clone, Copy, Debug, Default)]
pub struct SiSdr {
    count: u64,
    reference: Sum,
    difference: Sum,
    reference_energy: Sum,
    difference_energy: Sum,
    product: Sum,
}

impl SiSdr {
    /// Takes a pair of samples.
    #[inline]
    pub fn push(&mut self, reference: f64, candidate: f64) {
        // The difference instead of the candidate: so little of two equal signals is lost by cancellation.
        let difference = candidate - reference;
        self.count += 1;
        self.reference.add(reference);
        self.difference.add(difference);
        self.reference_energy.add(reference * reference);
        self.difference_energy.add(difference * difference);
        self.product.add(reference * difference);
    }

    /// The ratio in dB; with `zero_mean` of the signals without their means, which is called SI-SNR too.
    pub fn db(&self, zero_mean: bool) -> f64 {
        let count = self.count as f64;
        let (r, d) = (self.reference.value(), self.difference.value());
        let less = |sum: f64, product: f64| if zero_mean { sum - product / count } else { sum };
        let rr = less(self.reference_energy.value(), r * r);
        let dd = less(self.difference_energy.value(), d * d);
        let rd = less(self.product.value(), r * d);
        // candidate = (1 + gain) reference + rest
        let gain = rd / rr;
        let rest = (dd - gain * rd).max(0.0);
        // What is left of a pure gain is rounding.
        let rest = if rest <= 1e-15 * dd { 0.0 } else { rest };
        ratio_db((1.0 + gain) * (1.0 + gain) * rr, rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-9 || got == expected, "expected {expected}, got {got}");
    }

    fn tone(step: f64, count: usize) -> Vec<f64> {
        (0..count).map(|t| (t as f64 * step).sin()).collect()
    }

    fn snr(reference: &[f64], candidate: &[f64]) -> f64 {
        let mut snr = Snr::default();
        reference.iter().zip(candidate).for_each(|(a, b)| snr.push(*a, *b));
        snr.db()
    }

    fn si_sdr(reference: &[f64], candidate: &[f64], zero_mean: bool) -> f64 {
        let mut sdr = SiSdr::default();
        reference.iter().zip(candidate).for_each(|(a, b)| sdr.push(*a, *b));
        sdr.db(zero_mean)
    }

    #[test]
    fn a_gain_counts_for_one_and_not_for_the_other() {
        let signal = tone(0.1, 5000);
        let louder: Vec<f64> = signal.iter().map(|x| 2.0 * x).collect();
        check(snr(&signal, &louder), 0.0);
        check(snr(&signal, &signal), f64::INFINITY);
        assert!(si_sdr(&signal, &louder, false) > 150.0);
        check(si_sdr(&signal, &signal, false), f64::INFINITY);
    }

    #[test]
    fn noise_at_right_angles_has_the_ratio_of_energies() {
        let (reference, candidate) = ([1.0, 1.0, 1.0, 1.0], [1.1, 0.9, 1.1, 0.9]);
        check(snr(&reference, &candidate), 20.0);
        check(si_sdr(&reference, &candidate, false), 20.0);
        assert!(si_sdr(&reference, &candidate, true).is_nan());
        let offset: Vec<f64> = candidate.iter().map(|x| x + 5.0).collect();
        let (a, b) = ([1.0, -1.0, 2.0, -2.0], [1.5, -1.0, 2.0, -2.5]);
        let shifted = b.map(|x| x + 7.0);
        check(si_sdr(&a, &shifted, true), si_sdr(&a, &b, true));
        assert!(si_sdr(&reference, &offset, false) > 30.0);
    }

    #[test]
    fn segments_are_clipped_and_silence_passed_over() {
        let mut reference = tone(0.2, 512);
        reference.extend([0.0; 1024]);
        reference.extend(tone(0.2, 512));
        let candidate: Vec<f64> =
            reference.iter().enumerate().map(|(t, x)| if t < 1000 { *x } else { x + 100.0 }).collect();
        let mut segments = SegmentalSnr::default();
        reference.iter().zip(&candidate).for_each(|(a, b)| segments.push(*a, *b));
        // Frames 0, 1 are equal: 35 dB; 2 to 4 silent; 5 and 6 are drowned: -10 dB.
        assert_eq!(segments.frames(), 4);
        check(segments.total_db(), 35.0 + 35.0 - 10.0 - 10.0);
    }

    #[test]
    fn nothing_has_no_ratio() {
        assert!(Snr::default().db().is_nan());
        assert!(SiSdr::default().db(true).is_nan());
        check(snr(&[0.0], &[1.0]), f64::NEG_INFINITY);
    }
}
