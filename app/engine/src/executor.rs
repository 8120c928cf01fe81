//! Runs a plan: one thread a stage (and one that hashes what it makes, if that is much), bounded lanes between them, a bound on
//! how many compute at once.

use crate::content::{Hashing, first_nan};
use crate::event::{Event, Observer};
use crate::files::OutputDir;
use crate::inbox::Inbox;
use crate::plan::{Origin, Plan, PlannedInput};
use crate::report::{Diagnosis, Environment, Finding, InputReport, PluginReport, Report, StageReport};
use crate::worker::{Failure, Worker};
use auricle_sdk::host::Pool;
use auricle_sdk::{ErrorKind, Packet};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

/// How a run is made.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where outputs go; `None`: stages that write are refused.
    pub out: Option<PathBuf>,
    /// How many stages may compute at once.
    pub jobs: usize,
    /// Sample frames in one block of a source.
    pub block: usize,
    /// Bytes that packets may occupy in all.
    pub memory: usize,
    /// Who looks at what comes out while it does.
    pub watch: Option<Watch>,
}

/// Sees every packet of every output as it is passed on: (stage, output, packet). It must be quick, for the stage waits.
#[derive(Clone)]
pub struct Watch(pub Arc<Watcher>);

/// What is called with stage, output and packet.
pub type Watcher = dyn Fn(usize, usize, &Packet) + Send + Sync;

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
    }
}

impl Default for Options {
    fn default() -> Self {
        let jobs = std::thread::available_parallelism().map_or(1, |n| n.get());
        Options { out: None, jobs, block: 1 << 15, memory: 256 << 20, watch: None }
    }
}

/// Stops a run from another thread; a run looks at it at least every 100 ms.
#[derive(Clone, Debug, Default)]
pub struct Cancel(pub(crate) Arc<AtomicU32>);

impl Cancel {
    /// Not cancelled yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks to stop.
    pub fn cancel(&self) {
        self.0.store(1, Ordering::Relaxed);
    }

    /// Was asked to stop?
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed) != 0
    }
}

/// What a run left.
#[derive(Clone, Debug)]
pub struct Run {
    /// The report, also when the run failed.
    pub report: Report,
    /// The first failure.
    pub failure: Option<Failure>,
    /// Seconds that each stage computed, and the whole run took; kept apart from results.
    pub times: Times,
}

/// Wall times of a run.
#[derive(Clone, Debug, Default, serde::Serialize)]
pub struct Times {
    /// The whole run.
    pub total_s: f64,
    /// Each stage's own computing, by id.
    pub stages_s: BTreeMap<String, f64>,
}

impl Times {
    /// Writes `times.json`.
    ///
    /// # Errors
    /// The directory cannot be written.
    pub fn write(&self, path: &std::path::Path) -> std::io::Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(std::io::Error::other)?;
        crate::files::write_whole(path, (text + "\n").as_bytes())
    }
}

/// At most so many stages compute at once.
pub(crate) struct Permits {
    free: Mutex<usize>,
    changed: Condvar,
}

impl Permits {
    fn new(n: usize) -> Self {
        Permits { free: Mutex::new(n.max(1)), changed: Condvar::new() }
    }

    /// Runs `body` while holding one permit.
    pub(crate) fn with<T>(&self, body: impl FnOnce() -> T) -> T {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self.changed.wait_while(free, |free| *free == 0).unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        drop(free);
        let result = body();
        *self.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.changed.notify_one();
        result
    }
}

/// A stream's readers: (stage, its input).
pub(crate) type Consumers = Vec<Vec<(usize, usize)>>;

/// Runs the plan to its end, its first failure, or until cancelled.
pub fn run(plan: &Plan, options: &Options, cancel: &Cancel, observer: &mut dyn Observer) -> Run {
    let began = Instant::now();
    let pool = Pool::new(options.memory);
    let out = match options.out.as_deref().map(OutputDir::new).transpose() {
        Ok(out) => out.map(Arc::new),
        Err(error) => return refused(plan, options, &error),
    };
    let permits = Permits::new(options.jobs);
    let consumers = consumers(plan);
    let inboxes: Vec<Inbox> = plan
        .stages
        .iter()
        .map(|stage| {
            let streams: Vec<usize> =
                (0..stage.inputs.len()).filter(|&k| matches!(stage.inputs[k].from, Origin::Stage { .. })).collect();
            Inbox::new(stage.inputs.len(), &streams, pool.clone())
        })
        .collect();
    // Failing stops the others; cancelling from outside is told apart by the caller's own flag.
    let stop = Arc::new(AtomicU32::new(0));
    let (events, inbox) = mpsc::channel();
    let hashes = Mutex::new(BTreeMap::new());
    let mut outcome = Outcome::default();
    std::thread::scope(|scope| {
        for (index, consumers) in consumers.iter().enumerate() {
            let worker = Worker {
                plan,
                index,
                pool: pool.clone(),
                permits: &permits,
                inboxes: &inboxes,
                consumers,
                stop: stop.clone(),
                out: out.clone(),
                block: options.block,
                events: events.clone(),
                watch: options.watch.as_ref(),
            };
            let name = format!("stage {}", plan.stages[index].id);
            let spawned = std::thread::Builder::new().name(name).spawn_scoped(scope, move || worker.run());
            if let Err(error) = spawned {
                let error = auricle_sdk::Error::new(ErrorKind::Io, format!("no thread could be started: {error}"));
                let _ = events.send(Message::Event(Event::Failed { stage: index, error }));
                stop.store(1, Ordering::Relaxed);
            }
        }
        let (plan, hashes, block) = (plan, &hashes, options.block);
        let stop_hashing = stop.clone();
        scope.spawn(move || hash_inputs(plan, block, &stop_hashing, hashes));
        drop(events);
        outcome.watch(&inbox, cancel, &stop, observer);
    });
    let hashes = hashes.into_inner().unwrap_or_else(PoisonError::into_inner);
    outcome.into_run(plan, cancel, &hashes, began.elapsed())
}

/// What workers tell the run.
pub(crate) enum Message {
    /// For the observer.
    Event(Event),
    /// The stage's part of the report, and how long it computed.
    Done { stage: usize, report: StageReport, computed: Duration },
}

#[derive(Default)]
struct Outcome {
    failure: Option<(usize, auricle_sdk::Error)>,
    findings: BTreeMap<usize, Vec<Finding>>,
    reports: BTreeMap<usize, StageReport>,
    computed: BTreeMap<usize, Duration>,
}

impl Outcome {
    /// Passes events on until all workers are gone.
    fn watch(
        &mut self,
        inbox: &mpsc::Receiver<Message>,
        cancel: &Cancel,
        stop: &AtomicU32,
        observer: &mut dyn Observer,
    ) {
        loop {
            if cancel.is_cancelled() {
                stop.store(1, Ordering::Relaxed);
            }
            match inbox.recv_timeout(Duration::from_millis(50)) {
                Ok(Message::Event(event)) => {
                    observer.event(&event);
                    match event {
                        Event::Failed { stage, error } => {
                            stop.store(1, Ordering::Relaxed);
                            let consequence = error.kind == ErrorKind::Cancelled;
                            if self.failure.is_none() && !consequence {
                                self.failure = Some((stage, error));
                            }
                        }
                        Event::Finding { stage, finding } => {
                            let list = self.findings.entry(stage).or_default();
                            if !list.contains(&finding) {
                                list.push(finding);
                            }
                        }
                        _ => {}
                    }
                }
                Ok(Message::Done { stage, report, computed }) => {
                    self.reports.insert(stage, report);
                    self.computed.insert(stage, computed);
                }
                Err(mpsc::RecvTimeoutError::Timeout) => {}
                Err(mpsc::RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn into_run(mut self, plan: &Plan, cancel: &Cancel, hashes: &BTreeMap<usize, String>, total: Duration) -> Run {
        let mut report = skeleton(plan);
        for (index, stage) in report.stages.iter_mut().enumerate() {
            if let Some(done) = self.reports.remove(&index) {
                *stage = done;
            }
            stage.findings = self.findings.remove(&index).unwrap_or_default();
            stage.findings.sort_by(|a, b| (a.at, &a.code).cmp(&(b.at, &b.code)));
        }
        for (index, input) in report.inputs.iter_mut().enumerate() {
            input.hash = hashes.get(&index).cloned().unwrap_or_default();
            let readers = plan.stages.iter().enumerate();
            for (reader, _) in
                readers.filter(|(_, s)| s.inputs.iter().any(|w| matches!(w.from, Origin::Input(i) if i == index)))
            {
                for finding in &report.stages[reader].findings {
                    if !input.findings.contains(finding) {
                        input.findings.push(finding.clone());
                    }
                }
            }
        }
        let failure = self.failure.map(|(stage, error)| Failure {
            stage: plan.stages[stage].id.clone(),
            reads: plan.reads(stage),
            error,
        });
        report.status = match &failure {
            Some(_) => "failed",
            None if cancel.is_cancelled() => "cancelled",
            None => "ok",
        }
        .into();
        report.diagnostics.extend(failure.as_ref().map(|failure| Diagnosis {
            severity: "error".into(),
            stage: failure.stage.clone(),
            parameter: failure.error.parameter.clone(),
            message: failure.to_string(),
        }));
        let stages_s = self.computed.iter().map(|(&k, time)| (plan.stages[k].id.clone(), time.as_secs_f64())).collect();
        Run { report, failure, times: Times { total_s: total.as_secs_f64(), stages_s } }
    }
}

impl Plan {
    /// Does this stage read an input of the session?
    pub fn reads(&self, stage: usize) -> bool {
        self.stages[stage].inputs.iter().any(|wire| matches!(wire.from, Origin::Input(_)))
    }
}

/// The report before anything has run.
fn skeleton(plan: &Plan) -> Report {
    let mut plugins: Vec<PluginReport> = Vec::new();
    for stage in &plan.stages {
        let plugin = format!("{} {}", stage.plugin.name(), stage.plugin.version());
        if !plugins.iter().any(|known| known.plugin == plugin) {
            plugins.push(PluginReport { plugin, hash: file_hash(stage.plugin.path()) });
        }
    }
    Report {
        report: 1,
        status: "failed".into(),
        diagnostics: plan.warnings.iter().map(Diagnosis::from).collect(),
        inputs: plan
            .inputs
            .iter()
            .map(|input| InputReport { name: input.name.clone(), ..InputReport::default() })
            .collect(),
        stages: plan.stages.iter().map(crate::worker::stage_report).collect(),
        environment: Environment::current(plugins),
    }
}

/// Hash of a library's file; empty when it is gone.
fn file_hash(path: &std::path::Path) -> String {
    let mut hasher = blake3::Hasher::new();
    let read = std::fs::File::open(path).and_then(|file| hasher.update_reader(file).map(|_| ()));
    read.map_or(String::new(), |()| format!("blake3:{}", hasher.finalize()))
}

/// The output directory cannot be used.
fn refused(plan: &Plan, options: &Options, error: &std::io::Error) -> Run {
    let out = options.out.clone().unwrap_or_default();
    let error = auricle_sdk::Error::new(ErrorKind::Io, format!("output directory {}: {error}", out.display()));
    let failure = Failure { stage: String::new(), reads: false, error };
    let mut report = skeleton(plan);
    report.diagnostics.push(Diagnosis {
        severity: "error".into(),
        message: failure.to_string(),
        ..Diagnosis::default()
    });
    Run { report, failure: Some(failure), times: Times::default() }
}

fn consumers(plan: &Plan) -> Vec<Consumers> {
    let mut consumers: Vec<Consumers> = plan.stages.iter().map(|stage| vec![Vec::new(); stage.outputs.len()]).collect();
    for (reader, stage) in plan.stages.iter().enumerate() {
        for (lane, wire) in stage.inputs.iter().enumerate() {
            if let Origin::Stage { stage, output } = wire.from {
                consumers[stage][output].push((reader, lane));
            }
        }
    }
    consumers
}

/// Hashes the inputs that stages read, beside the run.
fn hash_inputs(plan: &Plan, block: usize, stop: &AtomicU32, hashes: &Mutex<BTreeMap<usize, String>>) {
    for (index, input) in plan.inputs.iter().enumerate() {
        let Some(hash) = input_hash(input, block, stop) else { return };
        hashes.lock().unwrap_or_else(PoisonError::into_inner).insert(index, hash);
    }
}

/// Content hash of an input; none if it cannot be read, or is not wanted any more.
pub(crate) fn input_hash(input: &PlannedInput, block: usize, stop: &AtomicU32) -> Option<String> {
    let mut hasher = blake3::Hasher::new();
    let mut buffer = vec![0; block.clamp(1 << 16, 1 << 20)];
    let mut at = 0;
    loop {
        match input.source.read_at(at, &mut buffer) {
            _ if stop.load(Ordering::Relaxed) != 0 => return None,
            Ok(0) => return Some(format!("blake3:{}", hasher.finalize())),
            Ok(n) => {
                hasher.update(&buffer[..n]);
                at += n as u64;
            }
            Err(_) => return None,
        }
    }
}

/// Watches one output: order, hash, NaN.
pub(crate) struct Tap {
    /// Hash of what has passed.
    pub(crate) hash: Hashing,
    /// Entries that have passed.
    pub(crate) count: i64,
}

impl Tap {
    /// Looks at a packet; gives the first NaN.
    pub(crate) fn pass(&mut self, packet: &Packet) -> auricle_sdk::Result<Option<i64>> {
        self.hash.add(packet)?;
        self.count = packet.start + packet.count as i64;
        Ok(first_nan(packet))
    }
}
