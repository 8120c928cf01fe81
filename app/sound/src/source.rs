//! What can be played.

use crate::error::{Error, ErrorKind, Result};

/// Sound that can be read from any frame on.
pub trait AudioSource: Send {
    /// Frames a second.
    fn sample_rate(&self) -> u32;

    /// Interleaved channels of a frame.
    fn channels(&self) -> usize;

    /// The speakers that the channels are for, as `"FL,FR,FC"`; empty if they are not known.
    fn speakers(&self) -> &str {
        ""
    }

    /// The length in frames, if it is known before the end is reached.
    fn frames(&self) -> Option<u64>;

    /// Reads whole interleaved frames from frame `start` on into `out` and says how many;
    /// 0 means that the sound has ended before `start`.
    ///
    /// # Errors
    /// What could not be read; playback stops there and shows it.
    fn read(&mut self, start: u64, out: &mut [f32]) -> Result<usize>;

    /// The same sound from frame `start` on, `speed` times as fast and at its own pitch.
    ///
    /// # Errors
    /// It cannot be played at another speed.
    fn at_speed(&mut self, start: u64, speed: f64) -> Result<Box<dyn Forward>> {
        let _ = start;
        let message = format!("this sound can be played only as fast as it is, not {speed} times as fast");
        Err(Error::new(ErrorKind::Unsupported, message))
    }
}

/// Sound that is read in order, in the format of the source that it came from.
pub trait Forward: Send {
    /// Reads the next whole interleaved frames into `out` and says how many; 0 at the end.
    ///
    /// # Errors
    /// What could not be read.
    fn read(&mut self, out: &mut [f32]) -> Result<usize>;
}

/// Interleaved samples in memory as a source.
#[derive(Debug, Clone)]
pub struct Samples {
    sample_rate: u32,
    channels: usize,
    samples: Vec<f32>,
}

impl Samples {
    /// A source of interleaved `samples`; an incomplete last frame is left out.
    pub fn new(sample_rate: u32, channels: usize, samples: Vec<f32>) -> Self {
        Self { sample_rate, channels, samples }
    }
}

impl AudioSource for Samples {
    fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    fn channels(&self) -> usize {
        self.channels
    }

    fn frames(&self) -> Option<u64> {
        Some((self.samples.len() / self.channels.max(1)) as u64)
    }

    fn read(&mut self, start: u64, out: &mut [f32]) -> Result<usize> {
        let frames = self.frames().unwrap_or(0).saturating_sub(start);
        let n = frames.min((out.len() / self.channels.max(1)) as u64) as usize;
        let first = start as usize * self.channels;
        if n > 0 {
            out[..n * self.channels].copy_from_slice(&self.samples[first..first + n * self.channels]);
        }
        Ok(n)
    }
}
