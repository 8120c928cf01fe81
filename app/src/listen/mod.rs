//! `auricle listen`: what is said, while it is said. The recording replayed gives the same transcript.

mod told;

use crate::audio::course::{self, Segment, Step};
use crate::audio::spoken::{MODEL, SESSION, STAGE};
use crate::audio::{Capture, StageSource, line};
use crate::exit::Exit;
use crate::heard::{self, HeardSession};
use crate::places;
use crate::signals::Watch as Signals;
use auricle_engine::{Cache, Cancel, Evaluator, Options, Plan, Registry, Run, Session, Watch};
use auricle_sound::{Error, ErrorKind, Recorder, RecorderStatus, Request, SourceCapture, WavStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use told::Teller;

/// Arguments of `auricle listen`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The model of Whisper, by its id in the store
    #[arg(long, value_name = "ID", default_value = MODEL)]
    model: String,
    /// Language of the speech, as en; auto: the likeliest
    #[arg(long, value_name = "LANGUAGE", default_value = "auto")]
    language: String,
    /// Silero's model, by its id in the store, says where somebody speaks, instead of the detector that is built in
    #[arg(long, value_name = "ID")]
    vad: Option<String>,
    /// Hear a file instead of a device
    #[arg(long, value_name = "FILE", conflicts_with_all = ["device", "channels", "rate"])]
    file: Option<PathBuf>,
    /// Hear the file as slowly as a device would
    #[arg(long, requires = "file")]
    realtime: bool,
    /// A session of your own: its first input is what is heard, and it has a stage asr.listen
    #[arg(long, value_name = "FILE", conflicts_with_all = ["model", "language", "vad"])]
    session: Option<PathBuf>,
    /// Directory for recording, session, transcript and report
    #[arg(long, default_value = "out/listen")]
    out: PathBuf,
    /// Overwrite a recording that is there
    #[arg(long)]
    force: bool,
    /// One JSON object a line: partial, final, silence, segment, end
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    capture: Capture,
}

/// How often the line on the terminal changes, and signals are looked at.
const TICK: Duration = Duration::from_millis(66);
/// Seconds of a file that a recorder may miss at its start, which it begins with.
const PREROLL_S: f64 = 10.0;
/// Bytes of a file that are kept.
const CACHE: usize = 16 << 20;

/// What a stage put out, when so much sound had come (none where it follows no clock).
enum News {
    Step(Step, Option<f64>),
    Segment(Segment),
}

/// Runs the command: Ctrl-C ends it as planned.
pub fn run(args: &Args, plugin_dirs: &[PathBuf]) -> Exit {
    if let Err(message) = args.capture.check() {
        eprintln!("listen: {message}");
        return Exit::Usage;
    }
    let registry = Arc::new(places::registry(plugin_dirs));
    listen(args, &registry).unwrap_or_else(|error| {
        eprintln!("listen: {error}");
        Exit::of_sound(error.kind())
    })
}

/// The session that is run where none is named. It is written beside the recording.
fn session(args: &Args, sound: &Path) -> Result<Session, Exit> {
    if let Some(path) = &args.session {
        return Session::load(path).map_err(|diagnostics| heard::refuse(&diagnostics));
    }
    let text = written(&args.model, &args.language, args.vad.as_deref(), &sound.to_string_lossy());
    Session::parse(&text, &args.out.join("listen.toml")).map_err(|diagnostics| heard::refuse(&diagnostics))
}

/// The session as a text: which model hears, in which language, and which says where somebody speaks.
fn written(model: &str, language: &str, vad: Option<&str>, sound: &str) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    let mut text = SESSION.to_owned();
    if let Some(detector) = vad {
        text = text
            .replace("[models]\n", &format!("[models]\ndetector = {}\n", quoted(detector)))
            .replace(
                "\"vad.earshot\"\ninput = \"read\"",
                "\"vad.silero\"\ninput = { audio = \"read\", model = \"detector\" }",
            )
            .replace("voice.speech", "voice.probabilities");
    }
    text.replace("\"media/speech.flac\"", &quoted(sound)).replace("\"whisper-tiny.en\"", &quoted(model)).replace(
        "model = \"whisper\" }\n",
        &format!("model = \"whisper\" }}\nparameters = {{ language = {} }}\n", quoted(language)),
    )
}

fn listen(args: &Args, registry: &Arc<Registry>) -> Result<Exit, Error> {
    let recording = args.out.join("sound.wav");
    let sound = match &args.file {
        Some(file) if !args.realtime => std::path::absolute(file).unwrap_or_else(|_| file.clone()),
        _ => PathBuf::from("sound.wav"),
    };
    let session = match session(args, &sound) {
        Ok(session) => session,
        Err(exit) => return Ok(exit),
    };
    let Some(input) = session.inputs().first().map(|input| input.name.clone()) else {
        eprintln!("listen: the session has no input to listen in place of");
        return Ok(Exit::Usage);
    };
    if !session.stages().iter().any(|stage| stage.stage == STAGE) {
        eprintln!("listen: the session has no stage {STAGE}; `auricle live` runs any session");
        return Ok(Exit::Usage);
    }
    let signals = Signals::start()
        .map_err(|error| Error::new(ErrorKind::Backend, format!("cannot watch for signals: {error}")))?;
    // It lies there from the start, so that even of a run that is killed the recording can be replayed.
    let keep = || {
        let saved =
            std::fs::create_dir_all(&args.out).map_err(|error| error.to_string()).and_then(|()| match args.session {
                None => session.save(&args.out.join("listen.toml")).map(drop).map_err(|error| error.to_string()),
                Some(_) => Ok(()),
            });
        saved.map_err(|error| {
            eprintln!("listen: {}: {error}", args.out.display());
            Exit::Output
        })
    };
    let (sender, news) = channel();
    let mut teller = Teller::new(args.json);
    let run = match &args.file {
        Some(file) if !args.realtime => {
            let inputs = [(input, file.clone())];
            let plan = match Plan::new(&session, registry, &inputs) {
                Ok(plan) => plan,
                Err(diagnostics) => return Ok(heard::refuse(&diagnostics)),
            };
            if let Err(exit) = keep() {
                return Ok(exit);
            }
            through(&plan, &args.out, &signals, watch(&plan, None, sender), &news, &mut teller)
        }
        file => {
            let recorder = match file {
                Some(file) => follow(file, registry)?,
                None => args.capture.open(0.0)?,
            };
            let format = recorder.format();
            // A recording that stays is refused later; its session stays too.
            let is_kept = recording.exists() && !args.force;
            let heard = HeardSession {
                command: "listen",
                session: &session,
                registry,
                input: &input,
                out: &args.out,
                file: &recording,
                force: args.force,
                frames: args.capture.frames(format.sample_rate),
            };
            if let Err(exit) = heard.check(format).and_then(|()| if is_kept { Ok(()) } else { keep() }) {
                return Ok(exit);
            }
            let ran = heard.run(
                &recorder,
                |plan, stream| watch(plan, Some(stream.clone()), sender),
                |is_over| show(&recorder, &signals, &news, &mut teller, is_over),
            )?;
            match ran {
                Ok(run) => run,
                Err(exit) => return Ok(exit),
            }
        }
    };
    news.try_iter().for_each(|news| teller.take(&news));
    teller.end();
    Ok(heard::finish(&run, &args.out))
}

/// Hears a file by the clock.
fn follow(file: &Path, registry: &Arc<Registry>) -> Result<Recorder, Error> {
    const READ: &str =
        "auricle = 1\n[inputs]\nfile = \"file\"\n[[stage]]\nid = \"read\"\nuse = \"read.audio\"\ninput = \"file\"\n";
    let inputs = [("file".to_owned(), file.to_owned())];
    let planned = Session::parse(READ, Path::new("")).and_then(|session| Plan::new(&session, registry, &inputs));
    let plan = planned.map_err(|diagnostics| {
        let message = diagnostics.iter().map(|diagnostic| diagnostic.message.clone()).collect::<Vec<_>>().join("; ");
        Error::new(ErrorKind::Source, message)
    })?;
    let evaluator = Evaluator::new(Arc::new(plan), Arc::new(Cache::new(CACHE)));
    let source = StageSource::new(evaluator, registry.clone(), 0, 0)?;
    let device = Arc::new(SourceCapture::new(Box::new(source), true));
    Recorder::open(device, Request::default(), PREROLL_S)
}

/// Passes on what the stage puts out, with how much sound has come by then.
fn watch(plan: &Plan, stream: Option<Arc<WavStream>>, news: Sender<News>) -> Watch {
    let stage = plan.stages.iter().position(|stage| stage.descriptor.id == STAGE);
    let news = Mutex::new(news);
    Watch(Arc::new(move |from, output, packet| {
        if Some(from) != stage || packet.count == 0 {
            return;
        }
        let heard = stream.as_ref().map(|stream| stream.seconds());
        let send = |what: News| {
            // Whoever told has gone: nobody wants to know any more.
            let _ = news.lock().unwrap_or_else(std::sync::PoisonError::into_inner).send(what);
        };
        if output == 0 {
            course::segments(packet).into_iter().flatten().for_each(|segment| send(News::Segment(segment)));
        } else {
            course::steps(packet).into_iter().flatten().for_each(|step| send(News::Step(step, heard)));
        }
    }))
}

/// Runs through a file as fast as it goes.
fn through(
    plan: &Plan,
    out: &Path,
    signals: &Signals,
    watch: Watch,
    news: &Receiver<News>,
    teller: &mut Teller,
) -> Run {
    let options = Options { out: Some(out.to_owned()), watch: Some(watch), ..Options::default() };
    let stop = Cancel::new();
    std::thread::scope(|scope| {
        let running = scope.spawn(|| auricle_engine::run(plan, &options, &stop, &mut ()));
        while !running.is_finished() {
            if let Ok(news) = news.recv_timeout(TICK) {
                teller.take(&news);
            }
            if signals.caught().is_some() {
                stop.cancel();
            }
        }
        running.join().expect("a run catches the panics of its stages")
    })
}

/// Tells what is heard until the recording or the run has ended, or is told to.
fn show(
    recorder: &Recorder,
    signals: &Signals,
    news: &Receiver<News>,
    teller: &mut Teller,
    is_over: &dyn Fn() -> bool,
) {
    let mut lost = false;
    loop {
        let state = recorder.state();
        let seconds = state.take.as_ref().map_or(0.0, |take| take.duration_s());
        if let (RecorderStatus::Lost(reason), false) = (&state.status, lost) {
            teller.say(&format!("listen: {reason}; waiting for it, the file is safe"));
        }
        lost = matches!(state.status, RecorderStatus::Lost(_));
        teller.status(&format!("{:>8}  {}", line::clock(seconds), line::meter(&state.levels)));
        let ended = matches!(state.status, RecorderStatus::Done | RecorderStatus::Failed(_));
        if ended || is_over() || signals.caught().is_some() {
            return;
        }
        if let Ok(first) = news.recv_timeout(TICK) {
            teller.take(&first);
            news.try_iter().for_each(|news| teller.take(&news));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_stands_in_the_session() {
        let parse = |vad| {
            let text = written("large \"v3\"", "de", vad, "a.wav");
            Session::parse(&text, Path::new("")).expect("a session")
        };
        let stage = |session: &Session, name: &str| session.stages().iter().any(|stage| stage.stage == name);
        let (plain, silero) = (parse(None), parse(Some("silero-vad")));
        assert!(stage(&plain, "vad.earshot") && stage(&plain, STAGE));
        assert!(stage(&silero, "vad.silero") && !stage(&silero, "vad.earshot"));
        let text = written("large \"v3\"", "de", Some("silero-vad"), "a.wav");
        for part in [
            r#"whisper = "large \"v3\"""#,
            r#"detector = "silero-vad""#,
            r#"language = "de""#,
            r#"sound = "a.wav""#,
            r#"speech = "voice.probabilities""#,
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }
}
