//! Peak and loudness of what the waveform shows. Stages measure them, beside the screen; of long files they are kept.

use super::target::Target;
use super::worker::guarded;
use auricle_engine::{Cancel, Evaluator, Overviews, Registry};

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

/// Measures all of an output.
///
/// # Errors
/// The stages that measure are not installed, or one fails; nothing when cancelled.
pub fn measure(
    target: &Target,
    evaluator: &Evaluator,
    registry: &Registry,
    overviews: &Overviews,
    cancel: &Cancel,
) -> Result<Loudness, String> {
    let (of, stages) = ((target.stage, target.output), ["measure.level", "measure.loudness"]);
    let measured = || overviews.measure(evaluator, registry, &stages, of, cancel);
    let metrics = guarded(|| measured().map_err(|error| error.to_string()))?;
    // A value that JSON has no number for is none to be shown.
    let number = |name: &str| metrics.iter().find(|m| m.name == name && m.scope.is_empty())?.value.as_f64();
    let of = (target.signature, target.output);
    Ok(Loudness { of, peak_dbfs: number("peak_dbfs"), lufs: number("lufs") })
}
