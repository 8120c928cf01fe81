//! ALAC in Core Audio Format: the packet table, walked as it is needed.

use crate::error::{Error, Result};
use crate::source::{ByteSource, Window};
use std::sync::Arc;
use symphonia::core::codecs::audio::AudioCodecParameters;
use symphonia::core::codecs::audio::well_known::CODEC_ID_ALAC;
use symphonia::core::errors::Error as CodecError;
use symphonia::core::packet::Packet;
use symphonia::core::units::{Duration, Timestamp};

use super::packets::{Packets, Stream};

const MAX_CHUNKS: usize = 4096;
/// Every so many packets a place to go on from is kept.
const STRIDE: u64 = 256;
/// No packet of ALAC is larger: 16384 frames of 8 channels of 4 bytes, and their escape headers.
const MAX_PACKET: u64 = 1 << 20;

/// Where a packet's length stands in the table, and its bytes in the data.
#[derive(Clone, Copy, Default)]
struct Place {
    table: u64,
    data: u64,
}

/// The packets of an ALAC stream.
pub struct CafAlac {
    window: Window,
    table_end: u64,
    packets: u64,
    frames_per_packet: u64,
    next: u64,
    place: Place,
    kept: Vec<Place>,
}

impl CafAlac {
    /// Finds cookie, packet table and data of a CAF file with ALAC.
    ///
    /// # Errors
    /// When one of them is missing.
    ///
    /// # Source
    /// Apple, "Core Audio Format Specification 1.0": Packet Table chunk; ALAC magic cookie description.
    pub fn open(source: Arc<dyn ByteSource>) -> Result<Stream> {
        let mut window = Window::new(source);
        let (mut cookie, mut table, mut data) = (None, None, None);
        let mut frames_per_packet = 0;
        let mut at = 8;
        for _ in 0..MAX_CHUNKS {
            let Some(head) = window.array::<12>(at)? else { break };
            let mut size = [0; 8];
            size.copy_from_slice(&head[4..]);
            let size = i64::from_be_bytes(size);
            let body = at + 12;
            match &head[..4] {
                b"desc" => frames_per_packet = window.array(body + 20)?.map_or(0, u32::from_be_bytes),
                b"kuki" => cookie = Some(window.bytes(body, size.clamp(0, 96) as usize)?.to_vec()),
                b"pakt" => table = window.array::<24>(body)?.map(|b| (b, body, size)),
                b"data" => data = Some(body + 4),
                _ => {}
            }
            match u64::try_from(size).ok().and_then(|n| body.checked_add(n)) {
                Some(next) => at = next,
                None => break,
            }
        }
        let (Some(cookie), Some((head, body, size)), Some(data)) = (cookie, table, data) else {
            return Err(Error::malformed("ALAC in CAF without a cookie, a packet table or data"));
        };
        let number = |at: usize| head[at..at + 8].iter().fold(0u64, |sum, &x| sum << 8 | u64::from(x));
        let (packets, frames) = (number(0), number(8));
        let config = config(&cookie).ok_or_else(|| Error::malformed("the ALAC cookie is too short"))?;
        let mut parameters = AudioCodecParameters::new();
        let rate = u32::from_be_bytes([config[20], config[21], config[22], config[23]]);
        parameters
            .for_codec(CODEC_ID_ALAC)
            .with_sample_rate(rate)
            .with_bits_per_sample(u32::from(config[5]))
            .with_extra_data(config.into());
        let place = Place { table: body + 24, data };
        let packets = Self {
            window,
            table_end: body.saturating_add(size.max(0) as u64),
            packets,
            frames_per_packet: u64::from(frames_per_packet.max(1)),
            next: 0,
            place,
            kept: vec![place],
        };
        Ok(Stream {
            packets: Box::new(packets),
            parameters,
            frames: Some(frames),
            time_base: (1, rate.max(1)),
            sample_rate: None,
        })
    }

    /// The next packet's first byte and length.
    fn step(&mut self) -> Result<Option<(u64, u64)>> {
        if self.next >= self.packets {
            return Ok(None);
        }
        let mut length = 0u64;
        loop {
            let byte = self.window.array::<1>(self.place.table)?;
            let Some([byte]) = byte.filter(|_| self.place.table < self.table_end) else {
                return Ok(None);
            };
            self.place.table += 1;
            length = length << 7 | u64::from(byte & 0x7f);
            if byte & 0x80 == 0 || length > MAX_PACKET {
                break;
            }
        }
        let start = self.place.data;
        self.place.data += length;
        self.next += 1;
        if self.next.is_multiple_of(STRIDE) && self.kept.len() as u64 == self.next / STRIDE {
            self.kept.push(self.place);
        }
        Ok(Some((start, length)))
    }
}

/// The 24 bytes of configuration in a cookie, which older files wrap in atoms.
fn config(cookie: &[u8]) -> Option<&[u8]> {
    let wrapped = cookie.get(4..8) == Some(b"frma");
    cookie.get(if wrapped { 24.. } else { 0.. })?.get(..24)
}

impl Packets for CafAlac {
    fn next(&mut self) -> std::result::Result<Option<Packet>, CodecError> {
        let failed = |e: Error| CodecError::IoError(std::io::Error::other(e));
        let pts = Timestamp::new((self.next * self.frames_per_packet) as i64);
        let Some((start, length)) = self.step().map_err(failed)? else { return Ok(None) };
        if length > MAX_PACKET {
            return Err(CodecError::DecodeError("an ALAC packet of impossible length"));
        }
        let mut data = Vec::new();
        while (data.len() as u64) < length {
            let rest = (length - data.len() as u64) as usize;
            let part = self.window.bytes(start + data.len() as u64, rest).map_err(failed)?;
            if part.is_empty() {
                return Ok(None);
            }
            data.extend_from_slice(part);
        }
        Ok(Some(Packet::new(0, pts, Duration::from(self.frames_per_packet), data)))
    }

    fn seek(&mut self, ts: i64) -> std::result::Result<(), CodecError> {
        let failed = |e: Error| CodecError::IoError(std::io::Error::other(e));
        let wanted = ts.max(0) as u64 / self.frames_per_packet;
        let mark = ((wanted / STRIDE) as usize).min(self.kept.len() - 1);
        self.place = self.kept[mark];
        self.next = mark as u64 * STRIDE;
        while self.next < wanted && self.step().map_err(failed)?.is_some() {}
        Ok(())
    }
}
