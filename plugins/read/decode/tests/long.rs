//! Ten hours of audio: what is wanted is read, and nothing else.

use auricle_decode::{ByteSource, Planes, open};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const RATE: u64 = 44_100;
const HOURS: u64 = 10;
const AUDIO: u64 = HOURS * 3600 * RATE * 2 * 2;
const HEAD: u64 = 12 + 8 + 28 + 8 + 16 + 8;

/// An RF64 file of 6.4 GB, made as it is read; counts what is read of it.
struct Long {
    head: Vec<u8>,
    read: AtomicU64,
}

impl Long {
    fn new() -> Self {
        let mut head = Vec::new();
        head.extend(b"RF64\xff\xff\xff\xffWAVEds64");
        head.extend(28u32.to_le_bytes());
        for size in [HEAD - 8 + AUDIO, AUDIO, AUDIO / 4] {
            head.extend(size.to_le_bytes());
        }
        head.extend(0u32.to_le_bytes());
        head.extend(b"fmt ");
        head.extend(16u32.to_le_bytes());
        head.extend([1, 0, 2, 0]);
        head.extend((RATE as u32).to_le_bytes());
        head.extend((RATE as u32 * 4).to_le_bytes());
        head.extend([4, 0, 16, 0]);
        head.extend(b"data\xff\xff\xff\xff");
        assert_eq!(head.len() as u64, HEAD);
        Self { head, read: AtomicU64::new(0) }
    }

    /// The sample frame's number, cut to 16 bits, stands in its left sample.
    fn byte(&self, at: u64) -> u8 {
        match self.head.get(at as usize) {
            Some(&byte) => byte,
            None => {
                let frame = (at - HEAD) / 4;
                frame.to_le_bytes()[((at - HEAD) % 2) as usize]
            }
        }
    }
}

impl ByteSource for Long {
    fn name(&self) -> &str {
        "long.wav"
    }

    fn len(&self) -> Option<u64> {
        Some(HEAD + AUDIO)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = (HEAD + AUDIO).saturating_sub(offset).min(buffer.len() as u64) as usize;
        for (i, byte) in buffer[..n].iter_mut().enumerate() {
            *byte = self.byte(offset + i as u64);
        }
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

#[test]
fn two_seconds_at_hour_five_cost_two_seconds() {
    let source = Arc::new(Long::new());
    let mut decoder = open(source.clone()).expect("an RF64 file");
    let format = decoder.format().clone();
    assert_eq!((format.frames, format.channels), (Some(HOURS * 3600 * RATE), 2));
    let start = 5 * 3600 * RATE;
    let mut planes = Planes::new(format.sample_type, format.channels);
    decoder.seek(start).expect("a source that can be read");
    while planes.frames() < 2 * RATE as usize {
        decoder.read(512, &mut planes).expect("a source that can be read");
    }
    let Planes::I16(planes) = planes else { panic!("16-bit samples") };
    assert!(planes[0].iter().enumerate().all(|(i, &s)| s == (start + i as u64) as i16));
    assert_eq!(decoder.findings(), []);
    let read = source.read.load(Ordering::Relaxed);
    assert!(read < 2 * RATE * 4 * 11 / 10 + 32 * 1024, "{read} bytes were read");
}
