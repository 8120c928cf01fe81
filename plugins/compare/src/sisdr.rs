//! `compare.sisdr`: the scale-invariant signal-to-distortion ratio of a candidate against a reference.
//!
//! Shape: two audio streams to metrics. Source: `auricle_dsp::snr`. Unlike `compare.snr` it is blind to a gain.

use auricle_dsp::snr::SiSdr as Ratio;
use auricle_sdk::prelude::*;

use crate::signals::{CROP, INPUTS, Measure, OUTPUTS};

/// The stage.
pub struct SiSdr {
    channels: Vec<Ratio>,
    zero_mean: bool,
}

impl Measure for SiSdr {
    const DESCRIPTOR: Descriptor =
        Descriptor::new("compare.sisdr", "Scale-invariant signal-to-distortion ratio of two signals")
            .doc(
                "The candidate is split into its part along the reference, a r with a = <c, r> / <r, r>, and the rest: si_sdr \
                 = 10 log10 (||a r||^2 / ||c - a r||^2). With zero_mean both signals lose their mean first, which some call \
                 SI-SNR. Of several channels the mean of theirs. A delay ruins it: compare.align finds one.",
            )
            .source("Le Roux, Wisdom, Erdogan & Hershey, SDR - half-baked or well done?, ICASSP 2019, equation 5")
            .inputs(INPUTS)
            .outputs(OUTPUTS)
            .parameters(&[Parameter::bool("zero_mean", false).doc("Take the means away first (SI-SNR)."), CROP])
            .locality(Locality::WholeInput);

    fn new(setup: &Setup, channels: usize) -> Result<Self> {
        Ok(SiSdr { channels: vec![Ratio::default(); channels], zero_mean: setup.parameters.bool("zero_mean")? })
    }

    fn begin(&mut self) {
        self.channels.fill(Ratio::default());
    }

    fn push(&mut self, channel: usize, reference: f64, candidate: f64) {
        self.channels[channel].push(reference, candidate);
    }

    fn figures(&self) -> Vec<(&'static str, f64, &'static str)> {
        let total: f64 = self.channels.iter().map(|channel| channel.db(self.zero_mean)).sum();
        vec![("si_sdr", total / self.channels.len() as f64, "dB")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signals::Signals;
    use auricle_sdk::testing::Bench;

    type Stage = Compare<Signals<SiSdr>>;

    #[test]
    fn figures_of_numpy() {
        let reference: Vec<f32> = (0..3000).map(|t| ((t * t) % 1009) as f32 / 1009.0 - 0.25).collect();
        let candidate: Vec<f32> =
            reference.iter().enumerate().map(|(t, x)| 0.5 * x + ((t * 7) % 31) as f32 / 310.0).collect();
        // numpy 2.4.6 in float64: equation 5, written out
        for (zero_mean, expected) in [(false, 13.696566807473198), (true, 14.238942682983758)] {
            let bench = Bench::<Stage>::new()
                .parameter("zero_mean", zero_mean)
                .audio(8000, &[&reference, &reference])
                .audio(8000, &[&candidate, &candidate]);
            let got = bench.run().expect("runs").metric("si_sdr").expect("a metric");
            assert!((got - expected).abs() < 1e-9, "zero_mean {zero_mean}: expected {expected}, got {got}");
            bench.conforms();
        }
    }
}
