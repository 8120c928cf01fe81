//! What a microphone hears, as an input of a session.

use auricle_sdk::host::Bytes;
use auricle_sound::WavStream;
use std::io;
use std::sync::Arc;

/// A recorder's sound as bytes that a reader follows.
pub struct Microphone(pub Arc<WavStream>);

impl Bytes for Microphone {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read_at(offset, buffer)
    }

    fn length(&self) -> Option<u64> {
        None
    }
}
