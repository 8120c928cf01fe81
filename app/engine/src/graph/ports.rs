//! What goes into a port and what does not, and which stage would make it fit.

use crate::registry::Registry;
use auricle_sdk::DType;
use auricle_sdk::descriptor::{Descriptor, Port};
use auricle_sdk::format::{Format, Kind};

/// At most so many stages are named in a hint.
const MOST_NAMED: usize = 4;

/// "audio", "audio or a tensor".
pub(crate) fn kinds(kinds: &[Kind]) -> String {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    names.join(" or ")
}

/// "float32", "float32 or int16", "any type".
pub(super) fn dtypes(dtypes: &[DType]) -> String {
    let names: Vec<&str> = dtypes.iter().map(|dtype| dtype.name()).collect();
    if names.is_empty() { "any type".into() } else { names.join(" or ") }
}

fn share<T: PartialEq>(a: &[T], b: &[T]) -> bool {
    a.iter().any(|item| b.contains(item))
}

/// What may come out of somewhere, as far as it is known.
#[derive(Clone, Copy)]
pub(crate) struct Given<'a> {
    pub(crate) kinds: &'a [Kind],
    /// Empty: any, or none.
    pub(crate) dtypes: &'a [DType],
    /// The stage that it comes from; `None` for an input of the session.
    pub(crate) from: Option<&'a Descriptor>,
}

impl<'a> Given<'a> {
    pub(super) const INPUT: Given<'static> = Given { kinds: &[Kind::Source], dtypes: &[], from: None };

    pub(super) fn output(descriptor: &'a Descriptor, output: usize) -> Option<Self> {
        let port = descriptor.outputs.get(output)?;
        Some(Given { kinds: port.kinds, dtypes: port.dtypes, from: Some(descriptor) })
    }

    /// Can it go into `port`? The error says what was expected and what comes.
    pub(super) fn check(&self, port: &Port) -> Result<(), String> {
        if !share(port.kinds, self.kinds) {
            return Err(format!("expected {}, got {}", kinds(port.kinds), kinds(self.kinds)));
        }
        if self.dtypes_fit(port) {
            Ok(())
        } else {
            Err(format!("expected {}, got {}", dtypes(port.dtypes), dtypes(self.dtypes)))
        }
    }

    fn dtypes_fit(&self, port: &Port) -> bool {
        port.dtypes.is_empty() || self.dtypes.is_empty() || share(port.dtypes, self.dtypes)
    }
}

/// Does a negotiated format go into the port? The error says what was expected and what came.
pub(crate) fn check_format(port: &Port, format: &Format) -> Result<(), String> {
    if !port.kinds.contains(&format.kind()) {
        return Err(format!("expected {}, got {}", kinds(port.kinds), format.kind().name()));
    }
    match format.dtype() {
        Some(dtype) if !port.dtypes.is_empty() && !port.dtypes.contains(&dtype) => {
            Err(format!("expected {}, got {dtype}", dtypes(port.dtypes)))
        }
        _ => Ok(()),
    }
}

/// Does what has been negotiated go into a port?
///
/// # Errors
/// What was expected, and what comes.
pub fn fits(port: &Port, format: &Format) -> Result<(), String> {
    check_format(port, format)
}

/// Does what comes out of an output go into a port, as far as its stage says?
///
/// # Errors
/// What was expected, and what comes.
pub fn may_fit(port: &Port, output: &Port) -> Result<(), String> {
    Given { kinds: output.kinds, dtypes: output.dtypes, from: None }.check(port)
}

/// A hint: which stage would make what `wanted` takes, from what is given or instead of it.
pub(crate) fn remedy(registry: &Registry, given: Given<'_>, wanted: &Port) -> String {
    let stages = || registry.stages().map(|(_, stage)| stage);
    let between = named(stages().filter(|stage| converts(stage, given, wanted)));
    if !between.is_empty() {
        return format!("a stage must come between that makes it: {between}");
    }
    let reads = |stage: &Descriptor| stage.inputs.first().is_some_and(|input| input.kinds == [Kind::Source]);
    let Some(from) = given.from.filter(|from| reads(from)) else { return String::new() };
    let other = |stage: &Descriptor| stage.id != from.id && reads(stage) && makes(stage, wanted);
    let instead = named(stages().filter(|stage| other(stage)));
    if instead.is_empty() { String::new() } else { format!("in place of {}, these give it: {instead}", from.id) }
}

/// Does the stage make it of the given stream alone?
fn converts(stage: &Descriptor, given: Given<'_>, wanted: &Port) -> bool {
    let alone = stage.inputs.iter().filter(|port| !port.optional).count() == 1;
    alone && makes(stage, wanted) && stage.inputs.first().is_some_and(|input| given.check(input).is_ok())
}

/// Does the stage's first output go into the port? One that gives anything is no conversion.
fn makes(stage: &Descriptor, wanted: &Port) -> bool {
    stage.outputs.first().is_some_and(|output| {
        output.kinds.iter().all(|kind| wanted.kinds.contains(kind))
            && (wanted.dtypes.is_empty() || share(output.dtypes, wanted.dtypes))
    })
}

fn named<'a>(stages: impl Iterator<Item = &'a Descriptor>) -> String {
    let ids: Vec<&str> = stages.map(|stage| stage.id).collect();
    let more = if ids.len() > MOST_NAMED { " ..." } else { "" };
    format!("{}{more}", ids[..ids.len().min(MOST_NAMED)].join(", "))
}
