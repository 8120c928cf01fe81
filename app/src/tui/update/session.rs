//! The session: its edits and their undoing, saving, opening, leaving.

use super::super::action::Focus;
use super::super::effect::{Effect, Reason};
use super::super::event::Event;
use super::super::field::Field;
use super::super::pipeline::Pipeline;
use super::super::remember;
use super::super::state::{History, Overlay, State, Step, Tone};
use super::super::watch::Change;
use super::{request, steer};
use auricle_engine::Edit;
use std::path::{Path, PathBuf};

/// Takes in what became of the session.
pub fn receive(state: &mut State, event: Event) -> Vec<Effect> {
    match event {
        Event::Opened(pipeline, view) => {
            let kept = State {
                size: state.size,
                depth: state.depth,
                theme: state.theme,
                theme_is_named: state.theme_is_named,
                background: state.background,
                graphics: state.graphics,
                keys: std::mem::take(&mut state.keys),
                welcome: std::mem::take(&mut state.welcome),
                sound: std::mem::take(&mut state.sound),
                ticket: state.ticket,
                tags: std::mem::take(&mut state.tags),
                ..State::default()
            };
            *state = kept;
            state.sound.position = None;
            state.pipeline = *pipeline;
            (state.is_open, state.is_planning, state.focus) = (true, true, Focus::Lanes);
            state.history.saved = (!state.pipeline.file.is_empty()).then_some(0);
            state.pitch = 0.25;
            remember::recall(state, &view);
            super::adopt::follow(state);
        }
        Event::NotOpened(reason) => {
            state.is_planning = false;
            state.say(Tone::Bad, reason);
        }
        Event::Planned { pipeline, plan, .. } => return planned(state, *pipeline, plan.is_some()),
        Event::Applied { inverse, reason, pipeline } => {
            let is_new = |id: &String| state.pipeline.stages.iter().all(|row| row.id != *id);
            let new = pipeline.stages.iter().rev().filter(|row| row.stage != super::super::labels::STAGE);
            state.choose_next = new.map(|row| row.id.clone()).find(is_new);
            let chosen = state.choose_next.clone().or_else(|| state.stage().map(|stage| stage.id.clone()));
            state.pipeline.follow(&pipeline);
            choose(state, chosen.as_deref());
            applied(&mut state.history, inverse, reason);
            super::adopt::follow(state);
            return super::typing::go_on(state);
        }
        Event::Refused(reason) => {
            state.is_planning = false;
            state.say(Tone::Bad, reason);
        }
        Event::Saved(_, true) => return vec![Effect::Quit],
        Event::Saved(path, false) => {
            state.history.saved = Some(state.history.undo.len());
            state.pipeline.file = path.display().to_string();
            let path = path.display();
            state.say(Tone::Good, format!("saved {path}; headless: auricle replay {path} --out out"));
        }
        Event::Exists(path, quit) => state.overlay = Some(Overlay::Replace { path, quit }),
        Event::NotSaved(reason) => state.say(Tone::Bad, reason),
        _ => {}
    }
    Vec::new()
}

fn planned(state: &mut State, pipeline: Pipeline, usable: bool) -> Vec<Effect> {
    let chosen = state.choose_next.take().or_else(|| state.stage().map(|stage| stage.id.clone()));
    (state.pipeline, state.is_planning, state.is_usable) = (pipeline, false, usable);
    state.live = None;
    choose(state, chosen.as_deref());
    // Old answers stay: equal signatures mean equal results. Failures are asked about again.
    state.lengths.retain(|(_, _, answer)| !matches!(answer, Some(Err(_))));
    state.lanes.iter_mut().for_each(|lane| lane.asked = None);
    request::aim(state);
    if !usable {
        let stage = state.pipeline.stages.iter().find_map(|s| Some(format!("{}: {}", s.id, s.problem.as_ref()?)));
        let problem = stage.or_else(|| state.pipeline.problems.first().cloned());
        state.say(Tone::Bad, problem.unwrap_or_else(|| "the session cannot be planned".into()));
        return Vec::new();
    }
    if let Some((name, reason)) = state.pipeline.refused.first() {
        let text = format!("{name} cannot be made: {reason}");
        state.say(Tone::Bad, text);
    }
    // What is heard is what is seen: the sound goes on with the new parameters.
    match (state.sound.is_playing, state.playable()) {
        (true, Some(target)) => vec![Effect::Play { target: target.clone(), from: state.sound.position }],
        _ => Vec::new(),
    }
}

/// Takes in what became of the inputs. What is deleted stays open, and is shown as it was.
pub fn notice(state: &mut State, changes: Vec<Change>) {
    for change in changes {
        match change {
            Change::Changed(path) => {
                state.is_stale = true;
                state.say(Tone::Plain, format!("{} has changed and is read again", name(&path)));
            }
            Change::Gone(path) => state.say(Tone::Bad, format!("{} is deleted; shown is what was opened", name(&path))),
        }
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Plans again once inputs have changed; not while they are heard, that would be a gap.
pub fn read_again(state: &mut State) -> Option<Effect> {
    let now = state.is_stale && state.is_open && !state.sound.is_playing;
    state.is_stale &= !now;
    now.then_some(Effect::Replan)
}

/// Chooses the stage of that name, or what now stands in its place.
fn choose(state: &mut State, id: Option<&str>) {
    let found = state.pipeline.stages.iter().position(|stage| Some(stage.id.as_str()) == id);
    state.chosen = found.unwrap_or(state.chosen).min(state.pipeline.stages.len().saturating_sub(1));
    let parameters = state.stage().map_or(0, |stage| stage.parameters.len());
    state.form.row = state.form.row.min(parameters.saturating_sub(1));
}

fn applied(history: &mut History, inverse: Step, reason: Reason) {
    match reason {
        Reason::Edit => {
            // What was saved lies on a branch that is gone.
            if history.saved.is_some_and(|saved| saved > history.undo.len()) {
                history.saved = None;
            }
            history.redo.clear();
            history.undo.push(inverse);
        }
        Reason::Undo => history.redo.push(inverse),
        Reason::Redo => history.undo.push(inverse),
    }
}

/// Takes the last edit back, or makes it again.
pub fn turn_back(state: &mut State, forward: bool) -> Vec<Effect> {
    let (list, reason) =
        if forward { (&mut state.history.redo, Reason::Redo) } else { (&mut state.history.undo, Reason::Undo) };
    match list.pop() {
        Some(Step { edit, name }) => {
            state.say(Tone::Plain, format!("{}: {name}", if forward { "redone" } else { "undone" }));
            vec![Effect::Apply { edit, name: Some(name), reason }]
        }
        None => {
            state.say(Tone::Plain, if forward { "nothing to redo" } else { "nothing to undo" });
            Vec::new()
        }
    }
}

/// Leaves the chosen stage out, or takes it in again.
pub fn bypass(state: &mut State) -> Vec<Effect> {
    let Some(stage) = state.stage() else { return Vec::new() };
    let edit = Edit::Bypass { stage: stage.id.clone(), on: !stage.bypass };
    steer::apply(edit)
}

/// Takes back or makes again as many changes as lead to that row of the history; row 0 is the session as it was opened.
pub fn jump(state: &mut State, row: usize) -> Vec<Effect> {
    let History { undo, redo, .. } = &mut state.history;
    let done = undo.len();
    let (list, count, reason) = match row.checked_sub(done) {
        Some(forward) => (redo, forward, Reason::Redo),
        None => (undo, done - row, Reason::Undo),
    };
    let steps = list.split_off(list.len().saturating_sub(count)).into_iter().rev();
    steps.map(|Step { edit, name }| Effect::Apply { edit, name: Some(name), reason }).collect()
}

/// Saves to the session's own file, or asks for one.
pub fn save(state: &mut State) -> Vec<Effect> {
    if state.pipeline.file.is_empty() { ask_name(state, false) } else { save_to(state, None, true, false) }
}

/// Asks for the name to save under.
pub fn ask_name(state: &mut State, quit: bool) -> Vec<Effect> {
    let name = if state.pipeline.file.is_empty() {
        Path::new(&state.name()).with_extension("toml").display().to_string()
    } else {
        state.pipeline.file.clone()
    };
    state.overlay = Some(Overlay::SaveAs { field: Field::new(&name), quit });
    Vec::new()
}

/// Saves, and quits afterwards if that was the reason.
pub fn save_to(state: &mut State, path: Option<PathBuf>, overwrite: bool, quit: bool) -> Vec<Effect> {
    vec![Effect::Save { path, overwrite, view: remember::view(state), quit }]
}

/// Saves to the session's own file and quits; asks for a name if there is none.
pub fn save_and_quit(state: &mut State) -> Vec<Effect> {
    if state.pipeline.file.is_empty() { ask_name(state, true) } else { save_to(state, None, true, true) }
}

/// Quits, or asks first if changes would be lost.
pub fn quit(state: &mut State) -> Vec<Effect> {
    if is_worth_asking(state) {
        state.overlay = Some(Overlay::Unsaved(None));
        return Vec::new();
    }
    vec![Effect::Quit]
}

/// A session that was never saved is only worth a question once it was changed.
fn is_worth_asking(state: &State) -> bool {
    let fresh = state.pipeline.file.is_empty() && state.history.undo.is_empty() && state.history.redo.is_empty();
    state.is_open && state.history.is_modified() && !fresh
}

/// May another session take the place of this one? If not, says what to do.
pub fn may_leave(state: &mut State) -> bool {
    let may = !is_worth_asking(state);
    if !may {
        state.say(Tone::Plain, "the session has changes; s saves them, u takes them back");
    }
    may
}

/// Opens a file, or the demo; asks first if changes would be lost.
pub fn leave_for(state: &mut State, path: Option<PathBuf>) -> Vec<Effect> {
    if is_worth_asking(state) {
        match path {
            Some(path) => state.overlay = Some(Overlay::Unsaved(Some(path))),
            None => drop(may_leave(state)),
        }
        return Vec::new();
    }
    match path {
        Some(path) => open(state, path),
        None => {
            state.is_planning = true;
            vec![Effect::Demo]
        }
    }
}

/// Opens a file.
pub fn open(state: &mut State, path: PathBuf) -> Vec<Effect> {
    state.is_planning = true;
    vec![Effect::Open(path)]
}
