//! Pitch classes: weights of bins on the tones of an octave, and how far music is out of tune.

use crate::yin::bend;
use crate::{Error, Float};

/// What weights are made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Sample rate in Hz.
    pub sample_rate: f64,
    /// Length of the transform.
    pub n_fft: usize,
    /// Tones of an octave.
    pub tones: usize,
    /// How far the tones are above 440 Hz's, in tones.
    pub tuning: f64,
    /// The octave that counts most, and the width of those that do; none: all alike.
    pub octaves: Option<(f64, f64)>,
    /// The first tone is C, else A.
    pub from_c: bool,
}

/// A planned projection.
///
/// # Shape
/// Bins of a power spectrum to `tones` values.
///
/// # Source
/// Ellis, "Chroma feature analysis and synthesis", 2007; as `librosa.filters.chroma` 0.11.
pub struct Chroma {
    bins: usize,
    weights: Vec<f64>,
}

impl Chroma {
    /// Makes the weights.
    ///
    /// # Errors
    /// No tone, or a transform of less than two points.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let Config { n_fft, tones, tuning, octaves, from_c, .. } = *config;
        if tones == 0 || tones > 1 << 12 {
            return Err(Error::parameter("n_chroma", "1..=4096", tones));
        }
        if n_fft < 2 {
            return Err(Error::parameter("n_fft", "at least 2", n_fft));
        }
        let count = tones as f64;
        let lowest = 440.0 * (tuning / count).exp2() / 16.0;
        let tone = |bin: usize| count * (bin as f64 * config.sample_rate / n_fft as f64 / lowest).log2();
        // The bin at 0 Hz lies an octave and a half under the next.
        let place = |bin: usize| if bin == 0 { tone(1) - 1.5 * count } else { tone(bin) };
        let bins = n_fft / 2 + 1;
        let mut weights = vec![0.0; bins * tones];
        let half = (count / 2.0).round_ties_even();
        let turn = if from_c { 3 * (tones / 12) } else { 0 };
        for bin in 0..bins {
            let width = if bin + 1 == n_fft { 1.0 } else { (place(bin + 1) - place(bin)).max(1.0) };
            let near = |tone: usize| {
                let distance = (place(bin) - tone as f64 + half + 10.0 * count).rem_euclid(count) - half;
                (-0.5 * (2.0 * distance / width).powi(2)).exp()
            };
            let column: Vec<f64> = (0..tones).map(near).collect();
            let norm = column.iter().map(|w| w * w).sum::<f64>().sqrt();
            let octave =
                octaves.map_or(1.0, |(centre, width)| (-0.5 * ((place(bin) / count - centre) / width).powi(2)).exp());
            for (tone, weight) in column.into_iter().enumerate() {
                let row = (tone + tones - turn) % tones;
                weights[row * bins + bin] = f64::from((weight / norm * octave) as f32);
            }
        }
        Ok(Self { bins, weights })
    }

    /// The tones of one frame.
    ///
    /// # Panics
    /// If a slice is not as long as planned.
    pub fn process<S: Float, O: Float>(&self, power: &[S], out: &mut [O]) {
        assert_eq!((power.len(), out.len()), (self.bins, self.weights.len() / self.bins), "bins and tones");
        for (out, weights) in out.iter_mut().zip(self.weights.chunks_exact(self.bins)) {
            *out = O::from_real(weights.iter().zip(power).map(|(w, x)| w * (*x).into()).sum());
        }
    }
}

/// The tones that stand out of spectra, for their tuning.
///
/// # Source
/// Smith, "Spectral audio signal processing", 2011, on quadratic interpolation of peaks; as `librosa.piptrack` and
/// `librosa.pitch_tuning` 0.11.
#[derive(Clone, Debug, Default)]
pub struct Tuning {
    /// Frequency and height of each peak.
    peaks: Vec<(f64, f64)>,
}

impl Tuning {
    /// Takes the peaks between 150 Hz and 4 kHz of a frame whose bins are `step_hz` apart.
    pub fn observe<T: Float>(&mut self, spectrum: &[T], step_hz: f64) {
        let values: Vec<f64> = spectrum.iter().map(|x| (*x).into()).collect();
        let floor = 0.1 * values.iter().copied().fold(0.0, f64::max);
        let over = |x: f64| if x > floor { x } else { 0.0 };
        for bin in 1..values.len().saturating_sub(1) {
            let hz = bin as f64 * step_hz;
            let (before, here, after) = (over(values[bin - 1]), over(values[bin]), over(values[bin + 1]));
            if !(150.0..4000.0).contains(&hz) || here <= before || here < after {
                continue;
            }
            let shift = bend(&values, bin);
            let height = values[bin] + 0.5 * shift * (values[bin + 1] - values[bin - 1]) / 2.0;
            self.peaks.push(((bin as f64 + shift) * step_hz, height));
        }
    }

    /// How far the higher half of the peaks is out of tune, in tones of which an octave has so many: −0.5 to 0.49.
    pub fn estimate(&self, tones: usize) -> f64 {
        let mut heights: Vec<f64> = self.peaks.iter().map(|(_, height)| *height).collect();
        if heights.is_empty() {
            return 0.0;
        }
        heights.sort_by(f64::total_cmp);
        let middle = heights.len() / 2;
        let median =
            if heights.len() % 2 == 1 { heights[middle] } else { (heights[middle - 1] + heights[middle]) / 2.0 };
        let mut counts = [0usize; 100];
        for (hz, _) in self.peaks.iter().filter(|(_, height)| *height >= median) {
            let residual = (tones as f64 * (hz / 27.5).log2()).rem_euclid(1.0);
            let residual = if residual >= 0.5 { residual - 1.0 } else { residual };
            counts[((residual + 0.5) * 100.0).floor().clamp(0.0, 99.0) as usize] += 1;
        }
        let best = (1..100).fold(0, |best, k| if counts[k] > counts[best] { k } else { best });
        -0.5 + best as f64 * 0.01
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: Config =
        Config { sample_rate: 22_050.0, n_fft: 2048, tones: 12, tuning: 0.0, octaves: Some((5.0, 2.0)), from_c: true };

    fn line(hz: f64) -> Vec<f64> {
        let mut power = vec![0.0; 1025];
        power[(hz / 22_050.0 * 2048.0).round() as usize] = 1.0;
        power
    }

    #[test]
    fn a_tone_is_its_pitch_class() {
        // 440 Hz is A, the tenth tone from C; 523.25 Hz is C.
        for (hz, from_c, expected) in [(440.0, true, 9), (440.0, false, 0), (523.25, true, 0)] {
            let mut out = [0.0f64; 12];
            Chroma::new(&Config { from_c, ..CONFIG }).expect("legal").process(&line(hz), &mut out);
            let loudest = (0..12).max_by(|a, b| out[*a].total_cmp(&out[*b]));
            assert_eq!(loudest, Some(expected), "{hz} Hz: {out:?}");
        }
        assert!(Chroma::new(&Config { tones: 0, ..CONFIG }).is_err());
    }

    #[test]
    fn tuning_is_that_of_the_peaks() {
        let mut tuning = Tuning::default();
        assert_eq!(tuning.estimate(12), 0.0);
        // Bin 40 at 11 Hz is 440 Hz; a fifth of a tone higher is not on a bin.
        tuning.observe(
            &(0..300).map(|bin| if bin == 40 { 1.0f64 } else { 0.0 }).collect::<Vec<_>>(),
            11.0 * (0.205f64 / 12.0).exp2(),
        );
        assert!((tuning.estimate(12) - 0.2).abs() < 1e-9, "{}", tuning.estimate(12));
    }
}
