//! Labels: made, chosen, typed, moved, split, joined, tagged; each change is an edit of the stage that holds them.

use super::super::annotating::{Annotate, Typing};
use super::super::ask::Ask;
use super::super::axis::trimmed;
use super::super::effect::{Effect, Reason};
use super::super::field::Field;
use super::super::key::Key;
use super::super::labels::{self, Listed, called, move_edge, rounded, shift, sort};
use super::super::lane::{Kind, Lane};
use super::super::sound::Listen;
use super::super::state::{Overlay, State, Tone};
use super::{list, sound};
use auricle_annotation::{Annotation, Label};
use auricle_engine::Edit;
use ratatui::crossterm::event::KeyCode;

/// A step where no frames are shown, in seconds.
const STEP_S: f64 = 0.01;

/// Does what is asked of labels.
pub fn update(state: &mut State, ask: Annotate) -> Vec<Effect> {
    match ask {
        Annotate::Import => super::ask::open(state, Ask::ImportLabels),
        Annotate::Make | Annotate::Drop => make(state, ask == Annotate::Make),
        Annotate::Tag(key) if labels::listed(state).is_none() || state.labels.chosen.is_none() => tag_new(state, key),
        _ => match labels::listed(state) {
            None => {
                state.say(Tone::Plain, "there are no labels yet; m makes one of the selection, or at the cursor");
                Vec::new()
            }
            Some(listed) => with(state, listed, ask),
        },
    }
}

pub fn with(state: &mut State, listed: Listed, ask: Annotate) -> Vec<Effect> {
    match ask {
        Annotate::Turn(by) => {
            let next = listed.turned(state.labels.chosen, by, state.cursor);
            goto(state, &listed, next);
        }
        Annotate::Level(by) => {
            let from = state.labels.chosen.or_else(|| listed.turned(None, 1, state.cursor));
            let next = from.and_then(|from| listed.level(from, by));
            goto(state, &listed, next.or(from));
        }
        Annotate::Find => state.overlay = Some(Overlay::Labels(Field::default(), state.labels.chosen.unwrap_or(0))),
        Annotate::Export => return super::ask::open(state, Ask::ExportLabels),
        _ if state.labels.chosen.is_none_or(|chosen| chosen >= listed.labels.len()) => {
            state.say(Tone::Plain, "no label is chosen; w and b go from one to the next, m makes one");
        }
        Annotate::Play => return play(state, &listed),
        _ if !listed.is_own => return super::adopt::take_over(state, &listed, ask),
        Annotate::Type => super::typing::begin(state, &listed),
        Annotate::Tier => return super::ask::open(state, Ask::Tier),
        Annotate::Cross => return cross(state, &listed),
        ask => return change(state, &listed, ask),
    }
    Vec::new()
}

/// Chooses a label: the cursor goes to it, and what it covers is selected, so that it can be played, looped, measured.
pub fn goto(state: &mut State, listed: &Listed, place: Option<usize>) {
    let Some((place, label)) = place.and_then(|place| Some((place, listed.labels.get(place)?))) else {
        return state.say(Tone::Plain, "there are no labels here; m makes one of the selection, or at the cursor");
    };
    state.labels.chosen = Some(place);
    state.cursor = label.start;
    state.selection = (!label.is_point()).then_some(label.start..label.end);
    if let Some(timeline) = &mut state.timeline {
        timeline.reveal(label.end);
        timeline.reveal(label.start);
    }
    if let Some(lane) = labels::place(state) {
        state.lanes.set_focus(lane);
    }
}

/// A label of the selection, or a point at the cursor, in the tier of the chosen one.
fn fresh(state: &State, from: f64) -> Label {
    let tier = labels::listed(state).and_then(|listed| {
        let chosen = state.labels.chosen.and_then(|chosen| listed.labels.get(chosen)).or(listed.labels.last());
        chosen.and_then(|label| label.tier.clone())
    });
    let (start, end) = match state.selection.clone() {
        Some(range) => (range.start, range.end),
        None => (from, from),
    };
    Label { tier, ..Label::new(rounded(start.max(0.0)), rounded(end.max(0.0)), "") }
}

fn make(state: &mut State, asks: bool) -> Vec<Effect> {
    if let Some(listed) = labels::listed(state).filter(|listed| !listed.is_own && labels::has_keys(state)) {
        let ask = if asks { Annotate::Make } else { Annotate::Drop };
        return super::adopt::take_over(state, &listed, ask);
    }
    let label = match state.sound.position.filter(|_| state.sound.is_playing && !asks) {
        Some(playing) => Label { start: rounded(playing), end: rounded(playing), ..fresh(state, playing) },
        None => fresh(state, state.cursor),
    };
    if asks {
        state.labels.typing = Some(Typing { field: Field::default(), label, place: None });
        return Vec::new();
    }
    add(state, label)
}

/// A new label with the text of a key.
fn tag_new(state: &mut State, key: u8) -> Vec<Effect> {
    let Some(text) = tag(state, key) else { return Vec::new() };
    if state.selection.is_none() {
        state.say(Tone::Plain, format!("select something to label it {text:?}, or choose a label with w and b"));
        return Vec::new();
    }
    let label = Label { text, ..fresh(state, state.cursor) };
    add(state, label)
}

fn tag(state: &mut State, key: u8) -> Option<String> {
    let tag = state.tags.get(usize::from(key).checked_sub(1)?).cloned().filter(|tag| !tag.is_empty());
    if tag.is_none() {
        state.say(Tone::Plain, format!("no tag has the key {key}: [tags] in config.toml gives it one"));
    }
    tag
}

/// Adds a label to the stage that holds labels; there is one from now on.
pub fn add(state: &mut State, label: Label) -> Vec<Effect> {
    let name = match label.text.as_str() {
        "" => called(&label),
        _ => format!("{} at {} s", called(&label), trimmed(label.start, 3)),
    };
    let own = labels::listed(state).filter(|listed| listed.is_own).or_else(|| first_own(state));
    match own {
        Some(listed) => {
            if let Some(lane) = labels::place(state) {
                state.lanes.set_focus(lane);
            }
            let mut all = listed.labels.clone();
            all.push(label);
            let place = all.len() - 1;
            applied(state, &listed, all, place, name)
        }
        None => {
            state.labels.chosen = Some(0);
            let annotation = Annotation::new(vec![label]);
            vec![apply(add_stage(state, &annotation), name)]
        }
    }
}

/// A stage that holds labels though no lane shows it.
pub fn first_own(state: &State) -> Option<Listed> {
    state.pipeline.stages.iter().find(|row| row.stage == labels::STAGE).map(labels::of_row)
}

/// The edit that adds a stage with labels of the sound that is heard, below all others.
pub fn add_stage(state: &State, annotation: &Annotation) -> Edit {
    let sound = labels::sound(state, None);
    let stage = labels::stage(state.pipeline.free_name("labels"), sound.as_deref(), annotation);
    Edit::AddStage { stage, after: None }
}

pub fn apply(edit: Edit, name: String) -> Effect {
    Effect::Apply { edit, name: Some(name), reason: Reason::Edit }
}

/// The list as it is to be, under a name for the history; the label at `place` stays chosen.
pub fn applied(
    state: &mut State,
    listed: &Listed,
    mut all: Vec<Label>,
    place: usize,
    name: impl Into<String>,
) -> Vec<Effect> {
    let place = sort(&mut all, place);
    state.labels.chosen = (place < all.len()).then_some(place);
    if let Some(label) = all.get(place) {
        state.selection = (!label.is_point()).then_some(label.start..label.end);
    }
    vec![apply(listed.edit(&all), name.into())]
}

fn play(state: &mut State, listed: &Listed) -> Vec<Effect> {
    let chosen = state.labels.chosen.and_then(|chosen| listed.labels.get(chosen));
    match chosen {
        Some(label) if !label.is_point() => {
            state.selection = Some(label.start..label.end);
            sound::update(state, Listen::Selection)
        }
        label => {
            state.cursor = label.map_or(state.cursor, |label| label.start);
            super::lanes::play(state, true)
        }
    }
}

fn change(state: &mut State, listed: &Listed, ask: Annotate) -> Vec<Effect> {
    let Some((place, label)) = state.labels.chosen.and_then(|k| Some((k, listed.labels.get(k)?.clone()))) else {
        return Vec::new();
    };
    let mut all = listed.labels.clone();
    let (cursor, frame) = (state.cursor, frame_s(state));
    let called = called(&label);
    let at = |time: f64| trimmed(time, 4);
    let name = match ask {
        Annotate::Delete => {
            all.remove(place);
            let mate = place.min(all.len().saturating_sub(1));
            state.selection = None;
            state.labels.chosen = (!all.is_empty()).then_some(mate);
            return vec![apply(listed.edit(&all), format!("delete {called}"))];
        }
        Annotate::StartHere | Annotate::Start(_) => {
            let by = if let Annotate::Start(by) = ask { label.start + f64::from(by) * frame } else { cursor };
            move_edge(&mut all, place, false, by);
            format!("{called} begins at {} s", at(all[place].start))
        }
        Annotate::EndHere | Annotate::End(_) => {
            // The column of the cursor is the last one that belongs to it, as with a selection.
            let step = state.timeline.map_or(0.0, |timeline| timeline.step);
            let by = if let Annotate::End(by) = ask { label.end + f64::from(by) * frame } else { cursor + step };
            let most = state.timeline.map_or(by, |timeline| timeline.end);
            move_edge(&mut all, place, true, by.min(most));
            format!("{called} ends at {} s", at(all[place].end))
        }
        Annotate::Shift(by) => {
            shift(&mut all, place, f64::from(by) * frame);
            state.cursor = all[place].start;
            format!("{called} moved to {} s", at(all[place].start))
        }
        Annotate::Split => {
            let cursor = rounded(cursor);
            if !(label.start < cursor && cursor < label.end) {
                state.say(Tone::Plain, "the cursor is not inside the label: put it where the label is to be split");
                return Vec::new();
            }
            all[place].end = cursor;
            all.push(Label { start: cursor, text: String::new(), ..label.clone() });
            let second = all.len() - 1;
            return applied(state, listed, all, second, format!("split {called} at {} s", at(cursor)));
        }
        Annotate::Join => {
            let Some(next) = listed.turned(Some(place), 1, cursor).filter(|next| *next != place) else {
                state.say(Tone::Plain, "no label follows in its tier");
                return Vec::new();
            };
            let other = all.remove(next);
            let name = format!("join {called} and {}", labels::called(&other));
            // What stood behind the first now stands one place earlier only if the second came before it.
            let place = if next < place { place - 1 } else { place };
            let first = &mut all[place];
            (first.start, first.end) = (first.start.min(other.start), first.end.max(other.end));
            first.text = [first.text.as_str(), &other.text].join(" ").trim().to_owned();
            first.score = first.score.zip(other.score).map(|(a, b)| a.min(b));
            return applied(state, listed, all, place, name);
        }
        Annotate::Tag(key) => {
            let Some(text) = tag(state, key) else { return Vec::new() };
            let name = format!("{called} is {text:?}");
            all[place].text = text;
            name
        }
        _ => return Vec::new(),
    };
    if all == listed.labels {
        state.say(Tone::Plain, "it stays where it is");
        return Vec::new();
    }
    applied(state, listed, all, place, name)
}

/// Seconds from one frame to the next.
fn frame_s(state: &State) -> f64 {
    let grid = state.lanes.current(Kind::Grid).and_then(Lane::target);
    grid.map(|target| 1.0 / target.clock().rate()).filter(|step| step.is_finite() && *step > 0.0).unwrap_or(STEP_S)
}

/// Asks where the waveform crosses zero, near both edges.
fn cross(state: &mut State, listed: &Listed) -> Vec<Effect> {
    let label = state.labels.chosen.and_then(|chosen| listed.labels.get(chosen));
    let (Some(label), Some(wave)) = (label, state.playable().cloned()) else {
        state.say(Tone::Plain, "there is no waveform whose crossings could be found");
        return Vec::new();
    };
    state.labels.is_waiting = true;
    vec![Effect::Cross { wave, start: label.start, end: label.end }]
}

/// The edges of the label that had these go where the waveform crosses zero.
pub fn crossed(state: &mut State, from: (f64, f64), to: Result<(f64, f64), String>) -> Vec<Effect> {
    state.labels.is_waiting = false;
    let to = match to {
        Ok(to) => to,
        Err(reason) => {
            state.say(Tone::Bad, reason);
            return Vec::new();
        }
    };
    let Some(listed) = labels::listed(state).filter(|listed| listed.is_own) else { return Vec::new() };
    let Some(place) = listed.labels.iter().position(|label| (label.start, label.end) == from) else {
        return Vec::new();
    };
    let mut all = listed.labels.clone();
    let is_point = all[place].is_point();
    move_edge(&mut all, place, false, to.0);
    move_edge(&mut all, place, true, if is_point { to.0 } else { to.1 });
    if is_point {
        (all[place].start, all[place].end) = (rounded(to.0), rounded(to.0));
    }
    if all == listed.labels {
        state.say(Tone::Plain, "its edges are at zero crossings");
        return Vec::new();
    }
    let name = format!("{} to zero crossings", called(&listed.labels[place]));
    applied(state, &listed, all, place, name)
}

/// Puts the chosen label into a tier.
pub fn into_tier(state: &mut State, tier: &str) -> Vec<Effect> {
    let Some(listed) = labels::listed(state).filter(|listed| listed.is_own) else { return Vec::new() };
    let mut all = listed.labels.clone();
    let Some(place) = state.labels.chosen.filter(|chosen| *chosen < all.len()) else { return Vec::new() };
    let name = format!("{} into tier {tier:?}", called(&all[place]));
    all[place].tier = Some(tier.trim().to_owned()).filter(|tier| !tier.is_empty());
    applied(state, &listed, all, place, name)
}

/// Chooses what the search has found.
pub fn find(state: &mut State, key: Key, mut field: Field, row: usize) -> Vec<Effect> {
    let found = found(state, field.text());
    let last = found.len().saturating_sub(1);
    let row = match key.code {
        _ if list::leads(key) => list::row(key, row, last, state.size.1),
        KeyCode::Enter => {
            if let (Some(listed), Some((place, _))) = (labels::listed(state), found.get(row)) {
                goto(state, &listed, Some(*place));
            }
            return Vec::new();
        }
        _ => {
            field.press(key);
            0
        }
    };
    let last = self::found(state, field.text()).len().saturating_sub(1);
    state.overlay = Some(Overlay::Labels(field, row.min(last)));
    Vec::new()
}

/// The labels whose text, speaker or tier a search finds, each with its place.
pub fn found(state: &State, search: &str) -> Vec<(usize, Label)> {
    let labels = labels::listed(state).map(|listed| listed.labels).unwrap_or_default();
    let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
    let text = |label: &Label| {
        let more = [&label.tier, &label.speaker].map(|text| text.clone().unwrap_or_default());
        format!("{} {} {}", label.text, more[0], more[1]).to_lowercase()
    };
    let has = |label: &Label| words.iter().all(|word| text(label).contains(word.as_str()));
    labels.into_iter().enumerate().filter(|(_, label)| has(label)).collect()
}
