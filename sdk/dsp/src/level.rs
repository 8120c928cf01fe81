//! Levels of signals, and of a window's spectrum, in dB against full scale.
//!
//! Full scale is a sine whose peak is 1: it reads 0 dBFS as a peak level and in a calibrated spectrum; its RMS level is
//! −3.01 dB.

use std::f64::consts::FRAC_1_SQRT_2;

use pulp::Arch;

use crate::log::Unit;
use crate::{Error, Float, vector};

/// The level of an amplitude: 20 log10, −∞ for zero.
pub fn dbfs(amplitude: f64) -> f64 {
    20.0 * amplitude.log10()
}

/// The amplitude of a level.
pub fn amplitude(dbfs: f64) -> f64 {
    10f64.powf(dbfs / 20.0)
}

/// Peak, RMS and mean of a signal that comes in pieces; the result does not depend on where it was cut.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Level {
    peak: f64,
    sum: f64,
    squares: f64,
    count: u64,
    not_finite: u64,
}

impl Level {
    /// Takes samples in; values that are no number or infinite are counted, not measured.
    pub fn push<S: Float>(&mut self, samples: &[S]) {
        for sample in samples {
            let value: f64 = (*sample).into();
            if value.is_finite() {
                self.peak = self.peak.max(value.abs());
                self.sum += value;
                self.squares += value * value;
                self.count += 1;
            } else {
                self.not_finite += 1;
            }
        }
    }

    /// The largest magnitude.
    pub fn peak(&self) -> f64 {
        self.peak
    }

    /// The root of the mean square, 0 for no samples.
    pub fn rms(&self) -> f64 {
        if self.count == 0 {
            return 0.0;
        }
        (self.squares / self.count as f64).sqrt()
    }

    /// The mean, which is the offset from zero; 0 for no samples.
    pub fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum / self.count as f64 }
    }

    /// Adds what another has seen, as of a further channel.
    pub fn merge(&mut self, other: &Level) {
        self.peak = self.peak.max(other.peak);
        self.sum += other.sum;
        self.squares += other.squares;
        self.count += other.count;
        self.not_finite += other.not_finite;
    }

    /// Samples that are no number or infinite.
    pub fn not_finite(&self) -> u64 {
        self.not_finite
    }
}

/// Reads the level of sines in a windowed spectrum: a sine on a bin reads its peak, at any window and length.
///
/// # Units
/// dB against full scale, no less than the floor.
///
/// # Source
/// A sine of peak A on bin k is A Σw / 2 there; at 0 Hz and half the sample rate, where both halves of the spectrum
/// fall together, A Σw. Heinzel, Rüdiger, Schilling, "Spectrum and spectral density estimation by the DFT", 2002, section 9.
#[derive(Clone, Copy, Debug)]
pub struct Calibration {
    arch: Arch,
    inner: f64,
    edge: f64,
    even: bool,
    floor_power: f64,
    unit: Unit,
}

impl Calibration {
    /// For a transform of `n_fft` points whose window has this sum; nothing reads lower than `floor_db`.
    ///
    /// # Errors
    /// A sum that is not above 0, a floor outside [`LOWEST_DB`]`..=0`.
    pub fn new(sum: f64, n_fft: usize, floor_db: f64) -> Result<Self, Error> {
        if !(sum > 0.0 && sum.is_finite()) {
            return Err(Error::parameter("window", "values with a sum above 0", sum));
        }
        if !(LOWEST_DB..=0.0).contains(&floor_db) {
            return Err(Error::parameter("floor_db", format!("{LOWEST_DB}..=0"), floor_db));
        }
        Ok(Self {
            arch: Arch::new(),
            inner: (2.0 / sum).powi(2),
            edge: (1.0 / sum).powi(2),
            even: n_fft.is_multiple_of(2),
            floor_power: 10f64.powf(floor_db / 10.0),
            unit: Unit::new(10.0 * std::f64::consts::LOG10_E),
        })
    }

    /// The levels of one frame's bins, given their power.
    ///
    /// # Panics
    /// If `out` is not as long as `power`.
    pub fn process<S: Float, O: Float>(&self, power: &[S], out: &mut [O]) {
        assert_eq!(power.len(), out.len(), "bins in and out");
        vector::run(self.arch, (self, self.inner, power, &mut *out), levels);
        let (first, last) = (power.len().min(1), power.len().saturating_sub(1));
        levels((self, self.edge, &power[..first], &mut out[..first]));
        if self.even && last > 0 {
            levels((self, self.edge, &power[last..], &mut out[last..]));
        }
    }
}

/// The levels of powers on bins of one scale.
#[inline(always)]
fn levels<S: Float, O: Float>((calibration, scale, power, out): (&Calibration, f64, &[S], &mut [O])) {
    let (floor, unit) = (O::from_real(calibration.floor_power), calibration.unit);
    let scaled = |power: S| O::from_real(power.into() * scale);
    vector::narrowed(power, out, scaled, |power| (if power < floor { floor } else { power }).log(&unit));
}

/// The lowest floor: 10^(−370 / 10) is still a number that f32 holds.
pub const LOWEST_DB: f64 = -370.0;

/// The RMS of a full-scale sine.
pub const FULL_SCALE_RMS: f64 = FRAC_1_SQRT_2;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stft::{self, Exponent, Stft};
    use crate::window::{self, Shape};
    use std::f64::consts::PI;

    #[test]
    fn levels_of_a_sine() {
        let sine: Vec<f64> = (0..480).map(|t| (2.0 * PI * t as f64 / 48.0).sin()).collect();
        let mut level = Level::default();
        level.push(&sine);
        assert!((level.peak() - 1.0).abs() < 1e-12);
        assert!((level.rms() - FULL_SCALE_RMS).abs() < 1e-12);
        assert_eq!(dbfs(0.0), f64::NEG_INFINITY);
        assert!((amplitude(dbfs(0.3)) - 0.3).abs() < 1e-15);
    }

    #[test]
    fn cuts_change_nothing_and_nan_is_counted() {
        let samples: Vec<f32> = (0..1000).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.5).collect();
        let mut whole = Level::default();
        whole.push(&samples);
        let mut pieces = Level::default();
        samples.chunks(7).for_each(|piece| pieces.push(piece));
        assert_eq!(whole, pieces);
        pieces.push(&[f32::NAN, f32::INFINITY]);
        assert_eq!((pieces.not_finite(), pieces.rms()), (2, whole.rms()));
        assert_eq!((Level::default().rms(), Level::default().mean()), (0.0, 0.0));
    }

    #[test]
    fn channels_merge() {
        let (mut left, mut right) = (Level::default(), Level::default());
        left.push(&[1.0f32, 0.5, f32::NAN]);
        right.push(&[-0.5f32, -2.0, 0.0]);
        assert_eq!((left.mean(), right.mean()), (0.75, -2.5 / 3.0));
        left.merge(&right);
        assert_eq!((left.peak(), left.mean(), left.not_finite()), (2.0, -0.2, 1));
        assert!((left.rms() - (5.5f64 / 5.0).sqrt()).abs() < 1e-15);
    }

    #[test]
    fn a_full_scale_sine_reads_zero_at_any_window_and_length() {
        for (shape, n) in [
            (Shape::Hann, 1024),
            (Shape::Rectangular, 400),
            (Shape::BlackmanHarris, 511),
            (Shape::Kaiser { beta: 14.0 }, 2048),
        ] {
            let config = window::Config::new(shape, n);
            let window = window::window(&config).expect("legal");
            let calibration = Calibration::new(window.iter().sum(), n, -200.0).expect("legal");
            let mut stft: Stft = Stft::new(&stft::Config::new(config)).expect("legal");
            let mut power = vec![0.0f64; stft.bins()];
            let mut db = vec![0.0f32; stft.bins()];
            let edge = if n % 2 == 0 { n / 2 } else { 0 };
            for k in [0, 50, 51, edge] {
                let cosine = |t: usize| (2.0 * PI * k as f64 * t as f64 / n as f64).cos();
                let frame: Vec<f64> = (0..n).map(cosine).collect();
                stft.process_magnitude(&frame, Exponent::Power, &mut power);
                calibration.process(&power, &mut db);
                assert!(db[k].abs() < 1e-3, "{shape:?} {n} bin {k}: {}", db[k]);
            }
        }
    }

    #[test]
    fn silence_reads_the_floor() {
        let calibration = Calibration::new(8.0, 8, -120.0).expect("legal");
        let mut db = [0.0f32; 5];
        calibration.process(&[0.0f32; 5], &mut db);
        assert_eq!(db, [-120.0; 5]);
        assert!(Calibration::new(0.0, 8, -120.0).is_err());
        assert!(Calibration::new(8.0, 8, f64::NAN).is_err());
    }
}
