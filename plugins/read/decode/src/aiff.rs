//! AIFF and AIFF-C.

use crate::Decoder;
use crate::adpcm::{AdpcmDecoder, Scheme};
use crate::data::{Claim, Grid, settle};
use crate::error::{Error, Result};
use crate::format::{Finding, Format, SampleType, Severity};
use crate::pcm::{Coding, Sample};
use crate::source::{Order, Window};
use crate::wave::{check_channels_and_rate, pcm_decoder};

const MAX_CHUNKS: usize = 4096;

/// What the COMM chunk says.
struct Common {
    channels: usize,
    frames: u32,
    bits: u16,
    sample_rate: f64,
    compression: [u8; 4],
}

/// Opens a source that starts with `FORM` and holds `AIFF` or `AIFC`.
///
/// # Errors
/// When it is another FORM, has no COMM or SSND chunk, or a compression that is not read.
///
/// # Source
/// Apple Computer, "Audio Interchange File Format" 1.3 (1989) and "AIFF-C" draft (1991).
pub fn open(mut window: Window) -> Result<Box<dyn Decoder>> {
    let head: [u8; 12] = window.array(0)?.ok_or_else(|| Error::malformed("the file ends inside the FORM header"))?;
    let container = match &head[8..] {
        b"AIFF" => "aiff",
        b"AIFC" => "aifc",
        other => {
            return Err(Error::unsupported(format!(
                "a FORM file of type {:?}; expected \"AIFF\" or \"AIFC\"",
                String::from_utf8_lossy(other)
            )));
        }
    };
    let mut findings = Vec::new();
    let mut common = None;
    let mut sound = None;
    let mut at = 12;
    for _ in 0..MAX_CHUNKS {
        let Some(head) = window.array::<8>(at)? else { break };
        let size = u64::from(u32::from_be_bytes([head[4], head[5], head[6], head[7]]));
        match &head[..4] {
            b"COMM" if common.is_none() => {
                let body = window.bytes(at + 8, size.min(26) as usize)?;
                if container == "aifc" && body.len() < 22 {
                    let message = format!(
                        "the COMM chunk holds {} bytes and ends before the compression; read as uncompressed",
                        body.len()
                    );
                    findings.push(Finding::new("aiff-comm", Severity::Damage, message));
                }
                common = Some(Common::parse(body)?);
            }
            b"SSND" if sound.is_none() => {
                let offset = window.array(at + 8)?.map_or(0, u32::from_be_bytes);
                sound = Some((at + 16, u64::from(offset), size));
            }
            _ => {}
        }
        at = at + 8 + size + size % 2;
        if common.is_some() && sound.is_some() {
            break;
        }
    }
    let Some(common) = common else {
        return Err(Error::malformed("no COMM chunk: nothing says what the samples are"));
    };
    check_channels_and_rate(common.channels, common.sample_rate, &mut findings)?;
    let Some((body, offset, size)) = sound else {
        if common.frames == 0 {
            // The specification lets an empty file do without a sound chunk.
            return common.decoder(container, window, at, Claim::Bytes(0), findings);
        }
        return Err(Error::malformed("no SSND chunk: the file holds a header and no audio"));
    };
    let claim = match size {
        // Streams: no size, or the greatest.
        0 | 0xffff_ffff => Claim::Unknown,
        n if n < 8 + offset => Claim::Bytes(0),
        n => Claim::Bytes(n - 8 - offset),
    };
    let form = u64::from(u32::from_be_bytes([head[4], head[5], head[6], head[7]])) + 8;
    if let Some(len) = window.len()
        && claim != Claim::Unknown
        && body + size.saturating_sub(8) <= len
        && form.abs_diff(len) > 1
    {
        findings.push(Finding::new(
            "aiff-size",
            Severity::Warning,
            format!("the FORM header says {form} bytes, the file has {len}"),
        ));
    }
    common.decoder(container, window, body + offset, claim, findings)
}

impl Common {
    fn parse(body: &[u8]) -> Result<Self> {
        let Some((fixed, rest)) = body.split_at_checked(18) else {
            return Err(Error::malformed(format!("the COMM chunk holds {} bytes, expected at least 18", body.len())));
        };
        let mut extended = [0; 10];
        extended.copy_from_slice(&fixed[8..18]);
        Ok(Self {
            channels: usize::from(u16::from_be_bytes([fixed[0], fixed[1]])),
            frames: u32::from_be_bytes([fixed[2], fixed[3], fixed[4], fixed[5]]),
            bits: u16::from_be_bytes([fixed[6], fixed[7]]),
            sample_rate: extended_to_f64(extended),
            compression: rest.get(..4).and_then(|b| b.try_into().ok()).unwrap_or(*b"NONE"),
        })
    }

    fn decoder(
        &self,
        container: &'static str,
        window: Window,
        start: u64,
        claim: Claim,
        mut findings: Vec<Finding>,
    ) -> Result<Box<dyn Decoder>> {
        let container_bytes = usize::from(self.bits).div_ceil(8);
        let (coding, bytes, order) = match &self.compression {
            b"NONE" | b"twos" => (Coding::Signed, container_bytes, Order::Big),
            b"sowt" => (Coding::Signed, container_bytes, Order::Little),
            b"in24" => (Coding::Signed, 3, Order::Big),
            b"in32" => (Coding::Signed, 4, Order::Big),
            // "42n1" is what libsndfile writes.
            b"42ni" | b"42n1" => (Coding::Signed, 3, Order::Little),
            b"23ni" => (Coding::Signed, 4, Order::Little),
            b"raw " => (Coding::Unsigned, 1, Order::Big),
            b"fl32" | b"FL32" => (Coding::Float, 4, Order::Big),
            b"fl64" | b"FL64" => (Coding::Float, 8, Order::Big),
            b"alaw" | b"ALAW" => (Coding::Alaw, 1, Order::Big),
            b"ulaw" | b"ULAW" => (Coding::Mulaw, 1, Order::Big),
            b"ima4" => return self.ima4(container, window, start, claim, findings),
            other => {
                return Err(Error::unsupported(format!(
                    "AIFF-C compression {:?}; expected PCM, float, A-law, mu-law or ima4",
                    String::from_utf8_lossy(other)
                )));
            }
        };
        if bytes == 0 || bytes > 8 {
            return Err(Error::malformed(format!("the COMM chunk says {} bits a sample; expected 1 to 64", self.bits)));
        }
        let unit = (bytes * self.channels) as u64;
        let frames = u64::from(self.frames);
        let mut claim = claim;
        if let Claim::Bytes(n) = claim
            && n / unit == frames
        {
            // Some writers count the pad byte of an odd-sized chunk as part of it.
            if n - frames * unit == 1 {
                claim = Claim::Bytes(frames * unit);
            }
        } else if let Claim::Bytes(n) = claim {
            findings.push(Finding::new(
                "aiff-frames",
                Severity::Warning,
                format!("the COMM chunk says {frames} sample frames, the SSND chunk holds {}", n / unit),
            ));
        }
        let bits = match coding {
            Coding::Signed | Coding::Unsigned if self.bits != 0 => u32::from(self.bits).min(bytes as u32 * 8),
            _ => bytes as u32 * 8,
        };
        let sample = Sample { coding, bytes, order };
        pcm_decoder(self.format(container, bits), sample, window, start, claim, unit, findings)
    }

    fn format(&self, container: &'static str, bits: u32) -> Format {
        Format {
            container,
            codec: "adpcm_ima",
            sample_rate: self.sample_rate,
            channels: self.channels,
            speakers: match self.channels {
                1 => 0x4,
                2 => 0x3,
                _ => 0,
            },
            sample_type: SampleType::I16,
            bits_per_sample: bits,
            claimed_frames: None,
            frames: None,
            bit_rate: None,
        }
    }

    fn ima4(
        &self,
        container: &'static str,
        window: Window,
        start: u64,
        claim: Claim,
        mut findings: Vec<Finding>,
    ) -> Result<Box<dyn Decoder>> {
        let block = Scheme::Apple.header_bytes(self.channels) + 32 * self.channels;
        if block > crate::source::WINDOW {
            return Err(Error::unsupported(format!("ima4 with {} channels", self.channels)));
        }
        let frames = Scheme::Apple.block_frames(block, self.channels) as u64;
        let grid = Grid { unit_bytes: block as u64, unit_frames: frames, sample_rate: self.sample_rate };
        let extent = settle(start, claim, window.len(), grid, &mut findings);
        let mut format = self.format(container, 16);
        format.frames = extent.bytes.map(|b| grid.frames(b));
        format.claimed_frames = Some(u64::from(self.frames) * frames);
        format.bit_rate = Some(block as f64 * 8.0 * self.sample_rate / frames as f64);
        Ok(Box::new(AdpcmDecoder::new(window, format, Scheme::Apple, block, extent, findings)))
    }
}

/// An 80-bit extended float.
///
/// # Source
/// IEEE 754-1985, extended format as in "Apple Numerics Manual" (1988), chapter 2.
fn extended_to_f64(b: [u8; 10]) -> f64 {
    let exponent = i32::from(u16::from_be_bytes([b[0] & 0x7f, b[1]]));
    let mantissa = b[2..].iter().fold(0u64, |sum, &x| sum << 8 | u64::from(x));
    let magnitude = match exponent {
        0x7fff if mantissa << 1 == 0 => f64::INFINITY,
        0x7fff => f64::NAN,
        _ => mantissa as f64 * 2f64.powi(exponent - 16_383 - 63),
    };
    if b[0] & 0x80 != 0 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::extended_to_f64;

    #[test]
    fn extended_floats() {
        assert_eq!(extended_to_f64([0x40, 0x0d, 0xac, 0x44, 0, 0, 0, 0, 0, 0]), 22_050.0);
        assert_eq!(extended_to_f64([0; 10]), 0.0);
        assert!(extended_to_f64([0x7f, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0]).is_nan());
    }
}
