//! Labels that come into the session: from another stage, or from a file; and the lanes that show them.

use super::super::annotating::Annotate;
use super::super::effect::Effect;
use super::super::labels::{self, Listed, PORT, sort};
use super::super::lane::{Lane, Source};
use super::super::state::{State, Tone};
use super::labels::{add_stage, applied, apply, first_own};
use super::request;
use auricle_annotation::Annotation;
use auricle_engine::Edit;

/// Labels of another stage are taken into the session before they change: those of a file in place of the stage that
/// reads it, others behind the stage that made them. What wrote them writes the changed ones.
pub fn take_over(state: &mut State, listed: &Listed, ask: Annotate) -> Vec<Effect> {
    let Some(lane) = labels::place(state).and_then(|place| state.lanes.get(place)) else { return Vec::new() };
    let Some(at) = state.pipeline.stages.iter().position(|row| row.id == listed.stage) else { return Vec::new() };
    let row = &state.pipeline.stages[at];
    let said = lane.table().map(|table| table.said.clone()).unwrap_or_default();
    let mut all = listed.labels.clone();
    let chosen = state.labels.chosen.and_then(|chosen| all.get(chosen).cloned());
    sort(&mut all, 0);
    let annotation = Annotation { labels: all, ..said };
    let sound = labels::sound(state, Some(at));
    let before = at.checked_sub(1).map(|before| state.pipeline.stages[before].id.clone());
    let (id, edit) = if row.stage == "read.labels" {
        let id = row.id.clone();
        let mut edits = vec![Edit::RemoveStage { id: id.clone() }];
        let others = |name: &str| state.pipeline.stages.iter().any(|other| other.id != id && other.reads_from(name));
        let inputs = row.wires.iter().map(|feed| feed.split().0.to_owned());
        let inputs = inputs.filter(|name| state.pipeline.inputs.iter().any(|(input, _)| input == name));
        edits.extend(inputs.filter(|name| !others(name)).map(|name| Edit::SetInput { name, path: None }));
        edits.push(Edit::AddStage {
            stage: labels::stage(id.clone(), sound.as_deref(), &annotation),
            after: before.clone(),
        });
        if before.is_none() {
            edits.push(Edit::MoveStage { id: id.clone(), after: None });
        }
        (id, Edit::All(edits))
    } else {
        let id = state.pipeline.free_name(&format!("{}_labels", row.id));
        let stage = labels::stage(id.clone(), sound.as_deref(), &annotation);
        let mut edits = vec![Edit::AddStage { stage, after: Some(row.id.clone()) }];
        let port = row.outputs.first().map_or(String::new(), |(port, _)| format!("{}.{port}", row.id));
        let sources = [row.id.clone(), port];
        let writers = state.pipeline.stages.iter().filter(|other| other.stage.starts_with("write."));
        edits.extend(writers.filter_map(|other| other.rewired(&sources, &id)));
        (id, Edit::All(edits))
    };
    let name = format!("take the labels of {} into the session", listed.stage);
    let number = lane.id;
    state.labels.next = Some((ask, chosen));
    // The lane that showed them shows those that can be changed.
    state.labels.known.push(id.clone());
    if let Some(lane) = state.lanes.numbered(number) {
        lane.source = Source::Output { stage: id, port: PORT.to_owned() };
    }
    vec![apply(edit, name)]
}

/// Gives each stage that holds labels a lane when it comes, and takes the lane away with it.
pub fn follow(state: &mut State) {
    let own: Vec<String> =
        state.pipeline.stages.iter().filter(|r| r.stage == labels::STAGE).map(|r| r.id.clone()).collect();
    let gone: Vec<String> = state.labels.known.iter().filter(|id| !own.contains(id)).cloned().collect();
    let shows = |lane: &Lane, id: &str| matches!(&lane.source, Source::Output { stage, .. } if stage == id);
    if !gone.is_empty() {
        state.lanes.keep(|lane| !gone.iter().any(|id| shows(lane, id)));
        state.labels.known.retain(|id| own.contains(id));
        state.labels.chosen = None;
    }
    for id in own {
        if state.labels.known.contains(&id) {
            continue;
        }
        if !state.lanes.iter().any(|lane| shows(lane, &id)) {
            let focus = state.lanes.focus();
            state.lanes.add(Source::Output { stage: id.clone(), port: PORT.to_owned() });
            // A label that was just made is gone on with.
            if state.labels.chosen.is_none() {
                state.lanes.set_focus(focus);
            }
            request::aim(state);
        }
        state.labels.known.push(id);
    }
}

/// What was read from a file comes into the session.
pub fn read(state: &mut State, path: &str, read: Result<auricle_annotation::Read, String>) -> Vec<Effect> {
    state.labels.is_waiting = false;
    let read = match read {
        Ok(read) => read,
        Err(reason) => {
            state.say(Tone::Bad, reason);
            return Vec::new();
        }
    };
    let (count, format) = (read.annotation.labels.len(), read.format.name());
    let lost = if read.losses.is_empty() { String::new() } else { format!("; not kept: {}", read.losses) };
    let tone = if read.losses.is_empty() { Tone::Good } else { Tone::Bad };
    state.say(tone, format!("{count} labels from {path} ({format}){lost}"));
    if count == 0 {
        return Vec::new();
    }
    let name = format!("import {count} labels from {path}");
    let own = labels::listed(state).filter(|listed| listed.is_own).or_else(|| first_own(state));
    match own {
        Some(mut listed) => {
            let mut all = listed.labels.clone();
            let place = all.len();
            all.extend(read.annotation.labels);
            let new = read.annotation.tiers.into_iter().filter(|tier| !listed.tiers.contains(tier)).collect::<Vec<_>>();
            listed.tiers.extend(new);
            applied(state, &listed, all, place, name)
        }
        None => {
            let mut annotation = read.annotation;
            sort(&mut annotation.labels, 0);
            state.labels.chosen = None;
            vec![apply(add_stage(state, &annotation), name)]
        }
    }
}
