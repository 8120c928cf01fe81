//! A WAV file that is never finished: what a microphone hears, as bytes that a reader can follow.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Seconds of sound that wait for a reader.
const KEPT_S: usize = 60;
/// Bytes of the header.
const HEADER: usize = 44;

/// Bytes of a WAV file (float32, sizes unknown) that grow while they are read. The last minute is kept; a reader that
/// falls behind further is told so.
pub struct WavStream {
    sample_rate: u32,
    channels: usize,
    header: [u8; HEADER],
    tail: Mutex<Tail>,
    grown: Condvar,
}

struct Tail {
    samples: VecDeque<f32>,
    /// Samples that were let go.
    gone: u64,
    ended: bool,
}

impl WavStream {
    /// A stream that nothing was heard of yet.
    pub fn new(sample_rate: u32, channels: usize) -> Self {
        let block = channels as u32 * 4;
        let mut header = [0; HEADER];
        let mut at = 0;
        let mut put = |bytes: &[u8]| {
            header[at..at + bytes.len()].copy_from_slice(bytes);
            at += bytes.len();
        };
        put(b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x03\0");
        put(&(channels as u16).to_le_bytes());
        put(&sample_rate.to_le_bytes());
        put(&sample_rate.saturating_mul(block).to_le_bytes());
        put(&(block as u16).to_le_bytes());
        put(b"\x20\0data\xff\xff\xff\xff");
        let tail = Tail { samples: VecDeque::new(), gone: 0, ended: false };
        Self { sample_rate, channels, header, tail: Mutex::new(tail), grown: Condvar::new() }
    }

    fn tail(&self) -> MutexGuard<'_, Tail> {
        self.tail.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Appends whole interleaved frames.
    pub fn push(&self, samples: &[f32]) {
        let mut tail = self.tail();
        tail.samples.extend(samples);
        let surplus = tail.samples.len().saturating_sub(KEPT_S * self.sample_rate as usize * self.channels);
        tail.samples.drain(..surplus);
        tail.gone += surplus as u64;
        self.grown.notify_all();
    }

    /// Says that nothing more will be heard.
    pub fn end(&self) {
        self.tail().ended = true;
        self.grown.notify_all();
    }

    /// Seconds of sound so far.
    pub fn seconds(&self) -> f64 {
        let tail = self.tail();
        let samples = tail.gone + tail.samples.len() as u64;
        (samples / self.channels.max(1) as u64) as f64 / f64::from(self.sample_rate.max(1))
    }

    /// Reads bytes from `offset` on, waiting for all that are asked for; fewer say that the sound has ended.
    ///
    /// # Errors
    /// The bytes are older than a minute.
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        if let Some(rest) = usize::try_from(offset).ok().and_then(|at| self.header.get(at..)).filter(|r| !r.is_empty())
        {
            let n = rest.len().min(buffer.len());
            buffer[..n].copy_from_slice(&rest[..n]);
            return Ok(n + if n < buffer.len() { self.read_at(HEADER as u64, &mut buffer[n..])? } else { 0 });
        }
        let end = (offset - HEADER as u64).saturating_add(buffer.len() as u64).div_ceil(4);
        let (sample, skip) = ((offset - HEADER as u64) / 4, (offset - HEADER as u64) as usize % 4);
        let mut tail = self.tail();
        while !tail.ended && tail.gone + (tail.samples.len() as u64) < end {
            let waited = self.grown.wait_timeout(tail, Duration::from_millis(100));
            tail = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let Some(first) = sample.checked_sub(tail.gone) else {
            let message = "the stages are slower than the sound: what they are to read next is more than a minute old";
            return Err(std::io::Error::other(message));
        };
        let bytes = tail.samples.iter().skip(first as usize).flat_map(|sample| sample.to_le_bytes()).skip(skip);
        Ok(buffer.iter_mut().zip(bytes).map(|(to, byte)| *to = byte).count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::sync::Arc;

    struct Follower(Arc<WavStream>, u64);

    impl Read for Follower {
        fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
            let n = self.0.read_at(self.1, buffer)?;
            self.1 += n as u64;
            Ok(n)
        }
    }

    #[test]
    fn a_reader_follows_to_the_end() {
        let stream = Arc::new(WavStream::new(48_000, 2));
        let sound: Vec<f32> = (0..5_000).map(|n| n as f32 / 8_192.0).collect();
        let follower = Follower(stream.clone(), 0);
        let reading = std::thread::spawn(move || {
            let (mut bytes, mut follower) = (Vec::new(), std::io::BufReader::with_capacity(77, follower));
            follower.read_to_end(&mut bytes).expect("reads");
            bytes
        });
        for part in sound.chunks(700) {
            stream.push(part);
            std::thread::yield_now();
        }
        assert_eq!(stream.seconds(), 2_500.0 / 48_000.0);
        stream.end();
        let bytes = reading.join().expect("reads");
        assert_eq!(bytes[22..28], [2, 0, 0x80, 0xbb, 0, 0], "2 channels, 48000 Hz");
        let heard = bytes[HEADER..].chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        assert!(heard.eq(sound));
    }

    #[test]
    fn a_reader_that_falls_behind_is_told() {
        let stream = WavStream::new(100, 1);
        stream.push(&vec![0.5; 100 * KEPT_S + 1]);
        assert!(stream.read_at(HEADER as u64, &mut [0; 8]).is_err());
        assert_eq!(stream.read_at(HEADER as u64 + 5, &mut [0; 8]).expect("there"), 8);
        stream.end();
        let last = HEADER as u64 + 4 * (100 * KEPT_S as u64 - 1);
        assert_eq!(stream.read_at(last, &mut [0; 100]).expect("there"), 8, "fewer only at the end");
    }
}
