//! Stages beside the plan: what views measure with. They are fed with entries of an output and stand in no session.

use crate::evaluate::{Evaluator, trim};
use crate::executor::Cancel;
use crate::registry::Registry;
use auricle_sdk::descriptor::Locality;
use auricle_sdk::format::{Data, Format};
use auricle_sdk::host::{Instance, Pool, Services};
use auricle_sdk::{Error, ErrorKind, Flow, Input, Packet, Parameters, Result, Value};
use std::ops::Range;
use std::sync::Arc;

/// What is told about blocks.
const BLOCK: usize = 1 << 15;

/// What a stage beside the plan finds is said where its input is read.
pub(crate) struct Quiet;
impl Services for Quiet {}

/// An instance of stage `id` with one input of this format; parameters that are not given have their defaults.
///
/// # Errors
/// The stage is not installed, or refuses the format or a parameter.
pub(crate) fn instance(
    registry: &Registry,
    id: &str,
    parameters: &[(&str, Value)],
    format: &Arc<Format>,
    pool: &Arc<Pool>,
    cancel: &Cancel,
) -> Result<Instance> {
    let input = Input::new(0, "input", format.clone());
    instance_of(registry, id, parameters, &[input], Arc::new(Quiet), pool, cancel)
}

/// The same with these inputs and services.
///
/// # Errors
/// As [`instance`].
pub(crate) fn instance_of(
    registry: &Registry,
    id: &str,
    parameters: &[(&str, Value)],
    inputs: &[Input],
    services: Arc<dyn Services>,
    pool: &Arc<Pool>,
    cancel: &Cancel,
) -> Result<Instance> {
    let (plugin, descriptor) = registry.stage(id).ok_or_else(|| {
        let (message, hint) = registry.missing(id);
        Error::new(ErrorKind::Unsupported, message).hint(hint)
    })?;
    let given = |id: &str| parameters.iter().find(|(name, _)| *name == id).map(|(_, value)| value.clone());
    let all = descriptor.parameters.iter().map(|p| (p.id.to_owned(), given(p.id).unwrap_or_else(|| p.default_value())));
    let mut instance = plugin.create(descriptor.id, services, pool.clone(), cancel.0.clone())?;
    instance.negotiate(&Parameters::new(all), inputs, BLOCK, 0)?;
    Ok(instance)
}

impl Evaluator {
    /// What stage `id` makes of entries `span` of an output, as if they were all there is.
    ///
    /// # Errors
    /// The stage is not installed or refuses what it is given, a stage failed, or it was cancelled.
    pub fn measure(
        &self,
        registry: &Registry,
        stage: (&str, &[(&str, Value)]),
        of: (usize, usize),
        span: Range<i64>,
        cancel: &Cancel,
    ) -> Result<Vec<Packet>> {
        self.measure_each(registry, &[stage], of, span, cancel).map(|mut made| made.pop().unwrap_or_default())
    }

    /// What each of several stages makes of it, fed in one pass.
    ///
    /// # Errors
    /// As [`Evaluator::measure`].
    pub fn measure_each(
        &self,
        registry: &Registry,
        stages: &[(&str, &[(&str, Value)])],
        (stage, output): (usize, usize),
        span: Range<i64>,
        cancel: &Cancel,
    ) -> Result<Vec<Vec<Packet>>> {
        let format = self.format(stage, output)?;
        let span = span.start.max(0)..span.end.min(format.length.unwrap_or(i64::MAX));
        let stretch = Arc::new(stretch(&format, &span));
        let mut instances = Vec::with_capacity(stages.len());
        let mut reducing = Vec::new();
        for (index, (id, parameters)) in stages.iter().enumerate() {
            let mut instance = instance(registry, id, parameters, &stretch, self.pool(), cancel)?;
            instance.begin(0, 0..i64::MAX)?;
            let global = registry.stage(id).is_some_and(|(_, descriptor)| descriptor.locality == Locality::Global);
            if global && instance.reduces() {
                reducing.push(index);
            }
            instances.push(instance);
        }
        let each = |take: &mut dyn FnMut(&Packet) -> Result<Flow>| {
            let mut reached = span.start;
            self.compute(stage, output, span.clone(), cancel, &mut |packet| {
                for mut packet in trim(vec![packet], &span) {
                    reached = packet.start + packet.count as i64;
                    packet.start -= span.start;
                    if take(&packet.to_port(0))? == Flow::Done {
                        return Ok(false);
                    }
                }
                Ok(reached < span.end)
            })
        };
        if !reducing.is_empty() {
            each(&mut |packet| {
                reducing.iter().try_for_each(|&index| instances[index].reduce(packet))?;
                Ok(Flow::Continue)
            })?;
        }
        for index in reducing {
            let state = instances[index].reduction()?;
            instances[index].adopt(&state)?;
            instances[index].begin(0, 0..i64::MAX)?;
        }
        let mut made = vec![Vec::new(); instances.len()];
        let mut over = vec![false; instances.len()];
        each(&mut |packet| {
            for (index, instance) in instances.iter_mut().enumerate() {
                if over[index] {
                    continue;
                }
                over[index] = feed(instance, packet, &mut |packet| made[index].push(packet))? == Flow::Done;
            }
            Ok(if over.iter().all(|over| *over) { Flow::Done } else { Flow::Continue })
        })?;
        for (instance, made) in instances.iter_mut().zip(&mut made) {
            while instance.finish(&mut |packet| {
                made.push(packet);
                Ok(())
            })? == Flow::Again
            {}
        }
        Ok(made)
    }
}

/// Gives an instance one packet, and takes all that it makes of it.
pub(crate) fn feed(instance: &mut Instance, packet: &Packet, take: &mut dyn FnMut(Packet)) -> Result<Flow> {
    let mut emit = |packet| {
        take(packet);
        Ok(())
    };
    let mut flow = instance.process(Some(packet), &mut emit)?;
    while flow == Flow::Again {
        flow = instance.process(None, &mut emit)?;
    }
    Ok(flow)
}

/// The format of a stretch of a stream.
pub(crate) fn stretch(format: &Format, span: &Range<i64>) -> Format {
    let mut format = format.clone();
    let length = span.end - span.start;
    format.clock.origin += span.start * format.clock.step;
    format.length = (span.end < i64::MAX).then_some(length);
    if let Data::Tensor(tensor) = &mut format.data
        && tensor.streams()
    {
        tensor.axes[0].length = format.length.and_then(|length| usize::try_from(length).ok());
    }
    format
}
