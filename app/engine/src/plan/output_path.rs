//! Paths that stages write to: below the output directory, each written once.

use super::stage::CheckedStage;
use crate::diagnostic::{Diagnostic, Position};
use crate::session::Session;
use auricle_sdk::Value;
use auricle_sdk::descriptor::Types;
use std::path::{Component, Path};

/// Names that a run itself writes.
const OF_THE_RUN: [&str; 2] = ["report.json", "times.json"];

struct Output<'a> {
    stage: &'a str,
    parameter: &'static str,
    /// The parts of the path, without `.`.
    parts: Vec<&'a str>,
    position: Position,
}

/// Checks the output paths of all stages that are not bypassed.
pub(super) fn check(session: &Session, stages: &[CheckedStage], diagnostics: &mut Vec<Diagnostic>) {
    let mut outputs: Vec<Output<'_>> = Vec::new();
    for (stage, checked) in session.stages().iter().zip(stages).filter(|(stage, _)| !stage.bypass) {
        let Some(descriptor) = checked.descriptor() else { continue };
        for parameter in descriptor.parameters.iter().filter(|parameter| parameter.types.has(Types::OUTPUT_PATH)) {
            let given = stage.parameters.iter().find(|given| given.id == parameter.id);
            let Some((given, Value::Str(path))) = given.map(|given| (given, &given.value)) else { continue };
            if parameter.choices.contains(&path.as_str()) {
                continue;
            }
            let wrong = |message: String| {
                Diagnostic::error(message).at(given.position).stage(&stage.id).parameter(parameter.id)
            };
            match parts(path) {
                Ok(parts) => {
                    let output = Output { stage: &stage.id, parameter: parameter.id, parts, position: given.position };
                    diagnostics.extend(outputs.iter().find_map(|other| clash(other, &output)));
                    outputs.push(output);
                }
                Err(reason) => diagnostics
                    .push(wrong(format!("expected a path below the output directory, got {path:?}: {reason}"))),
            }
        }
    }
}

/// The parts of a path that leads down.
fn parts(path: &str) -> Result<Vec<&str>, &'static str> {
    if path.is_empty() || path.ends_with('/') || path.contains('\0') {
        return Err("it names no file");
    }
    let mut parts = Vec::new();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(part) => parts.extend(part.to_str()),
            Component::CurDir => {}
            Component::ParentDir => return Err("`..` leads out of it"),
            Component::RootDir | Component::Prefix(_) => return Err("it is absolute; `--out` says where outputs go"),
        }
    }
    match parts.as_slice() {
        [] => Err("it names no file"),
        [name] if OF_THE_RUN.contains(name) => Err("the run itself writes this file"),
        _ => Ok(parts),
    }
}

/// One file is not written twice, and is not the directory of another.
fn clash(first: &Output<'_>, second: &Output<'_>) -> Option<Diagnostic> {
    let path = second.parts.join("/");
    let shared = first.parts.len().min(second.parts.len());
    if first.parts[..shared] != second.parts[..shared] {
        return None;
    }
    let message = if first.parts.len() == second.parts.len() {
        format!("{path:?} is also written by the stage {:?} (line {})", first.stage, first.position.line)
    } else {
        let other = first.parts.join("/");
        format!("{path:?} and {other:?} of the stage {:?} cannot both be files", first.stage)
    };
    Some(Diagnostic::error(message).at(second.position).stage(second.stage).parameter(second.parameter))
}
