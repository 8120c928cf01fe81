//! `text.phonemes`: texts in the phonemes of the International Phonetic Alphabet.
//!
//! Shape: a table with a column `text` to a table with a column `phonemes` more. Source: eSpeak NG, the version that is
//! installed. Unlike `tts.espeak` it makes no sound: it stands before a voice that takes phonemes.

use crate::language::{VOICE, espeak, plain, transcription};
use auricle_sdk::format::{Column, ColumnType};
use auricle_sdk::prelude::*;
use auricle_spoken::{TEXT, TEXTS, Texts};
use std::ops::Range;

/// The stage.
pub struct Phonemes {
    voice: String,
    texts: Texts,
    rows: usize,
}

fn table() -> Records {
    Records::new("auricle.phonemes/1", ["text", "phonemes"].map(|name| Column::new(name, ColumnType::Str)).into())
}

impl Stage for Phonemes {
    const DESCRIPTOR: Descriptor = Descriptor::new("text.phonemes", "Texts in phonemes of the IPA, by eSpeak NG")
        .doc(
            "One row a text, with stress marks, and with the marks . , ; : ! ? where they end a clause. What a voice with a model takes \
             that was taught eSpeak NG's phonemes, as Piper's. The library is opened where it is installed (Debian: libespeak-ng1).",
        )
        .source("eSpeak NG 1.51, espeak_TextToPhonemes with espeakPHONEMES_IPA")
        .inputs(&[TEXTS])
        .outputs(&[Port::records("phonemes").doc("Columns text, phonemes.")])
        .parameters(&[VOICE, TEXT])
        .locality(Locality::WholeInput);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let texts = Texts::new(setup)?;
        let voice = setup.parameters.text("voice")?.to_owned();
        espeak(&voice)?;
        Ok((Phonemes { voice, texts, rows: 0 }, vec![Format::records(table())]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.rows = 0;
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let mut rows = Rows::new(&table());
        for text in self.texts.of(packet)? {
            out.host().check_cancelled()?;
            let phonemes = transcription(&espeak(&self.voice)?, &plain(&text))?;
            rows.push(vec![text.into(), phonemes.into()])?;
        }
        out.rows(0, self.rows as i64, &rows)?;
        self.rows += rows.len();
        Ok(if packet.is_some() { Flow::Continue } else { Flow::Done })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::Bench;

    #[test]
    fn clauses_keep_their_marks() {
        if crate::voice::missing() {
            return;
        }
        // Of the whole, what versions of the library agree about.
        let check = |voice: &str, text: &str, end: &str| {
            let bench = Bench::<Phonemes>::new().parameter("voice", voice).parameter("text", text);
            let row = bench.run().expect("runs").rows(0).expect("rows").remove(0);
            let phonemes = row[1].as_str().expect("phonemes").to_owned();
            assert!(phonemes.ends_with(end) && phonemes.is_empty() == end.is_empty(), "{text}: {phonemes}");
        };
        check("en-us", "Hello, world!", "oʊ, wˈɜːld!");
        check("de", "Grüße aus Köln.", "kˈœln.");
        check("en-us", "no mark", "nˈoʊ mˈɑːɹk");
        check("en-us", "", "");
        check("en-us", "\0", "");
    }

    #[test]
    fn laws() {
        if !crate::voice::missing() {
            Bench::<Phonemes>::new().parameter("text", "Fail better.").conforms();
        }
    }
}
