//! A [`Voice`] as a stage.

use crate::ports::tables;
use crate::{Said, Spoken, Texts, Voice};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// A stage that speaks: a text after the other, each as soon as it comes in, so that memory holds no more than one.
pub struct Speaking<V> {
    voice: V,
    texts: Texts,
    /// Samples between two texts.
    pause: usize,
    /// Samples so far.
    at: usize,
    /// Rows so far: texts, words, phonemes.
    rows: [usize; 3],
}

impl<V: Voice> Stage for Speaking<V> {
    const DESCRIPTOR: Descriptor = V::DESCRIPTOR;

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let texts = Texts::new(setup)?;
        let voice = V::new(setup)?;
        let sample_rate = voice.sample_rate();
        let pause = (setup.parameters.float("pause_s")? * f64::from(sample_rate)).round() as usize;
        let mut formats = vec![Format::audio::<f32>(1, sample_rate, None)];
        formats.extend(tables().map(Format::records));
        Ok((Speaking { voice, texts, pause, at: 0, rows: [0; 3] }, formats))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        (self.at, self.rows) = (0, [0; 3]);
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        for text in self.texts.of(packet)? {
            out.host().check_cancelled()?;
            if self.rows[0] == 0 {
                let made_by = format!("spoken by {}", self.voice.made_by()?);
                out.host().finding(Severity::Info, "voice", &made_by, None);
            }
            let spoken = self.voice.speak(&text, out.host())?;
            self.emit(&text, &spoken, out)?;
        }
        Ok(if packet.is_some() { Flow::Continue } else { Flow::Done })
    }
}

impl<V: Voice> Speaking<V> {
    fn emit(&mut self, text: &str, spoken: &Spoken, out: &mut Outputs<'_>) -> Result<()> {
        let pause = if self.rows[0] > 0 { self.pause } else { 0 };
        let mut block = out.audio::<f32>(0, self.at as i64, pause + spoken.samples.len())?;
        let (silence, speech) = block.channel(0).split_at_mut(pause);
        silence.fill(0.0);
        speech.copy_from_slice(&spoken.samples);
        block.emit()?;
        let (start, sample_rate) = (self.at + pause, f64::from(self.voice.sample_rate()));
        self.at = start + spoken.samples.len();
        let seconds = |samples: usize| Value::Float((start + samples) as f64 / sample_rate);
        let said = |said: &Said| vec![seconds(said.at.start), seconds(said.at.end), said.what.as_str().into()];
        let whole = vec![seconds(0), seconds(spoken.samples.len()), text.into(), spoken.transcription.as_str().into()];
        let parts = [vec![whole], spoken.words.iter().map(said).collect(), spoken.phonemes.iter().map(said).collect()];
        for (index, (table, part)) in tables().iter().zip(parts).enumerate() {
            let mut rows = Rows::new(table);
            part.into_iter().try_for_each(|row| rows.push(row))?;
            out.rows(1 + index, self.rows[index] as i64, &rows)?;
            self.rows[index] += rows.len();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AUDIO, PAUSE, PHONEMES, SPOKEN, TEXT, TEXTS, WORDS};
    use auricle_sdk::Host;
    use auricle_sdk::format::{Column, ColumnType};
    use auricle_sdk::testing::{Bench, refused};

    /// Says a sample a letter: its place in the alphabet.
    struct Letters;

    impl Voice for Letters {
        const DESCRIPTOR: Descriptor = Descriptor::new("test.letters", "Spells")
            .inputs(&[TEXTS])
            .outputs(&[AUDIO, SPOKEN, WORDS, PHONEMES])
            .parameters(&[TEXT, PAUSE])
            .locality(Locality::WholeInput);

        fn new(_: &Setup) -> Result<Self> {
            Ok(Letters)
        }

        fn sample_rate(&self) -> u32 {
            10
        }

        fn made_by(&self) -> Result<String> {
            Ok("hand".into())
        }

        fn speak(&mut self, text: &str, _: &Host) -> Result<Spoken> {
            let samples: Vec<f32> = text.bytes().map(|byte| f32::from(byte.saturating_sub(b'a' - 1))).collect();
            let whole = Said { at: 0..samples.len(), what: text.to_uppercase() };
            Ok(Spoken { words: vec![whole.clone()], phonemes: vec![whole], transcription: text.to_owned(), samples })
        }
    }

    fn texts(texts: &[&str]) -> Bench<Speaking<Letters>> {
        let records = Records::new("t/1", vec![Column::new("text", ColumnType::Str)]);
        Bench::new().records(records, texts.iter().map(|&text| vec![text.into()]))
    }

    #[test]
    fn texts_one_after_another() {
        let bench = texts(&["ab", "", "c"]).parameter("pause_s", 0.2);
        let outcome = bench.run().expect("runs");
        assert_eq!(outcome.audio::<f32>(0).expect("speech"), [[1.0, 2.0, 0.0, 0.0, 0.0, 0.0, 3.0]]);
        let row = |start: f64, end: f64, text: &str| -> Vec<Value> { vec![start.into(), end.into(), text.into()] };
        let words = outcome.rows(2).expect("words");
        assert_eq!(words, [row(0.0, 0.2, "AB"), row(0.4, 0.4, ""), row(0.6, 0.7, "C")]);
        assert_eq!(outcome.rows(3).expect("phonemes"), words);
        assert_eq!(outcome.rows(1).expect("texts")[2][2..], ["c".into(), "c".into()]);
        bench.conforms();
        assert!(texts(&[]).run().expect("runs").audio::<f32>(0).expect("silence")[0].is_empty());
    }

    #[test]
    fn a_text_of_the_session() {
        let bench = Bench::<Speaking<Letters>>::new().parameter("text", "abc");
        assert_eq!(bench.run().expect("runs").audio::<f32>(0).expect("speech"), [[1.0, 2.0, 3.0]]);
        bench.conforms();
        let neither = refused(Bench::<Speaking<Letters>>::new().run(), ErrorKind::Parameter);
        assert!(neither.message.contains("got neither"), "{neither}");
        refused(texts(&["a"]).parameter("text", "b").run(), ErrorKind::Parameter);
        let table = Records::new("t/1", vec![Column::new("words", ColumnType::Str)]);
        let other = Bench::<Speaking<Letters>>::new().records(table, []);
        assert!(refused(other.run(), ErrorKind::Format).message.contains("got one of words"));
    }
}
