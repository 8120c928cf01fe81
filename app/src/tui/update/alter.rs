//! Editing sound: each change is an edit stage behind the stage that is heard, so that nothing is lost and all of it can
//! be bypassed, changed or undone.

use super::super::alteration::{Alter, Clip};
use super::super::ask::{Ask, Measure};
use super::super::effect::{Effect, Reason};
use super::super::field::Field;
use super::super::labels::{self, rounded};
use super::super::lane::{Kind, Source};
use super::super::pipeline::StageRow;
use super::super::state::{Overlay, State, Tone};
use super::super::warp::Warp;
use super::along::{along, put_in, within};
use auricle_annotation::Label;
use auricle_engine::{Edit, Feed, NewStage};
use auricle_sdk::Value;
use std::ops::Range;
use std::path::Path;

/// The stage whose sound is edited, as others read it.
struct Subject {
    id: String,
    /// All names of the output; the first is the shortest.
    sources: Vec<String>,
    stage: String,
    row: usize,
    /// In Hz.
    sample_rate: f64,
    /// In seconds.
    length: f64,
}

impl Subject {
    /// The stretch whose samples an edit of that stretch works on.
    fn samples(&self, range: &Range<f64>) -> Range<f64> {
        let edge = |time: f64| ((rounded(time) * self.sample_rate).round() / self.sample_rate).min(self.length);
        edge(range.start)..edge(range.end)
    }
}

fn subject(state: &State) -> Option<Subject> {
    let target = state.playable()?;
    let row = state.pipeline.stages.get(target.row)?;
    let named = format!("{}.{}", row.id, row.outputs.get(target.output)?.0);
    let sources = if target.output == 0 { vec![row.id.clone(), named] } else { vec![named] };
    Some(Subject {
        id: row.id.clone(),
        sources,
        stage: row.stage.clone(),
        row: target.row,
        sample_rate: target.clock().rate(),
        length: target.extent().map_or(f64::INFINITY, |(_, end)| end),
    })
}

/// Does what is asked of the sound.
pub fn update(state: &mut State, ask: Alter) -> Vec<Effect> {
    if ask == Alter::List {
        state.overlay = Some(Overlay::Palette(Field::new("edit: "), 0));
        return Vec::new();
    }
    let Some(subject) = subject(state) else {
        state.say(Tone::Plain, "there is no sound to edit at this stage");
        return Vec::new();
    };
    match ask {
        Alter::Export => return super::ask::open(state, Ask::ExportSound),
        Alter::Gain => return super::ask::open(state, Ask::Gain),
        Alter::Level(measure) => return super::ask::open(state, Ask::Level(measure)),
        Alter::Paste => return paste(state, &subject),
        _ => {}
    }
    let Some(range) = state.selection.clone() else {
        if ask == Alter::Reverse {
            let warp = Warp::Reverse(0.0..subject.length);
            return put(state, &subject, "edit.reverse", Vec::new(), "reverse everything".to_owned(), Some(warp));
        }
        state.say(Tone::Plain, "nothing is selected; i and I mark its ends, Shift+arrows and the mouse too");
        return Vec::new();
    };
    let span = told(&range);
    let region = region(&range);
    let samples = subject.samples(&range);
    match ask {
        Alter::Copy => {
            state.say(Tone::Good, format!("copied {span}; {} puts it in", state.keys.shown_for("edit-paste")));
            state.clip = Some(clip(state, &subject, range));
            Vec::new()
        }
        Alter::Cut => {
            state.clip = Some(clip(state, &subject, range.clone()));
            let effects = put(state, &subject, "edit.cut", region, format!("cut {span}"), Some(Warp::Cut(samples)));
            (state.selection, state.cursor) = (None, range.start);
            effects
        }
        Alter::Trim => {
            let effects =
                put(state, &subject, "edit.trim", region, format!("trim to {span}"), Some(Warp::Trim(samples)));
            // What is kept begins at 0 now, and what was in sight stays there.
            if let Some(window) = &mut state.recalled {
                *window = ((window.0 - range.start).max(0.0), (window.1 - range.start).min(range.end - range.start));
            }
            state.selection = None;
            state.cursor = (state.cursor - range.start).clamp(0.0, range.end - range.start);
            effects
        }
        Alter::Silence => put(state, &subject, "edit.silence", region, format!("silence {span}"), None),
        Alter::Reverse => {
            put(state, &subject, "edit.reverse", region, format!("reverse {span}"), Some(Warp::Reverse(samples)))
        }
        Alter::FadeIn => put(state, &subject, "edit.fade", region, format!("fade in {span}"), None),
        Alter::FadeOut => {
            let mut parameters = region;
            parameters.push(("direction".to_owned(), "out".into()));
            put(state, &subject, "edit.fade", parameters, format!("fade out {span}"), None)
        }
        Alter::Paste | Alter::Gain | Alter::Level(_) | Alter::List | Alter::Export => Vec::new(),
    }
}

fn told(range: &Range<f64>) -> String {
    let at = |time| super::super::axis::trimmed(time, 3);
    format!("{}-{} s", at(range.start), at(range.end))
}

fn region(range: &Range<f64>) -> Vec<(String, Value)> {
    vec![
        ("start_s".to_owned(), Value::Float(rounded(range.start))),
        ("end_s".to_owned(), Value::Float(rounded(range.end))),
    ]
}

/// The gain or the level of the selection, or of everything.
pub fn level(state: &mut State, ask: Ask, number: f64) -> Vec<Effect> {
    let Some(subject) = subject(state) else { return Vec::new() };
    let (mut parameters, span) = match state.selection.clone() {
        Some(range) => (region(&range), told(&range)),
        None => (Vec::new(), "everything".to_owned()),
    };
    let (stage, what, last) = match ask {
        Ask::Level(measure) => {
            parameters.push(("measure".to_owned(), measure.name().into()));
            let unit = if measure == Measure::Lufs { "LUFS" } else { "dB" };
            ("edit.normalize", format!("normalise {span} to {number} {unit}, {}", measure.name()), "target_db")
        }
        _ => ("edit.gain", format!("gain {number:+} dB on {span}"), "gain_db"),
    };
    // Once more on the same stretch is one change, not two.
    if let Some(row) = state.pipeline.stages.get(subject.row).filter(|_| subject.stage == stage) {
        let is = |(id, value): &(String, Value)| row.parameters.iter().any(|p| p.id == *id && p.value == *value);
        let whole = !parameters.iter().any(|(id, _)| id == "start_s");
        let untouched = |id: &str| row.parameters.iter().all(|p| p.id != id || !p.is_set);
        if parameters.iter().all(is) && (!whole || untouched("start_s") && untouched("end_s")) {
            let old = row.parameters.iter().find(|p| p.id == last).and_then(|p| p.value.as_f64()).unwrap_or(0.0);
            let new = if ask == Ask::Gain { old + number } else { number };
            let value = Value::Float(new);
            let edit = Edit::SetParameter { stage: subject.id, parameter: last.to_owned(), value };
            return vec![Effect::Apply { edit, name: Some(what), reason: Reason::Edit }];
        }
    }
    parameters.push((last.to_owned(), Value::Float(number)));
    put(state, &subject, stage, parameters, what, None)
}

/// A stretch of sound with the labels on it.
fn clip(state: &State, subject: &Subject, range: Range<f64>) -> Clip {
    let labels = within(state, subject.row, &range);
    Clip { source: subject.sources[0].clone(), range, labels }
}

/// Puts what was kept in at the cursor, or in place of the selection.
fn paste(state: &mut State, subject: &Subject) -> Vec<Effect> {
    let Some(clip) = state.clip.clone() else {
        state.say(Tone::Plain, "nothing was cut or copied yet");
        return Vec::new();
    };
    let given = clip.source.split('.').next().unwrap_or_default();
    if state.pipeline.stages.iter().all(|row| row.id != given) {
        state.say(Tone::Bad, format!("the stage {given} that it was copied from is gone"));
        return Vec::new();
    }
    let stage =
        |id: String, stage: &str, feeds, parameters| NewStage { id, stage: stage.to_owned(), feeds, parameters };
    let piece = state.pipeline.free_name("clip");
    let trim = stage(piece.clone(), "edit.trim", vec![Feed::new(&clip.source)], region(&clip.range));
    let feeds = vec![Feed::new(&subject.sources[0]), Feed::new(&piece)];
    let whole = subject.samples(&clip.range);
    let length = whole.end - whole.start;
    let (to, name, parameters, from, warp) = match state.selection.clone() {
        Some(range) => {
            let warp = Warp::Replace(subject.samples(&range), length);
            ("edit.paste", format!("paste over {}", told(&range)), region(&range), range.start, warp)
        }
        None => {
            let at = rounded(state.cursor);
            let name = format!("paste at {} s", super::super::axis::trimmed(at, 3));
            let warp = Warp::Insert(subject.samples(&(at..at)).start, length);
            ("edit.insert", name, vec![("start_s".to_owned(), Value::Float(at))], state.cursor, warp)
        }
    };
    let id = state.pipeline.free_name(to.rsplit('.').next().unwrap_or(to));
    let mut edits = vec![Edit::AddStage { stage: trim, after: Some(subject.id.clone()) }];
    edits.push(Edit::AddStage { stage: stage(id.clone(), to, feeds, parameters), after: Some(piece) });
    edits.extend(rewired(state, &subject.sources, &id));
    let pasted = put_in(&clip.labels, from);
    edits.extend(lead(state, subject, &id, Some(&warp), &pasted));
    aim(state, subject, &id);
    state.selection = Some(from..from + (clip.range.end - clip.range.start));
    vec![Effect::Apply { edit: Edit::All(edits), name: Some(name), reason: Reason::Edit }]
}

/// Puts an edit behind the stage that is heard; what read that stage reads the edited sound.
fn put(
    state: &mut State,
    subject: &Subject,
    stage: &str,
    parameters: Vec<(String, Value)>,
    name: String,
    warp: Option<Warp>,
) -> Vec<Effect> {
    let id = state.pipeline.free_name(stage.rsplit('.').next().unwrap_or(stage));
    let feeds = vec![Feed::new(&subject.sources[0])];
    let new = NewStage { id: id.clone(), stage: stage.to_owned(), feeds, parameters };
    let mut edits = vec![Edit::AddStage { stage: new, after: Some(subject.id.clone()) }];
    edits.extend(rewired(state, &subject.sources, &id));
    edits.extend(lead(state, subject, &id, warp.as_ref(), &[]));
    aim(state, subject, &id);
    vec![Effect::Apply { edit: Edit::All(edits), name: Some(name), reason: Reason::Edit }]
}

/// Takes the labels along, and tells what became of them.
fn lead(state: &mut State, subject: &Subject, to: &str, warp: Option<&Warp>, pasted: &[(String, Label)]) -> Vec<Edit> {
    let along = along(state, (subject.row, &subject.sources), to, warp, pasted);
    if warp.is_some() {
        state.labels.chosen = None;
    }
    if !along.told.is_empty() {
        state.say(Tone::Plain, along.told);
    }
    along.edits
}

/// What read a source reads another, but for labels, which move too, and for pieces that were copied from it: they are
/// what they were.
fn rewired(state: &State, from: &[String], to: &str) -> Vec<Edit> {
    let stages = &state.pipeline.stages;
    let is_piece = |row: &StageRow| {
        let into = |other: &StageRow| matches!(other.stage.as_str(), "edit.insert" | "edit.paste");
        let reads = |other: &StageRow| other.wires.get(1).is_some_and(|feed| feed.split().0 == row.id);
        row.stage == "edit.trim" && stages.iter().any(|other| into(other) && reads(other))
    };
    let others = stages.iter().filter(|row| row.stage != labels::STAGE && !is_piece(row));
    others.filter_map(|row| row.rewired(from, to)).collect()
}

/// Lanes that showed the sound before the edit show it after; what is in sight stays in sight.
fn aim(state: &mut State, subject: &Subject, id: &str) {
    for lane in state.lanes.iter_mut().filter(|lane| lane.kind() == Kind::Wave) {
        if let Source::Output { stage, port } = &mut lane.source
            && *stage == subject.id
        {
            id.clone_into(stage);
            "audio".clone_into(port);
        }
    }
    let zoomed = state.timeline.filter(|timeline| !timeline.is_fit());
    state.recalled = zoomed.map(|t| (t.time(t.left), t.time(t.left + i64::from(t.columns))));
}

/// Writes what is heard, or the selection of it, to a file.
pub fn export(state: &mut State, path: &Path, overwrite: bool) -> Result<Vec<Effect>, String> {
    let subject = subject(state).ok_or("there is no sound at this stage")?;
    let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
    let writer = match extension.as_str() {
        "wav" => "write.wav",
        "flac" => "write.flac",
        _ => return Err("expected a name that ends with .wav or .flac".into()),
    };
    state.labels.is_waiting = true;
    let range = state.selection.clone();
    state.say(Tone::Plain, "writing ...");
    let path = path.to_owned();
    Ok(vec![Effect::WriteOutput {
        stage: subject.id.clone(),
        source: subject.sources[0].clone(),
        range,
        writer,
        path,
        overwrite,
        ask: Some(Ask::ExportSound),
    }])
}
