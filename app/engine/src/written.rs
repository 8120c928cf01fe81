//! Stretches of outputs, written by a stage beside the plan: what an export of a view is made with.

use crate::beside::{instance_of, stretch};
use crate::evaluate::{Evaluator, trim};
use crate::executor::{Cancel, input_hash};
use crate::files::{OutputDir, Pending};
use crate::registry::Registry;
use auricle_sdk::host::{Bytes, Services};
use auricle_sdk::{Error, ErrorKind, Flow, Input, Packet, Result, Value};
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Entries of an output, and what they are called.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// Index of the stage in the plan.
    pub stage: usize,
    /// Index of its output.
    pub output: usize,
    /// The entries.
    pub span: Range<i64>,
    /// What the stage that writes calls it.
    pub label: String,
}

/// Gives a stage its files; what it finds was said where its input was read.
struct Files {
    out: OutputDir,
    pending: Arc<Pending>,
}

impl Services for Files {
    fn output(&self, path: &str) -> io::Result<Arc<dyn Bytes>> {
        self.out.create(path, &self.pending)
    }
}

impl Evaluator {
    /// Lets stage `id` write what it makes of `stretches`, one an input, each as if it were all there is. Its files lie in
    /// `directory`, and appear whole or not at all.
    ///
    /// # Errors
    /// The stage is not installed or refuses what it is given, a stage failed, a file cannot be written, or it was
    /// cancelled.
    pub fn write(
        &self,
        registry: &Registry,
        (id, parameters): (&str, &[(&str, Value)]),
        stretches: &[Stretch],
        directory: &Path,
        cancel: &Cancel,
    ) -> Result<()> {
        let failed = |error: io::Error| Error::new(ErrorKind::Io, format!("{}: {error}", directory.display()));
        let pending = Arc::new(Pending::default());
        let files = Files { out: OutputDir::new(directory).map_err(failed)?, pending: pending.clone() };
        let mut inputs = Vec::with_capacity(stretches.len());
        for of in stretches {
            let format = self.format(of.stage, of.output)?;
            inputs.push(Input::new(0, &of.label, Arc::new(stretch(&format, &clipped(of, format.length)))));
        }
        let mut instance = instance_of(registry, id, parameters, &inputs, Arc::new(files), self.pool(), cancel)?;
        let mut nothing = |_: Packet| Ok(());
        instance.begin(0, 0..i64::MAX)?;
        for (lane, of) in stretches.iter().enumerate() {
            let span = clipped(of, self.format(of.stage, of.output)?.length);
            self.compute(of.stage, of.output, span.clone(), cancel, &mut |packet| {
                let reached = packet.start + packet.count as i64;
                for mut packet in trim(vec![packet], &span) {
                    packet.start -= span.start;
                    let packet = packet.to_port(lane);
                    let mut flow = instance.process(Some(&packet), &mut nothing)?;
                    while flow == Flow::Again {
                        flow = instance.process(None, &mut nothing)?;
                    }
                }
                Ok(reached < span.end)
            })?;
        }
        while instance.finish(&mut nothing)? == Flow::Again {}
        pending.publish().map_err(failed)
    }

    /// Content hashes of the plan's inputs by their names, as reports give them.
    ///
    /// # Errors
    /// An input cannot be read, or it was cancelled.
    pub fn input_hashes(&self, cancel: &Cancel) -> Result<Vec<(String, String)>> {
        let hash = |input: &crate::PlannedInput| {
            let stopped = || Error::new(ErrorKind::Io, format!("input {:?} cannot be read", input.name));
            input_hash(input, 1 << 20, &cancel.0).map(|hash| (input.name.clone(), hash)).ok_or_else(stopped)
        };
        self.plan().inputs.iter().map(hash).collect()
    }
}

fn clipped(of: &Stretch, length: Option<i64>) -> Range<i64> {
    of.span.start.max(0)..of.span.end.min(length.unwrap_or(i64::MAX))
}
