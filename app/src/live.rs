//! `auricle live`: a session on what a microphone hears. The recording replayed gives the same outputs.

use crate::audio::{Capture, line};
use crate::exit::Exit;
use crate::heard::{self, HeardSession};
use crate::places;
use crate::signals::Watch as Signals;
use auricle_engine::{Registry, Run, Session, Watch};
use auricle_sound::{Error, Recorder, RecorderStatus, WavStream};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Arguments of `auricle live`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The session file
    pub session: PathBuf,
    /// Show the session's lanes while the sound comes, in the workbench: nothing is written until R records
    #[arg(long, conflicts_with_all = ["of", "out", "record", "force"])]
    pub screen: bool,
    /// The input that the microphone takes the place of [default: the only one, or the first]
    #[arg(long, value_name = "INPUT")]
    of: Option<String>,
    /// Directory for the outputs, report.json and the recording [default: out/ and the name of the session]
    #[arg(long)]
    out: Option<PathBuf>,
    /// The recording: a WAV file whose replay gives the same outputs [default: the input's name in the output directory]
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Overwrite the recording if it exists
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    capture: Capture,
}

/// How often the line on the terminal changes, and signals are looked at.
const TICK: Duration = Duration::from_millis(66);

/// How late each packet of the stages' outputs was, in seconds.
#[derive(Default)]
struct Latencies {
    /// Of the newest packet of each stage.
    now: Vec<Option<f64>>,
    /// Of every packet of the last of them.
    all: Vec<f64>,
}

/// Runs the command: Ctrl-C ends it as planned.
pub fn run(args: &Args, plugin_dirs: &[PathBuf]) -> Exit {
    if let Err(message) = args.capture.check() {
        eprintln!("live: {message}");
        return Exit::Usage;
    }
    let registry = places::registry(plugin_dirs);
    let session = match Session::load(&args.session) {
        Ok(session) => session,
        Err(diagnostics) => return heard::refuse(&diagnostics),
    };
    let names: Vec<&str> = session.inputs().iter().map(|input| input.name.as_str()).collect();
    let input = match &args.of {
        Some(name) if names.contains(&name.as_str()) => name.clone(),
        None if !names.is_empty() => names[0].to_owned(),
        _ => {
            eprintln!("live: expected one of the session's inputs ({}) to listen in place of", names.join(", "));
            return Exit::Usage;
        }
    };
    match live(args, &session, &registry, &input) {
        Ok(exit) => exit,
        Err(error) => {
            eprintln!("live: {error}");
            Exit::of_sound(error.kind())
        }
    }
}

fn live(args: &Args, session: &Session, registry: &Registry, input: &str) -> Result<Exit, Error> {
    let recorder = args.capture.open(0.0)?;
    let format = recorder.format();
    let out = args
        .out
        .clone()
        .unwrap_or_else(|| Path::new("out").join(args.session.file_stem().unwrap_or("session".as_ref())));
    let file = args.record.clone().unwrap_or_else(|| out.join(format!("{input}.wav")));
    let heard = HeardSession {
        command: "live",
        session,
        registry,
        input,
        out: &out,
        file: &file,
        force: args.force,
        frames: args.capture.frames(format.sample_rate),
    };
    if let Err(exit) = heard.check(format) {
        return Ok(exit);
    }
    let signals = Signals::start()
        .map_err(|error| Error::new(auricle_sound::ErrorKind::Backend, format!("cannot watch for signals: {error}")))?;
    let latencies = Arc::new(Mutex::new(Latencies::default()));
    let run = heard.run(
        &recorder,
        |plan, stream| {
            latencies.lock().unwrap_or_else(PoisonError::into_inner).now = vec![None; plan.stages.len()];
            watch(stream, &latencies)
        },
        |is_over| show(&recorder, &signals, &latencies, is_over),
    )?;
    Ok(match run {
        Ok(run) => finish(&run, &out, &latencies),
        Err(exit) => exit,
    })
}

/// Measures how far what comes out is behind what was heard.
fn watch(stream: &Arc<WavStream>, latencies: &Arc<Mutex<Latencies>>) -> Watch {
    let (stream, latencies) = (stream.clone(), latencies.clone());
    Watch(Arc::new(move |stage, _, packet| {
        let clock = packet.format().clock;
        if clock.step <= 0 || packet.count == 0 {
            return;
        }
        let late = stream.seconds() - clock.seconds(packet.start + packet.count as i64 - 1);
        let mut latencies = latencies.lock().unwrap_or_else(PoisonError::into_inner);
        latencies.now[stage] = Some(late);
        if latencies.now[stage + 1..].iter().all(Option::is_none) {
            latencies.all.push(late);
        }
    }))
}

/// Shows level and latency until the recording or the run has ended, or is told to.
fn show(recorder: &Recorder, signals: &Signals, latencies: &Mutex<Latencies>, is_over: &dyn Fn() -> bool) {
    let terminal = std::io::stderr().is_terminal();
    let mut lost = false;
    loop {
        let state = recorder.state();
        let late = latencies.lock().unwrap_or_else(PoisonError::into_inner).now.iter().flatten().copied().last();
        if terminal {
            let seconds = state.take.as_ref().map_or(0.0, |take| take.duration_s());
            let late = late.map_or(String::new(), |late| format!("  {:4.0} ms late", 1e3 * (late + state.latency_s)));
            eprint!("\r\x1b[K{:>8}  {}{late}", line::clock(seconds), line::meter(&state.levels));
            // A terminal that is gone is no reason to stop.
            let _ = std::io::stderr().flush();
        } else if let (RecorderStatus::Lost(reason), false) = (&state.status, lost) {
            eprintln!("live: {reason}; waiting for it, the file is safe");
        }
        lost = matches!(state.status, RecorderStatus::Lost(_));
        let ended = matches!(state.status, RecorderStatus::Done | RecorderStatus::Failed(_));
        if ended || is_over() || signals.caught().is_some() {
            if terminal {
                eprint!("\r\x1b[K");
            }
            return;
        }
        std::thread::sleep(TICK);
    }
}

/// Leaves the report and says how it went.
fn finish(run: &Run, out: &Path, latencies: &Mutex<Latencies>) -> Exit {
    let mut all = std::mem::take(&mut latencies.lock().unwrap_or_else(PoisonError::into_inner).all);
    all.sort_by(f64::total_cmp);
    if let (Some(median), Some(most)) = (all.get(all.len() / 2), all.last()) {
        eprintln!("from what was recorded to what came out: {:.0} ms, at most {:.0} ms", 1e3 * median, 1e3 * most);
    }
    heard::finish(run, out)
}
