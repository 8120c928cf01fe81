//! One stage of a session against its plugin: does it exist, is its version right, are its parameters?

use crate::diagnostic::{Diagnostic, Position, did_you_mean};
use crate::plugin::Plugin;
use crate::registry::Registry;
use crate::session::SessionStage;
use auricle_sdk::descriptor::{Descriptor, Parameter};
use auricle_sdk::{Parameters, Value};
use std::sync::Arc;

/// A stage of the session with what its plugin says about it.
pub(crate) struct CheckedStage {
    /// The plugin and the stage in it; `None` if there is none.
    pub(crate) found: Option<(Arc<Plugin>, &'static Descriptor)>,
    /// All parameters, if they are right.
    pub(crate) parameters: Option<Parameters>,
}

impl CheckedStage {
    pub(super) fn new(stage: &SessionStage, registry: &Registry, diagnostics: &mut Vec<Diagnostic>) -> Self {
        // A stage that does not say what it is has been reported with the session's faults.
        if stage.stage.is_empty() {
            return CheckedStage { found: None, parameters: None };
        }
        let Some((plugin, descriptor)) = registry.stage(&stage.stage) else {
            let (message, hint) = registry.missing(&stage.stage);
            diagnostics.push(Diagnostic::error(message).at(stage.places.stage).stage(&stage.id).hint(hint));
            return CheckedStage { found: None, parameters: None };
        };
        if let Some(requirement) = stage.requirement.as_ref().filter(|wanted| !wanted.matches(plugin.version())) {
            let message =
                format!("expected {} {requirement}, got {} of {}", stage.stage, plugin.version(), plugin.name());
            diagnostics.push(Diagnostic::error(message).at(stage.places.stage).stage(&stage.id));
        }
        let parameters = parameters(stage, descriptor, diagnostics);
        CheckedStage { found: Some((plugin.clone(), descriptor)), parameters }
    }

    pub(crate) fn descriptor(&self) -> Option<&'static Descriptor> {
        self.found.as_ref().map(|(_, descriptor)| *descriptor)
    }
}

/// Every declared parameter with its value; `None` if one is wrong.
fn parameters(stage: &SessionStage, descriptor: &Descriptor, diagnostics: &mut Vec<Diagnostic>) -> Option<Parameters> {
    let before = diagnostics.len();
    for given in &stage.parameters {
        if !descriptor.parameters.iter().any(|parameter| parameter.id == given.id) {
            let ids = descriptor.parameters.iter().map(|parameter| parameter.id);
            let mut hint = did_you_mean(&given.id, ids.clone());
            if hint.is_empty() {
                let ids: Vec<&str> = ids.collect();
                hint = match ids.as_slice() {
                    [] => format!("{} has none", descriptor.id),
                    ids => format!("{} has {}", descriptor.id, ids.join(", ")),
                };
            }
            let wrong = Diagnostic::error("no such parameter").at(given.position).stage(&stage.id);
            diagnostics.push(wrong.parameter(&given.id).hint(hint));
        }
    }
    let mut pairs = Vec::new();
    for parameter in descriptor.parameters {
        let given = stage.parameters.iter().find(|given| given.id == parameter.id);
        let value = given.map_or_else(|| parameter.default_value(), |given| given.value.clone());
        if let Err(expected) = parameter.check(&value) {
            let wrong = wrong(parameter, &expected, given.is_some().then_some(&value));
            let at: Position = given.map_or(stage.position, |given| given.position);
            diagnostics.push(wrong.at(at).stage(&stage.id).parameter(parameter.id));
        }
        pairs.push((parameter.id.to_owned(), value));
    }
    (diagnostics.len() == before).then(|| Parameters::new(pairs))
}

fn wrong(parameter: &Parameter, expected: &str, given: Option<&Value>) -> Diagnostic {
    match given {
        None => Diagnostic::error(format!("it must be given: {expected}")),
        Some(value) => {
            let near = value.as_str().map(|text| did_you_mean(text, parameter.choices.iter().copied()));
            let unit = if parameter.unit.is_empty() { String::new() } else { format!(" ({})", parameter.unit) };
            Diagnostic::error(format!("expected {expected}{unit}, got {value}")).hint(near.unwrap_or_default())
        }
    }
}
