//! The figures of one comparison, as metrics.

use auricle_dsp::distance::Distance;
use auricle_sdk::prelude::*;

/// The five figures with their names and units, where differences have the unit `unit`.
pub fn figures(distance: &Distance, unit: &str) -> [(&'static str, f64, String); 5] {
    let squared = if unit.is_empty() { String::new() } else { format!("{unit}^2") };
    [
        ("l1", distance.l1(), unit.to_owned()),
        ("mse", distance.mse(), squared),
        ("max_abs", distance.max_abs(), unit.to_owned()),
        ("relative", distance.relative(), "1".to_owned()),
        ("cosine", distance.cosine(), "1".to_owned()),
    ]
}

/// A row of metrics.
pub fn row(name: &str, value: f64, unit: &str, scope: &str) -> Vec<Value> {
    vec![name.into(), Value::Float(value), unit.into(), scope.into()]
}

/// The unit of the values of an input: of a tensor its own, or its quantity's name.
pub fn unit(format: &Format) -> String {
    match format.as_tensor() {
        Ok(tensor) if !tensor.unit.is_empty() => tensor.unit.clone(),
        Ok(tensor) => tensor.quantity.clone(),
        Err(_) => String::new(),
    }
}

/// Smallest and largest value that came.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// The smallest; of complex numbers their modulus.
    pub min: f64,
    /// The largest.
    pub max: f64,
    /// Values that are no number.
    pub nan: u64,
}

impl Extent {
    /// Of nothing yet.
    pub const NONE: Extent = Extent { min: f64::INFINITY, max: f64::NEG_INFINITY, nan: 0 };

    /// Takes a value in.
    pub fn push(&mut self, value: f64) {
        self.min = self.min.min(value);
        self.max = self.max.max(value);
        self.nan += u64::from(value.is_nan());
    }

    /// The largest magnitude.
    pub fn peak(&self) -> f64 {
        self.min.abs().max(self.max.abs())
    }

    /// Is one of them in another scale, by the look of the numbers: integers against samples in [-1, 1]?
    pub fn unlike(&self, other: &Extent) -> Option<String> {
        let (low, high) = if self.peak() < other.peak() { (self, other) } else { (other, self) };
        let unlike = low.peak() > 0.0 && low.peak() <= 2.0 && high.peak() > 64.0 && high.peak().is_finite();
        unlike.then(|| {
            format!(
                "one ranges from {} to {}, the other from {} to {}: they look like samples on unlike scales",
                self.min, self.max, other.min, other.max
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extent(values: &[f64]) -> Extent {
        let mut extent = Extent::NONE;
        values.iter().for_each(|value| extent.push(*value));
        extent
    }

    #[test]
    fn extents_pass_over_nan_and_count_it() {
        let extent = extent(&[1.0, f64::NAN, -3.0]);
        assert_eq!((extent.min, extent.max, extent.nan, extent.peak()), (-3.0, 1.0, 1, 3.0));
    }

    #[test]
    fn integers_against_unit_range_are_unlike() {
        let (unit, integers, silent) = (extent(&[-0.5, 0.9]), extent(&[-20_000.0, 100.0]), extent(&[0.0]));
        assert!(unit.unlike(&integers).expect("unlike").contains("-20000"));
        assert!(integers.unlike(&unit).is_some());
        assert_eq!(unit.unlike(&unit), None);
        assert_eq!(silent.unlike(&integers), None);
    }
}
