//! Which language or voice, and what its library says of a text beside the sound.

use crate::ffi::Espeak;
use auricle_sdk::prelude::*;

/// The parameter that names it.
pub const VOICE: Parameter = Parameter::text("voice", "en-us").doc(
    "Language or voice: en, en-us, de, fr ..., `espeak-ng --voices` lists them; a variant behind a plus, as in en+f3.",
);

/// A fresh library that speaks with this voice.
///
/// # Errors
/// The library is missing, or has no such voice.
pub fn espeak(voice: &str) -> Result<Espeak> {
    let espeak = Espeak::new().map_err(failed)?;
    if espeak.choose(voice).map_err(failed)? {
        return Ok(espeak);
    }
    Err(Error::parameter("voice", format!("eSpeak NG has no voice {voice:?}")).hint("`espeak-ng --voices` lists them"))
}

/// A fault of the library, in its words.
pub fn failed(why: String) -> Error {
    Error::new(ErrorKind::Unsupported, why)
}

/// A text as the library can take it: without NUL, which ends texts in C.
pub fn plain(text: &str) -> String {
    text.replace('\0', " ")
}

/// A text in phonemes of the IPA, with its stress marks; a clause keeps the mark that ends it (`. , ; : ! ?`), as voices with a
/// model were taught.
///
/// # Errors
/// The library fails.
pub fn transcription(espeak: &Espeak, text: &str) -> Result<String> {
    let mut whole = String::new();
    let mut from = 0;
    for (seen, phonemes) in espeak.clauses(text).map_err(failed)? {
        // The library has looked at the first character of what follows, so the clause's mark is the last before that.
        let clause = text.as_bytes().get(from..seen.min(text.len())).unwrap_or_default();
        from = seen;
        let mark = clause.iter().rfind(|byte| b".,;:!?".contains(byte)).map(|&byte| char::from(byte));
        let phonemes = phonemes.trim();
        if phonemes.is_empty() {
            continue;
        }
        if !whole.is_empty() {
            whole.push(' ');
        }
        whole.push_str(phonemes);
        whole.extend(mark);
    }
    Ok(whole)
}
