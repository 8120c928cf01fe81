//! `asr.ctc`: what was said, by a model that scores letters or pieces of words in every frame.
//!
//! Shape: audio to a text, its words, the path and the scores it comes from. Source: Graves et al., ICML 2006. Unlike
//! `asr.whisper` it shows how the text comes about: which frames are blank, which repeat, which are kept.

mod vocabulary;

use crate::description::Is;
use crate::files::Package;
use crate::graph::{Graph, Numbers, audio, mono};
use crate::tables::times;
use auricle_dsp::ctc::{Fate, align, best_path, fates, log_softmax, prefix_beam};
use auricle_sdk::format::{Column, ColumnType};
use auricle_sdk::prelude::*;
use std::ops::Range;
use vocabulary::{Vocabulary, Word};

/// A variance is not divided by less: transformers 4.57, `Wav2Vec2FeatureExtractor.zero_mean_unit_var_norm`.
const LEAST_VARIANCE: f64 = 1e-7;

/// The stage.
pub struct Ctc {
    package: Package,
    vocabulary: Vocabulary,
    seed: u64,
    normalize: bool,
    beams: Option<usize>,
    scores: Scores,
    hop: usize,
    centre: usize,
    sample_rate: f64,
    samples: Vec<f32>,
}

/// What the numbers of the scores are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Scores {
    Logits,
    Log,
    Probability,
}

fn transcript() -> Records {
    let mut columns = times();
    columns.extend([Column::new("text", ColumnType::Str), Column::new("confidence", ColumnType::Float)]);
    Records::new("auricle.transcript/1", columns)
}

fn path() -> Records {
    let mut columns = times();
    columns.push(Column::new("label", ColumnType::Str));
    columns.push(Column::new("score", ColumnType::Float));
    columns.push(Column::new("fate", ColumnType::Str));
    Records::new("auricle.labels/1", columns)
}

impl Stage for Ctc {
    const DESCRIPTOR: Descriptor = Descriptor::new("asr.ctc", "What was said, and how frames of scores collapse to it")
        .doc(
            "The model scores its classes in every frame (20 ms with wav2vec 2.0). The path has one class a frame: with decode = greedy the \
             likeliest; with beam the likeliest path of the text that is likeliest by all its paths together. Of equal classes side by side \
             one is kept, the others repeat it; blanks stand for nothing. confidence is the geometric mean of the probabilities of kept \
             classes. The model is one that a session names in [models]: a folder with a graph and vocab.json, as exported from wav2vec 2.0, \
             or with a description (*.toml) that says stage = \"asr.ctc\".",
        )
        .source("Graves et al., ICML 2006; Graves and Jaitly, ICML 2014, algorithm 1, without a language model")
        .inputs(&[
            Port::audio("audio").doc("One channel at the model's rate."),
            Package::PORT,
        ])
        .outputs(&[
            Port::records("transcript").doc("Columns start and end (s), text, confidence: one row, or none where nothing was said."),
            Port::records("words").doc("The same columns, a row a word."),
            Port::records("path").doc("A row a frame: start, end (s), label (the token), score (its probability), fate (kept, repeat, blank)."),
            Port::tensor("posteriors").doc("Scores of the classes in each frame, (frame, token)."),
        ])
        .parameters(&[
            Parameter::choice("decode", "greedy", &["greedy", "beam"]).doc("The likeliest path, or the likeliest text."),
            Parameter::int("beams", 16).range(1.0, 1024.0).doc("Beginnings of texts that decode = beam keeps after each frame."),
            Parameter::choice("posteriors", "probability", &["probability", "log", "logits"])
                .doc("What posteriors are: probabilities, their natural logarithms, or what the model gives."),
        ])
        .locality(Locality::WholeInput);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let package = Package::open(setup, Self::DESCRIPTOR.id)?;
        let audio = audio(&package.description)?.clone();
        let format = setup.input(0)?;
        mono(format, audio.sample_rate)?;
        let vocabulary = Vocabulary::read(&package)?;
        let logits = package.description.output("logits")?;
        let edge = package.outline.outputs.iter().find(|edge| edge.name == logits);
        if let Some(classes) = edge.and_then(|edge| edge.shape.last()?.parse().ok()) {
            fits(&vocabulary, classes)?;
        }
        let (hop, centre) = audio.frames.ok_or_else(|| Error::data("the model's description has no audio.frames"))?;
        if hop == 0 || centre == 0 {
            return Err(Error::data("the model's description: audio.frames are at least 1"));
        }
        let parameters = &setup.parameters;
        let scores = match parameters.text("posteriors")? {
            "logits" => Scores::Logits,
            "log" => Scores::Log,
            _ => Scores::Probability,
        };
        let quantity = match scores {
            Scores::Logits => "logits",
            Scores::Log => "ln",
            Scores::Probability => "probability",
        };
        let stage = Ctc {
            seed: setup.seed,
            normalize: audio.normalize,
            beams: if parameters.text("decode")? == "beam" { Some(parameters.count("beams")?) } else { None },
            scores,
            hop,
            centre,
            sample_rate: f64::from(audio.sample_rate),
            samples: Vec::new(),
            package,
            vocabulary,
        };
        let count = format.length.map(|length| stage.frames(length as usize) as i64);
        let classes = Axis::new(Role::Token, "token", Some(stage.vocabulary.classes()));
        let tensor = Tensor::new::<f32>(vec![Axis::frames(count), classes], quantity);
        let clock = format.clock.frames(hop as i64, centre as i64);
        let posteriors = Format::tensor(tensor, clock, count, "frame,token");
        let tables = [transcript(), transcript(), path()].map(Format::records);
        Ok((stage, tables.into_iter().chain([posteriors]).collect()))
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
        let mut samples = std::mem::take(&mut self.samples);
        let frames = self.frames(samples.len());
        if frames == 0 {
            return Ok(Flow::Done);
        }
        if self.normalize {
            normalize(&mut samples);
        }
        let host = out.host();
        let mut graph = Graph::load(&self.package, &["logits"], self.seed, host)?;
        host.progress(None, "running the model")?;
        let length = samples.len();
        let mut given = graph.run(&[(Is::Audio, Numbers::Real(&samples))], &[("samples", length)])?;
        drop(samples);
        let given = std::mem::take(&mut given[0]);
        let classes = given.shape.last().copied().unwrap_or(0);
        fits(&self.vocabulary, classes)?;
        if given.values.len() != frames * classes {
            let shape = given.shape;
            return Err(Error::data(format!(
                "expected {frames} frames of {length} samples, got scores of the shape {shape:?}"
            ))
            .hint(
                "audio.frames in the model's description: samples from frame to frame, and to the first one's centre",
            ));
        }
        host.progress(None, "decoding")?;
        self.decode(given.values, out)?;
        Ok(Flow::Done)
    }
}

/// Has the vocabulary as many tokens as the model has classes?
fn fits(vocabulary: &Vocabulary, classes: usize) -> Result<()> {
    let tokens = vocabulary.classes();
    if tokens == classes {
        return Ok(());
    }
    let message =
        format!("the vocabulary has {tokens} tokens, the model {classes} classes: it is that of another model");
    Err(Error::data(message))
}

/// Mean 0 and variance 1.
fn normalize(samples: &mut [f32]) {
    let count = samples.len() as f64;
    let mean = samples.iter().map(|x| f64::from(*x)).sum::<f64>() / count;
    let variance = samples.iter().map(|x| (f64::from(*x) - mean).powi(2)).sum::<f64>() / count;
    let scale = 1.0 / (variance + LEAST_VARIANCE).sqrt();
    samples.iter_mut().for_each(|x| *x = ((f64::from(*x) - mean) * scale) as f32);
}

impl Ctc {
    /// Frames of so many samples: those that lie within.
    fn frames(&self, samples: usize) -> usize {
        if samples < 2 * self.centre { 0 } else { (samples - 2 * self.centre) / self.hop + 1 }
    }

    fn decode(&self, mut scores: Vec<f32>, out: &mut Outputs<'_>) -> Result<()> {
        let (classes, blank) = (self.vocabulary.classes(), self.vocabulary.blank);
        let frames = scores.len() / classes;
        if self.scores == Scores::Logits {
            emit(&scores, frames, out)?;
        }
        log_softmax(&mut scores, classes);
        match self.scores {
            Scores::Logits => {}
            Scores::Log => emit(&scores, frames, out)?,
            Scores::Probability => emit(&scores.iter().map(|log| log.exp()).collect::<Vec<_>>(), frames, out)?,
        }
        let path = match self.beams {
            None => best_path(&scores, classes),
            Some(beams) => {
                let (text, _) = prefix_beam(&scores, classes, blank, beams);
                align(&scores, classes, blank, &text)
                    .ok_or_else(|| Error::internal("a text of these frames has a path of them"))?
            }
        };
        let fates = fates(&path, blank);
        let log = |frame: usize| f64::from(scores[frame * classes + path[frame]]);
        self.tell_path(&path, &fates, &log, out)?;
        let kept = (0..frames).filter(|frame| fates[*frame] == Fate::Kept).map(|first| {
            let repeats = fates[first + 1..].iter().take_while(|fate| **fate == Fate::Repeat).count();
            (path[first], first..first + 1 + repeats, log(first))
        });
        self.tell_text(&self.vocabulary.words(kept), out)
    }

    /// Time around a frame.
    fn seconds(&self, frame: usize) -> (f64, f64) {
        let at =
            |half: f64| ((frame * self.hop + self.centre) as f64 + half * self.hop as f64 / 2.0) / self.sample_rate;
        (at(-1.0), at(1.0))
    }

    fn tell_path(
        &self,
        path_: &[usize],
        fates: &[Fate],
        log: &dyn Fn(usize) -> f64,
        out: &mut Outputs<'_>,
    ) -> Result<()> {
        let mut rows = Rows::new(&path());
        for (frame, (class, fate)) in path_.iter().zip(fates).enumerate() {
            let (start, end) = self.seconds(frame);
            let fate = match fate {
                Fate::Kept => "kept",
                Fate::Repeat => "repeat",
                Fate::Blank => "blank",
            };
            let token = self.vocabulary.token(*class);
            rows.push(vec![start.into(), end.into(), token.into(), log(frame).exp().into(), fate.into()])?;
        }
        out.rows(2, 0, &rows)
    }

    fn tell_text(&self, words: &[Word], out: &mut Outputs<'_>) -> Result<()> {
        let mut rows = Rows::new(&transcript());
        let mut row = |first: usize, last: usize, text: String, (sum, count): (f64, usize)| {
            let (start, end) = (self.seconds(first).0, self.seconds(last).1);
            rows.push(vec![start.into(), end.into(), text.into(), (sum / count as f64).exp().into()])
        };
        for word in words {
            row(word.first, word.last, word.text.clone(), word.log)?;
        }
        out.rows(1, 0, &rows)?;
        let (Some(first), Some(last)) = (words.first(), words.last()) else { return Ok(()) };
        let mut rows = Rows::new(&transcript());
        let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        let log = words.iter().fold((0.0, 0), |(sum, count), word| (sum + word.log.0, count + word.log.1));
        let (start, end) = (self.seconds(first.first).0, self.seconds(last.last).1);
        rows.push(vec![start.into(), end.into(), text.into(), (log.0 / log.1 as f64).exp().into()])?;
        out.rows(0, 0, &rows)
    }
}

fn emit(scores: &[f32], frames: usize, out: &mut Outputs<'_>) -> Result<()> {
    let mut block = out.tensor::<f32>(3, 0, frames)?;
    block.values().copy_from_slice(scores);
    block.emit()
}
