//! The Fourier basis as a convolution network holds it: float32 weights, and what their rounding does to a spectrum.
//!
//! Tools that transform by convolution (Tacotron 2, nnAudio) round cosines and sines to float32, multiply them with a
//! float32 window and round again. Beside a loud bin these errors are as large as quiet bins are, so a logarithm shows
//! them: up to 1e-4 in ln of the mel bands of clean speech. [`Basis`] adds to an exact transform what the rounded
//! weights would have added.
//!
//! The errors are some 1e-8 of the weights, so three digits of them do: they are kept and summed as integers, which is
//! fast and the same on every machine. Three quarters of them follow from the symmetry of cosines, sines and window.

use std::f64::consts::PI;

use crate::window::{self, Placement, Sampling};
use crate::{Complex, Error, Float};

/// The rounding errors of a windowed float32 Fourier basis.
///
/// # Shape
/// A frame of `n_fft` samples and its n_fft / 2 + 1 bins.
///
/// # Source
/// The weights are those of NVIDIA Tacotron 2, `stft.STFT`: float32(float32(exp(−2πi k n / N)) · float32(window\[n\])).
pub struct Basis {
    n_fft: usize,
    /// For bins 0..=n_fft / 4: errors of cosines at even and at odd samples, then of sines, of the first half frame.
    errors: Vec<i16>,
    /// What a unit of an error is worth.
    unit: f64,
    /// Sums and differences of samples that share an error, at even and at odd places.
    folded: [Vec<f64>; 4],
    rounded: [Vec<i16>; 4],
}

/// Largest error and largest folded sample, in units: 2050 of their products fit an i32.
const ERROR_UNITS: f64 = 511.0;
const SAMPLE_UNITS: f64 = 2047.0;

/// The longest transform: beyond it the sums do not fit an i32.
pub const MAX_POINTS: usize = 4096;

impl Basis {
    /// Computes the errors; none if the symmetries do not hold, which takes an n_fft that is a multiple of 4 and at most
    /// [`MAX_POINTS`], and a periodic window in the middle of the frame.
    ///
    /// # Errors
    /// What [`window::window`] refuses.
    pub fn new(config: &window::Config) -> Result<Option<Self>, Error> {
        let window = window::window(config)?;
        let n_fft = config.n_fft;
        let centred = config.placement == Placement::Centre && (n_fft - config.win_length).is_multiple_of(2);
        let symmetric = centred && config.sampling == Sampling::Periodic;
        if !symmetric || !n_fft.is_multiple_of(4) || n_fft > MAX_POINTS {
            return Ok(None);
        }
        let error = |turn: f64, n: usize| {
            let weight = turn as f32 * window[n] as f32;
            f64::from(weight) - turn * window[n]
        };
        let half = n_fft / 2;
        let mut errors = Vec::new();
        for k in 0..=n_fft / 4 {
            let angle = |n: usize| -2.0 * PI * ((k * n) % n_fft) as f64 / n_fft as f64;
            for parity in [0, 1] {
                errors.extend((parity..=half).step_by(2).map(|n| error(angle(n).cos(), n)));
            }
            for parity in [0, 1] {
                errors.extend((parity..=half).step_by(2).map(|n| error(angle(n).sin(), n)));
            }
        }
        let largest = errors.iter().fold(0.0f64, |largest, error| largest.max(error.abs()));
        let unit = if largest > 0.0 { largest / ERROR_UNITS } else { 1.0 };
        let lengths = [half / 2 + 1, half / 2, half / 2 + 1, half / 2];
        Ok(Some(Self {
            n_fft,
            errors: errors.iter().map(|error| (error / unit).round() as i16).collect(),
            unit,
            folded: lengths.map(|length| vec![0.0; length]),
            rounded: lengths.map(|length| vec![0; length]),
        }))
    }

    /// Adds to the exact bins of a frame what rounded weights add.
    ///
    /// # Panics
    /// If `frame` is not `n_fft` or `bins` not n_fft / 2 + 1 long.
    pub fn process<S: Float>(&mut self, frame: &[S], bins: &mut [Complex<f64>]) {
        assert_eq!(frame.len(), self.n_fft, "samples in a frame");
        assert_eq!(bins.len(), self.n_fft / 2 + 1, "bins of a frame");
        let Some(unit) = self.fold(frame) else { return };
        let [even, odd, even_sine, odd_sine] = &self.rounded;
        let quarter = self.n_fft / 4;
        for (k, row) in self.errors.chunks_exact(self.n_fft + 2).enumerate() {
            let (cosines, sines) = row.split_at(row.len() / 2);
            let (even_errors, odd_errors) = cosines.split_at(even.len());
            let cosine = (dot(even_errors, even), dot(odd_errors, odd));
            let (even_errors, odd_errors) = sines.split_at(even_sine.len());
            let sine = (dot(even_errors, even_sine), dot(odd_errors, odd_sine));
            let add = |bin: &mut Complex<f64>, re: i32, im: i32| {
                *bin += Complex::new(f64::from(re) * unit, f64::from(im) * unit);
            };
            add(&mut bins[k], cosine.0 + cosine.1, sine.0 + sine.1);
            // cos(πn − a) = ±cos a and sin(πn − a) = ∓sin a, with the sign of (−1)ⁿ.
            if k < quarter {
                add(&mut bins[2 * quarter - k], cosine.0 - cosine.1, sine.1 - sine.0);
            }
        }
    }

    /// Adds and subtracts the samples that have the same error, and rounds; gives the worth of a product's unit.
    fn fold<S: Float>(&mut self, frame: &[S]) -> Option<f64> {
        let half = self.n_fft / 2;
        for n in 0..=half {
            let first: f64 = frame[n].into();
            let second: f64 = if n == 0 || n == half { 0.0 } else { frame[self.n_fft - n].into() };
            self.folded[n % 2][n / 2] = first + second;
            self.folded[2 + n % 2][n / 2] = first - second;
        }
        let peak = self.folded.iter().flatten().fold(0.0f64, |peak, x| peak.max(x.abs()));
        if peak == 0.0 || !peak.is_finite() {
            return None;
        }
        for (rounded, folded) in self.rounded.iter_mut().zip(&self.folded) {
            for (rounded, x) in rounded.iter_mut().zip(folded) {
                *rounded = (x * (SAMPLE_UNITS / peak)).round_ties_even() as i16;
            }
        }
        Some(self.unit * peak / SAMPLE_UNITS)
    }
}

fn dot(a: &[i16], b: &[i16]) -> i32 {
    a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stft::{self, Stft};
    use crate::window::Shape;

    fn noise(length: usize) -> Vec<f32> {
        let mut state = 5u32;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state as f32 / u32::MAX as f32 - 0.5
        };
        (0..length).map(next).collect()
    }

    /// The convolution itself, with float32 weights and sums in float64.
    fn convolved(frame: &[f32], window: &[f64]) -> Vec<Complex<f64>> {
        let n_fft = frame.len();
        let bin = |k: usize| {
            let term = |(n, x): (usize, &f32)| {
                let angle = -2.0 * PI * ((k * n) % n_fft) as f64 / n_fft as f64;
                let weight = |turn: f64| f64::from(turn as f32 * window[n] as f32) * f64::from(*x);
                Complex::new(weight(angle.cos()), weight(angle.sin()))
            };
            frame.iter().enumerate().map(term).sum()
        };
        (0..=n_fft / 2).map(bin).collect()
    }

    #[test]
    fn exact_bins_become_those_of_rounded_weights() {
        for (n_fft, win_length) in [(4, 4), (64, 64), (400, 400), (1024, 1024), (512, 300)] {
            let config = window::Config { win_length, ..window::Config::new(Shape::Hann, n_fft) };
            let mut stft: Stft = Stft::new(&stft::Config::new(config)).expect("legal");
            let mut basis = Basis::new(&config).expect("legal").expect("symmetric");
            let frame = noise(n_fft);
            let expected = convolved(&frame, &window::window(&config).expect("legal"));
            let mut bins = vec![Complex::new(0.0, 0.0); stft.bins()];
            stft.process(&frame, &mut bins);
            let distance = |bins: &[Complex<f64>]| {
                let squares = bins.iter().zip(&expected).map(|(a, b)| (a - b).norm_sqr());
                squares.sum::<f64>().sqrt()
            };
            let before = distance(&bins);
            basis.process(&frame, &mut bins);
            let after = distance(&bins);
            assert!(after <= 0.01 * before + 1e-15, "{n_fft}: {before:e} before, {after:e} after");
        }
    }

    #[test]
    fn silence_and_infinity_are_left_alone() {
        let config = window::Config::new(Shape::Hann, 16);
        let mut basis = Basis::new(&config).expect("legal").expect("symmetric");
        for frame in [[0.0f32; 16], [f32::INFINITY; 16], [f32::NAN; 16]] {
            let mut bins = vec![Complex::new(1.0, 2.0); 9];
            basis.process(&frame, &mut bins);
            assert!(bins.iter().all(|bin| *bin == Complex::new(1.0, 2.0)));
        }
    }

    #[test]
    fn without_symmetry_there_is_none() {
        let config = window::Config::new(Shape::Hann, 16);
        for config in [
            window::Config::new(Shape::Hann, 18),
            window::Config { win_length: 15, ..config },
            window::Config { sampling: Sampling::Symmetric, ..config },
            window::Config { win_length: 8, placement: Placement::Start, ..config },
            window::Config::new(Shape::Hann, 8192),
        ] {
            assert!(Basis::new(&config).expect("legal").is_none(), "{config:?}");
        }
        assert!(Basis::new(&window::Config::new(Shape::Hann, 0)).is_err());
    }
}
