//! How listening is told: text on stdout, one line on the terminal below it, or lines of JSON.

use super::News;
use crate::audio::course::{Course, Told, median};
use serde_json::{Value as Json, json};
use std::io::{IsTerminal, Write};

/// Columns of text that may still change on the line below.
const OPEN: usize = 40;

/// Tells what comes.
pub struct Teller {
    json: bool,
    /// Is there a line that changes?
    terminal: bool,
    course: Course,
}

impl Teller {
    /// As text, or as JSON.
    pub fn new(json: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        Teller { json, terminal, course: Course::default() }
    }

    fn clear(&self) {
        if self.terminal {
            eprint!("\r\x1b[K");
        }
    }

    /// Says something that is no text.
    pub fn say(&self, message: &str) {
        self.clear();
        eprintln!("{message}");
    }

    /// Changes the line on the terminal: level and clock come from the caller.
    pub fn status(&self, level: &str) {
        if !self.terminal {
            return;
        }
        let Course { behind_s, speaking, open, .. } = &self.course;
        let open: String = open.trim().chars().rev().take(OPEN).collect::<Vec<_>>().into_iter().rev().collect();
        let state = if *speaking { "speech" } else { "silence" };
        let factor = self.course.real_time_factor();
        eprint!("\r\x1b[K{level}  {state:<7}  RTF {factor:.2}  queue {behind_s:.1} s  {open}");
        // A terminal that is gone is no reason to stop.
        let _ = std::io::stderr().flush();
    }

    /// Tells what a stage put out.
    pub fn take(&mut self, news: &News) {
        let (step, heard) = match news {
            News::Segment(segment) => {
                let segment = json!({
                    "event": "segment", "start_s": rounded(segment.start_s), "end_s": rounded(segment.end_s), "text": segment.text,
                    "confidence": rounded(segment.confidence),
                });
                if self.json {
                    println!("{segment}");
                }
                return;
            }
            News::Step(step, heard) => (step, heard),
        };
        for told in self.course.step(step, *heard) {
            match told {
                _ if self.json => println!("{}", to_json(&told)),
                Told::Final { text, .. } => {
                    self.clear();
                    println!("{text}");
                }
                _ => {}
            }
        }
    }

    /// Says how it went.
    pub fn end(&mut self) {
        self.clear();
        let Course { settled, sent_s, silent_s, partial_latencies, final_latencies, .. } = &self.course;
        let [partial, settling] = [partial_latencies, final_latencies].map(|latencies| median(latencies));
        let factor = self.course.real_time_factor();
        if self.json {
            let end = json!({
                "event": "end", "text": settled.trim(), "sent_s": rounded(*sent_s), "silent_s": rounded(*silent_s),
                "partial_latency_s": partial.map(rounded), "final_latency_s": settling.map(rounded),
                "real_time_factor": partial.or(settling).map(|_| rounded(factor)),
            });
            println!("{end}");
        }
        eprintln!("{sent_s:.1} s heard by the model, {silent_s:.1} s of silence not");
        if let (Some(partial), Some(settling)) = (partial, settling) {
            eprintln!(
                "from sound to partial text {partial:.2} s, to final text {settling:.2} s (medians); real-time factor \
                 {factor:.2}"
            );
        }
    }
}

/// Seconds to the millisecond.
fn rounded(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}

fn to_json(told: &Told) -> Json {
    let text = |event: &str, at_s: &f64, text: &str, latency_s: &Option<f64>| json!({ "event": event, "at_s": rounded(*at_s), "text": text, "latency_s": latency_s.map(rounded) });
    match told {
        Told::Silence { start_s, end_s } => {
            json!({ "event": "silence", "start_s": rounded(*start_s), "end_s": rounded(*end_s) })
        }
        Told::Partial { at_s, text: partial, latency_s } => text("partial", at_s, partial, latency_s),
        Told::Final { at_s, text: settled, latency_s } => text("final", at_s, settled, latency_s),
    }
}
