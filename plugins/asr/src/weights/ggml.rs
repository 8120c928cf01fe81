//! whisper.cpp's `ggml-*.bin`: sizes, mel filters, vocabulary and arrays one behind the other.
//!
//! Source: whisper.cpp 1.7, `models/convert-pt-to-ggml.py`, which writes it.

use super::{Entry, Stored, Weights, exactly, refused};
use auricle_sdk::prelude::*;
use std::collections::BTreeMap;

const MAGIC: u32 = 0x6767_6d6c;
/// Bounds of what a file may claim.
const MOST_TOKENS: usize = 1 << 20;
const MOST_TEXT: usize = 1 << 12;
const MOST_FILTERS: usize = 1 << 20;

/// A file of whisper.cpp.
pub struct Ggml {
    /// n_vocab, n_audio_ctx, n_audio_state, n_audio_head, n_audio_layer, n_text_ctx, n_text_state, n_text_head, n_text_layer, n_mels.
    pub sizes: [usize; 10],
    /// The bytes of each token.
    pub tokens: Vec<Vec<u8>>,
    /// The arrays, by OpenAI's names.
    pub weights: Weights,
}

impl Ggml {
    /// Does the file begin as one?
    ///
    /// # Errors
    /// It cannot be read.
    pub fn is(source: &ByteSource) -> Result<bool> {
        let mut magic = [0; 4];
        exactly(source, 0, &mut magic)?;
        Ok(u32::from_le_bytes(magic) == MAGIC)
    }

    /// Finds what is in the file.
    ///
    /// # Errors
    /// It is damaged, or its weights are quantised.
    pub fn open(source: &ByteSource) -> Result<Self> {
        let mut at = Walk { source, at: 4 };
        let mut sizes = [0; 10];
        for size in &mut sizes {
            *size = at.number(MOST_TOKENS)?;
        }
        let kind = at.number(usize::MAX)?;
        if kind > 1 {
            return Err(refused(source, format!("its weights are quantised (kind {kind}); expected f16 or f32")));
        }
        let filters = at.number(MOST_FILTERS)?.saturating_mul(at.number(MOST_FILTERS)?);
        at.at += 4 * filters as u64;
        let count = at.number(MOST_TOKENS)?;
        let tokens = (0..count).map(|_| at.bytes()).collect::<Result<Vec<_>>>()?;
        let mut entries = BTreeMap::new();
        while at.at < source.len().unwrap_or(0) {
            let (axes, length, kind) = (at.number(4)?, at.number(MOST_TEXT)?, at.number(usize::MAX)?);
            let mut shape = (0..axes).map(|_| at.number(1 << 30)).collect::<Result<Vec<_>>>()?;
            shape.reverse();
            let name = String::from_utf8_lossy(&at.take(length)?).into_owned();
            let stored = match kind {
                0 => Stored::F32,
                1 => Stored::F16,
                _ => return Err(refused(source, format!("{name} is quantised (kind {kind}); expected f16 or f32"))),
            };
            let count = shape.iter().fold(1u64, |n, &d| n.saturating_mul(d as u64));
            entries.insert(name, Entry { stored, shape, offset: at.at });
            at.at = at.at.saturating_add(count.saturating_mul(stored.size()));
        }
        Ok(Ggml { sizes, tokens, weights: Weights::new(source, entries)? })
    }
}

/// Reads on and on.
struct Walk<'a> {
    source: &'a ByteSource,
    at: u64,
}

impl Walk<'_> {
    fn take(&mut self, count: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        exactly(self.source, self.at, &mut bytes)?;
        self.at += count as u64;
        Ok(bytes)
    }

    fn number(&mut self, most: usize) -> Result<usize> {
        let bytes = self.take(4)?;
        let number = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]) as usize;
        if number > most {
            let message = format!("byte {}: expected a number of at most {most}, got {number}", self.at - 4);
            return Err(refused(self.source, message));
        }
        Ok(number)
    }

    fn bytes(&mut self) -> Result<Vec<u8>> {
        let length = self.number(MOST_TEXT)?;
        self.take(length)
    }
}
