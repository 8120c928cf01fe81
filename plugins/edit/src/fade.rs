//! `edit.fade`: a region that rises from silence, or falls to it.
//!
//! Shape: audio in, as much out.

use crate::edited::{Edit, part};
use crate::region::{END, Region, START};
use auricle_sdk::prelude::*;
use std::f64::consts::PI;
use std::ops::Range;

/// The edit.
pub struct Fade {
    region: Range<i64>,
    falls: bool,
    curve: fn(f64) -> f64,
}

impl Edit for Fade {
    const DESCRIPTOR: Descriptor = Descriptor::new("edit.fade", "Fades a region in or out")
        .doc(
            "Sample k of the n from start_s up to end_s times f(t), t = (k + 1/2) / n for direction = \"in\", 1 - t in its place \
             for \"out\": linear f = t, cosine f = (1 - cos(pi t)) / 2, equal_power f = sin(pi t / 2). So linear and cosine fades \
             in and out of one region add up to 1, and equal_power ones in power. All other samples stay as they are.",
        )
        .inputs(&[Port::audio("audio").doc("What is edited.")])
        .outputs(&[Port::audio("audio").doc("The same with the region faded.")])
        .parameters(&[
            START,
            END,
            Parameter::choice("direction", "in", &["in", "out"]).doc("From silence, or to it."),
            Parameter::choice("curve", "linear", &["linear", "cosine", "equal_power"]).doc("How it rises."),
        ])
        .locality(Locality::Pointwise);

    fn new(setup: &Setup) -> Result<Self> {
        let curve: fn(f64) -> f64 = match setup.parameters.text("curve")? {
            "cosine" => |t| (1.0 - (PI * t).cos()) / 2.0,
            "equal_power" => |t| (PI * t / 2.0).sin(),
            _ => |t| t,
        };
        let region = Region::new(setup, true)?.closed(setup.input(0)?.length)?;
        Ok(Fade { region, falls: setup.parameters.text("direction")? == "out", curve })
    }

    fn shape(&self, first: i64, samples: &mut [f32]) {
        let n = (self.region.end - self.region.start) as f64;
        let (from, samples) = part(samples, first, &self.region);
        for (k, x) in (from - self.region.start..).zip(samples) {
            let t = (k as f64 + 0.5) / n;
            *x *= (self.curve)(if self.falls { 1.0 - t } else { t }) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edited::Edited;
    use crate::edited::testing::{check, counted};

    #[test]
    fn it_rises_and_falls() {
        check(counted::<Edited<Fade>>(4).parameter("end_s", 0.2), &[0.25, 1.5, 3.0, 4.0]);
        check(
            counted::<Edited<Fade>>(4).parameter("start_s", 0.2).parameter("direction", "out"),
            &[1.0, 2.0, 2.25, 1.0],
        );
        let curve = |name: &str, direction: &str| {
            let ones = [1.0f32; 9];
            let bench = auricle_sdk::testing::Bench::<Edited<Fade>>::new().audio(10, &[&ones]);
            let bench = bench.parameter("curve", name).parameter("direction", direction);
            bench.conforms();
            bench.run().expect("runs").audio::<f32>(0).expect("audio").swap_remove(0)
        };
        for (name, power) in [("linear", 1), ("cosine", 1), ("equal_power", 2)] {
            let sums =
                curve(name, "in").into_iter().zip(curve(name, "out")).map(|(a, b)| a.powi(power) + b.powi(power));
            assert!(sums.into_iter().all(|sum| (sum - 1.0).abs() < 1e-6), "{name}");
        }
    }
}
