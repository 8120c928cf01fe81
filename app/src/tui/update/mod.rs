//! From what happens to a new state and what is to be done: no terminal, device, file or clock is touched here.

mod adopt;
mod along;
mod alter;
mod arrange;
mod ask;
mod compare;
mod form;
mod grip;
mod labels;
mod lanes;
mod list;
mod live;
mod overlay;
mod recording;
mod request;
mod save_picture;
mod session;
mod sound;
mod steer;
mod typing;

use super::action::{Action, Focus};
use super::comparison;
use super::effect::Effect;
use super::event::{Event, Gesture, Mouse};
use super::key::Key;
use super::lane::{Kind, Lane};
use super::layout::{LaneArea, Layout};
use super::selection;
use super::sound::Listen;
use super::state::{Overlay, State, Tone};
use super::theme::Theme;
use super::welcome::{self, Does};
pub use compare::extras;
pub use labels::found as found_labels;
pub use overlay::found;
pub use steer::found as found_offers;

/// Takes in what happened.
pub fn receive(state: &mut State, event: Event) -> Vec<Effect> {
    let mut effects = match event {
        Event::Key(key) => press(state, key),
        Event::Paste(text) => text.chars().filter(|c| !c.is_control()).flat_map(|c| overlay::paste(state, c)).collect(),
        Event::Mouse(mouse) => point(state, mouse),
        Event::Resize(width, height) => {
            state.size = (width, height);
            vec![Effect::Redraw]
        }
        Event::Graphics(graphics) => quietly(|| state.graphics = graphics.filter(|_| state.depth.has_shades())),
        Event::Background(colour) => quietly(|| {
            state.background = Some(colour);
            if !state.theme_is_named && state.theme != Theme::Sixteen {
                state.theme = Theme::on(colour);
            }
        }),
        Event::Resumed => vec![Effect::Redraw],
        Event::Signal(_) => vec![Effect::Quit],
        Event::Wave(ticket, columns) => quietly(|| {
            if let Some(lane) = waiting(state, ticket) {
                lane.receive_wave(ticket, columns);
            }
        }),
        Event::Grid(ticket, columns) => quietly(|| {
            if let Some(lane) = waiting(state, ticket) {
                lane.receive_grid(ticket, columns);
            }
        }),
        Event::Table(ticket, found) => quietly(|| {
            if let Some(lane) = waiting(state, ticket) {
                lane.receive_table(ticket, found);
            }
        }),
        Event::Filled(ticket, failure) => quietly(|| {
            let Some(lane) = waiting(state, ticket) else { return };
            lane.finish(ticket, failure.clone());
            if let Some(reason) = failure {
                state.say(Tone::Bad, reason);
            }
        }),
        Event::Length { signature, output, length } => {
            let asked = state.lengths.iter_mut().find(|(s, o, _)| (*s, *o) == (signature, output));
            if let Some((_, _, answer)) = asked {
                *answer = Some(length);
            }
            request::aim(state);
            Vec::new()
        }
        Event::Read(of, reading) => quietly(|| state.reading.receive(of, reading)),
        Event::Surveyed(of, survey) => quietly(|| state.survey.receive(of, survey)),
        Event::Overview(covered) => quietly(|| {
            if let Some(known) = state.overviews.iter_mut().find(|known| known.of == covered.of) {
                *known = covered;
            }
        }),
        Event::Files(changes) => quietly(|| session::notice(state, changes)),
        Event::Loudness(loudness) => quietly(|| {
            if loudness.of == state.loudness.of {
                state.loudness = loudness
            }
        }),
        Event::Heard(news) => quietly(|| state.recording.take(*news)),
        Event::LiveBegan(pipeline, told) => quietly(|| live::began(state, *pipeline, told)),
        Event::LiveNews { told, lengths, changed } => quietly(|| live::news(state, told, &lengths, &changed)),
        Event::Sound(sound) => lanes::hear(state, sound),
        Event::Offered(offers) => quietly(|| steer::show(state, offers)),
        Event::Tried { ticket, index, outcome } => quietly(|| steer::tried(state, ticket, index, outcome)),
        Event::AllTried(ticket) => quietly(|| steer::all_tried(state, ticket)),
        Event::Crossed(from, to) => labels::crossed(state, from, to),
        Event::LabelsRead(name, read) => adopt::read(state, &name, read),
        Event::Written(told) => quietly(|| ask::written(state, told)),
        Event::Taken(what, path) => quietly(|| ask::exists(state, what, &path)),
        Event::Told(title, text) => open(state, Overlay::Text(title, text, 0)),
        Event::Unsaved(text) => open(state, Overlay::Recover(text)),
        Event::Exported(outcome) => quietly(|| save_picture::told(state, outcome)),
        Event::ExportExists(path) => quietly(|| save_picture::ask_again(state, path)),
        Event::Listed(listing) => quietly(|| overlay::list(state, listing)),
        event => session::receive(state, event),
    };
    effects.extend(session::read_again(state));
    comparison::link(state);
    effects.extend(sound::follow(state));
    effects.extend(request::refresh(state));
    effects
}

/// The lane that waits for the request with this ticket.
fn waiting(state: &mut State, ticket: u64) -> Option<&mut Lane> {
    state.lanes.iter_mut().find(|lane| lane.is_waiting_for(ticket))
}

/// Changes the state and asks for nothing.
fn quietly(body: impl FnOnce()) -> Vec<Effect> {
    body();
    Vec::new()
}

/// A key goes to what lies on top: an overlay, a field, a view.
fn press(state: &mut State, key: Key) -> Vec<Effect> {
    (state.message, state.hover) = (None, None);
    let focus = state.focus();
    let interrupt = state.keys.action(key, focus) == Some(Action::Interrupt);
    if state.overlay.is_some() && !interrupt {
        return overlay::press(state, key);
    }
    if state.form.field.is_some() && !interrupt {
        return form::press(state, key);
    }
    if state.labels.typing.is_some() && !interrupt {
        return typing::press(state, key);
    }
    match state.keys.action(key, focus) {
        Some(action) => update(state, action),
        None => {
            state.say(Tone::Plain, state.keys.unknown(key, focus));
            Vec::new()
        }
    }
}

/// Does what is asked for.
pub fn update(state: &mut State, action: Action) -> Vec<Effect> {
    if !state.is_open && needs_session(action) {
        state.say(Tone::Plain, "nothing is open yet; o opens a sound file or a session");
        return Vec::new();
    }
    match action {
        Action::PlayCursor if state.sweep.is_some() => compare::take(state),
        Action::Quit => session::quit(state),
        Action::Interrupt if state.overlay.is_some() => vec![Effect::Quit],
        Action::Interrupt => session::quit(state),
        Action::Suspend => vec![Effect::Suspend],
        Action::Redraw => vec![Effect::Redraw],
        Action::Cancel => cancel(state),
        Action::Help => open(state, Overlay::Help(0)),
        Action::Palette => open(state, Overlay::Palette(Default::default(), 0)),
        Action::NextFocus => turn_focus(state, 1),
        Action::PreviousFocus => turn_focus(state, 2),
        Action::Focus(focus) => set_focus(state, focus),
        Action::ToggleSide => {
            state.is_wide = !state.is_wide;
            set_focus(state, Focus::Lanes)
        }
        Action::Beside if !session::may_leave(state) => Vec::new(),
        Action::Open | Action::Beside => {
            (state.relinked, state.is_for_b) = (None, action == Action::Beside);
            let file = std::path::Path::new(&state.pipeline.file);
            let directory = file.parent().filter(|parent| !parent.as_os_str().is_empty());
            vec![Effect::List(directory.unwrap_or(std::path::Path::new(".")).to_owned())]
        }
        Action::Demo => session::leave_for(state, None),
        Action::Save => session::save(state),
        Action::SaveAs => session::ask_name(state, false),
        Action::Undo | Action::Redo => session::turn_back(state, action == Action::Redo),
        Action::PlayPause if state.live.is_some() => live::hold(state),
        Action::PlayCursor if state.selection.is_some() && state.live.is_none() => {
            sound::update(state, Listen::Selection)
        }
        Action::PlayPause | Action::PlayCursor => lanes::play(state, action == Action::PlayCursor),
        Action::Listen(ask) => sound::update(state, ask),
        Action::Row(by) => quietly(|| choose(state, Some(i64::from(by)))),
        Action::FirstRow => quietly(|| choose(state, Some(i64::MIN))),
        Action::LastRow => quietly(|| choose(state, Some(i64::MAX))),
        Action::Enter => enter(state),
        Action::Bypass => session::bypass(state),
        Action::AddStage => steer::add(state),
        Action::RemoveStage => steer::remove_or_duplicate(state, false),
        Action::Duplicate => steer::remove_or_duplicate(state, true),
        Action::Rename => steer::ask_name(state),
        Action::Rewire => steer::rewire(state),
        Action::Relink => steer::relink(state),
        Action::Shift(by) => steer::shift(state, i64::from(by)),
        Action::History => open(state, Overlay::History(state.history.undo.len())),
        Action::ShellLine => vec![Effect::ShellLine],
        Action::Export => quietly(|| save_picture::ask(state)),
        Action::Nudge(by) => form::nudge(state, i64::from(by)),
        Action::Reset => form::reset(state, false),
        Action::ResetAll => form::reset(state, true),
        Action::MarkA | Action::MarkB => compare::mark(state, usize::from(action == Action::MarkB)),
        Action::Flicker => quietly(|| compare::flicker(state)),
        Action::Difference => compare::tell(state),
        Action::Sweep => compare::sweep(state),
        // What is selected now is no label's stretch any more.
        Action::SelectFrom | Action::SelectTo => quietly(|| {
            state.labels.chosen = None;
            selection::mark(state, action == Action::SelectTo);
        }),
        Action::Extend(by) => quietly(|| {
            state.labels.chosen = None;
            selection::extend(state, by);
        }),
        Action::Annotate(ask) => labels::update(state, ask),
        Action::Alter(ask) => alter::update(state, ask),
        Action::Spectrum => quietly(|| state.has_spectrum = !state.has_spectrum),
        Action::SelectAll => quietly(|| {
            state.labels.chosen = None;
            selection::all(state);
        }),
        Action::SelectNone => quietly(|| (state.labels.chosen, state.selection) = (None, None)),
        Action::ZoomSelection => quietly(|| {
            if !selection::zoom(state) {
                state.say(Tone::Plain, "nothing is selected; i and I mark its ends, Shift+arrows and the mouse too");
            }
        }),
        Action::LaneAdd
        | Action::LaneRemove
        | Action::LaneUnhide
        | Action::LaneTurn(_)
        | Action::LaneMove(_)
        | Action::LaneHeight(_)
        | Action::LaneKind
        | Action::LaneAlone
        | Action::Lanes => quietly(|| arrange::update(state, action)),
        action => quietly(|| lanes::update(state, action)),
    }
}

/// Is it about a session that is open?
pub fn needs_session(action: Action) -> bool {
    !matches!(
        action,
        Action::Quit
            | Action::Interrupt
            | Action::Suspend
            | Action::Redraw
            | Action::Cancel
            | Action::Help
            | Action::Palette
            | Action::Open
            | Action::Demo
            | Action::Listen(Listen::Record)
            | Action::Row(_)
            | Action::Enter
    )
}

fn open(state: &mut State, overlay: Overlay) -> Vec<Effect> {
    state.overlay = Some(overlay);
    Vec::new()
}

/// Stops what is being computed; else goes back to the lanes.
fn cancel(state: &mut State) -> Vec<Effect> {
    if state.live.is_some() {
        return live::end(state);
    }
    if lanes::stop(state) {
        state.say(Tone::Plain, "stopped; any move or zoom goes on");
        return vec![Effect::Stop];
    }
    if compare::leave(state) {
        return vec![Effect::Replan];
    }
    if compare::rest(state) {
        return Vec::new();
    }
    let marked = (state.labels.chosen.is_some(), state.selection.is_some());
    if state.focus == Focus::Lanes && marked != (false, false) {
        (state.labels.chosen, state.selection) = (None, None);
        return Vec::new();
    }
    if state.is_open { set_focus(state, Focus::Lanes) } else { Vec::new() }
}

/// Gives a view the focus; that of labels is a lane.
fn show(state: &mut State, focus: Focus) {
    state.focus = if focus == Focus::Labels { Focus::Lanes } else { focus };
    if let (Focus::Labels, Some(place)) = (focus, super::labels::place(state)) {
        state.lanes.set_focus(place);
    }
}

fn turn_focus(state: &mut State, by: usize) -> Vec<Effect> {
    const ORDER: [Focus; 3] = [Focus::Lanes, Focus::Pipeline, Focus::Parameters];
    let at = ORDER.iter().position(|focus| *focus == state.focus).unwrap_or(0);
    set_focus(state, ORDER[(at + by) % ORDER.len()])
}

fn set_focus(state: &mut State, focus: Focus) -> Vec<Effect> {
    state.focus = if state.is_open { focus } else { Focus::Welcome };
    state.form.field = None;
    state.form.error = None;
    Vec::new()
}

/// Moves the choice in the list that has the focus; `i64::MIN` and `MAX` are its ends.
fn choose(state: &mut State, by: Option<i64>) {
    let by = by.unwrap_or(0);
    let moved =
        |row: usize, rows: usize| (row as i64).saturating_add(by).clamp(0, rows.saturating_sub(1) as i64) as usize;
    match state.focus {
        Focus::Pipeline => choose_stage(state, moved(state.chosen, state.pipeline.stages.len())),
        Focus::Parameters => {
            state.form.row = moved(state.form.row, state.stage().map_or(0, |stage| stage.parameters.len()));
        }
        Focus::Welcome => state.welcome.row = moved(state.welcome.row, welcome::rows(state).len()),
        Focus::Lanes | Focus::Labels => {}
    }
}

fn choose_stage(state: &mut State, row: usize) {
    if row != state.chosen {
        state.chosen = row;
        state.form = Default::default();
        request::aim(state);
    }
}

fn enter(state: &mut State) -> Vec<Effect> {
    match state.focus {
        Focus::Pipeline => set_focus(state, Focus::Parameters),
        Focus::Parameters => quietly(|| form::edit(state)),
        Focus::Lanes | Focus::Labels => Vec::new(),
        Focus::Welcome => match welcome::rows(state).get(state.welcome.row).map(|row| row.does.clone()) {
            Some(Does::Action(action)) => update(state, action),
            Some(Does::Open(path)) => session::leave_for(state, Some(path)),
            None => Vec::new(),
        },
    }
}

/// What the mouse points at is read instead of what lies at the cursor.
fn hover(state: &mut State, lane: Option<LaneArea>, mouse: Mouse) {
    let pointed = lane.zip(state.timeline).map(|(lane, timeline)| {
        let time = timeline.time(timeline.left + i64::from(mouse.x - lane.plot.x));
        let (low, high) = state.look().heights;
        let share = (f64::from(mouse.y - lane.plot.y) + 0.5) / f64::from(lane.plot.height.max(1));
        (time, (lane.kind == Kind::Grid).then_some(high - share * (high - low)))
    });
    state.hover = pointed.filter(|(time, _)| state.timeline.is_some_and(|timeline| *time < timeline.end));
}

/// Marks what lies between where the button went down and where the mouse is; beyond the edge, up to the edge.
fn drag(state: &mut State, layout: &Layout, mouse: Mouse) {
    let Some(lane) = layout.grid.or(layout.wave) else { return };
    let (Some(timeline), Some(anchor)) = (state.timeline, state.anchor) else { return };
    let place = mouse.x.clamp(lane.plot.x, lane.plot.right().saturating_sub(1)) - lane.plot.x;
    let column = timeline.left + i64::from(place);
    state.selection = Some(selection::columns(&timeline, timeline.column(anchor), column));
    state.cursor = timeline.time(column.clamp(0, timeline.total() - 1));
}

/// The mouse does what keys do: choose, go there, pan, zoom.
fn point(state: &mut State, mouse: Mouse) -> Vec<Effect> {
    let Some(layout) = Layout::new(state).filter(|_| state.is_open && state.overlay.is_none()) else {
        return Vec::new();
    };
    let at = ratatui::layout::Position::new(mouse.x, mouse.y);
    let in_lanes = layout.lanes.iter().copied().find(|lane| lane.plot.contains(at) || lane.title.contains(at));
    let is_press = matches!(mouse.gesture, Gesture::Press | Gesture::Double);
    if let Some(effects) = in_lanes.filter(|_| is_press).and_then(|lane| grip::take(state, &lane, mouse)) {
        return effects;
    }
    match (mouse.gesture, in_lanes) {
        (Gesture::Drag, _) if state.labels.held.is_some() => quietly(|| grip::drag(state, &layout, mouse)),
        (Gesture::Release, _) => grip::leave(state),
        (Gesture::Press | Gesture::Double, Some(lane)) => {
            state.focus = Focus::Lanes;
            state.lanes.set_focus(lane.place);
            (state.selection, state.anchor, state.labels.chosen) = (None, None, None);
            if lane.title.contains(at) {
                return Vec::new();
            }
            let is_grid = lane.kind == Kind::Grid;
            let row = is_grid.then_some((mouse.y - lane.plot.y, lane.plot.height));
            let effects = lanes::point(state, mouse.x - lane.plot.x, row);
            state.anchor = Some(state.cursor);
            effects
        }
        // All that can be done there, to choose from.
        (Gesture::Menu, lane) => {
            if let Some(lane) = lane {
                state.focus = Focus::Lanes;
                state.lanes.set_focus(lane.place);
            }
            open(state, Overlay::Palette(Default::default(), 0))
        }
        (Gesture::Move, lane) => quietly(|| hover(state, lane, mouse)),
        (Gesture::Drag, _) => quietly(|| drag(state, &layout, mouse)),
        (Gesture::Press | Gesture::Double, None) => {
            if let Some(area) = layout.pipeline.filter(|area| area.contains(at) && mouse.y > area.y) {
                state.focus = Focus::Pipeline;
                let first = super::view::first_row(state.chosen, usize::from(area.height) - 1);
                let row = first + usize::from(mouse.y - area.y - 1);
                if row < state.pipeline.stages.len() {
                    choose_stage(state, row);
                }
            } else if let Some(area) = layout.parameters.filter(|area| area.contains(at)) {
                state.focus = Focus::Parameters;
                if let Some(row) = super::view::parameter_at(state, area, mouse.y) {
                    state.form.row = row;
                }
            }
            Vec::new()
        }
        (Gesture::Wheel(by), Some(_)) => update(state, Action::Pan(by)),
        (Gesture::Zoom(by), Some(lane)) => {
            lanes::point(state, mouse.x.saturating_sub(lane.plot.x), None);
            update(state, if by < 0 { Action::Zoom(1) } else { Action::Zoom(-1) })
        }
        (Gesture::Wheel(by), None) => quietly(|| choose(state, Some(i64::from(by)))),
        _ => Vec::new(),
    }
}
