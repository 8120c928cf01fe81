//! Uncompressed samples and the G.711 laws: fixed-size sample frames, any of them one read away.

use crate::Decoder;
use crate::data::Extent;
use crate::error::Result;
use crate::format::{Finding, Format, Planes, SampleType, Severity};
use crate::source::{Order, WINDOW, Window};

/// How a sample of fixed size is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coding {
    /// Unsigned integer of one byte, 128 is silence.
    Unsigned,
    /// Two's complement integer, left-justified in its bytes.
    Signed,
    /// IEEE 754 binary32 or binary64.
    Float,
    /// ITU-T G.711 A-law.
    Alaw,
    /// ITU-T G.711 mu-law.
    Mulaw,
}

/// The layout of one sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// How it is written.
    pub coding: Coding,
    /// Its bytes, 1 to 8.
    pub bytes: usize,
    /// Their order.
    pub order: Order,
}

impl Sample {
    /// The type it is decoded to, or `None` if there is no such sample.
    pub fn sample_type(&self) -> Option<SampleType> {
        Some(match (self.coding, self.bytes) {
            (Coding::Unsigned, 1) => SampleType::U8,
            (Coding::Alaw | Coding::Mulaw, 1) | (Coding::Signed, 1 | 2) => SampleType::I16,
            (Coding::Signed, 3 | 4) => SampleType::I32,
            (Coding::Signed, 5..=8) => SampleType::I64,
            (Coding::Float, 4) => SampleType::F32,
            (Coding::Float, 8) => SampleType::F64,
            _ => return None,
        })
    }

    /// The codec's name for so many significant bits.
    pub fn codec(&self, bits: u32) -> &'static str {
        match (self.coding, bits) {
            (Coding::Alaw, _) => "alaw",
            (Coding::Mulaw, _) => "mulaw",
            (Coding::Unsigned, _) => "pcm_u8",
            (Coding::Float, 64) => "pcm_f64",
            (Coding::Float, _) => "pcm_f32",
            (Coding::Signed, ..=8) => "pcm_s8",
            (Coding::Signed, ..=16) => "pcm_s16",
            (Coding::Signed, ..=24) => "pcm_s24",
            (Coding::Signed, ..=32) => "pcm_s32",
            (Coding::Signed, _) => "pcm_s64",
        }
    }
}

/// A decoder of samples of fixed size.
pub struct PcmDecoder {
    window: Window,
    format: Format,
    sample: Sample,
    extent: Extent,
    frame: u64,
    ended: bool,
    findings: Vec<Finding>,
}

impl PcmDecoder {
    /// A decoder at sample frame 0; `format` names the type that `sample` decodes to.
    pub fn new(window: Window, format: Format, sample: Sample, extent: Extent, findings: Vec<Finding>) -> Self {
        Self { window, format, sample, extent, frame: 0, ended: false, findings }
    }

    fn frame_bytes(&self) -> usize {
        self.sample.bytes * self.format.channels
    }
}

impl Decoder for PcmDecoder {
    fn format(&self) -> &Format {
        &self.format
    }

    fn read(&mut self, n: usize, planes: &mut Planes) -> Result<usize> {
        let frame_bytes = self.frame_bytes();
        let per_window = WINDOW / frame_bytes;
        let mut done = 0;
        while done < n && !self.ended {
            let past = self.frame.saturating_mul(frame_bytes as u64);
            let left = self.extent.bytes.map_or(u64::MAX, |b| b.saturating_sub(past));
            let frames_left = usize::try_from(left / frame_bytes as u64).unwrap_or(usize::MAX);
            let want = (n - done).min(per_window).min(frames_left);
            if want == 0 {
                break;
            }
            let bytes = self.window.bytes(self.extent.start.saturating_add(past), want * frame_bytes)?;
            let rest = bytes.len() % frame_bytes;
            let got = bytes.len() / frame_bytes;
            decode(self.sample, &bytes[..bytes.len() - rest], self.format.channels, planes);
            done += got;
            self.frame += got as u64;
            if got < want {
                self.ended = true;
                self.report_early_end(rest);
            }
        }
        Ok(done)
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        self.frame = self.format.frames.map_or(frame, |frames| frame.min(frames));
        self.ended = false;
        Ok(())
    }

    fn findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

impl PcmDecoder {
    /// A source without a known length that ends earlier than the header says, or in half a sample frame.
    fn report_early_end(&mut self, rest: usize) {
        let at = self.frame;
        if let Some(bytes) = self.extent.bytes {
            self.findings.push(
                Finding::new(
                    "data-truncated",
                    Severity::Damage,
                    format!("the audio ends after {at} of {} sample frames", bytes / self.frame_bytes() as u64),
                )
                .at(at),
            );
        } else if rest != 0 {
            let message =
                format!("the audio ends inside a sample frame: {rest} of {} bytes are left over", self.frame_bytes());
            self.findings.push(Finding::new("data-partial-frame", Severity::Damage, message).at(at));
        }
        self.format.frames = Some(at);
    }
}

/// Appends the sample frames in `bytes` to the planes.
fn decode(sample: Sample, bytes: &[u8], channels: usize, planes: &mut Planes) {
    use Order::{Big, Little};
    match (planes, sample.coding, sample.bytes, sample.order) {
        (Planes::U8(p), ..) => split(bytes, channels, p, |[b]: [u8; 1]| b),
        (Planes::I16(p), Coding::Alaw, ..) => split(bytes, channels, p, |[b]: [u8; 1]| alaw(b)),
        (Planes::I16(p), Coding::Mulaw, ..) => split(bytes, channels, p, |[b]: [u8; 1]| mulaw(b)),
        (Planes::I16(p), _, 1, _) => split(bytes, channels, p, |[b]: [u8; 1]| i16::from(b as i8) << 8),
        (Planes::I16(p), _, _, Little) => split(bytes, channels, p, i16::from_le_bytes),
        (Planes::I16(p), _, _, Big) => split(bytes, channels, p, i16::from_be_bytes),
        (Planes::I32(p), _, 3, Little) => {
            split(bytes, channels, p, |[a, b, c]: [u8; 3]| i32::from_le_bytes([0, a, b, c]));
        }
        (Planes::I32(p), _, 3, Big) => {
            split(bytes, channels, p, |[c, b, a]: [u8; 3]| i32::from_le_bytes([0, a, b, c]));
        }
        (Planes::I32(p), _, _, Little) => split(bytes, channels, p, i32::from_le_bytes),
        (Planes::I32(p), _, _, Big) => split(bytes, channels, p, i32::from_be_bytes),
        (Planes::F32(p), _, _, Little) => split(bytes, channels, p, f32::from_le_bytes),
        (Planes::F32(p), _, _, Big) => split(bytes, channels, p, f32::from_be_bytes),
        (Planes::F64(p), _, _, Little) => split(bytes, channels, p, f64::from_le_bytes),
        (Planes::F64(p), _, _, Big) => split(bytes, channels, p, f64::from_be_bytes),
        (Planes::I64(p), _, 5, order) => split(bytes, channels, p, |b: [u8; 5]| wide(&b, order)),
        (Planes::I64(p), _, 6, order) => split(bytes, channels, p, |b: [u8; 6]| wide(&b, order)),
        (Planes::I64(p), _, 7, order) => split(bytes, channels, p, |b: [u8; 7]| wide(&b, order)),
        (Planes::I64(p), _, _, order) => split(bytes, channels, p, |b: [u8; 8]| wide(&b, order)),
    }
}

fn split<T, const N: usize>(bytes: &[u8], channels: usize, planes: &mut [Vec<T>], convert: impl Fn([u8; N]) -> T) {
    for (channel, plane) in planes.iter_mut().enumerate() {
        plane.extend(bytes.chunks_exact(N * channels).map(|frame| {
            let mut sample = [0; N];
            sample.copy_from_slice(&frame[channel * N..(channel + 1) * N]);
            convert(sample)
        }));
    }
}

/// An integer of 5 to 8 bytes, left-justified.
fn wide(bytes: &[u8], order: Order) -> i64 {
    let mut all = [0; 8];
    match order {
        Order::Big => {
            all[..bytes.len()].copy_from_slice(bytes);
            i64::from_be_bytes(all)
        }
        Order::Little => {
            all[8 - bytes.len()..].copy_from_slice(bytes);
            i64::from_le_bytes(all)
        }
    }
}

/// A-law to 16 bits.
///
/// # Source
/// ITU-T G.711 (1988), table 1; the 13-bit value left-justified in 16.
fn alaw(code: u8) -> i16 {
    let code = code ^ 0x55;
    let mantissa = i16::from(code & 0x0f) << 4;
    let magnitude = match (code >> 4) & 7 {
        0 => mantissa + 8,
        segment => (mantissa + 0x108) << (segment - 1),
    };
    if code & 0x80 != 0 { magnitude } else { -magnitude }
}

/// Mu-law to 16 bits.
///
/// # Source
/// ITU-T G.711 (1988), table 2; the 14-bit value left-justified in 16.
fn mulaw(code: u8) -> i16 {
    let code = !code;
    let mantissa = (i16::from(code & 0x0f) << 3) + 0x84;
    let magnitude = (mantissa << ((code >> 4) & 7)) - 0x84;
    if code & 0x80 != 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_laws_have_their_known_ends() {
        assert_eq!((alaw(0xd5), alaw(0x55), alaw(0xaa), alaw(0x2a)), (8, -8, 32256, -32256));
        assert_eq!((mulaw(0xff), mulaw(0x7f), mulaw(0x80), mulaw(0x00)), (0, 0, 32124, -32124));
    }

    #[test]
    fn narrow_integers_are_left_justified() {
        let mut planes = Planes::new(SampleType::I32, 2);
        let sample = Sample { coding: Coding::Signed, bytes: 3, order: Order::Little };
        decode(sample, &[1, 2, 3, 0xff, 0xff, 0xff], 2, &mut planes);
        assert_eq!(planes, Planes::I32(vec![vec![0x0302_0100], vec![-256]]));
        assert_eq!(wide(&[1, 2, 3, 4, 5], Order::Big), 0x0102_0304_0500_0000);
    }
}
