//! What the tokens of a Whisper model mean: bytes of text, times, and signs of their own.

use crate::weights::refused;
use auricle_sdk::prelude::*;
use serde_json::Value as Json;
use std::collections::HashMap;

/// The languages in the order of their tokens.
///
/// # Source
/// openai-whisper 20250625, `tokenizer.LANGUAGES`.
pub const LANGUAGES: [&str; 100] = [
    "en", "zh", "de", "es", "ru", "ko", "fr", "ja", "pt", "tr", "pl", "ca", "nl", "ar", "sv", "it", "id", "hi", "fi",
    "vi", "he", "uk", "el", "ms", "cs", "ro", "da", "hu", "ta", "no", "th", "ur", "hr", "bg", "lt", "la", "mi", "ml",
    "cy", "sk", "te", "fa", "lv", "bn", "sr", "az", "sl", "kn", "et", "mk", "br", "eu", "is", "hy", "ne", "mn", "bs",
    "kk", "sq", "sw", "gl", "mr", "pa", "si", "km", "sn", "yo", "so", "af", "oc", "ka", "be", "tg", "sd", "gu", "am",
    "yi", "lo", "uz", "fo", "ht", "ps", "tk", "nn", "mt", "sa", "lb", "my", "bo", "tl", "mg", "as", "tt", "haw", "ln",
    "ha", "ba", "jw", "su", "yue",
];

/// Signs that are no speech, each also behind a space: a model that hears music would write them.
///
/// # Source
/// openai-whisper 20250625, `tokenizer.non_speech_tokens`.
const SIGNS: [&str; 46] = [
    "\"", "#", "(", ")", "*", "+", "/", ":", ";", "<", "=", ">", "@", "[", "\\", "]", "^", "_", "`", "{", "|", "}",
    "~", "「", "」", "『", "』", "<<", ">>", "<<<", ">>>", "--", "---", "-(", "-[", "('", "(\"", "((", "))", "(((",
    ")))", "[[", "]]", "{{", "}}", "♪♪",
];
/// Of these the first token is enough.
const NOTES: [&str; 8] = ["♩", "♪", "♫", "♬", "♭", "♮", "♯", "♪♪♪"];

/// The tokens of a model.
#[derive(Clone, Debug)]
pub struct Tokens {
    bytes: Vec<Vec<u8>>,
    /// The end of a window's text; text tokens lie before it.
    pub end: usize,
    /// The start of a transcript.
    pub start: usize,
    /// The languages that the model knows, with their tokens; of a model that knows one, none.
    pub languages: Vec<(&'static str, usize)>,
    pub translate: usize,
    pub transcribe: usize,
    /// What was said before stands behind this.
    pub previous: usize,
    pub no_speech: usize,
    pub no_times: usize,
    /// Time 0; the others follow, 20 ms apart.
    pub first_time: usize,
    /// What a transcript never has.
    pub suppressed: Vec<usize>,
    /// What it does not begin with: a space.
    pub blank: Option<usize>,
}

impl Tokens {
    /// The tokens of a model with `vocabulary` of them whose text is `bytes`: signs lie where the tool puts them.
    ///
    /// # Errors
    /// There are too few.
    ///
    /// # Source
    /// openai-whisper 20250625, `tokenizer.get_encoding`: text, end, start, languages, translate, transcribe, startoflm,
    /// startofprev, nospeech, notimestamps, times.
    pub fn of_openai(vocabulary: usize, bytes: Vec<Vec<u8>>, source: &ByteSource) -> Result<Self> {
        let many = vocabulary >= 51_865;
        let end = if many { 50_257 } else { 50_256 };
        if vocabulary < 51_864 || bytes.len() < end {
            let message =
                format!("expected at least 51864 tokens with text for {end}, got {vocabulary} and {}", bytes.len());
            return Err(refused(source, message));
        }
        let spoken = vocabulary - 51_765 - usize::from(many);
        let start = end + 1;
        let sign = |n: usize| start + 1 + spoken + n;
        let languages = LANGUAGES.iter().take(spoken).enumerate().map(|(n, &name)| (name, start + 1 + n));
        let languages = if many { languages.collect() } else { Vec::new() };
        let tokens = Tokens {
            bytes: bytes.into_iter().take(end).collect(),
            end,
            start,
            languages,
            translate: sign(0),
            transcribe: sign(1),
            previous: sign(3),
            no_speech: sign(4),
            no_times: sign(5),
            first_time: sign(6),
            suppressed: vec![sign(2)],
            blank: None,
        };
        Ok(tokens.with_rules(None))
    }

    /// The tokens of Hugging Face's `tokenizer.json`, and what its `config.json` suppresses.
    ///
    /// # Errors
    /// It is no tokenizer of Whisper.
    pub fn of_hugging_face(tokenizer: &Json, config: &Json, vocabulary: usize, source: &ByteSource) -> Result<Self> {
        let letters = letters();
        let mut bytes = Vec::new();
        let mut signs: HashMap<&str, usize> = HashMap::new();
        let added = tokenizer["added_tokens"].as_array().into_iter().flatten();
        for token in added {
            if let (Some(text), Some(id)) = (token["content"].as_str(), token["id"].as_u64()) {
                signs.insert(text, id as usize);
            }
        }
        for (text, id) in tokenizer["model"]["vocab"].as_object().into_iter().flatten() {
            let id = id.as_u64().map_or(usize::MAX, |id| id as usize);
            if id >= vocabulary || signs.contains_key(text.as_str()) {
                continue;
            }
            if bytes.len() <= id {
                bytes.resize(id + 1, Vec::new());
            }
            bytes[id] = text.chars().filter_map(|c| letters.get(&c).copied()).collect();
        }
        let sign = |names: &[&str]| {
            let found = names.iter().find_map(|name| signs.get(name)).copied().filter(|&id| id < vocabulary);
            found.ok_or_else(|| {
                refused(source, format!("no token {}; is it the tokenizer of a Whisper model?", names[0]))
            })
        };
        let no_times = sign(&["<|notimestamps|>"])?;
        let (end, start) = (sign(&["<|endoftext|>"])?, sign(&["<|startoftranscript|>"])?);
        let language = |name: &&'static str| Some((*name, *signs.get(format!("<|{name}|>").as_str())?));
        let languages: Vec<_> = LANGUAGES.iter().filter_map(language).collect();
        // English-only models have the tokens too, but their tokenizers end text one token earlier.
        let many = end != 50_256;
        let tokens = Tokens {
            bytes,
            end,
            start,
            languages: if many { languages } else { Vec::new() },
            translate: sign(&["<|translate|>"])?,
            transcribe: sign(&["<|transcribe|>"])?,
            previous: sign(&["<|startofprev|>"])?,
            no_speech: sign(&["<|nospeech|>", "<|nocaptions|>"])?,
            no_times,
            first_time: no_times + 1,
            suppressed: signs.get("<|startoflm|>").copied().into_iter().collect(),
            blank: None,
        };
        let listed = config["suppress_tokens"].as_array().filter(|list| !list.is_empty());
        let listed = listed.map(|list| list.iter().filter_map(|id| Some(id.as_u64()? as usize)).collect());
        Ok(tokens.with_rules(listed))
    }

    /// Fills in what a transcript never has.
    fn with_rules(mut self, listed: Option<Vec<usize>>) -> Self {
        let ids: HashMap<&[u8], usize> = self.bytes.iter().enumerate().map(|(id, bytes)| (&bytes[..], id)).collect();
        let id = |text: String| ids.get(text.as_bytes()).copied();
        let mut rules = listed.unwrap_or_else(|| {
            let mut rules: Vec<usize> = [" -", " '"].iter().filter_map(|text| id((*text).into())).collect();
            rules.extend(SIGNS.iter().flat_map(|sign| [id((*sign).into()), id(format!(" {sign}"))]).flatten());
            let first = |text: String| (1..=text.len()).rev().find_map(|n| ids.get(&text.as_bytes()[..n]).copied());
            rules.extend(NOTES.iter().flat_map(|note| [first((*note).into()), first(format!(" {note}"))]).flatten());
            rules
        });
        self.blank = id(" ".into());
        rules.extend([self.transcribe, self.translate, self.start, self.previous, self.no_speech, self.no_times]);
        self.suppressed.extend(rules.into_iter().filter(|&id| id < self.first_time));
        self.suppressed.sort_unstable();
        self.suppressed.dedup();
        self
    }

    /// Does a word begin with this token? It begins with a space; in writing that has none, with every letter.
    pub fn begins_word(&self, token: usize) -> bool {
        self.text(&[token]).chars().next().is_some_and(|c| c.is_whitespace() || stands_alone(c))
    }

    /// The text of tokens; signs and times have none.
    pub fn text(&self, tokens: &[usize]) -> String {
        let text = tokens.iter().filter(|&&token| token < self.end);
        let bytes: Vec<u8> = text.filter_map(|&token| self.bytes.get(token)).flatten().copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Is it of a writing without spaces between words: Thai, Lao, Burmese, Khmer, kana, Chinese characters?
fn stands_alone(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The letters in which byte-level vocabularies write bytes: printable ones of Latin-1 as they are, the others from
/// U+0100 on.
///
/// # Source
/// Radford et al., "Language Models are Unsupervised Multitask Learners", 2019, `bytes_to_unicode` of its code.
fn letters() -> HashMap<char, u8> {
    let plain = |byte: u8| matches!(byte, 33..=126 | 161..=172 | 174..=255);
    let others = (0..=255u8).filter(|&byte| !plain(byte)).zip('\u{100}'..);
    let same = (0..=255u8).filter(|&byte| plain(byte)).map(|byte| (byte, char::from(byte)));
    same.chain(others).map(|(byte, letter)| (letter, byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_bytes() {
        let letters = letters();
        assert_eq!(letters.len(), 256);
        assert_eq!((letters[&'Ġ'], letters[&'Ċ'], letters[&'A'], letters[&'é']), (b' ', b'\n', b'A', 0xe9));
    }
}
