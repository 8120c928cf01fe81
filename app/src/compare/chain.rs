//! In what the ways to two results differ: other stages, other parameters.

use auricle_engine::{Origin, Plan, PlannedStage};

/// The stages that lead to stage `id`, from the reader on, by the first input of each.
fn way<'a>(plan: &'a Plan, id: &str) -> Vec<&'a PlannedStage> {
    let mut way = Vec::new();
    let mut next = plan.stage(id);
    while let Some(stage) = next.map(|at| &plan.stages[at]) {
        way.push(stage);
        next = stage.inputs.first().and_then(|wire| match wire.from {
            Origin::Stage { stage, .. } => Some(stage),
            Origin::Input(_) => None,
        });
    }
    way.reverse();
    way
}

/// What differs on the ways to two stages, one sentence each, in the order of the signal.
pub fn differences(plan: &Plan, reference: &str, candidate: &str) -> Vec<String> {
    let (a, mut b) = (way(plan, reference), way(plan, candidate));
    let mut found = Vec::new();
    for stage in a {
        let family = |stage: &PlannedStage| stage.descriptor.id.split('.').next().unwrap_or_default().to_owned();
        let own = stage.descriptor.id;
        // The same stage if the other way has it, else one of its family.
        let other = b.iter().position(|other| other.descriptor.id == own);
        let Some(at) = other.or_else(|| b.iter().position(|other| family(other) == family(stage))) else {
            found.push(format!("{own} is in the reference only"));
            continue;
        };
        let other = b.remove(at);
        if other.descriptor.id != own {
            found.push(format!("{own} against {}", other.descriptor.id));
        }
        for (name, value) in stage.parameters.iter() {
            match other.parameters.get(name) {
                Ok(given) if given != value => found.push(format!("{own}: {name} = {value} against {given}")),
                _ => {}
            }
        }
    }
    found.extend(b.iter().map(|stage| format!("{} is in the candidate only", stage.descriptor.id)));
    found
}
