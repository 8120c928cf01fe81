//! What voices with a model share: phonemes in, sound out, one utterance after the other.

use crate::description::Is;
use crate::files::Package;
use crate::graph::{Graph, Numbers};
use crate::tables::labels;
use crate::tokens::Tokens;
use auricle_sdk::Host;
use auricle_sdk::format::{ColumnType, Kind};
use auricle_sdk::prelude::*;
use std::collections::BTreeSet;
use std::ops::Range;

/// What makes one kind of voice unlike another.
pub trait Dialect: Sized + Send + 'static {
    /// The stage's description.
    const DESCRIPTOR: Descriptor;

    /// Looks at the model; gives also what it knows, and its sample rate.
    ///
    /// # Errors
    /// A file is missing or damaged, or a parameter is none for it.
    fn new(setup: &Setup, package: &Package) -> Result<(Self, Tokens, u32)>;

    /// What goes in beside tokens, for an utterance of so many.
    ///
    /// # Errors
    /// A file cannot be read.
    fn beside(&mut self, tokens: usize) -> Result<Vec<(Is, Vec<f32>)>>;
}

/// The table with phonemes.
pub const INPUT: Port =
    Port::records("phonemes").optional().doc("A table with a column phonemes, in the IPA, as text.phonemes gives it.");
/// What is said.
pub const OUTPUTS: &[Port] = &[
    Port::audio("audio").doc("One channel at the voice's rate."),
    Port::records("segments").doc("Columns start and end (s), label (the phonemes of a row), score (missing)."),
];
/// What to say without a table.
pub const PHONEMES: Parameter =
    Parameter::text("phonemes", "").doc("What to say if no table is connected, in the IPA.");
/// Silence between two rows.
pub const PAUSE: Parameter =
    Parameter::float("pause_ms", 200.0).range(0.0, 1e5).unit("ms").doc("Silence between two rows.");

/// A stage that speaks.
pub struct Voice<D> {
    dialect: D,
    package: Package,
    tokens: Tokens,
    graph: Option<Graph>,
    seed: u64,
    sample_rate: u32,
    pause: usize,
    /// Where phonemes are in the table; none without a table.
    column: Option<usize>,
    phonemes: String,
    at: i64,
    rows: i64,
    unknown: BTreeSet<char>,
}

impl<D: Dialect> Stage for Voice<D> {
    const DESCRIPTOR: Descriptor = D::DESCRIPTOR;

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let package = Package::open(setup, D::DESCRIPTOR.id)?;
        package.description.output("samples")?;
        let (dialect, tokens, sample_rate) = D::new(setup, &package)?;
        let table = setup.inputs.iter().find(|input| input.format.kind() == Kind::Records);
        let column = table.map(|table| {
            let columns = &table.format.as_records()?.columns;
            let found = columns.iter().position(|c| c.name == "phonemes" && c.kind == ColumnType::Str);
            found.ok_or_else(|| {
                let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
                Error::format(format!("expected a table with a column phonemes, got one with {}", names.join(", ")))
                    .hint("text.phonemes makes phonemes of texts")
            })
        });
        let column = column.transpose()?;
        let parameters = &setup.parameters;
        let pause = parameters.float("pause_ms")? / 1000.0 * f64::from(sample_rate);
        let stage = Voice {
            dialect,
            package,
            tokens,
            graph: None,
            seed: setup.seed,
            sample_rate,
            pause: pause.round() as usize,
            column,
            phonemes: parameters.text("phonemes")?.to_owned(),
            at: 0,
            rows: 0,
            unknown: BTreeSet::new(),
        };
        Ok((stage, vec![Format::audio::<f32>(1, sample_rate, None), Format::records(labels(""))]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        (self.at, self.rows) = (0, 0);
        self.unknown.clear();
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let (Some(column), Some(packet)) = (self.column, packet) else {
            if self.column.is_some() {
                return Ok(Flow::Continue);
            }
            let phonemes = std::mem::take(&mut self.phonemes);
            let said = self.say(&phonemes, out);
            self.phonemes = phonemes;
            said?;
            self.tell_unknown(out.host());
            return Ok(Flow::Done);
        };
        let table = packet.records()?;
        for row in 0..table.rows() {
            if let Value::Str(phonemes) = table.value(column, row)? {
                self.say(&phonemes, out)?;
            }
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        self.tell_unknown(out.host());
        Ok(Flow::Done)
    }
}

impl<D: Dialect> Voice<D> {
    fn say(&mut self, phonemes: &str, out: &mut Outputs<'_>) -> Result<()> {
        let (utterances, unknown) = self.tokens.utterances(phonemes);
        self.unknown.extend(unknown);
        if utterances.is_empty() {
            return Ok(());
        }
        if self.rows > 0 && self.pause > 0 {
            let mut block = out.audio::<f32>(0, self.at, self.pause)?;
            block.channel(0).fill(0.0);
            block.emit()?;
            self.at += self.pause as i64;
        }
        let start = self.at;
        for tokens in utterances {
            let samples = self.utterance(&tokens, out.host())?;
            let mut block = out.audio::<f32>(0, self.at, samples.len())?;
            block.channel(0).copy_from_slice(&samples);
            block.emit()?;
            self.at += samples.len() as i64;
        }
        let seconds = |at: i64| Value::Float(at as f64 / f64::from(self.sample_rate));
        let mut rows = Rows::new(&labels(""));
        rows.push(vec![seconds(start), seconds(self.at), phonemes.into(), Value::None])?;
        out.rows(1, self.rows, &rows)?;
        self.rows += 1;
        Ok(())
    }

    fn utterance(&mut self, tokens: &[i32], host: &Host) -> Result<Vec<f32>> {
        host.progress(None, "speaking")?;
        let graph = match &mut self.graph {
            Some(graph) => graph,
            none => none.insert(Graph::load(&self.package, &["samples"], self.seed, host)?),
        };
        let length = [tokens.len() as i32];
        let beside = self.dialect.beside(tokens.len())?;
        let mut feeds = vec![(Is::Tokens, Numbers::Whole(tokens)), (Is::Length, Numbers::Whole(&length))];
        feeds.extend(beside.iter().map(|(is, values)| (*is, Numbers::Real(values))));
        let mut given = graph.run(&feeds, &[("tokens", tokens.len())])?;
        let samples = std::mem::take(&mut given[0].values);
        match samples.iter().position(|x| !x.is_finite()) {
            Some(at) => Err(Error::data(format!("the model gives {} as sample {at}", samples[at]))),
            None => Ok(samples),
        }
    }

    fn tell_unknown(&self, host: &Host) {
        if !self.unknown.is_empty() {
            let signs: Vec<String> = self.unknown.iter().map(|sign| format!("{sign:?}")).collect();
            let message = format!("the voice does not know {}, which it leaves out", signs.join(", "));
            host.finding(Severity::Warning, "unknown-phonemes", &message, None);
        }
    }
}
