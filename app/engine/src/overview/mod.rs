//! Overviews of long streams: what is drawn of ten hours, made by stages in one pass and kept on disk.
//!
//! The engine computes none of it. Each level is what `overview.wave` or `overview.spectrum` gives with one `hop_length`;
//! all levels are fed at once with the entries of the output that they are of.

mod figures;
mod file;
mod identity;
mod shape;
mod store;

pub use shape::Shape;
pub use store::{Overviews, Usage};

use crate::beside;
use crate::evaluate::{Evaluator, trim};
use crate::executor::Cancel;
use crate::registry::Registry;
use auricle_sdk::descriptor::Locality;
use auricle_sdk::format::Format;
use auricle_sdk::host::Instance;
use auricle_sdk::{Error, ErrorKind, Flow, Packet, Result, Value};
use file::OverviewFile;
use std::ops::Range;
use std::sync::Arc;

/// The overview of one output. Cheap to clone; one thread makes it while others read.
#[derive(Clone)]
pub struct Overview {
    file: Arc<OverviewFile>,
    stage: &'static str,
    /// What the stage is asked for; an entry holds what it gives for one after the other.
    poolings: &'static [&'static str],
    of: (usize, usize),
}

impl Overview {
    /// Opens the overview of an output of `length` entries, with what was made of it before; none where none is needed.
    ///
    /// # Errors
    /// An input cannot be read, or nothing can be kept anywhere.
    pub fn open(
        evaluator: &Evaluator,
        (stage, output): (usize, usize),
        length: i64,
        registry: &Registry,
        overviews: &Overviews,
    ) -> Result<Option<Self>> {
        let format = evaluator.format(stage, output)?;
        let Some(shape) = Shape::new(&format, length) else { return Ok(None) };
        let (id, poolings) = stage_for(&format);
        let unreadable = |error: std::io::Error| Error::new(ErrorKind::Io, format!("overview: {error}"));
        let mut hasher = blake3::Hasher::new();
        let results = evaluator.content(stage, &mut |path| identity::identity(path)).map_err(unreadable)?;
        hasher.update(results.as_bytes()).update(format!("{output} {id} {poolings:?} {shape:?}").as_bytes());
        if let Some((plugin, descriptor)) = registry.stage(id) {
            hasher.update(format!("{} {}", plugin.version(), descriptor.result_version).as_bytes());
        }
        let file = overviews.open(hasher.finalize(), &shape).map_err(unreadable)?;
        Ok(Some(Overview { file: Arc::new(file), stage: id, poolings, of: (stage, output) }))
    }

    /// Its layout.
    pub fn shape(&self) -> &Shape {
        self.file.shape()
    }

    /// Which entries of the output it covers so far, in order.
    pub fn covered(&self) -> Vec<Range<i64>> {
        let shape = self.shape();
        let mut covered: Vec<Range<i64>> = Vec::new();
        for segment in (0..shape.segments()).filter(|segment| self.file.has(*segment)) {
            let start = segment as i64 * shape.span;
            let end = (start + shape.span).min(shape.length);
            match covered.last_mut().filter(|last| last.end == start) {
                Some(last) => last.end = end,
                None => covered.push(start..end),
            }
        }
        covered
    }

    /// Passes the values of these entries of a level to `take`, in order; says whether all are there.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&self, level: usize, entries: Range<i64>, take: &mut dyn FnMut(&[f32])) -> Result<bool> {
        self.file.read(level, entries, take).map_err(|error| Error::new(ErrorKind::Io, format!("overview: {error}")))
    }

    /// Makes what is missing, and calls `made` after each segment.
    ///
    /// # Errors
    /// A stage failed or is not installed, the disk is full, or it was cancelled.
    pub fn make(
        &self,
        evaluator: &Evaluator,
        registry: &Registry,
        cancel: &Cancel,
        made: &mut dyn FnMut(),
    ) -> Result<()> {
        let shape = self.shape();
        let mut segment = 0;
        while segment < shape.segments() {
            if self.file.has(segment) {
                segment += 1;
                continue;
            }
            let mut end = segment + 1;
            while end < shape.segments() && !self.file.has(end) {
                end += 1;
            }
            // What depends on all that came before it can be made only from the beginning on.
            let (from, end) = if evaluator.is_local(self.of.0) { (segment, end) } else { (0, shape.segments()) };
            Making::new(self, evaluator, registry, cancel, from)?.run(end, evaluator, cancel, made)?;
            segment = end;
        }
        Ok(())
    }
}

/// The stage that sums up entries of this format, and how: of audio there is one way.
fn stage_for(format: &Format) -> (&'static str, &'static [&'static str]) {
    match format.as_tensor() {
        Ok(tensor) if tensor.quantity == "difference" => ("overview.spectrum", &["furthest", "mean"]),
        Ok(_) => ("overview.spectrum", &["max", "mean"]),
        Err(_) => ("overview.wave", &[""]),
    }
}

/// A pass over the input, from one segment to the next that is there already.
struct Making<'a> {
    overview: &'a Overview,
    levels: Vec<Level>,
    /// The segment under way.
    segment: usize,
}

/// One of each for every pooling.
struct Level {
    instances: Vec<Instance>,
    /// Values of the segment under way and of what follows it.
    values: Vec<Vec<f32>>,
}

impl Level {
    /// Values of so many entries of each pooling, one after the other in every entry.
    fn take(&mut self, entries: usize, frame_len: usize) -> Vec<f32> {
        let part = frame_len / self.values.len();
        let parts: Vec<Vec<f32>> =
            self.values.iter_mut().map(|values| values.drain(..entries * part).collect()).collect();
        let entry = |k: usize| parts.iter().flat_map(move |values| &values[k * part..(k + 1) * part]).copied();
        (0..entries).flat_map(entry).collect()
    }

    /// Entries that are complete.
    fn ready(&self, frame_len: usize) -> usize {
        let part = frame_len / self.values.len();
        self.values.iter().map(|values| values.len() / part).min().unwrap_or(0)
    }
}

impl<'a> Making<'a> {
    fn new(
        overview: &'a Overview,
        evaluator: &Evaluator,
        registry: &Registry,
        cancel: &Cancel,
        segment: usize,
    ) -> Result<Self> {
        let (shape, format) = (overview.shape(), evaluator.format(overview.of.0, overview.of.1)?);
        let mut levels = Vec::new();
        for (level, hop) in shape.hops.iter().enumerate() {
            let mut instances = Vec::new();
            for pooling in overview.poolings {
                let mut parameters = vec![("hop_length", Value::Int(*hop))];
                parameters.extend((!pooling.is_empty()).then(|| ("pooling", (*pooling).into())));
                let id = overview.stage;
                let mut instance = beside::instance(registry, id, &parameters, &format, evaluator.pool(), cancel)?;
                instance.begin(0, shape.entries(segment, level).start..i64::MAX)?;
                instances.push(instance);
            }
            let values = vec![Vec::new(); instances.len()];
            levels.push(Level { instances, values });
        }
        Ok(Making { overview, levels, segment })
    }

    /// Makes segments up to `end`.
    fn run(mut self, end: usize, evaluator: &Evaluator, cancel: &Cancel, made: &mut dyn FnMut()) -> Result<()> {
        let shape = self.overview.shape();
        let span = self.segment as i64 * shape.span..(end as i64 * shape.span).min(shape.length);
        let mut reached = span.start;
        let (stage, output) = self.overview.of;
        evaluator.compute(stage, output, span.clone(), cancel, &mut |packet| {
            for packet in trim(vec![packet], &span) {
                reached = packet.start + packet.count as i64;
                self.feed(&packet)?;
                self.write(made)?;
            }
            Ok(reached < span.end)
        })?;
        if cancel.is_cancelled() {
            return Err(Error::new(ErrorKind::Cancelled, "cancelled"));
        }
        if self.segment < end {
            // The stream has ended, where it should or before.
            for level in &mut self.levels {
                for (instance, values) in level.instances.iter_mut().zip(&mut level.values) {
                    while instance.finish(&mut |packet| append(values, &packet))? == Flow::Again {}
                }
            }
            self.write(made)?;
            for segment in self.segment..end {
                for (index, level) in self.levels.iter_mut().enumerate() {
                    let part = shape.frame_len / level.values.len();
                    let length = shape.entries(segment, index).count() * part;
                    level.values.iter_mut().for_each(|values| values.resize(length, f32::NAN));
                }
                self.write(made)?;
            }
        }
        Ok(())
    }

    fn feed(&mut self, packet: &Packet) -> Result<()> {
        let packet = packet.clone().to_port(0);
        let parts = self.levels.iter_mut().flat_map(|level| level.instances.iter_mut().zip(&mut level.values));
        for (instance, values) in parts {
            let mut failed = Ok(());
            beside::feed(instance, &packet, &mut |packet| {
                if let Err(error) = append(values, &packet) {
                    failed = Err(error);
                }
            })?;
            failed?;
        }
        Ok(())
    }

    /// Writes the segments that are complete.
    fn write(&mut self, made: &mut dyn FnMut()) -> Result<()> {
        let shape = self.overview.shape();
        let is_whole = |this: &Self| {
            this.segment < shape.segments()
                && (this.levels.iter().enumerate())
                    .all(|(index, level)| level.ready(shape.frame_len) >= shape.entries(this.segment, index).count())
        };
        while is_whole(self) {
            let segment = self.segment;
            let take = |(index, level): (usize, &mut Level)| {
                level.take(shape.entries(segment, index).count(), shape.frame_len)
            };
            let levels: Vec<Vec<f32>> = self.levels.iter_mut().enumerate().map(take).collect();
            let full = |error: std::io::Error| Error::new(ErrorKind::Io, format!("overview: cannot be kept: {error}"));
            if !self.overview.file.has(segment) {
                self.overview.file.write(segment, &levels).map_err(full)?;
            }
            self.segment += 1;
            made();
        }
        Ok(())
    }
}

fn append(values: &mut Vec<f32>, packet: &Packet) -> Result<()> {
    values.extend_from_slice(packet.tensor::<f32>()?.values);
    Ok(())
}

impl Evaluator {
    /// May an output of this stage be computed from anywhere, exactly? Not if anything before it remembers.
    fn is_local(&self, stage: usize) -> bool {
        let planned = &self.plan().stages[stage];
        let before = planned.inputs.iter().filter_map(|wire| match wire.from {
            crate::plan::Origin::Stage { stage, .. } => Some(stage),
            crate::plan::Origin::Input(_) => None,
        });
        let here = !matches!(planned.descriptor.locality, Locality::Recurrent { .. } | Locality::WholeInput);
        here && before.into_iter().all(|stage| self.is_local(stage))
    }
}
