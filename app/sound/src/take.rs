//! One recording: a file that grows, its length limit, and an honest account of what is missing.

use crate::error::Result;
use crate::level::Meter;
use crate::wav::WavWriter;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// How much a killed process can lose at most.
const COMMIT: Duration = Duration::from_millis(250);
/// How much a power cut can lose at most (plus what the disk's own cache forgets).
const SYNC: Duration = Duration::from_secs(5);

/// A place where sound is missing or may be.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Gap {
    /// The program was too slow for so many frames, before this frame of the file; silence
    /// stands for them, so that time is kept.
    Overrun {
        /// Frame in the file.
        at: u64,
        /// Frames replaced by silence.
        frames: u64,
    },
    /// The sound system lost an unknown number of frames near this frame of the file.
    Xrun {
        /// Frame in the file.
        at: u64,
        /// How many times.
        count: u64,
    },
    /// The device was away for so long, by the clock; nothing stands for it in the file.
    Away {
        /// Frame in the file.
        at: u64,
        /// Seconds.
        seconds: f64,
    },
}

/// What has been recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Take {
    /// The file.
    pub path: PathBuf,
    /// Its length in frames.
    pub frames: u64,
    /// Frames a second.
    pub sample_rate: u32,
    /// Samples at or beyond full scale.
    pub clipped: u64,
    /// Largest absolute sample of each channel.
    pub peaks: Vec<f32>,
    /// What is missing.
    pub gaps: Vec<Gap>,
}

impl Take {
    /// The length in seconds.
    pub fn duration_s(&self) -> f64 {
        self.frames as f64 / f64::from(self.sample_rate)
    }
}

/// A recording under way.
#[derive(Debug)]
pub(crate) struct Taking {
    writer: WavWriter,
    meter: Meter,
    channels: usize,
    sample_rate: u32,
    /// Frames after which it ends by itself.
    limit: u64,
    gaps: Vec<Gap>,
    committed: Instant,
    synced: Instant,
}

impl Taking {
    pub(crate) fn new(writer: WavWriter, sample_rate: u32, channels: usize, limit: Option<u64>) -> Self {
        let now = Instant::now();
        Self {
            writer,
            meter: Meter::new(sample_rate, channels),
            channels,
            sample_rate,
            limit: limit.unwrap_or(u64::MAX),
            gaps: Vec::new(),
            committed: now,
            synced: now,
        }
    }

    /// Appends frames, as far as the limit lets it, and commits and syncs when it is time to; says how many samples it
    /// kept.
    pub(crate) fn add(&mut self, samples: &[f32], now: Instant) -> Result<usize> {
        let room = (self.limit - self.writer.frames()).saturating_mul(self.channels as u64);
        let kept = &samples[..samples.len().min(usize::try_from(room).unwrap_or(usize::MAX))];
        if !kept.is_empty() {
            self.writer.write(kept)?;
            self.meter.add(kept);
        }
        if now >= self.committed + COMMIT {
            self.committed = now;
            self.writer.commit()?;
        }
        if now >= self.synced + SYNC {
            self.synced = now;
            self.writer.sync()?;
        }
        Ok(kept.len())
    }

    /// Takes everything so far into the file's header.
    pub(crate) fn commit(&mut self) -> Result<()> {
        self.writer.commit()
    }

    /// Whether the limit is reached.
    pub(crate) fn is_full(&self) -> bool {
        self.writer.frames() >= self.limit
    }

    /// Frames in the file.
    pub(crate) fn frames(&self) -> u64 {
        self.writer.frames()
    }

    /// Notes that something is missing.
    pub(crate) fn note(&mut self, gap: Gap) {
        self.gaps.push(gap);
    }

    /// The account so far.
    pub(crate) fn account(&self) -> Take {
        Take {
            path: self.writer.path().to_path_buf(),
            frames: self.writer.frames(),
            sample_rate: self.sample_rate,
            clipped: self.meter.clipped(),
            peaks: self.meter.peaks().to_vec(),
            gaps: self.gaps.clone(),
        }
    }

    /// Completes the file. After a failed write, what is complete of it is still put in order.
    pub(crate) fn finish(self) -> Result<Take> {
        let take = self.account();
        self.writer.finish()?;
        Ok(take)
    }
}
