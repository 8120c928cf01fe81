//! `edit.reverse`: a region backwards.
//!
//! Shape: audio in, as much out. A run keeps as much of the region as it has not given yet.

use crate::edited::Edit;
use crate::pieces::{OPEN, Piece, sequence};
use crate::region::{END, Region, START};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// The edit.
pub struct Reverse(Range<i64>);

impl Edit for Reverse {
    const DESCRIPTOR: Descriptor = Descriptor::new("edit.reverse", "Turns a region round")
        .doc(
            "Output sample start + k of the n from start_s up to end_s is input sample start + n - 1 - k; all others stay as they \
             are. A run holds the region in memory; a part of it is computed from its mirror image alone.",
        )
        .inputs(&[Port::audio("audio").doc("What is edited.")])
        .outputs(&[Port::audio("audio").doc("The same with the region backwards.")])
        .parameters(&[START, END])
        .locality(Locality::Window);

    fn new(setup: &Setup) -> Result<Self> {
        Ok(Reverse(Region::new(setup, true)?.closed(setup.input(0)?.length)?))
    }

    fn pieces(&self, lengths: &[Option<i64>]) -> Vec<Piece> {
        let length = lengths[0].unwrap_or(OPEN);
        let (start, end) = (self.0.start.min(length), self.0.end.min(length));
        let mut pieces = sequence([(0, 0..start), (0, start..end), (0, end..length)]);
        pieces.iter_mut().filter(|piece| piece.out == (start..end)).for_each(|piece| piece.backwards = true);
        pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edited::Edited;
    use crate::edited::testing::{check, counted};
    use auricle_sdk::testing::{Bench, refused};

    #[test]
    fn the_region_is_backwards() {
        let bench = counted::<Edited<Reverse>>(7).parameter("start_s", 0.2).parameter("end_s", 0.5);
        check(bench, &[1.0, 2.0, 5.0, 4.0, 3.0, 6.0, 7.0]);
        check(counted::<Edited<Reverse>>(3), &[3.0, 2.0, 1.0]);
        check(counted::<Edited<Reverse>>(3).parameter("start_s", 9.0), &[1.0, 2.0, 3.0]);
    }

    #[test]
    fn a_part_needs_its_mirror_image() {
        let bench = counted::<Edited<Reverse>>(9000).parameter("start_s", 100.0).parameter("end_s", 800.0);
        assert_eq!(bench.need(0, 1000..1010).expect("it says"), [Some(7990..8000)]);
        bench.conforms();
    }

    #[test]
    fn an_end_that_nobody_knows_is_refused() {
        let bench = Bench::<Edited<Reverse>>::new().audio(10, &[&[1.0f32]]).with_format(|format| format.length = None);
        assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, "end_s");
    }
}
