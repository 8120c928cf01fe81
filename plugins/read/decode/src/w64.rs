//! Sony Wave64: WAVE with 128-bit identifiers and 64-bit sizes.

use crate::Decoder;
use crate::data::Claim;
use crate::error::{Error, Result};
use crate::format::{Finding, Severity};
use crate::source::{Order, Window};
use crate::wave::WaveFormat;

/// The first four bytes of each identifier; the other twelve are the same for `riff` and for the rest.
const RIFF_TAIL: [u8; 12] = [0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0, 0];
const TAIL: [u8; 12] = [0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0x00, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a];
const MAX_CHUNKS: usize = 4096;
/// Identifier and size stand before each chunk, and count as part of it.
const HEAD: u64 = 24;

/// Whether the source starts as Wave64 does.
pub fn is_w64(head: &[u8]) -> bool {
    head.len() >= 16 && &head[..4] == b"riff" && head[4..16] == RIFF_TAIL
}

/// Opens a source that [`is_w64`].
///
/// # Errors
/// As for RIFF.
pub fn open(mut window: Window) -> Result<Box<dyn Decoder>> {
    let mut findings = Vec::new();
    if window.bytes(24, 4)? != b"wave" {
        return Err(Error::malformed("a Wave64 file without the identifier of WAVE"));
    }
    let claimed = window.array(16)?.map_or(0, u64::from_le_bytes);
    if let Some(len) = window.len().filter(|&len| len != claimed) {
        findings.push(Finding::new(
            "w64-size",
            Severity::Warning,
            format!("the header says {claimed} bytes, the file has {len}"),
        ));
    }
    let mut format = None;
    let mut at = 40;
    for _ in 0..MAX_CHUNKS {
        let Some(head) = window.array::<24>(at)? else { break };
        let mut size = [0; 8];
        size.copy_from_slice(&head[16..]);
        let body = u64::from_le_bytes(size).checked_sub(HEAD);
        match (&head[..4], body) {
            (b"fmt ", Some(n)) if head[4..16] == TAIL => {
                let n = n.min(64) as usize;
                format = Some(WaveFormat::parse(window.bytes(at + HEAD, n)?, Order::Little)?);
            }
            (b"data", n) if head[4..16] == TAIL => {
                let Some(format) = format.take() else {
                    return Err(Error::malformed("the data chunk stands before the fmt chunk"));
                };
                let claim = match n {
                    Some(n) if n != u64::MAX - HEAD => Claim::Bytes(n),
                    _ => Claim::Unknown,
                };
                return format.decoder("w64", Order::Little, window, at + HEAD, claim, findings);
            }
            _ => {}
        }
        // Chunks begin at multiples of eight bytes.
        let next = body.and_then(|n| n.checked_add(HEAD + 7)).map(|n| n & !7);
        match next.and_then(|n| at.checked_add(n)) {
            Some(next) => at = next,
            None => break,
        }
    }
    Err(Error::malformed("no data chunk: the file holds a header and no audio"))
}
