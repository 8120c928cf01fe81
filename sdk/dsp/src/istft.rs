//! Samples from the bins of overlapping frames, one frame at a time: inverse transform, window, overlap and add.

use crate::inverse::RealIfft;
use crate::window::{self, Placement};
use crate::{Complex, Error, Float};

/// What a synthesis is made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// The window; its `n_fft` is the length of the transform.
    pub window: window::Config,
    /// Samples from one frame to the next.
    pub hop: usize,
    /// A factor on every sample: what undoes the analysis's.
    pub scale: f64,
    /// What makes up for the windows.
    pub correction: Correction,
}

/// What makes up for the windows of analysis and synthesis.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Correction {
    /// Nothing: frames are added as they are.
    None,
    /// Each sample is divided by the sum of squared windows over it, where that is above a bound.
    Samples {
        /// The bound.
        above: f64,
    },
    /// The window is divided by the sum of the squares of all its shifts by whole hops, so that ends stay faded.
    Window,
}

/// A planned synthesis.
///
/// # Shape
/// T frames of bins to (T − 1) · hop + [`span`](Self::span) samples, of which each frame completes `hop`.
///
/// # Source
/// Griffin and Lim, "Signal estimation from modified short-time Fourier transform", IEEE Trans. ASSP 32(2), 1984, eq. 6.
#[derive(Clone)]
pub struct Istft {
    ifft: RealIfft,
    hop: usize,
    above: Option<f64>,
    /// Times the scale, over the samples of a frame.
    window: Vec<f64>,
    squares: Vec<f64>,
    frame: Vec<f64>,
    /// Samples that later frames still add to, and the squared windows over them.
    sums: Vec<f64>,
    cover: Vec<f64>,
    /// The squared windows over the samples that were given last.
    weights: Vec<f64>,
}

impl Istft {
    /// Makes the window and plans the transform.
    ///
    /// # Errors
    /// What [`window::window`] and [`RealIfft::new`] refuse, a hop of 0, and a scale that is no number.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let Config { window, hop, scale, correction } = *config;
        if hop == 0 {
            return Err(Error::parameter("hop_length", "1 or more", hop));
        }
        if !scale.is_finite() {
            return Err(Error::parameter("scale", "a finite number", scale));
        }
        let ifft = RealIfft::new(window.n_fft)?;
        // A window at the frame's start is as long as the frame that is added, whatever the transform's length.
        let span = match window.placement {
            Placement::Centre => window.n_fft,
            Placement::Start => window.win_length,
        };
        let mut values = window::window(&window::Config { n_fft: span, ..window })?;
        let squares: Vec<f64> = values.iter().map(|w| w * w).collect();
        if correction == Correction::Window {
            let sums: Vec<f64> = (0..hop.min(span)).map(|t| squares[t..].iter().step_by(hop).sum()).collect();
            for (t, value) in values.iter_mut().enumerate() {
                *value /= sums[t % hop];
            }
        }
        values.iter_mut().for_each(|w| *w *= scale);
        Ok(Self {
            frame: vec![0.0; ifft.points()],
            ifft,
            hop,
            above: match correction {
                Correction::Samples { above } => Some(above),
                _ => None,
            },
            window: values,
            squares,
            sums: vec![0.0; span],
            cover: vec![0.0; span],
            weights: Vec::new(),
        })
    }

    /// Samples that a frame adds to.
    pub fn span(&self) -> usize {
        self.window.len()
    }

    /// Samples from one frame to the next.
    pub fn hop(&self) -> usize {
        self.hop
    }

    /// Forgets all frames.
    pub fn reset(&mut self) {
        self.sums.fill(0.0);
        self.cover.fill(0.0);
    }

    /// Adds a frame and appends the `hop` samples that no later frame adds to.
    pub fn process<S: Float, O: Float>(&mut self, bins: &[Complex<S>], out: &mut Vec<O>) {
        self.ifft.process(bins, &mut self.frame);
        for (sum, (x, w)) in self.sums.iter_mut().zip(self.frame.iter().zip(&self.window)) {
            *sum += x * w;
        }
        for (weight, square) in self.cover.iter_mut().zip(&self.squares) {
            *weight += square;
        }
        self.give(self.hop, out);
    }

    /// All frames have come: appends the rest.
    pub fn finish<O: Float>(&mut self, out: &mut Vec<O>) {
        self.give(self.span().saturating_sub(self.hop), out);
    }

    /// The sum of squared windows over each sample that was appended last.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Appends `count` samples and moves the others down.
    fn give<O: Float>(&mut self, count: usize, out: &mut Vec<O>) {
        let span = self.span();
        let sum = |t: usize| if t < span { (self.sums[t], self.cover[t]) } else { (0.0, 0.0) };
        out.extend((0..count).map(sum).map(|(sum, weight)| {
            let divided = self.above.is_some_and(|above| weight > above);
            O::from_real(if divided { sum / weight } else { sum })
        }));
        self.weights.clear();
        self.weights.extend((0..count).map(|t| sum(t).1));
        for buffer in [&mut self.sums, &mut self.cover] {
            let count = count.min(span);
            buffer.copy_within(count.., 0);
            buffer[span - count..].fill(0.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stft::{self, Stft};
    use crate::window::Shape;

    fn noise(length: usize) -> Vec<f64> {
        (0..length).map(|i| ((i * i * 7 + 3 * i) as f64 * 0.37).sin()).collect()
    }

    fn there_and_back(window: window::Config, hop: usize, correction: Correction, signal: &[f64]) -> Vec<f64> {
        let mut stft: Stft = Stft::new(&stft::Config::new(window)).expect("legal");
        let mut istft = Istft::new(&Config { window, hop, scale: 1.0, correction }).expect("legal");
        let mut bins = vec![Complex::new(0.0f64, 0.0); stft.bins()];
        let mut out: Vec<f64> = Vec::new();
        for frame in signal.windows(istft.span()).step_by(hop) {
            stft.process(frame, &mut bins);
            istft.process(&bins, &mut out);
        }
        istft.finish(&mut out);
        out
    }

    #[test]
    fn what_is_under_enough_windows_comes_back() {
        let signal = noise(600);
        let all = Correction::Samples { above: 1e-300 };
        for (window, hop, correction) in [
            (window::Config::new(Shape::Hann, 64), 16, all),
            (window::Config::new(Shape::Hann, 63), 20, all),
            (window::Config { win_length: 40, ..window::Config::new(Shape::Hamming, 64) }, 10, all),
            (window::Config::new(Shape::Hann, 64), 16, Correction::Window),
            (
                window::Config { placement: Placement::Start, win_length: 60, ..window::Config::new(Shape::Hann, 64) },
                15,
                Correction::Window,
            ),
        ] {
            let out = there_and_back(window, hop, correction, &signal);
            assert!(out.len() > 500);
            for t in 64..out.len() - 64 {
                assert!((out[t] - signal[t]).abs() < 1e-12, "{window:?}: sample {t}");
            }
        }
    }

    #[test]
    fn without_correction_two_windows_are_left() {
        let out = there_and_back(window::Config::new(Shape::Hann, 64), 16, Correction::None, &[1.0; 600]);
        // Squared Hann windows a quarter apart add up to 1.5.
        assert!(out[100..400].iter().all(|x| (x - 1.5).abs() < 1e-12));
    }

    #[test]
    fn frames_with_gaps_and_a_start_anew() {
        let config = Config {
            window: window::Config::new(Shape::Rectangular, 4),
            hop: 6,
            scale: 2.0,
            correction: Correction::Samples { above: 0.0 },
        };
        let mut istft = Istft::new(&config).expect("legal");
        for _ in 0..2 {
            istft.reset();
            let mut out: Vec<f32> = Vec::new();
            istft.process(&[Complex::new(4.0f32, 0.0)], &mut out);
            assert_eq!(out, [2.0, 2.0, 2.0, 2.0, 0.0, 0.0]);
            assert_eq!(istft.weights(), [1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
            istft.finish(&mut out);
            assert_eq!(out.len(), 6);
        }
    }

    #[test]
    fn refusals() {
        let config =
            Config { window: window::Config::new(Shape::Hann, 8), hop: 2, scale: 1.0, correction: Correction::None };
        assert!(Istft::new(&Config { hop: 0, ..config }).is_err());
        assert!(Istft::new(&Config { scale: f64::NAN, ..config }).is_err());
        assert!(Istft::new(&Config { window: window::Config::new(Shape::Hann, 0), ..config }).is_err());
    }
}
