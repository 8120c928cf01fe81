//! A clip of any length, window by window: each begins where the last time of the one before stands.
//!
//! Source: openai-whisper 20250625, `transcribe.transcribe` without word times; those of words are found beside it.

use super::alignment;
use super::mel::{HOP, Mel, SAMPLE_RATE, WINDOW};
use super::search::{Given, Search};
use super::words::{Spoken, Word, Words};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// Mel frames from time to time: 20 ms.
pub const FRAMES_A_TIME: usize = 2;
/// Above this temperature what was said does not lead what follows.
const TRUSTED: f64 = 0.5;

/// What was said from one time to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// In seconds.
    pub start_s: f64,
    /// In seconds.
    pub end_s: f64,
    pub text: String,
    /// Mean probability of a token of its window.
    pub confidence: f64,
    /// Probability that nobody speaks in its window.
    pub no_speech: f64,
}

/// How a clip is transcribed.
#[derive(Clone, Copy, Debug)]
pub struct Ways {
    /// What was said before leads what follows.
    pub lead: bool,
    /// Each word gets its times.
    pub words: bool,
}

/// Transcribes a clip, into segments and words. `go_on` is told what share is done.
///
/// # Errors
/// `go_on` refuses.
pub fn transcribe(
    search: &Search<'_>,
    mel: &Mel,
    ways: Ways,
    chance: &mut dyn FnMut() -> f64,
    go_on: &dyn Fn(f64) -> Result<()>,
) -> Result<(Vec<Segment>, Vec<Word>)> {
    let model = search.model;
    let seconds = |frames: usize| (frames * HOP) as f64 / f64::from(SAMPLE_RATE);
    let (mut segments, mut said, mut words) = (Vec::new(), Vec::new(), Words::default());
    let (mut at, mut led_from) = (0, 0);
    while at < mel.frames {
        let done = at as f64 / mel.frames as f64;
        let frames = WINDOW.min(mel.frames - at);
        let audio = model.encoder.encode(&mel.window(at, frames), &|| go_on(done))?;
        let mut state = model.decoder.begin(&audio, &|| go_on(done))?;
        let given = Given { before: &said[led_from..], ..Given::default() };
        let found = search.run(&mut state, given, chance, &|| go_on(done))?;
        if found.is_silence(&search.limits) {
            at += frames;
            continue;
        }
        let cut = Cut::new(&found.tokens, model.tokens.first_time);
        let frames_of = |token: usize| (token - model.tokens.first_time) * FRAMES_A_TIME;
        let mut spoken = Vec::new();
        let mut segment = |range: Range<usize>, start: usize, end: usize| {
            let tokens = &found.tokens[range.clone()];
            let text = model.tokens.text(tokens);
            // A segment without text or length says nothing, and does not lead what follows.
            if start != end && !text.trim().is_empty() {
                said.extend(tokens);
                let logs = tokens.iter().copied().zip(found.log_probabilities[range].iter().copied());
                spoken.push(Spoken {
                    tokens: logs.filter(|(token, _)| *token < model.tokens.end).collect(),
                    start,
                    end,
                });
                let confidence = found.log_probability.exp();
                let (start_s, end_s, text) = (seconds(at + start), seconds(at + end), text.trim().to_owned());
                segments.push(Segment { start_s, end_s, text, confidence, no_speech: found.no_speech });
            }
        };
        for part in &cut.parts {
            segment(part.clone(), frames_of(found.tokens[part.start]), frames_of(found.tokens[part.end - 1]));
        }
        if cut.parts.is_empty() {
            let last = found.tokens.iter().rev().find(|&&token| token > model.tokens.first_time);
            segment(0..found.tokens.len(), 0, last.map_or(frames, |&token| frames_of(token)));
        }
        if ways.words && !spoken.is_empty() {
            let text: Vec<usize> = spoken.iter().flat_map(|part| &part.tokens).map(|(token, _)| *token).collect();
            let begins = alignment::begins(model, &mut state, &search.begin, &text, frames, &|| go_on(done))?;
            words.push(at, &spoken, &begins, &model.tokens);
        }
        at += cut.go_on_at.map_or(frames, |time| time * FRAMES_A_TIME);
        if !ways.lead || found.temperature > TRUSTED {
            led_from = said.len();
        }
    }
    Ok((segments, words.words))
}

/// The tokens of a window, cut where two times stand together.
struct Cut {
    /// Each begins and ends with a time.
    parts: Vec<Range<usize>>,
    /// The time, from the window's start, at which the text breaks off; none if it goes to the end.
    go_on_at: Option<usize>,
}

impl Cut {
    fn new(tokens: &[usize], first_time: usize) -> Self {
        let is_time = |token: usize| token >= first_time;
        let mut cuts: Vec<usize> =
            (1..tokens.len()).filter(|&k| is_time(tokens[k - 1]) && is_time(tokens[k])).collect();
        if cuts.is_empty() {
            return Cut { parts: Vec::new(), go_on_at: None };
        }
        // One time alone at the end: nobody speaks behind it.
        let ended = matches!(tokens, [.., text, time] if !is_time(*text) && is_time(*time));
        if ended {
            cuts.push(tokens.len());
        }
        let mut begin = 0;
        let mut parts = Vec::new();
        for cut in cuts {
            parts.push(begin..cut);
            begin = cut;
        }
        let go_on_at = (!ended).then(|| tokens[begin - 1] - first_time);
        Cut { parts, go_on_at }
    }
}

impl Word {
    /// As [`Segment::cells`], without what is of its window.
    pub fn cells(self) -> Vec<Value> {
        let Word { start_s, end_s, text, confidence } = self;
        vec![start_s.into(), end_s.into(), text.into(), confidence.into()]
    }
}

impl Segment {
    /// How sure the model is that somebody speaks, and of what.
    pub fn cells(self) -> Vec<Value> {
        let Segment { start_s, end_s, text, confidence, no_speech } = self;
        vec![start_s.into(), end_s.into(), text.into(), confidence.into(), no_speech.into()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: usize = 100;

    #[track_caller]
    fn check(tokens: &[usize], parts: &[&[usize]], go_on_at: Option<usize>) {
        let cut = Cut::new(tokens, T);
        let got: Vec<&[usize]> = cut.parts.iter().map(|range| &tokens[range.clone()]).collect();
        assert_eq!((got.as_slice(), cut.go_on_at), (parts, go_on_at), "{tokens:?}");
    }

    #[test]
    fn windows_are_cut_where_two_times_stand_together() {
        check(&[T, 1, 2, T + 9], &[], None);
        check(&[T, 1, 2], &[], None);
        check(&[], &[], None);
        check(&[T, 1, T + 5, T + 5, 2, T + 9], &[&[T, 1, T + 5], &[T + 5, 2, T + 9]], None);
        check(&[T, 1, T + 5, T + 6, 2, 3], &[&[T, 1, T + 5]], Some(5));
        check(&[T, 1, T + 5, T + 6, 2, T + 9, T + 9], &[&[T, 1, T + 5], &[T + 6, 2, T + 9]], Some(9));
    }
}
