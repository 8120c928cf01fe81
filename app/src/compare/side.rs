//! One side of a comparison: a session, one of its stages, or a file; as a part of the session that compares.

use crate::exit::Exit;
use crate::open;
use auricle_engine::{Plan, Registry, Session, SessionStage};
use auricle_sdk::Value;
use auricle_sdk::format::Kind;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A reference or candidate.
pub struct Side {
    /// As the user named it, without the stage.
    path: String,
    session: Session,
    /// The stage that was named.
    stage: Option<String>,
    /// Stages that give audio or a tensor, in the session's order.
    candidates: Vec<String>,
    /// Goes before every name of this side.
    prefix: &'static str,
    /// The file itself, where it is no session.
    file: Option<PathBuf>,
    /// Names of the axes, for an array of numbers.
    axes: Option<String>,
}

/// The stage of a side that is a file.
const READ: &str = "read";

impl Side {
    /// Reads what the user named.
    pub fn read(named: &str, prefix: &'static str, registry: &Registry) -> Result<Self, Exit> {
        let (path, stage) = match named.rsplit_once(':') {
            Some((path, stage)) if path.ends_with(".toml") => (path, Some(stage.to_owned())),
            _ => (named, None),
        };
        let refuse = |diagnostics: Vec<auricle_engine::Diagnostic>| {
            open::print(&diagnostics);
            Exit::of_diagnostics(&diagnostics)
        };
        let (session, file) = if path.ends_with(".toml") {
            (Session::load(Path::new(path)).map_err(refuse)?, None)
        } else {
            let reader = if path.ends_with(".npy") { "read.npy" } else { "read.audio" };
            let text = format!(
                "auricle = 1\n[inputs]\nfile = \"file\"\n[[stage]]\nid = \"{READ}\"\nuse = \"{reader}\"\ninput = \"file\"\n"
            );
            (Session::parse(&text, Path::new("file.toml")).map_err(refuse)?, Some(PathBuf::from(path)))
        };
        let gives_array = |stage: &&SessionStage| {
            let output = registry.stage(&stage.stage).and_then(|(_, descriptor)| descriptor.outputs.first());
            let array =
                output.is_some_and(|port| port.kinds.iter().any(|kind| matches!(kind, Kind::Audio | Kind::Tensor)));
            array && !stage.stage.starts_with("compare.") && !stage.bypass
        };
        let candidates = session.stages().iter().filter(gives_array).map(|stage| stage.id.clone()).collect();
        let side = Side { path: path.to_owned(), session, stage, candidates, prefix, file, axes: None };
        if let Some(stage) = &side.stage {
            let (id, _) = split(stage);
            if side.session.stage(id).is_none() {
                eprintln!("{path}: no stage {id:?}; it has {}", side.candidates.join(", "));
                return Err(Exit::Usage);
            }
        }
        Ok(side)
    }

    /// As the user named it, without the stage.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The stage that the user named, with its port if that was named.
    pub fn stage(&self) -> Option<&str> {
        self.stage.as_deref().or(self.file.as_ref().map(|_| READ))
    }

    /// Stages that give audio or a tensor, in the session's order.
    pub fn candidates(&self) -> &[String] {
        &self.candidates
    }

    /// What the session that compares calls `stage`.
    pub fn name(&self, stage: &str) -> String {
        format!("{}-{stage}", self.prefix)
    }

    /// What the user is told for `stage`.
    pub fn shown(&self, stage: &str) -> String {
        if self.file.is_some() { self.path.clone() } else { format!("{}:{stage}", self.path) }
    }

    /// The files of the inputs.
    pub fn files(&self) -> Vec<(String, PathBuf)> {
        let inputs = self.session.inputs().iter();
        let place = |path: &str| self.file.clone().unwrap_or_else(|| self.session.directory().join(path));
        inputs.map(|input| (self.name(&input.name), place(&input.path))).collect()
    }

    /// The lines of the inputs.
    pub fn inputs(&self) -> String {
        self.session
            .inputs()
            .iter()
            .map(|input| format!("{} = {}\n", self.name(&input.name), quoted(&input.path)))
            .collect()
    }

    /// The tables of the stages that `wanted` need.
    pub fn stages<'a>(&self, wanted: impl Iterator<Item = &'a str>) -> String {
        let mut needed = BTreeSet::new();
        let mut open: Vec<&str> = wanted.map(|stage| split(stage).0).collect();
        while let Some(id) = open.pop() {
            if let Some(stage) = self.session.stage(id)
                && needed.insert(id.to_owned())
            {
                open.extend(stage.feeds.iter().map(|feed| feed.split().0));
            }
        }
        self.session.stages().iter().filter(|stage| needed.contains(&stage.id)).map(|stage| self.table(stage)).collect()
    }

    fn table(&self, stage: &SessionStage) -> String {
        let requirement = stage.requirement.as_ref().map_or(String::new(), |version| format!("@{version}"));
        let mut text =
            format!("\n[[stage]]\nid = {:?}\nuse = \"{}{requirement}\"\n", self.name(&stage.id), stage.stage);
        let feeds: Vec<String> = stage
            .feeds
            .iter()
            .map(|feed| {
                let source = quoted(&self.name(&feed.source));
                feed.port.as_ref().map_or(source.clone(), |port| format!("{port} = {source}"))
            })
            .collect();
        if stage.feeds.iter().any(|feed| feed.port.is_some()) {
            text += &format!("input = {{ {} }}\n", feeds.join(", "));
        } else {
            text += &format!("input = [{}]\n", feeds.join(", "));
        }
        let mut parameters: Vec<String> = stage
            .parameters
            .iter()
            .map(|parameter| format!("{} = {}", parameter.id, written(&parameter.value)))
            .collect();
        parameters.extend(self.axes.iter().map(|axes| format!("axes = {}", quoted(axes))));
        if !parameters.is_empty() {
            text += &format!("parameters = {{ {} }}\n", parameters.join(", "));
        }
        if stage.bypass { text + "bypass = true\n" } else { text }
    }

    /// The native layout of `stage`.
    pub fn layout(&self, stage: &str, registry: &Registry) -> Result<String, Exit> {
        let plan = Plan::new(&self.session, registry, &self.alone()).map_err(|diagnostics| {
            open::print(&diagnostics);
            Exit::of_diagnostics(&diagnostics)
        })?;
        let (id, port) = split(stage);
        let planned = plan.stage(id).map(|at| &plan.stages[at]);
        let output = planned.and_then(|planned| {
            let at = planned.descriptor.outputs.iter().position(|output| Some(output.name) == port).unwrap_or(0);
            planned.outputs.get(at)
        });
        Ok(output.map(|format| format.layout.clone()).unwrap_or_default())
    }

    fn alone(&self) -> Vec<(String, PathBuf)> {
        self.file.iter().map(|file| ("file".to_owned(), file.clone())).collect()
    }

    /// Gives an array of layout `own` the names of the axes of what it is compared with, if that has as many.
    pub fn name_axes(&mut self, own: &str, other: &str) {
        let axes = |layout: &str| layout.split(',').filter(|name| !name.is_empty()).count();
        if self.path.ends_with(".npy") && axes(own) == axes(other) {
            self.axes = Some(other.to_owned());
        }
    }
}

/// A stage and its port, if that is named.
pub fn split(stage: &str) -> (&str, Option<&str>) {
    stage.split_once('.').map_or((stage, None), |(id, port)| (id, Some(port)))
}

fn quoted(text: &str) -> String {
    written(&Value::Str(text.to_owned()))
}

/// A value as TOML.
fn written(value: &Value) -> String {
    match value {
        Value::Str(text) => serde_json::Value::from(text.as_str()).to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(written).collect::<Vec<_>>().join(", ")),
        Value::Float(x) if x.is_nan() => "nan".into(),
        other => other.to_string(),
    }
}
