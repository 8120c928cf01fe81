//! A Whisper model: from its files to encoder, decoder and tokens.

use super::alignment::{self, Head};
use super::decoder::Decoder;
use super::encoder::Encoder;
use super::search::log_sum;
use super::size::{Size, openai_name};
use super::tokens::Tokens;
use crate::weights::{Ggml, Weights, refused, text};
use auricle_sdk::prelude::*;
use ndarray::Array2;
use serde_json::Value as Json;
use std::cell::Cell;

/// No configuration or vocabulary is larger.
const MOST_TEXT: u64 = 64 << 20;

/// A model's files, looked at: all that can be refused before weights are read.
pub struct Files {
    /// How large the model is.
    pub size: Size,
    /// Its tokens.
    pub tokens: Tokens,
    heads: Vec<Head>,
    weights: Weights,
}

/// A model that was read.
pub struct Model {
    pub tokens: Tokens,
    pub encoder: Encoder,
    pub decoder: Decoder,
    /// Bands that it hears.
    pub mels: usize,
    /// Heads of the decoder that follow the speech.
    pub heads: Vec<Head>,
}

impl Files {
    /// The input that brings them.
    pub const PORT: Port = Port::source("model").many().doc("A model of the session: all its files.");

    /// Looks at files as whisper.cpp has them (one, of any name) or Hugging Face (`config.json`, `tokenizer.json`,
    /// `model.safetensors`, and `generation_config.json` if there is one); others are passed over.
    ///
    /// # Errors
    /// One is missing, damaged, or of another model.
    pub fn open(sources: &[ByteSource]) -> Result<Self> {
        let named = |wanted: &str| sources.iter().find(|source| file_name(source) == wanted);
        if let Some(weights) = named("model.safetensors") {
            return Self::hugging_face(weights, &named);
        }
        for source in sources.iter().filter(|source| file_name(source).ends_with(".bin")) {
            if Ggml::is(source)? {
                let ggml = Ggml::open(source)?;
                let size = Size::of_ggml(ggml.sizes, source)?;
                let tokens = Tokens::of_openai(size.vocabulary, ggml.tokens, source)?;
                let heads = alignment::heads(&[], &size);
                return Files { size, tokens, heads, weights: ggml.weights }.checked();
            }
        }
        let names: Vec<String> = sources.iter().map(file_name).collect();
        let message = format!("no weights of Whisper among the model's files: {}", names.join(", "));
        let hint = "expected whisper.cpp's ggml-*.bin, or Hugging Face's model.safetensors with config.json and tokenizer.json";
        Err(Error::data(message).hint(hint))
    }

    fn hugging_face<'a>(weights: &ByteSource, named: &dyn Fn(&str) -> Option<&'a ByteSource>) -> Result<Self> {
        let json = |name: &str| {
            let Some(source) = named(name) else {
                return Err(Error::data(format!("the model has no {name} beside {}", file_name(weights))));
            };
            let parsed: std::result::Result<Json, _> = serde_json::from_str(&text(source, MOST_TEXT)?);
            Ok((source, parsed.map_err(|error| refused(source, format!("is no JSON: {error}")))?))
        };
        let (source, config) = json("config.json")?;
        let size = Size::of_config(&config, source)?;
        let (source, tokenizer) = json("tokenizer.json")?;
        let tokens = Tokens::of_hugging_face(&tokenizer, &config, size.vocabulary, source)?;
        let generation = named("generation_config.json").map(|_| json("generation_config.json")).transpose()?;
        let settings: Vec<&Json> = generation.iter().map(|(_, json)| json).chain([&config]).collect();
        let heads = alignment::heads(&settings, &size);
        Files { size, tokens, heads, weights: Weights::safetensors(weights)?.renamed(openai_name) }.checked()
    }

    fn checked(self) -> Result<Self> {
        self.size.check(&self.weights)?;
        Ok(self)
    }

    /// Reads the weights; `go_on` is told what share was read.
    ///
    /// # Errors
    /// An array is missing or of another shape, a file cannot be read, or `go_on` refuses.
    pub fn read(&self, go_on: &dyn Fn(f64) -> Result<()>) -> Result<Model> {
        let (layers, read) = (self.size.audio_layers + self.size.text_layers, Cell::new(0usize));
        let go_on = || {
            let done = read.replace(read.get() + 1);
            go_on(done as f64 / layers as f64)
        };
        Ok(Model {
            tokens: self.tokens.clone(),
            encoder: Encoder::read(&self.weights, &self.size, &go_on)?,
            decoder: Decoder::read(&self.weights, &self.size, &go_on)?,
            mels: self.size.mels,
            heads: self.heads.clone(),
        })
    }
}

/// The name without the model's.
fn file_name(source: &ByteSource) -> String {
    let name = source.name();
    name.rsplit('/').next().unwrap_or(&name).to_owned()
}

impl Model {
    /// The likeliest language of a window, as an index into the model's languages, and its probability among them; none
    /// of a model that knows one.
    ///
    /// # Errors
    /// `go_on` refuses.
    pub fn language(&self, audio: &Array2<f32>, go_on: &dyn Fn() -> Result<()>) -> Result<Option<(usize, f64)>> {
        let mut state = self.decoder.begin(audio, go_on)?;
        let scores = self.decoder.step(&mut state, &[self.tokens.start], &[0], go_on)?.pop().unwrap_or_default();
        let spoken: Vec<f32> = self.tokens.languages.iter().map(|(_, token)| scores[*token]).collect();
        let best = (0..spoken.len()).max_by(|&a, &b| spoken[a].total_cmp(&spoken[b]));
        Ok(best.map(|best| (best, f64::from(spoken[best] - log_sum(&spoken)).exp())))
    }
}
