//! The short-time Fourier transform of one frame at a time: complex bins, or a power of their magnitude.
//!
//! Which samples a frame covers, and what stands outside the signal, is the caller's business. A tool's variant is a [`Config`].

use crate::fourier::RealFft;
use crate::{Complex, Error, Float, window};

/// What a transform is made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// The window; its `n_fft` is the length of the transform.
    pub window: window::Config,
    /// A factor on every bin: 1 for librosa, 1 / √n_fft for torch's `normalized`, 1 / Σw for SciPy's "spectrum".
    pub scale: f64,
    /// Only the bins up to half the sample rate; the others are their conjugates.
    pub onesided: bool,
}

impl Config {
    /// One half of the bins, without scaling.
    pub fn new(window: window::Config) -> Self {
        Self { window, scale: 1.0, onesided: true }
    }
}

/// A planned transform of frames with `n_fft` samples; `T` is the type it computes in.
///
/// # Shape
/// A frame of `n_fft` samples to ⌊n_fft / 2⌋ + 1 bins, or to all n_fft, bin k at k · sample_rate / n_fft Hz. A shorter
/// frame is followed by zeros, a longer one cut.
pub struct Stft<T: Float = f64> {
    fft: RealFft<T>,
    onesided: bool,
}

/// Which power of the magnitude a bin becomes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Exponent {
    /// |X|.
    Magnitude,
    /// |X|².
    Power,
    /// |X| to this.
    Of(f64),
}

impl Exponent {
    /// Of a squared magnitude.
    #[inline(always)]
    pub(crate) fn of(self, power: f64) -> f64 {
        match self {
            Exponent::Magnitude => power.sqrt(),
            Exponent::Power => power,
            Exponent::Of(exponent) => power.powf(exponent / 2.0),
        }
    }
}

impl From<f64> for Exponent {
    fn from(exponent: f64) -> Self {
        match exponent {
            1.0 => Exponent::Magnitude,
            2.0 => Exponent::Power,
            other => Exponent::Of(other),
        }
    }
}

impl<T: Float> Stft<T> {
    /// Makes the window and plans the transform.
    ///
    /// # Errors
    /// What [`window::window`] and [`RealFft::new`] refuse.
    pub fn new(config: &Config) -> Result<Self, Error> {
        if !config.scale.is_finite() {
            return Err(Error::parameter("scale", "a finite number", config.scale));
        }
        let mut window = window::window(&config.window)?;
        window.iter_mut().for_each(|w| *w *= config.scale);
        let fft = RealFft::new(&window)?;
        Ok(Self { fft, onesided: config.onesided })
    }

    /// Samples in a frame.
    pub fn n_fft(&self) -> usize {
        self.fft.points()
    }

    /// Bins of a frame.
    pub fn bins(&self) -> usize {
        if self.onesided { self.fft.bins() } else { self.fft.points() }
    }

    /// The complex bins of one frame.
    ///
    /// # Panics
    /// If `out` is not [`bins`](Self::bins) long.
    pub fn process<S: Float, O: Float>(&mut self, frame: &[S], out: &mut [Complex<O>]) {
        assert_eq!(out.len(), self.bins(), "bins of a frame");
        self.fft.process_into(frame, out);
        self.mirror(out, |bin| bin.conj());
    }

    /// The magnitude of each bin of one frame, raised to `exponent`.
    ///
    /// # Panics
    /// If `out` is not [`bins`](Self::bins) long.
    pub fn process_magnitude<S: Float, O: Float>(&mut self, frame: &[S], exponent: Exponent, out: &mut [O]) {
        assert_eq!(out.len(), self.bins(), "bins of a frame");
        let power = |re: T, im: T| re * re + im * im;
        match exponent {
            Exponent::Power => self.each(frame, out, |re, im| power(re, im).cast()),
            Exponent::Magnitude => self.each(frame, out, |re, im| power(re, im).sqrt().cast()),
            Exponent::Of(_) => self.each(frame, out, |re, im| O::from_real(exponent.of(power(re, im).into()))),
        }
        self.mirror(out, |bin| bin);
    }

    /// What `of` makes of the parts of each bin up to half the sample rate of one frame.
    #[inline(always)]
    pub(crate) fn each<S: Float, V>(&mut self, frame: &[S], out: &mut [V], of: impl Fn(T, T) -> V) {
        self.fft.each(frame, out, of);
    }

    /// Bins n_fft − k of bins k, where they are wanted.
    fn mirror<V: Copy>(&self, out: &mut [V], of: impl Fn(V) -> V) {
        let (low, high) = out.split_at_mut(self.fft.bins());
        for (to, from) in high.iter_mut().rev().zip(&low[1..]) {
            *to = of(*from);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::{Placement, Shape};

    fn made(n_fft: usize, win_length: usize) -> Stft {
        let window = window::Config { win_length, ..window::Config::new(Shape::Hann, n_fft) };
        Stft::new(&Config::new(window)).expect("a legal transform")
    }

    fn noise(length: usize) -> Vec<f32> {
        let mut state = 1u32;
        let next = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state as f32 / u32::MAX as f32 - 0.5
        };
        (0..length).map(next).collect()
    }

    #[test]
    fn zero_in_zero_out() {
        for n in [1, 2, 3, 400, 511] {
            let mut stft = made(n, n);
            let mut out = vec![Complex::new(1.0f32, 1.0); stft.bins()];
            stft.process(&vec![0.0f32; n], &mut out);
            assert!(out.iter().all(|x| x.re == 0.0 && x.im == 0.0), "n_fft {n}");
        }
    }

    #[test]
    fn a_sine_on_a_bin_reads_half_the_windows_sum() {
        let n = 64;
        let frame: Vec<f64> = (0..n).map(|t| (2.0 * std::f64::consts::PI * 8.0 * t as f64 / n as f64).sin()).collect();
        let mut out = vec![0.0f64; 33];
        made(n, n).process_magnitude(&frame, Exponent::Magnitude, &mut out);
        assert!((out[8] - 16.0).abs() < 1e-12);
        assert!(out[12..].iter().all(|x| *x < 1e-12));
    }

    #[test]
    fn powers_of_the_magnitude_agree_with_the_bins() {
        for n in (1..=40).chain([400, 255]) {
            let mut stft = made(n, n - n / 4);
            let frame = noise(n);
            let mut bins = vec![Complex::new(0.0f64, 0.0); stft.bins()];
            stft.process(&frame, &mut bins);
            for exponent in [1.0, 2.0, 0.5] {
                let mut out = vec![0.0f64; bins.len()];
                stft.process_magnitude(&frame, exponent.into(), &mut out);
                for (k, (got, bin)) in out.iter().zip(&bins).enumerate() {
                    let expected = bin.norm().powf(exponent);
                    assert!((got - expected).abs() < 1e-10, "exponent {exponent}, bin {k}");
                }
            }
        }
    }

    #[test]
    fn the_other_half_is_conjugate() {
        for n in [1, 2, 7, 8] {
            let frame = noise(n);
            let config = Config::new(window::Config::new(Shape::Rectangular, n));
            let mut stft: Stft = Stft::new(&Config { onesided: false, ..config }).expect("legal");
            let mut all = vec![Complex::new(0.0f64, 0.0); n];
            stft.process(&frame, &mut all);
            let mut power = vec![0.0f64; n];
            stft.process_magnitude(&frame, Exponent::Power, &mut power);
            for k in 1..n {
                assert_eq!(all[k], all[n - k].conj(), "bin {k} of {n}");
                assert!((power[k] - all[k].norm_sqr()).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn linear() {
        let (a, b) = (noise(128), noise(256)[128..].to_vec());
        let sum: Vec<f64> = a.iter().zip(&b).map(|(a, b)| f64::from(*a) + 2.0 * f64::from(*b)).collect();
        let mut stft = made(128, 128);
        let mut outs = [(); 3].map(|()| vec![Complex::new(0.0f64, 0.0); 65]);
        stft.process(&a, &mut outs[0]);
        stft.process(&b, &mut outs[1]);
        stft.process(&sum, &mut outs[2]);
        let [a, b, sum] = outs;
        for ((a, b), sum) in a.iter().zip(b).zip(sum) {
            assert!((a + b * 2.0 - sum).norm() < 1e-12);
        }
    }

    #[test]
    fn a_window_at_the_start_ignores_the_frames_end() {
        let config =
            window::Config { win_length: 100, placement: Placement::Start, ..window::Config::new(Shape::Hann, 128) };
        let mut stft: Stft = Stft::new(&Config::new(config)).expect("legal");
        let mut frame = noise(128);
        let mut outs = [(); 2].map(|()| vec![Complex::new(0.0f64, 0.0); 65]);
        stft.process(&frame, &mut outs[0]);
        frame[100..].fill(9.0);
        stft.process(&frame, &mut outs[1]);
        assert_eq!(outs[0], outs[1]);
    }

    #[test]
    fn single_precision_is_near() {
        let frame = noise(2048);
        let config = Config::new(window::Config::new(Shape::Hann, 2048));
        let mut single = Stft::<f32>::new(&config).expect("legal");
        let mut outs = [(); 2].map(|()| vec![Complex::new(0.0f32, 0.0); 1025]);
        single.process(&frame, &mut outs[0]);
        made(2048, 2048).process(&frame, &mut outs[1]);
        let peak = outs[1].iter().map(|x| x.norm()).fold(0.0, f32::max);
        for (a, b) in outs[0].iter().zip(&outs[1]) {
            // STFTs are promised to 1e-6 of the peak.
            assert!((a - b).norm() < 5e-7 * peak);
        }
    }

    #[test]
    fn refusals() {
        let config = |n, scale| Config { scale, ..Config::new(window::Config::new(Shape::Hann, n)) };
        assert!(Stft::<f64>::new(&config(0, 1.0)).is_err());
        assert!(Stft::<f64>::new(&config(4, f64::NAN)).is_err());
    }
}
