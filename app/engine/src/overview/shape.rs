//! How an overview is laid out: its levels, and the segments in which it is made and kept.

use auricle_sdk::format::{Data, Format};
use std::ops::Range;

/// Entries of the next level for one of the level above it.
const FACTOR: i64 = 8;
/// A level of no more entries is the last.
const FEW: i64 = 8_192;
/// Bytes of the finest level: beyond them its entries stand for more.
const FINEST_BYTES: i64 = 192 << 20;
/// Bytes of a segment that are worth a write.
const SEGMENT_BYTES: i64 = 256 << 10;
/// Frames of the input up to which no overview is needed.
const FEW_FRAMES: i64 = 1 << 14;
/// The same for sample frames.
const FEW_SAMPLES: i64 = 1 << 23;

/// The layout of one overview.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Entries of the input in all.
    pub length: i64,
    /// Values of one entry of the overview: of audio the least, the greatest and the RMS of each channel; of frames the
    /// largest value of each element, or that furthest from zero, and then all means.
    pub frame_len: usize,
    /// Entries of the input that one entry of each level stands for, from fine to coarse.
    pub hops: Vec<i64>,
    /// Entries of the input that one segment covers.
    pub span: i64,
}

impl Shape {
    /// The layout of an overview of `length` entries of this format; none where the entries themselves are few enough,
    /// or nothing that follows in time.
    pub fn new(format: &Format, length: i64) -> Option<Self> {
        let (frame_len, first, few) = match &format.data {
            // Min, max and RMS of each channel; the largest and the mean of each value.
            Data::Audio(audio) => (audio.channels * 3, 256, FEW_SAMPLES),
            Data::Tensor(tensor) if tensor.streams() && format.clock.step > 0 => {
                (tensor.frame_len() * 2, 16, FEW_FRAMES)
            }
            _ => return None,
        };
        if length <= few || frame_len == 0 {
            return None;
        }
        let bytes = |hop: i64| (length / hop + 1).saturating_mul(frame_len as i64 * 4);
        let mut finest = first;
        while bytes(finest) > FINEST_BYTES {
            finest *= 2;
        }
        let mut hops = vec![finest];
        while let Some(&last) = hops.last().filter(|hop| length / **hop > FEW) {
            hops.push(last * FACTOR);
        }
        let coarsest = hops.last().copied().unwrap_or(finest);
        let of_one: i64 = hops.iter().map(|hop| coarsest / hop * frame_len as i64 * 4).sum();
        let span = coarsest * (SEGMENT_BYTES / of_one).max(1);
        Some(Shape { length, frame_len, hops, span })
    }

    /// Which level to draw columns of `entries` entries of the input from: at least four of its entries lie in each.
    /// None: from the input itself.
    pub fn level(&self, entries: f64) -> Option<usize> {
        self.hops.iter().rposition(|hop| *hop as f64 * 4.0 <= entries)
    }

    /// Number of segments.
    pub fn segments(&self) -> usize {
        usize::try_from((self.length + self.span - 1) / self.span).unwrap_or(0)
    }

    /// The entries of a level that a segment holds.
    pub fn entries(&self, segment: usize, level: usize) -> Range<i64> {
        let (hop, segment) = (self.hops[level], segment as i64);
        let all = (self.length + hop - 1) / hop;
        let of_one = self.span / hop;
        (segment * of_one).min(all)..((segment + 1) * of_one).min(all)
    }

    /// Bytes of a level within a full segment, without what guards them.
    pub fn part_bytes(&self, level: usize) -> u64 {
        (self.span / self.hops[level]) as u64 * self.frame_len as u64 * 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::format::{Axis, Clock, Tensor};

    fn bins(bins: usize) -> Format {
        let tensor = Tensor::new::<f32>(vec![Axis::frames(None), Axis::channels(2), Axis::bins(bins, 10.0)], "db");
        Format::tensor(tensor, Clock::samples(44_100).frames(512, 0), None, "channel,bin,frame")
    }

    #[test]
    fn an_overview_is_small_and_its_segments_hold_whole_entries() {
        let ten_hours = 36_000i64;
        for (format, length) in [
            (Format::audio::<f32>(1, 16_000, None), ten_hours * 16_000),
            (Format::audio::<f32>(8, 96_000, None), ten_hours * 96_000),
            (bins(1025), ten_hours * 44_100 / 512),
            (bins(257), ten_hours * 16_000 / 512),
            (bins(40_000), i64::MAX >> 20),
        ] {
            let shape = Shape::new(&format, length).expect("it is long");
            let parts: u64 = (0..shape.hops.len()).map(|level| shape.part_bytes(level)).sum();
            assert!(parts * (shape.segments() as u64) < 240 << 20 || shape.hops.len() == 1, "{shape:?}");
            for level in 0..shape.hops.len() {
                assert_eq!(shape.span % shape.hops[level], 0);
                let mut next = 0;
                for segment in 0..shape.segments().min(1_000) {
                    let entries = shape.entries(segment, level);
                    assert_eq!(entries.start, next);
                    next = entries.end;
                }
                if shape.segments() <= 1_000 {
                    assert_eq!(next, (length + shape.hops[level] - 1) / shape.hops[level]);
                }
            }
            assert_eq!(shape.level(shape.hops[0] as f64 * 3.9), None);
            assert_eq!(shape.level(1e30), Some(shape.hops.len() - 1));
        }
    }

    #[test]
    fn what_is_short_needs_none() {
        assert_eq!(Shape::new(&Format::audio::<f32>(1, 16_000, None), 320), None);
        assert_eq!(Shape::new(&bins(257), 16_384), None);
    }
}
