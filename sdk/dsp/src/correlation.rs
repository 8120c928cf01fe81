//! A frame's correlation with itself.

use std::sync::Arc;

use rustfft::{Fft, FftPlanner};

use crate::fourier::RealFft;
use crate::{Complex, Error};

/// A planned autocorrelation of frames of one length.
///
/// # Source
/// Wiener and Khinchin: the inverse transform of the power of the frame and as many zeros.
pub struct Autocorrelation {
    length: usize,
    fft: RealFft<f64>,
    back: Arc<dyn Fft<f64>>,
    power: Vec<Complex<f64>>,
}

impl Autocorrelation {
    /// For frames of `length` samples.
    ///
    /// # Errors
    /// What [`RealFft::new`] refuses of twice as many points.
    pub fn new(length: usize) -> Result<Self, Error> {
        let points = (2 * length).next_power_of_two();
        Ok(Self {
            length,
            fft: RealFft::new(&vec![1.0; points])?,
            back: FftPlanner::new().plan_fft_inverse(points),
            power: vec![Complex::default(); points],
        })
    }

    /// Σ x(t) x(t + lag), for lag 0 and on, of as many lags as `out` has.
    ///
    /// # Panics
    /// If the frame has another length than planned, or `out` is longer.
    pub fn process(&mut self, frame: &[f64], out: &mut [f64]) {
        assert!(frame.len() == self.length && out.len() <= self.length, "samples and lags of a frame");
        let points = self.power.len();
        let power = &mut self.power;
        for (k, bin) in self.fft.process(frame).iter().enumerate() {
            let square = Complex::new(bin.norm_sqr(), 0.0);
            power[k] = square;
            power[(points - k) % points] = square;
        }
        self.back.process(power);
        out.iter_mut().zip(power).for_each(|(out, value)| *out = value.re / points as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition() {
        let frame = [1.0, -2.0, 0.5, 3.0, 0.25];
        let mut out = [0.0; 5];
        Autocorrelation::new(5).expect("planned").process(&frame, &mut out);
        for (lag, got) in out.into_iter().enumerate() {
            let expected: f64 = frame.iter().zip(&frame[lag..]).map(|(a, b)| a * b).sum();
            assert!((got - expected).abs() < 1e-12, "lag {lag}: expected {expected}, got {got}");
        }
    }
}
