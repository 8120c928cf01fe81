//! Peak and loudness of what the waveform shows. Stages measure them, beside the screen.

use super::target::Target;
use super::worker::guarded;
use auricle_engine::{Cache, Cancel, Edit, Evaluator, Feed, NewStage, Plan, Registry, Session};
use auricle_sdk::Value;
use std::sync::Arc;

/// What is known of one output.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Loudness {
    /// Signature of the stage and index of the output.
    pub of: (u64, usize),
    /// Peak in dBFS, once it is measured.
    pub peak_dbfs: Option<f64>,
    /// Integrated loudness; too short a sound has none.
    pub lufs: Option<f64>,
}

/// The stages that measure, and the names of their numbers.
const METERS: [(&str, &str); 2] = [("measure.level", "peak_dbfs"), ("measure.loudness", "lufs")];

/// Measures an output, which the session calls `source`: `stage.port`.
///
/// # Errors
/// The stages that measure are not installed, or one fails; nothing when cancelled.
pub fn measure(
    session: &Session,
    source: &str,
    target: &Target,
    registry: &Registry,
    cancel: &Cancel,
) -> Result<Loudness, String> {
    let mut session = session.clone();
    let free = |session: &Session, name: &str| {
        let ids = std::iter::once(name.to_owned()).chain((2..).map(|k| format!("{name}-{k}")));
        let taken = |id: &String| session.stages().iter().any(|stage| stage.id == *id);
        ids.into_iter().find(|id| !taken(id)).unwrap_or_default()
    };
    let mut ids = Vec::new();
    for (stage, number) in METERS {
        let id = free(&session, &number.replace('_', "-"));
        let feeds = vec![Feed::new(source)];
        let stage = NewStage { id: id.clone(), stage: stage.to_owned(), feeds, parameters: Vec::new() };
        session.apply(&Edit::AddStage { stage, after: None }).map_err(|error| error.to_string())?;
        ids.push((id, number));
    }
    let plan = Plan::new(&session, registry, &[]).map_err(|_| "nothing measures here".to_owned())?;
    // Nothing of it is looked at twice: it takes no room from what the lanes keep.
    let evaluator = Evaluator::new(Arc::new(plan), Arc::new(Cache::new(0)));
    let mut numbers = [None; METERS.len()];
    for ((id, number), place) in ids.iter().zip(&mut numbers) {
        *place = guarded(|| metric(&evaluator, id, number, cancel).map_err(|error| error.to_string()))?;
    }
    Ok(Loudness { of: (target.signature, target.output), peak_dbfs: numbers[0], lufs: numbers[1] })
}

/// One number of a stage that measures: columns are name, value, unit and scope.
fn metric(evaluator: &Evaluator, id: &str, number: &str, cancel: &Cancel) -> auricle_sdk::Result<Option<f64>> {
    let Some(stage) = evaluator.plan().stage(id) else { return Ok(None) };
    for packet in evaluator.evaluate(stage, 0, 0..i64::MAX, cancel)? {
        let table = packet.records()?;
        for row in 0..table.rows() {
            if let [Value::Str(name), Value::Float(value), _, Value::Str(scope)] = &table.row(row)?[..]
                && name == number
                && scope.is_empty()
            {
                return Ok(Some(*value));
            }
        }
    }
    Ok(None)
}
