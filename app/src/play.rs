//! `auricle play`: sound files, read by the same stage as everywhere, heard on a device.

use crate::audio::{self, StageSource, line};
use crate::exit::Exit;
use crate::places;
use crate::signals::Watch;
use auricle_engine::{Cache, Diagnostic, Evaluator, Plan, Registry, Session};
use auricle_sound::{AudioSource, Error, ErrorKind, Request, State, Status, Transport};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Arguments of `auricle play`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Sound files, played one after the other
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Device to play on, by its id from record --list-devices; null plays to nobody by the clock, null-fast at once
    #[arg(long, value_name = "ID")]
    device: Option<String>,
    /// Begin so many seconds into the file
    #[arg(long, visible_alias = "from", value_name = "SECONDS", default_value_t = 0.0, value_parser = seconds)]
    start: f64,
    /// Play so many seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    duration: Option<f64>,
    /// End so many seconds into the file
    #[arg(long, value_name = "SECONDS", value_parser = seconds, conflicts_with = "duration")]
    to: Option<f64>,
    /// So many times as fast, at the same pitch
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed)]
    speed: f64,
    /// Only this channel, counted from 1, on every loudspeaker
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    channel: Option<u32>,
    /// Louder or softer by so many dB; what goes beyond full scale is limited to it
    #[arg(long, value_name = "DB", default_value_t = 0.0, value_parser = decibels, allow_negative_numbers = true)]
    gain_db: f32,
    /// Over and over, until Ctrl-C
    #[arg(long = "loop")]
    looped: bool,
}

/// How often the line on the terminal changes, and signals are looked at.
const TICK: Duration = Duration::from_millis(33);
/// Bytes of decoded sound that are kept; reading goes forward, so little is enough.
const CACHE: usize = 16 << 20;

/// The session that reads one file.
const SESSION: &str = r#"
auricle = 1

[inputs]
file = "file"

[[stage]]
id = "read"
use = "read.audio"
input = "file"
"#;

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..1e9).contains(&seconds) => Ok(seconds),
        _ => Err("expected seconds, such as 2.5".into()),
    }
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.25..=4.0).contains(&speed) => Ok(speed),
        _ => Err("expected 0.25 to 4".into()),
    }
}

fn decibels(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(db) if (-120.0..=60.0).contains(&db) => Ok(db),
        _ => Err("expected -120 to 60 dB".into()),
    }
}

/// Runs the command: 0 once everything was heard.
pub fn run(args: &Args, plugin_dirs: &[PathBuf]) -> Exit {
    let registry = Arc::new(places::registry(plugin_dirs));
    let (transport, signals) = match prepare(args) {
        Ok(prepared) => prepared,
        Err(error) => {
            eprintln!("play: {error}");
            return Exit::of_sound(error.kind());
        }
    };
    let mut exit = Exit::Ok;
    for path in &args.files {
        let played = play(args, path, &registry, &transport, &signals);
        if let Some(signal) = signals.caught() {
            return Exit::Signal(signal);
        }
        // The first failure is told; what can be played still is.
        if exit == Exit::Ok {
            exit = played;
        }
    }
    exit
}

fn prepare(args: &Args) -> Result<(Transport, Watch), Error> {
    let (device, name) = audio::device(args.device.as_deref())?;
    let transport = Transport::new(device, Request { device: name, ..Request::default() });
    transport.set_gain(10f32.powf(args.gain_db / 20.0));
    let signals = Watch::start().map_err(|error| {
        let message = format!("cannot watch for signals: {error}");
        Error::with_source(ErrorKind::Backend, message, error)
    })?;
    Ok((transport, signals))
}

fn play(args: &Args, path: &Path, registry: &Arc<Registry>, transport: &Transport, signals: &Watch) -> Exit {
    let refuse = |diagnostics: Vec<Diagnostic>| {
        for diagnostic in &diagnostics {
            eprintln!("play: {}", about_the_file(diagnostic));
        }
        Exit::of_diagnostics(&diagnostics)
    };
    let inputs = [("file".to_owned(), path.to_owned())];
    let planned = Session::parse(SESSION, Path::new("")).and_then(|session| Plan::new(&session, registry, &inputs));
    let plan = match planned {
        Ok(plan) => Arc::new(plan),
        Err(diagnostics) => return refuse(diagnostics),
    };
    let stage = plan.stage("read").expect("the session above has this stage");
    let evaluator = Evaluator::new(plan, Arc::new(Cache::new(CACHE)));
    let source = match StageSource::new(evaluator.clone(), registry.clone(), stage, 0) {
        Ok(source) => source,
        Err(error) => {
            eprintln!("play: {}: {error}", path.display());
            return Exit::of_sound(error.kind());
        }
    };
    let rate = f64::from(source.sample_rate());
    announce(path, &source);
    let start = (args.start * rate).round() as u64;
    let length = args.duration.or(args.to.map(|to| (to - args.start).max(0.0)));
    let end = length.map_or(u64::MAX, |seconds| start + (seconds * rate).round() as u64);
    if let Some(channel) = args.channel.filter(|channel| *channel as usize > source.channels()) {
        eprintln!("play: {}: there is no channel {channel}, it has {}", path.display(), source.channels());
        return Exit::Usage;
    }
    transport.set_speed(args.speed);
    transport.set_solo(args.channel.map(|channel| channel as usize - 1));
    transport.load(Box::new(source));
    transport.set_range(start..end, args.looped);
    transport.play();
    transport.sync();
    let state = watch(transport, signals);
    transport.unload();
    for (_, finding) in evaluator.findings() {
        eprintln!("{}: {}: {}", path.display(), finding.severity, finding.message);
    }
    match &state.status {
        Status::Failed { kind, reason } => {
            eprintln!("play: {}: {reason}", path.display());
            Exit::of_sound(*kind)
        }
        _ => {
            complain(&state);
            Exit::Ok
        }
    }
}

/// The session is ours: what is wrong with it is wrong with the file, or with the installation.
fn about_the_file(diagnostic: &Diagnostic) -> Diagnostic {
    Diagnostic { position: None, stage: String::new(), ..diagnostic.clone() }
}

fn announce(path: &Path, source: &StageSource) {
    let (rate, channels) = (source.sample_rate(), source.channels());
    let plural = if channels == 1 { "" } else { "s" };
    let length = source.frames().map(|frames| frames as f64 / f64::from(rate));
    let length = length.map_or(String::new(), |seconds| format!(", {seconds:.3} s"));
    eprintln!("{}: {channels} channel{plural}, {rate} Hz{length}", path.display());
}

/// Says what was not as it should be.
fn complain(state: &State) {
    if state.underruns > 0 {
        eprintln!("warning: {} times the sound was not ready in time", state.underruns);
    }
    if state.xruns > 0 {
        eprintln!("warning: {} times the sound system dropped out", state.xruns);
    }
    if state.clipped > 0 {
        eprintln!("warning: {} samples beyond full scale were limited to it; --gain-db lowers it", state.clipped);
    }
}

/// Shows position and level until everything was heard, or a signal came.
fn watch(transport: &Transport, signals: &Watch) -> State {
    let terminal = std::io::stderr().is_terminal();
    let mut lost = false;
    loop {
        let state = transport.state();
        if terminal {
            eprint!("\r\x1b[K{}", shown(&state));
            // A terminal that is gone is no reason to stop playing.
            let _ = std::io::stderr().flush();
        } else if let (Status::Lost(reason), false) = (&state.status, lost) {
            eprintln!("play: {reason}; waiting for it");
        }
        lost = matches!(state.status, Status::Lost(_));
        let going = lost || matches!(state.status, Status::Playing | Status::Paused);
        if !going || signals.caught().is_some() {
            if terminal {
                eprint!("\r\x1b[K");
            }
            return state;
        }
        std::thread::sleep(TICK);
    }
}

/// What stands on the terminal while it plays.
fn shown(state: &State) -> String {
    if let Status::Lost(reason) = &state.status {
        return format!("{reason}; waiting for it");
    }
    let clock = |frame: u64| line::clock(frame as f64 / f64::from(state.sample_rate.max(1)));
    let length = state.frames.map_or("?".into(), clock);
    format!("{:>8} / {length}  {}", clock(state.position), line::meter(&state.levels))
}
