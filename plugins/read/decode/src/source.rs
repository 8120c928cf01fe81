//! Where bytes come from, and a bounded look at them.

use crate::error::{Error, Result};
use std::sync::Arc;

/// Random access to the bytes of one input.
pub trait ByteSource: Send + Sync {
    /// What the input is called; only for messages.
    fn name(&self) -> &str;
    /// The number of bytes, where that is known.
    fn len(&self) -> Option<u64>;
    /// Whether it is known to hold no byte at all.
    fn is_empty(&self) -> bool {
        self.len() == Some(0)
    }
    /// Reads some bytes from `offset` on; 0 says that there are none.
    ///
    /// # Errors
    /// What the operating system says.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize>;
}

/// Bytes in memory, as a source.
pub struct Bytes {
    name: String,
    bytes: Vec<u8>,
}

impl Bytes {
    /// A source called `name` that holds `bytes`.
    pub fn new(name: impl Into<String>, bytes: Vec<u8>) -> Self {
        Self { name: name.into(), bytes }
    }
}

impl ByteSource for Bytes {
    fn name(&self) -> &str {
        &self.name
    }

    fn len(&self) -> Option<u64> {
        Some(self.bytes.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = self.bytes.get(start..).unwrap_or_default();
        let n = rest.len().min(buffer.len());
        buffer[..n].copy_from_slice(&rest[..n]);
        Ok(n)
    }
}

/// The most that a [`Window`] holds at once.
pub const WINDOW: usize = 64 * 1024;

/// A movable, bounded view of a source: headers and samples are read through it.
pub struct Window {
    source: Arc<dyn ByteSource>,
    buffer: Vec<u8>,
    start: u64,
    filled: usize,
}

impl Window {
    /// A view of `source`; nothing is read yet.
    pub fn new(source: Arc<dyn ByteSource>) -> Self {
        Self { source, buffer: Vec::new(), start: 0, filled: 0 }
    }

    /// The source behind it.
    pub fn source(&self) -> &Arc<dyn ByteSource> {
        &self.source
    }

    /// The length of the source, where known.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> Option<u64> {
        self.source.len()
    }

    /// Up to `n` bytes (at most [`WINDOW`]) from `offset`; fewer only where the source ends.
    ///
    /// # Errors
    /// When the source fails.
    pub fn bytes(&mut self, offset: u64, n: usize) -> Result<&[u8]> {
        let n = n.min(WINDOW);
        let inside = offset
            .checked_sub(self.start)
            .and_then(|skip| usize::try_from(skip).ok())
            .filter(|skip| skip.saturating_add(n) <= self.filled);
        let skip = match inside {
            Some(skip) => skip,
            None => {
                self.fill(offset, n)?;
                0
            }
        };
        let end = (skip + n).min(self.filled);
        Ok(&self.buffer[skip..end])
    }

    /// Exactly `N` bytes from `offset`, or `None` where the source ends before.
    ///
    /// # Errors
    /// When the source fails.
    pub fn array<const N: usize>(&mut self, offset: u64) -> Result<Option<[u8; N]>> {
        Ok(self.bytes(offset, N)?.try_into().ok())
    }

    fn fill(&mut self, offset: u64, n: usize) -> Result<()> {
        // Headers ask for a few bytes at a time, samples for whole windows: read ahead a little for the former.
        let want = n.max(4096);
        self.buffer.resize(want.max(self.buffer.len()), 0);
        self.start = offset;
        self.filled = 0;
        while self.filled < want {
            let at = offset
                .checked_add(self.filled as u64)
                .ok_or_else(|| Error::malformed("an offset beyond 2^64 bytes"))?;
            match self.source.read_at(at, &mut self.buffer[self.filled..want]) {
                Ok(0) => break,
                Ok(got) => self.filled += got.min(want - self.filled),
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(())
    }
}

/// Byte order of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

impl Order {
    /// An unsigned 16-bit number in this order.
    pub fn u16(self, b: [u8; 2]) -> u16 {
        match self {
            Self::Little => u16::from_le_bytes(b),
            Self::Big => u16::from_be_bytes(b),
        }
    }

    /// An unsigned 32-bit number in this order.
    pub fn u32(self, b: [u8; 4]) -> u32 {
        match self {
            Self::Little => u32::from_le_bytes(b),
            Self::Big => u32::from_be_bytes(b),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_where_the_source_ends() {
        let mut w = Window::new(Arc::new(Bytes::new("x", (0..10).collect())));
        assert_eq!(w.bytes(2, 3).expect("readable"), &[2, 3, 4]);
        assert_eq!(w.bytes(8, 5).expect("readable"), &[8, 9]);
        assert_eq!(w.bytes(u64::MAX - 1, 5).expect("readable"), &[] as &[u8]);
        assert_eq!(w.array::<4>(7).expect("readable"), None);
    }
}
