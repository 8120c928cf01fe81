//! Sessions: a pipeline as a TOML file, format version 1.
//!
//! The text is the session: what this module gives out was read from it, and an [`Edit`](crate::Edit) changes the text,
//! so that comments and order survive every load, edit and save.

mod lines;
mod read;
mod save;
mod value;

use crate::diagnostic::{Diagnostic, Position};
use auricle_sdk::Value;
use lines::Lines;
use semver::VersionReq;
use std::path::{Path, PathBuf};
use toml_edit::Document;

pub(crate) use read::is_name;
pub(crate) use value::to_toml;

/// No session is larger; a file that is has been mistaken for one.
const MOST_BYTES: u64 = 16 << 20;

/// A session: its text, and what the text says.
#[derive(Clone, Debug)]
pub struct Session {
    file: String,
    directory: PathBuf,
    text: String,
    contents: Contents,
    faults: Vec<Diagnostic>,
}

/// What a session's text says.
#[derive(Clone, Debug, Default)]
struct Contents {
    title: String,
    seed: u64,
    inputs: Vec<SessionInput>,
    models: Vec<SessionModel>,
    stages: Vec<SessionStage>,
    view: Vec<(String, Value)>,
}

/// A named source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionInput {
    /// Its name.
    pub name: String,
    /// Where it lies, as written: relative to the session's directory.
    pub path: String,
    /// Where the session says so.
    pub position: Position,
}

/// A named model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionModel {
    /// Its name in the session.
    pub name: String,
    /// Its id in the store of models; with a slash in it, a file or folder relative to the session's directory.
    pub model: String,
    /// Where the session says so.
    pub position: Position,
}

/// A stage as the session describes it; whether it can run is the plan's question.
#[derive(Clone, Debug)]
pub struct SessionStage {
    /// Its id in the session.
    pub id: String,
    /// Id of the stage in its plugin; empty if the session does not say.
    pub stage: String,
    /// Which versions of the plugin will do.
    pub requirement: Option<VersionReq>,
    /// What feeds it.
    pub feeds: Vec<Feed>,
    /// Some of `input` could not be read, and was reported.
    pub(crate) feeds_broken: bool,
    /// What differs from the defaults, in order.
    pub parameters: Vec<SessionParameter>,
    /// Is it left out, its input taking its place?
    pub bypass: bool,
    /// Where the id stands.
    pub position: Position,
    /// Where `use`, `input` and `bypass` stand; that of the id for those which do not.
    pub(crate) places: Places,
}

/// Where the keys of a stage stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Places {
    pub(crate) stage: Position,
    pub(crate) input: Position,
    pub(crate) bypass: Position,
}

/// One stream into a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The input port; `None`: the next in declared order.
    pub port: Option<String>,
    /// What feeds it: `input`, `stage` or `stage.port`.
    pub source: String,
    /// Where the session says so.
    pub position: Option<Position>,
}

impl Feed {
    /// A feed of the next port in declared order.
    pub fn new(source: &str) -> Self {
        Feed { port: None, source: source.to_owned(), position: None }
    }

    /// A feed of the named port.
    pub fn into_port(port: &str, source: &str) -> Self {
        Feed { port: Some(port.to_owned()), source: source.to_owned(), position: None }
    }

    /// Name of the input or stage, and of the output port if it is named.
    pub fn split(&self) -> (&str, Option<&str>) {
        match self.source.split_once('.') {
            Some((name, port)) => (name, Some(port)),
            None => (&self.source, None),
        }
    }
}

/// A parameter that the session sets.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionParameter {
    /// Its id.
    pub id: String,
    /// Its value.
    pub value: Value,
    /// Where the id stands.
    pub position: Position,
}

impl Session {
    /// An empty session that belongs into `directory`.
    pub fn new(directory: &Path) -> Self {
        Session {
            file: String::new(),
            directory: directory.to_owned(),
            text: "auricle = 1\n".into(),
            contents: Contents::default(),
            faults: Vec::new(),
        }
    }

    /// Reads a session file.
    ///
    /// # Errors
    /// The file cannot be read, is no TOML, or is of a later format. Whatever else is wrong stands in
    /// [`Session::faults`], so that it can be reported along with what the plan finds.
    pub fn load(path: &Path) -> Result<Self, Vec<Diagnostic>> {
        let file = path.display().to_string();
        let refused = |message: String| vec![Diagnostic { file: file.clone(), ..Diagnostic::error(message) }];
        let meta = std::fs::metadata(path).map_err(|error| refused(format!("cannot be read: {error}")))?;
        if meta.is_dir() {
            return Err(refused("expected a session file, got a directory".into()));
        }
        if meta.len() > MOST_BYTES {
            return Err(refused(format!("expected a session file, got {} MiB", meta.len() >> 20)));
        }
        let bytes = std::fs::read(path).map_err(|error| refused(format!("cannot be read: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let offset = error.utf8_error().valid_up_to();
            refused(format!("expected a session file, which is UTF-8 text; byte {offset} is none"))
        })?;
        Self::parse(&text, path)
    }

    /// Reads a session from its text; `path` is where it lies, or would.
    ///
    /// # Errors
    /// As [`Session::load`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, Vec<Diagnostic>> {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let directory = parent.unwrap_or(Path::new(".")).to_owned();
        Self::understand(text.to_owned(), path.display().to_string(), directory)
    }

    fn understand(text: String, file: String, directory: PathBuf) -> Result<Self, Vec<Diagnostic>> {
        let lines = Lines::new(&text);
        let understood = match Document::parse(text.as_str()) {
            Ok(document) => read::read(document.as_table(), &lines),
            Err(error) => {
                let at = error.span().map(|span| lines.position(span.start));
                Err(vec![Diagnostic::error(error.message().replace('\n', ", ")).at(at)])
            }
        };
        let named = |mut faults: Vec<Diagnostic>| {
            faults.iter_mut().for_each(|fault| fault.file.clone_from(&file));
            faults
        };
        let (contents, faults) = understood.map_err(named)?;
        let faults = named(faults);
        Ok(Session { file, directory, text, contents, faults })
    }

    /// The same session with another text.
    pub(crate) fn with_text(&self, text: String) -> Result<Self, Vec<Diagnostic>> {
        Self::understand(text, self.file.clone(), self.directory.clone())
    }

    /// The file as the user named it; empty for a session that is not saved yet.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// What the paths of inputs are relative to.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Its title, or empty.
    pub fn title(&self) -> &str {
        &self.contents.title
    }

    /// What all randomness is derived from.
    pub fn seed(&self) -> u64 {
        self.contents.seed
    }

    /// The sources in order.
    pub fn inputs(&self) -> &[SessionInput] {
        &self.contents.inputs
    }

    /// The models in order.
    pub fn models(&self) -> &[SessionModel] {
        &self.contents.models
    }

    /// Does an input, a model or a stage have this name?
    pub(crate) fn has_name(&self, name: &str) -> bool {
        self.stage(name).is_some()
            || self.inputs().iter().any(|input| input.name == name)
            || self.models().iter().any(|model| model.name == name)
    }

    /// The stages in order.
    pub fn stages(&self) -> &[SessionStage] {
        &self.contents.stages
    }

    /// The stage `id`.
    pub fn stage(&self, id: &str) -> Option<&SessionStage> {
        self.stages().iter().find(|stage| stage.id == id)
    }

    /// What the screen remembers, as `[view]` has it.
    pub fn view(&self) -> &[(String, Value)] {
        &self.contents.view
    }

    /// What is wrong with the text by itself, whatever plugins are installed. A plan reports it with its own findings.
    pub fn faults(&self) -> &[Diagnostic] {
        &self.faults
    }
}

#[cfg(test)]
mod tests;
