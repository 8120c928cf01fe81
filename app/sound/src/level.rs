//! Levels for meters: peak and RMS of what was just heard or recorded.

/// One channel's level, 1.0 being full scale.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Level {
    /// Largest absolute sample.
    pub peak: f32,
    /// Root mean square.
    pub rms: f32,
}

impl Level {
    /// The peak in dB re full scale; minus infinity for silence.
    pub fn peak_dbfs(&self) -> f32 {
        20.0 * self.peak.log10()
    }

    /// The RMS in dB re full scale (a full-scale sine reads -3.01).
    pub fn rms_dbfs(&self) -> f32 {
        20.0 * self.rms.log10()
    }

    /// The levels of `channels` interleaved channels over all of `samples`; NaN counts as 0.
    pub fn of(samples: &[f32], channels: usize) -> Vec<Self> {
        let mut levels = vec![(0.0f32, 0.0f64); channels];
        for frame in samples.chunks_exact(channels.max(1)) {
            for ((peak, power), sample) in levels.iter_mut().zip(frame) {
                *peak = peak.max(sample.abs());
                if !sample.is_nan() {
                    *power += f64::from(*sample).powi(2);
                }
            }
        }
        let frames = (samples.len() / channels.max(1)).max(1) as f64;
        let level = |(peak, power): (f32, f64)| Self { peak, rms: (power / frames).sqrt() as f32 };
        levels.into_iter().map(level).collect()
    }
}

/// A sample at or beyond the largest positive 16-bit value counts as clipped.
pub(crate) const CLIP: f32 = 32_767.0 / 32_768.0;

/// Levels of a stream over its last 50 ms, and what clipped since it began.
#[derive(Debug, Clone)]
pub struct Meter {
    channels: usize,
    window: usize,
    recent: Vec<f32>,
    clipped: u64,
    peaks: Vec<f32>,
}

impl Meter {
    /// A meter of `channels` interleaved channels at `sample_rate` Hz.
    pub fn new(sample_rate: u32, channels: usize) -> Self {
        Self {
            channels,
            window: (sample_rate as usize / 20).max(1) * channels,
            recent: Vec::new(),
            clipped: 0,
            peaks: vec![0.0; channels],
        }
    }

    /// Takes whole frames in.
    pub fn add(&mut self, samples: &[f32]) {
        self.clipped += samples.iter().filter(|sample| sample.abs() >= CLIP).count() as u64;
        for frame in samples.chunks_exact(self.channels) {
            for (peak, sample) in self.peaks.iter_mut().zip(frame) {
                *peak = peak.max(sample.abs());
            }
        }
        self.recent.extend_from_slice(&samples[samples.len().saturating_sub(self.window)..]);
        let surplus = self.recent.len().saturating_sub(self.window);
        self.recent.drain(..surplus);
    }

    /// The levels over the last 50 ms.
    pub fn levels(&self) -> Vec<Level> {
        Level::of(&self.recent, self.channels)
    }

    /// Samples at or beyond full scale since the beginning.
    pub fn clipped(&self) -> u64 {
        self.clipped
    }

    /// Largest absolute sample of each channel since the beginning.
    pub fn peaks(&self) -> &[f32] {
        &self.peaks
    }

    /// Begins anew, with the levels kept.
    pub fn restart(&mut self) {
        self.clipped = 0;
        self.peaks.fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_scale_sine_reads_minus_three() {
        let step = std::f64::consts::TAU / 48.0;
        let sine: Vec<f32> = (0..4_800).map(|n| (step * f64::from(n)).sin() as f32).collect();
        let mut meter = Meter::new(48_000, 1);
        for block in sine.chunks(77) {
            meter.add(block);
        }
        let level = meter.levels()[0];
        assert!((level.rms_dbfs() + 3.0103).abs() < 0.001, "{level:?}");
        assert!(level.peak_dbfs().abs() < 0.001, "{level:?}");
        assert_eq!(meter.clipped(), 200, "one positive and one negative peak a period");
    }

    #[test]
    fn channels_are_apart_and_silence_is_minus_infinity() {
        let levels = Level::of(&[0.5, 0.0, -0.5, 0.0, f32::NAN, 0.0], 2);
        assert_eq!(levels[0].peak, 0.5);
        assert_eq!(levels[1].rms_dbfs(), f32::NEG_INFINITY);
        assert_eq!(Level::of(&[], 2), [Level::default(); 2]);
    }
}
