//! A byte source in the shape that symphonia reads from.

use crate::source::ByteSource;
use std::io::{Error, ErrorKind, Read, Result, Seek, SeekFrom};
use std::sync::Arc;
use symphonia::core::io::{MediaSource, MediaSourceStream, MediaSourceStreamOptions};

/// The bytes of a source from `offset` on.
struct Media {
    source: Arc<dyn ByteSource>,
    offset: u64,
    position: u64,
    /// Places behind `offset` where another byte is to be seen.
    patches: Vec<(u64, u8)>,
}

/// A stream over the bytes of `source` from `offset` on, some of them replaced.
pub fn stream(source: Arc<dyn ByteSource>, offset: u64, patches: Vec<(u64, u8)>) -> MediaSourceStream<'static> {
    let media = Media { source, offset, position: 0, patches };
    MediaSourceStream::new(Box::new(media), MediaSourceStreamOptions::default())
}

impl Read for Media {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        let at = self.offset.saturating_add(self.position);
        let n = self.source.read_at(at, buffer)?.min(buffer.len());
        for &(place, byte) in &self.patches {
            let index = place.checked_sub(self.position).and_then(|i| usize::try_from(i).ok());
            if let Some(seen) = index.and_then(|i| buffer[..n].get_mut(i)) {
                *seen = byte;
            }
        }
        self.position += n as u64;
        Ok(n)
    }
}

impl Seek for Media {
    fn seek(&mut self, to: SeekFrom) -> Result<u64> {
        let (base, change) = match to {
            SeekFrom::Start(n) => (n, 0),
            SeekFrom::Current(n) => (self.position, n),
            SeekFrom::End(n) => {
                let len = self.byte_len().ok_or_else(|| Error::from(ErrorKind::Unsupported))?;
                (len, n)
            }
        };
        self.position = base
            .checked_add_signed(change)
            .ok_or_else(|| Error::new(ErrorKind::InvalidInput, "a position before the first byte"))?;
        Ok(self.position)
    }
}

impl MediaSource for Media {
    fn is_seekable(&self) -> bool {
        self.source.len().is_some()
    }

    fn byte_len(&self) -> Option<u64> {
        self.source.len().map(|len| len.saturating_sub(self.offset))
    }
}
