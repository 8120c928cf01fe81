//! The shape of a frame's spectrum in one number, or a few.

use crate::{Error, Float};

/// Measures of magnitudes at known frequencies; `T` is the precision in which a tool holds them.
///
/// # Source
/// Definitions and roundings as `librosa.feature.spectral_*` 0.11.
pub struct Spectral<T> {
    hz: Vec<f64>,
    shares: Vec<T>,
}

impl<T: Float> Spectral<T> {
    /// For bins at these frequencies.
    pub fn new(hz: Vec<f64>) -> Self {
        Self { shares: vec![T::default(); hz.len()], hz }
    }

    /// The mean frequency, weighted by magnitude; 0 of silence.
    ///
    /// # Panics
    /// If there is not a magnitude for every frequency.
    pub fn centroid(&mut self, magnitudes: &[T]) -> f64 {
        self.share(magnitudes);
        self.shares.iter().zip(&self.hz).map(|(share, hz)| hz * (*share).into()).sum()
    }

    /// The root of order `p` of the mean of |f − centroid|ᵖ, weighted by magnitude; with `norm` the weights' sum is 1.
    ///
    /// # Panics
    /// As [`centroid`](Self::centroid).
    pub fn bandwidth(&mut self, magnitudes: &[T], p: f64, norm: bool) -> f64 {
        let centroid = self.centroid(magnitudes);
        let weights = if norm { &self.shares } else { magnitudes };
        let deviation = |(weight, hz): (&T, &f64)| {
            let weight: f64 = (*weight).into();
            weight * (hz - centroid).abs().powf(p)
        };
        weights.iter().zip(&self.hz).map(deviation).sum::<f64>().powf(1.0 / p)
    }

    /// The lowest frequency under which this share of the magnitudes lies.
    ///
    /// # Panics
    /// As [`centroid`](Self::centroid).
    pub fn rolloff(&self, magnitudes: &[T], share: f64) -> f64 {
        assert_eq!(magnitudes.len(), self.hz.len(), "a magnitude for every frequency");
        let sum = |sum: &mut T, x: &T| {
            *sum = *sum + *x;
            Some(*sum)
        };
        let total = magnitudes.iter().scan(T::default(), sum).last().unwrap_or_default();
        let threshold = T::from_real(share) * total;
        let reached = magnitudes.iter().scan(T::default(), sum).position(|sum| sum >= threshold);
        reached.map_or(0.0, |bin| self.hz[bin])
    }

    /// Magnitudes over their sum.
    fn share(&mut self, magnitudes: &[T]) {
        assert_eq!(magnitudes.len(), self.hz.len(), "a magnitude for every frequency");
        let total: f64 = magnitudes.iter().map(|x| (*x).into()).sum();
        let total = if total < f64::from(f32::MIN_POSITIVE) { 1.0 } else { total };
        for (share, magnitude) in self.shares.iter_mut().zip(magnitudes) {
            let magnitude: f64 = (*magnitude).into();
            *share = T::from_real(magnitude / total);
        }
    }
}

/// The geometric over the arithmetic mean of magnitudes raised to `power`, none under `amin`: 1 of noise, near 0 of a tone.
pub fn flatness<T: Float>(magnitudes: &[T], power: f64, amin: f64) -> f64 {
    let values = magnitudes.iter().map(|x| {
        let x: f64 = (*x).into();
        x.powf(power).max(amin)
    });
    let count = magnitudes.len().max(1) as f64;
    let (logs, sum) = values.fold((0.0, 0.0), |(logs, sum), x| (logs + x.ln(), sum + x));
    (logs / count).exp() / (sum / count)
}

/// The loudest and the quietest bins of octaves.
///
/// # Source
/// Jiang et al., "Music type classification by spectral contrast feature", ICME 2002; octaves and counts as
/// `librosa.feature.spectral_contrast` 0.11.
#[derive(Clone, Debug)]
pub struct Octaves {
    /// Of each octave: its bins, and how many of them are averaged at either end.
    octaves: Vec<(std::ops::Range<usize>, usize)>,
}

impl Octaves {
    /// Everything under `fmin`, then `octaves` octaves, the last with all above.
    ///
    /// # Errors
    /// An octave that begins over the highest frequency, or holds no bin.
    pub fn new(hz: &[f64], fmin: f64, octaves: usize, quantile: f64) -> Result<Self, Error> {
        let highest = hz.last().copied().unwrap_or(0.0);
        let mut made = Vec::new();
        for octave in 0..=octaves {
            let low = if octave == 0 { 0.0 } else { fmin * 2f64.powi(octave as i32 - 1) };
            let high = fmin * 2f64.powi(octave as i32);
            if low >= highest {
                return Err(Error::parameter("fmin", format!("octaves that begin under {highest} Hz"), low));
            }
            let inside = |hz: &f64| (low..=high).contains(hz);
            let (Some(first), Some(last)) = (hz.iter().position(inside), hz.iter().rposition(inside)) else {
                return Err(Error::parameter("fmin", "a bin in every octave", format!("none from {low} to {high} Hz")));
            };
            let first = if octave > 0 { first - 1 } else { first };
            let end = if octave == octaves { hz.len() } else { last + 1 };
            let count = (quantile * (end - first) as f64).round_ties_even().max(1.0) as usize;
            // The last bin of an octave belongs to the next.
            let end = if octave < octaves { end - 1 } else { end };
            made.push((first..end, count));
        }
        Ok(Self { octaves: made })
    }

    /// Octaves, with what lies under the first.
    pub fn count(&self) -> usize {
        self.octaves.len()
    }

    /// The mean of the loudest and of the quietest bins of each octave.
    ///
    /// # Panics
    /// If there are fewer magnitudes than frequencies.
    pub fn peaks_and_valleys<T: Float>(&self, magnitudes: &[T]) -> Vec<(f64, f64)> {
        let mut values = Vec::new();
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let octave = |(bins, count): &(std::ops::Range<usize>, usize)| {
            values.clear();
            values.extend(magnitudes[bins.clone()].iter().map(|x| -> f64 { (*x).into() }));
            values.sort_by(f64::total_cmp);
            let count = (*count).min(values.len());
            (mean(&values[values.len() - count..]), mean(&values[..count]))
        };
        self.octaves.iter().map(octave).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spectrum_of_two_lines() {
        let mut spectral = Spectral::<f64>::new(vec![0.0, 100.0, 200.0, 300.0, 400.0]);
        let lines = [0.0, 3.0, 0.0, 1.0, 0.0];
        assert!((spectral.centroid(&lines) - 150.0).abs() < 1e-12);
        // 3/4 at 50 away, 1/4 at 150 away.
        assert!((spectral.bandwidth(&lines, 2.0, true) - 7500f64.sqrt()).abs() < 1e-9);
        assert!((spectral.bandwidth(&lines, 1.0, false) - 300.0).abs() < 1e-9);
        assert_eq!((spectral.rolloff(&lines, 0.75), spectral.rolloff(&lines, 0.76)), (100.0, 300.0));
        assert_eq!((spectral.centroid(&[0.0; 5]), spectral.rolloff(&[0.0; 5], 0.85)), (0.0, 0.0));
    }

    #[test]
    fn noise_is_flat_and_a_line_is_not() {
        assert!((flatness(&[2.0f32; 9], 2.0, 1e-10) - 1.0).abs() < 1e-12);
        let expected = 1e-10f64.powf(0.75) / (0.25 * (1.0 + 3e-10));
        assert!((flatness(&[1.0f64, 0.0, 0.0, 0.0], 2.0, 1e-10) - expected).abs() < 1e-12);
    }

    #[test]
    fn octaves_hold_their_bins() {
        let hz: Vec<f64> = (0..=16).map(|k| 50.0 * k as f64).collect();
        let octaves = Octaves::new(&hz, 200.0, 2, 0.02).expect("legal");
        // 0 to 200 without its last; 150 to 400 without its last; 350 to the end.
        let got: Vec<_> = octaves.octaves.iter().map(|(bins, _)| bins.clone()).collect();
        assert_eq!(got, [0..4, 3..8, 7..17]);
        let magnitudes: Vec<f32> = (0..17).map(|k| k as f32).collect();
        assert_eq!(octaves.peaks_and_valleys(&magnitudes), [(3.0, 0.0), (7.0, 3.0), (16.0, 7.0)]);
        assert!(Octaves::new(&hz, 200.0, 4, 0.02).is_err());
    }
}
