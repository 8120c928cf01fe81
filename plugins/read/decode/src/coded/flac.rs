//! FLAC's metadata blocks, hidden from the demultiplexer as far as they can mislead it.

use crate::error::Result;
use crate::source::Window;

const MAX_BLOCKS: usize = 1024;
const PADDING: u8 = 1;
/// SEEKTABLE, VORBIS_COMMENT, CUESHEET and PICTURE.
const HIDDEN: std::ops::RangeInclusive<u8> = 3..=6;

/// The places of the type bytes of blocks that are to be read as padding, with the byte to be seen there.
///
/// A seek table may point anywhere; without it the demultiplexer searches by halves, and finds every frame. Tags and
/// pictures are of no use here.
///
/// # Errors
/// When the source fails.
///
/// # Source
/// RFC 9639, section 8.1.
pub fn hidden_blocks(window: &mut Window, offset: u64) -> Result<Vec<(u64, u8)>> {
    let mut hidden = Vec::new();
    let mut at = offset + 4;
    for _ in 0..MAX_BLOCKS {
        let Some([kind, a, b, c]) = window.array(at)? else { break };
        if HIDDEN.contains(&(kind & 0x7f)) {
            hidden.push((at - offset, (kind & 0x80) | PADDING));
        }
        if kind & 0x80 != 0 {
            break;
        }
        at += 4 + u64::from(u32::from_be_bytes([0, a, b, c]));
    }
    Ok(hidden)
}
