//! The pipeline as the screen shows it: stages with their parameters, outputs and problems, in the session's order.

use super::added::Refused;
use super::pool::is_real;
use super::target::Target;
use auricle_engine::{Diagnostic, Feed, Plan, Registry, Session, SessionStage};
use auricle_sdk::descriptor::{Descriptor, Parameter};
use auricle_sdk::format::{Data, Format};
use auricle_sdk::{Severity, Value};
use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// All stages of the session, and what is wrong with the rest of it.
#[derive(Clone, Debug, Default)]
pub struct Pipeline {
    /// The session's title, or empty.
    pub title: String,
    /// The session's file, or empty.
    pub file: String,
    /// Names and paths of the inputs.
    pub inputs: Vec<(String, String)>,
    /// The stages.
    pub stages: Vec<StageRow>,
    /// Problems that belong to no stage.
    pub problems: Vec<String>,
    /// Outputs of stages that the screen has added: stage, port, and how to reach it.
    pub added: Vec<(String, &'static str, Target)>,
    /// What could not be added, and why.
    pub refused: Vec<Refused>,
}

/// A stage of the session.
#[derive(Clone, Debug)]
pub struct StageRow {
    /// Its id.
    pub id: String,
    /// Id of the stage in its plugin.
    pub stage: String,
    /// What the stage says about itself, if it is installed.
    pub descriptor: Option<&'static Descriptor>,
    /// Is it left out?
    pub bypass: bool,
    /// What the session says of its inputs: stages, `stage.port`, or inputs of the session.
    pub wires: Vec<Feed>,
    /// The rows and outputs that feed it, in order.
    pub feeds: Vec<(usize, usize)>,
    /// Its index in the plan; none if it is bypassed or there is no plan.
    pub planned: Option<usize>,
    /// Names and formats of its outputs; empty without a plan.
    pub outputs: Vec<(&'static str, Arc<Format>)>,
    /// Its parameters in the declared order, then those that it does not have.
    pub parameters: Vec<ParameterRow>,
    /// What is wrong with it.
    pub problem: Option<String>,
    /// Equal for equal results.
    pub signature: u64,
}

/// A parameter of a stage.
#[derive(Clone, Debug)]
pub struct ParameterRow {
    /// Its id.
    pub id: String,
    /// What the stage declares; none if the session sets what the stage does not have.
    pub declared: Option<&'static Parameter>,
    /// Its value: the session's or the default.
    pub value: Value,
    /// Does the session set it?
    pub is_set: bool,
    /// What is wrong with the value.
    pub problem: Option<String>,
}

impl Pipeline {
    /// The session's stages with their parameters; what only a plan knows is still to be filled in.
    pub fn new(session: &Session, registry: &Registry) -> Self {
        let stages = session.stages().iter().map(|stage| StageRow::new(stage, registry)).collect();
        let inputs = session.inputs().iter().map(|input| (input.name.clone(), input.path.clone())).collect();
        Pipeline {
            title: session.title().to_owned(),
            file: session.file().to_owned(),
            inputs,
            stages,
            problems: Vec::new(),
            added: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// Fills in what the plan knows: outputs, wiring, signatures.
    pub fn planned(&mut self, plan: &Plan) {
        let rows: Vec<Option<usize>> =
            plan.stages.iter().map(|s| self.stages.iter().position(|row| row.id == s.id)).collect();
        let mut signatures: Vec<u64> = Vec::with_capacity(plan.stages.len());
        for (index, stage) in plan.stages.iter().enumerate() {
            let signature = signature(plan, index, &signatures);
            signatures.push(signature);
            let ports = stage.descriptor.outputs.iter().map(|port| port.name).zip(&stage.outputs).enumerate();
            let Some(row) = rows[index].and_then(|row| self.stages.get_mut(row)) else {
                let added = ports.map(|(output, (port, format))| {
                    // It stands in no row of the pipeline.
                    let (row, length) = (usize::MAX, format.length);
                    let target = Target { row, stage: index, output, format: format.clone(), length, signature };
                    (stage.id.clone(), port, target)
                });
                self.added.extend(added);
                continue;
            };
            row.planned = Some(index);
            row.signature = signature;
            let names = stage.descriptor.outputs.iter().map(|port| port.name);
            row.outputs = names.zip(stage.outputs.iter().cloned()).collect();
            let from = stage.inputs.iter().filter_map(|wire| match wire.from {
                auricle_engine::Origin::Stage { stage, output } => Some((rows[stage]?, output)),
                auricle_engine::Origin::Input(_) => None,
            });
            row.feeds = from.collect();
        }
        // What is left out of the plan still stands behind something: that is what passes it by.
        for row in (0..self.stages.len()).filter(|&row| self.stages[row].planned.is_none()).collect::<Vec<_>>() {
            let wires = self.stages[row].wires.iter();
            self.stages[row].feeds = wires.filter_map(|feed| self.output_named(&feed.source)).collect();
        }
    }

    /// Nobody knows how long anything is, and results are those of run `number` alone.
    pub fn open_ended(&mut self, number: u64) {
        for row in &mut self.stages {
            let mut hasher = DefaultHasher::new();
            (number, row.signature).hash(&mut hasher);
            row.signature = hasher.finish();
            row.outputs.iter_mut().for_each(|(_, format)| Arc::make_mut(format).length = None);
        }
    }

    /// The row and the output that a session calls `stage` or `stage.port`.
    fn output_named(&self, source: &str) -> Option<(usize, usize)> {
        let (id, port) = source.split_once('.').map_or((source, None), |(id, port)| (id, Some(port)));
        let row = self.stages.iter().position(|stage| stage.id == id)?;
        let output = port.and_then(|port| self.stages[row].outputs.iter().position(|(name, _)| *name == port));
        Some((row, output.unwrap_or(0)))
    }

    /// Takes over what an edit has changed, before a plan tells what comes of it: the next key goes on from there.
    pub fn follow(&mut self, edited: &Pipeline) {
        let same = |(old, new): (&StageRow, &StageRow)| old.id == new.id && old.stage == new.stage;
        if self.stages.len() != edited.stages.len() || !self.stages.iter().zip(&edited.stages).all(same) {
            self.rearrange(edited);
        }
        for row in &mut self.stages {
            let Some(new) = edited.stages.iter().find(|new| new.id == row.id && new.stage == row.stage) else {
                continue;
            };
            row.bypass = new.bypass;
            for parameter in &mut row.parameters {
                if let Some(new) = new.parameters.iter().find(|new| new.id == parameter.id) {
                    (parameter.value, parameter.is_set) = (new.value.clone(), new.is_set);
                }
            }
        }
    }

    /// Takes over which stages there are, in which order; what was planned of them goes with them.
    fn rearrange(&mut self, edited: &Pipeline) {
        let before = std::mem::take(&mut self.stages);
        let place = |row: usize| before.get(row).and_then(|old| edited.stages.iter().position(|new| new.id == old.id));
        let moved = |new: &StageRow| {
            let old = before.iter().find(|old| old.id == new.id && old.stage == new.stage);
            let feeds =
                |old: &StageRow| old.feeds.iter().filter_map(|(row, output)| Some((place(*row)?, *output))).collect();
            old.map_or_else(
                || new.clone(),
                |old| StageRow { feeds: feeds(old), wires: new.wires.clone(), ..old.clone() },
            )
        };
        self.stages = edited.stages.iter().map(moved).collect();
    }

    /// Puts each diagnostic where it belongs: beside a parameter, a stage, or with the rest.
    pub fn accuse(&mut self, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error) {
            let hint = if diagnostic.hint.is_empty() { String::new() } else { format!("; {}", diagnostic.hint) };
            let text = format!("{}{hint}", diagnostic.message);
            let Some(row) = self.stages.iter_mut().find(|row| row.id == diagnostic.stage) else {
                self.problems.push(diagnostic.to_string());
                continue;
            };
            match row.parameters.iter_mut().find(|p| p.id == diagnostic.parameter) {
                Some(parameter) => {
                    row.problem.get_or_insert_with(|| format!("{}: {text}", parameter.id));
                    parameter.problem.get_or_insert(text);
                }
                None => {
                    row.problem.get_or_insert(text);
                }
            }
        }
    }

    /// Is anything wrong?
    pub fn has_problems(&self) -> bool {
        !self.problems.is_empty() || self.stages.iter().any(|row| row.problem.is_some())
    }

    /// What the waveform lane shows when row `chosen` is: its audio, else that nearest upstream, else downstream.
    pub fn wave(&self, chosen: usize) -> Option<Target> {
        self.nearest(chosen, true, |format| format.as_audio().is_ok_and(|audio| is_real(audio.dtype)))
    }

    /// What the spectrogram lane shows when row `chosen` is: its frames, else those nearest downstream, else upstream.
    pub fn grid(&self, chosen: usize) -> Option<Target> {
        self.nearest(chosen, false, |format| match &format.data {
            Data::Tensor(tensor) => {
                tensor.streams() && format.clock.step > 0 && is_real(tensor.dtype) && tensor.frame_len() > 0
            }
            _ => false,
        })
    }

    /// The table that row `chosen` gives.
    pub fn table(&self, chosen: usize) -> Option<Target> {
        self.output(chosen, &|format| format.as_records().is_ok())
    }

    /// In a session of nothing but tables, one near row `chosen`; labels that stand in the session have lanes of their own.
    pub fn only_table(&self, chosen: usize) -> Option<Target> {
        let mut formats = self.stages.iter().flat_map(|row| &row.outputs).map(|(_, format)| format);
        if formats.any(|format| format.as_records().is_err()) {
            return None;
        }
        let table = self.nearest(chosen, true, |format| format.as_records().is_ok())?;
        Some(table).filter(|table| self.stages[table.row].stage != super::labels::STAGE)
    }

    /// That output of a stage that the screen has added.
    pub fn added(&self, stage: &str, port: &str) -> Option<Target> {
        let found = self.added.iter().find(|(id, name, _)| id == stage && *name == port);
        found.map(|(_, _, target)| target.clone())
    }

    /// That output of that stage.
    pub fn named(&self, stage: &str, port: &str) -> Option<Target> {
        let row = self.stages.iter().position(|row| row.id == stage)?;
        let output = self.stages[row].outputs.iter().position(|(name, _)| *name == port)?;
        self.target(row, output)
    }

    fn nearest(&self, chosen: usize, upstream_first: bool, wanted: impl Fn(&Format) -> bool) -> Option<Target> {
        let up = |row: usize| self.stages[row].feeds.iter().map(|(from, _)| *from).collect::<Vec<_>>();
        let down = |row: usize| {
            (0..self.stages.len()).filter(|&k| self.stages[k].feeds.iter().any(|(from, _)| *from == row)).collect()
        };
        let search = |next: &dyn Fn(usize) -> Vec<usize>| {
            let mut queue = VecDeque::from([chosen]);
            let mut seen = vec![false; self.stages.len()];
            while let Some(row) = queue.pop_front() {
                if row >= seen.len() || std::mem::replace(&mut seen[row], true) {
                    continue;
                }
                if let Some(target) = self.output(row, &wanted) {
                    return Some(target);
                }
                queue.extend(next(row));
            }
            None
        };
        if upstream_first { search(&up).or_else(|| search(&down)) } else { search(&down).or_else(|| search(&up)) }
    }

    fn output(&self, row: usize, wanted: &dyn Fn(&Format) -> bool) -> Option<Target> {
        let stage = self.stages.get(row)?;
        let output = stage.outputs.iter().position(|(_, format)| wanted(format))?;
        self.target(row, output)
    }

    fn target(&self, row: usize, output: usize) -> Option<Target> {
        let stage = self.stages.get(row)?;
        let format = stage.outputs.get(output)?.1.clone();
        let length = format.length;
        Some(Target { row, stage: stage.planned?, output, format, length, signature: stage.signature })
    }

    /// Does row `reader` read, directly or through others, what row `row` gives? As the session says, planned or not.
    pub fn reads(&self, reader: usize, row: usize) -> bool {
        let mut seen = vec![reader];
        let mut at = 0;
        while let Some(stage) = seen.get(at).and_then(|row| self.stages.get(*row)) {
            let from = stage.wires.iter().filter_map(|feed| self.output_named(&feed.source));
            let new: Vec<usize> = from.map(|(from, _)| from).filter(|from| !seen.contains(from)).collect();
            seen.extend(new);
            at += 1;
        }
        seen[1..].contains(&row)
    }

    /// The rows that `row` depends on, itself included.
    pub fn upstream(&self, row: usize) -> Vec<usize> {
        let mut found = vec![row];
        let mut at = 0;
        while at < found.len() {
            for &(from, _) in self.stages.get(found[at]).map_or(&[][..], |stage| &stage.feeds) {
                if !found.contains(&from) {
                    found.push(from);
                }
            }
            at += 1;
        }
        found
    }
}

impl StageRow {
    fn new(stage: &SessionStage, registry: &Registry) -> Self {
        let descriptor = registry.stage(&stage.stage).map(|(_, descriptor)| descriptor);
        let set = |id: &str| stage.parameters.iter().find(|parameter| parameter.id == id);
        let declared: &'static [Parameter] = descriptor.map_or(&[], |descriptor| descriptor.parameters);
        let known = declared.iter().map(|declared| ParameterRow {
            id: declared.id.to_owned(),
            declared: Some(declared),
            value: set(declared.id).map_or_else(|| declared.default_value(), |parameter| parameter.value.clone()),
            is_set: set(declared.id).is_some(),
            problem: None,
        });
        let unknown = stage.parameters.iter().filter(|parameter| declared.iter().all(|d| d.id != parameter.id));
        let unknown = unknown.map(|parameter| ParameterRow {
            id: parameter.id.clone(),
            declared: None,
            value: parameter.value.clone(),
            is_set: true,
            problem: None,
        });
        StageRow {
            id: stage.id.clone(),
            stage: stage.stage.clone(),
            descriptor,
            bypass: stage.bypass,
            wires: stage.feeds.clone(),
            feeds: Vec::new(),
            planned: None,
            outputs: Vec::new(),
            parameters: known.chain(unknown).collect(),
            problem: None,
            signature: 0,
        }
    }
}

/// What a stage's results depend on, as a number.
fn signature(plan: &Plan, index: usize, before: &[u64]) -> u64 {
    let stage = &plan.stages[index];
    let mut hasher = DefaultHasher::new();
    (stage.descriptor.id, stage.descriptor.result_version, stage.seed).hash(&mut hasher);
    for (id, value) in stage.parameters.iter() {
        (id, value.to_string()).hash(&mut hasher);
    }
    for wire in &stage.inputs {
        wire.port.hash(&mut hasher);
        match wire.from {
            auricle_engine::Origin::Stage { stage, output } => (before[stage], output).hash(&mut hasher),
            auricle_engine::Origin::Input(input) => {
                (&plan.inputs[input].path, &plan.inputs[input].state).hash(&mut hasher);
            }
        }
    }
    hasher.finish()
}
