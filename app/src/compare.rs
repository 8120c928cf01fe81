//! `auricle compare`: how far two results are apart, since which stage, and why.
//!
//! Both sides become one session with stages of `compare.*` at its end; all figures and words are theirs.

mod chain;
mod side;
mod told;

use crate::exit::Exit;
use crate::{open, places};
use auricle_engine::{Cancel, Diagnostic, Options, Plan, Registry, Session};
use side::Side;
use std::path::{Path, PathBuf};
use told::Told;

/// Arguments of `auricle compare`.
#[derive(clap::Args)]
pub struct Args {
    /// The reference: a session, one stage of it as SESSION:STAGE, a .npy file or a sound file
    reference: String,
    /// The candidate, likewise
    candidate: String,
    /// Largest difference of two values that counts as none
    #[arg(long, default_value_t = 0.0, value_name = "DIFFERENCE")]
    tolerance: f64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Runs the command: 0 when all is equal, 1 when something differs.
pub fn run(args: &Args, plugin_dirs: &[PathBuf]) -> Exit {
    let registry = places::registry(plugin_dirs);
    let told = Side::read(&args.reference, "a", &registry)
        .and_then(|reference| Ok((reference, Side::read(&args.candidate, "b", &registry)?)))
        .and_then(|(reference, candidate)| compare(reference, candidate, args.tolerance, &registry));
    let told = match told {
        Ok(told) => told,
        Err(exit) => return exit,
    };
    if args.json {
        println!("{}", Told::to_json(&told));
    } else {
        print!("{}", Told::to_text(&told));
    }
    if told.iter().all(|told| told.equal) { Exit::Ok } else { Exit::Findings }
}

/// One session of both sides, run.
fn compare(mut reference: Side, mut candidate: Side, tolerance: f64, registry: &Registry) -> Result<Vec<Told>, Exit> {
    let pairs = pairs(&reference, &candidate)?;
    // An array of numbers has its axes from what it is compared with.
    for (a, b) in &pairs {
        let (first, second) = (reference.layout(a, registry)?, candidate.layout(b, registry)?);
        reference.name_axes(&first, &second);
        candidate.name_axes(&second, &first);
    }
    let mut text = format!("auricle = 1\n\n[inputs]\n{}{}", reference.inputs(), candidate.inputs());
    text += &reference.stages(pairs.iter().map(|(a, _)| a.as_str()));
    text += &candidate.stages(pairs.iter().map(|(_, b)| b.as_str()));
    for (k, (a, b)) in pairs.iter().enumerate() {
        let feeds = format!("input = [{:?}, {:?}]", reference.name(a), candidate.name(b));
        for stage in ["matrix", "align", "cause"] {
            text += &format!("\n[[stage]]\nid = \"{stage}-{k}\"\nuse = \"compare.{stage}\"\n{feeds}\n");
        }
    }
    let refuse = |diagnostics: Vec<Diagnostic>| {
        open::print(&diagnostics);
        Exit::of_diagnostics(&diagnostics)
    };
    let session = Session::parse(&text, Path::new("compare.toml")).map_err(refuse)?;
    let overrides = [reference.files(), candidate.files()].concat();
    let plan = Plan::new(&session, registry, &overrides).map_err(refuse)?;
    let run = auricle_engine::run(&plan, &Options::default(), &Cancel::new(), &mut ());
    if let Some(failure) = &run.failure {
        eprintln!("{failure}");
        return Err(Exit::of_failure(failure));
    }
    let tell = |(k, (a, b)): (usize, &(String, String))| {
        let names = [reference.name(a), candidate.name(b)];
        let shown = [reference.shown(a), candidate.shown(b)];
        Told::new(k, names, shown, &plan, &run.report, tolerance)
    };
    Ok(pairs.iter().enumerate().map(tell).collect())
}

/// The stages that are compared, each with each: those named; else those that both sessions have, in their order; else the
/// last of each.
fn pairs(reference: &Side, candidate: &Side) -> Result<Vec<(String, String)>, Exit> {
    let last = |side: &Side| {
        side.candidates().last().cloned().ok_or_else(|| {
            eprintln!("{}: no stage of it gives audio or a tensor", side.path());
            Exit::Usage
        })
    };
    let other = |side: &Side, stage: &str| match side.candidates().iter().any(|id| id == stage) {
        true => Ok(stage.to_owned()),
        false => last(side),
    };
    Ok(match (reference.stage(), candidate.stage()) {
        (Some(a), Some(b)) => vec![(a.to_owned(), b.to_owned())],
        (Some(a), None) => vec![(a.to_owned(), other(candidate, a)?)],
        (None, Some(b)) => vec![(other(reference, b)?, b.to_owned())],
        (None, None) => {
            let common = |id: &&String| candidate.candidates().contains(*id);
            let common: Vec<_> =
                reference.candidates().iter().filter(common).map(|id| (id.clone(), id.clone())).collect();
            if common.is_empty() { vec![(last(reference)?, last(candidate)?)] } else { common }
        }
    })
}
