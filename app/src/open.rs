//! From a session file to a plan, with every complaint printed.

use crate::exit::Exit;
use auricle_engine::{Diagnostic, Plan, Registry, Session};
use std::path::{Path, PathBuf};

/// Replacements of a session's inputs: `--input name=path`.
#[derive(Clone, Debug, clap::Args)]
pub struct Inputs {
    /// Replace an input of the session, as name=path; may be given again
    #[arg(long = "input", value_name = "NAME=PATH", value_parser = parse_input)]
    pub inputs: Vec<(String, PathBuf)>,
}

fn parse_input(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok((name.to_owned(), path.into())),
        _ => Err("expected name=path".into()),
    }
}

/// Loads and plans a session; complaints go to stderr.
pub fn plan(path: &Path, inputs: &Inputs, registry: &Registry) -> Result<Plan, Exit> {
    try_plan(path, inputs, registry).map_err(|diagnostics| Exit::of_diagnostics(&diagnostics))
}

/// As [`plan`], for who needs the complaints too.
pub fn try_plan(path: &Path, inputs: &Inputs, registry: &Registry) -> Result<Plan, Vec<Diagnostic>> {
    let planned = Session::load(path).and_then(|session| Plan::new(&session, registry, &inputs.inputs));
    match &planned {
        Ok(plan) => print(&plan.warnings),
        Err(diagnostics) => print(diagnostics),
    }
    planned
}

/// Prints diagnostics, one line each.
pub fn print(diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        eprintln!("{diagnostic}");
    }
}
