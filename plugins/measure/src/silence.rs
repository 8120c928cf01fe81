//! How much of a signal is silence: moments in which no channel reaches a threshold.

use auricle_dsp::level::amplitude;

/// Below this level a moment is silent.
pub const SILENCE_DBFS: f64 = -60.0;
/// A moment is the hundredth part of a second.
const MOMENTS_PER_SECOND: u32 = 100;

/// Moments in which no channel reaches the threshold.
#[derive(Clone, Copy, Default)]
pub struct Silence {
    length: i64,
    filled: i64,
    peak: f64,
    moments: u64,
    silent: u64,
}

impl Silence {
    /// Nothing so far.
    pub fn new(sample_rate: u32) -> Self {
        Silence { length: i64::from(sample_rate / MOMENTS_PER_SECOND).max(1), ..Silence::default() }
    }

    /// Takes the peak of all channels in one sample frame.
    pub fn push(&mut self, peak: f64) {
        self.peak = self.peak.max(peak);
        self.filled += 1;
        if self.filled == self.length {
            self.close();
        }
    }

    /// The signal has ended: a moment that is not full counts too.
    pub fn finish(&mut self) {
        if self.filled > 0 {
            self.close();
        }
    }

    fn close(&mut self) {
        self.moments += 1;
        self.silent += u64::from(self.peak < amplitude(SILENCE_DBFS));
        (self.filled, self.peak) = (0, 0.0);
    }

    /// Silent part of the whole.
    pub fn ratio(&self) -> f64 {
        self.silent as f64 / self.moments.max(1) as f64
    }
}
