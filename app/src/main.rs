//! auricle: a terminal audio workbench. This file is the command line; each command has a file of its own.
#![forbid(unsafe_code)]

mod audio;
mod check;
mod demo;
mod doctor;
mod exit;
mod info;
mod open;
mod places;
mod play;
mod plugin;
mod progress;
mod record;
mod replay;
mod signals;
mod verify;

use clap::{CommandFactory, Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// See, hear, compare and reproduce audio pipelines in the terminal.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    /// Sound files or one session to open in the workbench; nothing opens the welcome screen
    files: Vec<PathBuf>,
    /// Look for plugins here first; may be given again
    #[arg(long = "plugin-dir", value_name = "DIR", global = true)]
    plugin_dirs: Vec<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// Run a session and write its outputs and report.json
    Replay(replay::Args),
    /// Run a session again and compare with what an earlier run left
    Verify(verify::Args),
    /// Check a session without running it
    Check(check::Args),
    /// Tell what sound files are, and what is wrong with them
    Info(info::Args),
    /// Play sound files
    Play(play::Args),
    /// Record into a file that is a valid WAV at every moment
    Record(record::Args),
    /// See the bundled recordings in the workbench
    Demo(demo::Args),
    /// List, explain and make plugins
    #[command(subcommand)]
    Plugin(plugin::Command),
    /// Tell what this terminal, this machine and this installation can do
    Doctor(doctor::Args),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let dirs = &cli.plugin_dirs;
    let exit = match cli.command {
        None => workbench(&cli.files, dirs),
        Some(Command::Replay(args)) => replay::run(&args, dirs),
        Some(Command::Verify(args)) => verify::run(&args, dirs),
        Some(Command::Check(args)) => check::run(&args, dirs),
        Some(Command::Info(args)) => info::run(&args, dirs),
        Some(Command::Play(args)) => play::run(&args, dirs),
        Some(Command::Record(args)) => record::run(&args),
        Some(Command::Demo(args)) => demo::run(&args, dirs),
        Some(Command::Plugin(command)) => plugin::run(&command, dirs),
        Some(Command::Doctor(args)) => doctor::run(&args, dirs),
        Some(Command::Completions { shell }) => {
            clap_complete::generate(shell, &mut Cli::command(), "auricle", &mut std::io::stdout());
            exit::Exit::Ok
        }
    };
    exit.into()
}

/// Opens files or a session in the workbench; nothing opens the welcome screen.
fn workbench(_: &[PathBuf], _: &[PathBuf]) -> exit::Exit {
    eprintln!("the workbench is not part of this build; `auricle --help` lists what is");
    exit::Exit::Usage
}
