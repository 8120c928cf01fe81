//! `asr.listen`: what is said, by OpenAI's Whisper, while it is said.
//!
//! Shape: audio of one channel at 16 kHz, what a detector says of it, and a model's files, to two tables. Source: auricle's own;
//! Liu, Niehues, Spanakis 2020 for what is final. Unlike `asr.whisper` it does not wait for the end of the sound.

mod agreement;
mod course;
mod gate;

use super::mel::{HOP, Mel, SAMPLE_RATE, WINDOW};
use super::model::{Files, Model};
use super::search::{Given, Limits, Search};
use super::task::Task;
use super::transcribe::FRAMES_A_TIME;
use super::{hears, transcript};
use auricle_sdk::Host;
use auricle_sdk::format::{Clock, Column, ColumnType};
use auricle_sdk::prelude::*;
use course::{Asked, Config, Course, Ear, Heard, Step};
use gate::Gate;
use std::ops::Range;

/// Mel frames of silence behind a window: 1 s.
const SILENCE: usize = 100;
/// Fewest mel frames that a model is given: 4 s. In less it hears the same again and again.
const FEWEST: usize = 400;
/// Frames that stand in for those of a detector, in samples.
const FRAME: usize = 256;
/// A text has at most so many tokens, and so many more for each second: nobody speaks faster.
const TOKENS: (usize, usize) = (16, 10);
/// A text that ends so close before the end of the sound ends with it, in times of 20 ms. A model that is given less than 30 s
/// would go on behind it, and invent.
const NEAR_END: usize = 12;
/// Temperatures of a window that is heard for the last time; the others are heard at the first of them.
const TEMPERATURES: [f64; 4] = [0.0, 0.2, 0.4, 0.6];

/// The stage.
pub struct Listen {
    files: Files,
    task: Task,
    limits: Limits,
    seed: u64,
    config: Config,
    gate: gate::Config,
    threshold: f32,
    /// The clock of the detector's frames; none if every sound is speech.
    clock: Option<Clock>,
    model: Option<Model>,
    begin: Option<Vec<usize>>,
    course: Course,
    chance: Box<dyn FnMut() -> f64 + Send>,
    /// Frames so far.
    frames: usize,
    /// Rows so far, of both tables.
    rows: [i64; 2],
}

/// What became of each stretch of sound, as it came.
fn steps() -> Records {
    let seconds = |name: &str| {
        let mut column = Column::new(name, ColumnType::Float);
        column.unit = "s".into();
        column
    };
    let columns = vec![
        seconds("start"),
        seconds("end"),
        seconds("at"),
        Column::new("sent", ColumnType::Bool),
        Column::new("final", ColumnType::Str),
        Column::new("partial", ColumnType::Str),
        Column::new("confidence", ColumnType::Float),
    ];
    Records::new("auricle.listening/1", columns)
}

impl Stage for Listen {
    const DESCRIPTOR: Descriptor = Descriptor::new("asr.listen", "What is said while it is said, by OpenAI's Whisper")
        .doc(
            "Somebody speaks where the detector says so (vad.earshot, or any other probability of each frame; without one, everywhere); the \
             rest is silence, and the model never hears it. The sound since the last segment that is whole is heard every step_ms, in a \
             window as long as it is, of at least 4 s. Words that two texts of a growing window agree on are final: they do not change, \
             and the next text begins with them. What is heard when depends on the samples alone, so that a recording gives the same \
             text as the live sound did, on any machine. Texts that repeat themselves, or of which the model is not sure, are left out. \
             The table steps has a row for each hearing and each silence, as they come: at is how much sound had come, sent whether the \
             model heard it, final what is final behind all before, partial what may still change.",
        )
        .source("auricle's own; Liu, Niehues, Spanakis, Interspeech 2020, section 3.2: local agreement of two")
        .inputs(&[
            Port::audio("audio").doc("One channel at 16 kHz."),
            Port::tensor("speech").optional().doc("The probability of speech, one number a frame."),
            Files::PORT,
        ])
        .outputs(&[
            Port::records("transcript").doc("Columns start and end (s), text, confidence, no_speech."),
            Port::records("steps").doc("Columns start, end, at (s), sent, final, partial, confidence."),
        ])
        .parameters(&[
            Task::LANGUAGE,
            Task::TASK,
            Parameter::float("step_ms", 1000.0).range(200.0, 10_000.0).unit("ms").doc("Sound between two hearings."),
            Parameter::float("longest_s", 20.0).range(5.0, 28.0).unit("s").doc("A longer window is broken off."),
            Parameter::float("threshold", 0.5).range(0.0, 1.0).doc("Probability over which a frame is speech."),
            Parameter::float("min_speech_ms", 100.0).range(0.0, 1e4).unit("ms").doc("Shorter stretches are no speech."),
            Parameter::float("min_silence_ms", 700.0).range(0.0, 1e4).unit("ms").doc("Shorter gaps end no utterance."),
            Parameter::float("pad_ms", 300.0).range(0.0, 1e4).unit("ms").doc("Added at both ends of an utterance."),
            Parameter::bool("condition_on_previous_text", true).doc("What was said before leads what follows."),
            Limits::COMPRESSION,
            Limits::LOG_PROBABILITY,
            Limits::NO_SPEECH,
        ])
        .locality(Locality::WholeInput);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let speech = setup.inputs.iter().find(|input| input.port == 1);
        let files = hears(setup, if speech.is_some() { 2 } else { 1 })?;
        if let Some(values) = speech.map(|input| input.format.as_tensor()).transpose()?.map(|tensor| tensor.frame_len())
            && values != 1
        {
            let message = format!("speech: expected one number a frame, got {values}");
            return Err(Error::format(message).hint("the output speech of vad.earshot has it"));
        }
        let clock = speech.map(|input| input.format.clock);
        if clock.is_some_and(|clock| clock.step <= 0) {
            return Err(Error::format("speech: its frames have no time"));
        }
        let parameters = &setup.parameters;
        let samples = |id: &str, scale: f64| {
            Ok::<usize, Error>((parameters.float(id)? * scale * f64::from(SAMPLE_RATE)).round() as usize)
        };
        let gate = gate::Config {
            least_speech: samples("min_speech_ms", 1e-3)?,
            least_silence: samples("min_silence_ms", 1e-3)?,
            pad: samples("pad_ms", 1e-3)?,
        };
        let config = Config {
            step: samples("step_ms", 1e-3)?,
            longest: samples("longest_s", 1.0)?,
            lead: parameters.bool("condition_on_previous_text")?,
            keep: gate.pad + gate.least_speech + SAMPLE_RATE as usize,
        };
        let stage = Listen {
            task: Task::new(parameters, &files)?,
            files,
            limits: Limits::new(parameters)?,
            seed: setup.seed,
            config,
            gate,
            threshold: parameters.float("threshold")? as f32,
            clock,
            model: None,
            begin: None,
            course: Course::new(config, Gate::new(gate)),
            chance: Box::new(auricle_dsp::random::uniform(setup.seed)),
            frames: 0,
            rows: [0; 2],
        };
        Ok((stage, vec![Format::records(transcript()), Format::records(steps())]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.course = Course::new(self.config, Gate::new(self.gate));
        self.chance = Box::new(auricle_dsp::random::uniform(self.seed));
        (self.begin, self.frames, self.rows) = (None, 0, [0; 2]);
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        match packet {
            Some(packet) if packet.port == 0 => self.course.push(packet.channel::<f32>(0)?),
            Some(packet) => {
                for frame in packet.tensor::<f32>()?.frames() {
                    self.push_frame(frame[0] > self.threshold);
                }
            }
            None => {}
        }
        if self.clock.is_none() {
            while (self.frames + 1) * FRAME <= self.course.heard() {
                self.push_frame(true);
            }
        }
        // One step a call, so that what came of it is seen before the next is made.
        Ok(if self.step(out, Course::advance)? { Flow::Again } else { Flow::Continue })
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        if self.step(out, Course::advance)? {
            return Ok(Flow::Again);
        }
        self.step(out, Course::end)?;
        Ok(Flow::Done)
    }

    /// The one that is behind.
    fn wants(&self) -> Option<usize> {
        let (_, end) = self.clock.map(|clock| frame(&clock, self.frames))?;
        Some(usize::from(end <= self.course.heard()))
    }
}

impl Listen {
    fn push_frame(&mut self, active: bool) {
        let (start, end) = match &self.clock {
            Some(clock) => frame(clock, self.frames),
            None => (self.frames * FRAME, (self.frames + 1) * FRAME),
        };
        self.frames += 1;
        self.course.push_frame(start, end, active);
    }

    /// Makes a step, if one can be made, and sends what came of it.
    fn step(
        &mut self,
        out: &mut Outputs<'_>,
        go: fn(&mut Course, &super::tokens::Tokens, &mut dyn Ear) -> Result<Option<Step>>,
    ) -> Result<bool> {
        let model = match &mut self.model {
            Some(model) => model,
            none => {
                let host = out.host();
                none.insert(self.files.read(&|share| host.progress(Some(share), "reading the model"))?)
            }
        };
        let mut ear = ModelEar {
            model,
            task: &self.task,
            begin: &mut self.begin,
            limits: self.limits,
            chance: &mut self.chance,
            host: out.host(),
        };
        let Some(step) = go(&mut self.course, &model.tokens, &mut ear)? else { return Ok(false) };
        let mut rows = Rows::new(&transcript());
        for segment in step.segments {
            rows.push(segment.cells())?;
        }
        out.rows(0, self.rows[0], &rows)?;
        self.rows[0] += rows.len() as i64;
        let [start, end, at] = [step.start, step.end, step.at].map(|at| at as f64 / f64::from(SAMPLE_RATE));
        let mut rows = Rows::new(&steps());
        let confidence = if step.sent { step.confidence.into() } else { Value::None };
        rows.push(vec![
            start.into(),
            end.into(),
            at.into(),
            step.sent.into(),
            step.settled.into(),
            step.open.into(),
            confidence,
        ])?;
        out.rows(1, self.rows[1], &rows)?;
        self.rows[1] += 1;
        Ok(true)
    }
}

/// Where frame `index` of a detector begins and ends, in samples: it stands for half a step around its centre.
fn frame(clock: &Clock, index: usize) -> (usize, usize) {
    let half = 0.5 / clock.rate();
    let centre = clock.seconds(index as i64);
    let [start, end] = [centre - half, centre + half].map(|s| (s.max(0.0) * f64::from(SAMPLE_RATE)).round() as usize);
    (start, end)
}

/// A model that hears windows.
struct ModelEar<'a> {
    model: &'a Model,
    task: &'a Task,
    begin: &'a mut Option<Vec<usize>>,
    limits: Limits,
    chance: &'a mut Box<dyn FnMut() -> f64 + Send>,
    host: &'a Host,
}

impl Ear for ModelEar<'_> {
    fn hear(&mut self, asked: &Asked<'_>) -> Result<Heard> {
        let (model, host) = (self.model, self.host);
        let go_on = || host.check_cancelled();
        let mel = Mel::new(asked.samples, model.mels, &go_on)?;
        let frames = (mel.frames + SILENCE).clamp(FEWEST, WINDOW).next_multiple_of(2);
        let audio = model.encoder.encode(&mel.padded(frames), &go_on)?;
        if self.begin.is_none() {
            *self.begin = Some(self.task.begin(model, host, || Ok(Some(audio.clone())))?);
        }
        let temperatures = if asked.last { &TEMPERATURES[..] } else { &TEMPERATURES[..1] };
        let search = Search {
            model,
            begin: self.begin.clone().unwrap_or_default(),
            times: true,
            temperatures,
            limits: self.limits,
        };
        let seconds = mel.frames * HOP / SAMPLE_RATE as usize;
        let most = Some(asked.first.len() + TOKENS.0 + TOKENS.1 * seconds);
        let until = Some(model.tokens.first_time + (mel.frames / FRAMES_A_TIME).saturating_sub(NEAR_END));
        // Every window begins where speech does, or where a text has ended.
        let from_start = [model.tokens.first_time];
        let first = if asked.first.is_empty() { &from_start } else { asked.first };
        let given = Given { before: asked.before, first, most, until };
        let found = search.run(&mut model.decoder.begin(&audio, &go_on)?, given, &mut **self.chance, &go_on)?;
        Ok(Heard {
            good: found.is_good(&self.limits) && !found.is_silence(&self.limits) && found.ended,
            confidence: found.log_probability.exp(),
            no_speech: found.no_speech,
            tokens: found.tokens,
        })
    }
}
