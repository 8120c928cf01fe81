//! Cepstral coefficients of logarithmic bands, and the distance of two series of them.

use std::ops::Range;

/// Some coefficients of the orthonormal DCT-II.
pub struct Cepstrum {
    bands: usize,
    /// A row a coefficient.
    rows: Vec<f64>,
}

impl Cepstrum {
    /// Coefficients `wanted` of so many bands.
    ///
    /// # Source
    /// Rao & Yip, "Discrete Cosine Transform", 1990, section 2.2: √(2/N) cos(π k (2n + 1) / 2N), and √(1/N) for k = 0.
    pub fn new(bands: usize, wanted: Range<usize>) -> Self {
        let length = bands as f64;
        let rows = wanted.flat_map(|k| {
            let scale = if k == 0 { 1.0 / length } else { 2.0 / length }.sqrt();
            let step = std::f64::consts::PI * k as f64 / (2.0 * length);
            (0..bands).map(move |n| scale * (step * (2 * n + 1) as f64).cos())
        });
        Self { bands, rows: rows.collect() }
    }

    /// The coefficients of one frame.
    pub fn process(&self, bands: &[f64]) -> Vec<f64> {
        let rows = self.rows.chunks_exact(self.bands.max(1));
        rows.map(|row| row.iter().zip(bands).map(|(weight, x)| weight * x).sum()).collect()
    }
}

/// ‖a − b‖₂.
pub fn distance(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt()
}

/// The cheapest path from the first frames of both to the last, in steps of one frame in either or both: the sum of the
/// distances on it, and how many those are. Of equally cheap steps the one in both is taken, then the one in `a`.
///
/// # Source
/// Sakoe & Chiba, "Dynamic programming algorithm optimization for spoken word recognition", IEEE Trans. ASSP 26, 1978,
/// without slope constraint and with all weights 1.
pub fn warped(a: &[Vec<f64>], b: &[Vec<f64>]) -> (f64, u64) {
    if a.is_empty() || b.is_empty() {
        return (0.0, 0);
    }
    const UNREACHED: (f64, u64) = (f64::INFINITY, 0);
    let mut row = vec![UNREACHED; b.len()];
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = if i == 0 { (0.0, 0) } else { UNREACHED };
        for (j, y) in b.iter().enumerate() {
            let left = if j == 0 { UNREACHED } else { row[j - 1] };
            let cheapest = [diagonal, row[j], left].into_iter().min_by(|p, q| p.0.total_cmp(&q.0)).unwrap_or(UNREACHED);
            diagonal = row[j];
            row[j] = (cheapest.0 + distance(x, y), cheapest.1 + 1);
        }
    }
    row[b.len() - 1]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coefficients_are_orthonormal() {
        let all = Cepstrum::new(4, 0..4);
        // scipy 1.17.1: scipy.fft.dct([1, 2, 3, 5], type=2, norm="ortho")
        let expected = [5.5, -2.883_723_979_825_851_4, 0.5, -0.429_110_717_854_207_1];
        for (got, expected) in all.process(&[1.0, 2.0, 3.0, 5.0]).iter().zip(expected) {
            assert!((got - expected).abs() < 1e-12, "expected {expected}, got {got}");
        }
        assert_eq!(Cepstrum::new(4, 1..3).process(&[7.0; 4]).len(), 2);
    }

    #[test]
    fn a_path_goes_through_time() {
        let series = |values: &[f64]| values.iter().map(|&x| vec![x]).collect::<Vec<_>>();
        assert_eq!(warped(&series(&[1.0, 2.0, 3.0]), &series(&[1.0, 1.0, 2.0, 3.0, 3.0])), (0.0, 5));
        assert_eq!(warped(&series(&[0.0, 1.0]), &series(&[0.0, 3.0])), (2.0, 2));
        assert_eq!(warped(&[], &series(&[1.0])), (0.0, 0));
    }
}
