//! From a session file to a plan, with every complaint printed.

use crate::exit::Exit;
use crate::models;
use auricle::tui;
use auricle_engine::{Diagnostic, Edit, Plan, Registry, Session, did_you_mean};
use std::path::{Path, PathBuf};

/// What differs from the session's file: `--input name=path`, `--set stage.parameter=value`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Inputs {
    /// Replace an input of the session, as name=path; may be given again
    #[arg(long = "input", value_name = "NAME=PATH", value_parser = parse_input)]
    pub inputs: Vec<(String, PathBuf)>,
    /// Set a parameter of a stage, as stage.parameter=value; may be given again
    #[arg(long = "set", value_name = "STAGE.PARAMETER=VALUE", value_parser = parse_setting)]
    pub settings: Vec<Setting>,
}

/// A parameter that the command line sets.
#[derive(Clone, Debug)]
pub struct Setting {
    stage: String,
    parameter: String,
    value: String,
}

fn parse_input(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => Ok((name.to_owned(), path.into())),
        _ => Err("expected name=path".into()),
    }
}

fn parse_setting(text: &str) -> Result<Setting, String> {
    let parts = text.split_once('=').and_then(|(name, value)| Some((name.split_once('.')?, value)));
    match parts {
        Some(((stage, parameter), value)) if !stage.is_empty() && !parameter.is_empty() => {
            Ok(Setting { stage: stage.to_owned(), parameter: parameter.to_owned(), value: value.to_owned() })
        }
        _ => Err("expected stage.parameter=value".into()),
    }
}

/// A session file, or standard input for `-`, with what the command line sets.
fn load(path: &Path, settings: &[Setting], registry: &Registry) -> Result<Session, Vec<Diagnostic>> {
    let mut session = if path == Path::new("-") {
        let text = std::io::read_to_string(std::io::stdin());
        let refused = |error| vec![Diagnostic::error(format!("standard input cannot be read: {error}"))];
        Session::parse(&text.map_err(refused)?, path)?
    } else {
        Session::load(path)?
    };
    let mut faults = Vec::new();
    for setting in settings {
        faults.extend(set(&mut session, setting, registry).err().into_iter().flatten());
    }
    if faults.is_empty() { Ok(session) } else { Err(faults) }
}

fn set(session: &mut Session, setting: &Setting, registry: &Registry) -> Result<(), Vec<Diagnostic>> {
    let Setting { stage: id, parameter, value } = setting;
    let wrong = |message: String| Diagnostic::error(format!("--set {id}.{parameter}: {message}"));
    let stage = session.stage(id).ok_or_else(|| {
        let near = did_you_mean(id, session.stages().iter().map(|stage| stage.id.as_str()));
        vec![wrong(format!("there is no stage {id:?}")).hint(near)]
    })?;
    // A stage that is not installed is the plan's to tell of.
    let Some((_, descriptor)) = registry.stage(&stage.stage) else { return Ok(()) };
    let declared = descriptor.parameters.iter().find(|declared| declared.id == parameter).ok_or_else(|| {
        let near = did_you_mean(parameter, descriptor.parameters.iter().map(|declared| declared.id));
        vec![wrong(format!("{} has no such parameter", descriptor.id)).hint(near)]
    })?;
    let value = tui::parse_value(value, declared).map_err(|reason| vec![wrong(reason)])?;
    let edit = Edit::SetParameter { stage: id.clone(), parameter: parameter.clone(), value };
    session.apply(&edit).map(drop).map_err(|error| vec![wrong(error.to_string())])
}

/// Loads and plans a session; complaints go to stderr.
pub fn plan(path: &Path, inputs: &Inputs, registry: &Registry) -> Result<Plan, Exit> {
    try_plan(path, inputs, registry, false).map_err(|diagnostics| Exit::of_diagnostics(&diagnostics))
}

/// As [`plan`], for who needs the complaints too; with `fetch`, models that are missing are fetched first.
pub fn try_plan(path: &Path, inputs: &Inputs, registry: &Registry, fetch: bool) -> Result<Plan, Vec<Diagnostic>> {
    let planned = load(path, &inputs.settings, registry).and_then(|session| {
        if fetch {
            models::missing(&session);
        }
        Plan::new(&session, registry, &inputs.inputs)
    });
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
