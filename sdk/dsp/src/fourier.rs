//! The discrete Fourier transform of real frames, planned once.
//!
//! An even length is one complex transform of half that length and a pass that splits it.

use std::f64::consts::PI;
use std::sync::Arc;

use pulp::{Arch, NullaryFnOnce};
use rustfft::num_complex::Complex;
use rustfft::{Fft, FftPlanner};

use crate::aligned::Aligned;
use crate::{Error, Float};

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
    twiddles: Twiddles<T>,
}

/// −i exp(−2πi k / n) for k = 1..=n / 4, as vectors want them; empty for an odd length.
#[derive(Clone)]
struct Twiddles<T: Float> {
    re: Aligned<T>,
    im: Aligned<T>,
    /// Of every two: what real and imaginary parts are multiplied by, and what they are when swapped.
    turns: Aligned<T>,
}

impl<T: Float> Twiddles<T> {
    fn new(points: usize) -> Self {
        let last = if points.is_multiple_of(2) { points / 4 } else { 0 };
        let angle = |k: usize| -2.0 * PI * k as f64 / points as f64;
        let re: Aligned<T> = (1..=last).map(|k| T::from_real(angle(k).sin())).collect();
        let im: Aligned<T> = (1..=last).map(|k| T::from_real(-angle(k).cos())).collect();
        let pairs = re.as_chunks::<2>().0.iter().zip(im.as_chunks::<2>().0);
        let turns = pairs.flat_map(|([a, b], [c, d])| [*a, *a, *b, *b, -*c, *c, -*d, *d]).collect();
        Self { re, im, turns }
    }
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
        Ok(Self {
            arch: Arch::new(),
            window: window.iter().map(|w| T::from_real(w * factor)).collect(),
            buffers: Aligned::filled(zero, input_room(length) + length),
            scratch: Aligned::filled(zero, fft.get_outofplace_scratch_len()),
            twiddles: Twiddles::new(points),
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
        self.arch.dispatch(InPlace { fft: self, frame });
        &self.buffers[..bins]
    }

    /// As [`process`](Self::process), rounded to the type of `out`.
    ///
    /// # Panics
    /// If `out` is shorter than [`bins`](Self::bins).
    pub fn process_into<S: Float, O: Float>(&mut self, frame: &[S], out: &mut [Complex<O>]) {
        let out = &mut out[..self.bins()];
        let of = |re: T, im: T| Complex::new(re.cast(), im.cast());
        self.arch.dispatch(Each::<_, _, _, _, false> { fft: self, frame, out, of });
    }

    /// What `of` makes of the real and the imaginary part of each bin: a number.
    ///
    /// # Panics
    /// If `out` is shorter than [`bins`](Self::bins).
    #[inline(always)]
    pub(crate) fn each<S: Float, V>(&mut self, frame: &[S], out: &mut [V], of: impl Fn(T, T) -> V) {
        let out = &mut out[..self.points() / 2 + 1];
        self.arch.dispatch(Each::<_, _, _, _, true> { fft: self, frame, out, of });
    }
}

/// Room of the input, which the output stands behind: for the bins of an even length, and whole cache lines.
fn input_room(length: usize) -> usize {
    (length + 1).next_multiple_of(8)
}

/// A transform into the place of what is transformed.
struct InPlace<'a, T: Float, S> {
    fft: &'a mut RealFft<T>,
    frame: &'a [S],
}

impl<T: Float, S: Float> NullaryFnOnce for InPlace<'_, T, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let points = self.fft.points();
        let (input, output, twiddles) = transform(self.fft, self.frame);
        split::<_, _, false>(output, twiddles, &mut input[..points / 2 + 1], |re, im| Complex::new(re, im));
    }
}

/// A transform of which every bin becomes something: a number or not.
struct Each<'a, T: Float, S, V, F, const NUMBER: bool> {
    fft: &'a mut RealFft<T>,
    frame: &'a [S],
    out: &'a mut [V],
    of: F,
}

impl<T: Float, S: Float, V, F: Fn(T, T) -> V, const NUMBER: bool> NullaryFnOnce for Each<'_, T, S, V, F, NUMBER> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let (_, output, twiddles) = transform(self.fft, self.frame);
        split::<_, _, NUMBER>(output, twiddles, self.out, self.of);
    }
}

/// Fills the input with the windowed frame, and transforms it; gives the input, which is free, the output, and the twiddles.
#[inline(always)]
fn transform<'a, T: Float, S: Float>(
    fft: &'a mut RealFft<T>,
    frame: &[S],
) -> (&'a mut [Complex<T>], &'a [Complex<T>], &'a Twiddles<T>) {
    let RealFft { window, fft, buffers, scratch, twiddles, .. } = fft;
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
    (input, output, twiddles)
}

/// Bins from the first on, and those that mirror them, in the same order of bins: as they are and what becomes of them.
struct Mirrored<'a, T, V> {
    low: &'a [Complex<T>],
    high: &'a [Complex<T>],
    low_out: &'a mut [V],
    high_out: &'a mut [V],
}

/// What `of` makes of each bin. Of an even number of points the spectra of the even and the odd samples are taken apart: with
/// Z the transform of (x[2t] + i x[2t + 1]) / 2, X[k] = Z[k] + Z*[m − k] − i exp(−2πi k / n) (Z[k] − Z*[m − k]); X[m − k] is
/// its mirror. From both ends to the middle as many as make whole vectors, then one by one.
#[inline(always)]
fn split<T: Float, V, const NUMBER: bool>(
    transformed: &[Complex<T>],
    twiddles: &Twiddles<T>,
    out: &mut [V],
    of: impl Fn(T, T) -> V,
) {
    let m = transformed.len();
    if out.len() <= m {
        out.iter_mut().zip(transformed).for_each(|(out, bin)| *out = of(bin.re, bin.im));
        return;
    }
    let Complex { re, im } = transformed[0];
    out[0] = of((re + im) + (re + im), T::zero());
    out[m] = of((re - im) + (re - im), T::zero());
    let half = (m - 1) / 2;
    let (low_out, high_out) = out[1..m].split_at_mut(half);
    let high_out = &mut high_out[m - 1 - 2 * half..];
    let (low, high) = (&transformed[1..][..half], &transformed[m - half..]);
    let mirrored = Mirrored { low, high, low_out, high_out };
    let done = if NUMBER { fours(mirrored, twiddles, &of) } else { twos(mirrored, twiddles, &of) };
    for k in done..m / 2 {
        let (a, b, turn) = (transformed[k + 1], transformed[m - 1 - k], Complex::new(twiddles.re[k], twiddles.im[k]));
        let (even, turned) = (a + b.conj(), (a - b.conj()) * turn);
        let (sum, rest) = (even + turned, (even - turned).conj());
        out[k + 1] = of(sum.re, sum.im);
        out[m - 1 - k] = of(rest.re, rest.im);
    }
}

/// Two bins at a time, as vectors of four numbers, for complex results.
#[inline(always)]
fn twos<T: Float, V>(bins: Mirrored<'_, T, V>, twiddles: &Twiddles<T>, of: impl Fn(T, T) -> V) -> usize {
    let (low, high) = (bins.low.as_chunks::<2>().0, bins.high.as_rchunks::<2>().1);
    let places =
        bins.low_out.as_chunks_mut::<2>().0.iter_mut().zip(bins.high_out.as_rchunks_mut::<2>().1.iter_mut().rev());
    let turns = twiddles.turns.as_chunks::<8>().0;
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
        *low_out = [of(sum[0], sum[1]), of(sum[2], sum[3])];
        *high_out = [of(rest[2], rest[3]), of(rest[0], rest[1])];
    }
    2 * low.len()
}

/// Four bins at a time, real and imaginary parts in vectors of their own, for results that are one number.
#[inline(always)]
fn fours<T: Float, V>(bins: Mirrored<'_, T, V>, twiddles: &Twiddles<T>, of: impl Fn(T, T) -> V) -> usize {
    let (low, high) = (bins.low.as_chunks::<4>().0, bins.high.as_rchunks::<4>().1);
    let places =
        bins.low_out.as_chunks_mut::<4>().0.iter_mut().zip(bins.high_out.as_rchunks_mut::<4>().1.iter_mut().rev());
    let turns = twiddles.re.as_chunks::<4>().0.iter().zip(twiddles.im.as_chunks::<4>().0);
    for (((low, high), (re, im)), (low_out, high_out)) in low.iter().zip(high.iter().rev()).zip(turns).zip(places) {
        let (a, c) = ([low[0].re, low[1].re, low[2].re, low[3].re], [low[0].im, low[1].im, low[2].im, low[3].im]);
        let (b, d) =
            ([high[3].re, high[2].re, high[1].re, high[0].re], [high[3].im, high[2].im, high[1].im, high[0].im]);
        let (even_re, even_im) = (each(a, b, |x, y| x + y), each(c, d, |x, y| x - y));
        let (odd_re, odd_im) = (each(a, b, |x, y| x - y), each(c, d, |x, y| x + y));
        let turned_re = each(each(odd_re, *re, |x, y| x * y), each(odd_im, *im, |x, y| x * y), |x, y| x - y);
        let turned_im = each(each(odd_im, *re, |x, y| x * y), each(odd_re, *im, |x, y| x * y), |x, y| x + y);
        let (u, v) = (each(even_re, turned_re, |x, y| x + y), each(even_im, turned_im, |x, y| x + y));
        *low_out = [of(u[0], v[0]), of(u[1], v[1]), of(u[2], v[2]), of(u[3], v[3])];
        let (u, v) = (each(even_re, turned_re, |x, y| x - y), each(turned_im, even_im, |x, y| x - y));
        *high_out = [of(u[3], v[3]), of(u[2], v[2]), of(u[1], v[1]), of(u[0], v[0])];
    }
    4 * low.len()
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
