//! A Fourier transform at frequencies of one's own: windowed frames against cosines and sines, term by term.

use std::f64::consts::PI;

use crate::{Complex, Error, Float, window};

/// A planned transform.
///
/// # Shape
/// Frames of `n_fft` samples to one complex number a frequency.
///
/// # Source
/// X = Σ w\[t\] x\[t\] exp(−2πi c t), c in cycles a sample; cosines, window and their product rounded to float32, as nnAudio 0.3.4
/// holds its kernels.
pub struct Tones {
    n_fft: usize,
    cosines: Vec<f64>,
    sines: Vec<f64>,
}

/// The most products of a frame.
const MOST: usize = 1 << 26;

impl Tones {
    /// Makes the kernels.
    ///
    /// # Errors
    /// What [`window::window`] refuses; more than 2²⁶ values.
    pub fn new(config: &window::Config, cycles: &[f64]) -> Result<Self, Error> {
        let window = window::window(config)?;
        let n_fft = window.len();
        if cycles.len() * n_fft > MOST {
            let expected = format!("at most {} of {n_fft} samples", MOST / n_fft);
            return Err(Error::parameter("freq_bins", expected, cycles.len()));
        }
        let kernel = |of: fn(f64) -> f64| {
            let weight = |cycles: f64, t: usize| f64::from(of(2.0 * PI * cycles * t as f64) as f32 * window[t] as f32);
            cycles.iter().flat_map(|cycles| (0..n_fft).map(move |t| (*cycles, t))).map(|(c, t)| weight(c, t)).collect()
        };
        Ok(Self { n_fft, cosines: kernel(f64::cos), sines: kernel(f64::sin) })
    }

    /// Frequencies of a frame.
    pub fn tones(&self) -> usize {
        self.cosines.len() / self.n_fft
    }

    /// One frame.
    ///
    /// # Panics
    /// If a slice is not as long as planned.
    pub fn process<S: Float, O: Float>(&self, frame: &[S], out: &mut [Complex<O>]) {
        assert_eq!((frame.len(), out.len()), (self.n_fft, self.tones()), "samples and frequencies of a frame");
        let dot = |kernel: &[f64]| -> f64 { kernel.iter().zip(frame).map(|(w, x)| w * (*x).into()).sum() };
        let kernels = self.cosines.chunks_exact(self.n_fft).zip(self.sines.chunks_exact(self.n_fft));
        for (out, (cosine, sine)) in out.iter_mut().zip(kernels) {
            *out = Complex::new(O::from_real(dot(cosine)), O::from_real(-dot(sine)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stft::{self, Stft};
    use crate::window::Shape;

    #[test]
    fn at_the_bins_it_is_their_transform() {
        let config = window::Config { win_length: 48, ..window::Config::new(Shape::Hann, 64) };
        let mut stft: Stft = Stft::new(&stft::Config::new(config)).expect("legal");
        let tones = Tones::new(&config, &(0..33).map(|k| f64::from(k) / 64.0).collect::<Vec<_>>()).expect("legal");
        let frame: Vec<f32> = (0..64).map(|t| ((t * 37) % 17) as f32 - 8.0).collect();
        let (mut bins, mut got) = (vec![Complex::<f64>::default(); 33], vec![Complex::<f64>::default(); 33]);
        stft.process(&frame, &mut bins);
        tones.process(&frame, &mut got);
        assert!(bins.iter().zip(&got).all(|(a, b)| (a - b).norm() < 1e-5), "{bins:?} {got:?}");
        assert!(Tones::new(&config, &vec![0.1; 1 << 21]).is_err());
    }
}
