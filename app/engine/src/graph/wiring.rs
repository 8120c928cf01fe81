//! From what a session writes behind `input` to streams into ports.

use super::ports::{Given, kinds, remedy};
use super::{Files, Link};
use crate::diagnostic::{Diagnostic, Position, did_you_mean};
use crate::plan::{CheckedStage, Origin, Wire};
use crate::registry::Registry;
use crate::session::{Feed, Session, SessionStage};
use auricle_sdk::descriptor::{Descriptor, Port};
use std::collections::HashMap;

/// The links of every stage, and whether they are complete and right.
pub(super) fn connect(
    session: &Session,
    registry: &Registry,
    stages: &[CheckedStage],
    files: &Files<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> (Vec<Vec<Link>>, Vec<bool>) {
    // Of two with one name the first is meant; the other has been reported.
    let mut names = HashMap::new();
    for (index, input) in session.inputs().iter().enumerate() {
        names.entry(input.name.as_str()).or_insert(Named::One(Origin::Input(index)));
    }
    for (index, model) in session.models().iter().enumerate() {
        names.entry(model.name.as_str()).or_insert(Named::Model(index));
    }
    let mut doubled = vec![false; stages.len()];
    for (stage, described) in session.stages().iter().enumerate() {
        let origin = Named::One(Origin::Stage { stage, output: 0 });
        doubled[stage] = described.id.is_empty() || *names.entry(&described.id).or_insert(origin) != origin;
    }
    let wiring = Wiring { session, registry, stages, files, names };
    let mut wire = |(index, stage): (usize, &SessionStage)| {
        let before = diagnostics.len();
        let links = wiring.stage(stage, stages[index].descriptor(), diagnostics);
        // A model without files is missing, which has been reported.
        let missing = |feed: &Feed| matches!(wiring.names.get(feed.split().0), Some(Named::Model(model)) if files.models[*model].is_empty());
        let whole = !stage.feeds_broken && !stage.feeds.iter().any(missing);
        let known = stages[index].descriptor().is_some() && !doubled[index] && whole;
        (links, known && diagnostics.len() == before)
    };
    session.stages().iter().enumerate().map(&mut wire).unzip()
}

/// Why a feed is wrong, and what to try.
struct Wrong {
    message: String,
    hint: String,
}

impl Wrong {
    fn new(message: String) -> Self {
        Wrong { message, hint: String::new() }
    }

    fn hint(mut self, hint: String) -> Self {
        self.hint = hint;
        self
    }

    fn at(self, position: Position, stage: &SessionStage) -> Diagnostic {
        Diagnostic::error(self.message).hint(self.hint).at(position).stage(&stage.id)
    }
}

/// What a name stands for.
#[derive(Clone, Copy, PartialEq)]
enum Named {
    One(Origin),
    /// The model of the session with this index: any number of files.
    Model(usize),
}

struct Wiring<'a> {
    session: &'a Session,
    registry: &'a Registry,
    stages: &'a [CheckedStage],
    files: &'a Files<'a>,
    names: HashMap<&'a str, Named>,
}

impl Wiring<'_> {
    fn stage(
        &self,
        stage: &SessionStage,
        descriptor: Option<&Descriptor>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Vec<Link> {
        let mut links: Vec<Link> = Vec::new();
        let mut taken = vec![0; descriptor.map_or(0, |descriptor| descriptor.inputs.len())];
        for (index, feed) in stage.feeds.iter().enumerate() {
            let position = feed.position.unwrap_or(stage.places.input);
            let mut tell = |wrong: Wrong| diagnostics.push(wrong.at(position, stage));
            let from = self.origins(feed).map_err(&mut tell).unwrap_or_default();
            // Of an unknown stage the port is unknown; its links still show circles.
            let port = match descriptor.map(|descriptor| port(descriptor, feed, index, stage.feeds.len())) {
                Some(Ok(port)) => port,
                Some(Err(wrong)) => {
                    wrong.into_iter().for_each(tell);
                    continue;
                }
                None => 0,
            };
            if let Some(descriptor) = descriptor {
                let declared = &descriptor.inputs[port];
                let already = taken[port];
                taken[port] += from.len().max(1);
                if taken[port] > 1 && !declared.many {
                    // Said once of a port.
                    if already < 2 {
                        tell(Wrong::new(format!("input {}: expected one stream, got more", declared.name)));
                    }
                    continue;
                }
                if let Some(Err(wrong)) = from.first().map(|(from, _)| self.fits(declared, *from, feed)) {
                    tell(wrong);
                }
            }
            let link = |(from, label)| Link { wire: Wire { port, label, from }, position };
            links.extend(from.into_iter().map(link));
        }
        if let Some(descriptor) = descriptor.filter(|_| !stage.feeds_broken) {
            let open = descriptor.inputs.iter().zip(&taken).filter(|(port, taken)| **taken == 0 && !port.optional);
            for (port, _) in open {
                let message = format!("input {}: nothing feeds it, expected {}", port.name, kinds(port.kinds));
                diagnostics.push(Diagnostic::error(message).at(stage.places.input).stage(&stage.id));
            }
        }
        links.sort_by_key(|link| link.wire.port);
        links
    }

    /// Where a feed comes from, and what the stage is told that it is: of a model all its files, else one stream.
    fn origins(&self, feed: &Feed) -> Result<Vec<(Origin, String)>, Wrong> {
        let (name, port) = feed.split();
        let named = self.names.get(name).copied().ok_or_else(|| {
            let hint = did_you_mean(name, self.names.keys().copied());
            Wrong::new(format!("input: there is no input or stage {name:?}")).hint(hint)
        })?;
        let whole = |what: &str| match port {
            None => Ok(()),
            Some(_) => Err(Wrong::new(format!(
                "input: {name:?} is {what} of the session and has no ports, got {:?}",
                feed.source
            ))),
        };
        match named {
            Named::One(Origin::Stage { stage, .. }) => {
                Ok(vec![(self.output(stage, name, port, feed)?, feed.source.clone())])
            }
            Named::One(input) => whole("an input").map(|()| vec![(input, feed.source.clone())]),
            Named::Model(model) => whole("a model").map(|()| {
                let file = |index| (Origin::Input(index), self.files.names[index].to_owned());
                self.files.models[model].clone().map(file).collect()
            }),
        }
    }

    /// The output of a stage that a feed names.
    fn output(&self, stage: usize, name: &str, port: Option<&str>, feed: &Feed) -> Result<Origin, Wrong> {
        // What an unknown stage puts out is unknown too.
        let Some(descriptor) = self.stages[stage].descriptor() else { return Ok(Origin::Stage { stage, output: 0 }) };
        if descriptor.outputs.is_empty() {
            return Err(Wrong::new(format!("input: {name:?} ({}) has no output", descriptor.id)));
        }
        let output = match port {
            None => 0,
            Some(port) => descriptor.outputs.iter().position(|output| output.name == port).ok_or_else(|| {
                let message = format!("input: {:?}: {} has no output port {port:?}", feed.source, descriptor.id);
                Wrong::new(message).hint(near_or_all(port, descriptor.outputs))
            })?,
        };
        Ok(Origin::Stage { stage, output })
    }

    /// Can what comes from there go into this port, as far as descriptors say?
    fn fits(&self, port: &Port, from: Origin, feed: &Feed) -> Result<(), Wrong> {
        let given = match from {
            Origin::Input(_) => Some(Given::INPUT),
            // Through a bypassed stage something else may come; what does is checked when it is negotiated.
            Origin::Stage { stage, .. } if self.session.stages()[stage].bypass => None,
            Origin::Stage { stage, output } => {
                self.stages[stage].descriptor().and_then(|descriptor| Given::output(descriptor, output))
            }
        };
        let Some(given) = given else { return Ok(()) };
        given.check(port).map_err(|wrong| {
            let message = format!("input {}: {wrong} from {:?}", port.name, feed.source);
            Wrong::new(message).hint(remedy(self.registry, given, port))
        })
    }
}

/// The port that a feed goes into; an error without a reason has been told with an earlier feed.
fn port(descriptor: &Descriptor, feed: &Feed, index: usize, count: usize) -> Result<usize, Option<Wrong>> {
    let ports = descriptor.inputs;
    if let Some(name) = &feed.port {
        return ports.iter().position(|port| port.name == name).ok_or_else(|| {
            let message = format!("input: {} has no input port {name:?}", descriptor.id);
            Some(Wrong::new(message).hint(near_or_all(name, ports)))
        });
    }
    match ports.last() {
        _ if index < ports.len() => Ok(index),
        Some(last) if last.many => Ok(ports.len() - 1),
        _ if index > ports.len() => Err(None),
        _ => {
            let names: Vec<&str> = ports.iter().map(|port| port.name).collect();
            let names = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
            let plural = if ports.len() == 1 { "input" } else { "inputs" };
            let message = format!("input: expected {} {plural}{names}, got {count}", ports.len());
            Err(Some(Wrong::new(message)))
        }
    }
}

fn near_or_all(name: &str, ports: &[Port]) -> String {
    let near = did_you_mean(name, ports.iter().map(|port| port.name));
    let all: Vec<&str> = ports.iter().map(|port| port.name).collect();
    match all.as_slice() {
        _ if !near.is_empty() => near,
        [] => "it has none".into(),
        [one] => format!("its only port is {one}"),
        all => format!("its ports are {}", all.join(", ")),
    }
}
