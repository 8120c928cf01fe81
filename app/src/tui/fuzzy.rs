//! Searching by a few letters in their order: `meltor` finds `mel.torchaudio`.

/// How well a text answers a search: every word of it must be in the text, its letters in order. More is better; none
/// if it is no answer. Letters that follow one another and those at the beginning of a word count more.
pub fn score(search: &str, text: &str) -> Option<u32> {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    search.to_lowercase().split_whitespace().try_fold(0, |sum, word| {
        let word: Vec<char> = word.chars().collect();
        let starts = (0..text.len()).filter(|&at| text[at] == word[0]);
        starts.filter_map(|at| from(&word, &text, at)).max().map(|best| sum + best)
    })
}

/// The score of a word whose first letter is matched at `at`, the others as early as possible.
fn from(word: &[char], text: &[char], at: usize) -> Option<u32> {
    let begins = |at: usize| at == 0 || !text[at - 1].is_alphanumeric();
    let mut score = if begins(at) { 12 } else { 4 };
    let mut last = at;
    for letter in &word[1..] {
        let next = (last + 1..text.len()).find(|&k| text[k] == *letter)?;
        score += match next - last {
            1 => 10,
            _ if begins(next) => 6,
            _ => 1,
        };
        last = next;
    }
    // A word that is spread over half the text was hardly meant; a short text is a better answer than a long one.
    let spread = (last - at + 1) as u32;
    (spread <= 4 * word.len() as u32).then(|| 10 * score / (1 + spread / 16) + 100 / (text.len() as u32 + 10))
}

/// What answers a search, the best first; all in their order if nothing is searched for.
pub fn search<T>(items: impl IntoIterator<Item = T>, search: &str, text: impl Fn(&T) -> String) -> Vec<T> {
    let scored = items.into_iter().filter_map(|item| Some((score(search, &text(&item))?, item)));
    let mut found: Vec<(u32, T)> = scored.collect();
    found.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    found.into_iter().map(|(_, item)| item).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_letters_find_what_was_meant() {
        let names = ["mel.librosa", "mel.torchaudio", "stft.librosa", "resample.soxr", "compare.cosine", "read.audio"];
        for (text, best) in [
            ("mel", "mel.librosa"),
            ("torch", "mel.torchaudio"),
            ("lib stft", "stft.librosa"),
            ("rsox", "resample.soxr"),
            ("ra", "read.audio"),
            ("COS", "compare.cosine"),
        ] {
            assert_eq!(search(names, text, |name| (*name).to_owned()).first(), Some(&best), "{text}");
        }
        assert_eq!(search(names, "", |name| (*name).to_owned()), names, "without a search all stay in order");
        assert_eq!(score("xyz", "mel.librosa"), None);
        assert_eq!(score("lem", "mel"), None);
    }
}
