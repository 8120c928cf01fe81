//! `edit.paste`: another sound in place of a region.
//!
//! Shape: two audios of one rate and as many channels in, the first with the second in its place out.

use crate::edited::Edit;
use crate::insert::clip_length;
use crate::pieces::{OPEN, Piece, sequence};
use crate::region::{Region, START};
use auricle_sdk::prelude::*;

/// The edit.
pub struct Paste(Region);

impl Edit for Paste {
    const DESCRIPTOR: Descriptor = Descriptor::new("edit.paste", "Puts another sound in place of a region")
        .doc(
            "Output = the samples before start_s, then the clip, then the samples from end_s on. Without end_s the clip replaces \
             as much as it is long, so that nothing moves. Rates and channels must be the same; nothing is resampled or mixed.",
        )
        .inputs(&[Port::audio("audio").doc("What is edited."), Port::audio("clip").doc("What takes the place.")])
        .outputs(&[Port::audio("audio").doc("The first with the second inside.")])
        .parameters(&[
            START,
            Parameter::absent("end_s", Types::FLOAT)
                .range(0.0, 1e9)
                .unit("s")
                .doc("The first sample behind what is replaced; absent: as much as the clip is long."),
        ])
        .locality(Locality::Window);

    fn new(setup: &Setup) -> Result<Self> {
        let (region, clip) = (Region::new(setup, true)?, clip_length(setup)?);
        Ok(Paste(Region { end: region.end.or(Some(region.start + clip)), ..region }))
    }

    fn pieces(&self, lengths: &[Option<i64>]) -> Vec<Piece> {
        let region = self.0.inside(lengths[0], OPEN);
        sequence([(0, 0..region.start), (1, 0..lengths[1].unwrap_or(0)), (0, region.end..lengths[0].unwrap_or(OPEN))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edited::Edited;
    use crate::edited::testing::{check, counted};

    #[test]
    fn the_clip_takes_the_place() {
        let bench = || counted::<Edited<Paste>>(5).audio(10, &[&[70.0f32, 80.0], &[-70.0, -80.0]]);
        check(bench().parameter("start_s", 0.1), &[1.0, 70.0, 80.0, 4.0, 5.0]);
        check(bench().parameter("start_s", 0.1).parameter("end_s", 0.4), &[1.0, 70.0, 80.0, 5.0]);
        check(bench().parameter("start_s", 0.4), &[1.0, 2.0, 3.0, 4.0, 70.0, 80.0]);
    }
}
