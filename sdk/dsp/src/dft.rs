//! The discrete Fourier transform as the sum that defines it: slow, and what the fast one is checked against.

use std::f64::consts::PI;

use crate::{Complex, Float};

/// All n bins of n samples.
///
/// # Source
/// X\[k\] = Σ x\[t\] exp(−2πi k t / n). The turn k t / n is reduced as an integer, so that no digits are lost in it.
pub fn dft<S: Float, O: Float>(samples: &[S]) -> Vec<Complex<O>> {
    let n = samples.len();
    let turns: Vec<Complex<f64>> = (0..n).map(|t| Complex::from_polar(1.0, -2.0 * PI * t as f64 / n as f64)).collect();
    let bin = |k: usize| -> Complex<O> {
        let (mut sum, mut turn) = (Complex::new(0.0, 0.0), 0);
        for x in samples {
            let x: f64 = (*x).into();
            sum += turns[turn] * x;
            turn += k;
            if turn >= n {
                turn -= n;
            }
        }
        Complex::new(O::from_real(sum.re), O::from_real(sum.im))
    };
    (0..n).map(bin).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_an_impulse_and_a_turn() {
        assert_eq!(dft::<f64, f64>(&[]), []);
        let constant: Vec<Complex<f64>> = dft(&[1.0f32; 4]);
        assert!(
            (constant[0] - Complex::new(4.0, 0.0)).norm() < 1e-15 && constant[1..].iter().all(|x| x.norm() < 1e-15)
        );
        assert_eq!(dft::<f32, f64>(&[1.0, 0.0, 0.0]), [Complex::new(1.0, 0.0); 3]);
        let impulse: Vec<Complex<f64>> = dft(&[0.0f64, 1.0, 0.0, 0.0]);
        assert!((impulse[1] - Complex::new(0.0, -1.0)).norm() < 1e-15);
    }
}
