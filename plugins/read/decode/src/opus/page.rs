//! Ogg pages: found, checked, and cut into packets.

use crate::error::Result;
use crate::format::{Finding, Severity};
use crate::source::Window;

/// How far a page is looked for behind bytes that are none.
const SEARCH: u64 = 16 << 20;
/// The most bytes of a packet; one of 255 streams with 48 frames each is smaller.
const MAX_PACKET: usize = 16 << 20;

/// The farthest that one page may lie behind another: a page ends at most 255 packets of 120 ms. More is no hole but a lie.
const MOST_JUMP: i64 = 256 * 5760;

/// The header of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its first byte.
    pub at: u64,
    /// The time at which the last packet that ends in it ends; -1 if none does.
    pub granule: i64,
    /// The logical stream that it belongs to.
    pub serial: u32,
    /// Its number in that stream.
    pub sequence: u32,
    flags: u8,
    lacing: Vec<u8>,
}

impl Page {
    /// Reads the page header at `at`; `None` if there is none.
    ///
    /// # Errors
    /// When the source fails.
    ///
    /// # Source
    /// RFC 3533, section 6.
    pub fn at(window: &mut Window, at: u64) -> Result<Option<Self>> {
        let Some(h) = window.array::<27>(at)?.filter(|h| &h[..5] == b"OggS\0") else { return Ok(None) };
        let u32_at = |i: usize| u32::from_le_bytes([h[i], h[i + 1], h[i + 2], h[i + 3]]);
        let lacing = window.bytes(at + 27, usize::from(h[26]))?.to_vec();
        if lacing.len() < usize::from(h[26]) {
            return Ok(None);
        }
        let granule = i64::from_le_bytes([h[6], h[7], h[8], h[9], h[10], h[11], h[12], h[13]]);
        Ok(Some(Page { at, granule, serial: u32_at(14), sequence: u32_at(18), flags: h[5], lacing }))
    }

    /// The first page at or behind `at`.
    ///
    /// # Errors
    /// When the source fails.
    pub fn find(window: &mut Window, at: u64) -> Result<Option<Self>> {
        let mut from = at;
        while from < at.saturating_add(SEARCH) {
            if let Some(page) = Self::at(window, from)? {
                return Ok(Some(page));
            }
            let bytes = window.bytes(from + 1, 32 * 1024)?;
            if bytes.len() < 4 {
                break;
            }
            // The last three may begin a mark that goes on behind them.
            let next = bytes.windows(4).position(|b| b == b"OggS").unwrap_or(bytes.len() - 3);
            from += 1 + next as u64;
        }
        Ok(None)
    }

    /// Whether its first packet began in an earlier page.
    pub fn continues(&self) -> bool {
        self.flags & 1 != 0
    }

    /// Whether it begins a stream.
    pub fn begins(&self) -> bool {
        self.flags & 2 != 0
    }

    /// Whether it ends its stream.
    pub fn ends(&self) -> bool {
        self.flags & 4 != 0
    }

    /// What is wrong if `before`, which lies before it in the file, ends the stream that it is of.
    pub fn follows_the_end(&self, before: &Page) -> Option<Finding> {
        let behind = before.ends() && !self.begins() && self.serial == before.serial;
        let message = || {
            let Page { sequence, .. } = before;
            format!("page {} follows page {sequence}, which says that it is the last", self.sequence)
        };
        behind.then(|| Finding::new("ogg-after-end", Severity::Warning, message()))
    }

    /// What is wrong if the last page does not [end](Page::ends) its stream.
    pub fn no_end() -> Finding {
        let message =
            "the last page does not say that it is the last: the file may be cut, or the recording was not finished";
        Finding::new("ogg-no-end", Severity::Warning, message)
    }

    /// The first byte behind it, as its header claims.
    pub fn end(&self) -> u64 {
        let body: u64 = self.lacing.iter().map(|&n| u64::from(n)).sum();
        self.at + 27 + self.lacing.len() as u64 + body
    }

    /// Its packets, behind what is open from earlier pages; what stays open is kept in `open`. With them, whether the
    /// page is as it was written: whole, and its checksum right.
    ///
    /// # Errors
    /// When the source fails.
    pub fn packets(&self, window: &mut Window, open: &mut Vec<u8>) -> Result<(Vec<Vec<u8>>, bool)> {
        let mut bytes = window.bytes(self.at, (self.end() - self.at) as usize)?.to_vec();
        let whole = bytes.len() as u64 == self.end() - self.at;
        let start = (27 + self.lacing.len()).min(bytes.len());
        let sound = whole && {
            let stored = bytes[22..26].to_vec();
            bytes[22..26].fill(0);
            stored == checksum(&bytes).to_le_bytes()
        };
        let mut dangling = self.continues() && open.is_empty();
        if !self.continues() {
            open.clear();
        }
        let mut packets = Vec::new();
        let mut rest = bytes.get(start..).unwrap_or_default();
        for &n in &self.lacing {
            let Some((piece, behind)) = rest.split_at_checked(n.into()) else {
                open.clear();
                break;
            };
            rest = behind;
            if open.len() < MAX_PACKET {
                open.extend_from_slice(piece);
            }
            if n < 255 {
                let packet = std::mem::take(open);
                // The rest of a packet whose start is lost.
                if !std::mem::take(&mut dangling) {
                    packets.push(packet);
                }
            }
        }
        Ok((packets, sound))
    }

    /// When it ends, in samples from the stream's first: its granule position less `shift`. `None` if that cannot be, where
    /// the page before it ended at `now`.
    pub fn end_time(&self, shift: i64, now: i64) -> Option<i64> {
        let end = self.granule.checked_sub(shift).filter(|_| self.granule >= 0)?;
        let earliest = if self.ends() { 0 } else { now };
        (earliest..=now.saturating_add(MOST_JUMP)).contains(&end).then_some(end)
    }

    /// The packets that end in it.
    pub fn completed(&self) -> usize {
        self.lacing.iter().filter(|&&n| n < 255).count()
    }
}

/// The checksum of a page whose field of it is zero: CRC-32, polynomial 0x04c11db7, not reflected, from 0.
///
/// # Source
/// RFC 3533, section 6, field 7.
pub fn checksum(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut i = 0;
        while i < 256 {
            let (mut word, mut bit) = ((i as u32) << 24, 0);
            while bit < 8 {
                word = if word >> 31 == 1 { word << 1 ^ 0x04c1_1db7 } else { word << 1 };
                bit += 1;
            }
            table[i] = word;
            i += 1;
        }
        table
    };
    bytes.iter().fold(0, |sum, &b| sum << 8 ^ TABLE[usize::from((sum >> 24) as u8 ^ b)])
}
