//! The inverse discrete Fourier transform to real frames, planned once.

use std::f64::consts::PI;
use std::sync::Arc;

use rustfft::{Fft, FftPlanner};

use crate::aligned::Aligned;
use crate::fourier::MAX_POINTS;
use crate::{Complex, Error, Float};

/// A planned inverse of [`RealFft`](crate::fourier::RealFft) with a window of ones; it computes in float64.
///
/// # Shape
/// ⌊points / 2⌋ + 1 bins to `points` samples. Bins that are missing count as zero, further ones are left out.
///
/// # Source
/// x\[t\] = 1/n Σ X\[k\] exp(2πi k t / n), X\[n − k\] the conjugate of X\[k\]; imaginary parts of bin 0 and of the one at half the
/// rate do not count. An even length is one transform of half the length: Press et al., "Numerical Recipes", 3rd ed., 12.3.
#[derive(Clone)]
pub struct RealIfft {
    points: usize,
    fft: Arc<dyn Fft<f64>>,
    buffer: Aligned<Complex<f64>>,
    scratch: Aligned<Complex<f64>>,
    /// i exp(2πi k / n) for k = 0..n / 2; empty for an odd length.
    twiddles: Vec<Complex<f64>>,
}

impl RealIfft {
    /// Plans a transform to `points` samples.
    ///
    /// # Errors
    /// None, or more than [`MAX_POINTS`].
    pub fn new(points: usize) -> Result<Self, Error> {
        if points == 0 || points > MAX_POINTS {
            return Err(Error::parameter("n_fft", format!("1..={MAX_POINTS}"), points));
        }
        let even = points.is_multiple_of(2);
        let length = if even { points / 2 } else { points };
        let fft = FftPlanner::new().plan_fft_inverse(length);
        let zero = Complex::new(0.0, 0.0);
        let turn = |k: usize| Complex::from_polar(1.0, 2.0 * PI * k as f64 / points as f64) * Complex::i();
        Ok(Self {
            points,
            buffer: Aligned::filled(zero, length),
            scratch: Aligned::filled(zero, fft.get_inplace_scratch_len()),
            twiddles: (0..if even { length } else { 0 }).map(turn).collect(),
            fft,
        })
    }

    /// Samples that it gives.
    pub fn points(&self) -> usize {
        self.points
    }

    /// The samples of `bins`.
    ///
    /// # Panics
    /// If `out` is not [`points`](Self::points) long.
    pub fn process<S: Float>(&mut self, bins: &[Complex<S>], out: &mut [f64]) {
        assert_eq!(out.len(), self.points, "samples of a frame");
        let n = self.points;
        let bin = |k: usize| {
            let value = bins.get(k).map_or(Complex::new(0.0, 0.0), |x| Complex::new(x.re.into(), x.im.into()));
            if k == 0 || 2 * k == n { Complex::new(value.re, 0.0) } else { value }
        };
        let factor = 1.0 / n as f64;
        if !n.is_multiple_of(2) {
            self.buffer[0] = bin(0);
            for k in 1..=n / 2 {
                let value = bin(k);
                self.buffer[k] = value;
                self.buffer[n - k] = value.conj();
            }
            self.fft.process_with_scratch(&mut self.buffer, &mut self.scratch);
            for (out, x) in out.iter_mut().zip(&*self.buffer) {
                *out = x.re * factor;
            }
            return;
        }
        let m = n / 2;
        for (k, (z, turn)) in self.buffer.iter_mut().zip(&self.twiddles).enumerate() {
            let (a, b) = (bin(k), bin(m - k).conj());
            *z = (a + b) + turn * (a - b);
        }
        self.fft.process_with_scratch(&mut self.buffer, &mut self.scratch);
        for (out, x) in out.chunks_exact_mut(2).zip(&*self.buffer) {
            out[0] = x.re * factor;
            out[1] = x.im * factor;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fourier::RealFft;

    #[test]
    fn it_undoes_the_transform() {
        for n in (1..=20).chain([97, 256, 400]) {
            let frame: Vec<f64> = (0..n).map(|i| ((i * i + 3 * i) as f64 * 0.7).sin()).collect();
            let mut fft = RealFft::<f64>::new(&vec![1.0; n]).expect("planned");
            let mut bins = fft.process(&frame).to_vec();
            // What a real frame cannot have does not count.
            bins[0].im = 5.0;
            let mut out = vec![0.0; n];
            RealIfft::new(n).expect("planned").process(&bins, &mut out);
            for (t, (got, expected)) in out.iter().zip(&frame).enumerate() {
                assert!((got - expected).abs() < 1e-12, "{n}: sample {t}: expected {expected}, got {got}");
            }
        }
    }

    #[test]
    fn missing_bins_are_zero_and_further_ones_left_out() {
        let mut ifft = RealIfft::new(4).expect("planned");
        let mut outs = [[0.0; 4]; 3];
        let one = Complex::new(1.0f32, 0.0);
        ifft.process(&[one], &mut outs[0]);
        assert_eq!(outs[0], [0.25; 4]);
        ifft.process(&[one, one, one], &mut outs[1]);
        ifft.process(&[one, one, one, one, one], &mut outs[2]);
        assert_eq!(outs[1], outs[2]);
    }

    #[test]
    fn refusals() {
        assert!(RealIfft::new(0).is_err());
        assert!(RealIfft::new(MAX_POINTS + 1).is_err());
    }
}
