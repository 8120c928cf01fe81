//! `auricle check`: plans a session without running it.

use crate::exit::Exit;
use crate::open::{self, Inputs};
use crate::places;
use auricle_engine::{Diagnostic, Plan, Session};
use auricle_sdk::Severity;
use serde_json::json;
use std::path::PathBuf;

/// Arguments of `auricle check`.
#[derive(clap::Args)]
pub struct Args {
    /// The session file
    session: PathBuf,
    #[command(flatten)]
    inputs: Inputs,
    /// Print the diagnostics as JSON on stdout
    #[arg(long)]
    json: bool,
}

/// Runs the command: 0 when the session can run, 2 when not.
pub fn run(args: &Args, plugin_dirs: &[PathBuf]) -> Exit {
    let planned = Session::load(&args.session)
        .and_then(|session| Plan::new(&session, &places::registry(plugin_dirs), &args.inputs.inputs));
    let (diagnostics, stages) = match &planned {
        Ok(plan) => (plan.warnings.as_slice(), Some(plan.stages.len())),
        Err(diagnostics) => (diagnostics.as_slice(), None),
    };
    if args.json {
        let list: Vec<_> = diagnostics.iter().map(to_json).collect();
        println!("{}", json!({ "ok": stages.is_some(), "diagnostics": list }));
    } else {
        open::print(diagnostics);
    }
    match stages {
        Some(stages) => {
            eprintln!("{}: ok, {stages} stages", args.session.display());
            Exit::Ok
        }
        None => Exit::Usage,
    }
}

fn to_json(diagnostic: &Diagnostic) -> serde_json::Value {
    json!({
        "severity": match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        },
        "line": diagnostic.position.map(|p| p.line),
        "column": diagnostic.position.map(|p| p.column),
        "stage": diagnostic.stage,
        "parameter": diagnostic.parameter,
        "message": diagnostic.message,
        "hint": diagnostic.hint,
    })
}
