//! What every command that hears a device asks for.

use auricle_sound::{Error, Recorder, Request};

/// What to hear, and for how long.
#[derive(Debug, clap::Args)]
pub struct Capture {
    /// Device to hear, by its id from record --list-devices; null gives silence by the clock, null-fast at once
    #[arg(long, value_name = "ID")]
    pub device: Option<String>,
    /// Number of channels; the device's own if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    channels: Option<u32>,
    /// Sample rate in Hz; the device's own if not given
    #[arg(long, value_name = "HZ", value_parser = clap::value_parser!(u32).range(1..))]
    rate: Option<u32>,
    /// Stop after so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub duration: Option<f64>,
}

impl Capture {
    /// What is refused before anything is opened.
    ///
    /// # Errors
    /// A device that follows no clock, without a duration.
    pub fn check(&self) -> Result<(), String> {
        if super::is_endless(self.device.as_deref()) && self.duration.is_none() {
            return Err("--device null-fast records without end at once: expected --duration as well".into());
        }
        Ok(())
    }

    /// Begins to hear; the last `preroll` seconds are kept.
    ///
    /// # Errors
    /// As [`super::device`], and what the device refuses.
    pub fn open(&self, preroll: f64) -> Result<Recorder, Error> {
        let (device, name) = super::device(self.device.as_deref())?;
        Recorder::open(device, Request { device: name, sample_rate: self.rate, channels: self.channels }, preroll)
    }

    /// Sample frames after which to stop.
    pub fn frames(&self, sample_rate: u32) -> Option<u64> {
        self.duration.map(|seconds| (seconds * f64::from(sample_rate)).round().max(1.0) as u64)
    }
}

/// A length of time on the command line.
///
/// # Errors
/// What is no number above 0.
pub fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if seconds > 0.0 && seconds < 1e9 => Ok(seconds),
        _ => Err("expected seconds above 0, such as 2.5".into()),
    }
}
