//! What is told of listening: partial and final text, silence, and how late each comes.
//!
//! Latencies are measured in sound: how much of it had come when a text did, against the place in it that the text is of.

use auricle_sdk::{Packet, Result, Value};

/// A row of the table `steps` of `asr.listen`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// Where its sound begins.
    pub start_s: f64,
    /// Where its sound ends.
    pub end_s: f64,
    /// How much sound had come for it.
    pub at_s: f64,
    /// Did the model hear it?
    pub sent: bool,
    /// What is final now, behind all before.
    pub settled: String,
    /// What may still change.
    pub open: String,
}

/// A row of its table `transcript`.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// Where it begins.
    pub start_s: f64,
    /// Where it ends.
    pub end_s: f64,
    /// What is said.
    pub text: String,
    /// How sure the model is.
    pub confidence: f64,
}

/// What came of a stretch of sound.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// The model did not hear it: nobody spoke.
    Silence {
        /// Where it begins.
        start_s: f64,
        /// Where it ends.
        end_s: f64,
    },
    /// May still change.
    Partial {
        /// How much sound had come for it.
        at_s: f64,
        /// The text.
        text: String,
        /// How much sound has come since it was said.
        latency_s: Option<f64>,
    },
    /// Stands behind all final text before, and does not change.
    Final {
        /// How much sound had come for it.
        at_s: f64,
        /// The text.
        text: String,
        /// How much sound has come since it was said.
        latency_s: Option<f64>,
    },
}

/// The rows of a packet as steps.
///
/// # Errors
/// It is no packet of such a table.
pub fn steps(packet: &Packet) -> Result<Vec<Step>> {
    let rows = packet.records()?;
    let step = |row| {
        let row: Vec<Value> = rows.row(row)?;
        let number = |k: usize| row.get(k).and_then(Value::as_f64).unwrap_or(0.0);
        let text = |k: usize| row.get(k).and_then(Value::as_str).unwrap_or_default().to_owned();
        let sent = row.get(3).and_then(Value::as_bool) == Some(true);
        Ok(Step { start_s: number(0), end_s: number(1), at_s: number(2), sent, settled: text(4), open: text(5) })
    };
    (0..rows.rows()).map(step).collect()
}

/// The rows of a packet as segments.
///
/// # Errors
/// It is no packet of such a table.
pub fn segments(packet: &Packet) -> Result<Vec<Segment>> {
    let rows = packet.records()?;
    let segment = |row| {
        let row: Vec<Value> = rows.row(row)?;
        let number = |k: usize| row.get(k).and_then(Value::as_f64).unwrap_or(0.0);
        let text = row.get(2).and_then(Value::as_str).unwrap_or_default().to_owned();
        Ok(Segment { start_s: number(0), end_s: number(1), text, confidence: number(3) })
    };
    (0..rows.rows()).map(segment).collect()
}

/// All that was told so far.
#[derive(Clone, Debug, Default)]
pub struct Course {
    /// All final text.
    pub settled: String,
    /// What may still change.
    pub open: String,
    /// Does somebody speak?
    pub speaking: bool,
    /// Sound that the model heard, in seconds.
    pub sent_s: f64,
    /// Sound that was silence, in seconds.
    pub silent_s: f64,
    /// From sound to partial text, of each partial text.
    pub partial_latencies: Vec<f64>,
    /// From sound to final text, of each word; at most, for it is counted from the last hearing without the word.
    pub final_latencies: Vec<f64>,
    /// Sound that came while steps were made.
    pub computed_s: f64,
    /// Sound that waited to be heard when the last step was made.
    pub behind_s: f64,
    /// For each word that may still change: up to here it had not been said.
    said_s: Vec<f64>,
    sent_from: Option<f64>,
    last_at: f64,
    last_heard: f64,
}

impl Course {
    /// Takes a step, made when `heard_s` of sound had come; none if the sound does not come by the clock.
    pub fn step(&mut self, step: &Step, heard_s: Option<f64>) -> Vec<Told> {
        let mut told = Vec::new();
        let late = |from: f64| heard_s.map(|heard| (heard - from).max(0.0));
        if let Some(heard) = heard_s {
            if step.sent {
                self.computed_s += (heard - step.at_s.max(self.last_heard)).max(0.0);
            }
            self.behind_s = (heard - step.at_s).max(0.0);
            self.last_heard = heard;
        }
        if !step.sent {
            self.silent_s += step.end_s - step.start_s;
            (self.speaking, self.last_at, self.sent_from) = (true, step.end_s, None);
            told.push(Told::Silence { start_s: step.start_s, end_s: step.end_s });
            return told;
        }
        // The window's beginning moves; each second of it counts once.
        self.sent_s += (step.end_s - self.sent_from.unwrap_or(step.start_s)).max(0.0);
        self.sent_from = Some(step.end_s);
        let settled = step.settled.split_whitespace().count();
        let words = settled + step.open.split_whitespace().count();
        self.said_s.resize(words, self.last_at);
        let said: Vec<f64> = self.said_s.drain(..settled).collect();
        self.final_latencies.extend(said.iter().filter_map(|said| late(*said)));
        if let Some(said) = said.last() {
            self.settled.push_str(&step.settled);
            let text = step.settled.trim().to_owned();
            told.push(Told::Final { at_s: step.at_s, text, latency_s: late(*said) });
        }
        if step.open != self.open || !said.is_empty() {
            self.open.clone_from(&step.open);
            if !step.open.is_empty() {
                self.partial_latencies.extend(late(step.at_s));
                let text = step.open.trim().to_owned();
                told.push(Told::Partial { at_s: step.at_s, text, latency_s: late(step.at_s) });
            }
        }
        self.speaking = step.end_s == step.at_s;
        self.last_at = step.at_s;
        told
    }

    /// Seconds of computing for each second of sound that has come.
    pub fn real_time_factor(&self) -> f64 {
        self.computed_s / self.last_heard.max(f64::MIN_POSITIVE)
    }
}

/// The value in the middle.
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(start_s: f64, at_s: f64, settled: &str, open: &str) -> Step {
        Step { start_s, end_s: at_s, at_s, sent: true, settled: settled.into(), open: open.into() }
    }

    #[test]
    fn words_are_as_late_as_the_last_hearing_without_them() {
        let mut course = Course::default();
        let silence = Step { end_s: 2.0, at_s: 2.5, ..Step::default() };
        assert_eq!(course.step(&silence, Some(2.5)), [Told::Silence { start_s: 0.0, end_s: 2.0 }]);
        let told = course.step(&step(2.0, 3.0, "", " so it"), Some(3.25));
        assert_eq!(told, [Told::Partial { at_s: 3.0, text: "so it".into(), latency_s: Some(0.25) }]);
        let told = course.step(&step(2.0, 4.0, " so", " it goes"), Some(4.5));
        assert_eq!(told[0], Told::Final { at_s: 4.0, text: "so".into(), latency_s: Some(2.5) });
        assert_eq!(told[1], Told::Partial { at_s: 4.0, text: "it goes".into(), latency_s: Some(0.5) });
        // Nothing new is not told.
        assert_eq!(course.step(&step(2.0, 5.0, "", " it goes"), Some(5.5)), []);
        let told = course.step(&step(3.0, 6.0, " it goes on.", ""), Some(6.5));
        assert_eq!(told, [Told::Final { at_s: 6.0, text: "it goes on.".into(), latency_s: Some(1.5) }]);
        assert_eq!(course.settled, " so it goes on.");
        assert_eq!(course.final_latencies, [2.5, 4.5, 3.5, 1.5]);
        assert_eq!((course.sent_s, course.silent_s, course.computed_s), (4.0, 2.0, 1.75));
        assert_eq!(median(&course.final_latencies), Some(3.5));
    }

    #[test]
    fn sound_that_follows_no_clock_is_not_late() {
        let mut course = Course::default();
        let told = course.step(&step(0.0, 1.0, " so", ""), None);
        assert_eq!(told, [Told::Final { at_s: 1.0, text: "so".into(), latency_s: None }]);
        assert!(course.final_latencies.is_empty() && course.computed_s == 0.0);
    }
}
