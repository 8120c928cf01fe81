//! What is said in a recorder's sound, while it is said.

use super::Microphone;
use super::course::{self, Course};
use auricle_engine::{Cancel, Options, Plan, Registry, Session, Watch};
use auricle_sound::WavStream;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// The model that is heard with where none is named.
pub const MODEL: &str = "whisper-tiny.en";
/// The stage whose tables are told.
pub const STAGE: &str = "asr.listen";
/// Sample frames of one block: at 48 kHz they take 10 ms to come.
pub const BLOCK: usize = 480;

/// The session from sound to text, and to files.
pub const SESSION: &str = include_str!("../../../sessions/listen.toml");
/// Where its stages that write files begin.
const FILES: &str = "[[stage]]\nid = \"transcript\"";

/// A run on the sound that is pushed into its stream; dropping it ends it.
pub struct Spoken {
    stream: Arc<WavStream>,
    course: Arc<Mutex<Result<Course, String>>>,
    cancel: Cancel,
}

impl Spoken {
    /// Begins to hear with [`MODEL`]; what fails is told by [`course`](Spoken::course).
    pub fn start(registry: Arc<Registry>, sample_rate: u32, channels: usize) -> Self {
        let stream = Arc::new(WavStream::new(sample_rate, channels));
        let course = Arc::new(Mutex::new(Ok(Course::default())));
        let cancel = Cancel::new();
        let (heard, told, stop) = (stream.clone(), course.clone(), cancel.clone());
        std::thread::spawn(move || {
            if let Err(reason) = run(&registry, &heard, &told, &stop) {
                *told.lock().unwrap_or_else(PoisonError::into_inner) = Err(reason);
            }
        });
        Spoken { stream, course, cancel }
    }

    /// Where the sound goes.
    pub fn stream(&self) -> Arc<WavStream> {
        self.stream.clone()
    }

    /// What was told so far.
    ///
    /// # Errors
    /// Why nothing is heard.
    pub fn course(&self) -> Result<Course, String> {
        self.course.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Spoken {
    fn drop(&mut self) {
        self.cancel.cancel();
        self.stream.end();
    }
}

fn run(
    registry: &Registry,
    stream: &Arc<WavStream>,
    course: &Arc<Mutex<Result<Course, String>>>,
    stop: &Cancel,
) -> Result<(), String> {
    let bytes = [("sound".to_owned(), Arc::new(Microphone(stream.clone())) as _)];
    let stages = SESSION.split(FILES).next().unwrap_or(SESSION);
    let planned =
        Session::parse(stages, Path::new("")).and_then(|session| Plan::with_streams(&session, registry, &[], &bytes));
    let plan = planned
        .map_err(|diagnostics| diagnostics.first().map_or(String::new(), |diagnostic| diagnostic.message.clone()))?;
    let stage = plan.stages.iter().position(|stage| stage.descriptor.id == STAGE);
    let (heard, told) = (stream.clone(), course.clone());
    let watch = Watch(Arc::new(move |from, output, packet| {
        if Some(from) != stage || output != 1 || packet.count == 0 {
            return;
        }
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Ok(course), Ok(steps)) = (told.as_mut(), course::steps(packet)) {
            for step in steps {
                course.step(&step, Some(heard.seconds()));
            }
        }
    }));
    let options = Options { jobs: plan.stages.len() + 1, block: BLOCK, watch: Some(watch), ..Options::default() };
    match auricle_engine::run(&plan, &options, stop, &mut ()).failure {
        Some(failure) if !stop.is_cancelled() => Err(failure.to_string()),
        _ => Ok(()),
    }
}
