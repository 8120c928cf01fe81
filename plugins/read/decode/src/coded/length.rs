//! How long a coded stream is, as far as that can be had without decoding it: claims are checked against its last packet.

use super::mp4;
use super::opened::Opener;
use super::packets::{self, Kind};
use crate::error::Result;
use crate::format::{Finding, Severity};
use crate::source::Window;

/// Packets that may follow the one that should be the last.
const LAST_PACKETS: usize = 64;
/// An MP3 that is no larger is counted through; that takes some milliseconds.
const COUNTED_BYTES: u64 = 16 << 20;

/// The number of sample frames as far as it can be had without decoding everything.
pub(super) fn settle(
    opener: &mut Opener,
    claimed: Option<u64>,
    length: Option<u64>,
    mp3_bytes: Option<u64>,
    packet_frames: u64,
    findings: &mut Vec<Finding>,
) -> Result<Option<u64>> {
    let mut window = Window::new(opener.source.clone());
    match opener.kind {
        // The last packet's time is found from the end of the file.
        Kind::Ogg => Ok(claimed),
        Kind::Flac => Ok(claimed.filter(|&n| last_packet_ends_at(opener, n, None) == Some(n))),
        // The last packet of ALAC may be longer than what is valid of it.
        Kind::Caf => {
            let end = claimed.and_then(|n| last_packet_ends_at(opener, n, None));
            // FFmpeg counts whole packets: such a claim does not say how much of the last is valid.
            opener.open_ended = end.is_some() && end == claimed;
            Ok(claimed.filter(|_| !opener.open_ended && end >= claimed))
        }
        Kind::Mp3 if length.is_some_and(|n| n <= COUNTED_BYTES) => {
            let counted = count(opener);
            Ok(match claimed {
                // The padding that the header frame says to cut lies before the end of the last packet.
                Some(n) => claimed.filter(|_| counted.is_some_and(|end| end >= n)),
                None => counted,
            })
        }
        // Tags may stand behind the audio, but it cannot be shorter than claimed, nor its packets smaller than a header.
        Kind::Mp3 => Ok(claimed.filter(|&n| {
            let whole = mp3_bytes.zip(length).is_some_and(|(promised, there)| promised <= there);
            whole && length.is_some_and(|there| n / 1152 <= there / 24)
        })),
        Kind::Adts => Ok(None),
        Kind::Mp4 => {
            let outline = mp4::outline(&mut window)?;
            let skip = opener.frame_of(i64::try_from(outline.skip).unwrap_or(0));
            opener.skip = skip;
            if outline.missing > 0 {
                findings.push(Finding::new(
                    "data-truncated",
                    Severity::Damage,
                    format!("{} bytes that the header promises are missing at the end", outline.missing),
                ));
                return Ok(None);
            }
            let end = match claimed {
                // AAC: the container's last packet may be said to be shorter than what is decoded of it.
                Some(n) if opener.open_ended && opener.exact => last_packet_ends_at(opener, n, Some(packet_frames)),
                other => other.filter(|_| !opener.open_ended),
            };
            Ok(end.map(|n| n.saturating_sub(skip.max(0) as u64)))
        }
    }
}

/// Where the packet that should be the last one ends, if it is the last; `frames` are those of every packet.
fn last_packet_ends_at(opener: &Opener, claimed: u64, frames: Option<u64>) -> Option<u64> {
    let mut stream = packets::open(opener.source.clone(), opener.offset, opener.kind).ok()?;
    stream.packets.seek(i64::try_from(claimed.checked_sub(1)?).ok()?).ok()?;
    let mut end = None;
    for _ in 0..LAST_PACKETS {
        match stream.packets.next() {
            Ok(Some(packet)) => {
                let duration = frames.unwrap_or(packet.dur.get());
                end = u64::try_from(packet.pts.get()).ok().map(|ts| ts + duration);
            }
            Ok(None) => return end,
            Err(_) => return None,
        }
    }
    None
}

/// Where the last packet ends, by going through all of them.
fn count(opener: &Opener) -> Option<u64> {
    let mut stream = packets::open(opener.source.clone(), opener.offset, opener.kind).ok()?;
    let mut end = None;
    while let Some(packet) = stream.packets.next().ok()? {
        end = u64::try_from(packet.pts.get()).ok().map(|ts| ts + packet.dur.get());
    }
    end
}
