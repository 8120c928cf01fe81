//! Overviews of long streams: what is drawn of ten hours, made by stages in one pass and kept on disk.
//!
//! The engine computes none of it. Each level is what `overview.wave` or `overview.spectrum` gives with one `hop_length`;
//! all levels are fed at once with the entries of the output that they are of.

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
    parameters: Vec<(&'static str, Value)>,
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
        let (id, parameters) = stage_for(&format);
        let unreadable = |error: std::io::Error| Error::new(ErrorKind::Io, format!("overview: {error}"));
        let mut hasher = blake3::Hasher::new();
        let results = evaluator.content(stage, &mut |path| identity::identity(path)).map_err(unreadable)?;
        hasher.update(results.as_bytes()).update(format!("{output} {id} {parameters:?} {shape:?}").as_bytes());
        if let Some((plugin, descriptor)) = registry.stage(id) {
            hasher.update(format!("{} {}", plugin.version(), descriptor.result_version).as_bytes());
        }
        let file = overviews.open(hasher.finalize(), &shape).map_err(unreadable)?;
        Ok(Some(Overview { file: Arc::new(file), stage: id, parameters, of: (stage, output) }))
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

/// The stage that sums up entries of this format, and how.
fn stage_for(format: &Format) -> (&'static str, Vec<(&'static str, Value)>) {
    match format.as_tensor() {
        Ok(tensor) if tensor.quantity == "difference" => ("overview.spectrum", vec![("pooling", "furthest".into())]),
        Ok(_) => ("overview.spectrum", vec![("pooling", "max".into())]),
        Err(_) => ("overview.wave", Vec::new()),
    }
}

/// A pass over the input, from one segment to the next that is there already.
struct Making<'a> {
    overview: &'a Overview,
    levels: Vec<Level>,
    /// The segment under way.
    segment: usize,
}

struct Level {
    instance: Instance,
    /// Values of the segment under way and of what follows it.
    values: Vec<f32>,
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
            let mut parameters = overview.parameters.clone();
            parameters.push(("hop_length", Value::Int(*hop)));
            let id = overview.stage;
            let mut instance = beside::instance(registry, id, &parameters, &format, evaluator.pool(), cancel)?;
            instance.begin(0, shape.entries(segment, level).start..i64::MAX)?;
            levels.push(Level { instance, values: Vec::new() });
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
                let values = &mut level.values;
                while level.instance.finish(&mut |packet| append(values, &packet))? == Flow::Again {}
            }
            self.write(made)?;
            for segment in self.segment..end {
                for (index, level) in self.levels.iter_mut().enumerate() {
                    level.values.resize(values_in(shape, segment, index), f32::NAN);
                }
                self.write(made)?;
            }
        }
        Ok(())
    }

    fn feed(&mut self, packet: &Packet) -> Result<()> {
        let packet = packet.clone().to_port(0);
        for Level { instance, values } in &mut self.levels {
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
                    .all(|(index, level)| level.values.len() >= values_in(shape, this.segment, index))
        };
        while is_whole(self) {
            let segment = self.segment;
            let take =
                |(index, level): (usize, &mut Level)| level.values.drain(..values_in(shape, segment, index)).collect();
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

fn values_in(shape: &Shape, segment: usize, level: usize) -> usize {
    shape.entries(segment, level).count() * shape.frame_len
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
