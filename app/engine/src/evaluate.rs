//! Any region of any stage's output, without the rest: what views are drawn from.
//!
//! A region asks its stage which input it depends on, that input is evaluated in turn, and so on up to the readers,
//! which seek. What comes out equals, entry by entry, what a whole run puts there.

use crate::cache::Cache;
use crate::executor::Cancel;
use crate::plan::{Origin, Plan};
use crate::report::{Finding, value_to_json};
use auricle_sdk::descriptor::Locality;
use auricle_sdk::format::{Data, Format};
use auricle_sdk::host::{Instance, Pool, Services};
use auricle_sdk::{Error, ErrorKind, Flow, Packet, Result, Severity};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

/// Entries of a tensor in one piece of the cache.
const FRAMES: i64 = 64;
/// Sample frames in one piece of the cache.
const SAMPLES: i64 = 1 << 14;
/// Entries that are asked of an input at a time.
const STEP: i64 = 1 << 15;
/// Bytes that packets in use may occupy.
const MEMORY: usize = 512 << 20;

/// Evaluates regions of one plan. Cheap to clone; may be used from several threads.
#[derive(Clone)]
pub struct Evaluator {
    inner: Arc<Inner>,
}

struct Inner {
    plan: Arc<Plan>,
    cache: Arc<Cache>,
    pool: Arc<Pool>,
    /// Content key of each stage.
    keys: Vec<blake3::Hash>,
    findings: Arc<Mutex<Vec<(usize, Finding)>>>,
}

/// Notes what stages find while regions are evaluated; nothing is written.
struct ViewServices {
    stage: usize,
    findings: Arc<Mutex<Vec<(usize, Finding)>>>,
}

impl Services for ViewServices {
    fn finding(&self, severity: Severity, code: &str, message: &str, at: Option<i64>) {
        let finding = (self.stage, Finding::new(severity, code, message, at));
        let mut findings = self.findings.lock().unwrap_or_else(PoisonError::into_inner);
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }

    fn scratch(&self) -> std::io::Result<Arc<dyn auricle_sdk::host::Bytes>> {
        crate::files::scratch()
    }
}

impl Evaluator {
    /// An evaluator of `plan`; a cache that it shares with the plan before an edit keeps what the edit did not touch.
    pub fn new(plan: Arc<Plan>, cache: Arc<Cache>) -> Self {
        let mut keys = Vec::with_capacity(plan.stages.len());
        for stage in 0..plan.stages.len() {
            keys.push(content_key(&plan, stage, &keys));
        }
        let (pool, findings) = (Pool::new(MEMORY), Arc::default());
        Evaluator { inner: Arc::new(Inner { plan, cache, pool, keys, findings }) }
    }

    /// The plan.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.inner.plan
    }

    /// What stages found so far: (stage, finding).
    pub fn findings(&self) -> Vec<(usize, Finding)> {
        self.inner.findings.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Format of an output.
    ///
    /// # Errors
    /// There is no such output.
    pub fn format(&self, stage: usize, output: usize) -> Result<Arc<Format>> {
        let format = self.inner.plan.stages.get(stage).and_then(|s| s.outputs.get(output));
        format.cloned().ok_or_else(|| Error::new(ErrorKind::Contract, format!("stage {stage} has no output {output}")))
    }

    /// Entries of an output in all. Where no header tells, the stage is run to its end once.
    ///
    /// # Errors
    /// A stage failed, or the evaluation was cancelled.
    pub fn length(&self, stage: usize, output: usize, cancel: &Cancel) -> Result<i64> {
        if let Some(length) = self.format(stage, output)?.length {
            return Ok(length);
        }
        let key = output_key(&self.inner.keys[stage], output, "length");
        if let Some(length) = self.inner.cache.length(&key) {
            return Ok(length);
        }
        let mut length = 0;
        self.compute(stage, output, 0..i64::MAX, cancel, &mut |packet| {
            length = packet.start + packet.count as i64;
            Ok(())
        })?;
        self.inner.cache.keep_length(key, length);
        Ok(length)
    }

    /// Entries `span` of an output, clipped to what there is, in order and without gaps.
    ///
    /// # Errors
    /// A stage failed, or the evaluation was cancelled.
    pub fn evaluate(&self, stage: usize, output: usize, span: Range<i64>, cancel: &Cancel) -> Result<Vec<Packet>> {
        let format = self.format(stage, output)?;
        let span = span.start.max(0)..span.end.min(format.length.unwrap_or(i64::MAX));
        if matches!(format.data, Data::Records(_)) || format.clock.step == 0 || span.end == i64::MAX {
            return self.piece(stage, output, 0, 0..i64::MAX, cancel).map(|packets| trim(packets, &span));
        }
        let grid = if format.as_audio().is_ok() { SAMPLES } else { FRAMES };
        let mut packets = Vec::new();
        let mut place = span.start.div_euclid(grid);
        while place * grid < span.end {
            let keys = |place: i64| (output_key(&self.inner.keys[stage], output, "piece"), place);
            if let Some(piece) = self.inner.cache.get(&keys(place)) {
                packets.extend(trim(piece, &span));
                place += 1;
                continue;
            }
            // Neighbours that are missing too are computed in one go.
            let mut end = place + 1;
            while end * grid < span.end && self.inner.cache.get(&keys(end)).is_none() {
                end += 1;
            }
            let mut fresh = Vec::new();
            let wanted = place * grid..(end * grid).min(format.length.unwrap_or(i64::MAX));
            self.compute(stage, output, wanted.clone(), cancel, &mut |packet| {
                fresh.push(packet);
                Ok(())
            })?;
            let fresh = trim(fresh, &wanted);
            for place in place..end {
                self.inner.cache.put(keys(place), trim(fresh.clone(), &(place * grid..(place + 1) * grid)));
            }
            let ended = fresh.last().map_or(wanted.start, |p| p.start + p.count as i64) < wanted.end;
            packets.extend(trim(fresh, &span));
            if ended {
                break;
            }
            place = end;
        }
        Ok(packets)
    }

    /// A result that is kept as one piece.
    fn piece(&self, stage: usize, output: usize, place: i64, span: Range<i64>, cancel: &Cancel) -> Result<Vec<Packet>> {
        let key = (output_key(&self.inner.keys[stage], output, "whole"), place);
        if let Some(packets) = self.inner.cache.get(&key) {
            return Ok(packets);
        }
        let mut packets = Vec::new();
        self.compute(stage, output, span, cancel, &mut |packet| {
            packets.push(packet);
            Ok(())
        })?;
        self.inner.cache.put(key, packets.clone());
        Ok(packets)
    }

    /// Runs a fresh instance over what `span` of one output depends on.
    fn compute(
        &self,
        stage: usize,
        output: usize,
        span: Range<i64>,
        cancel: &Cancel,
        take: &mut dyn FnMut(Packet) -> Result<()>,
    ) -> Result<()> {
        if span.is_empty() {
            return Ok(());
        }
        let planned = &self.inner.plan.stages[stage];
        let services = Arc::new(ViewServices { stage, findings: self.inner.findings.clone() });
        let mut instance = planned
            .open(&self.inner.plan, services, self.inner.pool.clone(), cancel.0.clone(), SAMPLES as usize)
            .map_err(|error| named(&planned.id, error))?;
        self.drive(&mut instance, stage, output, span, cancel, take).map_err(|error| named(&planned.id, error))
    }

    fn drive(
        &self,
        instance: &mut Instance,
        stage: usize,
        output: usize,
        span: Range<i64>,
        cancel: &Cancel,
        take: &mut dyn FnMut(Packet) -> Result<()>,
    ) -> Result<()> {
        let planned = &self.inner.plan.stages[stage];
        let streams: Vec<usize> = (0..planned.inputs.len())
            .filter(|&lane| matches!(planned.inputs[lane].from, Origin::Stage { .. }))
            .collect();
        if planned.descriptor.locality == Locality::Global && !streams.is_empty() {
            self.adopt(instance, stage, output, &streams, cancel)?;
        }
        let needs = instance.need(output, span.clone())?;
        instance.begin(output, span.clone())?;
        let mut emit = |packet: Packet| if packet.port == output { take(packet) } else { Ok(()) };
        let mut flow = if streams.is_empty() { Flow::Again } else { Flow::Continue };
        let mut feed = Feed::new(self, stage, &streams, &needs, cancel);
        while flow != Flow::Done {
            if cancel.is_cancelled() {
                return Err(Error::new(ErrorKind::Cancelled, "cancelled"));
            }
            let next = match flow {
                Flow::Again => None,
                _ => match feed.next(instance.wants())? {
                    Some(packet) => Some(packet),
                    None => break,
                },
            };
            flow = instance.process(next.as_ref(), &mut emit)?;
        }
        if flow != Flow::Done && feed.ended {
            while instance.finish(&mut emit)? == Flow::Again {}
        }
        Ok(())
    }

    /// Gives a global stage its reduction, computed once per content.
    fn adopt(
        &self,
        instance: &mut Instance,
        stage: usize,
        output: usize,
        streams: &[usize],
        cancel: &Cancel,
    ) -> Result<()> {
        let key = self.inner.keys[stage];
        let state = match self.inner.cache.reduction(&key) {
            Some(state) => state,
            None => {
                instance.begin(output, 0..i64::MAX)?;
                let all = vec![None; self.inner.plan.stages[stage].inputs.len()];
                let mut feed = Feed::new(self, stage, streams, &all, cancel);
                while let Some(packet) = feed.next(None)? {
                    instance.reduce(&packet)?;
                }
                let state = instance.reduction()?;
                self.inner.cache.keep_reduction(key, state.clone());
                state
            }
        };
        instance.adopt(&state)
    }
}

/// The input of one evaluation: lanes that are filled step by step from the stages before.
struct Feed<'a> {
    evaluator: &'a Evaluator,
    cancel: &'a Cancel,
    lanes: Vec<Lane>,
    /// Every lane reached the true end of its stream.
    ended: bool,
}

struct Lane {
    input: usize,
    from: (usize, usize),
    /// Next entry to ask for.
    position: i64,
    /// First entry that is not needed.
    end: i64,
    queue: VecDeque<Packet>,
    /// All that is needed was asked for.
    asked: bool,
}

impl Lane {
    fn open(&self) -> bool {
        !self.asked || !self.queue.is_empty()
    }
}

impl<'a> Feed<'a> {
    fn new(
        evaluator: &'a Evaluator,
        stage: usize,
        streams: &[usize],
        needs: &[Option<Range<i64>>],
        cancel: &'a Cancel,
    ) -> Self {
        let wires = &evaluator.inner.plan.stages[stage].inputs;
        let lanes = streams.iter().filter_map(|&input| {
            let Origin::Stage { stage, output } = wires[input].from else { return None };
            let need = needs.get(input).cloned().flatten().unwrap_or(0..i64::MAX);
            let position = need.start.max(0);
            Some(Lane { input, from: (stage, output), position, end: need.end, queue: VecDeque::new(), asked: false })
        });
        Feed { evaluator, cancel, lanes: lanes.collect(), ended: true }
    }

    /// The next packet of the wanted input, or of the first that has one.
    fn next(&mut self, wanted: Option<usize>) -> Result<Option<Packet>> {
        loop {
            let index = wanted
                .and_then(|input| self.lanes.iter().position(|lane| lane.input == input && lane.open()))
                .or_else(|| self.lanes.iter().position(Lane::open));
            let Some(index) = index else { return Ok(None) };
            if self.lanes[index].queue.is_empty() {
                self.fill(index)?;
            }
            let lane = &mut self.lanes[index];
            if let Some(packet) = lane.queue.pop_front() {
                return Ok(Some(packet.to_port(lane.input)));
            }
        }
    }

    /// Asks the stage before a lane for the next step.
    fn fill(&mut self, index: usize) -> Result<()> {
        let lane = &mut self.lanes[index];
        let (stage, output) = lane.from;
        let format = self.evaluator.format(stage, output)?;
        let known = format.length.unwrap_or(i64::MAX);
        let step = lane.position..lane.position.saturating_add(STEP).min(lane.end).min(known);
        // A whole input would only push what views show out of the cache.
        let passing = lane.end.saturating_sub(lane.position) > 64 * STEP;
        let packets = if passing || format.as_records().is_ok() {
            let mut packets = Vec::new();
            self.evaluator.compute(stage, output, step.clone(), self.cancel, &mut |packet| {
                packets.push(packet);
                Ok(())
            })?;
            trim(packets, &step)
        } else {
            self.evaluator.evaluate(stage, output, step.clone(), self.cancel)?
        };
        let reached = packets.last().map_or(step.start, |p| p.start + p.count as i64);
        lane.queue.extend(packets);
        lane.position = reached;
        let at_end = reached < step.end || reached >= known;
        lane.asked = at_end || reached >= lane.end;
        if at_end {
            let last = lane.queue.pop_back().map(Packet::ended);
            lane.queue.push_back(last.unwrap_or_else(|| Packet::end_of(lane.input, reached, format)));
        } else if lane.asked {
            self.ended = false;
        }
        Ok(())
    }
}

/// The entries of `packets` that lie in `span`.
fn trim(packets: Vec<Packet>, span: &Range<i64>) -> Vec<Packet> {
    let mut kept = Vec::with_capacity(packets.len());
    for packet in packets {
        let end = packet.start + packet.count as i64;
        if packet.start >= span.start && end <= span.end {
            kept.push(packet);
        } else if end > span.start && packet.start < span.end && packet.format().as_records().is_err() {
            let from = (span.start - packet.start).max(0) as usize;
            let to = (span.end.min(end) - packet.start) as usize;
            kept.push(packet.slice(from, to));
        }
    }
    kept
}

fn named(stage: &str, mut error: Error) -> Error {
    if !error.message.starts_with("stage ") && error.kind != ErrorKind::Cancelled {
        error.message = format!("stage {stage:?}: {}", error.message);
    }
    error
}

fn output_key(stage: &blake3::Hash, output: usize, purpose: &str) -> blake3::Hash {
    blake3::hash(format!("{stage} {output} {purpose}").as_bytes())
}

/// What a stage's results depend on: itself, its version, its parameters, and what its inputs depend on.
fn content_key(plan: &Plan, stage: usize, before: &[blake3::Hash]) -> blake3::Hash {
    let planned = &plan.stages[stage];
    let mut hasher = blake3::Hasher::new();
    let mut add = |text: &str| {
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    add(planned.descriptor.id);
    add(&planned.plugin.version().to_string());
    add(&format!("{} {}", planned.descriptor.result_version, planned.seed));
    for (id, value) in planned.parameters.iter() {
        add(id);
        add(&value_to_json(value).to_string());
    }
    for wire in &planned.inputs {
        add(&wire.port.to_string());
        match wire.from {
            Origin::Stage { stage, output } => add(&format!("{} {output}", before[stage])),
            Origin::Input(index) => {
                let input = &plan.inputs[index];
                let meta = std::fs::metadata(&input.path);
                let changed = meta.as_ref().ok().and_then(|meta| meta.modified().ok());
                add(&format!("{} {:?} {changed:?}", input.path.display(), input.source.len()));
            }
        }
    }
    hasher.finalize()
}
