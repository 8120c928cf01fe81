//! Division of a vector by its own length, as librosa normalises frames and filters.

/// What the length of a vector is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Norm {
    /// 1: it stays as it is.
    None,
    /// The largest magnitude.
    Largest,
    /// The smallest magnitude.
    Smallest,
    /// How many values are not zero.
    Count,
    /// The p-norm, p above 0.
    P(f64),
}

impl Norm {
    /// The norm with this order: ∞, −∞, 0 or a number above it.
    pub fn of_order(order: f64) -> Option<Self> {
        Some(match order {
            p if p == f64::INFINITY => Norm::Largest,
            p if p == f64::NEG_INFINITY => Norm::Smallest,
            0.0 => Norm::Count,
            p if p > 0.0 => Norm::P(p),
            _ => return None,
        })
    }

    /// What values of these magnitudes are divided by: a length under `tiny` is no length, and 1 stands for it.
    ///
    /// # Source
    /// `librosa.util.normalize` 0.11 with `fill=None`.
    pub fn divisor(self, magnitudes: impl Iterator<Item = f64>, tiny: f64) -> f64 {
        let length = match self {
            Norm::None => return 1.0,
            Norm::Largest => magnitudes.fold(0.0, f64::max),
            Norm::Smallest => magnitudes.fold(f64::INFINITY, f64::min),
            Norm::Count => magnitudes.filter(|x| *x > 0.0).count() as f64,
            Norm::P(1.0) => magnitudes.sum(),
            Norm::P(2.0) => magnitudes.map(|x| x * x).sum::<f64>().sqrt(),
            Norm::P(p) => magnitudes.map(|x| x.powf(p)).sum::<f64>().powf(1.0 / p),
        };
        if length < tiny { 1.0 } else { length }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_by_order() {
        // librosa.util.normalize([3, 0, 4], norm=order), 0.11.0, divides by these.
        let rows = [(f64::INFINITY, 4.0), (1.0, 7.0), (2.0, 5.0), (0.0, 2.0), (0.5, 13.928203230275509)];
        for (order, expected) in rows {
            let norm = Norm::of_order(order).expect("an order");
            let got = norm.divisor([3.0, 0.0, 4.0].into_iter(), 1e-300);
            assert!((got - expected).abs() < 1e-12, "{order}: expected {expected}, got {got}");
        }
        assert_eq!(Norm::Smallest.divisor([3.0, 0.0].into_iter(), 1e-300), 1.0, "what is tiny is left alone");
        assert_eq!(Norm::None.divisor([3.0].into_iter(), 1e-300), 1.0);
        assert_eq!((Norm::of_order(-1.0), Norm::of_order(f64::NEG_INFINITY)), (None, Some(Norm::Smallest)));
    }
}
