//! The discrete Fourier transform of real frames, planned once.
//!
//! An even length is one complex transform of half that length and a pass that splits it.

use std::f64::consts::PI;
use std::sync::Arc;

use pulp::Arch;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use crate::{Error, Float, vector};

/// The largest transform that is planned: 2²⁴ points.
pub const MAX_POINTS: usize = 1 << 24;

/// A planned transform of real frames of `points` samples, times a window, to ⌊points / 2⌋ + 1 bins.
///
/// # Source
/// X\[k\] = Σ w\[t\] x\[t\] exp(−2πi k t / n). The split of an even length: Press et al., "Numerical Recipes", 3rd ed., 12.3.
#[derive(Clone)]
pub struct RealFft<T: Float> {
    arch: Arch,
    /// For an even length halved, which saves the split its divisions by 2.
    window: Vec<T>,
    fft: Arc<dyn Fft<T>>,
    /// What is transformed, then the bins; an even length has one more of those.
    input: Vec<Complex<T>>,
    output: Vec<Complex<T>>,
    scratch: Vec<Complex<T>>,
    /// −i exp(−2πi k / n) for k = 1..=n / 4; empty for an odd length.
    twiddles: Vec<Complex<T>>,
}

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
            arch: Arch::new(),
            window: window.iter().map(|w| T::from_real(w * factor)).collect(),
            input: vec![zero; length + usize::from(even)],
            output: vec![zero; length],
            scratch: vec![zero; fft.get_outofplace_scratch_len()],
            twiddles: turns
                .map(|k| Complex::new(T::from_real(angle(k).sin()), T::from_real(-angle(k).cos())))
                .collect(),
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

    /// The bins of `frame`. A frame shorter than [`points`](Self::points) is followed by zeros, a longer one cut.
    pub fn process<S: Float>(&mut self, frame: &[S]) -> &[Complex<T>] {
        let mut bins = std::mem::take(&mut self.input);
        vector::run(self.arch, (&mut *self, frame, &mut bins), transform_in_place);
        self.input = bins;
        &self.input[..self.bins()]
    }

    /// As [`process`](Self::process), rounded to the type of `out`.
    ///
    /// # Panics
    /// If `out` is shorter than [`bins`](Self::bins).
    pub fn process_into<S: Float, O: Float>(&mut self, frame: &[S], out: &mut [Complex<O>]) {
        let bins = &mut out[..self.points() / 2 + 1];
        vector::run(self.arch, (self, frame, bins), transform_into);
    }

    /// Fills the input with the windowed frame, and transforms it.
    #[inline(always)]
    fn transform<S: Float>(&mut self, frame: &[S], buffer: &mut [Complex<T>]) {
        let buffer = &mut buffer[..self.output.len()];
        let covered = frame.len().min(self.window.len());
        let windowed = frame[..covered].iter().zip(&self.window[..covered]).map(|(x, w)| x.cast::<T>() * *w);
        if self.points().is_multiple_of(2) {
            let buffer: &mut [T] = bytemuck::cast_slice_mut(buffer);
            buffer.iter_mut().zip(windowed).for_each(|(to, x)| *to = x);
            buffer[covered..].fill(T::zero());
        } else {
            buffer.iter_mut().zip(windowed).for_each(|(to, x)| *to = Complex::new(x, T::zero()));
            buffer[covered..].fill(Complex::new(T::zero(), T::zero()));
        }
        self.fft.process_outofplace_with_scratch(buffer, &mut self.output, &mut self.scratch);
    }

    /// The bins. Of an even length the spectra of the even and the odd samples are taken apart: with Z the transform of
    /// (x[2t] + i x[2t + 1]) / 2, X[k] = Z[k] + Z*[m − k] − i exp(−2πi k / n) (Z[k] − Z*[m − k]); X[m − k] is its mirror.
    #[inline(always)]
    fn split<O: Float>(&self, out: &mut [Complex<O>]) {
        let cast = |bin: Complex<T>| Complex::new(bin.re.cast::<O>(), bin.im.cast::<O>());
        if !self.points().is_multiple_of(2) {
            out.iter_mut().zip(&self.output).for_each(|(out, bin)| *out = cast(*bin));
            return;
        }
        let m = self.output.len();
        let Complex { re, im } = self.output[0];
        out[0] = cast(Complex::new((re + im) + (re + im), T::zero()));
        out[m] = cast(Complex::new((re - im) + (re - im), T::zero()));
        // From both ends to the middle.
        let half = (m - 1) / 2;
        let (low, high) = (&self.output[1..][..half], &self.output[m - half..]);
        let turns = &self.twiddles[..half];
        let (low_out, high_out) = out[1..m].split_at_mut(half);
        let high_out = &mut high_out[m - 1 - 2 * half..];
        // Two bins at a time, as vectors of four numbers.
        let (low, low_rest) = low.as_chunks::<2>();
        let (high_rest, high) = high.as_rchunks::<2>();
        let (turns, turns_rest) = turns.as_chunks::<2>();
        let (low_out, low_out_rest) = low_out.as_chunks_mut::<2>();
        let (high_out_rest, high_out) = high_out.as_rchunks_mut::<2>();
        let places = low_out.iter_mut().zip(high_out.iter_mut().rev());
        for (((low, high), [u, v]), (low_out, high_out)) in low.iter().zip(high.iter().rev()).zip(turns).zip(places) {
            let a = [low[0].re, low[0].im, low[1].re, low[1].im];
            let b = [high[1].re, high[1].im, high[0].re, high[0].im];
            let even = [a[0] + b[0], a[1] - b[1], a[2] + b[2], a[3] - b[3]];
            let odd = [a[0] - b[0], a[1] + b[1], a[2] - b[2], a[3] + b[3]];
            let along = [odd[0] * u.re, odd[1] * u.re, odd[2] * v.re, odd[3] * v.re];
            let across = [odd[1] * u.im, odd[0] * u.im, odd[3] * v.im, odd[2] * v.im];
            let turned = [along[0] - across[0], along[1] + across[1], along[2] - across[2], along[3] + across[3]];
            let sum = [even[0] + turned[0], even[1] + turned[1], even[2] + turned[2], even[3] + turned[3]];
            let rest = [even[0] - turned[0], turned[1] - even[1], even[2] - turned[2], turned[3] - even[3]];
            let (sum, rest) = (sum.map(|x| x.cast::<O>()), rest.map(|x| x.cast::<O>()));
            *low_out = [Complex::new(sum[0], sum[1]), Complex::new(sum[2], sum[3])];
            *high_out = [Complex::new(rest[2], rest[3]), Complex::new(rest[0], rest[1])];
        }
        let pair = |a: Complex<T>, b: Complex<T>, turn: Complex<T>| {
            let (even, turned) = (a + b.conj(), (a - b.conj()) * turn);
            (cast(even + turned), cast((even - turned).conj()))
        };
        if let ([a], [b], [turn], [low], [high]) = (low_rest, high_rest, turns_rest, low_out_rest, high_out_rest) {
            (*low, *high) = pair(*a, *b, *turn);
        }
        if m.is_multiple_of(2) {
            out[m / 2] = pair(self.output[m / 2], self.output[m / 2], self.twiddles[m / 2 - 1]).1;
        }
    }
}

#[inline(always)]
fn transform_in_place<T: Float, S: Float>((fft, frame, bins): (&mut RealFft<T>, &[S], &mut Vec<Complex<T>>)) {
    fft.transform(frame, bins);
    fft.split(bins);
}

#[inline(always)]
fn transform_into<T: Float, S: Float, O: Float>((fft, frame, out): (&mut RealFft<T>, &[S], &mut [Complex<O>])) {
    let mut buffer = std::mem::take(&mut fft.input);
    fft.transform(frame, &mut buffer);
    fft.input = buffer;
    fft.split(out);
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
            for (k, (got, expected)) in fft.process(&frame).iter().zip(expected).enumerate() {
                assert!((got - expected).norm() < 1e-12 * n as f64, "{n}: bin {k}: expected {expected}, got {got}");
            }
        }
    }

    #[test]
    fn short_frames_are_followed_by_zeros_and_long_ones_cut() {
        for n in [7, 8] {
            let mut fft = RealFft::<f64>::new(&vec![1.0; n]).expect("planned");
            let mut sum = |frame: &[f64]| fft.process(frame)[0].re;
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
