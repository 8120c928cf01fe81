//! Descriptions of models that many have, for those that bring none; and whether a description is that of a graph.

use crate::description::{Description, Is};
use crate::outline::{Edge, Outline};
use auricle_sdk::prelude::*;

/// Those that come with the plugin: name and text.
const KNOWN: &[(&str, &str)] = &[
    ("dnsmos.toml", include_str!("../models/dnsmos.toml")),
    ("kokoro.toml", include_str!("../models/kokoro.toml")),
    ("musicnn.toml", include_str!("../models/musicnn.toml")),
    ("nsnet2.toml", include_str!("../models/nsnet2.toml")),
    ("piper.toml", include_str!("../models/piper.toml")),
    ("resemblyzer.toml", include_str!("../models/resemblyzer.toml")),
    ("silero.toml", include_str!("../models/silero.toml")),
    ("wav2vec2.toml", include_str!("../models/wav2vec2.toml")),
];

/// The known description for a stage that is that of a graph.
///
/// # Errors
/// There is none.
pub fn find(stage: &str, outline: &Outline) -> Result<Description> {
    for (name, text) in KNOWN {
        let known = Description::parse(text, name)?;
        if known.stage == stage && agree(&known, outline).is_ok() {
            return Ok(known);
        }
    }
    let edges = |edges: &[Edge]| edges.iter().map(Edge::shown).collect::<Vec<_>>().join(", ");
    let message =
        format!("no known model for {stage} takes {} and gives {}", edges(&outline.inputs), edges(&outline.outputs));
    Err(Error::data(message)
        .hint("a description beside the graph, model.toml, says what they are: plugins/onnx/models/README.md"))
}

impl Edge {
    fn shown(&self) -> String {
        format!("{} [{}]", self.name, self.shape.join(", "))
    }
}

/// Is it the description of this graph?
///
/// # Errors
/// Why it is not.
pub fn agree(description: &Description, outline: &Outline) -> std::result::Result<(), String> {
    let names = |edges: &[Edge]| edges.iter().map(|edge| edge.name.as_str()).collect::<Vec<_>>().join(", ");
    for edge in &outline.inputs {
        let Some(input) = description.inputs.get(&edge.name) else {
            let described: Vec<&str> = description.inputs.keys().map(String::as_str).collect();
            let (name, described) = (&edge.name, described.join(", "));
            return Err(format!(
                "the graph has an input {name}, of which the description says nothing; it describes {described}"
            ));
        };
        if !edge.shape.is_empty() && edge.shape.len() != input.shape.len() {
            let (got, wanted) = (edge.shown(), input.shape.len());
            return Err(format!("expected an input of {wanted} axes, got {got}"));
        }
    }
    let given = |name: &str| outline.outputs.iter().any(|edge| edge.name == *name);
    for (name, input) in &description.inputs {
        if !outline.inputs.iter().any(|edge| edge.name == *name) && !matches!(input.is, Is::Constant | Is::Speaker) {
            return Err(format!("the graph has no input {name}; it has {}", names(&outline.inputs)));
        }
        if let Some(from) = input.from.as_deref().filter(|from| !given(from)) {
            return Err(format!("the graph has no output {from}; it has {}", names(&outline.outputs)));
        }
    }
    match description.outputs.values().find(|name| !given(name)) {
        Some(name) => Err(format!("the graph has no output {name}; it has {}", names(&outline.outputs))),
        None => Ok(()),
    }
}
