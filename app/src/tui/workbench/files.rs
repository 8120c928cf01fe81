//! What the workbench reads and writes beside the session: files of labels, outputs, and where a waveform crosses zero.

use super::super::ask::Ask;
use super::super::event::Event;
use super::super::state::Tone;
use super::super::target::Target;
use super::super::worker::guarded;
use super::{Errand, Workbench};
use auricle_annotation::{Annotation, Format};
use auricle_engine::{Cancel, Edit, Evaluator, Feed, NewStage, Options, Plan, Session, write_whole};
use auricle_sdk::Value;
use std::io::Read;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Bytes of a file of labels at most.
const MOST: u64 = 256 << 20;
/// How far from an edge a crossing is looked for, in seconds.
const NEAR_S: f64 = 0.02;

/// A file of an output that is wanted.
pub(super) struct Wanted {
    pub stage: String,
    pub source: String,
    /// Seconds; none: all.
    pub range: Option<Range<f64>>,
    /// The stage that writes.
    pub writer: &'static str,
    pub path: PathBuf,
    pub overwrite: bool,
    /// The question that is asked again if it is there; none: that of an export.
    pub ask: Option<Ask>,
}

impl Workbench {
    /// Finds the crossings nearest to two times.
    pub(super) fn cross(&self, wave: Target, at: (f64, f64)) {
        self.aside(move |evaluator, cancel| {
            let find = |time| crossing(evaluator, &wave, time, cancel);
            Event::Crossed(at, guarded(|| Ok((find(at.0)?, find(at.1)?))))
        });
    }

    /// Reads labels from a file.
    pub(super) fn read_labels(&self, path: PathBuf) {
        let events = self.events.clone();
        std::thread::spawn(move || {
            let name = path.display().to_string();
            let read = guarded(|| read(&path));
            // It fails only when nobody listens any more.
            let _ = events.send(Event::LabelsRead(name, read));
        });
    }

    /// Writes labels to a file that appears whole, and says what the format could not hold.
    pub(super) fn write_labels(
        &mut self,
        path: PathBuf,
        annotation: &Annotation,
        format: Format,
        overwrite: bool,
    ) -> Vec<Errand> {
        if path.exists() && !overwrite {
            return self.receive(Event::Taken(Ask::ExportLabels, path));
        }
        let (text, losses) = auricle_annotation::print(annotation, format);
        let told = write_whole(&path, text.as_bytes()).map_err(|error| format!("{}: {error}", path.display()));
        let told = told.map(|()| {
            let wrote = format!("wrote {} labels to {}", annotation.labels.len(), path.display());
            match losses.is_empty() {
                true => (format!("{wrote}; {} holds all of them", format.name()), Tone::Good),
                false => (format!("{wrote}; {} could not hold: {losses}", format.name()), Tone::Bad),
            }
        });
        self.receive(Event::Written(told))
    }

    /// Writes an output to a file: the session with a writer behind that output, run beside the screen.
    pub(super) fn write_output(&mut self, wanted: Wanted) -> Vec<Errand> {
        let Some(session) = self.session.clone() else { return Vec::new() };
        if wanted.path.exists() && !wanted.overwrite {
            return self.receive(match wanted.ask {
                Some(ask) => Event::Taken(ask, wanted.path),
                None => Event::ExportExists(wanted.path),
            });
        }
        let (registry, events) = (self.registry.clone(), self.events.clone());
        std::thread::spawn(move || {
            let written = guarded(|| {
                let session = exported(session, &wanted)?;
                let plan = Plan::new(&session, &registry, &[]).map_err(|diagnostics| super::first(&diagnostics))?;
                let out = Some(directory(&wanted.path).to_owned());
                let options = Options { out, ..Options::default() };
                let run = auricle_engine::run(&plan, &options, &Cancel::new(), &mut ());
                run.failure.map_or(Ok(()), |failure| Err(failure.to_string()))
            });
            let told = written.map(|()| (format!("wrote {}", wanted.path.display()), Tone::Good));
            // It fails only when nobody listens any more.
            let _ = events.send(Event::Written(told));
        });
        Vec::new()
    }
}

fn directory(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The session with what feeds the wanted output, and a writer behind it; nothing else.
fn exported(mut session: Session, wanted: &Wanted) -> Result<Session, String> {
    let mut needed = vec![wanted.stage.clone()];
    let mut at = 0;
    while let Some(id) = needed.get(at).cloned() {
        let feeds = session.stage(&id).map(|stage| stage.feeds.clone()).unwrap_or_default();
        let more = feeds.iter().map(|feed| feed.split().0.to_owned()).filter(|name| session.stage(name).is_some());
        let more: Vec<String> = more.filter(|name| !needed.contains(name)).collect();
        needed.extend(more);
        at += 1;
    }
    let others = session.stages().iter().map(|stage| stage.id.clone()).filter(|id| !needed.contains(id));
    let mut edits: Vec<Edit> = others.map(|id| Edit::RemoveStage { id }).collect();
    let mut source = wanted.source.clone();
    let mut put = |wish: &str, stage: &str, parameters: Vec<(String, Value)>| {
        let id = session.free_name(wish);
        let feeds = vec![Feed::new(&source)];
        source = id.clone();
        edits.push(Edit::AddStage { stage: NewStage { id, stage: stage.to_owned(), feeds, parameters }, after: None });
    };
    if let Some(range) = &wanted.range {
        let second = |name: &str, time: f64| (name.to_owned(), Value::Float(time));
        put("part", "edit.trim", vec![second("start_s", range.start), second("end_s", range.end)]);
    }
    let name = wanted.path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or("a session holds only names that are UTF-8; give the file another name")?;
    put("export", wanted.writer, vec![("path".to_owned(), name.into())]);
    session.apply(&Edit::All(edits)).map_err(|error| error.to_string())?;
    Ok(session)
}

fn read(path: &Path) -> Result<auricle_annotation::Read, String> {
    let fault = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| fault(&error))?;
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(|error| fault(&error))?;
    if bytes.len() as u64 > MOST {
        return Err(fault(&format!("expected labels, got more than {} MB", MOST >> 20)));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    auricle_annotation::read(&name, &bytes, None).map_err(|error| fault(&error))
}

/// The time nearest to `time` at which the first channel goes from one side of zero to the other; that of the sample
/// that is nearer to zero. `time` itself if there is none near.
fn crossing(evaluator: &Evaluator, wave: &Target, time: f64, cancel: &Cancel) -> Result<f64, String> {
    let (clock, length) = (wave.clock(), wave.length.unwrap_or(i64::MAX));
    let index = |time: f64| ((time - clock.seconds(0)) * clock.rate()).round() as i64;
    let span = index(time - NEAR_S).clamp(0, length)..(index(time + NEAR_S) + 1).clamp(0, length);
    let packets = evaluator.evaluate(wave.stage, wave.output, span.clone(), cancel).map_err(|e| e.to_string())?;
    let mut samples: Vec<f32> = Vec::new();
    for packet in &packets {
        samples.extend_from_slice(&packet.channel_as::<f32>(0).map_err(|error| error.to_string())?);
    }
    let place = index(time) - span.start;
    let crossings = samples.windows(2).enumerate().filter_map(|(k, pair)| {
        let crosses = (pair[0] <= 0.0) != (pair[1] <= 0.0);
        crosses.then(|| k as i64 + i64::from(pair[1].abs() < pair[0].abs()))
    });
    let nearest = crossings.min_by_key(|k| (k - place).abs());
    Ok(nearest.map_or(time, |k| clock.seconds(span.start + k)))
}
