//! Which token may come next.
//!
//! Source: openai-whisper 20250625, `decoding.SuppressBlank`, `SuppressTokens`, `ApplyTimestampRules`.

use super::tokens::Tokens;

/// Times at the start of a window are at most 1 s.
const FIRST_AT_MOST: usize = 50;

const NEVER: f32 = f32::NEG_INFINITY;

/// Takes away what may not come behind `so_far`, the tokens of this window's text.
pub fn apply(tokens: &Tokens, times: bool, so_far: &[usize], scores: &mut [f32]) {
    for &token in &tokens.suppressed {
        forbid(scores, token..token + 1);
    }
    if so_far.is_empty() {
        let blank = tokens.blank.into_iter().chain([tokens.end]);
        blank.for_each(|token| forbid(scores, token..token + 1));
    }
    if !times {
        forbid(scores, tokens.first_time..usize::MAX);
        return;
    }
    forbid(scores, tokens.no_times..tokens.no_times + 1);
    let is_time = |token: &usize| *token >= tokens.first_time;
    let last = so_far.last().is_some_and(is_time);
    let before = so_far.len() < 2 || is_time(&so_far[so_far.len() - 2]);
    if last && before {
        // Two times stand together; text follows.
        forbid(scores, tokens.first_time..usize::MAX);
    } else if last {
        // A text has ended: the next begins, or the window ends.
        forbid(scores, 0..tokens.end);
    }
    if let Some(&time) = so_far.iter().rev().find(|token| is_time(token)) {
        // Time does not go back, and a text takes some.
        let next = if last && !before { time } else { time + 1 };
        forbid(scores, tokens.first_time..next);
    }
    if so_far.is_empty() {
        forbid(scores, 0..tokens.first_time);
        forbid(scores, tokens.first_time + FIRST_AT_MOST + 1..usize::MAX);
    }
    // Times together may be likelier than any text, though no single one is.
    let (text, time) = scores.split_at(tokens.first_time.min(scores.len()));
    let best = |scores: &[f32]| scores.iter().copied().fold(NEVER, f32::max);
    let most = best(time);
    if most > NEVER {
        let together = most + time.iter().map(|score| (score - most).exp()).sum::<f32>().ln();
        if together > best(text) {
            forbid(scores, 0..tokens.first_time);
        }
    }
}

fn forbid(scores: &mut [f32], range: std::ops::Range<usize>) {
    let end = range.end.min(scores.len());
    scores[range.start.min(end)..end].fill(NEVER);
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use auricle_sdk::ByteSource;

    const TIME: usize = 50_363;
    const END: usize = 50_256;

    /// An English-only vocabulary of which these tokens have a text.
    pub fn vocabulary<'a>(texts: impl IntoIterator<Item = (usize, &'a [u8])>) -> Tokens {
        let source = ByteSource::from_bytes("t", std::sync::Arc::new(Empty));
        let mut bytes = vec![Vec::new(); END];
        texts.into_iter().for_each(|(token, text)| bytes[token] = text.to_vec());
        Tokens::of_openai(51_864, bytes, &source).expect("it has enough tokens")
    }

    fn tokens() -> Tokens {
        // The last is how notes begin behind a space.
        vocabulary([(220, &b" "[..]), (7, b"("), (9, b" \xe2\x99")])
    }

    struct Empty;
    impl auricle_sdk::host::Bytes for Empty {
        fn read_at(&self, _: u64, _: &mut [u8]) -> std::io::Result<usize> {
            Ok(0)
        }

        fn length(&self) -> Option<u64> {
            Some(0)
        }
    }

    /// Are exactly these allowed, of some that are asked for?
    #[track_caller]
    fn check(so_far: &[usize], higher: Option<usize>, allowed: &[usize], forbidden: &[usize]) {
        let mut scores = vec![0.0; 51_864];
        if let Some(token) = higher {
            scores[token] = 20.0;
        }
        apply(&tokens(), true, so_far, &mut scores);
        allowed.iter().for_each(|&token| assert!(scores[token] > NEVER, "{token} must be allowed behind {so_far:?}"));
        forbidden
            .iter()
            .for_each(|&token| assert!(scores[token] == NEVER, "{token} must be forbidden behind {so_far:?}"));
    }

    #[test]
    fn what_may_come() {
        let text = Some(1000);
        check(&[], text, &[TIME, TIME + 50], &[END, 220, 1000, TIME + 51, TIME - 1]);
        check(&[TIME], text, &[1000, END, 220], &[TIME, TIME + 9, 7, 50_357]);
        check(&[TIME + 3, 5], text, &[1000, END, TIME + 4], &[TIME + 3, 7]);
        check(&[TIME, 5, TIME + 8], Some(END), &[END, TIME + 8, TIME + 9], &[1000, TIME + 7]);
        check(&[TIME, 5, TIME + 8, TIME + 8], text, &[1000], &[TIME + 8, TIME + 20]);
        // Of 1500 times that are as likely as each text token, all together win.
        check(&[TIME, 5], None, &[TIME + 1], &[1000, END]);
    }

    #[test]
    fn signs_are_where_the_tool_has_them() {
        let tokens = tokens();
        assert_eq!((tokens.start, tokens.transcribe, tokens.previous), (50_257, 50_358, 50_360));
        assert_eq!((tokens.no_speech, tokens.no_times, tokens.first_time), (50_361, 50_362, 50_363));
        assert!(tokens.languages.is_empty());
    }
}
