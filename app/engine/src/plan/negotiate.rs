//! Negotiation: every stage is created once, in the order of the graph, and says what it puts out.

use super::stage::CheckedStage;
use super::{Origin, PlannedInput, PlannedStage, Wire};
use crate::diagnostic::{Diagnostic, Fault};
use crate::graph::{Given, Graph, Link, check_format, remedy};
use crate::registry::Registry;
use crate::session::{Session, SessionStage};
use auricle_sdk::descriptor::Descriptor;
use auricle_sdk::format::{Data, Format};
use auricle_sdk::host::{Pool, Services};
use auricle_sdk::{Error, ErrorKind, Input, Parameters, Value};
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// Memory for what stages ask for while formats are negotiated.
const POOL_BYTES: usize = 64 << 20;
/// What a source is told about blocks; formats do not depend on it.
const BLOCK: usize = 1 << 12;

/// Stages say what they find again when they run.
struct Quiet;
impl Services for Quiet {}

/// The stages of the plan, as far as nothing before them is wrong.
pub(super) fn negotiate(
    session: &Session,
    registry: &Registry,
    stages: &[CheckedStage],
    graph: &Graph,
    sources: &[Option<PlannedInput>],
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<PlannedStage> {
    let pool = Pool::new(POOL_BYTES);
    let mut planned: Vec<PlannedStage> = Vec::new();
    // Where a stage of the session stands in the plan.
    let mut places: Vec<Option<usize>> = vec![None; stages.len()];
    // An input that could not be opened leaves a gap; then there will be no plan, and indices do not matter.
    for &index in graph.order.iter().filter(|&&index| !session.stages()[index].bypass) {
        let described = &session.stages()[index];
        let CheckedStage { found: Some((plugin, descriptor)), parameters: Some(parameters) } = &stages[index] else {
            continue;
        };
        let Some(links) = graph.inputs(session, stages, index) else { continue };
        let feeds: Option<Vec<(Wire, Arc<Format>)>> = links
            .iter()
            .map(|link| {
                let (from, format) = match link.wire.from {
                    Origin::Input(input) => (link.wire.from, Arc::new(sources[input].as_ref()?.format())),
                    Origin::Stage { stage, output } => {
                        let stage = places[stage]?;
                        (Origin::Stage { stage, output }, planned[stage].outputs.get(output)?.clone())
                    }
                };
                Some((Wire { from, ..link.wire.clone() }, format))
            })
            .collect();
        let Some(feeds) = feeds else { continue };
        let unfit = unfit(registry, &planned, descriptor, &links, &feeds);
        if !unfit.is_empty() {
            diagnostics.extend(unfit.into_iter().map(|wrong| wrong.stage(&described.id)));
            continue;
        }
        let inputs: Vec<Input> =
            feeds.iter().map(|(wire, format)| Input::new(wire.port, &wire.label, format.clone())).collect();
        let seed = seed(session.seed(), &described.id);
        let instance = plugin.create(descriptor.id, Arc::new(Quiet), pool.clone(), Arc::new(AtomicU32::new(0)));
        let outputs = instance
            .and_then(|mut instance| instance.negotiate(parameters, &inputs, BLOCK, seed).map(<[Arc<Format>]>::to_vec));
        match outputs.and_then(|outputs| kept_promise(descriptor, outputs)) {
            Ok(outputs) => {
                let chain = chain(descriptor, parameters, &inputs);
                let told =
                    |format: Arc<Format>| Arc::new(Format::clone(&format).with_attribute("chain", chain.as_str()));
                let outputs = outputs.into_iter().map(told).collect();
                places[index] = Some(planned.len());
                planned.push(PlannedStage {
                    id: described.id.clone(),
                    descriptor,
                    plugin: plugin.clone(),
                    parameters: parameters.clone(),
                    inputs: feeds.into_iter().map(|(wire, _)| wire).collect(),
                    outputs,
                    seed,
                });
            }
            Err(error) => diagnostics.push(refused(described, descriptor, &inputs, error)),
        }
    }
    planned
}

/// Characters that the ways to a stage with several inputs may take in a caption.
const WAYS: usize = 400;

/// How an output comes about, for captions: every stage on the way, with what differs from its defaults; of several ways
/// that meet each.
fn chain(descriptor: &Descriptor, parameters: &Parameters, inputs: &[Input]) -> String {
    let ways = inputs.iter().filter_map(|input| input.format.attribute("chain")).filter_map(Value::as_str);
    let mut before = String::new();
    for way in ways {
        // Ways that part late would repeat themselves, and a long caption is not read.
        if before.len() + way.len() <= WAYS && !before.split(" and ").any(|known| known == way) {
            before += if before.is_empty() { "" } else { " and " };
            before += way;
        }
    }
    let default = |id: &str| descriptor.parameters.iter().find(|p| p.id == id).map(|p| p.default_value());
    let set = parameters.iter().filter(|(id, value)| default(id).is_some_and(|default| default != **value));
    let set: Vec<String> = set.map(|(id, value)| format!("{id} {}", value.to_string().trim_matches('"'))).collect();
    let set = if set.is_empty() { String::new() } else { format!(" ({})", set.join(", ")) };
    let before = if before.is_empty() { before } else { format!("{before} > ") };
    format!("{before}{}{set}", descriptor.id)
}

/// Feeds whose negotiated format does not go into their port.
fn unfit(
    registry: &Registry,
    planned: &[PlannedStage],
    descriptor: &Descriptor,
    links: &[Link],
    feeds: &[(Wire, Arc<Format>)],
) -> Vec<Diagnostic> {
    let check = |(link, (wire, format)): (&Link, &(Wire, Arc<Format>))| {
        let port = &descriptor.inputs[wire.port];
        let wrong = check_format(port, format).err()?;
        let dtype = format.dtype();
        let from = match wire.from {
            Origin::Stage { stage, .. } => Some(planned[stage].descriptor),
            Origin::Input(_) => None,
        };
        let given = Given { kinds: &[format.kind()], dtypes: dtype.as_slice(), from };
        let message = format!("input {}: {wrong} from {:?}", port.name, wire.label);
        Some(Diagnostic::error(message).at(link.position).hint(remedy(registry, given, port)))
    };
    links.iter().zip(feeds).filter_map(check).collect()
}

/// A stage puts out what its descriptor says.
fn kept_promise(descriptor: &Descriptor, outputs: Vec<Arc<Format>>) -> Result<Vec<Arc<Format>>, Error> {
    let broken = |message: String| Err(Error::new(ErrorKind::Contract, message));
    let declared = descriptor.outputs;
    if outputs.len() != declared.len() {
        return broken(format!("its descriptor has {} outputs, it negotiated {}", declared.len(), outputs.len()));
    }
    for (port, format) in declared.iter().zip(&outputs) {
        if let Err(wrong) = check_format(port, format) {
            return broken(format!("output {} is not as its descriptor says: {wrong}", port.name));
        }
    }
    Ok(outputs)
}

/// A refusal as a diagnostic, at the parameter or the stage.
fn refused(stage: &SessionStage, descriptor: &Descriptor, inputs: &[Input], error: Error) -> Diagnostic {
    let parameter = stage.parameters.iter().find(|parameter| parameter.id == error.parameter);
    let position = match error.kind {
        _ if parameter.is_some() => parameter.map(|parameter| parameter.position),
        ErrorKind::Format => Some(stage.places.input),
        _ => Some(stage.position),
    };
    let source = inputs.iter().find_map(|input| match &input.format.data {
        Data::Source(source) => Some((input, source.name())),
        _ => None,
    });
    let fault = match error.kind {
        ErrorKind::Data | ErrorKind::Io | ErrorKind::Format | ErrorKind::Unsupported if source.is_some() => {
            Fault::Source
        }
        ErrorKind::Parameter | ErrorKind::Format => Fault::Session,
        _ => Fault::Stage,
    };
    let message = match source {
        // Whoever reads the message must see which file it is about.
        Some((input, name)) if fault == Fault::Source && !error.message.starts_with(&name) => {
            format!("{} ({name}): {}", input.label, error.message)
        }
        _ if fault == Fault::Stage => format!("{}: {}", descriptor.id, error.message),
        _ => error.message,
    };
    let message = if message.is_empty() { "refused without a reason".to_owned() } else { message };
    Diagnostic::error(message).fault(fault).at(position).stage(&stage.id).parameter(&error.parameter).hint(error.hint)
}

/// Every stage has randomness of its own that depends on nothing but the session's seed and the stage's id.
fn seed(session: u64, id: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(b"auricle stage seed 1");
    hasher.update(&session.to_le_bytes());
    hasher.update(id.as_bytes());
    let hash = hasher.finalize();
    u64::from_le_bytes(hash.as_bytes()[..8].try_into().expect("eight bytes of thirty-two"))
}
