//! `asr.whisper`: what was said, by OpenAI's Whisper.
//!
//! Shape: audio of one channel at 16 kHz, and a model's files, to a table. Source: openai-whisper 20250625, `transcribe`.

mod alignment;
mod decoder;
mod encoder;
mod listen;
mod math;
mod mel;
mod model;
mod rules;
mod search;
mod size;
mod task;
mod tokens;
mod transcribe;
mod words;

use auricle_sdk::format::{Column, ColumnType};
use auricle_sdk::prelude::*;
pub use listen::Listen;
use mel::{Mel, SAMPLE_RATE, WINDOW};
use model::Files;
use search::{Limits, Search};
use std::ops::Range;
use task::Task;
use transcribe::Ways;

/// The stage.
pub struct Whisper {
    files: Files,
    task: Task,
    ways: Ways,
    temperatures: Vec<f64>,
    limits: Limits,
    seed: u64,
    samples: Vec<f32>,
}

/// A transcript: start, end, text, and how sure the model is.
fn transcript() -> Records {
    let mut records = words();
    records.columns.push(Column::new("no_speech", ColumnType::Float));
    records
}

/// Words: the same without what is of a whole window.
fn words() -> Records {
    let mut columns = vec![
        Column::new("start", ColumnType::Float),
        Column::new("end", ColumnType::Float),
        Column::new("text", ColumnType::Str),
        Column::new("confidence", ColumnType::Float),
    ];
    columns[..2].iter_mut().for_each(|column| column.unit = "s".into());
    Records::new("auricle.transcript/1", columns)
}

/// The model that a stage hears with, of its inputs from `first` on; its sound must be the model's.
fn hears(setup: &Setup, first: usize) -> Result<Files> {
    let audio = setup.input(0)?.as_audio()?;
    if (audio.sample_rate, audio.channels) != (SAMPLE_RATE, 1) {
        let message = format!("expected one channel at 16000 Hz, got {} at {} Hz", audio.channels, audio.sample_rate);
        return Err(
            Error::format(message).hint("read.librosa with sr = 16000 gives it, as does resample.soxr of one channel")
        );
    }
    let sources =
        setup.inputs[first..].iter().map(|input| input.format.as_source().cloned()).collect::<Result<Vec<_>>>()?;
    let files = Files::open(&sources)?;
    if 2 * files.size.audio != WINDOW {
        let message = format!("the model hears windows of {} frames, expected {WINDOW}", 2 * files.size.audio);
        return Err(Error::data(message));
    }
    Ok(files)
}

impl Stage for Whisper {
    const DESCRIPTOR: Descriptor = Descriptor::new("asr.whisper", "What was said, by OpenAI's Whisper")
        .doc(
            "A window of 30 s at a time; the next begins at the last time that the model gave, so that nothing is lost between two. The \
             likeliest token is taken; a text that repeats itself or is not sure enough is decoded again at rising temperatures, by \
             chance that depends on the session's seed alone. confidence is the mean probability of a token in the window of a text, \
             no_speech the probability that nobody speaks there; of a word it is that of its own tokens. When a word was said is where the \
             decoder looked in the sound: heads of its attention that a model's alignment_heads name, or those known of OpenAI's models. \
             The model is one that a session names in [models]: whisper.cpp's \
             ggml-*.bin (f16, f32), or a folder of Hugging Face's (model.safetensors, config.json, tokenizer.json).",
        )
        .source("openai-whisper 20250625, whisper.transcribe with its defaults (greedy, no beams); timing.find_alignment for word times")
        .inputs(&[
            Port::audio("audio").doc("One channel at 16 kHz."),
            Files::PORT,
        ])
        .outputs(&[
            Port::records("transcript").doc("Columns start and end (s), text, confidence, no_speech."),
            Port::records("words").doc("A row a word: start and end (s), text, confidence."),
        ])
        .parameters(&[
            Task::LANGUAGE,
            Task::TASK,
            Parameter::absent("temperature", Types::FLOAT)
                .range(0.0, 2.0)
                .doc("Decode at this temperature alone; absent: at 0, and if need be at 0.2, 0.4, 0.6, 0.8, 1."),
            Parameter::bool("condition_on_previous_text", true).doc("What was said before leads what follows."),
            Parameter::bool("word_times", true).doc("The table words has the words; false: it stays empty, and saves a little time."),
            Limits::COMPRESSION,
            Limits::LOG_PROBABILITY,
            Limits::NO_SPEECH,
        ])
        .locality(Locality::WholeInput);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let files = hears(setup, 1)?;
        let parameters = &setup.parameters;
        let task = Task::new(parameters, &files)?;
        let temperatures = match parameters.optional_float("temperature")? {
            Some(temperature) => vec![temperature],
            None => vec![0.0, 0.2, 0.4, 0.6, 0.8, 1.0],
        };
        let stage = Whisper {
            task,
            ways: Ways { lead: parameters.bool("condition_on_previous_text")?, words: parameters.bool("word_times")? },
            temperatures,
            limits: Limits::new(parameters)?,
            seed: setup.seed,
            samples: Vec::new(),
            files,
        };
        Ok((stage, vec![Format::records(transcript()), Format::records(words())]))
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
        let model = self.files.read(&|share| host.progress(Some(share), "reading the model"))?;
        let mel = Mel::new(&self.samples, model.mels, &|| host.check_cancelled())?;
        let begin = self.task.begin(&model, host, || match mel.frames {
            0 => Ok(None),
            frames => model.encoder.encode(&mel.window(0, frames), &|| host.check_cancelled()).map(Some),
        })?;
        let search =
            Search { model: &model, begin, times: true, temperatures: &self.temperatures, limits: self.limits };
        let mut chance = auricle_dsp::random::uniform(self.seed);
        let go_on = |done: f64| host.progress(Some(done), "transcribing");
        let (segments, said) = transcribe::transcribe(&search, &mel, self.ways, &mut chance, &go_on)?;
        let mut rows = Rows::new(&transcript());
        segments.into_iter().try_for_each(|segment| rows.push(segment.cells()))?;
        out.rows(0, 0, &rows)?;
        let mut rows = Rows::new(&words());
        said.into_iter().try_for_each(|word| rows.push(word.cells()))?;
        out.rows(1, 0, &rows)?;
        self.samples = Vec::new();
        Ok(Flow::Done)
    }
}

#[cfg(test)]
mod tests;
