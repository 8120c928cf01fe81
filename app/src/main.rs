//! auricle: a terminal audio workbench. This file is the command line; each command has a file of its own.
#![forbid(unsafe_code)]

// First, so that all others print by it.
#[macro_use]
mod print;

mod check;
mod compare;
mod demo;
mod doctor;
mod exit;
mod heard;
mod info;
mod keys;
mod listen;
mod live;
mod models;
mod number;
mod open;
mod places;
mod play;
mod plugin;
mod progress;
mod record;
mod replay;
mod settings;
mod signals;
mod verify;

use auricle::{audio, tui};
use clap::{CommandFactory, Parser, Subcommand};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// See, hear, compare and reproduce audio pipelines in the terminal.
#[derive(Parser)]
#[command(version, subcommand_precedence_over_arg = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Sound files, one session, or two to compare, to open in the workbench; nothing opens the welcome screen
    files: Vec<PathBuf>,
    /// Look for plugins here first; may be given again
    #[arg(long = "plugin-dir", value_name = "DIR", global = true)]
    plugin_dirs: Vec<PathBuf>,
    #[command(flatten)]
    settings: settings::Args,
}

#[derive(Subcommand)]
enum Command {
    /// Run a session and write its outputs and report.json
    Replay(replay::Args),
    /// Run a session again and compare with what an earlier run left
    Verify(verify::Args),
    /// Check a session without running it
    Check(check::Args),
    /// Tell how far two results are apart, since which stage, and why
    Compare(compare::Args),
    /// Tell what sound files are, and what is wrong with them
    Info(info::Args),
    /// Play sound files
    Play(play::Args),
    /// Record into a file that is a valid WAV at every moment
    Record(record::Args),
    /// Run a session on what a microphone hears, while it is recorded
    Live(live::Args),
    /// Hear what is said, while it is said
    Listen(listen::Args),
    /// See the bundled recordings in the workbench
    Demo(demo::Args),
    /// List, take in and check the models that stages use
    #[command(subcommand)]
    Models(models::Command),
    /// List, explain and make plugins
    #[command(subcommand)]
    Plugin(plugin::Command),
    /// List every action of the workbench with its keys
    Keys(keys::Args),
    /// Tell what this terminal, this machine and this installation can do
    Doctor(doctor::Args),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

fn main() -> ExitCode {
    signals::outlive_limits();
    let cli = Cli::parse();
    if cli.command.is_some() && !cli.files.is_empty() {
        let message = "files stand behind the command, or alone to be opened in the workbench";
        Cli::command().error(clap::error::ErrorKind::ArgumentConflict, message).exit();
    }
    let dirs = &cli.plugin_dirs;
    let exit = match cli.command {
        None => workbench(tui::Open::new(&cli.files), dirs, &cli.settings),
        Some(Command::Replay(args)) => replay::run(&args, dirs),
        Some(Command::Verify(args)) => verify::run(&args, dirs),
        Some(Command::Check(args)) => check::run(&args, dirs),
        Some(Command::Compare(args)) => compare::run(&args, dirs),
        Some(Command::Info(args)) => info::run(&args, dirs),
        Some(Command::Play(args)) => play::run(&args, dirs),
        Some(Command::Record(args)) => record::run(&args),
        Some(Command::Live(args)) if args.screen => workbench(Ok(tui::Open::Live(args.session)), dirs, &cli.settings),
        Some(Command::Live(args)) => live::run(&args, dirs),
        Some(Command::Listen(args)) => listen::run(&args, dirs),
        Some(Command::Demo(args)) => demo::run(&args, dirs, &cli.settings),
        Some(Command::Models(command)) => models::run(&command),
        Some(Command::Plugin(command)) => plugin::run(&command, dirs),
        Some(Command::Keys(args)) => match cli.settings.read() {
            Ok(config) => keys::run(&args, &config),
            Err(exit) => exit,
        },
        Some(Command::Doctor(args)) => doctor::run(&args, dirs),
        Some(Command::Completions { shell }) => {
            clap_complete::generate(shell, &mut Cli::command(), "auricle", &mut std::io::stdout());
            exit::Exit::Ok
        }
    };
    exit.into()
}

/// Opens files or a session in the workbench; nothing opens the welcome screen.
fn workbench(open: Result<tui::Open, String>, plugin_dirs: &[PathBuf], settings: &settings::Args) -> exit::Exit {
    if !std::io::stdout().is_terminal() || !std::io::stdin().is_terminal() {
        eprintln!("the workbench needs a terminal; `auricle --help` lists the commands that do without");
        return exit::Exit::Usage;
    }
    let open = match open {
        Ok(open) => open,
        Err(error) => {
            eprintln!("{error}");
            return exit::Exit::Refused;
        }
    };
    let config = match settings.read() {
        Ok(config) => config,
        Err(exit) => return exit,
    };
    let depth = config.theme.unwrap_or_default().depth(tui::depth());
    let demo = || {
        Ok(demo::files().map_err(|error| format!("the demo's files cannot be laid out: {error}"))?.join(demo::FIRST))
    };
    let options = tui::Options {
        registry: Arc::new(places::registry(plugin_dirs)),
        depth,
        suiting: tui::suiting_theme(depth),
        config,
        device: audio::device(None),
        state: places::state_dir(),
        overviews: places::overviews(),
        demo: Some(Box::new(demo)),
    };
    match tui::run(open, options) {
        Ok(None) => exit::Exit::Ok,
        Ok(Some(signal)) => exit::Exit::Signal(signal),
        Err(error) => {
            eprintln!("the terminal does not answer: {error}");
            exit::Exit::Output
        }
    }
}
