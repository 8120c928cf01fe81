//! FLAC's metadata blocks, hidden from the demultiplexer as far as they can mislead it or it does not take them.

use crate::error::Result;
use crate::source::Window;

/// What the demultiplexer is to see instead of what is there.
#[derive(Default)]
pub struct Shown {
    /// Places behind the stream's first byte, and the byte to be seen there.
    pub patches: Vec<(u64, u8)>,
    /// The sample rate, where another is shown.
    pub sample_rate: Option<u32>,
}

/// Where the 20 bits of the sample rate begin: behind the marker, the block's header and 10 bytes of STREAMINFO.
const RATE: u64 = 4 + 4 + 10;
/// The highest rate that the demultiplexer takes (symphonia 0.6); the format has room for 1,048,575 Hz.
const MOST_HZ: u32 = 655_350;
/// What is shown for a higher one.
const SHOWN_HZ: u32 = 48_000;

const MAX_BLOCKS: usize = 1024;
const PADDING: u8 = 1;
/// SEEKTABLE, VORBIS_COMMENT, CUESHEET and PICTURE.
const HIDDEN: std::ops::RangeInclusive<u8> = 3..=6;

/// What the demultiplexer is to see of the stream at `offset`: blocks that are of no use here as padding, and a rate
/// that it takes.
///
/// A seek table may point anywhere; without it the demultiplexer searches by halves, and finds every frame. Tags and
/// pictures are of no use here. No sample depends on the rate.
///
/// # Errors
/// When the source fails.
///
/// # Source
/// RFC 9639, section 8.1.
pub fn shown(window: &mut Window, offset: u64) -> Result<Shown> {
    let mut shown = Shown::default();
    if let Some([a, b, c]) = window.array(offset + RATE)? {
        let rate = u32::from_be_bytes([0, a, b, c]) >> 4;
        if rate > MOST_HZ {
            let [_, a, b, low] = (SHOWN_HZ << 4 | u32::from(c & 0xf)).to_be_bytes();
            shown.patches.extend([(RATE, a), (RATE + 1, b), (RATE + 2, low)]);
            shown.sample_rate = Some(rate);
        }
    }
    let mut at = offset + 4;
    for _ in 0..MAX_BLOCKS {
        let Some([kind, a, b, c]) = window.array(at)? else { break };
        if HIDDEN.contains(&(kind & 0x7f)) {
            shown.patches.push((at - offset, (kind & 0x80) | PADDING));
        }
        if kind & 0x80 != 0 {
            break;
        }
        at += 4 + u64::from(u32::from_be_bytes([0, a, b, c]));
    }
    Ok(shown)
}
