//! Which words are final: those that two texts of a growing window, one after the other, agree on.
//!
//! Source: Liu, Niehues, Spanakis, "Low-Latency Sequence-to-Sequence Speech Recognition and Translation by Partial Hypothesis
//! Selection", Interspeech 2020, section 3.2 (local agreement of two).

use crate::whisper::tokens::Tokens;

/// A word with the times before it, or the times at the end of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub tokens: Vec<usize>,
    /// What is compared: without case, punctuation and spaces.
    key: String,
}

/// Cuts tokens into words.
pub fn words(tokens: &[usize], of: &Tokens) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut times = Vec::new();
    for &token in tokens {
        if token >= of.first_time {
            times.push(token);
            continue;
        }
        match words.last_mut() {
            Some(word) if times.is_empty() && !of.begins_word(token) => word.tokens.push(token),
            _ => {
                let mut tokens = std::mem::take(&mut times);
                tokens.push(token);
                words.push(Word { tokens, key: String::new() });
            }
        }
    }
    for word in &mut words {
        let text = of.text(&word.tokens);
        word.key = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    }
    if !times.is_empty() {
        words.push(Word { tokens: times, key: String::new() });
    }
    words
}

/// How many of the first words of `new` are final. The last is not: its sound may go on.
pub fn agreed(before: &[Word], new: &[Word]) -> usize {
    let same = before.iter().zip(new).take_while(|(a, b)| a.key == b.key).count();
    same.min(new.iter().filter(|word| !word.key.is_empty()).count().saturating_sub(1))
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::whisper::rules::tests::vocabulary as of_texts;

    /// Text of the vocabulary of these tests; a token is its place.
    const TEXTS: [&str; 12] = [" so", " it", " goes", ".", " Goes", ",", "ing", " on", "時", "間", " and", " then"];

    /// An English-only vocabulary whose first tokens are [`TEXTS`].
    pub fn vocabulary() -> Tokens {
        of_texts(TEXTS.iter().map(|text| text.as_bytes()).enumerate())
    }

    /// Tokens of a text such as `<0.5> so it goes<1>`, where a time is in seconds.
    pub fn tokens(text: &str) -> Vec<usize> {
        let (of, mut rest, mut tokens) = (vocabulary(), text, Vec::new());
        while !rest.is_empty() {
            if let Some((time, behind)) = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
                tokens.push(of.first_time + (time.parse::<f64>().expect("a time") * 50.0).round() as usize);
                rest = behind;
                continue;
            }
            let known = (0..TEXTS.len()).filter(|&k| rest.starts_with(TEXTS[k]));
            let token = known.max_by_key(|&k| TEXTS[k].len()).expect("a word of the vocabulary");
            tokens.push(token);
            rest = &rest[TEXTS[token].len()..];
        }
        tokens
    }

    #[test]
    fn words_begin_with_a_space() {
        let of = vocabulary();
        let cut = |text: &str| words(&tokens(text), &of).iter().map(|word| of.text(&word.tokens)).collect::<Vec<_>>();
        assert_eq!(cut("<0> so it goes.<1><1.5> on"), [" so", " it", " goes.", " on"]);
        assert_eq!(cut(" so iting"), [" so", " iting"]);
        assert_eq!(cut("<0>時間<1>"), ["時", "間", ""]);
    }

    #[track_caller]
    fn check(before: &str, new: &str, expected: usize) {
        let of = vocabulary();
        assert_eq!(agreed(&words(&tokens(before), &of), &words(&tokens(new), &of)), expected, "{before} / {new}");
    }

    #[test]
    fn what_two_texts_begin_with_is_final_but_the_last_word() {
        check("", "<0> so it", 0);
        check("<0> so it", "<0> so it goes", 2);
        check("<0> so it goes", "<0.2> so it Goes, on", 3);
        check("<0> so it", "<0> so it", 1);
        check("<0> so it goes.<1>", "<0> so it goes.<1>", 2);
        check("<0> so it goes on", "<0> so goes on", 1);
        check("<0> so it goes.<1><1> and", "<0> so it goes.<1.1><1.1> and then", 4);
    }
}
