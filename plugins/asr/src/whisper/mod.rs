//! `asr.whisper`: what was said, by OpenAI's Whisper.
//!
//! Shape: audio of one channel at 16 kHz, and a model's files, to a table. Source: openai-whisper 20250625, `transcribe`.

mod decoder;
mod encoder;
mod math;
mod mel;
mod model;
mod rules;
mod search;
mod size;
mod tokens;
mod transcribe;

use auricle_sdk::format::{Column, ColumnType};
use auricle_sdk::prelude::*;
use mel::{Mel, SAMPLE_RATE, WINDOW};
use model::Files;
use search::{Limits, Search};
use std::ops::Range;

/// The stage.
pub struct Whisper {
    files: Files,
    language: Option<String>,
    translate: bool,
    lead: bool,
    temperatures: Vec<f64>,
    limits: Limits,
    seed: u64,
    samples: Vec<f32>,
}

/// A transcript: start, end, text, and how sure the model is.
fn transcript() -> Records {
    let mut columns = vec![
        Column::new("start", ColumnType::Float),
        Column::new("end", ColumnType::Float),
        Column::new("text", ColumnType::Str),
        Column::new("confidence", ColumnType::Float),
        Column::new("no_speech", ColumnType::Float),
    ];
    columns[..2].iter_mut().for_each(|column| column.unit = "s".into());
    Records::new("auricle.transcript/1", columns)
}

impl Stage for Whisper {
    const DESCRIPTOR: Descriptor = Descriptor::new("asr.whisper", "What was said, by OpenAI's Whisper")
        .doc(
            "A window of 30 s at a time; the next begins at the last time that the model gave, so that nothing is lost between two. The \
             likeliest token is taken; a text that repeats itself or is not sure enough is decoded again at rising temperatures, by \
             chance that depends on the session's seed alone. confidence is the mean probability of a token in the window of a text, \
             no_speech the probability that nobody speaks there. The model is one that a session names in [models]: whisper.cpp's \
             ggml-*.bin (f16, f32), or a folder of Hugging Face's (model.safetensors, config.json, tokenizer.json).",
        )
        .source("openai-whisper 20250625, whisper.transcribe with its defaults (greedy, no beams, no word times)")
        .inputs(&[
            Port::audio("audio").doc("One channel at 16 kHz."),
            Port::source("model").many().doc("A model of the session: all its files."),
        ])
        .outputs(&[Port::records("transcript").doc("Columns start and end (s), text, confidence, no_speech.")])
        .parameters(&[
            Parameter::text("language", "auto")
                .doc("Language of the speech, as en; auto: the likeliest in the first 30 s. English-only models know one."),
            Parameter::choice("task", "transcribe", &["transcribe", "translate"]).doc("translate: what was said, in English."),
            Parameter::absent("temperature", Types::FLOAT)
                .range(0.0, 2.0)
                .doc("Decode at this temperature alone; absent: at 0, and if need be at 0.2, 0.4, 0.6, 0.8, 1."),
            Parameter::bool("condition_on_previous_text", true).doc("What was said before leads what follows."),
            Parameter::float("compression_ratio_threshold", 2.4).range(0.0, 1e3).doc("A text that zlib shortens more repeats itself."),
            Parameter::float("logprob_threshold", -1.0).range(-1e3, 0.0).doc("Mean log probability of a token under which a text is unsure."),
            Parameter::float("no_speech_threshold", 0.6)
                .range(0.0, 1.0)
                .doc("Probability of no speech over which an unsure text is silence."),
        ])
        .locality(Locality::WholeInput);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let audio = setup.input(0)?.as_audio()?;
        if (audio.sample_rate, audio.channels) != (SAMPLE_RATE, 1) {
            let message =
                format!("expected one channel at 16000 Hz, got {} at {} Hz", audio.channels, audio.sample_rate);
            return Err(Error::format(message)
                .hint("read.librosa with sr = 16000 gives it, as does resample.soxr of one channel"));
        }
        let sources =
            setup.inputs[1..].iter().map(|input| input.format.as_source().cloned()).collect::<Result<Vec<_>>>()?;
        let files = Files::open(&sources)?;
        if 2 * files.size.audio != WINDOW {
            let message = format!("the model hears windows of {} frames, expected {WINDOW}", 2 * files.size.audio);
            return Err(Error::data(message));
        }
        let parameters = &setup.parameters;
        let language = parameters.text("language")?;
        let languages = &files.tokens.languages;
        let known = |name: &str| languages.iter().any(|(known, _)| *known == name);
        if language != "auto" && !known(language) && !(languages.is_empty() && language == "en") {
            let names: Vec<&str> = languages.iter().map(|(name, _)| *name).collect();
            let names = if names.is_empty() { "en".to_owned() } else { names.join(" ") };
            let message = format!("the model does not know the language {language:?}");
            return Err(Error::parameter("language", message).hint(format!("it knows {names}")));
        }
        let translate = parameters.text("task")? == "translate";
        if translate && languages.is_empty() {
            return Err(Error::parameter("task", "an English-only model has nothing to translate"));
        }
        let temperatures = match parameters.optional_float("temperature")? {
            Some(temperature) => vec![temperature],
            None => vec![0.0, 0.2, 0.4, 0.6, 0.8, 1.0],
        };
        let stage = Whisper {
            language: (language != "auto").then(|| language.to_owned()),
            translate,
            lead: parameters.bool("condition_on_previous_text")?,
            temperatures,
            limits: Limits {
                compression: parameters.float("compression_ratio_threshold")?,
                log_probability: parameters.float("logprob_threshold")?,
                no_speech: parameters.float("no_speech_threshold")?,
            },
            seed: setup.seed,
            samples: Vec::new(),
            files,
        };
        Ok((stage, vec![Format::records(transcript())]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.samples.clear();
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, _: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet {
            self.samples.extend(packet.channel::<f32>(0)?);
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        let host = out.host();
        let model = self.files.read()?;
        let mel = Mel::new(&self.samples, model.mels)?;
        let tokens = &model.tokens;
        let mut begin = vec![tokens.start];
        let named =
            self.language.as_ref().and_then(|name| tokens.languages.iter().position(|(known, _)| known == name));
        let language = match named {
            _ if tokens.languages.is_empty() || mel.frames == 0 => None,
            Some(index) => Some(index),
            None => {
                let audio = model.encoder.encode(&mel.window(0, mel.frames), &|| host.check_cancelled())?;
                model.language(&audio).map(|(index, sureness)| {
                    let message =
                        format!("the language is {}, with probability {sureness:.2}", tokens.languages[index].0);
                    host.finding(Severity::Info, "language", &message, None);
                    index
                })
            }
        };
        if let Some(index) = language {
            begin.push(tokens.languages[index].1);
            begin.push(if self.translate { tokens.translate } else { tokens.transcribe });
        }
        let search =
            Search { model: &model, begin, times: true, temperatures: &self.temperatures, limits: self.limits };
        let mut chance = auricle_dsp::random::uniform(self.seed);
        let go_on = |done: f64| host.progress(Some(done), "transcribing");
        let segments = transcribe::transcribe(&search, &mel, self.lead, &mut chance, &go_on)?;
        let mut rows = Rows::new(&transcript());
        for segment in segments {
            rows.push(segment.cells())?;
        }
        out.rows(0, 0, &rows)?;
        self.samples = Vec::new();
        Ok(Flow::Done)
    }
}

#[cfg(test)]
mod tests;
