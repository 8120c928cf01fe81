//! The discrete Fourier transform of real frames, planned once.
//!
//! An even length is one complex transform of half that length and a pass that splits it, so that a caller may take
//! each bin as it is made (its power, say) without an array of complex numbers in between.

use std::f64::consts::PI;
use std::sync::Arc;

use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use crate::{Error, Float};

/// The largest transform that is planned: 2²⁴ points.
pub const MAX_POINTS: usize = 1 << 24;

/// A planned transform of real frames of `points` samples, times a window, to ⌊points / 2⌋ + 1 bins.
///
/// # Source
/// X\[k\] = Σ w\[t\] x\[t\] exp(−2πi k t / n). The split of an even length: Press et al., "Numerical Recipes", 3rd ed., 12.3.
#[derive(Clone)]
pub struct RealFft<T: Float> {
    /// For an even length halved, which saves the split its divisions by 2.
    window: Vec<T>,
    fft: Arc<dyn Fft<T>>,
    input: Vec<Complex<T>>,
    output: Vec<Complex<T>>,
    scratch: Vec<Complex<T>>,
    /// −i exp(−2πi k / n) for k = 1..=n / 4, real and imaginary parts apart; empty for an odd length.
    twiddles: [Vec<T>; 2],
}

/// Bins k.. and their mirrors, real and imaginary parts apart.
struct Split<T, const N: usize> {
    low: [[T; N]; 2],
    high: [[T; N]; 2],
}

/// Bins that are split in one go: two SSE registers of f64, or one of f32.
const WIDTH: usize = 4;

impl<T: Float> RealFft<T> {
    /// Plans a transform as long as the window.
    ///
    /// # Errors
    /// An empty window, or one longer than [`MAX_POINTS`].
    pub fn new(window: &[f64]) -> Result<Self, Error> {
        let points = window.len();
        if points == 0 || points > MAX_POINTS {
            let expected = format!("1..={MAX_POINTS}");
            return Err(Error::parameter("n_fft", expected, points));
        }
        let even = points.is_multiple_of(2);
        let (length, factor) = if even { (points / 2, 0.5) } else { (points, 1.0) };
        let fft = FftPlanner::new().plan_fft_forward(length);
        let zero = Complex::new(T::zero(), T::zero());
        let angle = |k: usize| -2.0 * PI * k as f64 / points as f64;
        let turns = 1..=if even { points / 4 } else { 0 };
        Ok(Self {
            window: window.iter().map(|w| T::from_real(w * factor)).collect(),
            input: vec![zero; length],
            output: vec![zero; length],
            scratch: vec![zero; fft.get_immutable_scratch_len()],
            twiddles: [
                turns.clone().map(|k| T::from_real(angle(k).sin())).collect(),
                turns.map(|k| T::from_real(-angle(k).cos())).collect(),
            ],
            fft,
        })
    }

    /// Points that a transform takes.
    pub fn points(&self) -> usize {
        self.window.len()
    }

    /// Bins that it gives.
    pub fn bins(&self) -> usize {
        self.points() / 2 + 1
    }

    /// Transforms `frame` and gives every bin to `bin(index, real, imaginary)`, in no particular order; the one in the
    /// middle may come twice. A frame shorter than [`points`](Self::points) is followed by zeros, a longer one cut.
    #[inline(always)]
    pub fn process<S: Float>(&mut self, frame: &[S], mut bin: impl FnMut(usize, T, T)) {
        if !self.points().is_multiple_of(2) {
            for (to, (x, w)) in self.input.iter_mut().zip(frame.iter().zip(&self.window)) {
                *to = Complex::new(x.cast::<T>() * *w, T::zero());
            }
            let covered = frame.len().min(self.input.len());
            self.input[covered..].fill(Complex::new(T::zero(), T::zero()));
            self.transform();
            let bins = self.bins();
            for (k, value) in self.output[..bins].iter().enumerate() {
                bin(k, value.re, value.im);
            }
            return;
        }
        let input: &mut [T] = bytemuck::cast_slice_mut(&mut self.input);
        for (to, (x, w)) in input.iter_mut().zip(frame.iter().zip(&self.window)) {
            *to = x.cast::<T>() * *w;
        }
        let covered = frame.len().min(input.len());
        input[covered..].fill(T::zero());
        self.transform();
        let m = self.output.len();
        let Complex { re, im } = self.output[0];
        bin(0, (re + im) + (re + im), T::zero());
        bin(m, (re - im) + (re - im), T::zero());
        let mut k = 1;
        while k + WIDTH <= m / 2 + 1 {
            self.split::<WIDTH>(k, &mut bin);
            k += WIDTH;
        }
        while k <= m / 2 {
            self.split::<1>(k, &mut bin);
            k += 1;
        }
    }

    fn transform(&mut self) {
        self.fft.process_immutable_with_scratch(&self.input, &mut self.output, &mut self.scratch);
    }

    /// Takes the spectra of the even and the odd samples apart: with Z the transform of (x[2t] + i x[2t + 1]) / 2,
    /// X[k] = Z[k] + Z*[m − k] − i exp(−2πi k / n) (Z[k] − Z*[m − k]); X[m − k] is its mirror.
    #[inline(always)]
    fn split<const N: usize>(&self, k: usize, bin: &mut impl FnMut(usize, T, T)) {
        let m = self.output.len();
        let low: &[Complex<T>; N] = take(&self.output, k);
        let high: &[Complex<T>; N] = take(&self.output, m + 1 - k - N);
        let cos: &[T; N] = take(&self.twiddles[0], k - 1);
        let sin: &[T; N] = take(&self.twiddles[1], k - 1);
        let mut out = Split { low: [[T::zero(); N]; 2], high: [[T::zero(); N]; 2] };
        for i in 0..N {
            let (a, b) = (low[i], high[N - 1 - i]);
            let even = (a.re + b.re, a.im - b.im);
            let odd = (a.re - b.re, a.im + b.im);
            let turned = (odd.0 * cos[i] - odd.1 * sin[i], odd.0 * sin[i] + odd.1 * cos[i]);
            out.low[0][i] = even.0 + turned.0;
            out.low[1][i] = even.1 + turned.1;
            out.high[0][i] = even.0 - turned.0;
            out.high[1][i] = turned.1 - even.1;
        }
        for i in 0..N {
            bin(k + i, out.low[0][i], out.low[1][i]);
            bin(m - k - i, out.high[0][i], out.high[1][i]);
        }
    }
}

/// `N` values from `first` on.
#[inline(always)]
fn take<V, const N: usize>(values: &[V], first: usize) -> &[V; N] {
    values[first..].first_chunk().expect("twiddles and bins reach as far as the split does")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_equals_the_sum() {
        for n in (1..=40).chain([64, 97, 100, 255, 256, 400]) {
            let frame: Vec<f64> = (0..n).map(|i| ((i * i + 3 * i) as f64 * 0.7).sin()).collect();
            let mut expected: Vec<Complex<f64>> = crate::dft::dft(&frame);
            expected.truncate(n / 2 + 1);
            let mut fft = RealFft::<f64>::new(&vec![1.0; n]).expect("planned");
            assert_eq!(fft.bins(), expected.len());
            let mut got = vec![None; expected.len()];
            fft.process(&frame, |k, re, im| got[k] = Some(Complex::new(re, im)));
            for (k, (got, expected)) in got.into_iter().zip(expected).enumerate() {
                let got = got.expect("every bin is given");
                assert!((got - expected).norm() < 1e-12 * n as f64, "{n}: bin {k}: expected {expected}, got {got}");
            }
        }
    }

    #[test]
    fn short_frames_are_followed_by_zeros_and_long_ones_cut() {
        for n in [7, 8] {
            let mut fft = RealFft::<f64>::new(&vec![1.0; n]).expect("planned");
            let mut sum = |frame: &[f64]| {
                let mut first = 0.0;
                fft.process(frame, |k, re, _| {
                    if k == 0 {
                        first = re
                    }
                });
                first
            };
            assert!((sum(&[1.0; 20]) - n as f64).abs() < 1e-12);
            assert!((sum(&[1.0; 3]) - 3.0).abs() < 1e-12);
        }
    }

    #[test]
    fn refusals() {
        assert!(RealFft::<f64>::new(&[]).is_err());
        assert!(RealFft::<f32>::new(&vec![1.0; MAX_POINTS + 1]).is_err());
    }
}
