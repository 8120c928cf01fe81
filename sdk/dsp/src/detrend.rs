//! What is slow in a frame, taken off it.

use crate::Float;

/// What is taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trend {
    /// The mean.
    Mean,
    /// The line of least squares.
    Line,
}

impl Trend {
    /// The frame without it.
    ///
    /// # Panics
    /// If `out` is not as long as the frame.
    pub fn remove<S: Float>(self, frame: &[S], out: &mut [f64]) {
        assert_eq!(frame.len(), out.len(), "samples of a frame");
        let count = frame.len() as f64;
        let middle = (count - 1.0) / 2.0;
        let sample = |x: &S| -> f64 { (*x).into() };
        let mean = frame.iter().map(sample).sum::<f64>() / count;
        let slope = match self {
            Trend::Line if frame.len() > 1 => {
                let lean: f64 = frame.iter().enumerate().map(|(i, x)| (i as f64 - middle) * sample(x)).sum();
                // The sum of the squares of (i - middle).
                lean / (count * (count * count - 1.0) / 12.0)
            }
            _ => 0.0,
        };
        for (i, (out, x)) in out.iter_mut().zip(frame).enumerate() {
            *out = sample(x) - mean - slope * (i as f64 - middle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_means_are_gone() {
        let line: Vec<f64> = (0..7).map(|i| 3.0 - 0.5 * f64::from(i)).collect();
        let mut out = [1.0; 7];
        Trend::Line.remove(&line, &mut out);
        assert!(out.iter().all(|x| x.abs() < 1e-12), "{out:?}");
        Trend::Mean.remove(&line, &mut out);
        assert!((out[0] - 1.5).abs() < 1e-12 && (out[6] + 1.5).abs() < 1e-12, "{out:?}");
        let mut one = [1.0];
        Trend::Line.remove(&[5.0f32], &mut one);
        assert_eq!(one, [0.0]);
    }
}
