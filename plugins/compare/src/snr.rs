//! `compare.snr`: the signal-to-noise ratio of a candidate against a reference, of the whole and of short segments.
//!
//! Shape: two audio streams to metrics. Source: `auricle_dsp::snr`. Unlike `compare.sisdr` it counts a gain as noise.

use auricle_dsp::snr::{SegmentalSnr, Snr as Ratio};
use auricle_sdk::prelude::*;

use crate::signals::{CROP, INPUTS, Measure, OUTPUTS};

/// The stage.
pub struct Snr {
    whole: Ratio,
    segments: Vec<SegmentalSnr>,
}

impl Measure for Snr {
    const DESCRIPTOR: Descriptor = Descriptor::new("compare.snr", "Signal-to-noise ratio, whole and by segments")
        .doc(
            "snr = 10 log10 (sum r^2 / sum (c - r)^2) over all samples. segsnr: the mean of the same ratio over frames of 512 \
             samples, 256 apart, each clipped to -10 to 35 dB; frames whose reference has an energy (sum of squares) of at \
             most 1e-10 are left out, as is a rest at the end. Channels are pooled. A gain or a delay counts as noise: 6 dB \
             louder is 0 dB, 10 ms late may be less; compare.align finds a delay, compare.sisdr is blind to a gain.",
        )
        .source("Hansen & Pellom, ICSLP 1998, section 2 (segments)")
        .inputs(INPUTS)
        .outputs(OUTPUTS)
        .parameters(&[CROP])
        .locality(Locality::WholeInput);

    fn new(_: &Setup, channels: usize) -> Result<Self> {
        Ok(Snr { whole: Ratio::default(), segments: vec![SegmentalSnr::default(); channels] })
    }

    fn begin(&mut self) {
        self.whole = Ratio::default();
        self.segments.fill(SegmentalSnr::default());
    }

    fn push(&mut self, channel: usize, reference: f64, candidate: f64) {
        self.whole.push(reference, candidate);
        self.segments[channel].push(reference, candidate);
    }

    fn figures(&self) -> Vec<(&'static str, f64, &'static str)> {
        let frames: u64 = self.segments.iter().map(SegmentalSnr::frames).sum();
        let total: f64 = self.segments.iter().map(SegmentalSnr::total_db).sum();
        vec![("snr", self.whole.db(), "dB"), ("segsnr", total / frames as f64, "dB")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::Signals;
    use auricle_sdk::testing::Bench;

    type Stage = Compare<Signals<Snr>>;

    /// Integers that any language makes alike: numpy's figures are of these.
    fn signals() -> (Vec<f32>, Vec<f32>) {
        let reference: Vec<f32> = (0..3000).map(|t| ((t * t) % 1009) as f32 / 1009.0 - 0.5).collect();
        let candidate =
            reference.iter().enumerate().map(|(t, x)| x + ((t * 7) % 31) as f32 / (310.0 + t as f32)).collect();
        (reference, candidate)
    }

    #[track_caller]
    fn check(outcome: &auricle_sdk::testing::Outcome, expected: &[(&str, f64)]) {
        for (name, expected) in expected {
            let got = outcome.metric(name).expect("a metric");
            assert!((got - expected).abs() < 1e-9 || got == *expected, "{name}: expected {expected}, got {got}");
        }
    }

    #[test]
    fn figures_of_numpy() {
        let (reference, candidate) = signals();
        let bench = Bench::<Stage>::new().audio(8000, &[&reference]).audio(8000, &[&candidate]);
        // numpy 2.4.6 in float64: the two definitions, written out
        check(&bench.run().expect("runs"), &[("snr", 24.72983398950118), ("segsnr", 28.11670368613461)]);
        bench.conforms();
    }

    #[test]
    fn equal_signals_and_unequal_lengths() {
        let (reference, candidate) = signals();
        let equal = Bench::<Stage>::new().audio(8000, &[&reference]).audio(8000, &[&reference]).run().expect("runs");
        check(&equal, &[("snr", f64::INFINITY), ("segsnr", 35.0)]);
        let unequal = Bench::<Stage>::new().audio(8000, &[&reference]).audio(8000, &[&candidate[..2000]]);
        let refused = unequal.run().expect("runs");
        assert_eq!((refused.metric("snr"), refused.findings[0].code.as_str()), (None, "unlike-shapes"));
        assert!(unequal.parameter("crop", true).run().expect("runs").metric("snr").expect("a metric") > 10.0);
    }

    #[test]
    fn integers_against_unit_range_are_a_finding() {
        let outcome = Bench::<Stage>::new().audio(8000, &[&[1000i16, -3]]).audio(8000, &[&[0.5f32, 0.1]]).run();
        assert!(outcome.expect("runs").findings.iter().any(|finding| finding.code == "unlike-scales"));
    }
}
