//! Peak and loudness of what the waveform shows. Stages measure them, beside the screen.

use super::study::metric;
use super::target::Target;
use super::worker::guarded;
use auricle_engine::{Cancel, Evaluator, Registry};

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
    cancel: &Cancel,
) -> Result<Loudness, String> {
    let number = |stage: &str, name: &str| {
        let of = (target.stage, target.output);
        let measured = || metric(&evaluator.measure(registry, (stage, &[]), of, 0..i64::MAX, cancel)?, name);
        guarded(|| measured().map_err(|error| error.to_string()))
    };
    Ok(Loudness {
        of: (target.signature, target.output),
        peak_dbfs: number("measure.level", "peak_dbfs")?,
        lufs: number("measure.loudness", "lufs")?,
    })
}
