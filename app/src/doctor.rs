//! `auricle doctor`: what this terminal, machine and installation can do; made to be pasted into a bug report.

use crate::exit::Exit;
use crate::{audio, places};
use std::io::IsTerminal;
use std::path::PathBuf;

/// Libraries that some stages open when they need them: what needs one, its names, and the package on Debian and Ubuntu.
const LIBRARIES: &[(&str, &[&str], &str)] = &[
    ("resample.soxr, read.librosa, cqt.librosa, chroma.librosa", &["libsoxr.so.0", "libsoxr.0.dylib"], "libsoxr0"),
    ("Opus files", &["libopus.so.0", "libopus.0.dylib"], "libopus0"),
    ("tts.espeak, text.phonemes", &["libespeak-ng.so.1", "libespeak-ng.1.dylib"], "libespeak-ng1"),
    ("tts.flite", &["libflite_cmu_us_slt.so.1"], "libflite1"),
];

/// Arguments of `auricle doctor`.
#[derive(clap::Args)]
pub struct Args {}

/// Runs the command: 1 when something is wrong.
pub fn run(_: &Args, plugin_dirs: &[PathBuf]) -> Exit {
    let registry = places::registry(plugin_dirs);
    println!("auricle {} on {} {}", env!("CARGO_PKG_VERSION"), std::env::consts::OS, std::env::consts::ARCH);
    println!("\nTerminal");
    let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| "(not set)".into());
    for name in ["TERM", "COLORTERM", "NO_COLOR", "TMUX", "LANG"] {
        println!("  {name:<14}{}", variable(name));
    }
    println!("  {:<14}{}", "stdout", if std::io::stdout().is_terminal() { "a terminal" } else { "no terminal" });
    println!("\nPlugins");
    for (plugin, place) in registry.plugins() {
        println!(
            "  {} {}: {}, {place} ({})",
            plugin.name(),
            plugin.version(),
            counted(plugin.stages().len(), "stage"),
            plugin.path().display()
        );
    }
    let refusals = registry.refusals();
    for (path, reason) in &refusals {
        println!("  refused: {}: {reason}", path.display());
    }
    for searched in registry.searched() {
        match &searched.outcome {
            Ok(files) => {
                let files = counted(files.len(), "file");
                println!("  looked in {} ({}): {files}", searched.dir.path.display(), searched.dir.place)
            }
            Err(reason) => println!("  looked in {} ({}): {reason}", searched.dir.path.display(), searched.dir.place),
        }
    }
    println!("\nLibraries");
    for (user, names, package) in LIBRARIES {
        match auricle_engine::find_library(names) {
            Ok(()) => println!("  {package:<14}there ({user})"),
            Err(why) => println!("  {package:<14}missing: {why}; install {package} for {user}"),
        }
    }
    println!("\nSound");
    match audio::devices() {
        Ok(devices) if devices.is_empty() => println!("  no sound card, and no PulseAudio or PipeWire server answers"),
        Ok(devices) => devices.iter().for_each(|device| println!("  {:<14}{}", device.id, audio::abilities(device))),
        Err(reason) => println!("  {reason}"),
    }
    println!("\nDirectories");
    for (name, dir) in [("data", places::data_dir()), ("cache", places::cache_dir())] {
        println!("  {name:<14}{}", dir.map_or("(no home directory)".into(), |dir| dir.display().to_string()));
    }
    let overviews = places::overviews();
    let (usage, most) = (overviews.usage(), megabytes(overviews.limit()));
    println!(
        "  {:<14}{}, {} MB of at most {most} MB",
        "overviews",
        counted(usage.files, "file"),
        megabytes(usage.bytes)
    );
    if refusals.is_empty() { Exit::Ok } else { Exit::Findings }
}

/// Of 2^20 bytes, rounded up.
fn megabytes(bytes: u64) -> u64 {
    bytes.div_ceil(1 << 20)
}

/// `1 stage`, `2 stages`.
fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
