//! `edit.trim`: keeps a region, and nothing else.
//!
//! Shape: audio in, the region out; its first sample is sample 0.

use crate::edited::Edit;
use crate::pieces::{OPEN, Piece, sequence};
use crate::region::{END, Region, START};
use auricle_sdk::prelude::*;

/// The edit.
pub struct Trim(Region);

impl Edit for Trim {
    const DESCRIPTOR: Descriptor = Descriptor::new("edit.trim", "Keeps a region")
        .doc("Output = the samples from start_s up to end_s. What lies outside of the audio is no part of the region.")
        .inputs(&[Port::audio("audio").doc("What is edited.")])
        .outputs(&[Port::audio("audio").doc("The region.")])
        .parameters(&[START, END])
        .locality(Locality::Window);

    fn new(setup: &Setup) -> Result<Self> {
        Ok(Trim(Region::new(setup, true)?))
    }

    fn pieces(&self, lengths: &[Option<i64>]) -> Vec<Piece> {
        sequence([(0, self.0.inside(lengths[0], OPEN))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edited::Edited;
    use crate::edited::testing::{check, counted};

    #[test]
    fn the_region_alone_is_left() {
        let trim =
            |start: f64, end: f64| counted::<Edited<Trim>>(8).parameter("start_s", start).parameter("end_s", end);
        check(trim(0.2, 0.5), &[3.0, 4.0, 5.0]);
        check(trim(0.6, 99.0), &[7.0, 8.0]);
        check(trim(99.0, 100.0), &[]);
        check(counted::<Edited<Trim>>(4), &[1.0, 2.0, 3.0, 4.0]);
        assert_eq!(trim(0.2, 0.8).need(0, 1..2).expect("it says"), [Some(3..4)]);
    }
}
