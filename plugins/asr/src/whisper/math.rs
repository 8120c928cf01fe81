//! Layers of a transformer over `(position, value)` arrays of f32.
//!
//! Work is cut into pieces whose borders do not depend on the number of threads, and no sum crosses a border, so that
//! the result is the same on any number.

use crate::weights::Weights;
use auricle_sdk::prelude::*;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayViewMut2, Axis as Along, linalg::general_mat_mul, s};
use std::sync::Mutex;

/// Positions of a piece.
const PIECE: usize = 192;

/// Runs `work` on pieces, on every core.
pub fn on_all<T: Send>(pieces: Vec<T>, work: impl Fn(T) + Sync) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(pieces.len());
    if threads < 2 {
        pieces.into_iter().for_each(work);
        return;
    }
    let queue = Mutex::new(pieces.into_iter());
    let next = || queue.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
    let run = || {
        while let Some(piece) = next() {
            work(piece);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(run);
        }
        run();
    });
}

/// y = x Wᵀ + b.
pub struct Linear {
    /// `(out, in)`
    weight: Array2<f32>,
    bias: Option<Array1<f32>>,
}

impl Linear {
    /// Reads `name.weight`, and `name.bias` if there is one.
    pub fn read(weights: &Weights, name: &str, inputs: usize, outputs: usize) -> Result<Self> {
        let bias = format!("{name}.bias");
        let weight = weights.read(&format!("{name}.weight"), &[outputs, inputs])?;
        let bias = weights.shape(&bias).map(|_| weights.read(&bias, &[outputs])).transpose()?;
        Ok(Self::new(weight, inputs, outputs, bias))
    }

    /// From numbers, `(out, in)`.
    pub fn new(weight: Vec<f32>, inputs: usize, outputs: usize, bias: Option<Vec<f32>>) -> Self {
        let weight = Array2::from_shape_vec((outputs, inputs), weight).expect("the caller has read as many numbers");
        Linear { weight, bias: bias.map(Array1::from) }
    }

    /// Of every position.
    pub fn apply(&self, x: &ArrayView2<'_, f32>) -> Array2<f32> {
        let outputs = self.weight.nrows();
        if x.nrows() == 1 {
            let mut y = self.weight.dot(&x.row(0));
            if let Some(bias) = &self.bias {
                y += bias;
            }
            return y.insert_axis(Along(0));
        }
        let mut y = Array2::zeros((x.nrows(), outputs));
        let pieces = x.axis_chunks_iter(Along(0), PIECE).zip(y.axis_chunks_iter_mut(Along(0), PIECE)).collect();
        on_all(pieces, |(x, mut y): (ArrayView2<'_, f32>, ArrayViewMut2<'_, f32>)| {
            if let Some(bias) = &self.bias {
                y += bias;
            }
            general_mat_mul(1.0, &x, &self.weight.t(), 1.0, &mut y);
        });
        y
    }

    /// Of one position, on every core: for weights that are much larger than what they are multiplied with.
    pub fn apply_wide(&self, x: &ArrayView1<'_, f32>) -> Vec<f32> {
        let mut y = Array1::zeros(self.weight.nrows());
        let rows = 4096;
        let pieces = self.weight.axis_chunks_iter(Along(0), rows).zip(y.axis_chunks_iter_mut(Along(0), rows)).collect();
        on_all(pieces, |(weight, mut y): (ArrayView2<'_, f32>, ndarray::ArrayViewMut1<'_, f32>)| {
            y.assign(&weight.dot(x));
        });
        if let Some(bias) = &self.bias {
            y += bias;
        }
        y.to_vec()
    }

    /// The weights: the embedding of each token, where they are one.
    pub fn rows(&self) -> ArrayView2<'_, f32> {
        self.weight.view()
    }
}

/// Mean 0 and variance 1 of each position, then scaled and shifted.
pub struct Norm {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

/// Under the root of a variance.
const VARIANCE_FLOOR: f64 = 1e-5;

impl Norm {
    /// Reads `name.weight` and `name.bias`.
    pub fn read(weights: &Weights, name: &str, width: usize) -> Result<Self> {
        let scale = weights.read(&format!("{name}.weight"), &[width])?;
        Ok(Norm { scale, shift: weights.read(&format!("{name}.bias"), &[width])? })
    }

    /// Of every position.
    pub fn apply(&self, x: &Array2<f32>) -> Array2<f32> {
        let mut y = x.clone();
        for mut row in y.rows_mut() {
            let count = row.len() as f64;
            let mean = row.iter().map(|&v| f64::from(v)).sum::<f64>() / count;
            let variance = row.iter().map(|&v| (f64::from(v) - mean).powi(2)).sum::<f64>() / count;
            let factor = (1.0 / (variance + VARIANCE_FLOOR).sqrt()) as f32;
            let mean = mean as f32;
            for ((v, scale), shift) in row.iter_mut().zip(&self.scale).zip(&self.shift) {
                *v = (*v - mean) * factor * scale + shift;
            }
        }
        y
    }
}

/// e^x for x ≤ 0, within 2 units in the last place; 0 below -87.
///
/// # Source
/// Cody and Waite, "Software Manual for the Elementary Functions", 1980, chapter 6: reduction by a two-part ln 2; here a
/// Taylor polynomial of degree 6 stands for the rational one, so that compilers make vectors of it.
#[inline(always)]
fn exp(x: f32) -> f32 {
    const ROUND: f32 = 12_582_912.0; // 1.5 * 2^23: adding it rounds to an integer
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = if x < -87.0 { -87.0 } else { x };
    let n = (x * std::f32::consts::LOG2_E + ROUND) - ROUND;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    let p = 1.0 + r * (1.0 + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0))))));
    p * f32::from_bits(((n as i32 + 127) << 23) as u32)
}

/// x Φ(x), with Φ of the normal distribution, in place.
///
/// # Source
/// Hendrycks, Gimpel, "Gaussian Error Linear Units", arXiv:1606.08415, equation 1; erf by Abramowitz and Stegun, "Handbook of
/// Mathematical Functions", 7.1.26, of which the error is under 1.5e-7.
pub fn gelu(x: &mut Array2<f32>) {
    let pieces = x.axis_chunks_iter_mut(Along(0), PIECE).collect();
    on_all(pieces, |mut piece: ArrayViewMut2<'_, f32>| {
        for mut row in piece.rows_mut() {
            for v in row.as_slice_mut().expect("rows are contiguous") {
                let z = v.abs() * std::f32::consts::FRAC_1_SQRT_2;
                let t = 1.0 / (1.0 + 0.327_591_1 * z);
                let p =
                    t * (0.254_829_6 + t * (-0.284_496_74 + t * (1.421_413_7 + t * (-1.453_152 + t * 1.061_405_4))));
                let tail = 0.5 * p * exp(-z * z);
                *v *= if *v < 0.0 { tail } else { 1.0 - tail };
            }
        }
    });
}

/// Makes weights that sum to 1 of a row's scores, in place.
pub fn softmax(row: &mut [f32]) {
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    for v in row.iter_mut() {
        *v = exp(*v - most);
    }
    let sum: f64 = row.iter().map(|&v| f64::from(v)).sum();
    let factor = (1.0 / sum) as f32;
    row.iter_mut().for_each(|v| *v *= factor);
}

/// Attention of every query to every key, head by head.
pub fn attend(q: &Array2<f32>, k: &Array2<f32>, v: &Array2<f32>, heads: usize) -> Array2<f32> {
    let (width, depth) = (q.ncols(), q.ncols() / heads);
    let scale = (depth as f32).powf(-0.5);
    let mut out = Array2::zeros((q.nrows(), width));
    let pieces = q.axis_chunks_iter(Along(0), PIECE).zip(out.axis_chunks_iter_mut(Along(0), PIECE)).collect();
    on_all(pieces, |(q, mut out): (ArrayView2<'_, f32>, ArrayViewMut2<'_, f32>)| {
        let mut scores = Array2::zeros((q.nrows(), k.nrows()));
        for head in 0..heads {
            let own = s![.., head * depth..(head + 1) * depth];
            general_mat_mul(scale, &q.slice(own), &k.slice(own).t(), 0.0, &mut scores);
            for mut row in scores.rows_mut() {
                softmax(row.as_slice_mut().expect("rows are contiguous"));
            }
            general_mat_mul(1.0, &scores, &v.slice(own), 0.0, &mut out.slice_mut(own));
        }
    });
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn exponentials() {
        for k in 0..870 {
            let x = -0.1 * k as f32;
            let error = (f64::from(exp(x)) / f64::from(x).exp() - 1.0).abs();
            assert!(error < 3e-7, "{x}: off by {error:e}");
        }
        assert!(exp(-1e30) < 1e-37);
    }

    /// torch 2.8, nn.functional.gelu.
    #[test]
    fn gelus() {
        let mut x = array![[-3.0f32, -0.5, 0.0, 0.25, 2.0, -40.0]];
        gelu(&mut x);
        let expected = [-0.004_049_7, -0.154_268_77, 0.0, 0.149_676_62, 1.954_499_7, 0.0];
        for (got, expected) in x.iter().zip(expected) {
            assert!((got - expected).abs() < 5e-7, "{got} {expected}");
        }
    }

    #[test]
    fn weights_sum_to_one() {
        let mut row = [1.0f32, 2.0, f32::NEG_INFINITY, 500.0, 499.0];
        softmax(&mut row);
        assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-6 && row[2] < 1e-37 && row[3] > 0.73, "{row:?}");
    }
}
