//! `auricle record`: a device into a WAV file that is valid at every moment.

use crate::audio::{self, Capture, line, seconds};
use crate::exit::Exit;
use crate::signals::Watch;
use auricle_sound::{
    DeviceInfo, Error, Gap, Recorder, RecorderState, RecorderStatus, SampleFormat, StreamFormat, Take,
};
use serde_json::{Value as Json, json};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Arguments of `auricle record`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The WAV file to write
    #[arg(required_unless_present = "list_devices")]
    file: Option<PathBuf>,
    #[command(flatten)]
    capture: Capture,
    /// How samples are stored: f32 is what the device gives, the others are rounded
    #[arg(long, value_name = "FORMAT", default_value = "f32")]
    format: Format,
    /// Hear so many seconds first, and begin the file with the last of them when Enter is pressed
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pre_roll: Option<f64>,
    /// Overwrite the file if it exists
    #[arg(long)]
    force: bool,
    /// Print what was recorded, or the devices, as JSON
    #[arg(long)]
    json: bool,
    /// Show the devices and end
    #[arg(long)]
    list_devices: bool,
}

/// Sample formats, as the command line names them.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Format {
    F32,
    S24,
    S16,
}

impl From<Format> for SampleFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::F32 => SampleFormat::F32,
            Format::S24 => SampleFormat::S24,
            Format::S16 => SampleFormat::S16,
        }
    }
}

/// How often the line on the terminal changes, and signals are looked at.
const TICK: Duration = Duration::from_millis(66);
/// SIGINT, which is how a recording without a duration ends.
const INTERRUPT: i32 = signal_hook::consts::SIGINT;

/// Runs the command. Ctrl-C ends a recording as planned, unless a duration was asked for.
pub fn run(args: &Args) -> Exit {
    if args.list_devices {
        return list(args.json);
    }
    let Some(file) = &args.file else {
        return Exit::Usage;
    };
    if let Err(message) = check(args, file) {
        eprintln!("record: {message}");
        return Exit::Usage;
    }
    match record(args, file) {
        Ok(exit) => exit,
        Err(error) => {
            eprintln!("record: {error}");
            Exit::of_sound(error.kind())
        }
    }
}

/// What is refused before anything is opened.
fn check(args: &Args, file: &Path) -> Result<(), String> {
    let extension = file.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    if !matches!(extension.as_deref(), Some("wav" | "wave")) {
        return Err(format!("{}: only WAV files are written, expected a name that ends in .wav", file.display()));
    }
    args.capture.check()
}

fn record(args: &Args, file: &Path) -> Result<Exit, Error> {
    let recorder = args.capture.open(args.pre_roll.unwrap_or(0.0))?;
    let StreamFormat { sample_rate, channels } = recorder.format();
    let frames = args.capture.frames(sample_rate);
    let signals = Watch::start()
        .map_err(|error| Error::new(auricle_sound::ErrorKind::Backend, format!("cannot watch for signals: {error}")))?;
    if args.pre_roll.is_some()
        && let Some(signal) = listen(&recorder, &signals)
    {
        return Ok(Exit::Signal(signal));
    }
    recorder.start(file, args.format.into(), frames, args.force)?;
    let source = args.capture.device.as_deref().unwrap_or("the default device");
    let plural = if channels == 1 { "" } else { "s" };
    eprintln!("recording {source} into {}: {channels} channel{plural}, {sample_rate} Hz", file.display());

    let state = watch(&recorder, &signals, sample_rate);
    let take = recorder.stop()?.or(state.take);
    if let RecorderStatus::Failed(reason) = &state.status {
        eprintln!("record: {reason}");
    }
    if let Some(take) = &take {
        tell(take, args.json);
    }
    Ok(match (&state.status, signals.caught()) {
        (RecorderStatus::Failed(_), _) => Exit::Output,
        (RecorderStatus::Done, _) | (_, None) => Exit::Ok,
        (_, Some(INTERRUPT)) if args.capture.duration.is_none() => Exit::Ok,
        (_, Some(signal)) => Exit::Signal(signal),
    })
}

/// Listens until Enter is pressed; gives the signal that came before.
fn listen(recorder: &Recorder, signals: &Watch) -> Option<i32> {
    let (pressed, is_pressed) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        // The end of the input is as good as a key.
        let _ = std::io::stdin().read_line(&mut String::new());
        let _ = pressed.send(());
    });
    eprintln!("listening; Enter records, beginning with what was just heard");
    let terminal = std::io::stderr().is_terminal();
    while is_pressed.recv_timeout(TICK).is_err() {
        let state = recorder.state();
        if let Some(signal) = signals.caught() {
            return Some(signal);
        }
        if terminal {
            eprint!("\r\x1b[K{:>8.1} s kept  {}", state.preroll_s, line::meter(&state.levels));
            let _ = std::io::stderr().flush();
        }
    }
    None
}

/// Shows the level until the recording has ended or is told to end.
fn watch(recorder: &Recorder, signals: &Watch, sample_rate: u32) -> RecorderState {
    let terminal = std::io::stderr().is_terminal();
    let mut lost = false;
    loop {
        let state = recorder.state();
        if terminal {
            eprint!("\r\x1b[K{}", shown(&state, sample_rate));
            // A terminal that is gone is no reason to stop recording.
            let _ = std::io::stderr().flush();
        } else if let (RecorderStatus::Lost(reason), false) = (&state.status, lost) {
            eprintln!("record: {reason}; waiting for it");
        }
        lost = matches!(state.status, RecorderStatus::Lost(_));
        let ended = matches!(state.status, RecorderStatus::Done | RecorderStatus::Failed(_));
        if ended || signals.caught().is_some() {
            if terminal {
                eprint!("\r\x1b[K");
            }
            return state;
        }
        std::thread::sleep(TICK);
    }
}

/// What stands on the terminal while it records.
fn shown(state: &RecorderState, sample_rate: u32) -> String {
    if let RecorderStatus::Lost(reason) = &state.status {
        return format!("{reason}; waiting for it, the file is safe");
    }
    let (frames, clipped) = state.take.as_ref().map_or((0, 0), |take| (take.frames, take.clipped));
    let over = if clipped > 0 { format!("  {clipped} at full scale") } else { String::new() };
    let seconds = frames as f64 / f64::from(sample_rate);
    format!("{:>8}  {}{over}", line::clock(seconds), line::meter(&state.levels))
}

/// Says what was recorded: words on stderr, data on stdout.
pub(crate) fn tell(take: &Take, json: bool) {
    let peak = take.peaks.iter().copied().fold(0.0, f32::max);
    let loudness = if peak > 0.0 { format!("peak {:.1} dBFS", 20.0 * peak.log10()) } else { "silence".into() };
    eprintln!("{}: {:.3} s = {} samples, {loudness}", take.path.display(), take.duration_s(), take.frames);
    if take.clipped > 0 {
        eprintln!("warning: {} samples at full scale; record at a lower level", take.clipped);
    }
    for gap in &take.gaps {
        eprintln!("warning: {}", describe(gap, take.sample_rate));
    }
    if json {
        println!("{}", to_json(take));
    }
}

fn describe(gap: &Gap, sample_rate: u32) -> String {
    let at = |frame: &u64| line::clock(*frame as f64 / f64::from(sample_rate));
    match gap {
        Gap::Overrun { at: frame, frames } => {
            format!("{frames} samples before {} were lost, silence stands for them", at(frame))
        }
        Gap::Xrun { at: frame, count } => {
            format!("near {} the sound system dropped out {count} times", at(frame))
        }
        Gap::Away { at: frame, seconds } => {
            format!("at {} the device was away for {seconds:.1} s, which are missing", at(frame))
        }
        _ => "something is missing".into(),
    }
}

fn to_json(take: &Take) -> Json {
    let gap = |gap: &Gap| match gap {
        Gap::Overrun { at, frames } => json!({ "kind": "overrun", "at": at, "samples": frames }),
        Gap::Xrun { at, count } => json!({ "kind": "xrun", "at": at, "count": count }),
        Gap::Away { at, seconds } => json!({ "kind": "away", "at": at, "seconds": seconds }),
        _ => Json::Null,
    };
    let decibels = |peak: &f32| if *peak > 0.0 { json!(20.0 * peak.log10()) } else { json!("-inf") };
    json!({
        "file": take.path.to_string_lossy(),
        "sample_rate": take.sample_rate,
        "channels": take.peaks.len(),
        "duration_s": take.duration_s(),
        "samples": take.frames,
        "clipped": take.clipped,
        "peak_dbfs": take.peaks.iter().map(decibels).collect::<Vec<_>>(),
        "gaps": take.gaps.iter().map(gap).collect::<Vec<_>>(),
    })
}

fn list(json: bool) -> Exit {
    let devices = match audio::devices() {
        Ok(devices) => devices,
        Err(error) => {
            eprintln!("record: {error}");
            return Exit::of_sound(error.kind());
        }
    };
    if json {
        for device in &devices {
            println!("{}", device_json(device));
        }
    } else if devices.is_empty() {
        eprintln!("no sound device: no sound card, and no PulseAudio or PipeWire server answers");
    }
    for device in devices.iter().filter(|_| !json) {
        println!("{:<24} {}", device.id, audio::abilities(device));
    }
    Exit::Ok
}

fn device_json(device: &DeviceInfo) -> Json {
    let format = |format: &Option<StreamFormat>| {
        format.map(|format| json!({ "channels": format.channels, "sample_rate": format.sample_rate }))
    };
    json!({
        "id": device.id,
        "name": device.name,
        "default": device.is_default,
        "capture": format(&device.capture),
        "playback": format(&device.playback),
    })
}
