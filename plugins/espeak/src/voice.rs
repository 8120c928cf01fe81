//! `tts.espeak`: speech from text, by rules and formants.
//!
//! Shape: a table with a column `text` to audio of one channel, and tables of what is heard when. Source: eSpeak NG, the
//! version that is installed. Unlike `tts.flite` it knows about a hundred languages, and tells phonemes in the IPA.

use crate::ffi::{Event, Setting, What};
use crate::language::{VOICE, espeak, failed, plain, transcription};
use auricle_sdk::Host;
use auricle_sdk::prelude::*;
use auricle_spoken::{AUDIO, PAUSE, PHONEMES, SPOKEN, Said, Spoken, TEXT, TEXTS, Voice, WORDS};

/// The voice.
pub struct Espeak {
    voice: String,
    settings: [(Setting, i64); 5],
    sample_rate: u32,
}

/// Full scale of 16 bits.
const SCALE: f32 = 32_768.0;

impl Voice for Espeak {
    const DESCRIPTOR: Descriptor = Descriptor::new("tts.espeak", "Speech from text, by eSpeak NG")
        .doc(
            "Every text is spoken on its own, with a pause between two, at the rate of the voice (22.05 kHz as a rule). The tables say when \
             each text, word and phoneme is heard; the phonemes are in the IPA. The library is opened where it is installed (Debian: \
             libespeak-ng1); which version spoke is a finding of the run. It is under the GPL, version 3 or later. Variants that breathe (en+f3, \
             en+whisper) draw their noise from the C library, as tts.flite does: what both say in one run is not always the same.",
        )
        .source("eSpeak NG 1.51, espeak_Synth and its events")
        .inputs(&[TEXTS])
        .outputs(&[AUDIO, SPOKEN, WORDS, PHONEMES])
        .parameters(&[
            VOICE,
            TEXT,
            Parameter::int("words_per_minute", 175).range(80.0, 450.0).doc("How fast it speaks."),
            Parameter::int("pitch", 50).range(0.0, 99.0).doc("How high it speaks: 0 is low, 50 as the voice is."),
            Parameter::int("pitch_range", 50).range(0.0, 99.0).doc("How much the pitch moves: 0 is not at all."),
            Parameter::int("volume", 100).range(0.0, 200.0).doc("How loud it speaks: 100 as the voice is, 0 is silence."),
            Parameter::int("word_gap", 0).range(0.0, 500.0).doc("Pause between words, in units of 10 ms at the usual rate."),
            PAUSE,
        ])
        .locality(Locality::WholeInput);

    fn new(setup: &Setup) -> Result<Self> {
        let parameters = &setup.parameters;
        let voice = parameters.text("voice")?.to_owned();
        let library = espeak(&voice)?;
        let number = |setting, id| Ok::<_, Error>((setting, parameters.int(id)?));
        let settings = [
            number(Setting::Rate, "words_per_minute")?,
            number(Setting::Pitch, "pitch")?,
            number(Setting::Range, "pitch_range")?,
            number(Setting::Volume, "volume")?,
            number(Setting::WordGap, "word_gap")?,
        ];
        Ok(Espeak { voice, settings, sample_rate: library.sample_rate().map_err(failed)? })
    }

    fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    fn made_by(&self) -> Result<String> {
        Ok(format!("eSpeak NG {}", espeak(&self.voice)?.version().map_err(failed)?))
    }

    fn speak(&mut self, text: &str, host: &Host) -> Result<Spoken> {
        let text = plain(text);
        if text.trim().is_empty() {
            return Ok(Spoken::default());
        }
        // Of a copy each: neither call leaves the library as it was.
        let transcription = transcription(&espeak(&self.voice)?, &text)?;
        let library = espeak(&self.voice)?;
        for (setting, value) in self.settings {
            library.set(setting, value).map_err(failed)?;
        }
        let asked = host.clone();
        let (samples, events) = library.speak(&text, move || !asked.cancelled()).map_err(failed)?;
        host.check_cancelled()?;
        let (words, phonemes) = (words(&text, &events, samples.len()), phonemes(&events, samples.len()));
        let samples = samples.into_iter().map(|sample| f32::from(sample) / SCALE).collect();
        Ok(Spoken { samples, words, phonemes, transcription })
    }
}

/// The words of a text.
fn words(text: &str, events: &[Event], length: usize) -> Vec<Said> {
    let characters: Vec<char> = text.chars().collect();
    let begins = |what: &What| match *what {
        // The library tells a word of no length where a clause ends.
        What::Word { at, length: length @ 1.. } => Some(characters.iter().skip(at).take(length).collect()),
        _ => None,
    };
    stretches(events, length, begins)
}

/// The phonemes, without pauses.
fn phonemes(events: &[Event], length: usize) -> Vec<Said> {
    let begins = |what: &What| match what {
        What::Phoneme(phoneme) if !phoneme.is_empty() => Some(phoneme.clone()),
        _ => None,
    };
    stretches(events, length, begins)
}

/// What `begins` tells, each up to the next, a pause, or the end of the clause.
fn stretches(events: &[Event], length: usize, begins: impl Fn(&What) -> Option<String>) -> Vec<Said> {
    let (mut said, mut open): (Vec<Said>, bool) = (Vec::new(), false);
    for event in events {
        let (at, begin) = (event.sample.min(length), begins(&event.what));
        let pause = event.what == What::End || event.what == What::Phoneme(String::new());
        if let Some(last) = said.last_mut().filter(|_| open && (pause || begin.is_some())) {
            last.at.end = at.max(last.at.start);
            open = false;
        }
        if let Some(what) = begin {
            said.push(Said { at: at..length, what });
            open = true;
        }
    }
    said
}

/// Is the library missing? Then the stage says so, and there is nothing else to test.
#[cfg(test)]
pub fn missing() -> bool {
    let missing = espeak("en-us").err();
    if let Some(error) = &missing {
        eprintln!("skipped: {error}");
        assert!(error.message.contains("install it"), "{error}");
    }
    missing.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::format::{Column, ColumnType};
    use auricle_sdk::testing::{Bench, refused};
    use auricle_spoken::Speaking;

    fn bench(texts: &[&str]) -> Bench<Speaking<Espeak>> {
        let records = Records::new("t/1", vec![Column::new("text", ColumnType::Str)]);
        Bench::new().records(records, texts.iter().map(|&text| vec![text.into()]))
    }

    #[test]
    fn words_and_phonemes_have_their_times() {
        if missing() {
            return;
        }
        let bench = bench(&["No matter.", "Grüße, world!"]).parameter("pause_s", 0.5);
        let outcome = bench.run().expect("runs");
        let samples = &outcome.audio::<f32>(0).expect("speech")[0];
        assert!(samples.iter().any(|x| x.abs() > 0.1) && samples.len() > 22_050, "{} samples", samples.len());
        let rows = |output: usize| outcome.rows(output).expect("rows");
        let time = |rows: &[Vec<Value>], row: usize, column: usize| rows[row][column].as_f64().expect("a time");
        let (texts, words, phonemes) = (rows(1), rows(2), rows(3));
        assert!((time(&texts, 1, 0) - time(&texts, 0, 1) - 0.5).abs() < 1e-4, "{texts:?}");
        assert!((time(&texts, 1, 1) - samples.len() as f64 / 22_050.0).abs() < 1e-9, "{texts:?}");
        let said: Vec<&str> = words.iter().filter_map(|row| row[2].as_str()).collect();
        assert_eq!(said, ["No", "matter", "Grüße", "world"]);
        for rows in [&words, &phonemes] {
            let times: Vec<f64> = (0..rows.len()).flat_map(|row| [time(rows, row, 0), time(rows, row, 1)]).collect();
            assert!(times.is_sorted() && times[0] >= 0.0, "{rows:?}");
        }
        assert_eq!(phonemes[0][2], "n".into());
        // A word is where sound is.
        let loud = |word: usize| {
            let at = |column| (time(&words, word, column) * 22_050.0) as usize;
            samples[at(0)..at(1)].iter().any(|x| x.abs() > 0.05)
        };
        assert!((0..4).all(loud));
        bench.conforms();
    }

    #[test]
    fn settings_change_what_is_heard() {
        if missing() {
            return;
        }
        let say = |id: &str, value: i64| {
            let outcome = bench(&["Try again, fail again, fail better."]).parameter(id, value).run().expect("runs");
            outcome.audio::<f32>(0).expect("speech").remove(0)
        };
        let usual = say("words_per_minute", 175);
        assert!(say("words_per_minute", 300).len() * 4 < usual.len() * 3);
        assert!(say("word_gap", 20).len() > usual.len());
        assert!(say("volume", 0).iter().all(|x| x.abs() < 1e-3));
        for id in ["pitch", "pitch_range"] {
            assert_ne!(say(id, 90), usual, "{id}");
        }
    }

    #[test]
    fn nothing_to_say_and_unknown_voices() {
        if missing() {
            return;
        }
        assert!(
            bench(&["", " \n"]).parameter("pause_s", 0.0).run().expect("runs").audio::<f32>(0).expect("silence")[0]
                .is_empty()
        );
        let error = refused(bench(&["a"]).parameter("voice", "nobody").run(), ErrorKind::Parameter);
        assert!(error.message.contains("no voice \"nobody\""), "{error}");
    }
}
