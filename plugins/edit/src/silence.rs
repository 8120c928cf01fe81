//! `edit.silence`: zeros in a region.
//!
//! Shape: audio in, as much out.

use crate::edited::{Edit, part};
use crate::pieces::OPEN;
use crate::region::{END, Region, START};
use auricle_sdk::prelude::*;

/// The edit.
pub struct Silence(Region);

impl Edit for Silence {
    const DESCRIPTOR: Descriptor = Descriptor::new("edit.silence", "Silences a region")
        .doc("The samples from start_s up to end_s become 0; all others stay as they are.")
        .inputs(&[Port::audio("audio").doc("What is edited.")])
        .outputs(&[Port::audio("audio").doc("The same with silence in the region.")])
        .parameters(&[START, END])
        .locality(Locality::Pointwise);

    fn new(setup: &Setup) -> Result<Self> {
        Ok(Silence(Region::new(setup, true)?))
    }

    fn shape(&self, first: i64, samples: &mut [f32]) {
        part(samples, first, &self.0.inside(None, OPEN)).1.fill(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edited::Edited;
    use crate::edited::testing::{check, counted};

    #[test]
    fn the_region_is_silent() {
        let bench = counted::<Edited<Silence>>(5).parameter("start_s", 0.1);
        check(bench, &[1.0, 0.0, 0.0, 0.0, 0.0]);
        let bench = counted::<Edited<Silence>>(5).parameter("start_s", 0.1).parameter("end_s", 0.3);
        check(bench, &[1.0, 0.0, 0.0, 4.0, 5.0]);
    }
}
