//! The text of one window: token by token, the likeliest or drawn by chance.
//!
//! Source: openai-whisper 20250625, `decoding.DecodingTask` without beams; `transcribe.decode_with_fallback`.

use super::decoder::State;
use super::model::Model;
use super::rules;
use auricle_sdk::prelude::*;

/// What decides when a text is not good enough.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Texts that repeat themselves compress better than this.
    pub compression: f64,
    /// Mean log probability of a token, under which a text is not sure enough.
    pub log_probability: f64,
    /// Probability of no speech, over which an unsure text is silence.
    pub no_speech: f64,
}

impl Limits {
    /// Parameter of [`compression`](Self::compression).
    pub const COMPRESSION: Parameter = Parameter::float("compression_ratio_threshold", 2.4)
        .range(0.0, 1e3)
        .doc("A text that zlib shortens more repeats itself.");
    /// Parameter of [`log_probability`](Self::log_probability).
    pub const LOG_PROBABILITY: Parameter = Parameter::float("logprob_threshold", -1.0)
        .range(-1e3, 0.0)
        .doc("Mean log probability of a token under which a text is unsure.");
    /// Parameter of [`no_speech`](Self::no_speech).
    pub const NO_SPEECH: Parameter = Parameter::float("no_speech_threshold", 0.6)
        .range(0.0, 1.0)
        .doc("Probability of no speech over which an unsure text is silence.");

    /// What the parameters say.
    ///
    /// # Errors
    /// The stage has no such parameters.
    pub fn new(parameters: &Parameters) -> Result<Self> {
        Ok(Limits {
            compression: parameters.float("compression_ratio_threshold")?,
            log_probability: parameters.float("logprob_threshold")?,
            no_speech: parameters.float("no_speech_threshold")?,
        })
    }
}

/// A text of a window.
#[derive(Clone, Debug)]
pub struct Found {
    /// Text tokens and times, without the end.
    pub tokens: Vec<usize>,
    /// Log probability of each; 0 of those that were given.
    pub log_probabilities: Vec<f32>,
    /// Mean log probability of a token, the end counted.
    pub log_probability: f64,
    /// Probability that nobody speaks.
    pub no_speech: f64,
    /// 0: each token was the likeliest.
    pub temperature: f64,
    /// Did the text end by itself?
    pub ended: bool,
    compression: f64,
}

/// What a window's text begins with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Given<'a> {
    /// What was said before the window.
    pub before: &'a [usize],
    /// The window's first tokens, where they are known.
    pub first: &'a [usize],
    /// Most tokens of the text; none: as many as the model takes.
    pub most: Option<usize>,
    /// The text ends with a time from this token on, which is where the sound ends; none: where the model ends it.
    pub until: Option<usize>,
}

/// How a window is decoded.
pub struct Search<'a> {
    pub model: &'a Model,
    /// Start, language and task.
    pub begin: Vec<usize>,
    /// Does the model say when?
    pub times: bool,
    pub temperatures: &'a [f64],
    pub limits: Limits,
}

impl Found {
    /// Is it silence, whatever the text says?
    pub fn is_silence(&self, limits: &Limits) -> bool {
        self.no_speech > limits.no_speech && self.log_probability <= limits.log_probability
    }

    /// Is it sure enough, free of repetitions, or clearly silence?
    pub fn is_good(&self, limits: &Limits) -> bool {
        let unsure = self.log_probability < limits.log_probability;
        let silence = unsure && self.no_speech > limits.no_speech;
        silence || (!unsure && self.compression <= limits.compression)
    }
}

impl Search<'_> {
    /// Decodes at rising temperatures until the text is good enough.
    ///
    /// # Errors
    /// `go_on` refuses; it is asked at every token.
    pub fn run(
        &self,
        state: &mut State,
        given: Given<'_>,
        chance: &mut dyn FnMut() -> f64,
        go_on: &dyn Fn() -> Result<()>,
    ) -> Result<Found> {
        let mut last = None;
        for &temperature in self.temperatures {
            let found = self.at(state, given, temperature, chance, go_on)?;
            if found.is_good(&self.limits) {
                return Ok(found);
            }
            last = Some(found);
        }
        last.ok_or_else(|| Error::internal("no temperature to decode at"))
    }

    fn at(
        &self,
        state: &mut State,
        Given { before, first, most, until }: Given<'_>,
        temperature: f64,
        chance: &mut dyn FnMut() -> f64,
        go_on: &dyn Fn() -> Result<()>,
    ) -> Result<Found> {
        let Model { tokens, decoder, .. } = self.model;
        let half = decoder.context() / 2;
        let mut given = Vec::new();
        if !before.is_empty() {
            given.push(tokens.previous);
            given.extend(&before[before.len().saturating_sub(half - 1)..]);
        }
        let start = given.len();
        given.extend(&self.begin);
        if !self.times {
            given.push(tokens.no_times);
        }
        let first = &first[..first.len().min(half)];
        given.extend(first);
        decoder.rewind(state);
        let mut scores = decoder.step(state, &given, &[start, given.len() - 1], go_on)?;
        let no_speech = log_sum(&scores[0]);
        let no_speech = f64::from(scores[0][tokens.no_speech] - no_speech).exp();
        let mut next = scores.pop().unwrap_or_default();
        let (mut text, mut sum, mut ended) = (first.to_vec(), 0.0, false);
        let mut log_probabilities = vec![0.0; first.len()];
        // What the model has places for, the tokens before the text counted.
        let room = first.len() + decoder.context().saturating_sub(given.len());
        let most = most.unwrap_or(half).min(half).min(room);
        while text.len() < most {
            rules::apply(tokens, self.times, &text, &mut next);
            let token = choose(&next, temperature, chance);
            let log_probability = next[token] - log_sum(&next);
            sum += f64::from(log_probability);
            ended = token == tokens.end;
            if ended {
                break;
            }
            let behind_text = text.last().is_some_and(|&last| last < tokens.end);
            text.push(token);
            log_probabilities.push(log_probability);
            ended = behind_text && until.is_some_and(|until| token >= until);
            if ended {
                break;
            }
            next = decoder.step(state, &[token], &[0], go_on)?.pop().unwrap_or_default();
        }
        Ok(Found {
            log_probability: sum / (text.len() - first.len() + 1) as f64,
            compression: compression(&tokens.text(&text)),
            no_speech,
            temperature,
            ended,
            log_probabilities,
            tokens: text,
        })
    }
}

/// The token with the highest score; at a temperature, with a chance that grows with the score (the maximum of scores
/// with Gumbel noise is a draw from their softmax).
fn choose(scores: &[f32], temperature: f64, chance: &mut dyn FnMut() -> f64) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (token, &score) in scores.iter().enumerate().filter(|(_, score)| **score > f32::NEG_INFINITY) {
        let score = match temperature {
            0.0 => f64::from(score),
            temperature => f64::from(score) / temperature - (-(chance().max(f64::MIN_POSITIVE)).ln()).ln(),
        };
        if score > best.1 {
            best = (token, score);
        }
    }
    best.0
}

/// Logarithm of the sum of exponentials.
pub fn log_sum(scores: &[f32]) -> f32 {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f64 = scores.iter().map(|score| f64::from(score - most).exp()).sum();
    most + sum.ln() as f32
}

/// How many times shorter a text becomes when zlib compresses it.
fn compression(text: &str) -> f64 {
    let packed = miniz_oxide::deflate::compress_to_vec_zlib(text.as_bytes(), 6);
    text.len() as f64 / packed.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_are_seen() {
        assert!(compression("Ever tried. Ever failed. No matter. Try again.") < 1.3);
        assert!(compression(&"ever tried, ".repeat(20)) > 5.0);
    }

    #[test]
    fn chance_follows_the_scores() {
        let mut chance = auricle_dsp::random::uniform(1);
        let scores = [0.0, f32::NEG_INFINITY, 2f32.ln()];
        let mut count = [0; 3];
        (0..3000).for_each(|_| count[choose(&scores, 1.0, &mut chance)] += 1);
        assert!(count[1] == 0 && (950..1050).contains(&count[0]), "{count:?}");
        assert_eq!(choose(&scores, 0.0, &mut chance), 2);
    }
}
