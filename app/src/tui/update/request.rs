//! What the lanes show, and what has to be asked for so that they can be drawn.

use super::super::columns::Work;
use super::super::effect::Effect;
use super::super::labels;
use super::super::lane::{Kind, Lane, Source};
use super::super::layout::Layout;
use super::super::loudness::Loudness;
use super::super::overview::Covered;
use super::super::paint::text;
use super::super::pipeline::Pipeline;
use super::super::remember;
use super::super::state::State;
use super::super::study::Place;
use super::super::target::Target;
use super::super::timeline::Timeline;

/// Points the lanes at what the chosen stage has to show, or at what each has been told to.
pub fn aim(state: &mut State) {
    if !state.is_usable {
        return;
    }
    let (pipeline, chosen) = (&state.pipeline, state.chosen);
    for lane in state.lanes.iter_mut() {
        let target = match &lane.source {
            Source::Audio => pipeline.wave(chosen).or_else(|| beside(pipeline, chosen, Pipeline::wave)),
            Source::Frames => pipeline.grid(chosen).or_else(|| beside(pipeline, chosen, Pipeline::grid)),
            Source::Records => pipeline.table(chosen).or_else(|| pipeline.only_table(chosen)),
            Source::Output { stage, port } => state.pipeline.named(stage, port),
            Source::Added { stage, port } => state.pipeline.added(stage, port),
        };
        let known = |target: Target| {
            let asked = state.lengths.iter().find(|(s, o, _)| (*s, *o) == (target.signature, target.output));
            let answer = asked.and_then(|(_, _, answer)| answer.as_ref()?.as_ref().ok().copied());
            Target { length: target.length.or(answer), ..target }
        };
        lane.aim(target.map(known));
    }
    state.lanes.mend_focus();
}

/// What lies beside a stage that gives nothing but records, and is fed by nothing that can be drawn: labels are about the
/// first sound there is.
fn beside(pipeline: &Pipeline, chosen: usize, near: fn(&Pipeline, usize) -> Option<Target>) -> Option<Target> {
    let stage = pipeline.stages.get(chosen)?;
    let is_table = !stage.outputs.is_empty() && stage.outputs.iter().all(|(_, format)| format.as_records().is_ok());
    let others = (0..pipeline.stages.len()).filter(|_| is_table);
    others.filter_map(|row| near(pipeline, row)).next()
}

/// Asks for everything that the lanes lack in what they look at now.
pub fn refresh(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    set_tiers(state);
    let Some(layout) = Layout::new(state).filter(|_| state.is_open) else { return effects };
    let is_live = state.live.is_some();
    if !is_live {
        effects.extend(measure(state));
    }
    set_timeline(state, layout.columns());
    let shown: Vec<usize> = layout.lanes.iter().map(|lane| lane.place).collect();
    if !is_live {
        effects.extend(overviews(state, &shown));
    }
    for (_, lane) in state.lanes.iter_mut().enumerate().filter(|(place, _)| shown.contains(place)) {
        state.ticket += 1;
        let parts = state.graphics.map_or(1, |graphics| graphics.fine().0);
        effects.extend(lane.ask(state.timeline.as_ref(), &state.overviews, parts, state.ticket));
    }
    if !is_live {
        effects.extend(study(state));
        effects.extend(measure_loudness(state));
    }
    effects
}

/// Tells each lane of labels how many rows its tiers need, and how many cells their names.
fn set_tiers(state: &mut State) {
    let needed = |lane: &Lane| {
        let tiers = labels::of_lane(state, lane).map_or_else(Vec::new, |listed| listed.tiers);
        let names = tiers.iter().map(|name| text::width(name)).max().unwrap_or(0);
        (u16::try_from(tiers.len().max(1)).unwrap_or(u16::MAX), names)
    };
    let all: Vec<(u16, u16)> = state.lanes.iter().map(needed).collect();
    for (lane, needed) in state.lanes.iter_mut().zip(all) {
        (lane.tiers, lane.tier_names) = needed;
    }
}

/// Asks what lies at the cursor, and what the selection is.
fn study(state: &mut State) -> Vec<Effect> {
    let known = |kind| state.lanes.current(kind).and_then(Lane::target).filter(|t| t.length.is_some()).cloned();
    let (wave, grid) = (known(Kind::Wave), known(Kind::Grid));
    let place = |span| Place { wave: wave.clone(), grid: grid.clone(), span };
    let any = state.timeline.is_some() && (wave.is_some() || grid.is_some());
    // Only where what is drawn does not tell it already.
    let is_needed = state.has_spectrum
        || state
            .timeline
            .as_ref()
            .is_some_and(|timeline| wave.as_ref().is_some_and(|target| target.level(timeline).is_some()));
    let cursor = (any && is_needed).then(|| place((state.cursor, state.cursor)));
    let selection = state.selection.clone().filter(|_| any).map(|range| place((range.start, range.end)));
    let read = state.reading.ask(cursor).map(Effect::Read);
    read.into_iter().chain(state.survey.ask(selection).map(Effect::Survey)).collect()
}

/// Asks for the overviews of what the lanes show, if they show something else than before.
fn overviews(state: &mut State, shown: &[usize]) -> Option<Effect> {
    let mut targets: Vec<Target> = Vec::new();
    for (_, lane) in state.lanes.iter().enumerate().filter(|(place, _)| shown.contains(place)) {
        let target = lane.target().filter(|target| lane.has_overview() && target.shape().is_some());
        let is_new =
            |target: &&Target| targets.iter().all(|t| (t.signature, t.output) != (target.signature, target.output));
        targets.extend(target.filter(is_new).cloned());
    }
    // Of all samples there is an overview soon; frames take longer.
    targets.sort_by_key(|target| target.format.as_audio().is_err());
    let wanted: Vec<Covered> = targets.iter().map(Covered::none).collect();
    if wanted.iter().map(|covered| covered.of).eq(state.overviews.iter().map(|covered| covered.of)) {
        return None;
    }
    state.overviews = wanted;
    Some(Effect::Overviews(targets))
}

/// Asks for peak and loudness, once the lanes are drawn: they come first.
fn measure_loudness(state: &mut State) -> Option<Effect> {
    let target = state.playable().cloned().filter(|_| !state.is_busy())?;
    let of = (target.signature, target.output);
    if state.loudness.of == of {
        return None;
    }
    state.loudness = Loudness { of, ..Loudness::default() };
    Some(Effect::Loudness(target))
}

/// Asks for the lengths that no header tells.
fn measure(state: &mut State) -> Vec<Effect> {
    let mut effects = Vec::new();
    let is_timed = |lane: &&mut Lane| !matches!(lane.kind(), Kind::Events | Kind::Table | Kind::Profile);
    for lane in state.lanes.iter_mut().filter(is_timed) {
        let Some(target) = lane.target().filter(|target| target.length.is_none()) else { continue };
        let key = (target.signature, target.output);
        match state.lengths.iter().find(|(s, o, _)| (*s, *o) == key) {
            None => {
                effects.push(Effect::Measure(target.clone()));
                state.lengths.push((key.0, key.1, None));
            }
            Some((_, _, Some(Err(reason)))) => *lane.work_mut() = Work::Failed(reason.clone()),
            Some(_) => {}
        }
    }
    effects
}

/// Frames a second that labels are moved by where nothing else is shown.
const LABELS_HZ: f64 = 125.0;

/// Time runs over what the waveforms show, or else the other lanes; of labels alone, over them.
fn set_timeline(state: &mut State, columns: Option<u16>) {
    if state.live.is_some() {
        return columns.into_iter().for_each(|columns| super::live::follow(state, columns));
    }
    let streams = |lane: &Lane| lane.target().is_some_and(|target| target.clock().step > 0);
    let extent = |wave: bool| {
        let lanes = state.lanes.iter().filter(|lane| (lane.kind() == Kind::Wave) == wave && streams(lane));
        let known = lanes.filter_map(|lane| Some((lane.target()?.clock().rate(), lane.target()?.extent()?)));
        known.reduce(|a, b| (a.0.max(b.0), (a.1.0.min(b.1.0), a.1.1.max(b.1.1))))
    };
    let alone = || labels::extent(state).filter(|_| !state.lanes.iter().any(streams)).map(|span| (LABELS_HZ, span));
    let Some((rate, (begin, end))) = extent(true).or_else(|| extent(false)).or_else(alone) else { return };
    let Some(columns) = columns else { return };
    let finest = 1.0 / rate / 8.0;
    match &mut state.timeline {
        Some(timeline) if (timeline.begin, timeline.end) == (begin, end.max(begin)) => timeline.resize(columns),
        timeline => {
            let mut fresh = Timeline::new(begin, end, columns, finest);
            // Another rate of the same sound, or more of it: what was in sight stays in sight.
            if let Some(old) = timeline.filter(|old| old.begin == begin && !old.is_fit() && old.time(old.left) < end) {
                fresh.step = old.step.max(fresh.finest);
                fresh.left = old.left;
                fresh.resize(columns);
            }
            if let Some(stretch) = state.recalled.take() {
                remember::show(&mut fresh, stretch);
            }
            *timeline = Some(fresh);
            state.cursor = state.cursor.clamp(begin, end.max(begin));
        }
    }
}
