//! Words of a transcript, each with when it was said and how sure the model is.
//!
//! Source: openai-whisper 20250625, `timing.add_word_timestamps`: what is done where attention is late to leave a word, or early
//! to come to one. Unlike there, segments keep the times that the model gave.

use super::mel::{HOP, SAMPLE_RATE};
use super::tokens::Tokens;
use super::transcribe::FRAMES_A_TIME;
use std::ops::Range;

/// Punctuation that belongs to the word behind it.
const BEFORE: &str = "\"'“¿([{-";
/// Punctuation that belongs to the word before it.
const BEHIND: &str = "\"'.。,，!！?？:：”)]}、";
/// What ends a sentence: silence may follow, which is not the word's.
const END: &str = ".。!！?？";
/// The usual length of a word is at most this, in mel frames: 0.7 s. No word at a border is longer than twice the usual.
const USUAL: f64 = 70.0;
/// Mel frames by which a word may leave its segment: 0.5 s.
const SLACK: f64 = 50.0;

/// A word.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// In seconds.
    pub start_s: f64,
    /// In seconds.
    pub end_s: f64,
    pub text: String,
    /// Mean probability of its tokens.
    pub confidence: f64,
}

/// Text of a segment: its tokens without times, with the logarithm of each one's probability. Places are mel frames of the window.
pub struct Spoken {
    pub tokens: Vec<(usize, f32)>,
    pub start: usize,
    pub end: usize,
}

/// A word of a window; places are mel frames.
#[derive(Clone, Debug)]
struct Place {
    segment: usize,
    text: String,
    start: f64,
    end: f64,
    probabilities: Vec<f64>,
}

/// The words so far.
#[derive(Default)]
pub struct Words {
    pub words: Vec<Word>,
    /// Where the last ends, in mel frames of the clip.
    end: f64,
}

impl Words {
    /// Takes the text of a window that begins at mel frame `at`; `begins` is when its tokens begin and the last ends, in times.
    pub fn push(&mut self, at: usize, spoken: &[Spoken], begins: &[usize], of: &Tokens) {
        let mut places = Vec::new();
        let mut first = 0;
        for (segment, Spoken { tokens, .. }) in spoken.iter().enumerate() {
            let frame = |index: usize| {
                let time = begins.get(first + index).or(begins.last()).copied().unwrap_or(0);
                (time * FRAMES_A_TIME) as f64
            };
            places.extend(cut(tokens, of).map(|range| Place {
                segment,
                text: of.text(&tokens[range.clone()].iter().map(|token| token.0).collect::<Vec<_>>()),
                start: frame(range.start),
                end: frame(range.end),
                probabilities: tokens[range].iter().map(|&(_, log)| f64::from(log).exp()).collect(),
            }));
            first += tokens.len();
        }
        let usual = usual(&places);
        shorten_at_sentences(&mut places, 2.0 * usual);
        let mut places = joined(places);
        for own in places.chunk_by_mut(|a, b| a.segment == b.segment) {
            fit(own, &spoken[own[0].segment], usual, self.end - at as f64);
            own.iter().filter(|place| !place.text.trim().is_empty()).for_each(|place| self.say(at as f64, place));
        }
    }

    /// Words stand one behind the other, and each takes at least one of the model's times.
    fn say(&mut self, at: f64, place: &Place) {
        let start = (at + place.start).max(self.end);
        let end = (at + place.end).max(start + FRAMES_A_TIME as f64);
        self.end = end;
        let [start_s, end_s] = [start, end].map(|frame| frame * HOP as f64 / f64::from(SAMPLE_RATE));
        let confidence = place.probabilities.iter().sum::<f64>() / place.probabilities.len() as f64;
        self.words.push(Word { start_s, end_s, text: place.text.trim().to_owned(), confidence });
    }
}

/// Where words begin and end, and signs of punctuation, each by itself.
fn cut(tokens: &[(usize, f32)], of: &Tokens) -> impl Iterator<Item = Range<usize>> {
    let begins = |index: usize| {
        let text = of.text(&[tokens[index].0]);
        let sign = !text.trim().is_empty() && text.trim().chars().all(|c| c.is_ascii_punctuation());
        index == 0 || sign || of.begins_word(tokens[index].0)
    };
    let mut borders: Vec<usize> = (0..tokens.len()).filter(|&index| begins(index)).collect();
    borders.push(tokens.len());
    (1..borders.len()).map(move |k| borders[k - 1]..borders[k])
}

fn is_of(text: &str, signs: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| signs.contains(c))
}

/// The median length of words that have one.
fn usual(places: &[Place]) -> f64 {
    let mut lengths: Vec<f64> =
        places.iter().map(|place| place.end - place.start).filter(|&length| length > 0.0).collect();
    lengths.sort_unstable_by(f64::total_cmp);
    let half = lengths.len() / 2;
    match lengths.len() {
        0 => 0.0,
        count if count % 2 == 0 => f64::midpoint(lengths[half - 1], lengths[half]).min(USUAL),
        _ => lengths[half].min(USUAL),
    }
}

/// Silence between two sentences is neither the end of the one nor the beginning of the other.
fn shorten_at_sentences(places: &mut [Place], longest: f64) {
    for index in 1..places.len() {
        let behind_end = is_of(&places[index - 1].text, END);
        let place = &mut places[index];
        if place.end - place.start > longest {
            if is_of(&place.text, END) {
                place.end = place.start + longest;
            } else if behind_end {
                place.start = place.end - longest;
            }
        }
    }
}

/// Punctuation becomes a part of its word, whose times stay as they are.
fn joined(places: Vec<Place>) -> Vec<Place> {
    let mut backwards: Vec<Place> = Vec::with_capacity(places.len());
    for sign in places.into_iter().rev() {
        match backwards.last_mut() {
            Some(word)
                if word.segment == sign.segment && sign.text.starts_with(' ') && is_of(sign.text.trim(), BEFORE) =>
            {
                word.text.insert_str(0, &sign.text);
                word.probabilities.extend(sign.probabilities);
            }
            _ => backwards.push(sign),
        }
    }
    let mut joined: Vec<Place> = Vec::with_capacity(backwards.len());
    for sign in backwards.into_iter().rev() {
        match joined.last_mut() {
            Some(word) if word.segment == sign.segment && is_of(&sign.text, BEHIND) => {
                word.text += &sign.text;
                word.probabilities.extend(sign.probabilities);
            }
            _ => joined.push(sign),
        }
    }
    joined
}

/// A segment's first and last words lie within it, and are not longer than words are; `before` is where the last word before
/// it ended.
fn fit(own: &mut [Place], segment: &Spoken, usual: f64, before: f64) {
    let (start, end, longest) = (segment.start as f64, segment.end as f64, 2.0 * usual);
    let long = |place: &Place| place.end - place.start > longest;
    if own[0].end - before > 2.0 * longest {
        // Behind a pause attention comes early.
        let second = own.get(1).filter(|second| long(second) || second.end - own[0].start > 2.0 * longest);
        let border = second.filter(|second| long(second)).map(|second| second.end - longest);
        if long(&own[0]) || second.is_some() {
            if let Some(border) = border {
                (own[0].end, own[1].start) = (border, border);
            }
            own[0].start = own[0].start.max(own[0].end - longest);
        }
    }
    let first = &mut own[0];
    if start < first.end && start - SLACK > first.start {
        first.start = first.start.max(start.min(first.end - usual));
    }
    if let Some(last) = own.last_mut().filter(|last| end > last.start && end + SLACK < last.end) {
        last.end = last.end.min(end.max(last.start + usual));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::whisper::rules::tests::vocabulary;

    const TEXTS: [&str; 8] = [" so", " it", " goes", ".", " \"", "ing", "時", "間"];

    /// Words of tokens that begin at these times (20 ms), of a segment from mel frame 0 to `end`.
    #[track_caller]
    fn check(at: usize, tokens: &[usize], end: usize, begins: &[usize], expected: &[(&str, f64, f64)]) {
        let of = vocabulary(TEXTS.iter().map(|text| text.as_bytes()).enumerate());
        let spoken = Spoken { tokens: tokens.iter().map(|&token| (token, 0.5f32.ln())).collect(), start: 0, end };
        let mut words = Words::default();
        words.push(at, &[spoken], begins, &of);
        let got: Vec<_> = words.words.iter().map(|word| (word.text.as_str(), word.start_s, word.end_s)).collect();
        assert_eq!(got, expected);
        assert!(words.words.iter().all(|word| (word.confidence - 0.5).abs() < 1e-6));
    }

    #[test]
    fn words_have_their_punctuation_but_not_its_time() {
        check(
            0,
            &[0, 1, 2, 5, 3],
            200,
            &[0, 10, 20, 30, 40, 60],
            &[("so", 0.0, 0.2), ("it", 0.2, 0.4), ("goesing.", 0.4, 0.8)],
        );
        check(300, &[4, 5, 2], 200, &[0, 10, 20, 30], &[("\"ing", 3.0, 3.4), ("goes", 3.4, 3.6)]);
        check(0, &[6, 7], 200, &[0, 10, 20], &[("時", 0.0, 0.2), ("間", 0.2, 0.4)]);
        check(0, &[], 200, &[0], &[]);
    }

    #[test]
    fn pauses_are_no_part_of_words() {
        // A first word that begins with the silence before it, and one behind the end of a sentence.
        check(0, &[0, 1, 2], 400, &[0, 100, 110, 120], &[("so", 1.6, 2.0), ("it", 2.0, 2.2), ("goes", 2.2, 2.4)]);
        check(
            0,
            &[0, 1, 3, 2, 0],
            600,
            &[0, 10, 20, 25, 125, 135],
            &[("so", 0.0, 0.2), ("it.", 0.2, 0.4), ("goes", 2.1, 2.5), ("so", 2.5, 2.7)],
        );
        // A last word that goes on behind its segment.
        check(0, &[0, 1], 50, &[0, 10, 80], &[("so", 0.0, 0.2), ("it", 0.2, 0.9)]);
    }

    /// More tokens than times: the rest stands where the last ended.
    #[test]
    fn words_stand_one_behind_the_other() {
        let of = vocabulary(TEXTS.iter().map(|text| text.as_bytes()).enumerate());
        let spoken = || Spoken { tokens: vec![(0, 0.0), (1, 0.0)], start: 0, end: 100 };
        let mut words = Words::default();
        words.push(0, &[spoken()], &[0, 40], &of);
        words.push(50, &[spoken()], &[0, 10, 20], &of);
        let order = words.words.windows(2).all(|pair| pair[0].end_s <= pair[1].start_s);
        assert!(order && words.words.iter().all(|word| word.start_s < word.end_s), "{:?}", words.words);
    }
}
