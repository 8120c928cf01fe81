//! How much audio is really there: the claim of a header against the bytes of the source.

use crate::format::{Finding, Severity};

/// What a header says about the length of its audio.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// So many bytes.
    Bytes(u64),
    /// Nothing: a stream whose writer never knew or never came back to say.
    Unknown,
    /// Nothing, in the way that the format has for it.
    Open,
}

/// Coded audio inside a source, in whole units (sample frames, or blocks of them).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// The first byte.
    pub start: u64,
    /// Usable bytes; `None` until the source ends, wherever that is.
    pub bytes: Option<u64>,
}

/// The grid of the coded audio, for settling and for words.
#[derive(Debug, Clone, Copy)]
pub struct Grid {
    /// Bytes of one unit.
    pub unit_bytes: u64,
    /// Sample frames of one unit.
    pub unit_frames: u64,
    /// Sample frames a second.
    pub sample_rate: f64,
}

impl Grid {
    /// Sample frames in so many bytes, the incomplete unit at the end not counted.
    pub fn frames(&self, bytes: u64) -> u64 {
        (bytes / self.unit_bytes).saturating_mul(self.unit_frames)
    }

    fn words(&self, bytes: u64) -> String {
        let frames = self.frames(bytes);
        format!("{frames} sample frames ({:.3} s)", frames as f64 / self.sample_rate)
    }
}

/// Weighs the claim of a header against the length of the source, and reports what is untrue.
pub fn settle(start: u64, claim: Claim, source_len: Option<u64>, grid: Grid, findings: &mut Vec<Finding>) -> Extent {
    let present = source_len.map(|len| len.saturating_sub(start));
    let bytes = match (claim, present) {
        (Claim::Unknown, present) => {
            findings.push(Finding::new(
                "data-length-unknown",
                Severity::Note,
                "the header does not say how long the audio is (a stream, or a writer that was stopped); read to the end of the file",
            ));
            present
        }
        (Claim::Bytes(claimed), Some(present)) if claimed > present => {
            findings.push(Finding::new(
                "data-truncated",
                Severity::Damage,
                format!(
                    "the header promises {}, the file holds {}; read what is there",
                    grid.words(claimed),
                    grid.words(present)
                ),
            ));
            Some(present)
        }
        (Claim::Open, present) => present,
        (Claim::Bytes(claimed), _) => Some(claimed),
    };
    if let Some(rest) = bytes.map(|b| b % grid.unit_bytes).filter(|&r| r != 0) {
        findings.push(Finding::new(
            "data-partial-frame",
            Severity::Damage,
            format!(
                "the audio ends inside a {}: {rest} of {} bytes are left over",
                if grid.unit_frames == 1 { "sample frame" } else { "block" },
                grid.unit_bytes
            ),
        ));
    }
    Extent { start, bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(claim: Claim, len: Option<u64>, bytes: Option<u64>, codes: &[&str]) {
        let grid = Grid { unit_bytes: 4, unit_frames: 1, sample_rate: 8000.0 };
        let mut findings = Vec::new();
        let extent = settle(44, claim, len, grid, &mut findings);
        assert_eq!(extent.bytes, bytes, "{claim:?} of {len:?}");
        let got: Vec<_> = findings.iter().map(|f| f.code).collect();
        assert_eq!(got, codes, "{claim:?} of {len:?}");
    }

    #[test]
    fn claims_are_weighed() {
        check(Claim::Bytes(8), Some(52), Some(8), &[]);
        check(Claim::Bytes(8), Some(60), Some(8), &[]);
        check(Claim::Bytes(9), Some(60), Some(9), &["data-partial-frame"]);
        check(Claim::Bytes(80), Some(52), Some(8), &["data-truncated"]);
        check(Claim::Bytes(80), Some(20), Some(0), &["data-truncated"]);
        check(Claim::Unknown, Some(52), Some(8), &["data-length-unknown"]);
        check(Claim::Unknown, None, None, &["data-length-unknown"]);
        check(Claim::Open, Some(52), Some(8), &[]);
        check(Claim::Bytes(8), None, Some(8), &[]);
    }
}
