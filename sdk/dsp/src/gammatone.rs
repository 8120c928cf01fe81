//! Gammatone filters: four resonators in a row for each band, on the ERB scale, and their approximation on bins.
//!
//! # Source
//! Slaney, "An efficient implementation of the Patterson-Holdsworth auditory filter bank", Apple technical report 35, 1993;
//! bandwidths of Glasberg and Moore, "Derivation of auditory filter shapes from notched-noise data", Hearing Research 47, 1990.

use std::f64::consts::PI;

use pulp::Arch;

use crate::{Complex, Error, Float, vector};

/// Glasberg and Moore's constants: the asymptotic quality of a filter, and the smallest bandwidth in Hz.
const EAR_Q: f64 = 9.26449;
const MIN_BANDWIDTH_HZ: f64 = 24.7;

/// The equivalent rectangular bandwidth at a frequency, both in Hz.
pub fn bandwidth_hz(hz: f64) -> f64 {
    hz / EAR_Q + MIN_BANDWIDTH_HZ
}

/// `bands` frequencies on the ERB scale, lowest first: the lowest is `fmin`, the highest one step under `fmax`.
///
/// # Source
/// Slaney 1993, `ERBSpace`.
pub fn spaced_hz(fmin: f64, fmax: f64, bands: usize) -> Vec<f64> {
    (1..=bands).rev().map(|i| on_scale(fmin, fmax, i as f64 / bands as f64)).collect()
}

/// `bands` frequencies on the ERB scale, from `fmin` to `fmax`, both included.
pub fn spread_hz(fmin: f64, fmax: f64, bands: usize) -> Vec<f64> {
    let last = bands.saturating_sub(1).max(1) as f64;
    (0..bands).rev().map(|i| on_scale(fmin, fmax, if bands == 1 { 1.0 } else { i as f64 / last })).collect()
}

/// 0 is `fmax`, 1 is `fmin`.
fn on_scale(fmin: f64, fmax: f64, fraction: f64) -> f64 {
    let corner = EAR_Q * MIN_BANDWIDTH_HZ;
    -corner + (fraction * ((fmin + corner).ln() - (fmax + corner).ln())).exp() * (fmax + corner)
}

/// One band's four resonators: they share their poles, each has a zero of its own.
#[derive(Clone, Copy, Debug)]
struct Band {
    /// Twice the real part of the pole, negated, and its squared magnitude.
    poles: [f64; 2],
    /// The zeros, all real.
    zeros: [f64; 4],
    /// The length of a sample in seconds to the power of four, over the gain at the centre.
    gain: f64,
    pole: Complex<f64>,
}

impl Band {
    fn new(sample_rate: f64, hz: f64) -> Self {
        let period = 1.0 / sample_rate;
        let decay = (-1.019 * 2.0 * PI * bandwidth_hz(hz) * period).exp();
        let angle = 2.0 * PI * hz * period;
        let (sin, cos) = angle.sin_cos();
        let (wide, narrow) = ((3.0 + 2f64.powf(1.5)).sqrt(), (3.0 - 2f64.powf(1.5)).sqrt());
        let zeros = [cos + wide * sin, cos - wide * sin, cos + narrow * sin, cos - narrow * sin].map(|z| decay * z);
        let pole = Complex::from_polar(decay, angle);
        let at = Complex::from_polar(1.0, angle);
        let top: Complex<f64> = zeros.iter().map(|zero| at - zero).product();
        let bottom = (at - pole) * (at - pole.conj());
        // |H| at the centre, of which every resonator has z on top and its poles below.
        let gain = (top / bottom.powi(4)).norm();
        Self { poles: [-2.0 * decay * cos, decay * decay], zeros, gain: 1.0 / gain, pole }
    }
}

/// The filters of all bands.
///
/// # Shape
/// Samples one after the other to `bands` values each, in the order of the frequencies.
pub struct Bank {
    arch: Arch,
    bands: usize,
    groups: Vec<Group>,
}

/// Bands that are filtered side by side.
const GROUP: usize = 8;

/// The filters of so many bands, and what they remember; bands that do not exist are silent.
#[derive(Clone, Copy, Default)]
struct Group {
    poles: [[f64; GROUP]; 2],
    zeros: [[f64; GROUP]; 4],
    gains: [f64; GROUP],
    /// By resonator: the two values that it remembers.
    memory: [[[f64; GROUP]; 2]; 4],
}

impl Group {
    fn new(bands: &[Band]) -> Self {
        let mut group = Group::default();
        for (i, band) in bands.iter().enumerate() {
            (0..2).for_each(|k| group.poles[k][i] = -band.poles[k]);
            (0..4).for_each(|k| group.zeros[k][i] = -band.zeros[k]);
            group.gains[i] = band.gain;
        }
        group
    }

    /// Filters samples one after the other.
    #[inline(always)]
    fn filter<S: Float>(&mut self, samples: &[S], mut each: impl FnMut(&[f64; GROUP])) {
        let Group { poles: [a1, a2], zeros, gains, mut memory } = *self;
        for sample in samples {
            let sample: f64 = (*sample).into();
            let mut x: [f64; GROUP] = std::array::from_fn(|i| sample * gains[i]);
            for (zero, [first, second]) in zeros.iter().zip(&mut memory) {
                for i in 0..GROUP {
                    let y = x[i] + first[i];
                    first[i] = (zero[i] * x[i] + a1[i] * y) + second[i];
                    second[i] = a2[i] * y;
                    x[i] = y;
                }
            }
            each(&x);
        }
        self.memory = memory;
    }
}

impl Bank {
    /// Makes the filters.
    ///
    /// # Errors
    /// No band, or a frequency that is not between 0 and half the rate.
    pub fn new(sample_rate: f64, centres_hz: &[f64]) -> Result<Self, Error> {
        let bands = bands(sample_rate, centres_hz)?;
        Ok(Self { arch: Arch::new(), bands: bands.len(), groups: bands.chunks(GROUP).map(Group::new).collect() })
    }

    /// Bands.
    pub fn bands(&self) -> usize {
        self.bands
    }

    /// Silence before the next sample.
    pub fn reset(&mut self) {
        self.groups.iter_mut().for_each(|group| group.memory = Default::default());
    }

    /// Filters one sample into every band.
    ///
    /// # Panics
    /// If `out` is not [`bands`](Self::bands) long.
    pub fn process<S: Float>(&mut self, sample: S, out: &mut [f64]) {
        assert_eq!(out.len(), self.bands, "bands");
        for (group, out) in self.groups.iter_mut().zip(out.chunks_mut(GROUP)) {
            group.filter(&[sample], |values| out.copy_from_slice(&values[..out.len()]));
        }
    }

    /// Filters samples, and adds the square of each that comes out to its band's sum.
    ///
    /// # Panics
    /// If `sums` is not [`bands`](Self::bands) long.
    pub fn add_powers<S: Float>(&mut self, samples: &[S], sums: &mut [f64]) {
        assert_eq!(sums.len(), self.bands, "bands");
        vector::run(self.arch, (&mut *self.groups, samples, sums), powers);
    }
}

#[inline(always)]
fn powers<S: Float>((groups, samples, sums): (&mut [Group], &[S], &mut [f64])) {
    for (group, places) in groups.iter_mut().zip(sums.chunks_mut(GROUP)) {
        let mut sums = [0.0; GROUP];
        sums[..places.len()].copy_from_slice(places);
        group.filter(samples, |values| {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += value * value;
            }
        });
        places.copy_from_slice(&sums[..places.len()]);
    }
}

/// The magnitude of every band's filter at every bin of a transform of `n_fft` points, band after band.
///
/// # Errors
/// As [`Bank::new`].
///
/// # Source
/// Ellis, "Gammatone-like spectrograms", 2009: the filters' magnitudes as weights of an FFT's.
pub fn magnitudes(sample_rate: f64, centres_hz: &[f64], n_fft: usize) -> Result<Vec<f64>, Error> {
    let weight = |band: &Band, k: usize| {
        let at = Complex::from_polar(1.0, 2.0 * PI * k as f64 / n_fft as f64);
        let top: f64 = band.zeros.iter().map(|zero| (at - zero).norm()).product();
        top / ((at - band.pole) * (at - band.pole.conj())).norm().powi(4) * band.gain
    };
    let bands = bands(sample_rate, centres_hz)?;
    Ok(bands.iter().flat_map(|band| (0..=n_fft / 2).map(move |k| weight(band, k))).collect())
}

fn bands(sample_rate: f64, centres_hz: &[f64]) -> Result<Vec<Band>, Error> {
    if centres_hz.is_empty() || centres_hz.len() > 1 << 16 {
        return Err(Error::parameter("bands", "1..=65536", centres_hz.len()));
    }
    let half = sample_rate / 2.0;
    match centres_hz.iter().find(|hz| !(0.0..half).contains(*hz)) {
        Some(hz) => Err(Error::parameter("hz", format!("0 or more and under half the sample rate ({half})"), hz)),
        None => Ok(centres_hz.iter().map(|hz| Band::new(sample_rate, *hz)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frequencies_on_the_scale() {
        // gammatone 1.0.3: filters.centre_freqs(16000, 4, 100), reversed
        let got = spaced_hz(100.0, 8000.0, 4);
        for (got, expected) in
            got.iter().zip([100.00000000000006, 506.63887231428555, 1416.1324497644307, 3450.3171373113423])
        {
            assert!((got - expected).abs() < 1e-9, "expected {expected}, got {got}");
        }
        let spread = spread_hz(50.0, 4000.0, 5);
        assert!((spread[0] - 50.0).abs() < 1e-9 && (spread[4] - 4000.0).abs() < 1e-9, "{spread:?}");
        assert_eq!(spread_hz(50.0, 4000.0, 1).len(), 1);
    }

    #[test]
    fn a_band_passes_its_centre_and_little_else() {
        let centres = [500.0, 1000.0, 2000.0];
        let mut bank = Bank::new(16_000.0, &centres).expect("legal");
        let mut peaks = [0.0f64; 3];
        let mut out = [0.0; 3];
        for t in 0..16_000 {
            bank.process((2.0 * PI * 1000.0 * f64::from(t) / 16_000.0).sin(), &mut out);
            if t > 8000 {
                peaks.iter_mut().zip(out).for_each(|(peak, x)| *peak = peak.max(x.abs()));
            }
        }
        assert!((peaks[1] - 1.0).abs() < 1e-6 && peaks[0] < 0.02 && peaks[2] < 0.05, "{peaks:?}");
        // The weights on bins say the same.
        let weights = magnitudes(16_000.0, &centres, 16).expect("legal");
        for (band, peak) in peaks.iter().enumerate() {
            assert!((weights[band * 9 + 1] - peak).abs() < 1e-4, "band {band}");
        }
    }

    #[test]
    fn powers_are_those_of_the_samples_however_they_are_cut() {
        let centres = spaced_hz(50.0, 8000.0, 11);
        let samples: Vec<f64> = (0..500).map(|i| f64::from(i * 7919 % 1009) / 1009.0 - 0.5).collect();
        let made = || Bank::new(16_000.0, &centres).expect("legal");
        let (mut bank, mut out, mut expected) = (made(), [0.0; 11], [0.0; 11]);
        for sample in &samples {
            bank.process(*sample, &mut out);
            expected.iter_mut().zip(out).for_each(|(sum, x)| *sum += x * x);
        }
        for piece in [1, 7, 500] {
            let (mut bank, mut sums) = (made(), [0.0; 11]);
            samples.chunks(piece).for_each(|piece| bank.add_powers(piece, &mut sums));
            assert_eq!(sums, expected, "{piece} at a time");
        }
    }

    #[test]
    fn reset_forgets() {
        let mut bank = Bank::new(8000.0, &[300.0]).expect("legal");
        let (mut first, mut second) = ([0.0], [0.0]);
        bank.process(1.0f32, &mut first);
        bank.reset();
        bank.process(1.0f32, &mut second);
        assert_eq!(first, second);
    }

    #[test]
    fn refusals() {
        assert!(Bank::new(8000.0, &[]).is_err());
        for hz in [-1.0, 4000.0, f64::NAN] {
            assert!(Bank::new(8000.0, &[100.0, hz]).is_err(), "{hz}");
        }
    }
}
