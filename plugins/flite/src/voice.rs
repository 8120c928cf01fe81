//! `tts.flite`: speech from English text, by units of recorded voices.
//!
//! Shape: a table with a column `text` to audio of one channel, and tables of what is heard when. Source: Flite, the version
//! that is installed. Unlike `tts.espeak` it speaks English alone, sounds like the people who lent their voices, and its licence
//! is BSD-like.

use crate::ffi::{self, Stretch, VOICES};
use auricle_sdk::Host;
use auricle_sdk::prelude::*;
use auricle_spoken::{AUDIO, PAUSE, PHONEMES, SPOKEN, Said, Spoken, TEXT, TEXTS, Voice, WORDS};
use std::ffi::CStr;

/// The voice.
pub struct Flite {
    library: ffi::Flite,
    features: Vec<(&'static CStr, f64)>,
    sample_rate: u32,
}

/// Full scale of 16 bits.
const SCALE: f32 = 32_768.0;

impl Voice for Flite {
    const DESCRIPTOR: Descriptor = Descriptor::new("tts.flite", "Speech from English text, by Flite")
        .doc(
            "Every text is spoken on its own, with a pause between two, at the rate of the voice: 16 kHz, of kal 8 kHz. The tables say when \
             each text, word and phoneme is heard; words as they are spoken (3 is three), phonemes in Flite's names (ae, dh ...). The library \
             is opened where it is installed (Debian: libflite1).",
        )
        .source("Flite 2.2, flite_synth_text")
        .inputs(&[TEXTS])
        .outputs(&[AUDIO, SPOKEN, WORDS, PHONEMES])
        .parameters(&[
            Parameter::choice("voice", "slt", VOICES)
                .doc("slt: a woman of the United States, rms: a man, awb: a Scot; kal16 and kal: a man, by diphones."),
            TEXT,
            Parameter::float("duration_stretch", 1.0).range(0.1, 10.0).doc("How slowly it speaks: 2 is half as fast."),
            Parameter::absent("int_f0_target_mean", Types::FLOAT)
                .range(20.0, 1000.0)
                .unit("Hz")
                .doc("Mean pitch; absent: that of the voice."),
            Parameter::absent("int_f0_target_stddev", Types::FLOAT)
                .range(0.0, 500.0)
                .unit("Hz")
                .doc("How much the pitch moves; absent: as the voice does."),
            PAUSE,
        ])
        .locality(Locality::WholeInput);

    fn new(setup: &Setup) -> Result<Self> {
        let parameters = &setup.parameters;
        let library = ffi::Flite::new(parameters.text("voice")?).map_err(failed)?;
        let mut features = vec![(c"duration_stretch", parameters.float("duration_stretch")?)];
        for (id, feature) in
            [("int_f0_target_mean", c"int_f0_target_mean"), ("int_f0_target_stddev", c"int_f0_target_stddev")]
        {
            features.extend(parameters.optional_float(id)?.map(|value| (feature, value)));
        }
        // What the rate is only its sound tells.
        let sample_rate = library.speak("a", &[]).map_err(failed)?.sample_rate;
        Ok(Flite { library, features, sample_rate })
    }

    fn sample_rate(&self) -> u32 {
        self.sample_rate
    }

    fn made_by(&self) -> Result<String> {
        Ok("Flite (libflite.so.1)".into())
    }

    fn speak(&mut self, text: &str, _: &Host) -> Result<Spoken> {
        let text = text.replace('\0', " ");
        if text.trim().is_empty() {
            return Ok(Spoken::default());
        }
        let speech = self.library.speak(&text, &self.features).map_err(failed)?;
        if speech.sample_rate != self.sample_rate {
            let message = format!("the voice speaks at {} Hz, and then at {}", self.sample_rate, speech.sample_rate);
            return Err(Error::internal(message));
        }
        let length = speech.samples.len();
        let said = |(at, what): &Stretch| {
            let sample = |seconds: f64| ((seconds * f64::from(self.sample_rate)).round() as usize).min(length);
            Said { at: sample(at.start)..sample(at.end.max(at.start)), what: what.clone() }
        };
        let phonemes: Vec<Said> = speech.phonemes.iter().filter(|(_, name)| name != "pau").map(said).collect();
        let names: Vec<&str> = phonemes.iter().map(|phoneme| phoneme.what.as_str()).collect();
        Ok(Spoken {
            transcription: names.join(" "),
            words: speech.words.iter().map(said).collect(),
            samples: speech.samples.iter().map(|&sample| f32::from(sample) / SCALE).collect(),
            phonemes,
        })
    }
}

fn failed(why: String) -> Error {
    Error::new(ErrorKind::Unsupported, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::Bench;
    use auricle_spoken::Speaking;

    #[test]
    fn words_and_phonemes_have_their_times() {
        if let Err(why) = ffi::Flite::new("slt") {
            return eprintln!("skipped: {why}");
        }
        // A voice of diphones is quick.
        let bench = Bench::<Speaking<Flite>>::new().parameter("voice", "kal").parameter("text", "No matter: try 3.");
        let outcome = bench.run().expect("runs");
        let samples = &outcome.audio::<f32>(0).expect("speech")[0];
        assert!(samples.len() > 8000 && samples.iter().any(|x| x.abs() > 0.1), "{} samples", samples.len());
        let texts = |output: usize, column: usize| -> Vec<String> {
            let rows = outcome.rows(output).expect("rows");
            rows.iter().filter_map(|row| row[column].as_str().map(str::to_owned)).collect()
        };
        assert_eq!(texts(2, 2), ["no", "matter", "try", "three"]);
        assert_eq!(texts(3, 2)[..4], ["n", "ow", "m", "ae"]);
        assert!(texts(1, 3)[0].starts_with("n ow m ae t er"));
        let times: Vec<f64> = outcome.rows(3).expect("rows").iter().filter_map(|row| row[0].as_f64()).collect();
        assert!(times.is_sorted() && times[0] > 0.0, "{times:?}");
        bench.conforms();
    }
}
