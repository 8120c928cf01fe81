//! `auricle plugin`: what is installed, what a stage does, why one is missing, and how to begin one.

mod kind;
mod new;

use crate::exit::Exit;
use crate::places;
use auricle::tui::wrap;
use auricle_engine::Registry;
use auricle_sdk::Value;
use auricle_sdk::descriptor::{Descriptor, Parameter, Port};
use serde_json::{Value as Json, json};
use std::fmt::Write as _;
use std::io::IsTerminal;
use std::path::PathBuf;

/// What to do with plugins.
#[derive(clap::Subcommand)]
pub enum Command {
    /// List the stages that are installed
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell what a stage does: ports, parameters, source
    Show {
        /// Id of the stage, as mel.librosa
        id: String,
        /// Print only what another stage does otherwise
        #[arg(long, value_name = "ID")]
        diff: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Tell where a stage was looked for, and what was found there
    Why {
        /// Id of the stage
        id: String,
    },
    /// Make a plugin to begin with: a stage, its tests and a session that shows it
    New(new::Args),
}

/// Runs the command.
pub fn run(command: &Command, plugin_dirs: &[PathBuf]) -> Exit {
    let registry = || places::registry(plugin_dirs);
    match command {
        Command::List { json } => list(&registry(), *json),
        Command::Show { id, diff, json } => show(&registry(), id, diff.as_deref(), *json),
        Command::Why { id } => {
            let registry = registry();
            let why = registry.why(id);
            print!("{why}");
            if why.found() { Exit::Ok } else { Exit::Usage }
        }
        Command::New(args) => new::run(args),
    }
}

fn list(registry: &Registry, json: bool) -> Exit {
    if json {
        let stages: Vec<Json> = registry
            .stages()
            .map(|(plugin, stage)| {
                json!({ "id": stage.id, "summary": stage.summary, "plugin": plugin.name(),
                        "version": plugin.version().to_string(), "result_version": stage.result_version })
            })
            .collect();
        println!("{}", json!({ "stages": stages }));
    } else {
        let width = registry.stages().map(|(_, stage)| stage.id.len()).max().unwrap_or(0);
        for (plugin, stage) in registry.stages() {
            println!("{:width$}  {}  [{} {}]", stage.id, stage.summary, plugin.name(), plugin.version());
        }
        for (path, reason) in registry.refusals() {
            eprintln!("refused: {}: {reason}", path.display());
        }
    }
    Exit::Ok
}

fn show(registry: &Registry, id: &str, diff: Option<&str>, json: bool) -> Exit {
    let find = |id: &str| match registry.stage(id) {
        Some((_, stage)) => Ok(stage),
        None => {
            let (message, hint) = registry.missing(id);
            eprintln!("{message}{}{hint}", if hint.is_empty() { "" } else { "; " });
            Err(Exit::Usage)
        }
    };
    let stage = match find(id) {
        Ok(stage) => stage,
        Err(exit) => return exit,
    };
    match diff.map(find) {
        Some(Err(exit)) => return exit,
        Some(Ok(other)) => print!("{}", differences(stage, other)),
        None if json => println!("{}", to_json(stage)),
        None => print!("{}", manual(stage, page_width())),
    }
    Exit::Ok
}

/// Cells in a line of a manual page: those of the terminal, but no more than are easily read.
fn page_width() -> u16 {
    const EASY: u16 = 100;
    let terminal = std::io::stdout().is_terminal().then(ratatui::crossterm::terminal::size).and_then(Result::ok);
    terminal.map_or(EASY, |(columns, _)| columns.clamp(40, EASY))
}

/// A stage's manual page in lines of at most `width` cells.
fn manual(stage: &Descriptor, width: u16) -> String {
    let mut page = Page { text: String::new(), width };
    page.paragraph("", &format!("{}: {}", stage.id, stage.summary));
    for (heading, part) in [("", stage.doc), ("Source: ", stage.source)] {
        if !part.is_empty() {
            page.text.push('\n');
            page.paragraph("", &format!("{heading}{part}"));
        }
    }
    let ports = |ports: &'static [Port]| ports.iter().map(|port| (port.name, port_line(port), port.doc)).collect();
    page.section("Inputs", ports(stage.inputs));
    page.section("Outputs", ports(stage.outputs));
    let parameters = stage.parameters.iter();
    page.section("Parameters", parameters.map(|p| (p.id, parameter_line(p), p.doc)).collect());
    let _ = write!(page.text, "\nLocality: {}. Result version {}.\n", stage.locality.name(), stage.result_version);
    page.text
}

/// Text that is put together in lines of a width.
struct Page {
    text: String,
    width: u16,
}

impl Page {
    /// Lines that all begin with `indent`.
    fn paragraph(&mut self, indent: &str, text: &str) {
        let width = self.width.saturating_sub(indent.len() as u16).max(20);
        for line in wrap(text, width) {
            let _ = writeln!(self.text, "{indent}{line}");
        }
    }

    /// Names, each beside what it may be and what it is for.
    fn section(&mut self, heading: &str, entries: Vec<(&str, String, &str)>) {
        if entries.is_empty() {
            return;
        }
        let _ = write!(self.text, "\n{heading}\n");
        let column = entries.iter().map(|(name, ..)| name.len()).max().unwrap_or(0) + 4;
        let indent = " ".repeat(column);
        for (name, what, doc) in entries {
            let begin = self.text.len();
            self.paragraph(&indent, &what);
            self.text.replace_range(begin..begin + 2 + name.len(), &format!("  {name}"));
            if !doc.is_empty() {
                self.paragraph(&indent, doc);
            }
        }
    }
}

fn port_line(port: &Port) -> String {
    let dtypes: Vec<&str> = port.dtypes.iter().map(|dtype| dtype.name()).collect();
    let kinds: Vec<&str> = port.kinds.iter().map(|kind| kind.name()).collect();
    let mut line = kinds.join(" or ");
    if !dtypes.is_empty() {
        let _ = write!(line, " of {}", dtypes.join(", "));
    }
    for (set, word) in [(port.many, ", any number"), (port.optional, ", optional"), (port.nan, ", may hold NaN")] {
        if set {
            line.push_str(word);
        }
    }
    line
}

fn parameter_line(parameter: &Parameter) -> String {
    let mut line = parameter.expected();
    if !parameter.unit.is_empty() {
        let _ = write!(line, ", {}", parameter.unit);
    }
    match parameter.default_value() {
        Value::None if parameter.required => line.push_str("; must be given"),
        Value::None => line.push_str("; absent by default"),
        value => {
            let _ = write!(line, "; default {value}");
        }
    }
    line
}

/// Where two stages differ, side by side.
fn differences(a: &Descriptor, b: &Descriptor) -> String {
    let mut text = String::new();
    let width = a.id.len().max(b.id.len());
    let mut pair = |what: &str, left: String, right: String| {
        if left != right {
            let _ = write!(text, "{what}\n  {:width$}  {left}\n  {:width$}  {right}\n", a.id, b.id);
        }
    };
    pair("summary", a.summary.into(), b.summary.into());
    pair("doc", a.doc.into(), b.doc.into());
    pair("source", a.source.into(), b.source.into());
    pair("locality", a.locality.name().into(), b.locality.name().into());
    let ports = |ports: &[Port]| {
        let ports = ports.iter().map(|p| format!("{}: {}. {}", p.name, port_line(p), p.doc));
        ports.collect::<Vec<_>>().join("; ")
    };
    pair("inputs", ports(a.inputs), ports(b.inputs));
    pair("outputs", ports(a.outputs), ports(b.outputs));
    let mut ids: Vec<&str> = a.parameters.iter().map(|p| p.id).collect();
    ids.extend(b.parameters.iter().map(|p| p.id).filter(|id| !a.parameters.iter().any(|p| p.id == *id)));
    for id in ids {
        let line = |stage: &Descriptor| {
            let parameter = stage.parameters.iter().find(|p| p.id == id);
            parameter.map_or_else(|| "(no such parameter)".into(), |p| format!("{}. {}", parameter_line(p), p.doc))
        };
        pair(&format!("parameter {id}"), line(a), line(b));
    }
    text
}

fn to_json(stage: &Descriptor) -> Json {
    let ports = |ports: &[Port]| -> Vec<Json> {
        ports
            .iter()
            .map(|port| {
                json!({ "name": port.name, "kinds": port.kinds.iter().map(|k| k.name()).collect::<Vec<_>>(),
                    "dtypes": port.dtypes.iter().map(|d| d.name()).collect::<Vec<_>>(),
                    "many": port.many, "optional": port.optional, "doc": port.doc })
            })
            .collect()
    };
    let parameters: Vec<Json> = stage.parameters.iter().map(|p| {
        json!({ "id": p.id, "default": auricle_engine::report::value_to_json(&p.default_value()), "required": p.required,
                "expected": p.expected(), "unit": p.unit, "choices": p.choices, "live": p.live, "doc": p.doc })
    }).collect();
    json!({ "id": stage.id, "summary": stage.summary, "doc": stage.doc, "source": stage.source,
            "locality": stage.locality.name(), "result_version": stage.result_version,
            "deterministic": stage.deterministic, "inputs": ports(stage.inputs), "outputs": ports(stage.outputs),
            "parameters": parameters })
}
