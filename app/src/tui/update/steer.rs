//! Steering the pipeline: stages that come, go, move and are wired otherwise.

use super::super::effect::{Effect, Reason};
use super::super::field::Field;
use super::super::fuzzy;
use super::super::key::Key;
use super::super::offer::{Offer, Offers, Wanted};
use super::super::state::{Overlay, State, Tone};
use super::list;
use auricle_engine::Edit;
use ratatui::crossterm::event::{KeyCode, KeyModifiers};
use std::path::{Path, PathBuf};

/// Changes the session because the user wants it so.
pub fn apply(edit: Edit) -> Vec<Effect> {
    vec![Effect::Apply { edit, name: None, reason: Reason::Edit }]
}

/// Lists the stages that can come after the chosen one.
pub fn add(state: &State) -> Vec<Effect> {
    vec![Effect::Offer(Wanted::Stage { row: state.chosen })]
}

/// Lists what can feed the chosen stage.
pub fn rewire(state: &mut State) -> Vec<Effect> {
    let inputs = state.stage().and_then(|stage| stage.descriptor).map(|descriptor| descriptor.inputs.len());
    match inputs {
        Some(0) => state.say(Tone::Plain, "this stage has no inputs"),
        None => state.say(Tone::Bad, "this stage is not installed, so its inputs are not known"),
        Some(_) => return vec![Effect::Offer(Wanted::Feed { row: state.chosen, port: 0 })],
    }
    Vec::new()
}

/// Removes the chosen stage, or adds one like it.
pub fn remove_or_duplicate(state: &State, duplicate: bool) -> Vec<Effect> {
    let id = state.stage().map(|stage| stage.id.clone());
    let effect = id.map(|id| if duplicate { Effect::Duplicate(id) } else { Effect::Remove(id) });
    effect.into_iter().collect()
}

/// Asks for another name of the chosen stage.
pub fn ask_name(state: &mut State) -> Vec<Effect> {
    state.overlay = state.stage().map(|stage| Overlay::Rename(Field::new(&stage.id)));
    Vec::new()
}

/// A key for the new name.
pub fn rename(state: &mut State, key: Key, mut field: Field) -> Vec<Effect> {
    if key.code == KeyCode::Enter {
        let (Some(stage), to) = (state.stage(), field.text().trim().to_owned()) else { return Vec::new() };
        if stage.id == to {
            return Vec::new();
        }
        let edit = Edit::Rename { from: stage.id.clone(), to };
        return apply(edit);
    }
    field.press(key);
    state.overlay = Some(Overlay::Rename(field));
    Vec::new()
}

/// Chooses another file for the input that the chosen stage descends from.
pub fn relink(state: &mut State) -> Vec<Effect> {
    let rows = state.pipeline.stages.iter().enumerate();
    let upstream = rows.filter(|(row, _)| *row == state.chosen || state.pipeline.reads(state.chosen, *row));
    let sources: Vec<&str> =
        upstream.flat_map(|(_, stage)| stage.wires.iter().map(|feed| feed.source.as_str())).collect();
    let input = state.pipeline.inputs.iter().find(|(name, _)| sources.contains(&name.as_str()));
    let Some((name, path)) = input.or(state.pipeline.inputs.first()).cloned() else {
        state.say(Tone::Plain, "the session has no inputs");
        return Vec::new();
    };
    let session = Path::new(&state.pipeline.file).parent().unwrap_or(Path::new(""));
    let directory = session.join(path).parent().filter(|parent| !parent.as_os_str().is_empty()).map(Path::to_owned);
    state.say(Tone::Plain, format!("choose the file for the input {name}"));
    state.relinked = Some(name);
    vec![Effect::List(directory.unwrap_or_else(|| PathBuf::from(".")))]
}

/// The input has another file.
pub fn relinked(state: &mut State, path: &Path) -> Option<Vec<Effect>> {
    let name = state.relinked.take()?;
    let Some(path) = path.to_str().map(str::to_owned) else {
        state.say(Tone::Bad, "a session holds only names that are UTF-8; rename the file");
        return Some(Vec::new());
    };
    Some(apply(Edit::SetInput { name, path: Some(path) }))
}

/// Moves the chosen stage in the list; what it is wired to stays.
pub fn shift(state: &State, by: i64) -> Vec<Effect> {
    let Some(stage) = state.stage() else { return Vec::new() };
    let ids: Vec<&String> = state.pipeline.stages.iter().map(|stage| &stage.id).collect();
    let after = match (by < 0, state.chosen) {
        (true, 0) => return Vec::new(),
        (true, row) => row.checked_sub(2).map(|row| ids[row].clone()),
        (false, row) => match ids.get(row + 1) {
            Some(id) => Some((*id).clone()),
            None => return Vec::new(),
        },
    };
    apply(Edit::MoveStage { id: stage.id.clone(), after })
}

/// What a search finds: what is called that first, of it what fits, then the best answers.
pub fn found<'a>(offers: &'a Offers, search: &str) -> Vec<(usize, &'a Offer)> {
    let text = |offer: &(usize, &Offer)| format!("{} {} {}", offer.1.name, offer.1.summary, offer.1.group);
    let mut found = fuzzy::search(offers.all.iter().enumerate(), search, text);
    if !search.trim().is_empty() {
        let words: Vec<String> = search.split_whitespace().map(str::to_lowercase).collect();
        let is_named = |offer: &Offer| words.iter().all(|word| offer.name.contains(word.as_str()));
        found.sort_by_key(|(_, offer)| (!is_named(offer), offer.fits.is_err()));
    }
    found
}

/// Shows a list to choose from; what is most likely wanted is chosen.
pub fn show(state: &mut State, mut offers: Offers) {
    let row = likely(&offers);
    offers.suggested = row;
    state.overlay = Some(Overlay::Offers { offers, field: Field::default(), row, between: false });
}

/// The row of what is there already, else of what fits: what goes on from here is asked for more often than a file.
fn likely(offers: &Offers) -> usize {
    let list = found(offers, "");
    let place = |wanted: &dyn Fn(&Offer) -> bool| list.iter().position(|(_, offer)| wanted(offer));
    place(&|offer| offer.is_set)
        .or_else(|| place(&|offer| offer.fits.is_ok() && !offer.reads_files()))
        .or_else(|| place(&|offer| offer.fits.is_ok()))
        .unwrap_or(0)
}

/// A key for a list to choose from.
pub fn choose(
    state: &mut State,
    key: Key,
    offers: Offers,
    mut field: Field,
    row: usize,
    mut between: bool,
) -> Vec<Effect> {
    let list = found(&offers, field.text());
    let last = list.len().saturating_sub(1);
    let row = match key.code {
        _ if list::leads(key) => list::row(key, row, last, state.size.1),
        KeyCode::Tab => match offers.wanted {
            Wanted::Stage { .. } => {
                between = !between;
                row
            }
            Wanted::Feed { row, port } => {
                let back = key.modifiers.contains(KeyModifiers::SHIFT);
                return vec![Effect::Offer(Wanted::Feed { row, port: turned(state, row, port, back) })];
            }
        },
        KeyCode::Enter => {
            let Some((_, offer)) = list.get(row) else { return keep(state, offers, field, row, between) };
            let edit =
                if between { offer.between.clone().unwrap_or_else(|| offer.edit.clone()) } else { offer.edit.clone() };
            if let Err(reason) = &offer.fits {
                // It may be what is wanted all the same: what is missing can be put in afterwards.
                let stays = matches!(offers.wanted, Wanted::Feed { .. });
                state.say(Tone::Bad, format!("{} does not fit: {reason}", offer.name));
                if stays {
                    return keep(state, offers, field, row, between);
                }
            }
            return apply(edit);
        }
        _ => {
            field.press(key);
            first_that_fits(&offers, &field)
        }
    };
    keep(state, offers, field, row, between)
}

fn first_that_fits(offers: &Offers, field: &Field) -> usize {
    found(offers, field.text()).iter().position(|(_, offer)| offer.fits.is_ok()).unwrap_or(0)
}

/// The next input port of a stage, or the one before.
fn turned(state: &State, row: usize, port: usize, back: bool) -> usize {
    let descriptor = state.pipeline.stages.get(row).and_then(|stage| stage.descriptor);
    let count = descriptor.map_or(1, |descriptor| descriptor.inputs.len()).max(1);
    (port + if back { count - 1 } else { 1 }) % count
}

fn keep(state: &mut State, offers: Offers, field: Field, row: usize, between: bool) -> Vec<Effect> {
    state.overlay = Some(Overlay::Offers { offers, field, row, between });
    Vec::new()
}

/// Everything in a list was tried. What was suggested may not fit after all; nobody has moved on from it yet.
pub fn all_tried(state: &mut State, ticket: u64) {
    if let Some(Overlay::Offers { offers, field, row, .. }) = &mut state.overlay
        && offers.ticket == ticket
    {
        offers.is_tried = true;
        if field.text().is_empty() && *row == offers.suggested {
            *row = likely(offers);
        }
    }
}

/// Takes in what a plan says about an offer.
pub fn tried(state: &mut State, ticket: u64, index: usize, outcome: Result<(), String>) {
    if let Some(Overlay::Offers { offers, .. }) = &mut state.overlay
        && offers.ticket == ticket
        && let Some(offer) = offers.all.get_mut(index)
    {
        offer.fits = outcome;
    }
}
