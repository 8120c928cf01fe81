//! `measure.loudness`: loudness of the whole programme in LUFS.
//!
//! Shape: audio in, metrics out. It keeps one number for each tenth of a second.

use crate::meter::{Meter, Metric};
use crate::samples::DTYPES;
use auricle_dsp::loudness::{Config, Loudness, weight};
use auricle_sdk::prelude::*;

/// The meter; none where K-weighting does not exist.
#[derive(Clone)]
pub struct LoudnessMeter(Option<Loudness>);

impl Meter for LoudnessMeter {
    const DESCRIPTOR: Descriptor = Descriptor::new("measure.loudness", "Integrated loudness in LUFS")
        .doc(
            "`lufs`: K-weighted, gated loudness of the whole signal; -inf for silence, missing for less than 400 ms and for \
             rates under 4 kHz. `lufs_momentary_max` and `lufs_short_term_max` are the loudest 400 ms and 3 s. A full-scale \
             sine of 997 Hz in one channel reads -3.01 at any rate: the filters have the response that the standard gives \
             for 48 kHz. Surrounds count 1.41, the low-frequency channel not at all; channels without known speakers \
             count 1.",
        )
        .source("ITU-R BS.1770-4, annex 1; EBU Tech 3341")
        .inputs(&[Port::audio("audio").dtypes(DTYPES).doc("What is measured.")])
        .outputs(&[Port::records("metrics").doc("The numbers.")])
        .locality(Locality::WholeInput);

    fn new(setup: &Setup) -> Result<Self> {
        let audio = setup.input(0)?.as_audio()?;
        let speakers: Vec<&str> = audio.channel_layout.split(',').map(str::trim).collect();
        let weights = match speakers.len() == audio.channels {
            true => speakers.iter().map(|speaker| weight(speaker, &speakers)).collect(),
            false => vec![1.0; audio.channels],
        };
        Ok(LoudnessMeter(Loudness::new(&Config { sample_rate: audio.sample_rate, weights }).ok()))
    }

    fn push(&mut self, _: i64, channels: &[Vec<f64>]) {
        if let Some(meter) = &mut self.0 {
            let planes: Vec<&[f64]> = channels.iter().map(Vec::as_slice).collect();
            meter.push(&planes);
        }
    }

    fn metrics(&mut self) -> Vec<Metric> {
        let metric = |name, read: fn(&Loudness) -> Option<f64>| Metric {
            value: self.0.as_ref().and_then(read),
            ..Metric::new(name, 0.0, "LUFS")
        };
        vec![
            metric("lufs", Loudness::integrated),
            metric("lufs_momentary_max", Loudness::momentary_max),
            metric("lufs_short_term_max", Loudness::short_term_max),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::Metered;
    use auricle_sdk::testing::Bench;

    fn lufs<T: Element>(rate: u32, channels: &[&[T]]) -> Option<f64> {
        let bench = Bench::<Metered<LoudnessMeter>>::new().audio(rate, channels);
        bench.conforms();
        bench.run().expect("it runs").metric("lufs")
    }

    fn sine(rate: u32, hz: f64, seconds: u32) -> Vec<f32> {
        let step = 2.0 * std::f64::consts::PI * hz / f64::from(rate);
        (0..rate * seconds).map(|t| (step * f64::from(t)).sin() as f32).collect()
    }

    #[test]
    fn the_calibration_of_the_standard() {
        for rate in [16_000, 44_100, 48_000] {
            let sine = sine(rate, 997.0, 2);
            let loudness = lufs(rate, &[&sine]).expect("long enough");
            assert!((loudness + 3.01).abs() < 0.01, "{rate} Hz: {loudness}");
            let stereo = lufs(rate, &[&sine, &sine]).expect("long enough");
            assert!(stereo.abs() < 0.01, "{rate} Hz: {stereo}");
        }
        let integers: Vec<i16> = sine(48_000, 997.0, 2).iter().map(|x| (x * 3276.7) as i16).collect();
        assert!((lufs(48_000, &[&integers]).expect("long enough") + 23.01).abs() < 0.01);
    }

    #[test]
    fn silence_nothing_and_rates_without_loudness() {
        assert_eq!(lufs(8000, &[&[0.0f32; 8000]]), Some(f64::NEG_INFINITY));
        assert_eq!(lufs::<f32>(8000, &[&[]]), None);
        assert_eq!(lufs(8000, &[&[0.5f32]]), None);
        assert_eq!(lufs(1, &[&[0.5f32; 100]]), None);
        let nine = [&[f32::NAN; 8000][..]; 9];
        assert_eq!(lufs(8000, &nine), Some(f64::NEG_INFINITY));
    }
}
