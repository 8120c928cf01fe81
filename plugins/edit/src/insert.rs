//! `edit.insert`: puts another sound between.
//!
//! Shape: two audios of one rate and as many channels in, the first with the second inside out.

use crate::edited::Edit;
use crate::pieces::{OPEN, Piece, sequence};
use crate::region::{Region, START};
use auricle_sdk::prelude::*;

/// The edit.
pub struct Insert(Region);

impl Edit for Insert {
    const DESCRIPTOR: Descriptor = Descriptor::new("edit.insert", "Puts another sound between")
        .doc(
            "Output = the samples before start_s, then the clip, then the samples from start_s on. Behind the end of the audio \
             the clip follows at its end. Rates and channels must be the same; nothing is resampled or mixed.",
        )
        .inputs(&[Port::audio("audio").doc("What is edited."), Port::audio("clip").doc("What is put between.")])
        .outputs(&[Port::audio("audio").doc("Both.")])
        .parameters(&[START])
        .locality(Locality::Window);

    fn new(setup: &Setup) -> Result<Self> {
        clip_length(setup)?;
        Ok(Insert(Region::new(setup, false)?))
    }

    fn pieces(&self, lengths: &[Option<i64>]) -> Vec<Piece> {
        let (length, clip) = (lengths[0].unwrap_or(OPEN), lengths[1].unwrap_or(0));
        let start = self.0.start.min(length);
        sequence([(0, 0..start), (1, 0..clip), (0, start..length)])
    }
}

/// The length of the clip, which must be known.
pub fn clip_length(setup: &Setup) -> Result<i64> {
    let message = "expected a clip of known length, as what follows comes behind it";
    setup.input(1)?.length.ok_or_else(|| Error::format(message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edited::Edited;
    use crate::edited::testing::{check, counted};
    use auricle_sdk::testing::refused;

    #[test]
    fn the_clip_stands_between() {
        let bench = |start: f64| {
            counted::<Edited<Insert>>(4).audio(10, &[&[70.0f32, 80.0], &[-70.0, -80.0]]).parameter("start_s", start)
        };
        check(bench(0.1), &[1.0, 70.0, 80.0, 2.0, 3.0, 4.0]);
        check(bench(0.0), &[70.0, 80.0, 1.0, 2.0, 3.0, 4.0]);
        check(bench(9.0), &[1.0, 2.0, 3.0, 4.0, 70.0, 80.0]);
        assert_eq!(bench(0.1).need(0, 1..2).expect("it says")[1], Some(0..1));
    }

    #[test]
    fn another_rate_is_refused() {
        let bench = counted::<Edited<Insert>>(4).audio(20, &[&[1.0f32], &[1.0]]);
        assert!(refused(bench.run(), ErrorKind::Format).message.contains("at 10 Hz"));
        let bench = counted::<Edited<Insert>>(4).audio(10, &[&[1.0f32]]);
        assert!(refused(bench.run(), ErrorKind::Format).message.contains("expected 2 channels"));
    }
}
