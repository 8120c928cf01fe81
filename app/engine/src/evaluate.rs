//! Any region of any stage's output, without the rest: what views are drawn from.
//!
//! A region asks its stage which input it depends on, that input is evaluated in turn, and so on up to the readers,
//! which seek. What comes out equals, entry by entry, what a whole run puts there.

mod onward;
mod steady;

pub use onward::Onward;

use crate::cache::Cache;
use crate::executor::Cancel;
use crate::feed::Feed;
use crate::plan::{Origin, Plan};
use crate::report::{Finding, value_to_json};
use auricle_sdk::descriptor::Locality;
use auricle_sdk::format::{Data, Format};
use auricle_sdk::host::{Instance, Pool, Services};
use auricle_sdk::{Error, ErrorKind, Flow, Packet, Result, Severity};
use std::cell::Cell;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Entries of a tensor in one piece of the cache.
const FRAMES: i64 = 64;
/// Sample frames in one piece of the cache.
const SAMPLES: i64 = 1 << 14;
/// Entries of an input up to which it is taken through the cache.
const KEPT: i64 = 1 << 21;
/// Bytes that packets in use may occupy.
const MEMORY: usize = 512 << 20;

/// Evaluates regions of one plan. Cheap to clone; may be used from several threads.
#[derive(Clone)]
pub struct Evaluator {
    inner: Arc<Inner>,
    /// Instances that stay open, if they are to.
    idle: Option<Arc<steady::Idle>>,
}

struct Inner {
    plan: Arc<Plan>,
    cache: Arc<Cache>,
    pool: Arc<Pool>,
    /// Content key of each stage.
    keys: Vec<blake3::Hash>,
    findings: Arc<Mutex<Vec<(usize, Finding)>>>,
}

/// Receives packets; says whether more are wanted.
pub(crate) type Take<'a> = dyn FnMut(Packet) -> Result<bool> + 'a;

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
            keys.push(content_key(&plan, stage, &keys, &as_it_was_opened));
        }
        let (pool, findings) = (Pool::new(MEMORY), Arc::default());
        Evaluator { inner: Arc::new(Inner { plan, cache, pool, keys, findings }), idle: None }
    }

    /// The plan.
    pub fn plan(&self) -> &Arc<Plan> {
        &self.inner.plan
    }

    /// Where packets beside the plan come from.
    pub(crate) fn pool(&self) -> &Arc<Pool> {
        &self.inner.pool
    }

    /// What a stage's results are, wherever its inputs lie: a key by the files' `identity` and by the plugins' libraries.
    pub(crate) fn content(
        &self,
        stage: usize,
        identity: &mut dyn FnMut(&Path) -> std::io::Result<String>,
    ) -> std::io::Result<blake3::Hash> {
        let plan = &self.inner.plan;
        let files = plan.inputs.iter().map(|input| identity(&input.path)).collect::<std::io::Result<Vec<_>>>()?;
        let mut keys = Vec::with_capacity(stage + 1);
        for stage in 0..=stage {
            keys.push(content_key(plan, stage, &keys, &|_, input| files[input].clone()));
        }
        let mut hasher = blake3::Hasher::new();
        for stage in &plan.stages[..=stage] {
            // Whoever works on a plugin builds it anew without another version.
            let meta = std::fs::metadata(stage.plugin.path())?;
            hasher.update(format!("{} {:?}", meta.len(), meta.modified().ok()).as_bytes());
        }
        Ok(hasher.update(keys[stage].as_bytes()).finalize())
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
            Ok(true)
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
                let enough = packet.start + packet.count as i64 >= wanted.end;
                fresh.push(packet);
                Ok(!enough)
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

    /// Entries `span` of an output, clipped to what there is, computed for one look: no more than they, and not kept.
    ///
    /// # Errors
    /// A stage failed, or the evaluation was cancelled.
    pub fn look(&self, stage: usize, output: usize, span: Range<i64>, cancel: &Cancel) -> Result<Vec<Packet>> {
        let length = self.format(stage, output)?.length.unwrap_or(i64::MAX);
        let span = span.start.max(0)..span.end.min(length);
        let mut packets = Vec::new();
        self.compute(stage, output, span.clone(), cancel, &mut |packet| {
            let enough = packet.start + packet.count as i64 >= span.end;
            packets.extend(trim(vec![packet], &span));
            Ok(!enough)
        })?;
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
            Ok(true)
        })?;
        self.inner.cache.put(key, packets.clone());
        Ok(packets)
    }

    /// Runs an instance over what `span` of one output depends on.
    pub(crate) fn compute(
        &self,
        stage: usize,
        output: usize,
        span: Range<i64>,
        cancel: &Cancel,
        take: &mut Take<'_>,
    ) -> Result<()> {
        if span.is_empty() {
            return Ok(());
        }
        let id = &self.inner.plan.stages[stage].id;
        let mut instance = self.instance(stage, cancel).map_err(|error| named(id, error))?;
        self.drive(&mut instance, stage, output, span, cancel, take).map_err(|error| named(id, error))?;
        self.rest(stage, instance, cancel);
        Ok(())
    }

    fn drive(
        &self,
        instance: &mut Instance,
        stage: usize,
        output: usize,
        span: Range<i64>,
        cancel: &Cancel,
        take: &mut Take<'_>,
    ) -> Result<()> {
        let planned = &self.inner.plan.stages[stage];
        let streams: Vec<usize> = (0..planned.inputs.len())
            .filter(|&lane| matches!(planned.inputs[lane].from, Origin::Stage { .. }))
            .collect();
        if planned.descriptor.locality == Locality::Global && !streams.is_empty() && instance.reduces() {
            self.adopt(instance, stage, output, &streams, cancel)?;
        }
        let needs = instance.need(output, span.clone())?;
        instance.begin(output, span)?;
        let more = Cell::new(true);
        let mut emit = |packet: Packet| {
            if packet.port == output && more.get() {
                more.set(take(packet)?);
            }
            Ok(())
        };
        let mut flow = Flow::Continue;
        let mut ended = true;
        match streams.as_slice() {
            [] => {
                while flow != Flow::Done && more.get() && !cancel.is_cancelled() {
                    flow = instance.process(None, &mut emit)?;
                }
            }
            [lane] => {
                ended = self.stream(stage, *lane, &needs[*lane], cancel, &mut |packet| {
                    flow = instance.process(Some(&packet), &mut emit)?;
                    while flow == Flow::Again && more.get() {
                        flow = instance.process(None, &mut emit)?;
                    }
                    Ok(flow != Flow::Done && more.get())
                })?;
            }
            _ => {
                let mut feed = Feed::new(self, stage, &streams, &needs, cancel);
                while flow != Flow::Done && more.get() && !cancel.is_cancelled() {
                    let next = if flow == Flow::Again { None } else { feed.next(instance.wants())? };
                    if next.is_none() && flow != Flow::Again {
                        break;
                    }
                    flow = instance.process(next.as_ref(), &mut emit)?;
                }
                ended = feed.ended;
            }
        }
        if cancel.is_cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "cancelled"));
        }
        if !streams.is_empty() && ended && flow != Flow::Done && more.get() {
            while instance.finish(&mut emit)? == Flow::Again {}
        }
        Ok(())
    }

    /// Passes what a stage needs of one input to `take`, the end marked; says whether that was the stream's true end.
    fn stream(
        &self,
        stage: usize,
        lane: usize,
        need: &Option<Range<i64>>,
        cancel: &Cancel,
        take: &mut Take<'_>,
    ) -> Result<bool> {
        let Origin::Stage { stage: from, output } = self.inner.plan.stages[stage].inputs[lane].from else {
            return Ok(true);
        };
        let format = self.format(from, output)?;
        let known = format.length.unwrap_or(i64::MAX);
        let span = need.clone().unwrap_or(0..i64::MAX);
        let span = span.start.clamp(0, known)..span.end.min(known);
        let (mut reached, mut wanted) = (span.start, true);
        if span.end - span.start <= KEPT && format.as_records().is_err() {
            for packet in self.evaluate(from, output, span.clone(), cancel)? {
                reached = packet.start + packet.count as i64;
                wanted = wanted && take(packet.to_port(lane))?;
            }
        } else {
            // A whole input would only push what views show out of the cache.
            self.compute(from, output, span.clone(), cancel, &mut |packet| {
                for packet in trim(vec![packet], &span) {
                    reached = packet.start + packet.count as i64;
                    wanted = wanted && take(packet.to_port(lane))?;
                }
                Ok(wanted && reached < span.end)
            })?;
        }
        let ended = reached < span.end || reached >= known;
        if ended && wanted {
            take(Packet::end_of(lane, reached, format))?;
        }
        Ok(ended)
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
                for &lane in streams {
                    self.stream(stage, lane, &None, cancel, &mut |packet| instance.reduce(&packet).map(|()| true))?;
                }
                let state = instance.reduction()?;
                self.inner.cache.keep_reduction(key, state.clone());
                state
            }
        };
        instance.adopt(&state)
    }
}

/// The entries of `packets` that lie in `span`.
pub(crate) fn trim(packets: Vec<Packet>, span: &Range<i64>) -> Vec<Packet> {
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

/// A file as it was when the plan was made, and where it lies.
fn as_it_was_opened(plan: &Plan, input: usize) -> String {
    let input = &plan.inputs[input];
    format!("{} {:?}", input.path.display(), input.state)
}

/// What a stage's results depend on: itself, its version, its parameters, and what its inputs depend on.
fn content_key(
    plan: &Plan,
    stage: usize,
    before: &[blake3::Hash],
    input: &dyn Fn(&Plan, usize) -> String,
) -> blake3::Hash {
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
            Origin::Input(index) => add(&input(plan, index)),
        }
    }
    hasher.finalize()
}
