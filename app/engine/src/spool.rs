//! Packets that wait on disk: where a consumer cannot take them yet and memory is bounded.

use auricle_sdk::format::{Data, Format};
use auricle_sdk::host::{self, Bytes, Pool};
use auricle_sdk::{Error, ErrorKind, Packet, Result};
use std::collections::VecDeque;
use std::sync::Arc;

/// A queue of packets in a temporary file, read back in order.
#[derive(Default)]
pub struct Spool {
    file: Option<Arc<dyn Bytes>>,
    waiting: VecDeque<Entry>,
    end: u64,
}

struct Entry {
    at: u64,
    bytes: usize,
    port: usize,
    start: i64,
    count: usize,
    stride: usize,
    last: bool,
    format: Arc<Format>,
}

impl Spool {
    /// Is nothing waiting?
    pub fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Writes a packet behind the others.
    pub fn push(&mut self, packet: &Packet) -> Result<()> {
        if self.waiting.is_empty() {
            self.end = 0;
        }
        let (offset, stride, bytes) = packet.raw_bytes();
        let extent = if packet.count == 0 { 0 } else { extent(packet, stride) };
        let bytes = bytes.get(offset..offset + extent).unwrap_or(&[]);
        if !bytes.is_empty() {
            let file = match &self.file {
                Some(file) => file,
                None => self.file.insert(crate::files::scratch().map_err(|e| failed("opened", e))?),
            };
            file.write_at(self.end, bytes).map_err(|e| failed("written", e))?;
        }
        self.waiting.push_back(Entry {
            at: self.end,
            bytes: bytes.len(),
            port: packet.port,
            start: packet.start,
            count: packet.count,
            stride,
            last: packet.end,
            format: packet.format().clone(),
        });
        self.end += bytes.len() as u64;
        Ok(())
    }

    /// Reads the first packet back.
    pub fn pop(&mut self, pool: &Arc<Pool>) -> Result<Option<Packet>> {
        let Some(entry) = self.waiting.pop_front() else { return Ok(None) };
        if entry.count == 0 {
            return Ok(Some(Packet::end_of(entry.port, entry.start, entry.format)));
        }
        let mut bytes = vec![0; entry.bytes];
        let file = self.file.as_ref().ok_or_else(|| Error::internal("a spooled packet without a file"))?;
        let got = file.read_at(entry.at, &mut bytes).map_err(|e| failed("read", e))?;
        if got < bytes.len() {
            return Err(Error::new(ErrorKind::Io, "temporary space: cut short"));
        }
        let packet = host::packet(pool, &entry.format, entry.port, entry.start, entry.count, entry.stride, &bytes)?;
        Ok(Some(if entry.last { packet.ended() } else { packet }))
    }
}

fn failed(verb: &str, error: std::io::Error) -> Error {
    let message = format!("temporary space cannot be {verb}: {error}");
    Error::new(ErrorKind::Io, message).hint("free some space or point TMPDIR elsewhere")
}

/// Bytes from the first to the last entry of a packet.
fn extent(packet: &Packet, stride: usize) -> usize {
    match &packet.format().data {
        Data::Audio(audio) => stride * (audio.channels - 1) + packet.count * audio.dtype.size(),
        Data::Tensor(tensor) => packet.count * tensor.frame_len() * tensor.dtype.size(),
        _ => stride,
    }
}
