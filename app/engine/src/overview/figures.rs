//! Figures of long outputs, kept beside their overviews: what takes a pass over ten hours is measured once.

use super::identity::identity;
use super::shape::Shape;
use super::store::Overviews;
use crate::evaluate::Evaluator;
use crate::executor::Cancel;
use crate::registry::Registry;
use crate::report::Metric;
use auricle_sdk::{Error, ErrorKind, Result};

impl Overviews {
    /// What these stages, with their defaults, measure of all of an output. Of a long one it is kept.
    ///
    /// # Errors
    /// A stage is not installed or fails, or it was cancelled.
    pub fn measure(
        &self,
        evaluator: &Evaluator,
        registry: &Registry,
        stages: &[&str],
        (stage, output): (usize, usize),
        cancel: &Cancel,
    ) -> Result<Vec<Metric>> {
        let format = evaluator.format(stage, output)?;
        let is_long = format.length.is_some_and(|length| Shape::new(&format, length).is_some());
        let key = is_long.then(|| key(evaluator, registry, stages, (stage, output))).transpose()?;
        if let Some(known) = key.and_then(|key| parse(&self.figures(key)?)) {
            return Ok(known);
        }
        let plain: Vec<_> = stages.iter().map(|id| (*id, [].as_slice())).collect();
        let made = evaluator.measure_each(registry, &plain, (stage, output), 0..i64::MAX, cancel)?;
        let mut metrics = Vec::new();
        for packet in made.iter().flatten() {
            metrics.extend(Metric::read(packet)?);
        }
        if let (Some(key), Some(text)) = (key, text(&metrics)) {
            // Where it cannot be kept it is measured again.
            let _ = self.keep_figures(key, &text);
        }
        Ok(metrics)
    }
}

/// What the figures depend on.
fn key(evaluator: &Evaluator, registry: &Registry, stages: &[&str], of: (usize, usize)) -> Result<blake3::Hash> {
    let content = evaluator.content(of.0, &mut |path| identity(path));
    let content = content.map_err(|error| Error::new(ErrorKind::Io, format!("figures: {error}")))?;
    let mut hasher = blake3::Hasher::new();
    hasher.update(content.as_bytes()).update(&(of.1 as u64).to_le_bytes());
    for id in stages {
        hasher.update(id.as_bytes()).update(b"\n");
        if let Some((plugin, descriptor)) = registry.stage(id) {
            hasher.update(format!("{} {}\n", plugin.version(), descriptor.result_version).as_bytes());
        }
    }
    Ok(hasher.finalize())
}

/// A checksum, and the metrics.
fn text(metrics: &[Metric]) -> Option<String> {
    let json = serde_json::to_string(metrics).ok()?;
    Some(format!("{}\n{json}", blake3::hash(json.as_bytes())))
}

/// The metrics; none if anything has changed in the text.
fn parse(text: &str) -> Option<Vec<Metric>> {
    let (sum, json) = text.split_once('\n')?;
    let right = blake3::hash(json.as_bytes()).to_string() == sum;
    right.then(|| serde_json::from_str(json).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::number;

    #[test]
    fn what_is_kept_is_read_and_what_is_damaged_is_not() {
        let metric = |name: &str, value: f64| Metric {
            name: name.into(),
            value: number(value),
            unit: "dB".into(),
            scope: String::new(),
        };
        let metrics = vec![metric("peak_dbfs", -0.125), metric("lufs", f64::NEG_INFINITY)];
        let kept = text(&metrics).expect("it is JSON");
        assert_eq!(parse(&kept), Some(metrics));
        assert_eq!(parse(&kept.replace("0.125", "0.375")), None);
        assert_eq!(parse(&kept[..kept.len() - 9]), None);
        let home = tempfile::tempdir().expect("scratch is writable");
        let (overviews, key) = (Overviews::new(Some(home.path().join("kept")), 1 << 20), blake3::hash(b"one"));
        assert_eq!(overviews.figures(key), None);
        overviews.keep_figures(key, &kept).expect("scratch is writable");
        assert_eq!(overviews.figures(key).as_deref(), Some(kept.as_str()));
        assert_eq!(overviews.usage().files, 1);
        assert_eq!(overviews.figures(blake3::hash(b"two")), None);
        assert!(Overviews::new(None, 0).keep_figures(key, &kept).is_err(), "there is nowhere to keep it");
    }
}
