//! A session on what a recorder hears, while it is recorded.

use crate::audio::Microphone;
use crate::audio::spoken::BLOCK;
use crate::exit::Exit;
use crate::{open, record};
use auricle_engine::{Cancel, Diagnostic, Options, Plan, Registry, Run, Session, Watch};
use auricle_sdk::host::Bytes;
use auricle_sound::{Error, Recorder, SampleFormat, StreamFormat, WavStream};
use std::path::Path;
use std::sync::Arc;

/// What to run, and where it goes.
pub struct HeardSession<'a> {
    /// The command's name, for what it says.
    pub command: &'a str,
    pub session: &'a Session,
    pub registry: &'a Registry,
    /// The session's input that the sound takes the place of.
    pub input: &'a str,
    pub out: &'a Path,
    /// The recording.
    pub file: &'a Path,
    pub force: bool,
    /// Sample frames after which to stop.
    pub frames: Option<u64>,
}

impl HeardSession<'_> {
    /// Plans with a second of silence in the sound's place: what is refused is refused before anything is written.
    ///
    /// # Errors
    /// The plan is refused, or needs its whole input; that was told.
    pub fn check(&self, format: StreamFormat) -> Result<(), Exit> {
        let silence = WavStream::new(format.sample_rate, format.channels as usize);
        silence.push(&vec![0.0; format.sample_rate as usize * format.channels as usize]);
        silence.end();
        self.plan(Arc::new(silence)).map(drop)
    }

    fn plan(&self, stream: Arc<WavStream>) -> Result<Plan, Exit> {
        let bytes: Arc<dyn Bytes> = Arc::new(Microphone(stream));
        let planned = Plan::with_streams(self.session, self.registry, &[], &[(self.input.to_owned(), bytes)]);
        let plan = planned.map_err(|diagnostics| refuse(&diagnostics))?;
        let waiting = plan.waiting().map_err(|error| {
            eprintln!("{}: {error}", self.command);
            Exit::Stage
        })?;
        for stage in waiting.iter().map(|&index| &plan.stages[index]) {
            eprintln!(
                "{}: stage {:?} ({}) needs its whole input before it puts anything out; record first, then replay the \
                 recording",
                self.command, stage.id, stage.descriptor.id
            );
        }
        if waiting.is_empty() { Ok(plan) } else { Err(Exit::Usage) }
    }

    /// Records, runs, and stops once `show` returns; it is told how to ask whether the run has ended by itself. `watch` sees
    /// what comes out.
    ///
    /// # Errors
    /// The recording cannot begin. What the run says stands in it; a plan that is refused was told.
    pub fn run(
        &self,
        recorder: &Recorder,
        watch: impl FnOnce(&Plan, &Arc<WavStream>) -> Watch,
        show: impl FnOnce(&dyn Fn() -> bool),
    ) -> Result<Result<Run, Exit>, Error> {
        for parent in self.file.parent().into_iter().chain([self.out]) {
            if let Err(error) = std::fs::create_dir_all(parent) {
                eprintln!("{}: {}: {error}", self.command, parent.display());
                return Ok(Err(Exit::Output));
            }
        }
        let StreamFormat { sample_rate, channels } = recorder.format();
        let stream = Arc::new(WavStream::new(sample_rate, channels as usize));
        let heard = stream.clone();
        recorder.listen(Some(Box::new(move |samples| heard.push(samples))), true);
        recorder.start(self.file, SampleFormat::F32, self.frames, self.force)?;
        eprintln!(
            "{} is what is heard now, {channels} channel{} at {sample_rate} Hz, recorded into {}",
            self.input,
            if channels == 1 { "" } else { "s" },
            self.file.display()
        );
        let plan = match self.plan(stream.clone()) {
            Ok(plan) => plan,
            Err(exit) => return Ok(Err(exit)),
        };
        let options = Options {
            out: Some(self.out.to_owned()),
            jobs: plan.stages.len() + 1,
            block: BLOCK,
            watch: Some(watch(&plan, &stream)),
            ..Options::default()
        };
        let stop = Cancel::new();
        let run = std::thread::scope(|scope| {
            let running = scope.spawn(|| auricle_engine::run(&plan, &options, &stop, &mut ()));
            show(&|| running.is_finished());
            // A failed recording has told why already, and holds what it could.
            let take = recorder.stop();
            recorder.listen(None, true);
            stream.end();
            match take.map(|take| take.or(recorder.state().take)) {
                Ok(Some(take)) => record::tell(&take, false),
                Ok(None) => {}
                Err(error) => eprintln!("{}: {error}", self.command),
            }
            running.join().ok()
        });
        Ok(run.ok_or_else(|| {
            eprintln!("{}: the run has panicked; this is a bug", self.command);
            Exit::Stage
        }))
    }
}

/// Tells why a session cannot be planned.
pub fn refuse(diagnostics: &[Diagnostic]) -> Exit {
    open::print(diagnostics);
    Exit::of_diagnostics(diagnostics)
}

/// Leaves the report and says what failed.
pub fn finish(run: &Run, out: &Path) -> Exit {
    let written = run.report.write(&out.join("report.json")).and_then(|()| run.times.write(&out.join("times.json")));
    if let Some(failure) = &run.failure {
        eprintln!("{failure}");
        return Exit::of_failure(failure);
    }
    if let Err(error) = written {
        eprintln!("{}: {error}", out.display());
        return Exit::Output;
    }
    Exit::Ok
}
