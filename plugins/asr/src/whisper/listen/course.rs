//! The course of listening: which stretch of sound is heard when, and which text of it is final. Decided by the samples alone,
//! so that a recording gives the text that was seen live.

use super::agreement::{Word, agreed, words};
use super::gate::{Change, Gate};
use crate::whisper::mel::{HOP, SAMPLE_RATE};
use crate::whisper::tokens::Tokens;
use crate::whisper::transcribe::{FRAMES_A_TIME, Segment};
use auricle_sdk::prelude::*;
use std::collections::VecDeque;

/// Samples from time to time.
const TIME: usize = HOP * FRAMES_A_TIME;

/// When a window is heard, in samples.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Sound that comes between two hearings.
    pub step: usize,
    /// The longest window.
    pub longest: usize,
    /// What was said before leads what follows.
    pub lead: bool,
    /// What is kept of silence, for an utterance that begins in it.
    pub keep: usize,
}

/// What is asked about a window.
pub struct Asked<'a> {
    pub samples: &'a [f32],
    /// Tokens of what was said before.
    pub before: &'a [usize],
    /// Tokens that the window's text begins with.
    pub first: &'a [usize],
    /// Nothing more comes: it is worth some effort.
    pub last: bool,
}

/// What a model hears in a window.
#[derive(Clone, Debug)]
pub struct Heard {
    /// All tokens, with those that were given.
    pub tokens: Vec<usize>,
    /// Speech, and sure enough to be taken for what was said.
    pub good: bool,
    pub confidence: f64,
    pub no_speech: f64,
}

/// Hears windows: a model, or a script.
pub trait Ear {
    /// The text of a window.
    ///
    /// # Errors
    /// It was told to stop.
    fn hear(&mut self, asked: &Asked<'_>) -> Result<Heard>;
}

/// A stretch of sound, and what came of it. Places are samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// How much sound had come.
    pub at: usize,
    pub start: usize,
    pub end: usize,
    /// Was it given to the model? If not, it is silence.
    pub sent: bool,
    /// What is final now, behind what was before.
    pub settled: String,
    /// What may still change.
    pub open: String,
    pub confidence: f64,
    /// Segments that are whole now.
    pub segments: Vec<Segment>,
}

/// An utterance that goes on.
#[derive(Default)]
struct Window {
    start: usize,
    /// When it is heard next.
    next: usize,
    /// Tokens that are final.
    settled: Vec<usize>,
    /// The words behind them, as they were heard last.
    open: Vec<Word>,
}

/// Sound as it comes, and what is known of it.
pub struct Course {
    config: Config,
    gate: Gate,
    samples: Vec<f32>,
    /// Place of the first sample that is kept.
    first: usize,
    /// What the detector says: frames that were not looked at.
    frames: VecDeque<(usize, usize, bool)>,
    window: Option<Window>,
    silent_from: usize,
    said: Vec<usize>,
}

impl Course {
    /// Nothing was heard yet.
    pub fn new(config: Config, gate: Gate) -> Self {
        Course {
            config,
            gate,
            samples: Vec::new(),
            first: 0,
            frames: VecDeque::new(),
            window: None,
            silent_from: 0,
            said: Vec::new(),
        }
    }

    /// Takes sound.
    pub fn push(&mut self, samples: &[f32]) {
        self.samples.extend(samples);
    }

    /// Takes what a detector says of the sound from sample `start` to, but not, `end`.
    pub fn push_frame(&mut self, start: usize, end: usize, active: bool) {
        self.frames.push_back((start, end, active));
    }

    /// How much sound has come.
    pub fn heard(&self) -> usize {
        self.first + self.samples.len()
    }

    /// Goes on to the next step; none before more sound has come.
    ///
    /// # Errors
    /// Those of the ear.
    pub fn advance(&mut self, of: &Tokens, ear: &mut dyn Ear) -> Result<Option<Step>> {
        while let Some((start, end, active)) = self.frames.front().copied().filter(|frame| frame.1 <= self.heard()) {
            self.frames.pop_front();
            match self.gate.push(start, end, active) {
                Some(Change::Begins(begin)) => {
                    let begin = begin.max(self.first);
                    self.window = Some(Window { start: begin, next: begin + self.config.step, ..Window::default() });
                    self.let_go(begin);
                    let step = Step { at: end, start: self.silent_from, end: begin, ..Step::default() };
                    if step.end > step.start {
                        return Ok(Some(step));
                    }
                }
                Some(Change::Ends(behind)) => return self.hear(of, ear, behind, end, true),
                None if !self.gate.is_open() => self.let_go(end.saturating_sub(self.config.keep)),
                None => {}
            }
            if let Some(window) = self.window.as_mut().filter(|window| end >= window.next) {
                window.next = end + self.config.step;
                return self.hear(of, ear, end, end, false);
            }
        }
        Ok(None)
    }

    /// The last step: nothing more will come.
    ///
    /// # Errors
    /// Those of the ear.
    pub fn end(&mut self, of: &Tokens, ear: &mut dyn Ear) -> Result<Option<Step>> {
        let (start, end) = (self.silent_from, self.heard());
        self.silent_from = end;
        match self.window {
            Some(_) => self.hear(of, ear, end, end, true),
            None if end > start => Ok(Some(Step { at: end, start, end, ..Step::default() })),
            None => Ok(None),
        }
    }

    fn let_go(&mut self, before: usize) {
        let surplus = before.saturating_sub(self.first).min(self.samples.len());
        self.samples.drain(..surplus);
        self.first += surplus;
    }

    /// Hears the window to, but not, `end`.
    fn hear(&mut self, of: &Tokens, ear: &mut dyn Ear, end: usize, at: usize, last: bool) -> Result<Option<Step>> {
        let Some(mut window) = self.window.take() else { return Ok(None) };
        let start = window.start;
        let range = start - self.first..end.max(start) - self.first;
        let asked = Asked {
            samples: self.samples.get(range).unwrap_or_default(),
            before: if self.config.lead { &self.said } else { &[] },
            first: &window.settled,
            last,
        };
        let heard = ear.hear(&asked)?;
        let mut step = Step { at, start, end, sent: true, confidence: heard.confidence, ..Step::default() };
        let before = window.settled.len();
        if heard.good {
            let new = words(&heard.tokens[before..], of);
            let count = if last { new.len() } else { agreed(&window.open, &new) };
            window.open = new;
            window.settled.extend(window.open.drain(..count).flat_map(|word| word.tokens));
            if !last && end - start > self.config.longest {
                window.break_off(&heard.tokens, of);
            }
        } else if last {
            window.open.clear();
        }
        step.settled = of.text(&window.settled[before..]);
        step.open = of.text(&window.open.iter().flat_map(|word| &word.tokens).copied().collect::<Vec<_>>());
        let whole = window.take_whole(of.first_time, end, last, |tokens, start, end| {
            let text = of.text(tokens).trim().to_owned();
            if !text.is_empty() {
                let [start_s, end_s] = [start, end].map(|at| at as f64 / f64::from(SAMPLE_RATE));
                let Heard { confidence, no_speech, .. } = heard;
                step.segments.push(Segment { start_s, end_s, text, confidence, no_speech });
            }
        });
        self.said.extend(whole);
        if last {
            self.silent_from = end;
        } else {
            self.let_go(window.start);
            self.window = Some(window);
        }
        Ok(Some(step))
    }
}

impl Window {
    /// Makes final what lies before the last border of two segments, or all.
    fn break_off(&mut self, tokens: &[usize], of: &Tokens) {
        let border = (1..tokens.len()).rev().find(|&k| tokens[k - 1] >= of.first_time && tokens[k] >= of.first_time);
        let count = border.map_or(tokens.len(), |border| border + 1);
        if count > self.settled.len() {
            self.settled = tokens[..count].to_vec();
            self.open = words(&tokens[count..], of);
        }
    }

    /// Takes out segments that are whole: those before the last place where two times stand together; all, if nothing
    /// comes any more. Gives their tokens. The window then begins behind them.
    fn take_whole(
        &mut self,
        first_time: usize,
        end: usize,
        last: bool,
        mut segment: impl FnMut(&[usize], usize, usize),
    ) -> Vec<usize> {
        let is_time = |token: usize| token >= first_time;
        let place = |token: usize| (self.start + (token - first_time) * TIME).min(end);
        let tokens = &self.settled;
        let borders = (1..tokens.len()).filter(|&k| is_time(tokens[k - 1]) && is_time(tokens[k]));
        let (mut from, mut start) = (0, self.start);
        for border in borders.chain(last.then_some(tokens.len())) {
            let part = &tokens[from..border];
            let begin = part.first().filter(|token| is_time(**token)).map_or(start, |token| place(*token));
            let behind =
                part.last().filter(|token| part.len() > 1 && is_time(**token)).map_or(end, |token| place(*token));
            segment(part, begin, behind.max(begin));
            (from, start) = (border, behind);
        }
        let rest = tokens[from..].to_vec();
        let gone = (start - self.start) / TIME;
        let whole = std::mem::take(&mut self.settled)[..from].to_vec();
        self.settled = rest;
        for token in self.settled.iter_mut().filter(|token| is_time(**token)) {
            *token = (*token - gone).max(first_time);
        }
        self.start += gone * TIME;
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::super::agreement::tests::{tokens, vocabulary};
    use super::super::gate;
    use super::*;

    /// Says what it is told to, one text a hearing, and notes what it was asked.
    struct Script<'a> {
        texts: std::slice::Iter<'a, &'a str>,
        asked: Vec<(usize, String, bool)>,
    }

    impl Ear for Script<'_> {
        fn hear(&mut self, asked: &Asked<'_>) -> Result<Heard> {
            let of = vocabulary();
            self.asked.push((asked.samples.len() / 16, of.text(asked.first), asked.last));
            let text = *self.texts.next().unwrap_or(&"");
            let good = !text.starts_with('!');
            let tokens = [asked.first, &tokens(text.trim_start_matches('!'))].concat();
            Ok(Heard { tokens, good, confidence: 0.5, no_speech: 0.0 })
        }
    }

    type Told<'a> = (usize, bool, &'a str, &'a str);

    /// Frames of 0.5 s; `#` is active. Steps are told as (at in ms, sent, settled, open), hearings as (ms, given, last).
    #[track_caller]
    fn check(
        frames: &str,
        texts: &[&str],
        told: &[Told<'_>],
        asked: &[(usize, &str, bool)],
        segments: &[(f64, f64, &str)],
    ) {
        let frame = 8000;
        let config = Config { step: 2 * frame, longest: 16 * frame, lead: true, keep: 2 * frame };
        let gate = Gate::new(gate::Config { least_speech: frame, least_silence: 2 * frame, pad: 0 });
        let (mut course, of) = (Course::new(config, gate), vocabulary());
        let mut script = Script { texts: texts.iter(), asked: Vec::new() };
        let mut steps = Vec::new();
        for (k, active) in frames.bytes().map(|f| f == b'#').enumerate() {
            course.push_frame(k * frame, (k + 1) * frame, active);
            course.push(&vec![0.0; frame]);
            while let Some(step) = course.advance(&of, &mut script).expect("hears") {
                steps.push(step);
            }
        }
        steps.extend(course.end(&of, &mut script).expect("hears"));
        let got: Vec<Told<'_>> = steps.iter().map(|s| (s.at / 16, s.sent, &s.settled[..], &s.open[..])).collect();
        assert_eq!(got, told, "steps");
        let got: Vec<_> = script.asked.iter().map(|(ms, given, last)| (*ms, &given[..], *last)).collect();
        assert_eq!(got, asked, "hearings");
        let got: Vec<_> = steps.iter().flat_map(|s| &s.segments).map(|s| (s.start_s, s.end_s, &s.text[..])).collect();
        assert_eq!(got, segments, "segments");
        // No sample is heard twice as silence, or left out.
        let silence: usize = steps.iter().filter(|s| !s.sent).map(|s| s.end - s.start).sum();
        assert!(silence <= frames.len() * frame);
    }

    #[test]
    fn silence_is_not_heard() {
        check("....", &[], &[(2000, false, "", "")], &[], &[]);
    }

    #[test]
    fn what_two_hearings_agree_on_is_final_and_given_to_the_next() {
        check(
            "..####..",
            &["<0> so", "<0> so it goes", " goes on.<2>"],
            &[
                (1500, false, "", ""),
                (2000, true, "", " so"),
                (3000, true, " so", " it goes"),
                (4000, true, " goes on.", ""),
                (4000, false, "", ""),
            ],
            &[(1000, "", false), (2000, "", false), (2000, " so", true)],
            &[(1.0, 3.0, "so goes on.")],
        );
    }

    #[test]
    fn a_window_goes_on_behind_segments_that_are_whole() {
        check(
            "########",
            &["<0> so it", "<0> so it.<1><1.2> goes on", " it.<1><1.2> goes on then", " on and"],
            &[
                (1000, true, "", " so it"),
                (2000, true, " so it.", " goes on"),
                (3000, true, "", " it. goes on then"),
                (4000, true, "", " on and"),
                (4000, true, "", ""),
            ],
            &[
                (1000, "", false),
                (2000, "", false),
                (3000, " so it.", false),
                (4000, " so it.", false),
                (4000, " so it.", true),
            ],
            &[(0.0, 4.0, "so it.")],
        );
        check(
            "########",
            &["<0> so it", "<0> so it.<1><1.2> goes on", "<1><1.2> goes on then", " on then"],
            &[
                (1000, true, "", " so it"),
                (2000, true, " so it.", " goes on"),
                (3000, true, " goes on", " then"),
                (4000, true, "", " on then"),
                (4000, true, "", ""),
            ],
            &[
                (1000, "", false),
                (2000, "", false),
                (3000, " so it.", false),
                (3000, " goes on", false),
                (3000, " goes on", true),
            ],
            &[(0.0, 1.0, "so it."), (1.2, 4.0, "goes on")],
        );
    }

    #[test]
    fn what_is_not_good_changes_nothing_and_is_no_text() {
        check(
            "####..",
            &["<0> so", "! so so so so", "! and"],
            &[(1000, true, "", " so"), (2000, true, "", " so"), (3000, true, "", ""), (3000, false, "", "")],
            &[(1000, "", false), (2000, "", false), (2000, "", true)],
            &[],
        );
    }

    #[test]
    fn a_window_that_is_too_long_is_broken_off() {
        let texts = [
            "<0> so",
            "<0> it",
            "<0> so",
            "<0> it",
            "<0> so",
            "<0> it",
            "<0> so",
            "<0> it",
            "<0> so.<8><8.2> and",
            " then",
        ];
        let frames = "#".repeat(20);
        let of = vocabulary();
        let config = Config { step: 16_000, longest: 8 * 16_000, lead: true, keep: 16_000 };
        let gate = Gate::new(gate::Config { least_speech: 0, least_silence: 16_000, pad: 0 });
        let mut course = Course::new(config, gate);
        let mut script = Script { texts: texts.iter(), asked: Vec::new() };
        let mut segments = Vec::new();
        for k in 0..frames.len() {
            course.push(&[0.0; 8000]);
            course.push_frame(k * 8000, (k + 1) * 8000, true);
            while let Some(step) = course.advance(&of, &mut script).expect("hears") {
                segments.extend(step.segments);
            }
        }
        assert_eq!(segments.len(), 1, "{segments:?}");
        assert_eq!((segments[0].start_s, segments[0].end_s, &segments[0].text[..]), (0.0, 8.0, "so."));
        assert_eq!(script.asked.last().map(|asked| asked.0), Some(2000), "{:?}", script.asked);
    }
}
