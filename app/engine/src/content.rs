//! Hashes of what flows, independent of how it was cut.

use auricle_sdk::format::{Data, Format};
use auricle_sdk::{Packet, Result};

/// Hash of one output's entries in order.
///
/// Audio is planar, and planes arrive in pieces, so each channel has a hash of its own and the whole is the hash of those.
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
        let (offset, stride, bytes) = packet.raw_bytes();
        match &packet.format().data {
            Data::Audio(audio) => {
                let size = packet.count * audio.dtype.size();
                for (channel, hasher) in self.parts.iter_mut().enumerate() {
                    let from = offset + channel * stride;
                    hasher.update(bytes.get(from..from + size).unwrap_or(&[]));
                }
            }
            Data::Records(_) => {
                let table = packet.records()?;
                for row in 0..table.rows() {
                    for value in table.row(row)? {
                        self.parts[0].update(value.to_string().as_bytes());
                        self.parts[0].update(b"\x1f");
                    }
                }
            }
            Data::Tensor(tensor) => {
                let size = packet.count * tensor.frame_len() * tensor.dtype.size();
                self.parts[0].update(bytes.get(offset..offset + size).unwrap_or(&[]));
            }
            _ => {}
        }
        Ok(())
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

/// Does the packet hold a NaN?
pub fn first_nan(packet: &Packet) -> Option<i64> {
    fn position<T: auricle_sdk::Element>(packet: &Packet, is_nan: impl Fn(&T) -> bool) -> Option<i64> {
        match packet.format().as_audio() {
            Ok(audio) => (0..audio.channels)
                .filter_map(|channel| packet.channel::<T>(channel).ok()?.iter().position(&is_nan))
                .min()
                .map(|index| packet.start + index as i64),
            Err(_) => {
                let block = packet.tensor::<T>().ok()?;
                let index = block.values.iter().position(&is_nan)?;
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
