//! Changes of sign.

use crate::Float;

/// How changes of sign are counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crossings {
    /// Samples whose magnitude is not over this are zeros.
    pub threshold: f64,
    /// The first sample counts.
    pub first: bool,
    /// Zeros have the sign of positive samples; else their own.
    pub zero_is_positive: bool,
}

impl Crossings {
    /// Samples whose sign is not that of the one before.
    pub fn count<S: Float>(&self, samples: &[S]) -> usize {
        let sign = |x: &S| {
            let x: f64 = (*x).into();
            match x {
                x if x > self.threshold => 1,
                x if x < -self.threshold => -1,
                _ => i32::from(self.zero_is_positive),
            }
        };
        let changes = samples.windows(2).filter(|pair| sign(&pair[0]) != sign(&pair[1])).count();
        changes + usize::from(self.first && !samples.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zeros_and_the_first_sample() {
        let plain = Crossings { threshold: 0.1, first: false, zero_is_positive: true };
        let samples = [1.0f32, 0.05, -1.0, -0.05, 2.0];
        assert_eq!(plain.count(&samples), 2);
        assert_eq!(Crossings { first: true, ..plain }.count(&samples), 3);
        assert_eq!(Crossings { zero_is_positive: false, ..plain }.count(&samples), 4);
        assert_eq!(Crossings { first: true, ..plain }.count::<f32>(&[]), 0);
    }
}
