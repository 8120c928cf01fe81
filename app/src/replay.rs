//! `auricle replay`: runs a session without a screen.

mod table;

use crate::exit::Exit;
use crate::open::{self, Inputs};
use crate::places;
use crate::progress::Progress;
use crate::signals::Watch;
use auricle_engine::{Options, Plan, Run, report::Report};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Arguments of `auricle replay`.
#[derive(clap::Args)]
pub struct Args {
    /// The session file; - reads one from standard input
    session: PathBuf,
    #[command(flatten)]
    inputs: Inputs,
    /// Directory for the outputs, report.json and times.json [default: out/ and the name of the session]
    #[arg(long)]
    out: Option<PathBuf>,
    #[command(flatten)]
    pace: Pace,
    /// Fetch models that the session names and that are not here; without it nothing is ever fetched
    #[arg(long)]
    fetch: bool,
    /// Print the report instead of the metrics
    #[arg(long)]
    json: bool,
    /// No progress bar
    #[arg(short, long)]
    quiet: bool,
}

/// How fast and in what pieces; results never depend on it.
#[derive(Clone, Debug, clap::Args)]
pub struct Pace {
    /// How many stages may compute at once [default: the number of cores]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub jobs: Option<u32>,
    /// Sample frames in one block of a source
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1 << 24), hide = true)]
    pub block: Option<u32>,
}

impl Pace {
    /// Options of a run into `out`.
    pub fn options(&self, out: &Path) -> Options {
        let defaults = Options::default();
        Options {
            out: Some(out.to_owned()),
            jobs: self.jobs.map_or(defaults.jobs, |n| n as usize),
            block: self.block.map_or(defaults.block, |n| n as usize),
            ..defaults
        }
    }
}

/// Runs the command.
pub fn run(args: &Args, plugin_dirs: &[PathBuf]) -> Exit {
    let registry = places::registry(plugin_dirs);
    let out = args.out.clone().unwrap_or_else(|| default_out(&args.session));
    let plan = match open::try_plan(&args.session, &args.inputs, &registry, args.fetch) {
        Ok(plan) => plan,
        Err(diagnostics) => {
            let report = Report::refused(&diagnostics);
            if let Err(error) = report.write(&out.join("report.json")) {
                eprintln!("{}: {error}", out.display());
            }
            if args.json {
                let _ = print_json(&report);
            }
            return Exit::of_diagnostics(&diagnostics);
        }
    };
    let (run, exit) = match into(&plan, &args.pace.options(&out), Progress::new(&plan, args.quiet)) {
        Ok(done) => done,
        Err(exit) => return exit,
    };
    let printed = if args.json { print_json(&run.report) } else { print_metrics(&run.report) };
    // A reader of our output that has gone away is no fault of the run.
    let _ = printed;
    if exit == Exit::Ok && !args.quiet {
        eprintln!("{}: {} stages in {:.2} s", out.display(), run.report.stages.len(), run.times.total_s);
    }
    exit
}

/// Runs a plan and leaves `report.json` and `times.json` beside the outputs.
pub fn into(plan: &Plan, options: &Options, mut progress: Progress) -> Result<(Run, Exit), Exit> {
    let watch = Watch::start().map_err(|error| {
        eprintln!("signals cannot be watched: {error}");
        Exit::Stage
    })?;
    let run = auricle_engine::run(plan, options, watch.cancel(), &mut progress);
    progress.clear();
    let mut exit = Exit::Ok;
    if let Some(failure) = &run.failure {
        eprintln!("{failure}");
        exit = Exit::of_failure(failure);
    } else if let Some(signal) = watch.caught() {
        eprintln!("stopped by signal {signal}");
        exit = Exit::Signal(signal);
    }
    if let Some(out) = &options.out {
        let written =
            run.report.write(&out.join("report.json")).and_then(|()| run.times.write(&out.join("times.json")));
        if let Err(error) = written {
            eprintln!("{}: {error}", out.display());
            exit = if exit == Exit::Ok { Exit::Output } else { exit };
        }
    }
    Ok((run, exit))
}

fn default_out(session: &Path) -> PathBuf {
    Path::new("out").join(session.file_stem().unwrap_or("session".as_ref()))
}

fn print_json(report: &Report) -> std::io::Result<()> {
    writeln!(std::io::stdout().lock(), "{}", report.to_json())
}

/// For a person tables; for a program one metric a line, tab-separated: stage, name, value, unit, scope.
fn print_metrics(report: &Report) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    if out.is_terminal() {
        return write!(out, "{}", table::of(report));
    }
    for stage in &report.stages {
        for metric in &stage.metrics {
            let value = metric.value.as_str().map_or_else(|| metric.value.to_string(), str::to_owned);
            writeln!(out, "{}\t{}\t{value}\t{}\t{}", stage.id, metric.name, metric.unit, metric.scope)?;
        }
    }
    Ok(())
}
