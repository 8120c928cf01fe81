//! `auricle demo`: the bundled recordings, in the workbench or, where there is no terminal, as files.

use crate::exit::Exit;
use crate::number::number;
use crate::open::Inputs;
use crate::progress::Progress;
use crate::replay::{self, Pace};
use crate::{open, places, settings};
use auricle_engine::report::Report;
use auricle_engine::write_whole;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// Arguments of `auricle demo`.
#[derive(clap::Args)]
pub struct Args {
    /// Run without a screen even in a terminal
    #[arg(long)]
    headless: bool,
    /// Directory for the outputs of a headless run
    #[arg(long, default_value = "out/demo")]
    out: PathBuf,
}

/// The session that the workbench opens.
pub const FIRST: &str = "spectrogram-tour.toml";

/// What the demo needs, inside the program, so that it works wherever the program is.
const FILES: &[(&str, &[u8])] = &[
    ("spectrogram-tour.toml", include_bytes!("../../sessions/spectrogram-tour.toml")),
    ("tacotron2-and-librosa.toml", include_bytes!("../../sessions/tacotron2-and-librosa.toml")),
    ("compare-readers.toml", include_bytes!("../../sessions/compare-readers.toml")),
    ("media/speech.flac", include_bytes!("../../sessions/media/speech.flac")),
    ("media/speech-22k.wav", include_bytes!("../../sessions/media/speech-22k.wav")),
    ("media/speech-float.wav", include_bytes!("../../sessions/media/speech-float.wav")),
    ("media/music.ogg", include_bytes!("../../sessions/media/music.ogg")),
    ("media/effect.wav", include_bytes!("../../sessions/media/effect.wav")),
    ("media/stream.mp3", include_bytes!("../../sessions/media/stream.mp3")),
];

/// Lays the demo's files out in the user's cache and gives their directory.
pub fn files() -> std::io::Result<PathBuf> {
    let dir = places::cache_dir().unwrap_or_else(|| std::env::temp_dir().join("auricle"));
    let dir = dir.join("demo").join(env!("CARGO_PKG_VERSION"));
    for (name, bytes) in FILES {
        let path = dir.join(name);
        if std::fs::read(&path).is_ok_and(|there| there == *bytes) {
            continue;
        }
        write_whole(&path, bytes)?;
    }
    Ok(dir)
}

/// Runs the command.
pub fn run(args: &Args, plugin_dirs: &[PathBuf], settings: &settings::Args) -> Exit {
    let dir = match files() {
        Ok(dir) => dir,
        Err(error) => {
            eprintln!("the demo's files cannot be laid out: {error}");
            return Exit::Output;
        }
    };
    if std::io::stdout().is_terminal() && std::io::stdin().is_terminal() && !args.headless {
        return crate::workbench(auricle::tui::Open::new(&[dir.join(FIRST)]), plugin_dirs, settings);
    }
    headless(&dir, &args.out, plugin_dirs)
}

/// Replays every bundled session and says where the pictures are.
fn headless(dir: &Path, out: &Path, plugin_dirs: &[PathBuf]) -> Exit {
    let registry = places::registry(plugin_dirs);
    let pace = Pace { jobs: None, block: None };
    for (name, _) in FILES.iter().filter(|(name, _)| name.ends_with(".toml")) {
        let plan = match open::plan(&dir.join(name), &Inputs::default(), &registry) {
            Ok(plan) => plan,
            Err(exit) => return exit,
        };
        let out = out.join(name.trim_end_matches(".toml"));
        println!("{name}, into {}", out.display());
        match replay::into(&plan, &pace.options(&out), Progress::silent(&plan)) {
            Ok((run, Exit::Ok)) => tell(&run.report),
            Ok((_, exit)) | Err(exit) => return exit,
        }
    }
    Exit::Ok
}

/// What a run made, in a few lines: files, metrics of whole streams, and how much more its report has.
fn tell(report: &Report) {
    for stage in &report.stages {
        if let Some(path) = stage.parameters.get("path").and_then(|path| path.as_str()) {
            println!("  wrote {path}");
        }
        let metrics = stage.metrics.iter().filter(|metric| metric.scope.is_empty());
        let metrics: Vec<String> = metrics.map(|m| format!("{} {}", m.name, number(&m.value))).collect();
        if !metrics.is_empty() {
            println!("  {}: {}", stage.id, metrics.join(", "));
        }
    }
    let findings: usize = report.stages.iter().map(|stage| stage.findings.len()).sum();
    if findings > 0 {
        println!("  {findings} findings stand in report.json");
    }
}
