//! The boxes of an MP4 file, as far as its decoder does not look: the edit list's start, and whether all is there.

use crate::error::Result;
use crate::source::Window;

const MAX_BOXES: usize = 1024;

/// What the boxes say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outline {
    /// Sample frames (in the track's timescale) that the first audio track skips at its start.
    pub skip: u64,
    /// Bytes that the boxes promise and the file has not.
    pub missing: u64,
}

/// Reads the outline of an MP4 file.
///
/// # Errors
/// When the source fails.
///
/// # Source
/// ISO/IEC 14496-12: 4.2 (boxes), 8.6.6 (edit list), 8.4.3 (handler).
pub fn outline(window: &mut Window) -> Result<Outline> {
    let mut outline = Outline::default();
    let end = window.len().unwrap_or(u64::MAX);
    let mut at = 0;
    for _ in 0..MAX_BOXES {
        let Some((kind, body, next)) = next_box(window, at, u64::MAX)? else { break };
        if &kind == b"moov" {
            outline.skip = movie(window, body, next.min(end))?;
        }
        if next > end && window.len().is_some() {
            outline.missing = next - end;
            break;
        }
        at = next;
    }
    Ok(outline)
}

/// The skip of the first audio track.
fn movie(window: &mut Window, start: u64, end: u64) -> Result<u64> {
    let mut at = start;
    for _ in 0..MAX_BOXES {
        let Some((kind, body, next)) = next_box(window, at, end)? else { break };
        if &kind == b"trak" {
            let handler = find(window, body, next, &[*b"mdia", *b"hdlr"])?;
            let sound = match handler {
                Some((hdlr, _)) => window.bytes(hdlr + 8, 4)? == b"soun",
                None => false,
            };
            if sound {
                let Some((elst, _)) = find(window, body, next, &[*b"edts", *b"elst"])? else {
                    return Ok(0);
                };
                return first_edit(window, elst);
            }
        }
        at = next;
    }
    Ok(0)
}

/// The media time of the first edit, where it is one that skips.
fn first_edit(window: &mut Window, elst: u64) -> Result<u64> {
    let version = window.array::<1>(elst)?.map_or(0, |[v]| v);
    let time = if version == 1 {
        window.array(elst + 16)?.map_or(0, i64::from_be_bytes)
    } else {
        window.array(elst + 12)?.map_or(0, |b| i64::from(i32::from_be_bytes(b)))
    };
    Ok(u64::try_from(time).unwrap_or(0))
}

/// The body and end of the box at a path of kinds.
fn find(window: &mut Window, start: u64, end: u64, path: &[[u8; 4]]) -> Result<Option<(u64, u64)>> {
    let (mut start, mut end) = (start, end);
    for wanted in path {
        let mut at = start;
        let mut found = None;
        for _ in 0..MAX_BOXES {
            let Some((kind, body, next)) = next_box(window, at, end)? else { break };
            if kind == *wanted {
                found = Some((body, next));
                break;
            }
            at = next;
        }
        let Some(inside) = found else { return Ok(None) };
        (start, end) = inside;
    }
    Ok(Some((start, end)))
}

/// Kind, body and end of the box at `at`.
fn next_box(window: &mut Window, at: u64, end: u64) -> Result<Option<([u8; 4], u64, u64)>> {
    if at >= end {
        return Ok(None);
    }
    let Some(head) = window.array::<8>(at)? else { return Ok(None) };
    let kind = [head[4], head[5], head[6], head[7]];
    let (body, size) = match u32::from_be_bytes([head[0], head[1], head[2], head[3]]) {
        0 => (at + 8, window.len().map_or(u64::MAX, |len| len - at)),
        1 => (at + 16, window.array(at + 8)?.map_or(0, u64::from_be_bytes)),
        n => (at + 8, u64::from(n)),
    };
    let next = at.saturating_add(size);
    Ok((next >= body).then_some((kind, body, next)))
}
