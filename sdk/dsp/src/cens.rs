//! Pitch classes of a constant-Q transform, and their statistics: quantised, smoothed over time.

use std::collections::VecDeque;

use crate::norm::Norm;
use crate::window::{self, Sampling, Shape};
use crate::{Error, Float};

/// Adds the bins of every octave to pitch classes, from C on.
///
/// # Source
/// `librosa.filters.cq_to_chroma` 0.11.
#[derive(Clone, Debug)]
pub struct Fold {
    /// The class of each bin.
    classes: Vec<usize>,
}

impl Fold {
    /// Classes of `bins` bins, the first of `fmin` Hz.
    ///
    /// # Errors
    /// The bins of an octave are no multiple of the classes.
    pub fn new(bins: usize, per_octave: usize, classes: usize, fmin: f64) -> Result<Self, Error> {
        if classes == 0 || !per_octave.is_multiple_of(classes) || per_octave == 0 {
            return Err(Error::parameter("bins_per_octave", format!("a multiple of n_chroma ({classes})"), per_octave));
        }
        let merged = per_octave / classes;
        // 440 Hz is note 69, which lies nine tones over a C.
        let note = (12.0 * (fmin.log2() - 440f64.log2()) + 69.0).rem_euclid(12.0);
        let turn = (note * classes as f64 / 12.0).round_ties_even() as usize;
        let class = |bin: usize| ((bin + merged / 2) % per_octave / merged + turn) % classes;
        Ok(Self { classes: (0..bins).map(class).collect() })
    }

    /// The classes of one frame's magnitudes.
    pub fn process<O: Float>(&self, magnitudes: &[f64], out: &mut [O]) {
        let mut sums = vec![0.0; out.len()];
        self.classes.iter().zip(magnitudes).for_each(|(class, magnitude)| sums[*class] += magnitude);
        out.iter_mut().zip(sums).for_each(|(out, sum)| *out = O::from_real(sum));
    }
}

/// Shares of a frame over which a class counts a quarter more.
///
/// # Source
/// Müller, Kurth and Clausen, "Audio matching via chroma-based statistical features", ISMIR 2005, section 2.
const STEPS: [f64; 4] = [0.4, 0.2, 0.1, 0.05];

/// Divides a frame by its sum, and counts how many steps each class is over.
pub fn quantise(classes: &mut [f64]) {
    let sum = Norm::P(1.0).divisor(classes.iter().map(|x| x.abs()), f64::from(f32::MIN_POSITIVE));
    for class in classes {
        let share = *class / sum;
        *class = STEPS.iter().filter(|step| share > **step).count() as f64 * 0.25;
    }
}

/// A weighted mean over time, zeros outside the signal.
#[derive(Clone, Debug)]
pub struct Smoothing {
    weights: Vec<f64>,
    /// Those under the weights of the next frame, as far as they have come.
    frames: VecDeque<Vec<f64>>,
    /// Index of the first of them, and of the next frame.
    first: usize,
    next: usize,
}

impl Smoothing {
    /// The mean over `length` frames, weighted by the inner values of a symmetric window of two more.
    ///
    /// # Errors
    /// No frame; what makes no window.
    pub fn new(shape: Shape, length: usize) -> Result<Self, Error> {
        if length == 0 || length > 1 << 20 {
            return Err(Error::parameter("win_len_smooth", "1..=1048576", length));
        }
        let config = window::Config { sampling: Sampling::Symmetric, ..window::Config::new(shape, length + 2) };
        let mut weights = window::window(&config)?;
        let sum: f64 = weights.iter().sum();
        weights.iter_mut().for_each(|w| *w /= sum);
        Ok(Self { weights, frames: VecDeque::new(), first: 0, next: 0 })
    }

    /// Starts anew at frame 0.
    pub fn begin(&mut self) {
        self.frames.clear();
        (self.first, self.next) = (0, 0);
    }

    /// Takes one frame.
    pub fn push(&mut self, frame: Vec<f64>) {
        self.frames.push_back(frame);
    }

    /// Frames that can be taken; of the last ones only when the signal has `ended`.
    pub fn ready(&self, ended: bool) -> usize {
        let end = self.first + self.frames.len();
        let behind = if ended { 0 } else { self.behind() };
        end.saturating_sub(behind + self.next)
    }

    /// Frames behind one that it depends on, at most.
    pub fn behind(&self) -> usize {
        self.weights.len() / 2
    }

    /// Index of the next frame.
    pub fn next(&self) -> usize {
        self.next
    }

    /// The next frame, which must be [`ready`](Self::ready).
    pub fn take(&mut self, out: &mut [f64]) {
        out.fill(0.0);
        // Weight j stands on the frame that is `middle - j` later: a window of an even length leans to later ones.
        let middle = self.weights.len() / 2;
        for (j, weight) in self.weights.iter().enumerate() {
            let frame = (self.next + middle).checked_sub(self.first + j).and_then(|at| self.frames.get(at));
            for (out, x) in out.iter_mut().zip(frame.into_iter().flatten()) {
                *out += weight * x;
            }
        }
        self.next += 1;
        while self.first + self.weights.len() <= self.next + middle {
            if self.frames.pop_front().is_none() {
                break;
            }
            self.first += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_fall_into_their_classes() {
        // 36 bins an octave from C on: the bin under a tone, the tone, the bin over it.
        let fold = Fold::new(40, 36, 12, 32.703_195_662_574_83).expect("legal");
        assert_eq!((&fold.classes[..5], fold.classes[35], fold.classes[36]), (&[0, 0, 1, 1, 1][..], 0, 0));
        let from_a = Fold::new(12, 12, 12, 55.0).expect("legal");
        assert_eq!(from_a.classes[..4], [9, 10, 11, 0]);
        assert!(Fold::new(36, 36, 10, 55.0).is_err() && Fold::new(36, 36, 0, 55.0).is_err());
    }

    #[test]
    fn shares_are_counted_by_steps() {
        let mut classes = [5.0, 3.0, 1.5, 0.5, 0.0];
        quantise(&mut classes);
        assert_eq!(classes, [1.0, 0.75, 0.5, 0.0, 0.0]);
        let mut silence = [0.0; 3];
        quantise(&mut silence);
        assert_eq!(silence, [0.0; 3]);
    }

    #[test]
    fn a_click_is_smeared_over_the_window() {
        for (length, expected) in [(3, [0.0, 0.25, 0.5, 0.25]), (1, [0.0, 0.0, 1.0, 0.0])] {
            let mut smoothing = Smoothing::new(Shape::Hann, length).expect("legal");
            let mut got = Vec::new();
            for frame in [0.0, 0.0, 1.0, 0.0] {
                smoothing.push(vec![frame]);
                while smoothing.ready(false) > 0 {
                    got.push(one(&mut smoothing));
                }
            }
            while smoothing.ready(true) > 0 {
                got.push(one(&mut smoothing));
            }
            assert_eq!(got.len(), 4);
            assert!(got.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{length}: {got:?}");
        }
    }

    fn one(smoothing: &mut Smoothing) -> f64 {
        let mut out = [0.0];
        smoothing.take(&mut out);
        out[0]
    }
}
