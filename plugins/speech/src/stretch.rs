//! What the stages share that say where somebody speaks: their table, and what becomes of short gaps and stretches.

use auricle_dsp::activity::Joining;
use auricle_sdk::format::{Column, ColumnType};
use auricle_sdk::prelude::*;

/// Shorter stretches are no speech.
pub const MIN_SPEECH: Parameter =
    Parameter::float("min_speech_ms", 100.0).range(0.0, 1e5).unit("ms").doc("Shorter stretches are dropped.");
/// Shorter gaps are no silence.
pub const MIN_SILENCE: Parameter =
    Parameter::float("min_silence_ms", 200.0).range(0.0, 1e5).unit("ms").doc("Gaps up to this are closed.");
/// What a stretch is longer by.
pub const PAD: Parameter =
    Parameter::float("pad_ms", 50.0).range(0.0, 1e5).unit("ms").doc("Added at both ends of a stretch.");

/// What the parameters say, in frames.
///
/// # Errors
/// The stage has no such parameter.
pub fn joining(parameters: &Parameters, frame_ms: f64) -> Result<Joining> {
    let frames = |id: &str| Ok::<usize, Error>((parameters.float(id)? / frame_ms).round() as usize);
    Ok(Joining { gap: frames("min_silence_ms")?, least: frames("min_speech_ms")?, pad: frames("pad_ms")? })
}

/// Stretches of time with a label and how sure it is.
pub fn labels(score_unit: &str) -> Records {
    let mut columns = vec![
        Column::new("start", ColumnType::Float),
        Column::new("end", ColumnType::Float),
        Column::new("label", ColumnType::Str),
        Column::new("score", ColumnType::Float),
    ];
    columns[..2].iter_mut().for_each(|column| column.unit = "s".into());
    columns[3].unit = score_unit.into();
    Records::new("auricle.labels/1", columns)
}
