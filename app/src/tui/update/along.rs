//! Labels go along when the sound that they are about is edited. Which sound that is stands in the session: it is the
//! input of the stage that holds them.

use super::super::labels;
use super::super::pipeline::StageRow;
use super::super::state::State;
use super::super::warp::{Told, Warp};
use auricle_annotation::Label;
use auricle_engine::{Edit, Feed};
use std::ops::Range;

/// What an edit of sound does to the labels of the session.
#[derive(Default)]
pub struct Along {
    /// Labels where their sound is now, and about the sound as it is now.
    pub edits: Vec<Edit>,
    /// What became of them, to be told.
    pub told: String,
}

/// The labels on the sound of `row`, which others read as one of `sources`, when its readers read `to` from now on;
/// `pasted` come with what is put in, each for the stage that held it.
pub fn along(
    state: &State,
    (row, sources): (usize, &[String]),
    to: &str,
    warp: Option<&Warp>,
    pasted: &[(String, Label)],
) -> Along {
    let feeds = vec![Feed::new(to)];
    let Some(warp) = warp else {
        let direct = lists(state).filter(|list| list.wires.iter().any(|feed| sources.contains(&feed.source)));
        let edits = direct.map(|list| Edit::Rewire { stage: list.id.clone(), feeds: feeds.clone() }).collect();
        return Along { edits, told: String::new() };
    };
    let following: Vec<&StageRow> = lists(state).filter(|list| is_about(state, list, row)).collect();
    let (mut edits, mut told) = (Vec::new(), Told::default());
    for (at, list) in following.iter().enumerate() {
        let listed = labels::of_row(list);
        let (mut left, became) = warp.labels(&listed.labels);
        told = told.and(became);
        let is_there = |stage: &String| following.iter().any(|list| list.id == *stage);
        let comes = |stage: &String| *stage == list.id || at == 0 && !is_there(stage);
        left.extend(pasted.iter().filter(|(stage, _)| comes(stage)).map(|(_, label)| label.clone()));
        labels::sort(&mut left, 0);
        if left != listed.labels {
            edits.push(listed.edit(&left));
        }
        edits.extend(labels::forget_duration(list));
        edits.push(Edit::Rewire { stage: list.id.clone(), feeds: feeds.clone() });
    }
    let mut parts = vec![told.to_string()];
    if told.moved + told.resized + told.gone > 0 {
        parts[0] = format!("labels: {}", parts[0]);
    }
    if !pasted.is_empty() && !following.is_empty() {
        parts.push(format!("{} pasted", pasted.len()));
    }
    let stay = |stage: &&StageRow| match stage.stage.as_str() {
        labels::STAGE => !following.iter().any(|list| list.id == stage.id),
        stage => stage == "read.labels",
    };
    let staying: Vec<&str> = state.pipeline.stages.iter().filter(stay).map(|stage| stage.id.as_str()).collect();
    if !staying.is_empty() {
        parts.push(format!("those of {} stay, they are about no sound or another one", staying.join(", ")));
    }
    parts.retain(|part| !part.is_empty());
    Along { edits, told: parts.join("; ") }
}

/// The labels that lie within a stretch of the sound of `row`, from its beginning on, each with the stage that holds it.
pub fn within(state: &State, row: usize, range: &Range<f64>) -> Vec<(String, Label)> {
    let lists = lists(state).filter(|list| is_about(state, list, row));
    let inside = |label: &Label| range.start <= label.start && label.end <= range.end && label.start < range.end;
    let labels = lists.flat_map(|list| {
        let found = labels::of_stage(list).into_iter().filter(inside);
        found.map(|label| (list.id.clone(), label)).collect::<Vec<_>>()
    });
    let begun = |(stage, label): (String, Label)| {
        let (start, end) = (label.start - range.start, label.end - range.start);
        (stage, Label { start, end, ..label })
    };
    labels.map(begun).collect()
}

/// Labels that were kept, put in at a time.
pub fn put_in(labels: &[(String, Label)], at: f64) -> Vec<(String, Label)> {
    let put = |(stage, label): &(String, Label)| {
        let (start, end) = (labels::rounded(at + label.start), labels::rounded(at + label.end));
        (stage.clone(), Label { start, end, ..label.clone() })
    };
    labels.iter().map(put).collect()
}

fn lists(state: &State) -> impl Iterator<Item = &StageRow> {
    state.pipeline.stages.iter().filter(|row| row.stage == labels::STAGE && !row.bypass)
}

/// Are these labels about that sound, or one that it is made of? Where all sound of a session comes from one file, labels
/// that do not say it are about that.
fn is_about(state: &State, list: &StageRow, row: usize) -> bool {
    let stages = &state.pipeline.stages;
    match list.wires.first() {
        Some(feed) => state.pipeline.upstream(row).iter().any(|&from| stages[from].id == feed.split().0),
        None => labels::roots(state).count() == 1,
    }
}
