//! One stage of a run, on its own thread.

use crate::content::Hashing;
use crate::event::Event;
use crate::executor::{Consumers, Message, Permits, Tap, Watch};
use crate::files::{OutputDir, Pending};
use crate::inbox::{Inbox, Item};
use crate::plan::{Origin, Plan, PlannedStage};
use crate::report::{self, Finding, Metric, OutputReport, StageReport};
use crate::spool::Spool;
use auricle_sdk::descriptor::Locality;
use auricle_sdk::format::{Format, Records};
use auricle_sdk::host::{Bytes, Instance, Pool, Services};
use auricle_sdk::{Error, ErrorKind, Flow, LogLevel, Packet, Result, Severity};
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

/// The failure that stopped a run.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Id of the stage, or empty when the run could not start.
    pub stage: String,
    /// Is it a reader of an input of the session?
    pub reads: bool,
    /// Why.
    pub error: Error,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.stage.is_empty() {
            return self.error.fmt(f);
        }
        write!(f, "stage {:?}: {}", self.stage, self.error)
    }
}

/// Times `process(None)` may answer "again" without any output, before the stage is called stuck.
const IDLE_CALLS: u32 = 10_000;

pub(crate) struct Worker<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) index: usize,
    pub(crate) pool: Arc<Pool>,
    pub(crate) permits: &'a Permits,
    pub(crate) inboxes: &'a [Inbox],
    pub(crate) consumers: &'a Consumers,
    pub(crate) stop: Arc<AtomicU32>,
    pub(crate) out: Option<Arc<OutputDir>>,
    pub(crate) block: usize,
    pub(crate) events: mpsc::Sender<Message>,
    pub(crate) watch: Option<&'a Watch>,
}

impl Worker<'_> {
    pub(crate) fn run(self) {
        let stage = self.index;
        self.tell(Event::Started { stage });
        let mut state = State::new(&self.plan.stages[stage]);
        let result = self.drive(&mut state);
        self.inboxes[stage].close();
        let computed = state.computed;
        let report = state.report(&self.plan.stages[stage]);
        let _ = self.events.send(Message::Done { stage, report, computed });
        match result {
            Ok(()) => self.tell(Event::Finished { stage }),
            Err(error) => {
                // Set here too, so that nobody waits for a stage that is gone.
                self.stop.store(1, Ordering::Relaxed);
                self.tell(Event::Failed { stage, error });
            }
        }
    }

    fn tell(&self, event: Event) {
        let _ = self.events.send(Message::Event(event));
    }

    fn drive(&self, state: &mut State) -> Result<()> {
        let stage = &self.plan.stages[self.index];
        let pending = Arc::new(Pending::default());
        let services = Arc::new(StageServices {
            stage: self.index,
            events: self.events.clone(),
            out: self.out.clone(),
            pending: pending.clone(),
        });
        let mut instance =
            self.permits.with(|| stage.open(self.plan, services, self.pool.clone(), self.stop.clone(), self.block))?;
        let streams = stage.inputs.iter().any(|wire| matches!(wire.from, Origin::Stage { .. }));
        let mut spool = None;
        if stage.descriptor.locality == Locality::Global && streams && instance.reduces() {
            spool = Some(self.reduce(&mut instance, state)?);
        }
        instance.begin(0, 0..i64::MAX)?;
        let mut flow = if streams { Flow::Continue } else { Flow::Again };
        while flow != Flow::Done {
            if flow == Flow::Again {
                flow = self.call(&mut instance, state, None)?;
                continue;
            }
            let next = match &mut spool {
                Some(spool) => spool.pop(&self.pool)?.map(|packet| Item { packet, nan: state.nan }),
                None => {
                    let wanted = if stage.inputs.len() > 1 { instance.wants() } else { None };
                    self.inboxes[self.index].pop(wanted, &self.stop)?
                }
            };
            self.check_stop()?;
            let Some(item) = next else { break };
            state.take(&item);
            flow = self.call(&mut instance, state, Some(&item.packet))?;
            if state.taps.is_empty() {
                let done = item.packet.start + item.packet.count as i64;
                self.tell(Event::Progress { stage: self.index, done, total: item.packet.format().length });
            }
        }
        if streams && flow != Flow::Done {
            while self.finish(&mut instance, state)? == Flow::Again {}
        }
        drop(instance);
        for (output, tap) in state.taps.iter().enumerate() {
            let format = &stage.outputs[output];
            if let Some(promised) = format.length.filter(|&promised| tap.count < promised && state.complete && streams)
            {
                let message = format!("output {output} ended after {} entries, {promised} were promised", tap.count);
                return Err(Error::new(ErrorKind::Contract, message));
            }
            self.deliver(output, Packet::end_of(0, tap.count, format.clone()), state.nan)?;
        }
        pending.publish().map_err(|error| Error::new(ErrorKind::Io, format!("output: {error}")))
    }

    /// The reduction pass of a global stage: its whole input goes by, and to disk for the second pass.
    fn reduce(&self, instance: &mut Instance, state: &mut State) -> Result<Spool> {
        let mut spool = Spool::default();
        instance.begin(0, 0..i64::MAX)?;
        while let Some(item) = self.inboxes[self.index].pop(None, &self.stop)? {
            state.take(&item);
            let began = Instant::now();
            self.permits.with(|| instance.reduce(&item.packet))?;
            state.computed += began.elapsed();
            spool.push(&item.packet)?;
        }
        self.check_stop()?;
        let reduction = instance.reduction()?;
        instance.adopt(&reduction)?;
        Ok(spool)
    }

    fn call(&self, instance: &mut Instance, state: &mut State, packet: Option<&Packet>) -> Result<Flow> {
        self.collect(state, |emit| instance.process(packet, emit))
    }

    fn finish(&self, instance: &mut Instance, state: &mut State) -> Result<Flow> {
        self.collect(state, |emit| instance.finish(emit))
    }

    /// Makes one call under a permit, then passes on what came out: a full lane must not hold the permit.
    fn collect(
        &self,
        state: &mut State,
        call: impl FnOnce(&mut dyn FnMut(Packet) -> Result<()>) -> Result<Flow>,
    ) -> Result<Flow> {
        self.check_stop()?;
        let mut emitted = Vec::new();
        let (flow, computed) = self.permits.with(|| {
            let began = Instant::now();
            let flow = call(&mut |packet| {
                emitted.push(packet);
                Ok(())
            });
            (flow, began.elapsed())
        });
        state.computed += computed;
        let flow = flow?;
        state.idle = if flow == Flow::Again && emitted.is_empty() { state.idle + 1 } else { 0 };
        if state.idle > IDLE_CALLS {
            return Err(Error::new(
                ErrorKind::Contract,
                format!("asked to be called again {IDLE_CALLS} times without any output"),
            ));
        }
        for packet in emitted {
            let output = packet.port;
            self.check(state, &packet)?;
            if output == 0 {
                let done = packet.start + packet.count as i64;
                self.tell(Event::Progress { stage: self.index, done, total: packet.format().length });
            }
            self.deliver(output, packet, state.nan)?;
        }
        Ok(flow)
    }

    /// Hashes, gathers metrics, and stops NaN that nobody declared.
    fn check(&self, state: &mut State, packet: &Packet) -> Result<()> {
        let stage = &self.plan.stages[self.index];
        let output = packet.port;
        if let Some(at) = state.taps[output].pass(packet)? {
            let declared = stage.descriptor.outputs.get(output).is_some_and(|port| port.nan);
            if !declared && !state.nan {
                let message = format!("output {output} holds NaN, which it does not declare, though no input held any");
                return Err(Error::new(ErrorKind::Internal, message).at(at));
            }
            state.nan = true;
        }
        if is_metrics(packet.format()) {
            state.metrics.extend(Metric::read(packet)?);
        }
        Ok(())
    }

    fn deliver(&self, output: usize, packet: Packet, nan: bool) -> Result<()> {
        if let Some(Watch(watch)) = self.watch {
            watch(self.index, output, &packet);
        }
        for &(reader, lane) in &self.consumers[output] {
            // A reader that wants no more is no reason to stop.
            self.inboxes[reader].push(Item { packet: packet.clone().to_port(lane), nan }, &self.stop)?;
        }
        self.check_stop()
    }

    fn check_stop(&self) -> Result<()> {
        if self.stop.load(Ordering::Relaxed) != 0 {
            return Err(Error::new(ErrorKind::Cancelled, "cancelled"));
        }
        Ok(())
    }
}

struct State {
    taps: Vec<Tap>,
    metrics: Vec<Metric>,
    computed: Duration,
    /// NaN has come in, or gone out legally.
    nan: bool,
    /// All inputs kept their promised length.
    complete: bool,
    idle: u32,
}

impl State {
    fn new(stage: &PlannedStage) -> Self {
        let taps = stage.outputs.iter().map(|format| Tap { hash: Hashing::new(format), count: 0 }).collect();
        State { taps, metrics: Vec::new(), computed: Duration::ZERO, nan: false, complete: true, idle: 0 }
    }

    fn take(&mut self, item: &Item) {
        self.nan |= item.nan;
        if item.packet.end {
            let end = item.packet.start + item.packet.count as i64;
            self.complete &= item.packet.format().length.is_none_or(|promised| end >= promised);
        }
    }

    fn report(self, stage: &PlannedStage) -> StageReport {
        let mut report = stage_report(stage);
        let ports = stage.descriptor.outputs;
        report.outputs = self
            .taps
            .into_iter()
            .zip(&stage.outputs)
            .enumerate()
            .map(|(output, (tap, format))| OutputReport {
                port: ports.get(output).map_or(String::new(), |port| port.name.to_owned()),
                dtype: format.dtype().map_or_else(
                    || format.as_records().map(|r| r.schema.clone()).unwrap_or_default(),
                    |d| d.to_string(),
                ),
                shape: report::shape(format, tap.count),
                hash: tap.hash.finish(),
            })
            .collect();
        report.metrics = self.metrics;
        report
    }
}

/// The part of the report that is known before the run.
pub(crate) fn stage_report(stage: &PlannedStage) -> StageReport {
    StageReport {
        id: stage.id.clone(),
        stage: stage.descriptor.id.to_owned(),
        plugin: format!("{} {}", stage.plugin.name(), stage.plugin.version()),
        result_version: stage.descriptor.result_version,
        parameters: stage.parameters.iter().map(|(id, value)| (id.to_owned(), report::value_to_json(value))).collect(),
        ..StageReport::default()
    }
}

fn is_metrics(format: &Format) -> bool {
    format.as_records().is_ok_and(|records| records.schema == Records::METRICS)
}

/// The host's services to a stage of a run.
struct StageServices {
    stage: usize,
    events: mpsc::Sender<Message>,
    out: Option<Arc<OutputDir>>,
    pending: Arc<Pending>,
}

impl Services for StageServices {
    fn log(&self, _: LogLevel, message: &str) {
        let _ = self.events.send(Message::Event(Event::Log { stage: self.stage, message: message.to_owned() }));
    }

    fn finding(&self, severity: Severity, code: &str, message: &str, at: Option<i64>) {
        let finding = Finding::new(severity, code, message, at);
        let _ = self.events.send(Message::Event(Event::Finding { stage: self.stage, finding }));
    }

    fn output(&self, path: &str) -> io::Result<Arc<dyn Bytes>> {
        match &self.out {
            Some(out) => out.create(path, &self.pending),
            None => Err(io::Error::new(io::ErrorKind::Unsupported, "this run has no output directory")),
        }
    }

    fn scratch(&self) -> io::Result<Arc<dyn Bytes>> {
        crate::files::scratch()
    }
}
