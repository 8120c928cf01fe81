//! The region that an edit works on, in samples.

use auricle_sdk::prelude::*;

/// Where the region begins.
pub const START: Parameter =
    Parameter::float("start_s", 0.0).range(0.0, 1e9).unit("s").doc("Where the region begins; the nearest sample.");
/// Where it ends.
pub const END: Parameter = Parameter::absent("end_s", Types::FLOAT)
    .range(0.0, 1e9)
    .unit("s")
    .doc("The first sample behind the region, the nearest one; absent: to the end of the audio.");

/// From a sample to another that is no longer in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// The first sample.
    pub start: i64,
    /// The first behind it; `None` is the end of the audio.
    pub end: Option<i64>,
}

impl Region {
    /// The region of the parameters `start_s` and, where the stage has it, `end_s`.
    ///
    /// # Errors
    /// It ends before it begins.
    pub fn new(setup: &Setup, ends: bool) -> Result<Self> {
        let sample_rate = f64::from(setup.input(0)?.as_audio()?.sample_rate);
        let samples = |seconds: f64| (seconds * sample_rate).round() as i64;
        let start_s = setup.parameters.float("start_s")?;
        let end_s = if ends { setup.parameters.optional_float("end_s")? } else { None };
        match end_s {
            Some(end_s) if end_s < start_s => {
                Err(Error::parameter("end_s", format!("expected at least start_s ({start_s}), got {end_s}")))
            }
            _ => Ok(Region { start: samples(start_s), end: end_s.map(samples) }),
        }
    }

    /// The part of it inside audio of this length; without one all of it, to `open` if it has no end.
    pub fn inside(&self, length: Option<i64>, open: i64) -> std::ops::Range<i64> {
        let length = length.unwrap_or(open);
        let start = self.start.min(length);
        start..self.end.unwrap_or(length).clamp(start, length)
    }

    /// The region, whose end must be known.
    ///
    /// # Errors
    /// It has no end, and the audio's is not known.
    pub fn closed(&self, length: Option<i64>) -> Result<std::ops::Range<i64>> {
        match self.end.or(length) {
            Some(end) => Ok(self.inside(length, end.max(self.start))),
            None => {
                Err(Error::parameter("end_s", "expected an end in seconds, as the length of the audio is not known"))
            }
        }
    }
}
