//! Hashes of what flows, independent of how it was cut.

use auricle_sdk::format::{Data, Format};
use auricle_sdk::{Packet, Result};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::{Builder, JoinHandle};

/// Hash of one output's entries in order.
///
/// Audio is planar, and planes arrive in pieces, so each channel has a hash of its own and the whole is the hash of those.
#[derive(Clone)]
pub struct ContentHash {
    parts: Vec<blake3::Hasher>,
}

impl ContentHash {
    /// Nothing yet, of a stream of this format.
    pub fn new(format: &Format) -> Self {
        let parts = format.as_audio().map_or(1, |audio| audio.channels);
        ContentHash { parts: vec![blake3::Hasher::new(); parts] }
    }

    /// Adds a packet, the next in order.
    pub fn add(&mut self, packet: &Packet) -> Result<()> {
        if packet.count == 0 {
            return Ok(());
        }
        if let Data::Records(_) = &packet.format().data {
            let table = packet.records()?;
            for row in 0..table.rows() {
                for value in table.row(row)? {
                    self.parts[0].update(value.to_string().as_bytes());
                    self.parts[0].update(b"\x1f");
                }
            }
        }
        self.add_values(packet);
        Ok(())
    }

    /// The same of audio and tensors; nothing of anything else.
    fn add_values(&mut self, packet: &Packet) {
        if packet.count == 0 {
            return;
        }
        let (offset, stride, bytes) = packet.raw_bytes();
        match &packet.format().data {
            Data::Audio(audio) => {
                let size = packet.count * audio.dtype.size();
                for (channel, hasher) in self.parts.iter_mut().enumerate() {
                    let from = offset + channel * stride;
                    hasher.update(bytes.get(from..from + size).unwrap_or(&[]));
                }
            }
            Data::Tensor(tensor) => {
                let size = packet.count * tensor.frame_len() * tensor.dtype.size();
                self.parts[0].update(bytes.get(offset..offset + size).unwrap_or(&[]));
            }
            _ => {}
        }
    }

    /// The hash, as reports write it.
    pub fn finish(&self) -> String {
        match self.parts.as_slice() {
            [one] => format!("blake3:{}", one.finalize()),
            many => {
                let mut whole = blake3::Hasher::new();
                for part in many {
                    whole.update(part.finalize().as_bytes());
                }
                format!("blake3:{}", whole.finalize())
            }
        }
    }
}

/// Bytes of an output that are hashed where they are made, before a thread is worth its start.
const SHORT: usize = 1 << 20;
/// Bytes of a packet that is not kept from being freed until the thread comes to it.
const LARGE: usize = 1 << 20;

/// The hash of an output while it is made: of a long one on a thread of its own, beside the stage that makes it.
pub struct Hashing {
    hash: ContentHash,
    /// Where packets go, and who gives the hash back.
    beside: Option<(SyncSender<Packet>, JoinHandle<ContentHash>)>,
    bytes: usize,
}

impl Hashing {
    /// Nothing yet, of a stream of this format.
    pub fn new(format: &Format) -> Self {
        Hashing { hash: ContentHash::new(format), beside: None, bytes: 0 }
    }

    /// Adds a packet, the next in order.
    pub fn add(&mut self, packet: &Packet) -> Result<()> {
        let bytes = packet.bytes();
        self.bytes = self.bytes.saturating_add(bytes);
        let array = matches!(packet.format().data, Data::Audio(_) | Data::Tensor(_));
        if !array || bytes > LARGE || self.bytes <= SHORT {
            self.fetch();
            return self.hash.add(packet);
        }
        if self.beside.is_none() {
            self.start();
        }
        match &self.beside {
            Some((packets, _)) if packets.send(packet.clone()).is_ok() => Ok(()),
            _ => {
                self.fetch();
                self.hash.add(packet)
            }
        }
    }

    /// The hash, as reports write it.
    pub fn finish(mut self) -> String {
        self.fetch();
        self.hash.finish()
    }

    /// Hands the hash to a thread; without one it goes on here.
    fn start(&mut self) {
        let (packets, inbox) = sync_channel::<Packet>(2);
        let mut hash = self.hash.clone();
        let work = move || {
            inbox.iter().for_each(|packet| hash.add_values(&packet));
            hash
        };
        self.beside = Builder::new().name("hash".into()).spawn(work).ok().map(|thread| (packets, thread));
    }

    /// Takes the hash back.
    fn fetch(&mut self) {
        if let Some((packets, thread)) = self.beside.take() {
            drop(packets);
            self.hash = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    }
}

/// Values that are looked at before one may end the search: without a branch between them they are compared as vectors.
const AT_ONCE: usize = 256;

/// Index of the first value that is so.
fn first<T>(values: &[T], is: impl Fn(&T) -> bool) -> Option<usize> {
    let any = |some: &[T]| some.iter().fold(false, |found, value| found | is(value));
    let start = values.chunks(AT_ONCE).position(any)? * AT_ONCE;
    values[start..].iter().position(is).map(|index| start + index)
}

/// Does the packet hold a NaN?
pub fn first_nan(packet: &Packet) -> Option<i64> {
    fn position<T: auricle_sdk::Element>(packet: &Packet, is_nan: impl Fn(&T) -> bool) -> Option<i64> {
        match packet.format().as_audio() {
            Ok(audio) => (0..audio.channels)
                .filter_map(|channel| first(packet.channel::<T>(channel).ok()?, &is_nan))
                .min()
                .map(|index| packet.start + index as i64),
            Err(_) => {
                let block = packet.tensor::<T>().ok()?;
                let index = first(block.values, &is_nan)?;
                Some(packet.start + (index / block.frame_len.max(1)) as i64)
            }
        }
    }
    match packet.format().dtype()? {
        auricle_sdk::DType::F32 => position::<f32>(packet, |x| x.is_nan()),
        auricle_sdk::DType::F64 => position::<f64>(packet, |x| x.is_nan()),
        auricle_sdk::DType::C64 => position::<auricle_sdk::Complex<f32>>(packet, |z| z.is_nan()),
        auricle_sdk::DType::C128 => position::<auricle_sdk::Complex<f64>>(packet, |z| z.is_nan()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::host::{Pool, packet};
    use std::sync::Arc;

    /// Packets of so many stereo samples each.
    fn packets(lengths: &[usize], value: impl Fn(usize) -> f32) -> (Arc<Format>, Vec<Packet>) {
        let pool = Pool::new(1 << 30);
        let format = Arc::new(Format::audio::<f32>(2, 8_000, None));
        let mut start = 0;
        let made = lengths.iter().map(|&length| {
            let planes = (0..2 * length).map(|k| value(k / length * 1_000_000 + start + k % length));
            let bytes: Vec<u8> = planes.flat_map(f32::to_le_bytes).collect();
            let packet =
                packet(&pool, &format, 0, start as i64, length, 4 * length, &bytes).expect("the pool has memory");
            start += length;
            packet
        });
        let made = made.collect();
        (format, made)
    }

    #[test]
    fn a_hash_depends_neither_on_cuts_nor_on_where_it_is_computed() {
        let hash = |lengths: &[usize]| {
            let (format, packets) = packets(lengths, |k| k as f32);
            let (mut here, mut hashing) = (ContentHash::new(&format), Hashing::new(&format));
            for packet in &packets {
                here.add(packet).expect("audio");
                hashing.add(packet).expect("audio");
            }
            let hash = hashing.finish();
            assert_eq!(hash, here.finish());
            hash
        };
        // Short ones, long ones beside, and one that is too large between them.
        let whole = hash(&[600_000]);
        assert_eq!(hash(&[100_000; 6]), whole);
        assert_eq!(hash(&[1, 99_999, 100_000, 100_000, 200_000, 100_000]), whole);
    }

    #[test]
    fn the_first_nan_of_all_channels_is_found() {
        for at in [0, 1, 255, 256, 511, 999] {
            let (_, packets) = packets(&[1_000], |k| if k == 1_000_000 + at || k == 999 { f32::NAN } else { 0.5 });
            assert_eq!(first_nan(&packets[0]), Some(at as i64));
        }
        let (_, packets) = packets(&[1_000, 1_000], |k| if k == 1_300 { f32::NAN } else { 0.0 });
        assert_eq!((first_nan(&packets[0]), first_nan(&packets[1])), (None, Some(1_300)));
    }
}
