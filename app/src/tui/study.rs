//! What is told of the cursor and of the selection: a sample, a frame, and what stages measure there. Stages measure it,
//! beside the screen.

use super::target::Target;
use super::timeline::entries;
use super::worker::guarded;
use auricle_engine::{Cancel, Evaluator, Registry};
use auricle_sdk::{Packet, Result, Value};
use std::ops::Range;

/// What a study is of: signatures and outputs of the audio and the frames, and from when to when.
pub type Subject = (Option<(u64, usize)>, Option<(u64, usize)>, (f64, f64));

/// Where to look.
#[derive(Clone, Debug)]
pub struct Place {
    /// The audio.
    pub wave: Option<Target>,
    /// The frames.
    pub grid: Option<Target>,
    /// From when to when, in seconds; an instant at the cursor.
    pub span: (f64, f64),
}

impl Place {
    /// What tells it from others.
    pub fn subject(&self) -> Subject {
        let of = |target: &Option<Target>| target.as_ref().map(|target| (target.signature, target.output));
        (of(&self.wave), of(&self.grid), self.span)
    }
}

/// What lies at the cursor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Index of the sample frame, and the sample of each channel.
    pub sample: Option<(i64, Vec<f32>)>,
    /// Index of the frame nearest to it, and its values.
    pub frame: Option<(i64, Vec<f32>)>,
}

/// What was measured of the selection; a number that is not defined is missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Survey {
    /// Peak in dBFS.
    pub peak_dbfs: Option<f64>,
    /// RMS in dBFS.
    pub rms_dbfs: Option<f64>,
    /// Integrated loudness.
    pub lufs: Option<f64>,
    /// Estimated ratio of what is loud to what is always there, in dB.
    pub snr_db: Option<f64>,
    /// Index of the first frame, how many there are, and the mean of each of their values.
    pub mean: Option<(i64, i64, Vec<f32>)>,
    /// Why there is less than that.
    pub problem: Option<String>,
}

/// A study: what it is of, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Study<T> {
    /// What it was asked of.
    pub of: Option<Subject>,
    /// Is the answer still to come?
    pub is_waiting: bool,
    /// The answer; of what was asked before while it is to come.
    pub found: T,
}

impl<T: Default> Default for Study<T> {
    fn default() -> Self {
        Study { of: None, is_waiting: false, found: T::default() }
    }
}

impl<T: Default> Study<T> {
    /// Asks, if it is of something else than before; of nothing there is no answer.
    pub fn ask(&mut self, place: Option<Place>) -> Option<Place> {
        let of = place.as_ref().map(Place::subject);
        if self.of == of {
            return None;
        }
        (self.of, self.is_waiting) = (of, place.is_some());
        if place.is_none() {
            self.found = T::default();
        }
        place
    }

    /// Takes an answer in, if it is to the present question.
    pub fn receive(&mut self, of: Subject, found: T) {
        if self.of == Some(of) {
            (self.is_waiting, self.found) = (false, found);
        }
    }

    /// What was found, if it is of what is asked now.
    pub fn fresh(&self) -> Option<&T> {
        (self.of.is_some() && !self.is_waiting).then_some(&self.found)
    }
}

/// What lies at the cursor.
pub fn read(place: &Place, evaluator: &Evaluator, cancel: &Cancel) -> Reading {
    let at = |target: &Target, index: i64| -> std::result::Result<Packet, String> {
        let read = || evaluator.evaluate(target.stage, target.output, index..index + 1, cancel);
        let packets = guarded(|| read().map_err(|error| error.to_string()))?;
        packets.into_iter().find(|packet| packet.count > 0).ok_or_else(String::new)
    };
    let sample = place.wave.as_ref().and_then(|target| {
        let index = span(target, place.span).start;
        Some((index, super::pool::heads(&at(target, index).ok()?).ok()?))
    });
    let frame = place.grid.as_ref().and_then(|target| {
        let index = nearest(target, place.span.0)?;
        Some((index, super::pool::heads(&at(target, index).ok()?).ok()?))
    });
    Reading { sample, frame }
}

/// Measures what is selected.
pub fn survey(place: &Place, evaluator: &Evaluator, registry: &Registry, cancel: &Cancel) -> Survey {
    let mut survey = Survey::default();
    let measured = guarded(|| fill(&mut survey, place, evaluator, registry, cancel).map_err(|error| error.to_string()));
    survey.problem = measured.err();
    survey
}

fn fill(survey: &mut Survey, place: &Place, evaluator: &Evaluator, registry: &Registry, cancel: &Cancel) -> Result<()> {
    if let Some(target) = &place.wave {
        let (of, span) = ((target.stage, target.output), span(target, place.span));
        let stages = ["measure.level", "measure.loudness", "measure.snr"].map(|id| (id, [].as_slice()));
        let made = evaluator.measure_each(registry, &stages, of, span, cancel)?;
        survey.peak_dbfs = metric(&made[0], "peak_dbfs")?;
        survey.rms_dbfs = metric(&made[0], "rms_dbfs")?;
        survey.lufs = metric(&made[1], "lufs")?;
        survey.snr_db = metric(&made[2], "snr_db")?;
    }
    if let Some(target) = &place.grid {
        let frames = span(target, place.span);
        let count = frames.end - frames.start;
        let all = [("hop_length", Value::Int(count.clamp(1, 1 << 24))), ("pooling", "mean".into())];
        let of = (target.stage, target.output);
        let mean = evaluator.measure(registry, ("overview.spectrum", &all), of, frames.clone(), cancel)?;
        let values = mean.first().filter(|_| count > 0).map(super::pool::heads).transpose()?;
        survey.mean = values.map(|values| (frames.start, count, values));
    }
    Ok(())
}

/// The entries that stand in a stretch of time; at least that which comes next.
fn span(target: &Target, (from, to): (f64, f64)) -> Range<i64> {
    let (clock, length) = (target.clock(), target.length.unwrap_or(i64::MAX));
    let found = entries(from, to, clock.seconds(0), clock.rate());
    let start = found.start.clamp(0, (length - 1).max(0));
    start..found.end.clamp((start + 1).min(length), length)
}

/// The frame nearest to a time.
fn nearest(target: &Target, time: f64) -> Option<i64> {
    let (clock, length) = (target.clock(), target.length.filter(|length| *length > 0)?);
    Some((((time - clock.seconds(0)) * clock.rate()).round() as i64).clamp(0, length - 1))
}

/// One number of a stage that measures: columns are name, value, unit and scope.
fn metric(packets: &[Packet], number: &str) -> Result<Option<f64>> {
    for packet in packets {
        let table = packet.records()?;
        for row in 0..table.rows() {
            if let [Value::Str(name), Value::Float(value), _, Value::Str(scope)] = &table.row(row)?[..]
                && name == number
                && scope.is_empty()
            {
                return Ok(Some(*value));
            }
        }
    }
    Ok(None)
}
