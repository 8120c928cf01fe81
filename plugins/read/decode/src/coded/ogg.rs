//! Ogg pages, as far as the demultiplexer gives up: a stream whose headers are whole and whose audio is not.

use crate::error::Result;
use crate::format::Finding;
use crate::opus::Page;
use crate::source::Window;

/// Pages looked at; comments with pictures take some dozens.
const MAX_PAGES: usize = 4096;

/// What a Vorbis stream says of itself, once its three headers are complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vorbis {
    /// Channels.
    pub channels: u8,
    /// Sample frames a second.
    pub sample_rate: u32,
}

/// The facts of a Vorbis stream with complete headers; `None` if they are not, or it is another codec.
///
/// # Errors
/// When the source fails.
///
/// # Source
/// RFC 3533, section 6 (pages and lacing); Vorbis I specification, 4.2.2 (identification header).
pub fn vorbis_headers(window: &mut Window) -> Result<Option<Vorbis>> {
    let (mut at, mut packets, mut found) = (0, 0, None);
    for _ in 0..MAX_PAGES {
        let Some(head) = window.array::<27>(at)?.filter(|h| &h[..4] == b"OggS") else { break };
        let lacing = window.bytes(at + 27, usize::from(head[26]))?.to_vec();
        let body = at + 27 + u64::from(head[26]);
        if packets == 0 && found.is_none() {
            let Some(b) = window.array::<16>(body)?.filter(|b| &b[..7] == b"\x01vorbis") else { break };
            let sample_rate = u32::from_le_bytes([b[12], b[13], b[14], b[15]]);
            found = Some(Vorbis { channels: b[11], sample_rate });
        }
        let end = body + lacing.iter().map(|&n| u64::from(n)).sum::<u64>();
        if lacing.len() < usize::from(head[26]) || window.len().is_some_and(|len| end > len) {
            break;
        }
        packets += lacing.iter().filter(|&&n| n < 255).count();
        if packets >= 3 {
            return Ok(found);
        }
        at = end;
    }
    Ok(None)
}

/// Bytes at the end of a file in which its last pages lie; one is no longer than 65,307.
const LAST_PAGES: u64 = 4 * 65_307;

/// What is wrong with the last pages: none ends the stream, or others follow the one that does.
///
/// # Errors
/// When the source fails.
pub fn end(window: &mut Window) -> Result<Option<Finding>> {
    let Some(length) = window.len() else { return Ok(None) };
    let (mut at, mut last): (u64, Option<Page>) = (length.saturating_sub(LAST_PAGES), None);
    while let Some(page) = Page::find(window, at)? {
        at = page.end();
        if let Some(finding) = last.as_ref().and_then(|last| page.follows_the_end(last)) {
            return Ok(Some(finding));
        }
        last = Some(page);
    }
    Ok(last.filter(|page| !page.ends()).map(|_| Page::no_end()))
}
