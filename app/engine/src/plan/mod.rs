//! Plans: a session checked against the installed plugins, wired, with every format negotiated.

mod input;
mod live;
mod negotiate;
mod output_path;
mod stage;

use crate::diagnostic::{Diagnostic, did_you_mean};
use crate::files::FileState;
use crate::graph::{Files, Graph};
use crate::plugin::Plugin;
use crate::registry::Registry;
use crate::session::Session;
use auricle_sdk::descriptor::Descriptor;
use auricle_sdk::format::Format;
use auricle_sdk::host::{Bytes, Instance, Pool, Services};
use auricle_sdk::{ByteSource, Input, Parameters, Severity};
pub(crate) use stage::CheckedStage;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64};

/// What a run executes: stages in an order in which each comes after what feeds it.
#[derive(Debug)]
pub struct Plan {
    /// The stages, each behind all that feed it. Bypassed ones are not among them.
    pub stages: Vec<PlannedStage>,
    /// The sources, in the session's order, then the files of its models.
    pub inputs: Vec<PlannedInput>,
    /// What did not stop the plan but is worth knowing.
    pub warnings: Vec<Diagnostic>,
}

/// A named source of the session, opened.
#[derive(Clone, Debug)]
pub struct PlannedInput {
    /// Name in the session.
    pub name: String,
    /// Its bytes.
    pub source: ByteSource,
    /// Where they lie, for display only.
    pub path: PathBuf,
    /// The file as it was opened; none where the bytes come from elsewhere.
    pub state: Option<FileState>,
    /// Bytes read through `source` so far.
    pub bytes_read: Arc<AtomicU64>,
}

/// A stage with everything that a run of it needs.
#[derive(Debug)]
pub struct PlannedStage {
    /// Id in the session.
    pub id: String,
    /// What the stage says about itself.
    pub descriptor: &'static Descriptor,
    /// The plugin that it comes from.
    pub plugin: Arc<Plugin>,
    /// Every declared parameter, checked, defaults filled in.
    pub parameters: Parameters,
    /// What feeds it, in the order of the ports.
    pub inputs: Vec<Wire>,
    /// The negotiated format of each output.
    pub outputs: Vec<Arc<Format>>,
    /// The only randomness it may use, derived from the session's seed and the stage's id.
    pub seed: u64,
}

/// One wired input stream of a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wire {
    /// Index of the declared port.
    pub port: usize,
    /// What the session calls the thing that feeds it.
    pub label: String,
    /// What feeds it.
    pub from: Origin,
}

/// Where a stream comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Origin {
    /// The input with this index in [`Plan::inputs`].
    Input(usize),
    /// An output of a stage of the plan.
    Stage {
        /// Index in [`Plan::stages`].
        stage: usize,
        /// Index of the output.
        output: usize,
    },
}

/// Replacements of a session's inputs, as (name, path); the paths are relative to the working directory.
pub type InputOverrides = [(String, PathBuf)];

impl Plan {
    /// Plans a session with the installed plugins.
    ///
    /// # Errors
    /// Everything that is wrong with the session, in the order of its lines: unknown names, wiring, parameters, files
    /// that cannot be opened, and what stages refuse when formats are negotiated.
    pub fn new(session: &Session, registry: &Registry, inputs: &InputOverrides) -> Result<Plan, Vec<Diagnostic>> {
        Self::with_streams(session, registry, inputs, &[])
    }

    /// The same with inputs whose bytes come from somewhere else than a file, as (name, bytes): from a microphone.
    ///
    /// # Errors
    /// As [`Plan::new`].
    pub fn with_streams(
        session: &Session,
        registry: &Registry,
        inputs: &InputOverrides,
        streams: &[(String, Arc<dyn Bytes>)],
    ) -> Result<Plan, Vec<Diagnostic>> {
        let mut diagnostics = session.faults().to_vec();
        let stages: Vec<CheckedStage> =
            session.stages().iter().map(|stage| CheckedStage::new(stage, registry, &mut diagnostics)).collect();
        output_path::check(session, &stages, &mut diagnostics);
        let mut sources = input::open(session, inputs, streams, &mut diagnostics);
        let models = input::open_models(session, registry, &mut sources, &mut diagnostics);
        let names: Vec<&str> = sources.iter().map(|source| source.as_ref().map_or("", |s| s.name.as_str())).collect();
        let graph = Graph::new(session, registry, &stages, &Files { names: &names, models: &models }, &mut diagnostics);
        for (name, _) in inputs {
            if !session.inputs().iter().any(|input| input.name == *name) {
                let names = session.inputs().iter().map(|input| input.name.as_str());
                let message = format!("--input {name}: the session has no such input");
                diagnostics.push(Diagnostic::error(message).hint(did_you_mean(name, names)));
            }
        }
        graph.warn_of_unused(session, &mut diagnostics);
        let stages = negotiate::negotiate(session, registry, &stages, &graph, &sources, &mut diagnostics);
        for diagnostic in &mut diagnostics {
            session.file().clone_into(&mut diagnostic.file);
        }
        diagnostics.sort_by_key(|diagnostic| diagnostic.position);
        if diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
            return Err(diagnostics);
        }
        Ok(Plan { stages, inputs: sources.into_iter().flatten().collect(), warnings: diagnostics })
    }

    /// Index of the stage `id`; `None` if there is none or it is bypassed.
    pub fn stage(&self, id: &str) -> Option<usize> {
        self.stages.iter().position(|stage| stage.id == id)
    }

    /// Format of what comes from `origin`.
    pub fn format(&self, origin: Origin) -> Arc<Format> {
        match origin {
            Origin::Input(input) => Arc::new(self.inputs[input].format()),
            Origin::Stage { stage, output } => self.stages[stage].outputs[output].clone(),
        }
    }
}

impl PlannedInput {
    /// The source as a format.
    pub fn format(&self) -> Format {
        Format::source(self.source.clone())
    }
}

impl PlannedStage {
    /// Creates a fresh instance with the plan's parameters and inputs, negotiated.
    ///
    /// # Errors
    /// The plugin's library cannot be loaded, or the stage refuses what it accepted when the plan was made.
    pub fn open(
        &self,
        plan: &Plan,
        services: Arc<dyn Services>,
        pool: Arc<Pool>,
        cancel: Arc<AtomicU32>,
        block: usize,
    ) -> Result<Instance, auricle_sdk::Error> {
        let mut instance = self.plugin.create(self.descriptor.id, services, pool, cancel)?;
        let input = |wire: &Wire| Input::new(wire.port, &wire.label, plan.format(wire.from));
        let inputs: Vec<Input> = self.inputs.iter().map(input).collect();
        instance.negotiate(&self.parameters, &inputs, block, self.seed)?;
        Ok(instance)
    }
}
