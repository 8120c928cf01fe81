//! `edit.gain`: makes a region louder or softer.
//!
//! Shape: audio in, as much out. Unlike `effect.gain`, which changes all of it.

use crate::edited::{Edit, part};
use crate::pieces::OPEN;
use crate::region::{END, Region, START};
use auricle_sdk::prelude::*;

/// The edit.
pub struct Gain {
    region: Region,
    factor: f32,
}

impl Edit for Gain {
    const DESCRIPTOR: Descriptor = Descriptor::new("edit.gain", "Makes a region louder or softer")
        .doc("The samples from start_s up to end_s times 10^(gain_db / 20); nothing is clipped, all others stay as they are.")
        .inputs(&[Port::audio("audio").doc("What is edited.")])
        .outputs(&[Port::audio("audio").doc("The same with the region at another level.")])
        .parameters(&[
            START,
            END,
            Parameter::float("gain_db", 0.0).range(-120.0, 60.0).unit("dB").doc("Amplification; negative values attenuate."),
        ])
        .locality(Locality::Pointwise);

    fn new(setup: &Setup) -> Result<Self> {
        let factor = auricle_dsp::level::amplitude(setup.parameters.float("gain_db")?) as f32;
        Ok(Gain { region: Region::new(setup, true)?, factor })
    }

    fn shape(&self, first: i64, samples: &mut [f32]) {
        part(samples, first, &self.region.inside(None, OPEN)).1.iter_mut().for_each(|x| *x *= self.factor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edited::Edited;
    use crate::edited::testing::{check, counted};

    #[test]
    fn twenty_decibels_are_a_factor_of_ten() {
        let bench =
            counted::<Edited<Gain>>(4).parameter("gain_db", 20.0).parameter("start_s", 0.1).parameter("end_s", 0.3);
        check(bench, &[1.0, 20.0, 30.0, 4.0]);
    }
}
