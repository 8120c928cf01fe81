//! What the classes of a recogniser stand for.

use crate::files::Package;
use auricle_sdk::prelude::*;
use serde_json::Value as Json;

/// Tokens by class.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    tokens: Vec<String>,
    /// The class that stands for nothing.
    pub blank: usize,
    space: Option<String>,
    silent: Vec<bool>,
}

/// A token of a text, and the frames that it lasts.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// What it is.
    pub text: String,
    /// First frame.
    pub first: usize,
    /// Its last frame.
    pub last: usize,
    /// Sum of the logarithms of probabilities, and of how many.
    pub log: (f64, usize),
}

impl Vocabulary {
    /// Reads the vocabulary of a model.
    ///
    /// # Errors
    /// It is described nowhere, is missing, has holes, or not the tokens that the description names.
    pub fn read(package: &Package) -> Result<Self> {
        let description = &package.description;
        let described = description.section(&description.vocabulary, "vocabulary")?;
        let file = described.file.as_str();
        let text = package.text(file)?;
        let tokens = if file.ends_with(".json") { json(&text, file)? } else { lines(&text) };
        let class = |token: &str| tokens.iter().position(|known| known == token);
        let Some(blank) = class(&described.blank) else {
            let message = format!("{file} has no token {:?}, which the description calls blank", described.blank);
            return Err(Error::data(message).hint("[vocabulary] blank = names another"));
        };
        let silent = tokens.iter().map(|token| described.silent.contains(token)).collect();
        Ok(Vocabulary { blank, silent, space: described.space.clone(), tokens })
    }

    /// How many classes it has.
    pub fn classes(&self) -> usize {
        self.tokens.len()
    }

    /// A token as the file has it.
    pub fn token(&self, class: usize) -> &str {
        &self.tokens[class]
    }

    /// What a token adds to a text.
    fn says(&self, class: usize) -> String {
        let token = if self.silent[class] || class == self.blank { "" } else { self.tokens[class].as_str() };
        match &self.space {
            Some(space) => token.replace(space.as_str(), " "),
            None => token.to_owned(),
        }
    }

    /// Words of a text: tokens with their frames and the logarithms of their probabilities.
    pub fn words(&self, tokens: impl IntoIterator<Item = (usize, std::ops::Range<usize>, f64)>) -> Vec<Word> {
        let mut words: Vec<Word> = Vec::new();
        let mut open = false;
        for (class, frames, log) in tokens {
            for (index, part) in self.says(class).split(' ').enumerate() {
                open &= index == 0;
                if part.is_empty() {
                    continue;
                }
                match words.last_mut().filter(|_| open) {
                    Some(word) => {
                        word.text.push_str(part);
                        word.last = frames.end - 1;
                        word.log = (word.log.0 + log, word.log.1 + 1);
                    }
                    None => {
                        words.push(Word { text: part.into(), first: frames.start, last: frames.end - 1, log: (log, 1) })
                    }
                }
                open = true;
            }
        }
        words
    }
}

/// `{"token": class}`
fn json(text: &str, file: &str) -> Result<Vec<String>> {
    let refused = |why: String| Error::data(format!("{file}: {why}"));
    let parsed: Json = serde_json::from_str(text).map_err(|error| refused(format!("is no JSON: {error}")))?;
    let pairs = parsed.as_object().ok_or_else(|| refused("expected an object of token to class".into()))?;
    let mut tokens: Vec<Option<String>> = vec![None; pairs.len()];
    for (token, class) in pairs {
        let place = class.as_u64().and_then(|class| tokens.get_mut(class as usize));
        match place {
            Some(place @ None) => *place = Some(token.clone()),
            _ => {
                let message = format!("{token:?}: expected a class of its own below {}, got {class}", pairs.len());
                return Err(refused(message));
            }
        }
    }
    Ok(tokens.into_iter().flatten().collect())
}

/// A token in each line, with or without its number behind it.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<&str> = text.lines().collect();
    let numbered = !lines.is_empty()
        && lines.iter().enumerate().all(|(k, line)| line.rsplit_once(' ').is_some_and(|(_, n)| n.parse() == Ok(k)));
    if numbered {
        lines = lines.into_iter().filter_map(|line| line.rsplit_once(' ').map(|(token, _)| token)).collect();
    }
    lines.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vocabulary(tokens: &[&str], space: &str) -> Vocabulary {
        let tokens: Vec<String> = tokens.iter().map(|token| (*token).to_owned()).collect();
        Vocabulary { blank: 0, space: Some(space.into()), silent: vec![false; tokens.len()], tokens }
    }

    #[track_caller]
    fn check(vocabulary: &Vocabulary, classes: &[usize], expected: &[(&str, usize, usize)]) {
        let tokens = classes.iter().enumerate().map(|(k, class)| (*class, 2 * k..2 * k + 2, -1.0));
        let words = vocabulary.words(tokens);
        let got: Vec<(&str, usize, usize)> = words.iter().map(|w| (w.text.as_str(), w.first, w.last)).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn tokens_become_words() {
        let letters = vocabulary(&["<pad>", "|", "A", "B"], "|");
        check(&letters, &[], &[]);
        check(&letters, &[1, 2, 3, 1, 1, 2], &[("AB", 2, 5), ("A", 10, 11)]);
        let pieces = vocabulary(&["<pad>", "\u{2581}he", "ar", "\u{2581}"], "\u{2581}");
        check(&pieces, &[1, 2, 1, 3, 2], &[("hear", 0, 3), ("he", 4, 5), ("ar", 8, 9)]);
    }

    #[test]
    fn vocabularies_with_holes_are_refused() {
        let message = |text: &str| json(text, "vocab.json").expect_err("it is wrong").message;
        assert!(message("[").contains("vocab.json: is no JSON"));
        assert!(message("[]").contains("expected an object"));
        assert!(message(r#"{"a": 0, "b": 2}"#).contains("\"b\": expected a class of its own below 2, got 2"));
        assert!(message(r#"{"a": 0, "b": 0}"#).contains("of its own"));
        assert_eq!(json(r#"{"b": 1, "a": 0}"#, "v").expect("tokens"), ["a", "b"]);
        assert_eq!(
            (lines("a 0\nb 1\n"), lines("a\nb")),
            (vec!["a".to_owned(), "b".into()], vec!["a".into(), "b".into()])
        );
    }
}
