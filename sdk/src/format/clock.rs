//! Clocks: where the entries of a stream stand in time.

/// Time of a stream's entries, in exact arithmetic.
///
/// Entry `k` stands at tick `origin + k * step`; a tick lasts `tick.0 / tick.1` seconds. For audio the entry is a sample
/// frame and the step 1; for frames it is the centre of the analysis window, which may lie before sample 0.
///
/// ```
/// use auricle_sdk::format::Clock;
///
/// let samples = Clock::samples(22_050);
/// let frames = samples.frames(512, 1024); // 512 samples apart; the first is centred on sample 1024
/// assert_eq!(samples.seconds(22_050), 1.0);
/// assert_eq!((frames.origin, frames.step), (1024, 512));
/// assert_eq!(frames.seconds(3), 2560.0 / 22_050.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Seconds per tick as a fraction.
    pub tick: (i64, i64),
    /// Tick of entry 0.
    pub origin: i64,
    /// Ticks from entry to entry; 0 when the stream has no time.
    pub step: i64,
}

impl Clock {
    /// Entries without time: records, whole tensors.
    pub const NONE: Clock = Clock { tick: (1, 1), origin: 0, step: 0 };

    /// Sample frames at `rate` Hz.
    pub const fn samples(rate: u32) -> Self {
        Clock { tick: (1, rate as i64), origin: 0, step: 1 }
    }

    /// Frames of `hop` samples whose first is centred on `origin`, on the clock of the samples.
    pub const fn frames(self, hop: i64, origin: i64) -> Self {
        Clock { tick: self.tick, origin: self.origin + origin * self.step, step: hop * self.step }
    }

    /// Time of entry `index` in seconds, for display.
    pub fn seconds(&self, index: i64) -> f64 {
        (self.origin as f64 + index as f64 * self.step as f64) * self.tick.0 as f64 / self.tick.1 as f64
    }

    /// Entries per second: the sample rate of audio, the frame rate of frames.
    pub fn rate(&self) -> f64 {
        self.tick.1 as f64 / (self.tick.0 as f64 * self.step as f64)
    }
}
