//! Phonemes as the numbers that a voice knows.

use auricle_sdk::prelude::*;
use serde_json::Value as Json;
use std::collections::{BTreeSet, HashMap};

/// What a voice knows, and what stands around it.
#[derive(Clone, Debug)]
pub struct Tokens {
    numbers: HashMap<char, Vec<i32>>,
    replace: Vec<(String, String)>,
    /// Before all, behind each phoneme, behind all.
    pub around: [Vec<i32>; 3],
    /// Most phonemes of an utterance.
    pub most: usize,
}

impl Tokens {
    /// Reads numbers by phoneme: `{"a": 7}`, or `{"a": [7]}`.
    ///
    /// # Errors
    /// It is no such table.
    pub fn new(table: &Json, file: &str, replace: &[(String, String)], most: usize) -> Result<Self> {
        let refused = |why: String| Error::data(format!("{file}: {why}"));
        let table = table.as_object().ok_or_else(|| refused("expected a table of phoneme to number".into()))?;
        let mut numbers = HashMap::new();
        for (phoneme, value) in table {
            let one = |value: &Json| value.as_i64().and_then(|n| i32::try_from(n).ok());
            let found: Option<Vec<i32>> = match value {
                Json::Array(values) => values.iter().map(one).collect(),
                value => one(value).map(|n| vec![n]),
            };
            let found =
                found.ok_or_else(|| refused(format!("{phoneme:?}: expected a number or numbers, got {value}")))?;
            let mut signs = phoneme.chars();
            if let (Some(sign), None) = (signs.next(), signs.next()) {
                numbers.insert(sign, found);
            }
        }
        if numbers.is_empty() {
            return Err(refused("names no phoneme".into()));
        }
        Ok(Tokens { numbers, replace: replace.to_vec(), around: Default::default(), most })
    }

    /// The numbers of a sign.
    ///
    /// # Errors
    /// The voice does not know it.
    pub fn of(&self, sign: char) -> Result<Vec<i32>> {
        let found = self.numbers.get(&sign).cloned();
        found.ok_or_else(|| Error::data(format!("the voice has no number for {sign:?}")))
    }

    /// The utterances of a text of phonemes, each as numbers, and the signs that the voice does not know.
    ///
    /// A text that is too long is cut behind the last mark that ends a clause, or else at the last space.
    pub fn utterances(&self, phonemes: &str) -> (Vec<Vec<i32>>, BTreeSet<char>) {
        let mut text = phonemes.split_whitespace().collect::<Vec<_>>().join(" ");
        for (from, to) in &self.replace {
            text = text.replace(from.as_str(), to);
        }
        let unknown = text.chars().filter(|sign| !self.numbers.contains_key(sign)).collect();
        let known: Vec<char> = text.chars().filter(|sign| self.numbers.contains_key(sign)).collect();
        let mut utterances = Vec::new();
        let mut rest = known.as_slice();
        while !rest.is_empty() {
            let length = if rest.len() <= self.most {
                rest.len()
            } else {
                let last = |is: fn(&char) -> bool| rest[..self.most].iter().rposition(is).map(|at| at + 1);
                last(|sign| ".;:!?,".contains(*sign)).or_else(|| last(|sign| *sign == ' ')).unwrap_or(self.most)
            };
            let (first, others) = rest.split_at(length);
            utterances.push(self.numbered(first));
            rest = others;
        }
        (utterances, unknown)
    }

    fn numbered(&self, signs: &[char]) -> Vec<i32> {
        let [before, between, behind] = &self.around;
        let each = signs.iter().flat_map(|sign| self.numbers[sign].iter().chain(between));
        before.iter().chain(each).chain(behind).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> Tokens {
        let table = serde_json::json!({ "a": [5], "b": 6, " ": 7, ".": 8, "A": 9, "long": 4 });
        let mut tokens = Tokens::new(&table, "v.json", &[("aa".into(), "A".into())], 4).expect("numbers");
        tokens.around = [vec![1], vec![0], vec![2]];
        tokens
    }

    #[track_caller]
    fn check(text: &str, expected: &[&[i32]], unknown: &str) {
        let (utterances, strange) = tokens().utterances(text);
        assert_eq!(utterances, expected, "{text}");
        assert_eq!(strange.into_iter().collect::<String>(), unknown, "{text}");
    }

    #[test]
    fn phonemes_become_numbers() {
        check("", &[], "");
        check("ab", &[&[1, 5, 0, 6, 0, 2]], "");
        check("aab x", &[&[1, 9, 0, 6, 0, 7, 0, 2]], "x");
        check("a.b b.b", &[&[1, 5, 0, 8, 0, 2], &[1, 6, 0, 7, 0, 6, 0, 8, 0, 2], &[1, 6, 0, 2]], "");
        check("bbbbbb", &[&[1, 6, 0, 6, 0, 6, 0, 6, 0, 2], &[1, 6, 0, 6, 0, 2]], "");
    }

    #[test]
    fn what_is_no_table_is_refused() {
        let message = |table| Tokens::new(&table, "v.json", &[], 9).expect_err("it is none").message;
        assert!(message(serde_json::json!([])).contains("v.json: expected a table"));
        assert!(message(serde_json::json!({})).contains("names no phoneme"));
        assert!(message(serde_json::json!({ "a": "b" })).contains("\"a\": expected a number"));
        assert!(tokens().of('z').is_err());
    }
}
