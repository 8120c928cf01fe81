//! `edit.cut`: takes a region out; what follows moves up.
//!
//! Shape: audio in, the same without the region out.

use crate::edited::Edit;
use crate::pieces::{OPEN, Piece, sequence};
use crate::region::{END, Region, START};
use auricle_sdk::prelude::*;

/// The edit.
pub struct Cut(Region);

impl Edit for Cut {
    const DESCRIPTOR: Descriptor = Descriptor::new("edit.cut", "Takes a region out")
        .doc("Output = the samples before start_s, then those from end_s on. What lies outside of the audio is no part of the region.")
        .inputs(&[Port::audio("audio").doc("What is edited.")])
        .outputs(&[Port::audio("audio").doc("The same without the region.")])
        .parameters(&[START, END])
        .locality(Locality::Window);

    fn new(setup: &Setup) -> Result<Self> {
        Ok(Cut(Region::new(setup, true)?))
    }

    fn pieces(&self, lengths: &[Option<i64>]) -> Vec<Piece> {
        let region = self.0.inside(lengths[0], OPEN);
        sequence([(0, 0..region.start), (0, region.end..lengths[0].unwrap_or(OPEN))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edited::Edited;
    use crate::edited::testing::{check, counted};
    use auricle_sdk::testing::refused;

    #[test]
    fn what_follows_moves_up() {
        let cut = |start: f64, end: f64| counted::<Edited<Cut>>(8).parameter("start_s", start).parameter("end_s", end);
        check(cut(0.2, 0.5), &[1.0, 2.0, 6.0, 7.0, 8.0]);
        // Half a sample is rounded away from 0.
        check(cut(0.25, 0.5), &[1.0, 2.0, 3.0, 6.0, 7.0, 8.0]);
        check(cut(0.2, 0.2), &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        check(cut(0.6, 99.0), &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        check(cut(99.0, 100.0), &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]);
        check(counted::<Edited<Cut>>(5).parameter("start_s", 0.1), &[1.0]);
        check(counted::<Edited<Cut>>(5), &[]);
        check(counted::<Edited<Cut>>(0), &[]);
    }

    #[test]
    fn a_part_far_behind_needs_that_part_only() {
        let bench = counted::<Edited<Cut>>(9000).parameter("start_s", 100.0).parameter("end_s", 200.0);
        assert_eq!(bench.need(0, 5000..5010).expect("it says"), [Some(6000..6010)]);
        assert_eq!(bench.need(0, 10..20).expect("it says"), [Some(10..20)]);
    }

    #[test]
    fn a_region_that_ends_before_it_begins_is_refused() {
        let bench = counted::<Edited<Cut>>(5).parameter("start_s", 2.0).parameter("end_s", 1.0);
        assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, "end_s");
    }
}
