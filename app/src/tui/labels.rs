//! Labels as they are made on the screen: rows of a `label.list` stage, so that the session holds them, undo knows them,
//! the journal keeps them and a writer writes them. Those of other stages are shown, and taken over before they change.

use super::lane::{Kind, Lane, Source};
use super::pipeline::StageRow;
use super::state::State;
use auricle_annotation::{Annotation, Item, Label, from_list, to_list};
use auricle_engine::{Edit, Feed, NewStage};
use auricle_sdk::Value;
use std::cmp::Ordering;

/// The stage that holds labels.
pub const STAGE: &str = "label.list";
/// Its parameter with the labels.
const LABELS: &str = "labels";
/// Its parameter with the names of all tiers.
const TIERS: &str = "tiers";
/// Its parameter with the length of what the labels are about.
const DURATION: &str = "duration_s";
/// Its output.
pub const PORT: &str = "labels";
/// Seconds to be labelled where nobody knows how many there are.
const UNTOLD_S: f64 = 10.0;
/// Behind the last label there is room for another one.
const ROOM: f64 = 1.02;
/// Times that differ by less are one edge.
const SAME: f64 = 1e-6;

/// The labels of a lane.
#[derive(Clone, Debug, Default)]
pub struct Listed {
    /// The stage that gives them.
    pub stage: String,
    /// Are they written in the session, so that they can be changed?
    pub is_own: bool,
    /// Tiers from top to bottom; an empty name is none.
    pub tiers: Vec<String>,
    /// The labels.
    pub labels: Vec<Label>,
}

impl Listed {
    /// The row of a label's tier.
    pub fn tier(&self, label: &Label) -> usize {
        let name = label.tier.as_deref().unwrap_or_default();
        self.tiers.iter().position(|tier| tier == name).unwrap_or(0)
    }

    /// The label of the same tier that comes next, or the one before; from nowhere the first at or behind `time`.
    pub fn turned(&self, from: Option<usize>, by: i8, time: f64) -> Option<usize> {
        let Some(label) = from.and_then(|from| self.labels.get(from)) else {
            let near = self.labels.iter().position(|label| label.end.max(label.start) >= time);
            return near.or(self.labels.len().checked_sub(1));
        };
        let mates: Vec<usize> =
            (0..self.labels.len()).filter(|&k| self.tier(&self.labels[k]) == self.tier(label)).collect();
        let at = mates.iter().position(|k| Some(*k) == from)? as i64 + i64::from(by);
        mates.get(at.clamp(0, mates.len() as i64 - 1) as usize).copied()
    }

    /// The label nearest to that one in the tier below, or above.
    pub fn level(&self, from: usize, by: i8) -> Option<usize> {
        let label = self.labels.get(from)?;
        let tier = usize::try_from(self.tier(label) as i64 + i64::from(by)).ok()?;
        let middle = (label.start + label.end) / 2.0;
        let far = |k: &usize| {
            let other = &self.labels[*k];
            (other.start - middle).max(middle - other.end).max(0.0)
        };
        let mates = (0..self.labels.len()).filter(|&k| self.tier(&self.labels[k]) == tier);
        mates.min_by(|a, b| far(a).total_cmp(&far(b)))
    }

    /// The edit that gives the stage these labels instead.
    pub fn edit(&self, labels: &[Label]) -> Edit {
        let set = |parameter: &str, value| Edit::SetParameter {
            stage: self.stage.clone(),
            parameter: parameter.to_owned(),
            value,
        };
        let mut edits = vec![set(LABELS, rows(labels))];
        let named: Vec<String> = tiers_of(&self.tiers, labels).into_iter().filter(|tier| !tier.is_empty()).collect();
        let before: Vec<&String> = self.tiers.iter().filter(|tier| !tier.is_empty()).collect();
        if named.len() > 1 && !named.iter().eq(before) {
            edits.push(set(TIERS, texts(&named)));
        }
        if edits.len() == 1 { edits.remove(0) } else { Edit::All(edits) }
    }

    /// What would be written to a file.
    pub fn annotation(&self, duration: Option<f64>) -> Annotation {
        let tiers = self.tiers.iter().filter(|tier| !tier.is_empty()).cloned().collect();
        Annotation { labels: self.labels.clone(), duration, tiers }
    }
}

/// The place of the lane of labels that is meant: the one that keys go to, else the first whose labels can be changed,
/// else the first.
pub fn place(state: &State) -> Option<usize> {
    let is_events = |lane: &Lane| lane.kind() == Kind::Events && !lane.hidden;
    let focus = state.lanes.focused().filter(|lane| is_events(lane)).map(|_| state.lanes.focus());
    let first = |wanted: &dyn Fn(&Lane) -> bool| state.lanes.iter().position(wanted);
    let own = |lane: &Lane| is_events(lane) && row(state, lane).is_some_and(|row| row.stage == STAGE);
    focus.or_else(|| first(&own)).or_else(|| first(&is_events))
}

/// Do keys go to labels?
pub fn has_keys(state: &State) -> bool {
    state.lanes.focused().is_some_and(|lane| lane.kind() == Kind::Events)
}

/// The stage whose labels a lane shows.
pub fn row<'a>(state: &'a State, lane: &Lane) -> Option<&'a StageRow> {
    let stages = &state.pipeline.stages;
    match &lane.source {
        Source::Output { stage, .. } => stages.iter().find(|row| row.id == *stage),
        _ => stages.get(lane.target()?.row),
    }
}

/// The labels that are meant.
pub fn listed(state: &State) -> Option<Listed> {
    of_lane(state, state.lanes.get(place(state)?)?)
}

/// The labels of a lane.
pub fn of_lane(state: &State, lane: &Lane) -> Option<Listed> {
    let row = row(state, lane).filter(|_| lane.kind() == Kind::Events)?;
    if row.stage == STAGE {
        return Some(of_row(row));
    }
    let table = lane.table()?;
    let (stage, labels) = (row.id.clone(), table.labels.clone());
    Some(Listed { stage, is_own: false, tiers: tiers_of(&table.said.tiers, &labels), labels })
}

/// The time that labels run over where nothing else tells it: as long as what they are about, or a round time in which all
/// of them lie.
pub fn extent(state: &State) -> Option<(f64, f64)> {
    let of = |lane: &Lane| {
        let listed = of_lane(state, lane)?;
        let table = lane.table().filter(|table| listed.is_own || !table.rows.is_empty())?;
        let last = listed.labels.iter().map(|label| label.end).fold(0.0, f64::max);
        let first = listed.labels.iter().map(|label| label.start).fold(0.0, f64::min);
        let end = table.said.duration.filter(|duration| *duration >= last).unwrap_or_else(|| round_time(last));
        Some((first, end))
    };
    let all = state.lanes.iter().filter(|lane| !lane.hidden).filter_map(of);
    all.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// A round time in which another one lies, with some room; without any, enough to begin with.
fn round_time(last: f64) -> f64 {
    if last <= 0.0 {
        return UNTOLD_S;
    }
    let wanted = last * ROOM;
    let power = 10f64.powf(wanted.log10().floor());
    let steps = [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    steps.map(|step| step * power).into_iter().find(|end| *end >= wanted).unwrap_or(wanted)
}

/// The labels that a stage holds.
pub fn of_stage(row: &StageRow) -> Vec<Label> {
    let list = parameter(row, LABELS).and_then(Value::as_list).unwrap_or_default();
    // What is no label is told by the plan.
    list.iter().filter_map(label).collect()
}

/// The labels that a stage holds, whether a lane shows them or not.
pub fn of_row(row: &StageRow) -> Listed {
    let labels = of_stage(row);
    Listed { stage: row.id.clone(), is_own: true, tiers: tiers_of(&tiers(row), &labels), labels }
}

/// The edit that makes a stage take the duration from the sound that its labels are about.
pub fn forget_duration(row: &StageRow) -> Option<Edit> {
    let is_set = row.parameters.iter().any(|parameter| parameter.id == DURATION && parameter.is_set);
    is_set.then(|| Edit::ResetParameter { stage: row.id.clone(), parameter: DURATION.to_owned() })
}

/// The stages through which sound comes into the session.
pub fn roots(state: &State) -> impl Iterator<Item = &StageRow> {
    let has_sound = |row: &&StageRow| row.outputs.iter().any(|(_, format)| format.as_audio().is_ok());
    state.pipeline.stages.iter().filter(has_sound).filter(|row| row.feeds.is_empty())
}

/// The sound that is heard, as a session calls it: new labels are about it. None of sound that is made of what stage
/// `but` gives.
pub fn sound(state: &State, but: Option<usize>) -> Option<String> {
    let target = state.playable()?;
    let row = state.pipeline.stages.get(target.row)?;
    if but.is_some_and(|but| target.row == but || state.pipeline.reads(target.row, but)) {
        return None;
    }
    let port = row.outputs.get(target.output)?.0;
    Some(if target.output == 0 { row.id.clone() } else { format!("{}.{port}", row.id) })
}

fn tiers(row: &StageRow) -> Vec<String> {
    let list = parameter(row, TIERS).and_then(Value::as_list).unwrap_or_default();
    list.iter().filter_map(|tier| tier.as_str().map(str::to_owned)).collect()
}

fn parameter<'a>(row: &'a StageRow, name: &str) -> Option<&'a Value> {
    row.parameters.iter().find(|parameter| parameter.id == name).map(|parameter| &parameter.value)
}

/// The tiers that are named, then those that labels name beside them.
fn tiers_of(named: &[String], labels: &[Label]) -> Vec<String> {
    let mut tiers: Vec<String> = named.to_vec();
    for label in labels {
        let name = label.tier.as_deref().unwrap_or_default();
        if !tiers.iter().any(|tier| tier == name) {
            tiers.push(name.to_owned());
        }
    }
    if tiers.is_empty() {
        tiers.push(String::new());
    }
    tiers
}

fn label(value: &Value) -> Option<Label> {
    let item = |value: &Value| match (value.as_f64(), value.as_str()) {
        (Some(number), _) => Some(Item::Number(number)),
        (_, text) => Some(Item::Text(text?.to_owned())),
    };
    from_list(&value.as_list()?.iter().map(item).collect::<Option<Vec<Item>>>()?).ok()
}

fn rows(labels: &[Label]) -> Value {
    let value = |item: Item| match item {
        Item::Number(number) => Value::Float(number),
        Item::Text(text) => Value::Str(text),
    };
    Value::List(labels.iter().map(|label| Value::List(to_list(label).into_iter().map(value).collect())).collect())
}

fn texts(texts: &[String]) -> Value {
    Value::List(texts.iter().map(|text| text.as_str().into()).collect())
}

/// A stage that holds an annotation of a sound.
pub fn stage(id: String, sound: Option<&str>, annotation: &Annotation) -> NewStage {
    let mut parameters = vec![(LABELS.to_owned(), rows(&annotation.labels))];
    if !annotation.tiers.is_empty() {
        parameters.push((TIERS.to_owned(), texts(&annotation.tiers)));
    }
    if let (Some(duration), None) = (annotation.duration, sound) {
        parameters.push((DURATION.to_owned(), Value::Float(duration)));
    }
    NewStage { id, stage: STAGE.to_owned(), feeds: sound.map(Feed::new).into_iter().collect(), parameters }
}

/// Puts labels into the order of time; gives the new place of the one at `place`.
pub fn sort(labels: &mut Vec<Label>, place: usize) -> usize {
    let mut order: Vec<usize> = (0..labels.len()).collect();
    let by_time = |a: &Label, b: &Label| match a.start.total_cmp(&b.start) {
        Ordering::Equal => a.end.total_cmp(&b.end),
        other => other,
    };
    order.sort_by(|&a, &b| by_time(&labels[a], &labels[b]));
    *labels = order.iter().map(|&k| labels[k].clone()).collect();
    order.iter().position(|&k| k == place).unwrap_or(0)
}

/// A time as a session holds it: to the microsecond, so that it can be read.
pub fn rounded(time: f64) -> f64 {
    (time * 1e6).round() / 1e6
}

/// Moves an edge; that of a neighbour in the tier which stands at the same time goes with it, and neither goes past
/// the other edge of its label.
pub fn move_edge(labels: &mut [Label], place: usize, end: bool, to: f64) {
    let Some(label) = labels.get(place).cloned() else { return };
    let at = if end { label.end } else { label.start };
    // A point moves as it is pulled out.
    let is_mate = |k: usize, other: &Label| {
        let edge = if end { other.start } else { other.end };
        k != place && other.tier == label.tier && !label.is_point() && !other.is_point() && (edge - at).abs() < SAME
    };
    let mate = (0..labels.len()).find(|&k| is_mate(k, &labels[k]));
    let (mut low, mut high) = if end { (label.start, f64::INFINITY) } else { (0.0, label.end) };
    if let Some(mate) = mate {
        let other = &labels[mate];
        (low, high) = (low.max(if end { 0.0 } else { other.start }), high.min(if end { other.end } else { high }));
    }
    let to = rounded(to.clamp(low, high));
    let mut set = |k: usize, end: bool| if end { labels[k].end = to } else { labels[k].start = to };
    set(place, end);
    if let Some(mate) = mate {
        set(mate, !end);
    }
}

/// Moves a label, as far as the beginning of time.
pub fn shift(labels: &mut [Label], place: usize, by: f64) {
    if let Some(label) = labels.get_mut(place) {
        let by = by.max(-label.start);
        (label.start, label.end) = (rounded(label.start + by), rounded(label.end + by));
    }
}

/// What a label is called in the history.
pub fn called(label: &Label) -> String {
    match label.text.as_str() {
        "" => format!("label at {} s", super::axis::trimmed(label.start, 3)),
        text => format!("label {:?}", super::paint::text::clip(text, 24)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(spans: &[(f64, f64, &str)]) -> Vec<Label> {
        let one = |(start, end, tier): &(f64, f64, &str)| Label {
            tier: Some((*tier).to_owned()).filter(|tier| !tier.is_empty()),
            ..Label::new(*start, *end, "")
        };
        spans.iter().map(one).collect()
    }

    #[track_caller]
    fn check(spans: &[(f64, f64, &str)], (place, end, to): (usize, bool, f64), expected: &[(f64, f64, &str)]) {
        let mut moved = labels(spans);
        move_edge(&mut moved, place, end, to);
        assert_eq!(moved, labels(expected));
    }

    #[test]
    fn an_edge_takes_that_of_its_neighbour_along() {
        check(&[(0.0, 1.0, ""), (1.0, 2.0, "")], (0, true, 1.5), &[(0.0, 1.5, ""), (1.5, 2.0, "")]);
        check(&[(0.0, 1.0, ""), (1.0, 2.0, "")], (1, false, 0.5), &[(0.0, 0.5, ""), (0.5, 2.0, "")]);
        check(&[(0.0, 1.0, ""), (1.0, 2.0, "")], (0, true, 9.0), &[(0.0, 2.0, ""), (2.0, 2.0, "")]);
        check(&[(0.0, 1.0, ""), (1.0, 2.0, "")], (1, false, -1.0), &[(0.0, 0.0, ""), (0.0, 2.0, "")]);
        // Another tier, a gap, a point: nothing goes along.
        check(&[(0.0, 1.0, "a"), (1.0, 2.0, "b")], (0, true, 1.5), &[(0.0, 1.5, "a"), (1.0, 2.0, "b")]);
        check(&[(0.0, 1.0, ""), (1.1, 2.0, "")], (0, true, 1.05), &[(0.0, 1.05, ""), (1.1, 2.0, "")]);
        check(&[(1.0, 1.0, ""), (1.0, 2.0, "")], (0, true, 1.5), &[(1.0, 1.5, ""), (1.0, 2.0, "")]);
        check(&[(0.5, 1.0, "")], (0, false, 2.0), &[(1.0, 1.0, "")]);
        check(&[(0.5, 1.0, "")], (0, true, 0.1234567), &[(0.5, 0.5, "")]);
    }

    #[test]
    fn labels_are_chosen_along_and_across_tiers() {
        let list = |spans| {
            let labels = labels(spans);
            Listed { tiers: tiers_of(&[], &labels), labels, ..Listed::default() }
        };
        let two = list(&[(0.0, 2.0, "a"), (0.0, 1.0, "b"), (1.0, 2.0, "b"), (3.0, 4.0, "a")]);
        assert_eq!(two.tiers, ["a", "b"]);
        for (from, by, expected) in [(Some(0), 1, 3), (Some(3), 1, 3), (Some(3), -1, 0), (Some(1), 1, 2), (None, 1, 3)]
        {
            assert_eq!(two.turned(from, by, 2.5), Some(expected), "{from:?} {by}");
        }
        assert_eq!((two.level(3, 1), two.level(2, -1), two.level(2, 1)), (Some(2), Some(0), None));
        assert_eq!(list(&[]).turned(None, 1, 0.0), None);
    }

    #[test]
    fn time_without_sound_ends_at_a_round_second() {
        let ends = [0.0, 0.4, 2.9, 3.0, 7.96, 61.0, 3600.0].map(round_time);
        assert_eq!(ends, [10.0, 0.5, 3.0, 4.0, 10.0, 80.0, 4000.0]);
    }

    #[test]
    fn order_follows_time_and_the_place_of_a_label_is_kept() {
        let mut three = labels(&[(2.0, 3.0, "x"), (1.0, 2.0, "y"), (1.0, 1.5, "z")]);
        assert_eq!(sort(&mut three, 0), 2);
        assert_eq!(three, labels(&[(1.0, 1.5, "z"), (1.0, 2.0, "y"), (2.0, 3.0, "x")]));
        shift(&mut three, 0, -4.0);
        assert_eq!((three[0].start, three[0].end), (0.0, 0.5));
    }
}
