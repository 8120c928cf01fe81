//! `measure.level`: peak, RMS, offset and clipped samples.
//!
//! Shape: audio in, metrics out: of the whole signal first, then of each channel if there are several.

use crate::meter::{Meter, Metric};
use crate::rail::Rail;
use crate::samples::DTYPES;
use auricle_dsp::level::{Level, dbfs};
use auricle_sdk::prelude::*;

/// The meter.
#[derive(Clone)]
pub struct LevelMeter(Vec<(Level, Rail)>);

impl Meter for LevelMeter {
    const DESCRIPTOR: Descriptor = Descriptor::new("measure.level", "Peak, RMS, offset and clipped samples")
        .doc(
            "`peak` and `rms` as fractions of full scale, `peak_dbfs` and `rms_dbfs` as 20 log10 of them: a full-scale sine \
             has a peak of 0 and an RMS of -3.01 dBFS, silence -inf. `dc` is the mean; of several channels the one furthest \
             from 0. `clipped` counts samples at or beyond full scale: the extreme codes of integers (also when read as \
             floats), ±1 of everything else. `not_finite` counts NaN and infinities, which the others leave out. Metrics of \
             one channel have the scope `channel 1` and so on.",
        )
        .inputs(&[Port::audio("audio").dtypes(DTYPES).doc("What is measured.")])
        .outputs(&[Port::records("metrics").doc("The numbers.")])
        .locality(Locality::WholeInput);

    fn new(setup: &Setup) -> Result<Self> {
        let format = setup.input(0)?;
        let channels = format.as_audio()?.channels;
        Ok(LevelMeter(vec![(Level::default(), Rail::new(format)); channels]))
    }

    fn push(&mut self, start: i64, channels: &[Vec<f64>]) {
        for ((level, rail), samples) in self.0.iter_mut().zip(channels) {
            level.push(samples);
            samples.iter().zip(start..).for_each(|(sample, at)| rail.push(*sample, at));
        }
    }

    fn metrics(&mut self) -> Vec<Metric> {
        let mut whole = Level::default();
        self.0.iter().for_each(|(level, _)| whole.merge(level));
        let dc = self.0.iter().map(|(level, _)| level.mean()).max_by(|a, b| a.abs().total_cmp(&b.abs()));
        let clipped = self.0.iter().map(|(_, rail)| rail.samples).sum();
        let mut metrics = rows(&whole, dc.unwrap_or(0.0), clipped);
        if self.0.len() > 1 {
            for (index, (level, rail)) in self.0.iter().enumerate() {
                let rows = rows(level, level.mean(), rail.samples);
                metrics.extend(rows.into_iter().map(|metric| metric.of_channel(index)));
            }
        }
        metrics
    }
}

fn rows(level: &Level, dc: f64, clipped: u64) -> Vec<Metric> {
    vec![
        Metric::new("peak", level.peak(), "1"),
        Metric::new("peak_dbfs", dbfs(level.peak()), "dBFS"),
        Metric::new("rms", level.rms(), "1"),
        Metric::new("rms_dbfs", dbfs(level.rms()), "dBFS"),
        Metric::new("dc", dc, "1"),
        Metric::new("clipped", clipped as f64, "samples"),
        Metric::new("not_finite", level.not_finite() as f64, "samples"),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::meter::Metered;
    use auricle_sdk::testing::Bench;

    type Row<'a> = (&'a str, f64, &'a str);

    fn check<T: Element>(channels: &[&[T]], expected: &[Row]) {
        let bench = Bench::<Metered<LevelMeter>>::new().audio(8000, channels);
        bench.conforms();
        let rows = bench.run().expect("it runs").rows(0).expect("records");
        for (name, value, scope) in expected {
            let row = rows.iter().find(|row| row[0].as_str() == Some(name) && row[3].as_str() == Some(scope));
            let got = row.and_then(|row| row[1].as_f64()).expect("the metric is there");
            assert!(got == *value || (got - value).abs() < 1e-12, "{name} {scope}: expected {value}, got {got}");
        }
        assert_eq!(rows.len(), if channels.len() > 1 { 7 * (channels.len() + 1) } else { 7 });
    }

    #[test]
    fn levels_of_known_signals() {
        let square = [0.5f32, -0.5, 0.5, -0.5];
        check(
            &[&square],
            &[("peak", 0.5, ""), ("rms", 0.5, ""), ("rms_dbfs", 20.0 * 0.5f64.log10(), ""), ("dc", 0.0, "")],
        );
        check(
            &[&[1.0f32, 1.0], &[-0.5, 0.5]],
            &[
                ("peak", 1.0, ""),
                ("dc", 1.0, ""),
                ("clipped", 2.0, ""),
                ("rms", 0.625f64.sqrt(), ""),
                ("peak_dbfs", 0.0, "channel 1"),
                ("rms", 0.5, "channel 2"),
                ("clipped", 0.0, "channel 2"),
            ],
        );
        check(&[&[i16::MIN, i16::MAX, 0]], &[("peak", 1.0, ""), ("clipped", 2.0, "")]);
        check(&[&[128u8, 0]], &[("peak", 1.0, ""), ("dc", -0.5, "")]);
    }

    #[test]
    fn nothing_one_sample_nan_and_nine_channels() {
        let inf = f64::NEG_INFINITY;
        check::<f32>(&[&[]], &[("peak_dbfs", inf, ""), ("rms_dbfs", inf, ""), ("peak", 0.0, "")]);
        check(&[&[-0.25f64]], &[("peak", 0.25, ""), ("rms", 0.25, ""), ("dc", -0.25, "")]);
        check(&[&[f32::NAN, 0.5, f32::INFINITY]], &[("peak", 0.5, ""), ("not_finite", 2.0, "")]);
        check(&[&[0.5f32][..]; 9], &[("rms", 0.5, "channel 9")]);
    }
}
