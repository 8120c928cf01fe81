//! `auricle verify`: runs a session again and tells how it differs from an earlier run.

use crate::exit::Exit;
use crate::open::{self, Inputs};
use crate::places;
use crate::progress::Progress;
use crate::replay::{self, Pace};
use auricle_engine::drift;
use auricle_engine::report::Report;
use std::path::{Path, PathBuf};

/// Arguments of `auricle verify`.
#[derive(clap::Args)]
pub struct Args {
    /// The session file
    session: PathBuf,
    /// Directory that an earlier `auricle replay --out` left
    #[arg(long)]
    against: PathBuf,
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    pace: Pace,
    /// No progress bar
    #[arg(short, long)]
    quiet: bool,
}

/// Runs the command.
pub fn run(args: &Args, plugin_dirs: &[PathBuf]) -> Exit {
    let before = match Report::read(&args.against.join("report.json")) {
        Ok(report) => report,
        Err(error) => {
            eprintln!("{error}; `auricle replay --out {}` makes one", args.against.display());
            return Exit::Usage;
        }
    };
    let plan = match open::plan(&args.session, &args.inputs, &places::registry(plugin_dirs)) {
        Ok(plan) => plan,
        Err(exit) => return exit,
    };
    let fresh = match tempfile::tempdir() {
        Ok(dir) => dir,
        Err(error) => {
            eprintln!("no temporary directory: {error}");
            return Exit::Output;
        }
    };
    let (run, exit) = match replay::into(&plan, &args.pace.options(fresh.path()), Progress::new(&plan, args.quiet)) {
        Ok((run, exit)) => (run, exit),
        Err(exit) => return exit,
    };
    // A failed run is drift only if the earlier one had not failed the same way.
    if exit != Exit::Ok && run.report.status != before.status {
        return exit;
    }
    let mut lines = drift(&before, &run.report);
    if before.environment.cpu == run.report.environment.cpu {
        lines.extend(files_drift(&args.against, fresh.path()));
    }
    for line in &lines {
        println!("{line}");
    }
    if before.environment != run.report.environment {
        let (was, is) = (&before.environment, &run.report.environment);
        eprintln!("environment: was {} on {}, is {} on {}", was.host, was.cpu, is.host, is.cpu);
    }
    if lines.is_empty() {
        eprintln!("no drift: {} stages", run.report.stages.len());
        return Exit::Ok;
    }
    Exit::Findings
}

/// Which written files are missing or differ.
fn files_drift(before: &Path, now: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    for path in files(now) {
        let Ok(name) = path.strip_prefix(now) else { continue };
        if matches!(name.to_str(), Some("report.json" | "times.json")) {
            continue;
        }
        match (same(&path, &before.join(name)), before.join(name).exists()) {
            (_, false) => lines.push(format!("file {}: is missing in {}", name.display(), before.display())),
            (Ok(true), _) => {}
            (Ok(false), _) => lines.push(format!("file {}: its content differs", name.display())),
            (Err(error), _) => lines.push(format!("file {}: cannot be read: {error}", name.display())),
        }
    }
    lines
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// Do two files hold the same bytes?
fn same(a: &Path, b: &Path) -> std::io::Result<bool> {
    use std::io::{BufReader, Read};
    let (a, b) = (std::fs::File::open(a)?, std::fs::File::open(b)?);
    if a.metadata()?.len() != b.metadata()?.len() {
        return Ok(false);
    }
    let (mut a, mut b) = (BufReader::with_capacity(1 << 16, a).bytes(), BufReader::with_capacity(1 << 16, b).bytes());
    loop {
        match (a.next().transpose()?, b.next().transpose()?) {
            (None, None) => return Ok(true),
            (x, y) if x != y => return Ok(false),
            _ => {}
        }
    }
}
