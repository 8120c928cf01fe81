//! `tts.kokoro`: speech from phonemes, by Kokoro and one of its voices.
//!
//! Shape: a table with phonemes to audio of one channel at 24 kHz. Source: Kokoro-82M 1.0. Unlike `tts.piper` one model has
//! many voices, each a small file beside it.

use crate::description::{Dim, Is};
use crate::files::{Package, exactly, file_name};
use crate::tokens::Tokens;
use crate::voice::{Dialect, INPUT, OUTPUTS, PAUSE, PHONEMES};
use auricle_sdk::prelude::*;
use serde_json::Value as Json;

/// How a voice's file name ends.
const VOICE: &str = ".bin";

/// A voice and how fast it speaks.
pub struct Kokoro {
    voice: ByteSource,
    /// Numbers of a style.
    width: usize,
    speed: f32,
}

impl Dialect for Kokoro {
    const DESCRIPTOR: Descriptor = Descriptor::new("tts.kokoro", "Speech from phonemes, by Kokoro and one of its voices")
        .doc(
            "Each row is said on its own; one that is longer than a voice allows (510 phonemes) is cut where a clause ends. The model is one \
             that a session names in [models]: a folder with a graph, vocab.json and voices, NAME.bin. Phonemes are those of text.phonemes \
             with a voice of American English, which become the model's own signs here.",
        )
        .source("Kokoro-82M 1.0; Li, Han, Raghavan, Mischler, Mesgarani, StyleTTS 2, NeurIPS 2023")
        .inputs(&[INPUT, Package::PORT])
        .outputs(OUTPUTS)
        .parameters(&[
            PHONEMES,
            Parameter::text("voice", "").doc("Name of the voice, as af_heart; empty: the first of the model's."),
            Parameter::float("speed", 1.0).range(0.1, 10.0).doc("How fast: 2 takes half as long."),
            PAUSE,
        ])
        .locality(Locality::WholeInput);

    fn new(setup: &Setup, package: &Package) -> Result<(Self, Tokens, u32)> {
        let description = &package.description;
        let speech = description.section(&description.speech, "speech")?;
        let rate =
            speech.sample_rate.ok_or_else(|| Error::data("the model's description has no speech.sample_rate"))?;
        let style = description.inputs.values().find(|input| input.is == Is::Style);
        let width = match style.and_then(|style| style.shape.last()) {
            Some(Dim::Fixed(width)) if *width > 0 => *width,
            _ => return Err(Error::data("the model's description has no style of a fixed length")),
        };
        let voices = package.all_ending(VOICE);
        let wanted = setup.parameters.text("voice")?;
        let found = voices.iter().find(|voice| wanted.is_empty() || file_name(voice) == format!("{wanted}{VOICE}"));
        let Some(voice) = found else {
            let names: Vec<String> =
                voices.iter().map(|voice| file_name(voice).trim_end_matches(VOICE).to_owned()).collect();
            if names.is_empty() {
                let message = format!("the model has no voices (NAME{VOICE}) beside {}", file_name(&package.graph));
                return Err(Error::data(message)
                    .hint("`auricle models import` takes the graph, vocab.json and voices together"));
            }
            return Err(Error::parameter("voice", format!("no voice {wanted:?}; the model has {}", names.join(", "))));
        };
        let row = 4 * width as u64;
        let rows = match voice.len() {
            Some(length) if length > 0 && length % row == 0 => (length / row) as usize,
            length => {
                let got = length.unwrap_or(0);
                let message = format!("{}: expected rows of {row} bytes, got {got} bytes", voice.name());
                return Err(Error::data(message).hint("the file is cut short or damaged; get it again"));
            }
        };
        let file = &speech.phonemes;
        let parsed: std::result::Result<Json, _> = serde_json::from_str(&package.text(file)?);
        let parsed = parsed.map_err(|error| Error::data(format!("{file} is no JSON: {error}")))?;
        let table = parsed.get("vocab").unwrap_or(&parsed);
        let mut tokens = Tokens::new(table, file, &speech.replace, rows)?;
        tokens.around = [vec![0], Vec::new(), vec![0]];
        let speed = setup.parameters.float("speed")? as f32;
        Ok((Kokoro { voice: (*voice).clone(), width, speed }, tokens, rate))
    }

    fn beside(&mut self, tokens: usize) -> Result<Vec<(Is, Vec<f32>)>> {
        // A row for each number of phonemes; two tokens stand around them.
        let row = tokens.saturating_sub(2).saturating_sub(1);
        let mut bytes = vec![0; 4 * self.width];
        exactly(&self.voice, (row * bytes.len()) as u64, &mut bytes)?;
        let style = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        Ok(vec![(Is::Style, style), (Is::Speed, vec![self.speed])])
    }
}
