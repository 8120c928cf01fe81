//! Results of regions, kept within a bound of memory.

use auricle_sdk::Packet;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// What a cached piece is of: content key of the stage's output, and its place on the grid.
pub(crate) type Key = (blake3::Hash, i64);

/// Pieces of results by content key, the least recently used given up first. Shared by the plans of one session, so that
/// an edit keeps what it does not change.
pub struct Cache {
    state: Mutex<State>,
    limit: usize,
}

#[derive(Default)]
struct State {
    pieces: HashMap<Key, Piece>,
    reductions: HashMap<blake3::Hash, Vec<u8>>,
    lengths: HashMap<blake3::Hash, i64>,
    bytes: usize,
    clock: u64,
}

struct Piece {
    packets: Vec<Packet>,
    bytes: usize,
    used: u64,
}

impl Cache {
    /// A cache of at most `limit` bytes of packets.
    pub fn new(limit: usize) -> Self {
        Cache { state: Mutex::default(), limit }
    }

    /// Bytes of packets that are kept.
    pub fn bytes(&self) -> usize {
        self.lock().bytes
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn get(&self, key: &Key) -> Option<Vec<Packet>> {
        let mut state = self.lock();
        state.clock += 1;
        let now = state.clock;
        let piece = state.pieces.get_mut(key)?;
        piece.used = now;
        Some(piece.packets.clone())
    }

    pub(crate) fn put(&self, key: Key, packets: Vec<Packet>) {
        let bytes = packets.iter().map(Packet::bytes).sum::<usize>() + 256;
        let mut state = self.lock();
        state.clock += 1;
        let used = state.clock;
        if let Some(old) = state.pieces.insert(key, Piece { packets, bytes, used }) {
            state.bytes -= old.bytes;
        }
        state.bytes += bytes;
        if state.bytes <= self.limit {
            return;
        }
        // Giving up a quarter at once keeps this rare.
        let mut ages: Vec<(u64, Key)> = state.pieces.iter().map(|(key, piece)| (piece.used, *key)).collect();
        ages.sort_unstable_by_key(|(used, _)| *used);
        for (_, key) in ages {
            if state.bytes <= self.limit / 4 * 3 {
                break;
            }
            if let Some(piece) = state.pieces.remove(&key) {
                state.bytes -= piece.bytes;
            }
        }
    }

    pub(crate) fn reduction(&self, key: &blake3::Hash) -> Option<Vec<u8>> {
        self.lock().reductions.get(key).cloned()
    }

    pub(crate) fn keep_reduction(&self, key: blake3::Hash, state: Vec<u8>) {
        self.lock().reductions.insert(key, state);
    }

    pub(crate) fn length(&self, key: &blake3::Hash) -> Option<i64> {
        self.lock().lengths.get(key).copied()
    }

    pub(crate) fn keep_length(&self, key: blake3::Hash, length: i64) {
        self.lock().lengths.insert(key, length);
    }
}
