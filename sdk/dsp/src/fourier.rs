//! The discrete Fourier transform of real frames, planned once.
//!
//! An even length is one complex transform of half that length and a pass that splits it.

use std::f64::consts::PI;
use std::sync::Arc;

use pulp::Arch;
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use crate::aligned::Aligned;
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
    window: Aligned<T>,
    fft: Arc<dyn Fft<T>>,
    /// What is transformed, later the bins, of which an even length has one more; then what the transform gives.
    buffers: Aligned<Complex<T>>,
    scratch: Aligned<Complex<T>>,
    /// −i exp(−2πi k / n) for k = 1..=n / 4; empty for an odd length.
    twiddles: Aligned<Complex<T>>,
    /// Every two of them as vectors: what real and imaginary parts are multiplied by, and what they are when swapped.
    turns: Aligned<T>,
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
        let twiddles: Aligned<_> =
            turns.map(|k| Complex::new(T::from_real(angle(k).sin()), T::from_real(-angle(k).cos()))).collect();
        let pairs = twiddles.as_chunks().0.iter();
        Ok(Self {
            arch: Arch::new(),
            window: window.iter().map(|w| T::from_real(w * factor)).collect(),
            buffers: Aligned::filled(zero, input_room(length) + length),
            scratch: Aligned::filled(zero, fft.get_outofplace_scratch_len()),
            turns: pairs.flat_map(|[u, v]| [u.re, u.re, v.re, v.re, -u.im, u.im, -v.im, v.im]).collect(),
            twiddles,
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
        let bins = self.bins();
        vector::run(self.arch, (&mut *self, frame), transform_in_place);
        &self.buffers[..bins]
    }

    /// As [`process`](Self::process), rounded to the type of `out`.
    ///
    /// # Panics
    /// If `out` is shorter than [`bins`](Self::bins).
    pub fn process_into<S: Float, O: Float>(&mut self, frame: &[S], out: &mut [Complex<O>]) {
        self.each(frame, out, |to, bin| *to = Complex::new(bin.re.cast(), bin.im.cast()));
    }

    /// As [`process`](Self::process), each bin put into its place of `out` at once.
    ///
    /// # Panics
    /// If `out` is shorter than [`bins`](Self::bins).
    #[inline(always)]
    pub(crate) fn each<S: Float, V>(&mut self, frame: &[S], out: &mut [V], put: impl Fn(&mut V, Complex<T>)) {
        let out = &mut out[..self.points() / 2 + 1];
        vector::run(self.arch, (self, frame, out, put), transform_each);
    }
}

/// Room of the input, which the output stands behind: for the bins of an even length, and whole cache lines.
fn input_room(length: usize) -> usize {
    (length + 1).next_multiple_of(8)
}

#[inline(always)]
fn transform_in_place<T: Float, S: Float>((fft, frame): (&mut RealFft<T>, &[S])) {
    let points = fft.points();
    let (input, output, turns) = transform(fft, frame);
    split(points, output, turns, &mut input[..points / 2 + 1], |to, bin| *to = bin);
}

#[inline(always)]
fn transform_each<T: Float, S: Float, V, P: Fn(&mut V, Complex<T>)>(
    (fft, frame, out, put): (&mut RealFft<T>, &[S], &mut [V], P),
) {
    let points = fft.points();
    let (_, output, turns) = transform(fft, frame);
    split(points, output, turns, out, put);
}

/// The twiddles one by one, and as vectors.
type Turns<'a, T> = (&'a [Complex<T>], &'a [T]);

/// Fills the input with the windowed frame, and transforms it; gives the input, which is free, the output, and the twiddles.
#[inline(always)]
fn transform<'a, T: Float, S: Float>(
    fft: &'a mut RealFft<T>,
    frame: &[S],
) -> (&'a mut [Complex<T>], &'a [Complex<T>], Turns<'a, T>) {
    let RealFft { window, fft, buffers, scratch, twiddles, turns, .. } = fft;
    let (window, length) = (&**window, fft.len());
    let (input, output) = buffers.split_at_mut(input_room(length));
    let covered = frame.len().min(window.len());
    let windowed = frame[..covered].iter().zip(&window[..covered]).map(|(x, w)| x.cast::<T>() * *w);
    if window.len().is_multiple_of(2) {
        let input: &mut [T] = bytemuck::cast_slice_mut(&mut input[..length]);
        input.iter_mut().zip(windowed).for_each(|(to, x)| *to = x);
        input[covered..].fill(T::zero());
    } else {
        let input = &mut input[..length];
        input.iter_mut().zip(windowed).for_each(|(to, x)| *to = Complex::new(x, T::zero()));
        input[covered..].fill(Complex::new(T::zero(), T::zero()));
    }
    fft.process_outofplace_with_scratch(&mut input[..length], output, scratch);
    (input, output, (twiddles, turns))
}

/// The bins. Of an even number of points the spectra of the even and the odd samples are taken apart: with Z the transform
/// of (x[2t] + i x[2t + 1]) / 2, X[k] = Z[k] + Z*[m − k] − i exp(−2πi k / n) (Z[k] − Z*[m − k]); X[m − k] is its mirror.
#[inline(always)]
fn split<T: Float, V>(
    points: usize,
    transformed: &[Complex<T>],
    (twiddles, turns): Turns<'_, T>,
    out: &mut [V],
    put: impl Fn(&mut V, Complex<T>),
) {
    if !points.is_multiple_of(2) {
        out.iter_mut().zip(transformed).for_each(|(out, bin)| put(out, *bin));
        return;
    }
    let m = transformed.len();
    let Complex { re, im } = transformed[0];
    put(&mut out[0], Complex::new((re + im) + (re + im), T::zero()));
    put(&mut out[m], Complex::new((re - im) + (re - im), T::zero()));
    // From both ends to the middle.
    let half = (m - 1) / 2;
    let (low, high) = (&transformed[1..][..half], &transformed[m - half..]);
    let (low_out, high_out) = out[1..m].split_at_mut(half);
    let high_out = &mut high_out[m - 1 - 2 * half..];
    // Two bins at a time, as vectors of four numbers.
    let (low, low_rest) = low.as_chunks::<2>();
    let (high_rest, high) = high.as_rchunks::<2>();
    let (_, twiddles_rest) = twiddles[..half].as_chunks::<2>();
    let turns = turns.as_chunks::<8>().0;
    let (low_out, low_out_rest) = low_out.as_chunks_mut::<2>();
    let (high_out_rest, high_out) = high_out.as_rchunks_mut::<2>();
    let places = low_out.iter_mut().zip(high_out.iter_mut().rev());
    for (((low, high), turn), (low_out, high_out)) in low.iter().zip(high.iter().rev()).zip(turns).zip(places) {
        let a = [low[0].re, low[0].im, low[1].re, low[1].im];
        let b = [high[1].re, -high[1].im, high[0].re, -high[0].im];
        let (even, odd) = (each(a, b, |a, b| a + b), each(a, b, |a, b| a - b));
        let along = each(odd, [turn[0], turn[1], turn[2], turn[3]], |x, y| x * y);
        let swapped = [odd[1], odd[0], odd[3], odd[2]];
        let across = each(swapped, [turn[4], turn[5], turn[6], turn[7]], |x, y| x * y);
        let turned = each(along, across, |x, y| x + y);
        let sum = each(even, turned, |x, y| x + y);
        let rest =
            each([even[0], -even[1], even[2], -even[3]], [turned[0], -turned[1], turned[2], -turned[3]], |x, y| x - y);
        put(&mut low_out[0], Complex::new(sum[0], sum[1]));
        put(&mut low_out[1], Complex::new(sum[2], sum[3]));
        put(&mut high_out[0], Complex::new(rest[2], rest[3]));
        put(&mut high_out[1], Complex::new(rest[0], rest[1]));
    }
    let pair = |a: Complex<T>, b: Complex<T>, turn: Complex<T>| {
        let (even, turned) = (a + b.conj(), (a - b.conj()) * turn);
        (even + turned, (even - turned).conj())
    };
    if let ([a], [b], [turn], [low], [high]) = (low_rest, high_rest, twiddles_rest, low_out_rest, high_out_rest) {
        let (sum, rest) = pair(*a, *b, *turn);
        put(low, sum);
        put(high, rest);
    }
    if m.is_multiple_of(2) {
        put(&mut out[m / 2], pair(transformed[m / 2], transformed[m / 2], twiddles[m / 2 - 1]).1);
    }
}

#[inline(always)]
fn each<T: Float>(a: [T; 4], b: [T; 4], of: impl Fn(T, T) -> T) -> [T; 4] {
    [of(a[0], b[0]), of(a[1], b[1]), of(a[2], b[2]), of(a[3], b[3])]
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
