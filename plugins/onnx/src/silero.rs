//! `vad.silero`: where somebody speaks, by a small model that hears one window after the other.
//!
//! Shape: audio to a table of stretches and a probability for each window. Source: Silero VAD 6.2.3. Unlike `vad.energy`
//! it tells speech from other sounds; its probabilities come as the sound does.

use crate::description::Is;
use crate::files::Package;
use crate::graph::{Graph, Numbers, audio, mono};
use crate::tables::labels;
use auricle_dsp::hysteresis::{Config, Hysteresis, Stretch};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// Windows that the model hears before those of a region: 8 s. By then it has nearly forgotten with what it began.
const RUN_IN: i64 = 250;
/// What a region may differ by from the whole, in probability.
const REGION_ERROR: f64 = 0.1;

/// The stage.
pub struct Silero {
    package: Package,
    graph: Option<Graph>,
    seed: u64,
    config: Config,
    found: Hysteresis,
    window: usize,
    sample_rate: f64,
    /// Context, and samples that do not make a window yet.
    samples: Vec<f32>,
    context: usize,
    windows: usize,
    /// Rows that were given.
    rows: i64,
}

impl Stage for Silero {
    const DESCRIPTOR: Descriptor = Descriptor::new("vad.silero", "Where somebody speaks, by Silero's model")
        .doc(
            "The model hears windows of 32 ms with the 4 ms before each, and remembers. A stretch begins where the probability reaches \
             threshold, and ends where it stays under neg_threshold for min_silence_ms; one that is not longer than min_speech_ms is \
             dropped, pad_ms is added at both ends. score is the mean probability. Silence fills the last window. The model is one that a \
             session names in [models]: silero_vad.onnx as it is, or any detector with a description (*.toml) beside it that says \
             stage = \"vad.silero\".",
        )
        .source("Silero VAD 6.2.3, get_speech_timestamps")
        .inputs(&[
            Port::audio("audio").doc("One channel at the model's rate, 16 kHz."),
            Package::PORT,
        ])
        .outputs(&[
            Port::records("segments").doc("Columns start and end (s), label (speech), score (probability)."),
            Port::tensor("probabilities").doc("Of speech, for each window."),
        ])
        .parameters(&[
            Parameter::float("threshold", 0.5).range(0.0, 1.0).doc("Probability at which speech begins."),
            Parameter::absent("neg_threshold", Types::FLOAT)
                .range(0.0, 1.0)
                .doc("Probability under which it ends; absent: 0.15 under threshold, at least 0.01."),
            Parameter::float("min_speech_ms", 250.0).range(0.0, 1e5).unit("ms").doc("Stretches that are not longer are dropped."),
            Parameter::float("min_silence_ms", 100.0).range(0.0, 1e5).unit("ms").doc("Shorter gaps do not end a stretch."),
            Parameter::float("pad_ms", 30.0).range(0.0, 1e5).unit("ms").doc("Added at both ends of a stretch."),
        ])
        .locality(Locality::Recurrent { error: REGION_ERROR });

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let package = Package::open(setup, Self::DESCRIPTOR.id)?;
        let audio = audio(&package.description)?.clone();
        let format = setup.input(0)?;
        mono(format, audio.sample_rate)?;
        package.description.output("probability")?;
        let description = &package.description;
        let (window, context) = {
            let window = description.section(&description.window, "window")?;
            (window.length, window.context)
        };
        let parameters = &setup.parameters;
        let sample_rate = f64::from(audio.sample_rate);
        let frames = |id: &str| Ok::<f64, Error>(parameters.float(id)? / 1000.0 * sample_rate / window as f64);
        let begin = parameters.float("threshold")?;
        let config = Config {
            begin,
            end: parameters.optional_float("neg_threshold")?.unwrap_or((begin - 0.15).max(0.01).min(begin)),
            least: frames("min_speech_ms")?,
            gap: frames("min_silence_ms")?,
            pad: frames("pad_ms")?,
        };
        let found = Hysteresis::new(&config).map_err(|error| Error::parameter("neg_threshold", error.to_string()))?;
        let count = format.length.map(|length| (length + window as i64 - 1) / window as i64);
        let tensor = Tensor::new::<f32>(vec![Axis::frames(count)], "probability");
        let clock = format.clock.frames(window as i64, window as i64 / 2);
        let formats = vec![Format::records(labels("")), Format::tensor(tensor, clock, count, "frame")];
        let stage = Silero {
            package,
            graph: None,
            seed: setup.seed,
            config,
            found,
            window,
            sample_rate,
            samples: Vec::new(),
            context,
            windows: 0,
            rows: 0,
        };
        Ok((stage, formats))
    }

    fn need(&self, output: usize, span: Range<i64>) -> Vec<Range<i64>> {
        let window = self.window as i64;
        let need = first(output, &span) * window..span.end.saturating_mul(window);
        if output == 1 { Vec::from([need]) } else { Vec::new() }
    }

    fn begin(&mut self, output: usize, span: Range<i64>) -> Result<()> {
        if let Some(graph) = &mut self.graph {
            graph.reset();
        }
        self.found = Hysteresis::new(&self.config).map_err(|error| Error::internal(error.to_string()))?;
        self.samples = vec![0.0; self.context];
        (self.windows, self.rows) = (first(output, &span) as usize, 0);
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet {
            self.samples.extend(packet.channel::<f32>(0)?);
            self.hear(out)?;
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        let left = self.samples.len() - self.context;
        let end = self.windows as f64 + left as f64 / self.window as f64;
        if left > 0 {
            self.samples.resize(self.context + self.window, 0.0);
            self.hear(out)?;
        }
        let last = self.found.finish(end);
        self.tell(last, out)?;
        Ok(Flow::Done)
    }
}

/// The first window that is heard for a region of an output.
fn first(output: usize, span: &Range<i64>) -> i64 {
    if output == 1 { (span.start - RUN_IN).max(0) } else { 0 }
}

impl Silero {
    /// Runs the model on every window that is whole.
    fn hear(&mut self, out: &mut Outputs<'_>) -> Result<()> {
        let (window, context) = (self.window, self.context);
        let count = (self.samples.len() - context) / window;
        if count == 0 {
            return Ok(());
        }
        let host = out.host();
        let graph = match &mut self.graph {
            Some(graph) => graph,
            none => none.insert(Graph::load(&self.package, &["probability"], self.seed, host)?),
        };
        let mut probabilities = Vec::with_capacity(count);
        let mut stretches = Vec::new();
        for index in 0..count {
            if index % 64 == 0 {
                host.check_cancelled()?;
            }
            let heard = &self.samples[index * window..(index + 1) * window + context];
            let given = graph.run(&[(Is::Audio, Numbers::Real(heard))], &[("samples", heard.len())])?;
            let [probability] = given[0].values[..] else {
                return Err(Error::data(format!("expected one probability, got {:?}", given[0].shape)));
            };
            probabilities.push(probability);
            stretches.extend(self.found.push(f64::from(probability)));
        }
        self.samples.drain(..count * window);
        let mut block = out.tensor::<f32>(1, self.windows as i64, count)?;
        block.values().copy_from_slice(&probabilities);
        block.emit()?;
        self.windows += count;
        self.tell(stretches, out)
    }

    fn tell(&mut self, stretches: Vec<Stretch>, out: &mut Outputs<'_>) -> Result<()> {
        let seconds = |frames: f64| frames * self.window as f64 / self.sample_rate;
        let mut rows = Rows::new(&labels(""));
        for found in stretches {
            let (start, end) = (seconds(found.start), seconds(found.end));
            rows.push(vec![start.into(), end.into(), "speech".into(), found.mean.into()])?;
        }
        out.rows(0, self.rows, &rows)?;
        self.rows += rows.len() as i64;
        Ok(())
    }
}
