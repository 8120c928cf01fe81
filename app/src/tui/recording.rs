//! What the screen knows of the microphone.

use crate::audio::course::Course;
use auricle_sdk::format::Format;
use auricle_sound::Level;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

/// Columns that are kept: more than any screen is wide.
const KEPT: usize = 1_024;

/// A snapshot of the recorder, and the picture of what was heard last.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    /// What is heard.
    pub device: String,
    /// Its channels.
    pub channels: usize,
    /// Its sample rate in Hz.
    pub sample_rate: u32,
    /// What it is doing.
    pub status: Status,
    /// Each channel's level over the last 50 ms.
    pub levels: Vec<Level>,
    /// Seconds before its beginning that a recording would have now.
    pub preroll_s: f64,
    /// The file that is recorded, or was last.
    pub path: Option<PathBuf>,
    /// Its length so far in seconds.
    pub seconds: f64,
    /// Its samples at full scale.
    pub clipped: u64,
    /// What is missing in it, in words.
    pub gaps: Vec<String>,
    /// From the sound to the newest column, in seconds.
    pub latency_s: f64,
    /// Format of the columns.
    pub format: Option<Arc<Format>>,
    /// Why there is no picture.
    pub trouble: Option<String>,
    /// What is said, while it is said; none if that is not wanted, or why it cannot be told.
    pub said: Option<Result<Course, String>>,
    /// The newest columns, the last one last.
    pub columns: VecDeque<Column>,
}

/// A column of the picture.
#[derive(Clone, Debug)]
pub struct Column {
    /// The level of every bin of every channel.
    pub values: Vec<f32>,
    /// The sample behind the last that it is made of.
    pub end: u64,
}

/// What the recorder is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Status {
    /// Hearing, not keeping more than the last seconds.
    #[default]
    Listening,
    /// Writing a file.
    Recording,
    /// The device went away, for this reason.
    Lost(String),
    /// The file could not be written, for this reason.
    Failed(String),
}

/// Which microphone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The one that was chosen last.
    Last,
    /// The next of those there are, which is remembered.
    Next,
}

/// What the recorder is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Record {
    /// Hear a microphone.
    Hear(Choice),
    /// Keep what was just heard, and what comes.
    Start,
    /// Complete the recording.
    Stop,
    /// Tell what is said, or no longer.
    Listen,
    /// Run the open session on what is heard.
    Live,
    /// Complete it and give the microphone back.
    Hush,
}

impl Recording {
    /// Takes news in: the columns come behind those that are there.
    pub fn take(&mut self, mut news: Recording) {
        let mut columns = std::mem::take(&mut self.columns);
        columns.append(&mut news.columns);
        columns.drain(..columns.len().saturating_sub(KEPT));
        *self = Recording { columns, ..news };
    }
}
