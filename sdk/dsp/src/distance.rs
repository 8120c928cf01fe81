//! How far two arrays are apart: running sums whose results do not depend on how the arrays were cut.
//!
//! Values are taken in order, one after the other, and summed with a compensation of rounding errors (Neumaier 1974), so
//! that the mean over an hour of frames has the same digits as the mean over a second.

use crate::Complex;

/// A sum that keeps what rounding would lose.
///
/// # Source
/// Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", ZAMM 54, 1974, algorithm IV.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sum {
    sum: f64,
    lost: f64,
}

impl Sum {
    /// Adds a value.
    #[inline]
    pub fn add(&mut self, value: f64) {
        let sum = self.sum + value;
        let (large, small) = if self.sum.abs() >= value.abs() { (self.sum, value) } else { (value, self.sum) };
        self.lost += (large - sum) + small;
        self.sum = sum;
    }

    /// Adds what another sum holds.
    pub fn merge(&mut self, other: &Sum) {
        self.add(other.sum);
        self.lost += other.lost;
    }

    /// The sum.
    pub fn value(&self) -> f64 {
        // An infinite sum has lost infinity minus infinity.
        if self.sum.is_finite() { self.sum + self.lost } else { self.sum }
    }
}

/// Differences d = candidate − reference of two arrays, as they come.
///
/// A NaN in either array makes every figure NaN, as it does in NumPy.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Distance {
    count: u64,
    absolute: Sum,
    squares: Sum,
    reference: Sum,
    candidate: Sum,
    product: Sum,
    max_abs: f64,
}

impl Distance {
    /// Takes a pair of values.
    #[inline]
    pub fn push(&mut self, reference: f64, candidate: f64) {
        let difference = candidate - reference;
        let product = reference * candidate;
        self.take(difference.abs(), reference * reference, candidate * candidate, product);
        self.squares.add(difference * difference);
    }

    /// Takes a pair of complex values; their distance is the modulus of their difference.
    #[inline]
    pub fn push_complex(&mut self, reference: Complex<f64>, candidate: Complex<f64>) {
        let difference = candidate - reference;
        let product = reference.re * candidate.re + reference.im * candidate.im;
        self.take(difference.norm(), reference.norm_sqr(), candidate.norm_sqr(), product);
        self.squares.add(difference.norm_sqr());
    }

    #[inline]
    fn take(&mut self, difference: f64, reference: f64, candidate: f64, product: f64) {
        self.count += 1;
        self.absolute.add(difference);
        self.reference.add(reference);
        self.candidate.add(candidate);
        self.product.add(product);
        if difference > self.max_abs || difference.is_nan() {
            self.max_abs = difference;
        }
    }

    /// Pools with the pairs of another distance.
    pub fn merge(&mut self, other: &Distance) {
        self.count += other.count;
        self.absolute.merge(&other.absolute);
        self.squares.merge(&other.squares);
        self.reference.merge(&other.reference);
        self.candidate.merge(&other.candidate);
        self.product.merge(&other.product);
        if other.max_abs > self.max_abs || other.max_abs.is_nan() {
            self.max_abs = other.max_abs;
        }
    }

    /// Pairs taken.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Mean of |d|; NaN for no pairs.
    pub fn l1(&self) -> f64 {
        self.absolute.value() / self.count as f64
    }

    /// Mean of d²; NaN for no pairs.
    pub fn mse(&self) -> f64 {
        self.squares.value() / self.count as f64
    }

    /// Largest |d|; 0 for no pairs.
    pub fn max_abs(&self) -> f64 {
        self.max_abs
    }

    /// ‖d‖₂ / ‖reference‖₂: 0 if both are 0, infinite against a reference of zeros.
    pub fn relative(&self) -> f64 {
        let difference = self.squares.value().sqrt();
        if difference == 0.0 {
            return 0.0;
        }
        difference / self.reference.value().sqrt()
    }

    /// ⟨reference, candidate⟩ / (‖reference‖₂ ‖candidate‖₂): 1 for arrays of the same shape at any level; NaN if one
    /// is all zeros.
    pub fn cosine(&self) -> f64 {
        let norms = self.reference.value().sqrt() * self.candidate.value().sqrt();
        (self.product.value() / norms).clamp(-1.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(pairs: &[(f64, f64)]) -> Distance {
        let mut distance = Distance::default();
        pairs.iter().for_each(|(a, b)| distance.push(*a, *b));
        distance
    }

    #[track_caller]
    fn check(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-15 || got == expected, "expected {expected}, got {got}");
    }

    #[test]
    fn figures_by_hand() {
        let distance = made(&[(1.0, 2.0), (-2.0, 1.0), (2.0, 2.0)]);
        check(distance.l1(), 4.0 / 3.0);
        check(distance.mse(), 10.0 / 3.0);
        check(distance.max_abs(), 3.0);
        check(distance.relative(), 10f64.sqrt() / 3.0);
        check(distance.cosine(), 4.0 / 9.0);
        assert_eq!(distance.count(), 3);
    }

    #[test]
    fn complex_differences_are_moduli() {
        let mut distance = Distance::default();
        distance.push_complex(Complex::new(1.0, 0.0), Complex::new(1.0, 0.0));
        distance.push_complex(Complex::new(0.0, 0.0), Complex::new(3.0, 4.0));
        check(distance.l1(), 2.5);
        check(distance.mse(), 12.5);
        check(distance.max_abs(), 5.0);
        check(distance.relative(), 5.0);
    }

    #[test]
    fn equal_silent_empty_and_nan() {
        let equal = made(&[(0.1, 0.1), (0.2, 0.2)]);
        check(equal.l1(), 0.0);
        check(equal.relative(), 0.0);
        check(equal.cosine(), 1.0);
        let silent = made(&[(0.0, 0.0)]);
        check(silent.relative(), 0.0);
        assert!(silent.cosine().is_nan());
        assert_eq!(made(&[(0.0, 1.0)]).relative(), f64::INFINITY);
        assert!(made(&[]).l1().is_nan());
        let nan = made(&[(1.0, f64::NAN), (1.0, 5.0)]);
        assert!(nan.l1().is_nan() && nan.mse().is_nan() && nan.max_abs().is_nan() && nan.cosine().is_nan());
        assert_eq!(made(&[(0.0, f64::INFINITY)]).l1(), f64::INFINITY);
    }

    #[test]
    fn a_sum_keeps_small_terms() {
        let mut sum = Sum::default();
        [1.0, 1e100, 1.0, -1e100].into_iter().for_each(|x| sum.add(x));
        assert_eq!(sum.value(), 2.0);
    }

    #[test]
    fn pooling_adds_counts_and_sums() {
        let (a, b) = ([(1.0, 2.0), (0.5, 0.0)], [(-2.0, 1.0), (2.0, 2.5)]);
        let mut pooled = made(&a);
        pooled.merge(&made(&b));
        let all = made(&[a, b].concat());
        check(pooled.l1(), all.l1());
        check(pooled.mse(), all.mse());
        check(pooled.max_abs(), all.max_abs());
        check(pooled.cosine(), all.cosine());
        assert_eq!(pooled.count(), 4);
    }
}
