//! The screen at work: a state, the session behind it, and what carries out its effects. No terminal is touched here.

mod files;
mod listening;
mod opening;
mod steering;

use super::browser::{self, Listing};
use super::effect::{Effect, Reason};
use super::event::Event;
use super::export::{self, Export};
use super::journal::Journal;
use super::live::LiveRun;
use super::monitor::Microphone;
use super::overview::{self, Opened};
use super::pipeline::Pipeline;
use super::player::Player;
use super::pool::Column;
use super::recent::Recent;
use super::recording::Record;
use super::region::{self, Request};
use super::state::{State, Step, Tone, Welcome};
use super::study::{self, Place};
use super::target::Target;
use super::watch::Watch;
use super::worker::{Worker, guarded};
use super::{Open, Options, history, loudness, offer, planner, records, remember, update};
use auricle_engine::{Cache, Cancel, Diagnostic, Edit, Evaluator, Overviews, Registry, Session};
use auricle_sdk::Value;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;

/// Bytes of results that are kept for the lanes.
const CACHE: usize = 24 << 20;

/// What the owner of the terminal has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errand {
    /// Draw everything anew.
    Redraw,
    /// Hand the terminal to the shell.
    Suspend,
    /// End.
    Quit,
    /// Give the terminal's clipboard a text.
    Copy(String),
}

/// The screen and what is behind it.
pub struct Workbench {
    /// What is on the screen.
    pub state: State,
    registry: Arc<Registry>,
    demo: Option<Box<dyn Fn() -> Result<PathBuf, String>>>,
    session: Option<Session>,
    /// Where the session was saved last; its own text and directory stay as they were opened, and edits fit them.
    file: Option<PathBuf>,
    revision: u64,
    evaluator: Option<Evaluator>,
    cache: Arc<Cache>,
    events: Sender<Event>,
    planner: Worker,
    /// One for each lane that has asked for something, by its number.
    lanes: BTreeMap<u32, Worker>,
    loudness: Worker,
    overview: Worker,
    reader: Worker,
    surveyor: Worker,
    overviews: Overviews,
    opened: Opened,
    player: Player,
    /// Tries offers.
    trials: Worker,
    journal: Journal,
    recent: Recent,
    watch: Watch,
    microphone: Microphone,
    /// The session as it runs on what is heard.
    live: Option<LiveRun>,
    /// Is the session to run on what is heard once it is planned?
    goes_live: bool,
    /// Of lengths and tables, which have threads of their own.
    cancel: Cancel,
}

impl Workbench {
    /// A screen of this size; answers come back as events through `events`.
    ///
    /// # Errors
    /// The system gives no threads.
    pub fn new(options: Options, size: (u16, u16), events: Sender<Event>) -> std::io::Result<Self> {
        let registry = options.registry;
        let state = State {
            size,
            depth: options.depth,
            theme: options.config.theme.unwrap_or(options.suiting),
            theme_is_named: options.config.theme.is_some(),
            keys: options.config.keys,
            tags: options.config.tags.0,
            focus: super::action::Focus::Welcome,
            ..State::default()
        };
        let mut workbench = Workbench {
            state,
            microphone: Microphone::new(&options.device, registry.clone(), options.state.as_deref()),
            player: Player::new(options.device, registry.clone()),
            registry,
            demo: options.demo,
            session: None,
            file: None,
            revision: 0,
            evaluator: None,
            cache: Arc::new(Cache::new(CACHE)),
            events,
            planner: Worker::start("plan")?,
            lanes: BTreeMap::new(),
            loudness: Worker::start_behind("loudness")?,
            overview: Worker::start_behind("overview")?,
            reader: Worker::start("cursor")?,
            surveyor: Worker::start("selection")?,
            overviews: options.overviews,
            opened: Opened::default(),
            cancel: Cancel::new(),
            trials: Worker::start("trials")?,
            journal: Journal::new(options.state.as_ref().map(|state| state.join("journal"))),
            recent: Recent::new(options.state.as_deref()),
            watch: Watch::default(),
            live: None,
            goes_live: false,
        };
        workbench.state.welcome = workbench.welcome();
        workbench.hear();
        Ok(workbench)
    }

    fn welcome(&self) -> Welcome {
        let name = |path: PathBuf| path.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
        Welcome {
            row: 0,
            recent: self.recent.files(),
            has_demo: self.demo.is_some(),
            plugins: (self.registry.plugins().count(), self.registry.stages().count()),
            refused: self.registry.refusals().into_iter().map(|(path, reason)| (name(path), reason)).collect(),
        }
    }

    /// Opens what the command line named.
    pub fn open(&mut self, open: Open) -> Vec<Errand> {
        match open {
            Open::Welcome => Vec::new(),
            Open::Directory(path) => self.receive(Event::Listed(Listing::read(&path))),
            Open::Session(path) => self.open_session(&path),
            Open::Live(path) => {
                self.goes_live = true;
                self.open_session(&path)
            }
            Open::Sessions([a, b]) => self.open_sessions(Session::load(&a), &b),
            Open::Sounds(paths) => self.open_sounds(&paths),
        }
    }

    /// Takes in what happened and does what follows from it.
    pub fn receive(&mut self, event: Event) -> Vec<Errand> {
        if let Event::Planned { revision, plan, .. } = &event {
            if *revision != self.revision {
                return Vec::new();
            }
            // What is asked for from now on is evaluated with the new plan.
            if let Some(plan) = plan {
                self.watch.set(plan.inputs.iter().filter_map(|input| Some((input.path.clone(), input.state.clone()?))));
                self.evaluator = Some(Evaluator::new(plan.clone(), self.cache.clone()));
            }
        }
        if matches!(event, Event::Signal(_)) {
            // Nobody was asked whether the changes may be lost.
            self.journal.stay();
        }
        let goes_live = self.goes_live && matches!(event, Event::Planned { .. });
        let effects = update::receive(&mut self.state, event);
        let mut errands = Vec::new();
        for effect in effects {
            errands.extend(self.perform(effect));
        }
        if self.state.live.is_none() && self.live.take().is_some() && self.state.overlay.is_none() {
            self.microphone.hush();
        }
        if goes_live {
            self.goes_live = false;
            errands.extend(self.perform(Effect::Record(Record::Live)));
        }
        errands
    }

    /// What watches the inputs of what is shown.
    pub fn watch(&self) -> Watch {
        self.watch.clone()
    }

    /// Asks for news of the sound; says whether there was any.
    pub fn hear(&mut self) -> bool {
        let news = self.player.news();
        let heard = self.microphone.news();
        let any = news.is_some() || heard.is_some();
        self.hear_live();
        if let Some(recording) = heard {
            self.receive(Event::Heard(Box::new(recording)));
        }
        if let Some(sound) = news {
            self.receive(Event::Sound(sound));
        }
        any
    }

    /// Returns once the sound has all that was asked for; a test that moves its device by hand waits so.
    pub fn sync_sound(&self) {
        self.player.sync();
    }

    /// Is the play head moving, so that there will be news soon?
    pub fn is_playing(&self) -> bool {
        self.player.is_playing() || self.microphone.monitor().is_some()
    }

    fn perform(&mut self, effect: Effect) -> Vec<Errand> {
        match effect {
            Effect::Apply { edit, name, reason } => return self.apply(&edit, name, reason),
            Effect::Offer(wanted) => return self.offer(wanted),
            Effect::Remove(id) => return self.compose(|session, _| session.removal(&id).map_err(|e| e.to_string())),
            Effect::Duplicate(id) => return self.compose(|session, pipeline| offer::duplicate(&id, session, pipeline)),
            Effect::ShellLine => return self.shell_line(),
            Effect::Copy(text) => return vec![Errand::Copy(text)],
            Effect::Recover(text) => return self.recover(text),
            Effect::Discard => self.journal.discard(),
            Effect::Replan => self.plan(),
            Effect::Wave(lane, request) => return self.fill(lane, request, Event::Wave),
            Effect::Grid(lane, request) => return self.fill(lane, request, Event::Grid),
            Effect::Table { ticket, target } => {
                if let Some(live) = &self.live {
                    return match live.rows(&target) {
                        Ok(rows) => self.receive(Event::Table(ticket, rows)),
                        Err(reason) => self.receive(Event::Filled(ticket, Some(reason))),
                    };
                }
                self.aside(move |evaluator, cancel| match records::rows(evaluator, &target, cancel) {
                    Ok(rows) => Event::Table(ticket, rows),
                    Err(reason) => Event::Filled(ticket, Some(reason)),
                });
            }
            Effect::Measure(target) => self.aside(move |evaluator, cancel| {
                let measured =
                    || evaluator.length(target.stage, target.output, cancel).map_err(|error| error.to_string());
                Event::Length { signature: target.signature, output: target.output, length: guarded(measured) }
            }),
            Effect::Read(place) => self.read(place),
            Effect::Survey(place) => self.survey(place),
            Effect::Cross { wave, start, end } => self.cross(wave, (start, end)),
            Effect::ReadLabels(path) => self.read_labels(path),
            Effect::WriteLabels { path, annotation, format, overwrite } => {
                return self.write_labels(path, &annotation, format, overwrite);
            }
            Effect::WriteOutput { stage, source, range, writer, path, overwrite, ask } => {
                return self.write_output(files::Wanted { stage, source, range, writer, path, overwrite, ask });
            }
            Effect::Overviews(targets) => self.overviews(targets),
            Effect::Loudness(target) => self.measure(target),
            Effect::Stop => {
                self.loudness.cancel();
                self.lanes.values().for_each(Worker::cancel);
                std::mem::take(&mut self.cancel).cancel();
            }
            Effect::Play { target, from } => {
                if let Some(evaluator) = &self.evaluator {
                    self.player.play(evaluator, &target, from);
                }
                self.hear();
            }
            Effect::Pause => {
                self.player.pause();
                self.hear();
            }
            Effect::Seek { target, to } => {
                if let Some(evaluator) = &self.evaluator {
                    self.player.seek(evaluator, &target, to);
                }
            }
            Effect::Record(record) => {
                if let Err(reason) = self.record(record) {
                    self.state.say(Tone::Bad, reason);
                }
            }
            Effect::Hear(hear) => {
                self.player.hear(self.evaluator.as_ref(), hear);
                self.hear();
            }
            Effect::Save { path, overwrite, view, quit } => return self.save(path, overwrite, &view, quit),
            Effect::Export { path, overwrite, export } => return self.export(path, overwrite, export),
            Effect::Open(path) if path.is_dir() => return self.receive(Event::Listed(Listing::read(&path))),
            Effect::Open(path) if browser::is_session(&path) => return self.open_session(&path),
            Effect::Open(path) => return self.open_sounds(&[path]),
            Effect::Beside(path) => {
                let Some(session) = self.session.clone() else { return Vec::new() };
                return self.open_sessions(Ok(session), &path);
            }
            Effect::Demo => return self.open_demo(),
            Effect::List(path) => return self.receive(Event::Listed(Listing::read(&path))),
            Effect::Suspend => return vec![Errand::Suspend],
            Effect::Redraw => return vec![Errand::Redraw],
            Effect::Quit => {
                self.journal.forget();
                return vec![Errand::Quit];
            }
        }
        Vec::new()
    }

    /// Makes columns for a lane, beside the screen.
    fn fill<C: Column>(&mut self, lane: u32, request: Request, event: fn(u64, Vec<(i64, C)>) -> Event) -> Vec<Errand> {
        if let Some(live) = &self.live {
            let columns = live.columns(&request);
            self.receive(event(request.ticket, columns));
            return self.receive(Event::Filled(request.ticket, None));
        }
        let (Some(evaluator), events) = (self.evaluator.clone(), self.events.clone()) else { return Vec::new() };
        let (ticket, opened) = (request.ticket, self.opened.clone());
        // Lanes that are gone wait for nothing any more.
        let lanes: Vec<u32> = self.state.lanes.iter().map(|lane| lane.id).collect();
        self.lanes.retain(|lane, _| lanes.contains(lane));
        let worker = match self.lanes.entry(lane) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => match Worker::start("lane") {
                Ok(worker) => free.insert(worker),
                Err(error) => return self.receive(Event::Filled(ticket, Some(error.to_string()))),
            },
        };
        worker.give(move |cancel| {
            // Sending fails only when nobody listens any more.
            let mut hand = |columns| drop(events.send(event(ticket, columns)));
            let overview = opened.of(&request.target).filter(|_| request.has_overview);
            let filled = guarded(|| {
                region::fill(&request, &evaluator, overview.as_ref(), cancel, &mut hand)
                    .map_err(|error| error.to_string())
            });
            if !cancel.is_cancelled() {
                let _ = events.send(Event::Filled(ticket, filled.err()));
            }
        });
        Vec::new()
    }

    /// Computes something on a thread of its own and hands it on as an event.
    fn aside(&self, body: impl FnOnce(&Evaluator, &Cancel) -> Event + Send + 'static) {
        let Some(evaluator) = self.evaluator.clone() else { return };
        let (events, cancel) = (self.events.clone(), self.cancel.clone());
        // Without a thread there is no answer, and the screen keeps saying that it waits.
        std::thread::spawn(move || {
            // It fails only when nobody listens any more.
            let _ = events.send(body(&evaluator, &cancel));
        });
    }

    /// Reads what lies at the cursor; the newest question wins.
    fn read(&self, place: Place) {
        let (Some(evaluator), events) = (self.evaluator.clone(), self.events.clone()) else { return };
        self.reader.give(move |cancel| {
            // It fails only when nobody listens any more.
            let _ = events.send(Event::Read(place.subject(), study::read(&place, &evaluator, cancel)));
        });
    }

    /// Measures the selection; the newest wins.
    fn survey(&self, place: Place) {
        let (Some(evaluator), events) = (self.evaluator.clone(), self.events.clone()) else { return };
        let registry = self.registry.clone();
        self.surveyor.give(move |cancel| {
            let survey = study::survey(&place, &evaluator, &registry, cancel);
            let _ = events.send(Event::Surveyed(place.subject(), survey));
        });
    }

    /// Draws into a file, beside the screen.
    fn export(&mut self, path: PathBuf, overwrite: bool, export: Export) -> Vec<Errand> {
        if !overwrite && path.exists() {
            return self.receive(Event::ExportExists(path));
        }
        let registry = self.registry.clone();
        self.aside(move |evaluator, cancel| {
            let drawn = export::write(&export, &path, evaluator, &registry, cancel);
            let path = std::path::absolute(&path).unwrap_or(path);
            Event::Exported(drawn.map(|()| (path, export.left_out)))
        });
        Vec::new()
    }

    /// Makes overviews; the newest list of them wins.
    fn overviews(&self, targets: Vec<Target>) {
        let Some(evaluator) = self.evaluator.clone() else { return };
        let (registry, overviews, opened) = (self.registry.clone(), self.overviews.clone(), self.opened.clone());
        let events = self.events.clone();
        self.overview.give(move |cancel| {
            // It fails only when nobody listens any more.
            let mut news = |covered| drop(events.send(Event::Overview(covered)));
            overview::make(&targets, &evaluator, &registry, &overviews, &opened, cancel, &mut news);
        });
    }

    /// Measures what the waveform shows; the newest wins.
    fn measure(&self, target: Target) {
        let (Some(evaluator), events) = (self.evaluator.clone(), self.events.clone()) else { return };
        let (registry, overviews) = (self.registry.clone(), self.overviews.clone());
        self.loudness.give(move |cancel| {
            let measured = loudness::measure(&target, &evaluator, &registry, &overviews, cancel);
            if let Some(measured) = measured.ok().filter(|_| !cancel.is_cancelled()) {
                // It fails only when nobody listens any more.
                let _ = events.send(Event::Loudness(measured));
            }
        });
    }

    fn apply(&mut self, edit: &Edit, name: Option<String>, reason: Reason) -> Vec<Errand> {
        let Some(session) = &mut self.session else { return Vec::new() };
        let name = name.unwrap_or_else(|| history::name(edit, &self.state.pipeline));
        match session.apply(edit) {
            Ok(inverse) => {
                let pipeline = Box::new(Pipeline::new(session, &self.registry));
                let inverse = Step { name, edit: inverse };
                let mut errands = self.receive(Event::Applied { inverse, reason, pipeline });
                self.plan();
                errands.extend(self.keep_journal());
                errands
            }
            Err(error) => self.receive(Event::Refused(error.to_string())),
        }
    }

    /// Plans the session beside the screen; the newest plan wins.
    fn plan(&mut self) {
        let Some(session) = self.session.clone() else { return };
        // What was changed is heard changed; if it cannot be, that is told of the session as it is.
        if self.state.live.is_some() && self.live.is_some() && self.go_live().is_ok() {
            return;
        }
        self.state.is_planning = true;
        self.revision += 1;
        let (revision, file, extras) = (self.revision, self.file.clone(), update::extras(&self.state));
        let (registry, events) = (self.registry.clone(), self.events.clone());
        self.planner.give(move |cancel| {
            let (pipeline, plan) = planner::plan(&session, &registry, file.as_deref(), &extras);
            if !cancel.is_cancelled() {
                // It fails only when nobody listens any more.
                let _ = events.send(Event::Planned { revision, pipeline: Box::new(pipeline), plan });
            }
        });
    }

    fn save(&mut self, path: Option<PathBuf>, overwrite: bool, view: &[(String, Value)], quit: bool) -> Vec<Errand> {
        let Some(session) = &self.session else { return Vec::new() };
        let Some(path) = path.or_else(|| self.file.clone()) else { return Vec::new() };
        if !overwrite && path.exists() && self.file.as_ref() != Some(&path) {
            return self.receive(Event::Exists(path, quit));
        }
        match remember::write(session, &path, view) {
            Ok(()) => {
                self.file = Some(path.clone());
                self.journal.forget();
                self.journal.begin(&path);
                self.receive(Event::Saved(path, quit))
            }
            Err(error) => self.receive(Event::NotSaved(error.to_string())),
        }
    }
}

fn first(diagnostics: &[Diagnostic]) -> String {
    let rest = diagnostics.len().saturating_sub(1);
    let more = if rest > 0 { format!(" (and {rest} more)") } else { String::new() };
    diagnostics.first().map_or_else(String::new, |diagnostic| format!("{diagnostic}{more}"))
}
