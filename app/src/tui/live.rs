//! A session on what the microphone hears: its stages run while the sound comes, and lanes draw what has come so far.

use super::pipeline::Pipeline;
use super::pool::Column;
use super::records::{self, Found};
use super::region::{self, Request};
use super::target::Target;
use super::worker::guarded;
use crate::audio::Microphone;
use crate::audio::spoken::BLOCK;
use auricle_engine::{Cancel, Diagnostic, Edit, Options, Plan, Registry, Session, Watch};
use auricle_sdk::Packet;
use auricle_sdk::host::Bytes;
use auricle_sound::WavStream;
use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that are kept of an output.
const KEPT: usize = 24 << 20;
/// Packets that are kept of an output of records.
const TABLES: usize = 10_000;
/// Seconds of silence that a session is planned with.
const SILENCE_S: usize = 1;

/// What the screen knows of a session that runs live.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Live {
    /// The input that the microphone takes the place of.
    pub input: String,
    /// Seconds that were heard.
    pub seconds: f64,
    /// Seconds at which the screen stands still while it is held.
    pub held: Option<f64>,
    /// From the sound to the newest entry of the lane that is last, in seconds.
    pub latency_s: f64,
    /// Stages that cannot run while sound comes, or write files.
    pub left_out: Vec<String>,
    /// Why nothing more comes.
    pub failure: Option<String>,
}

/// What has come of an output, the oldest let go.
#[derive(Default)]
struct Tape {
    packets: VecDeque<Packet>,
    bytes: usize,
    end: i64,
}

impl Tape {
    fn push(&mut self, packet: Packet) {
        self.end = packet.start + packet.count as i64;
        let is_table = packet.format().as_records().is_ok();
        self.bytes += size(&packet);
        self.packets.push_back(packet);
        while !is_table && self.bytes > KEPT || self.packets.len() > TABLES {
            self.bytes -= self.packets.pop_front().as_ref().map_or(0, size);
        }
    }
}

fn size(packet: &Packet) -> usize {
    let each = match packet.format().as_tensor() {
        Ok(tensor) => tensor.frame_len() * tensor.dtype.size(),
        Err(_) => packet.format().as_audio().map_or(64, |audio| audio.channels * audio.dtype.size()),
    };
    packet.count * each
}

/// A run on the sound that is pushed into its stream; dropping it ends it.
pub struct LiveRun {
    stream: Arc<WavStream>,
    cancel: Cancel,
    news: Receiver<(usize, usize, Packet)>,
    tapes: BTreeMap<(usize, usize), Tape>,
    failure: Arc<Mutex<Option<String>>>,
    live: Live,
}

impl LiveRun {
    /// Begins to run what of a session can run while sound comes in place of one input; gives its stages as the screen
    /// shows them. `number` tells its results from those of other runs.
    ///
    /// # Errors
    /// It cannot be planned for such sound.
    pub fn start(
        session: &Session,
        registry: &Arc<Registry>,
        input: &str,
        (sample_rate, channels): (u32, usize),
        number: u64,
    ) -> Result<(Self, Pipeline), String> {
        let silence = || {
            let stream = WavStream::new(sample_rate, channels);
            stream.push(&vec![0.0; SILENCE_S * sample_rate as usize * channels]);
            stream.end();
            Arc::new(stream)
        };
        let (streaming, plan, left_out) = guarded(|| streaming(session, registry, input, &silence))?;
        let mut pipeline = Pipeline::new(session, registry);
        pipeline.planned(&plan);
        pipeline.open_ended(number);
        let stream = Arc::new(WavStream::new(sample_rate, channels));
        let (send, news) = channel();
        let (cancel, failure) = (Cancel::new(), Arc::<Mutex<Option<String>>>::default());
        let (heard, told, stop) = (stream.clone(), failure.clone(), cancel.clone());
        let (registry, name) = (registry.clone(), input.to_owned());
        std::thread::spawn(move || {
            let run = guarded(|| {
                let plan = planned(&streaming, &registry, &name, heard)?;
                let watch = Watch(Arc::new(move |stage, output, packet: &Packet| {
                    if packet.count > 0 {
                        // It fails once nobody looks any more.
                        let _ = send.send((stage, output, packet.clone()));
                    }
                }));
                let jobs = plan.stages.len() + 1;
                let options = Options { jobs, block: BLOCK, watch: Some(watch), ..Options::default() };
                let failure = auricle_engine::run(&plan, &options, &stop, &mut ()).failure;
                failure.filter(|_| !stop.is_cancelled()).map_or(Ok(()), |failure| Err(failure.to_string()))
            });
            *told.lock().unwrap_or_else(PoisonError::into_inner) = run.err();
        });
        let live = Live { input: input.to_owned(), left_out, ..Live::default() };
        Ok((LiveRun { stream, cancel, news, tapes: BTreeMap::new(), failure, live }, pipeline))
    }

    /// Where the sound goes.
    pub fn stream(&self) -> Arc<WavStream> {
        self.stream.clone()
    }

    /// Takes in what has come; gives the outputs of which there is more.
    pub fn listen(&mut self) -> Vec<(usize, usize)> {
        let mut changed = Vec::new();
        for (stage, output, packet) in self.news.try_iter() {
            self.tapes.entry((stage, output)).or_default().push(packet);
            if !changed.contains(&(stage, output)) {
                changed.push((stage, output));
            }
        }
        changed
    }

    /// What the screen is told now.
    pub fn told(&self) -> Live {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Live { seconds: self.stream.seconds(), failure, ..self.live.clone() }
    }

    /// Entries of an output so far.
    pub fn length(&self, stage: usize, output: usize) -> i64 {
        self.tapes.get(&(stage, output)).map_or(0, |tape| tape.end)
    }

    /// The columns of a request as far as their entries have come and are kept. One that more can come to is provisional.
    pub fn columns<C: Column>(&self, request: &Request) -> Vec<(i64, C)> {
        let Request { target, timeline, columns, .. } = request;
        let Some(tape) = self.tapes.get(&(target.stage, target.output)) else { return Vec::new() };
        let come = target.clock().seconds(tape.end);
        let made = columns.iter().filter(|&&k| timeline.time(k) < come).filter_map(|&k| {
            let span = target.entries(timeline, k);
            let first = tape.packets.partition_point(|packet| packet.start + packet.count as i64 <= span.start);
            let packets = tape.packets.range(first..).take_while(|packet| packet.start < span.end);
            region::pooled(k, &span, packets, timeline.time(k + 1) > come).ok()
        });
        made.collect()
    }

    /// The rows of an output so far.
    ///
    /// # Errors
    /// They cannot be read.
    pub fn rows(&self, target: &Target) -> Result<Found, String> {
        let packets = self.tapes.get(&(target.stage, target.output)).map(|tape| &tape.packets);
        records::found(&target.format, packets.into_iter().flatten()).map_err(|error| error.to_string())
    }
}

impl Drop for LiveRun {
    fn drop(&mut self) {
        self.cancel.cancel();
        self.stream.end();
    }
}

fn planned(session: &Session, registry: &Registry, input: &str, stream: Arc<WavStream>) -> Result<Plan, String> {
    let bytes: Arc<dyn Bytes> = Arc::new(Microphone(stream));
    let plan = Plan::with_streams(session, registry, &[], &[(input.to_owned(), bytes)]);
    plan.map_err(|all: Vec<Diagnostic>| all.first().map_or(String::new(), ToString::to_string))
}

/// What of a session can run while sound comes, its plan, and the stages that cannot.
fn streaming(
    session: &Session,
    registry: &Registry,
    input: &str,
    silence: &dyn Fn() -> Arc<WavStream>,
) -> Result<(Session, Plan, Vec<String>), String> {
    let mut session = session.clone();
    let writes = |id: &str| registry.stage(id).is_some_and(|(_, descriptor)| descriptor.outputs.is_empty());
    let writers = session.stages().iter().filter(|stage| writes(&stage.stage)).map(|stage| stage.id.clone());
    let mut gone: Vec<String> = writers.collect();
    let mut left_out = Vec::new();
    loop {
        let edits = gone.drain(..).map(|id| Edit::RemoveStage { id }).collect();
        session.apply(&Edit::All(edits)).map_err(|error| error.to_string())?;
        let plan = planned(&session, registry, input, silence())?;
        let waiting = plan.waiting().map_err(|error| error.to_string())?;
        gone.extend(waiting.iter().map(|&stage| plan.stages[stage].id.clone()));
        if gone.is_empty() {
            return Ok((session, plan, left_out));
        }
        let mut at = 0;
        while let Some(id) = gone.get(at).cloned() {
            let reads = |stage: &&auricle_engine::SessionStage| stage.feeds.iter().any(|feed| feed.split().0 == id);
            let readers = session.stages().iter().filter(reads).map(|stage| stage.id.clone());
            let readers: Vec<String> = readers.filter(|reader| !gone.contains(reader)).collect();
            gone.extend(readers);
            at += 1;
        }
        left_out.extend(gone.iter().cloned());
    }
}
