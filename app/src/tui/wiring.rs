//! What feeds what: everything that an input of a stage could take, and why not.

use super::offer::{Offer, Offers, Wanted};
use super::pipeline::{Pipeline, StageRow};
use auricle_engine::{Edit, Feed, Session, fits, may_fit};
use auricle_sdk::descriptor::{Descriptor, Port};
use auricle_sdk::format::{Axis, Data, Format, Kind};

/// What can feed an input of a stage, and nothing where that is allowed.
pub fn feeds(row: usize, port: usize, session: &Session, pipeline: &Pipeline) -> Option<Offers> {
    let stage = pipeline.stages.get(row)?;
    let descriptor = stage.descriptor?;
    let declared = descriptor.inputs.get(port)?;
    let wires = wires(stage, descriptor);
    let mut all: Vec<Offer> = Vec::new();
    for origin in origins(pipeline) {
        let is_set = wires[port].contains(&origin.name) || wires[port].contains(&origin.short);
        let source = if wires[port].contains(&origin.short) { &origin.short } else { &origin.name };
        let circle = origin.row.filter(|from| *from == row || pipeline.reads(*from, row));
        let fits = match circle {
            Some(from) if from == row => Err("a stage cannot feed itself".to_owned()),
            Some(from) => Err(format!("{} is fed by {}", pipeline.stages[from].id, stage.id)),
            None => origin.fits(declared, pipeline),
        };
        let mut changed = wires.clone();
        match (declared.many, is_set) {
            (true, true) => changed[port].retain(|wire| wire != source),
            (true, false) => changed[port].push(source.clone()),
            (false, _) => changed[port] = vec![source.clone()],
        }
        all.push(Offer {
            name: origin.name.clone(),
            group: if origin.row.is_some() { "Stages" } else { "Inputs of the session" },
            summary: origin.what(pipeline, session),
            descriptor: origin.row.and_then(|row| pipeline.stages[row].descriptor),
            fits,
            is_set,
            edit: Edit::Rewire { stage: stage.id.clone(), feeds: written(&changed, descriptor) },
            between: None,
            concerns: stage.id.clone(),
        });
    }
    if declared.optional {
        let mut changed = wires.clone();
        changed[port].clear();
        all.push(Offer {
            name: "nothing".into(),
            group: "Leave it open",
            summary: "this input may be left unconnected".into(),
            descriptor: None,
            fits: Ok(()),
            is_set: wires[port].is_empty(),
            edit: Edit::Rewire { stage: stage.id.clone(), feeds: written(&changed, descriptor) },
            between: None,
            concerns: stage.id.clone(),
        });
    }
    let which = if descriptor.inputs.len() > 1 {
        format!("{} ({} of {})", declared.name, port + 1, descriptor.inputs.len())
    } else {
        declared.name.to_owned()
    };
    let title = format!("What feeds {}: input {which}", stage.id);
    Some(Offers { wanted: Wanted::Feed { row, port }, title, ticket: 0, suggested: 0, is_tried: false, all })
}

/// What feeds each input port.
fn wires(stage: &StageRow, descriptor: &Descriptor) -> Vec<Vec<String>> {
    let mut wires = vec![Vec::new(); descriptor.inputs.len()];
    for (index, feed) in stage.wires.iter().enumerate() {
        let named = feed.port.as_ref().and_then(|name| descriptor.inputs.iter().position(|port| port.name == name));
        if let Some(wire) = wires.get_mut(named.unwrap_or(index.min(descriptor.inputs.len().saturating_sub(1)))) {
            wire.push(feed.source.clone());
        }
    }
    wires
}

/// The feeds of all ports: in their order where that says enough, by name otherwise.
fn written(wires: &[Vec<String>], descriptor: &Descriptor) -> Vec<Feed> {
    let last = wires.iter().rposition(|wire| !wire.is_empty()).unwrap_or(0);
    let in_order = wires.iter().take(last).all(|wire| wire.len() == 1);
    let ports = descriptor.inputs.iter().zip(wires);
    let feeds = ports.flat_map(|(port, wire)| wire.iter().map(move |source| (port.name, source)));
    feeds.map(|(port, source)| if in_order { Feed::new(source) } else { Feed::into_port(port, source) }).collect()
}

/// Something that can feed a port: an input of the session, or an output of a stage.
pub struct Origin {
    /// What the session calls it.
    pub name: String,
    /// With its port, where the first needs none.
    short: String,
    /// The row of the stage; none for an input.
    pub row: Option<usize>,
    output: usize,
}

impl Origin {
    /// Does it go into the port? From what has been negotiated, or from what the stage says of itself.
    ///
    /// # Errors
    /// What was expected, and what comes.
    pub fn fits(&self, port: &Port, pipeline: &Pipeline) -> Result<(), String> {
        let Some(stage) = self.row.map(|row| &pipeline.stages[row]) else {
            let takes = port.kinds.contains(&Kind::Source);
            let kinds: Vec<&str> = port.kinds.iter().map(|kind| kind.name()).collect();
            return if takes {
                Ok(())
            } else {
                Err(format!("expected {}, got source: a reader must come between", kinds.join(" or ")))
            };
        };
        match (stage.outputs.get(self.output), stage.descriptor.and_then(|d| d.outputs.get(self.output))) {
            (Some((_, format)), _) => fits(port, format),
            (None, Some(output)) => may_fit(port, output),
            (None, None) => Ok(()),
        }
    }

    fn what(&self, pipeline: &Pipeline, session: &Session) -> String {
        match self.row.map(|row| &pipeline.stages[row]) {
            Some(stage) => {
                let format = stage.outputs.get(self.output).map(|(_, format)| format!(": {}", described(format)));
                format!("{}{}", stage.stage, format.unwrap_or_default())
            }
            None => {
                let input = session.inputs().iter().find(|input| input.name == self.name);
                input.map_or_else(String::new, |input| input.path.clone())
            }
        }
    }
}

/// A format in a few words.
fn described(format: &Format) -> String {
    match &format.data {
        Data::Audio(audio) => format!("audio, {} Hz, {} channels, {}", audio.sample_rate, audio.channels, audio.dtype),
        Data::Tensor(tensor) => {
            let axis = |axis: &Axis| match axis.length {
                Some(length) => format!("{length} {}", axis.name),
                None => axis.name.clone(),
            };
            let axes: Vec<String> = tensor.axes.iter().map(axis).collect();
            format!("{} of {}, {}", tensor.quantity, axes.join(" x "), tensor.dtype)
        }
        Data::Records(records) => format!("records, {}", records.schema),
        _ => format.kind().name().to_owned(),
    }
}

/// Inputs of the session, then all outputs of all stages.
fn origins(pipeline: &Pipeline) -> Vec<Origin> {
    let inputs = pipeline.inputs.iter().map(|(name, _)| Origin {
        name: name.clone(),
        short: name.clone(),
        row: None,
        output: 0,
    });
    let stages = pipeline.stages.iter().enumerate().flat_map(|(row, stage)| {
        let outputs = stage.descriptor.map_or(&[][..], |descriptor| descriptor.outputs);
        outputs.iter().enumerate().map(move |(output, port)| {
            let full = format!("{}.{}", stage.id, port.name);
            // The first output needs no port.
            let (name, short) = if output == 0 { (stage.id.clone(), full) } else { (full.clone(), full) };
            Origin { name, short, row: Some(row), output }
        })
    });
    inputs.chain(stages).collect()
}

/// What could feed a new stage: the outputs of the chosen one, those upstream, the others; inputs last.
pub fn nearest_first(row: usize, pipeline: &Pipeline) -> Vec<Origin> {
    let mut all = origins(pipeline);
    let upstream = pipeline.upstream(row);
    let inputs: Vec<String> = upstream
        .iter()
        .filter_map(|row| pipeline.stages.get(*row))
        .flat_map(|stage| stage.wires.iter().map(|feed| feed.source.clone()))
        .collect();
    let place = |origin: &Origin| match origin.row {
        Some(from) => upstream.iter().position(|other| *other == from).unwrap_or(upstream.len()),
        // Of several inputs, the one that the chosen stage descends from.
        None => upstream.len() + 1 + usize::from(!inputs.contains(&origin.name)),
    };
    all.sort_by_key(place);
    all
}
impl StageRow {
    /// The edit that lets it read `to` where it reads one of `from`; none if it reads none of them.
    pub fn rewired(&self, from: &[String], to: &str) -> Option<Edit> {
        let is_meant = |feed: &Feed| from.contains(&feed.source);
        let turned =
            |feed: &Feed| if is_meant(feed) { Feed { source: to.to_owned(), ..feed.clone() } } else { feed.clone() };
        let feeds = self.wires.iter().map(turned).collect();
        self.wires.iter().any(is_meant).then(|| Edit::Rewire { stage: self.id.clone(), feeds })
    }

    /// Does it read that input or stage?
    pub fn reads_from(&self, name: &str) -> bool {
        self.wires.iter().any(|feed| feed.split().0 == name)
    }
}

impl Pipeline {
    /// A name for a stage that is not taken: `wish`, or with a number behind it.
    pub fn free_name(&self, wish: &str) -> String {
        let taken = |name: &String| {
            self.stages.iter().any(|row| row.id == *name) || self.inputs.iter().any(|(input, _)| input == name)
        };
        let numbered = (2..).map(|number| format!("{wish}_{number}"));
        std::iter::once(wish.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
    }
}
