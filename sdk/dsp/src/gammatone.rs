//! Gammatone filters: four resonators in a row for each band, on the ERB scale, and their approximation on bins.
//!
//! # Source
//! Slaney, "An efficient implementation of the Patterson-Holdsworth auditory filter bank", Apple technical report 35, 1993;
//! bandwidths of Glasberg and Moore, "Derivation of auditory filter shapes from notched-noise data", Hearing Research 47, 1990.

use std::f64::consts::PI;

use crate::{Complex, Error, Float};

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
    /// By band: coefficients, gain on the first resonator.
    poles: [Vec<f64>; 2],
    zeros: [Vec<f64>; 4],
    gains: Vec<f64>,
    /// By resonator and band: the two values that a resonator remembers.
    memory: [[Vec<f64>; 2]; 4],
}

impl Bank {
    /// Makes the filters.
    ///
    /// # Errors
    /// No band, or a frequency that is not between 0 and half the rate.
    pub fn new(sample_rate: f64, centres_hz: &[f64]) -> Result<Self, Error> {
        let bands = bands(sample_rate, centres_hz)?;
        let of = |value: &dyn Fn(&Band) -> f64| bands.iter().map(value).collect::<Vec<f64>>();
        let zeros = vec![0.0; bands.len()];
        Ok(Self {
            poles: [0, 1].map(|i| of(&|band| band.poles[i])),
            zeros: [0, 1, 2, 3].map(|i| of(&|band| -band.zeros[i])),
            gains: of(&|band| band.gain),
            memory: std::array::from_fn(|_| [zeros.clone(), zeros.clone()]),
        })
    }

    /// Bands.
    pub fn bands(&self) -> usize {
        self.gains.len()
    }

    /// Silence before the next sample.
    pub fn reset(&mut self) {
        self.memory.iter_mut().flatten().for_each(|memory| memory.fill(0.0));
    }

    /// Filters one sample into every band.
    ///
    /// # Panics
    /// If `out` is not [`bands`](Self::bands) long.
    pub fn process<S: Float>(&mut self, sample: S, out: &mut [f64]) {
        let bands = self.gains.len();
        assert_eq!(out.len(), bands, "bands");
        let sample: f64 = sample.into();
        out.iter_mut().zip(&self.gains).for_each(|(out, gain)| *out = sample * gain);
        let (a1, a2) = (&self.poles[0][..bands], &self.poles[1][..bands]);
        // A resonator at a time over all bands, so that the loop becomes vector code.
        for (zero, [first, second]) in self.zeros.iter().zip(&mut self.memory) {
            let (zero, first, second) = (&zero[..bands], &mut first[..bands], &mut second[..bands]);
            for i in 0..bands {
                let x = out[i];
                let y = x + first[i];
                first[i] = zero[i] * x - a1[i] * y + second[i];
                second[i] = -a2[i] * y;
                out[i] = y;
            }
        }
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
