//! What `tf.audio.decode_wav` accepts as a WAV file, and which of its bytes it takes.
//!
//! Found by asking the tool about files that were made for it; `tests/data` and the tests below hold them.

use auricle_decode::{
    Coding, Decoder, Error, Extent, Format, MAX_CHANNELS, Order, PcmDecoder, Result, Sample, SampleType, Window,
};

/// Chunks that may stand before fmt.
const BEFORE_FMT: [&[u8]; 8] = [b"JUNK", b"bext", b"iXML", b"qlty", b"mext", b"levl", b"link", b"axml"];
/// Chunks visited at most; the tool would go on.
const MAX_CHUNKS: usize = 1 << 20;
const BYTES: u64 = 2;

/// A place in the file behind which nothing is read that is not there.
struct Walk {
    window: Window,
    at: u64,
}

impl Walk {
    fn take<const N: usize>(&mut self) -> Result<[u8; N]> {
        let bytes = self.window.array(self.at)?.ok_or_else(|| Error::malformed("the file ends too early"))?;
        self.at += N as u64;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32> {
        self.take().map(u32::from_le_bytes)
    }

    fn expect(&mut self, id: &[u8; 4]) -> Result<()> {
        let found: [u8; 4] = self.take()?;
        if found == *id {
            return Ok(());
        }
        let (found, id) = (String::from_utf8_lossy(&found), String::from_utf8_lossy(id));
        Err(Error::unsupported(format!("expected {id:?}, got {found:?}; the tool reads RIFF WAVE only")))
    }

    /// Is there a byte at the end of `n` more?
    fn reaches(&mut self, n: u64) -> Result<bool> {
        let end = self.at.saturating_add(n);
        match self.window.len() {
            Some(length) => Ok(end <= length),
            None => Ok(n == 0 || !self.window.bytes(end - 1, 1)?.is_empty()),
        }
    }
}

/// Opens a WAV file as the tool does.
///
/// # Errors
/// What the tool raises an exception for.
pub fn open(window: Window) -> Result<Box<dyn Decoder>> {
    let mut walk = Walk { window, at: 0 };
    walk.expect(b"RIFF")?;
    walk.u32()?;
    walk.expect(b"WAVE")?;
    let (channels, sample_rate) = fmt(&mut walk)?;
    let mut audio = None;
    for visited in 0.. {
        if visited == MAX_CHUNKS {
            return Err(Error::malformed(format!("more than {MAX_CHUNKS} chunks")));
        }
        if walk.window.bytes(walk.at, 1)?.is_empty() {
            break;
        }
        let id: [u8; 4] = walk.take()?;
        let size = walk.u32()?;
        if size > i32::MAX as u32 {
            let id = String::from_utf8_lossy(&id);
            return Err(Error::malformed(format!("chunk {id:?} claims {size} bytes, the tool takes 2^31-1 at most")));
        }
        if id != *b"data" {
            walk.at += u64::from(size);
            continue;
        }
        if audio.is_some() {
            return Err(Error::malformed("a second data chunk"));
        }
        // The tool goes on behind the last whole sample frame.
        let bytes = u64::from(size) / (BYTES * channels as u64) * (BYTES * channels as u64);
        if !walk.reaches(bytes)? {
            return Err(Error::malformed(format!("the header promises {size} bytes of audio, the file holds fewer")));
        }
        audio = Some(Extent { start: walk.at, bytes: Some(bytes) });
        walk.at += bytes;
    }
    let audio = audio.ok_or_else(|| Error::malformed("no data chunk"))?;
    let frames = audio.bytes.map(|bytes| bytes / (BYTES * channels as u64));
    let format = Format {
        container: "wav",
        codec: "pcm_s16",
        sample_rate: f64::from(sample_rate),
        channels,
        speakers: 0,
        sample_type: SampleType::I16,
        bits_per_sample: 16,
        claimed_frames: frames,
        frames,
        bit_rate: Some((BYTES * 8 * channels as u64) as f64 * f64::from(sample_rate)),
    };
    let sample = Sample { coding: Coding::Signed, bytes: BYTES as usize, order: Order::Little };
    Ok(Box::new(PcmDecoder::new(walk.window, format, sample, audio, Vec::new())))
}

/// Channels and rate of the fmt chunk, the first that is none of the known others.
fn fmt(walk: &mut Walk) -> Result<(usize, u32)> {
    for _ in 0..MAX_CHUNKS {
        let id: [u8; 4] = walk.take()?;
        let size = walk.u32()?;
        if id == *b"fmt " {
            return format_of(walk, size);
        }
        if !BEFORE_FMT.contains(&&id[..]) {
            let id = String::from_utf8_lossy(&id);
            return Err(Error::unsupported(format!("chunk {id:?} before fmt, which the tool does not pass over")));
        }
        walk.at += u64::from(size);
    }
    Err(Error::malformed(format!("more than {MAX_CHUNKS} chunks before fmt")))
}

fn format_of(walk: &mut Walk, size: u32) -> Result<(usize, u32)> {
    if size != 16 && size != 18 {
        return Err(Error::unsupported(format!("a fmt chunk of {size} bytes; the tool reads 16 or 18")));
    }
    let b: [u8; 16] = walk.take()?;
    if size == 18 {
        walk.take::<2>()?;
    }
    let (tag, channels) = (u16::from_le_bytes([b[0], b[1]]), u16::from_le_bytes([b[2], b[3]]));
    let sample_rate = u32::from_le_bytes([b[4], b[5], b[6], b[7]]);
    let byte_rate = u32::from_le_bytes([b[8], b[9], b[10], b[11]]);
    let (align, bits) = (u16::from_le_bytes([b[12], b[13]]), u16::from_le_bytes([b[14], b[15]]));
    if tag != 1 || bits != 16 {
        return Err(Error::unsupported(format!(
            "WAV format {tag:#06x} of {bits} bits; the tool reads 16-bit PCM only"
        )));
    }
    if channels == 0 {
        return Err(Error::malformed("the header says 0 channels"));
    }
    let frame_bytes = BYTES * u64::from(channels);
    if u64::from(align) != frame_bytes || u64::from(byte_rate) != frame_bytes * u64::from(sample_rate) {
        return Err(Error::malformed(format!(
            "the header says {align} bytes a sample frame and {byte_rate} a second; {channels} channels at {sample_rate} Hz \
             have {frame_bytes} and {}",
            frame_bytes * u64::from(sample_rate)
        )));
    }
    if usize::from(channels) > MAX_CHANNELS {
        return Err(Error::unsupported(format!("{channels} channels; at most {MAX_CHANNELS} are read")));
    }
    Ok((usize::from(channels), sample_rate))
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_decode::{Bytes, Planes};
    use std::sync::Arc;

    fn chunk(id: &str, bytes: &[u8], size: usize) -> Vec<u8> {
        [id.as_bytes(), &(size as u32).to_le_bytes(), bytes].concat()
    }

    fn fmt_chunk(channels: u16, extra: &[u8]) -> Vec<u8> {
        let align = 2 * channels;
        let mut b = [1u16.to_le_bytes(), channels.to_le_bytes()].concat();
        b.extend([8000u32.to_le_bytes(), (8000 * u32::from(align)).to_le_bytes()].concat());
        b.extend([align.to_le_bytes(), 16u16.to_le_bytes()].concat());
        b.extend(extra);
        chunk("fmt ", &b, b.len())
    }

    /// Sample frames that are read, or nothing where the file is refused.
    fn frames(parts: &[Vec<u8>]) -> Option<usize> {
        let bytes = [b"RIFF\x64\0\0\0WAVE".to_vec(), parts.concat()].concat();
        let mut decoder = open(Window::new(Arc::new(Bytes::new("x", bytes)))).ok()?;
        let mut planes = Planes::new(SampleType::I16, decoder.format().channels);
        Some(decoder.read(1000, &mut planes).expect("bytes in memory"))
    }

    #[test]
    fn the_tool_answers_so() {
        let samples: Vec<u8> = (0..5i16).flat_map(i16::to_le_bytes).collect();
        let (mono, stereo) = (fmt_chunk(1, &[]), fmt_chunk(2, &[]));
        let data = |size| chunk("data", &samples, size);
        let other = |id: &str, size| chunk(id, b"abcd", size);
        // TensorFlow 2.21.0, tf.audio.decode_wav; None is an InvalidArgumentError.
        let cases: [(&[Vec<u8>], Option<usize>); 24] = [
            (&[mono.clone(), data(10)], Some(5)),
            (&[other("JUNK", 4), other("bext", 4), mono.clone(), data(10)], Some(5)),
            (&[other("LIST", 4), mono.clone(), data(10)], None),
            (&[mono.clone(), other("LIST", 4), data(10)], Some(5)),
            (&[mono.clone(), other("LIST", 1000), data(10)], None),
            (&[other("JUNK", 1000), mono.clone(), data(10)], None),
            (&[mono.clone(), data(10), vec![1; 3]], None),
            (&[mono.clone(), data(10), vec![1; 7]], None),
            (&[mono.clone(), data(10), vec![1; 9]], Some(5)),
            (&[mono.clone(), data(10), vec![0; 9]], None),
            (&[mono.clone(), data(0)], Some(0)),
            (&[mono.clone(), data(3)], Some(1)),
            (&[mono.clone(), data(4)], None),
            (&[mono.clone(), data(11)], Some(5)),
            (&[mono.clone(), data(12)], None),
            (&[stereo.clone(), data(2)], Some(0)),
            (&[stereo.clone(), data(6)], None),
            (&[fmt_chunk(1, &[1, 0]), data(10)], Some(5)),
            (&[fmt_chunk(1, &[0; 4]), data(10)], None),
            (&[mono.clone(), stereo.clone(), data(10)], Some(5)),
            (&[mono.clone(), data(10), chunk("data", b"", 0)], None),
            (&[mono.clone(), data(10), chunk("LIST", b"", 0x7fff_ffff)], Some(5)),
            (&[mono.clone(), data(10), chunk("LIST", b"", 0x8000_0000)], None),
            (std::slice::from_ref(&mono), None),
        ];
        for (at, (parts, expected)) in cases.iter().enumerate() {
            assert_eq!(frames(parts), *expected, "case {at}");
        }
    }
}
