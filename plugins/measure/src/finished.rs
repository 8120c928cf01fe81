//! Frames of an overview on their way out.

use std::ops::Range;

use auricle_sdk::prelude::*;

/// Most bytes of one packet, unless a frame has more.
const BYTES: usize = 1 << 18;

/// Frames that are finished and have not been sent.
pub struct Finished {
    frame_len: usize,
    next: i64,
    values: Vec<f32>,
}

impl Finished {
    /// None yet, of frames of `frame_len` values.
    pub fn new(frame_len: usize) -> Self {
        Finished { frame_len, next: 0, values: Vec::new() }
    }

    /// Begins anew at frame `first`.
    pub fn begin(&mut self, first: i64) {
        self.values.clear();
        self.next = first;
    }

    /// Room for one frame more.
    pub fn frame(&mut self) -> &mut [f32] {
        let from = self.values.len();
        self.values.resize(from + self.frame_len, 0.0);
        &mut self.values[from..]
    }

    /// Sends them through output 0.
    pub fn emit(&mut self, out: &mut Outputs<'_>) -> Result<()> {
        let most = (BYTES / size_of::<f32>() / self.frame_len.max(1)).max(1);
        for frames in self.values.chunks(most * self.frame_len.max(1)) {
            let count = frames.len() / self.frame_len;
            let mut block = out.tensor::<f32>(0, self.next, count)?;
            block.values().copy_from_slice(frames);
            block.emit()?;
            self.next += count as i64;
        }
        self.values.clear();
        Ok(())
    }
}

/// What frames of `span` are made of, each of `hop` entries.
pub fn entries(hop: usize, span: Range<i64>) -> Range<i64> {
    let hop = hop as i64;
    span.start.saturating_mul(hop)..span.end.saturating_mul(hop)
}

/// How many frames stand for `length` entries, `hop` each; the last one may stand for fewer.
pub fn frames(hop: usize, length: Option<i64>) -> Option<i64> {
    length.map(|length| (length + hop as i64 - 1) / hop as i64)
}
