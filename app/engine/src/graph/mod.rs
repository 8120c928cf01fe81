//! The graph of a session: which stream feeds which port, in what order stages come, and where it goes in circles.

mod ports;
mod wiring;

use crate::diagnostic::{Diagnostic, Position};
use crate::plan::{CheckedStage, Origin, Wire};
use crate::registry::Registry;
use crate::session::Session;
use auricle_sdk::descriptor::{Descriptor, Port};
use std::collections::BTreeSet;

pub(crate) use ports::{Given, check_format, kinds, remedy};
pub use ports::{fits, may_fit};

/// The wiring of a session's stages. Indices are those of the session, bypassed stages included.
pub(crate) struct Graph {
    /// What feeds each stage, in the order of its ports, as far as it is known.
    links: Vec<Vec<Link>>,
    /// Is the wiring of each stage complete and right?
    sound: Vec<bool>,
    /// The stages, each behind all that feed it; those in circles are left out.
    pub(crate) order: Vec<usize>,
}

/// The files that sources are: those of inputs, then those of models.
pub(crate) struct Files<'a> {
    /// What each is called.
    pub(crate) names: &'a [&'a str],
    /// Which are those of each model of the session.
    pub(crate) models: &'a [std::ops::Range<usize>],
}

/// A wire, and where the session draws it.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) wire: Wire,
    pub(crate) position: Position,
}

impl Graph {
    pub(crate) fn new(
        session: &Session,
        registry: &Registry,
        stages: &[CheckedStage],
        files: &Files<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        let (links, sound) = wiring::connect(session, registry, stages, files, diagnostics);
        let mut graph = Graph { links, sound, order: Vec::new() };
        graph.order(session, diagnostics);
        for (index, stage) in session.stages().iter().enumerate().filter(|(_, stage)| stage.bypass) {
            let Some(descriptor) = stages[index].descriptor() else { continue };
            let lost = descriptor.outputs.iter().find(|output| passed_on(descriptor, output).is_none());
            if let Some(output) = lost {
                let message = format!(
                    "bypass: no input of {} is {}, so nothing can take the place of its output {}",
                    descriptor.id,
                    kinds(output.kinds),
                    output.name
                );
                diagnostics.push(Diagnostic::error(message).at(stage.places.bypass).stage(&stage.id));
            }
        }
        graph
    }

    /// What feeds a stage once bypassed ones are taken out; `None` if that is wrong somewhere.
    pub(crate) fn inputs(&self, session: &Session, stages: &[CheckedStage], stage: usize) -> Option<Vec<Link>> {
        let resolve = |link: &Link| {
            let from = self.origin(session, stages, link.wire.from, stages.len())?;
            Some(Link { wire: Wire { from, ..link.wire.clone() }, ..*link })
        };
        if self.sound[stage] { self.links[stage].iter().map(resolve).collect() } else { None }
    }

    /// Follows an origin through bypassed stages; `hops` bounds the way, should it go in circles.
    fn origin(&self, session: &Session, stages: &[CheckedStage], from: Origin, hops: usize) -> Option<Origin> {
        let Origin::Stage { stage, output } = from else { return Some(from) };
        if !session.stages()[stage].bypass {
            return Some(from);
        }
        let descriptor = stages[stage].descriptor()?;
        let port = passed_on(descriptor, descriptor.outputs.get(output)?)?;
        let link = self.links[stage].iter().find(|link| link.wire.port == port)?;
        self.origin(session, stages, link.wire.from, hops.checked_sub(1)?)
    }

    /// Warns of inputs and models that feed nothing.
    pub(crate) fn warn_of_unused(&self, session: &Session, diagnostics: &mut Vec<Diagnostic>) {
        // What could not be wired may have been meant for them.
        if !self.sound.iter().all(|&sound| sound) {
            return;
        }
        let links = self.links.iter().flatten();
        let used: Vec<Origin> = links.map(|link| link.wire.from).collect();
        for (index, input) in session.inputs().iter().enumerate() {
            if !used.contains(&Origin::Input(index)) {
                let message = format!("no stage reads the input {}", input.name);
                diagnostics.push(Diagnostic::warning(message).at(input.position));
            }
        }
        let named = |name: &str| session.stages().iter().flat_map(|stage| &stage.feeds).any(|f| f.split().0 == name);
        for model in session.models().iter().filter(|model| !named(&model.name)) {
            let message = format!("no stage uses the model {}", model.name);
            diagnostics.push(Diagnostic::warning(message).at(model.position));
        }
    }

    fn predecessors(&self, stage: usize) -> impl Iterator<Item = (usize, Position)> {
        self.links[stage].iter().filter_map(|link| match link.wire.from {
            Origin::Stage { stage, .. } => Some((stage, link.position)),
            Origin::Input(_) => None,
        })
    }

    /// Sorts the stages by what feeds what, in the session's order where that leaves a choice (Kahn's algorithm), and
    /// reports circles.
    fn order(&mut self, session: &Session, diagnostics: &mut Vec<Diagnostic>) {
        let count = self.links.len();
        let mut waiting_for = vec![0; count];
        let mut readers = vec![Vec::new(); count];
        for (stage, waits) in waiting_for.iter_mut().enumerate() {
            for (from, _) in self.predecessors(stage) {
                *waits += 1;
                readers[from].push(stage);
            }
        }
        let mut ready: BTreeSet<usize> = (0..count).filter(|&stage| waiting_for[stage] == 0).collect();
        let mut order = Vec::with_capacity(count);
        while let Some(stage) = ready.pop_first() {
            order.push(stage);
            for &reader in &readers[stage] {
                waiting_for[reader] -= 1;
                if waiting_for[reader] == 0 {
                    ready.insert(reader);
                }
            }
        }
        self.order = order;
        self.report_circles(session, &waiting_for, diagnostics);
    }

    fn report_circles(&self, session: &Session, waiting_for: &[usize], diagnostics: &mut Vec<Diagnostic>) {
        let mut seen = BTreeSet::new();
        for start in (0..waiting_for.len()).filter(|&stage| waiting_for[stage] > 0) {
            // Walking back along feeds that never became ready ends in a circle.
            let mut way: Vec<(usize, Position)> = Vec::new();
            let mut stage = start;
            while seen.insert(stage) {
                let Some((from, at)) = self.predecessors(stage).find(|(from, _)| waiting_for[*from] > 0) else { break };
                way.push((stage, at));
                stage = from;
            }
            let Some(begin) = way.iter().position(|(on_way, _)| *on_way == stage) else { continue };
            let circle = &way[begin..];
            let id = |stage: usize| session.stages()[stage].id.as_str();
            let mut names: Vec<&str> = circle.iter().map(|(stage, _)| id(*stage)).collect();
            names.push(names[0]);
            // The walk went against the stream.
            names.reverse();
            let message = format!("the stages feed each other in a cycle: {}", names.join(" -> "));
            diagnostics.push(Diagnostic::error(message).at(circle[0].1).stage(id(circle[0].0)));
        }
    }
}

/// The input that takes the place of an output when its stage is bypassed: the first of the same kind.
fn passed_on(descriptor: &Descriptor, output: &Port) -> Option<usize> {
    descriptor.inputs.iter().position(|input| input.kinds.iter().any(|kind| output.kinds.contains(kind)))
}
