//! What changes are called in the history.

use super::pipeline::Pipeline;
use super::value;
use auricle_engine::{Edit, Feed};
use auricle_sdk::Value;

/// What an edit does, in a few words: `set mel.n_mels 80 -> 128`. The pipeline is that before it.
pub fn name(edit: &Edit, pipeline: &Pipeline) -> String {
    match edit {
        Edit::SetTitle(title) => format!("title {title:?}"),
        Edit::SetSeed(seed) => format!("seed {seed}"),
        Edit::SetInput { name, path: Some(path) } => format!("input {name} is {path}"),
        Edit::SetInput { name, path: None } => format!("remove input {name}"),
        Edit::AddStage { stage, .. } => format!("add {} ({}){}", stage.id, stage.stage, wired(&stage.feeds)),
        Edit::RemoveStage { id } => format!("remove {id}"),
        Edit::MoveStage { id, after: Some(after) } => format!("move {id} after {after}"),
        Edit::MoveStage { id, after: None } => format!("move {id} to the top"),
        Edit::SetParameter { stage, parameter, value } => {
            format!("set {stage}.{parameter} {} -> {}", before(stage, parameter, pipeline), told(value))
        }
        Edit::ResetParameter { stage, parameter } => {
            let row = pipeline.stages.iter().find(|row| row.id == *stage);
            let declared = row.and_then(|row| row.parameters.iter().find(|p| p.id == *parameter)?.declared);
            let default =
                declared.map_or_else(String::new, |declared| format!(" -> {}", told(&declared.default_value())));
            format!("reset {stage}.{parameter} {}{default}", before(stage, parameter, pipeline))
        }
        Edit::Rewire { stage, feeds } => format!("wire {stage}{}", wired(feeds)),
        Edit::Bypass { stage, on: true } => format!("bypass {stage}"),
        Edit::Bypass { stage, on: false } => format!("take {stage} in again"),
        Edit::Rename { from, to } => format!("rename {from} -> {to}"),
        Edit::SetView { key, .. } => format!("view {key}"),
        Edit::All(edits) => several(edits, pipeline),
        Edit::Text { .. } => "change the text".to_owned(),
    }
}

/// Of several edits the one that the others serve, or how many of a kind there are.
fn several(edits: &[Edit], pipeline: &Pipeline) -> String {
    let main = edits.iter().find(|edit| matches!(edit, Edit::AddStage { .. } | Edit::RemoveStage { .. }));
    match (main, edits) {
        (Some(main @ Edit::AddStage { .. }), _) => format!("{}, in between", name(main, pipeline)),
        (Some(main), _) => name(main, pipeline),
        (None, [Edit::ResetParameter { stage, .. }, _, ..]) => format!("reset {stage}: {} parameters", edits.len()),
        (None, [first]) => name(first, pipeline),
        (None, [first, rest @ ..]) => format!("{} and {} more", name(first, pipeline), rest.len()),
        (None, []) => "nothing".to_owned(),
    }
}

fn wired(feeds: &[Feed]) -> String {
    let sources: Vec<&str> = feeds.iter().map(|feed| feed.source.as_str()).collect();
    if sources.is_empty() { String::new() } else { format!(" <- {}", sources.join(", ")) }
}

fn before(stage: &str, parameter: &str, pipeline: &Pipeline) -> String {
    let row = pipeline.stages.iter().find(|row| row.id == stage);
    let parameter = row.and_then(|row| row.parameters.iter().find(|row| row.id == parameter));
    parameter.map_or_else(|| "nothing".to_owned(), |row| told(&row.value))
}

fn told(value: &Value) -> String {
    let shown = value::shown(value);
    if shown.is_empty() { "nothing".to_owned() } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_engine::NewStage;

    #[test]
    fn every_change_has_a_name() {
        let pipeline = Pipeline::default();
        let stage = || NewStage {
            id: "mel".into(),
            stage: "mel.librosa".into(),
            feeds: vec![Feed::new("read")],
            parameters: Vec::new(),
        };
        let add = || Edit::AddStage { stage: stage(), after: None };
        let rewire = || Edit::Rewire { stage: "save".into(), feeds: vec![Feed::new("mel"), Feed::new("read.audio")] };
        let reset = |parameter: &str| Edit::ResetParameter { stage: "mel".into(), parameter: parameter.into() };
        for (edit, expected) in [
            (add(), "add mel (mel.librosa) <- read"),
            (rewire(), "wire save <- mel, read.audio"),
            (Edit::All(vec![add(), rewire()]), "add mel (mel.librosa) <- read, in between"),
            (Edit::All(vec![rewire(), Edit::RemoveStage { id: "x".into() }]), "remove x"),
            (Edit::All(vec![reset("a"), reset("b")]), "reset mel: 2 parameters"),
            (
                Edit::SetParameter { stage: "mel".into(), parameter: "n_mels".into(), value: Value::Int(128) },
                "set mel.n_mels nothing -> 128",
            ),
            (Edit::Bypass { stage: "mel".into(), on: true }, "bypass mel"),
            (Edit::Rename { from: "a".into(), to: "b".into() }, "rename a -> b"),
            (Edit::MoveStage { id: "a".into(), after: Some("b".into()) }, "move a after b"),
        ] {
            assert_eq!(name(&edit, &pipeline), expected);
        }
    }
}
