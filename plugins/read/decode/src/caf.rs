//! Apple Core Audio Format with uncompressed samples; what is compressed goes to [`crate::coded`].

use crate::Decoder;
use crate::coded;
use crate::data::Claim;
use crate::error::{Error, Result};
use crate::format::{Finding, Format, SampleType, Severity};
use crate::pcm::{Coding, Sample};
use crate::source::{Order, Window};
use crate::wave::{check_channels_and_rate, pcm_decoder};

const MAX_CHUNKS: usize = 4096;
const FLAG_FLOAT: u32 = 1;
const FLAG_LITTLE: u32 = 2;

/// Opens a source that starts with `caff`.
///
/// # Errors
/// When its description makes no sense, or names a codec that is not read.
///
/// # Source
/// Apple, "Apple Core Audio Format Specification 1.0" (2011).
pub fn open(mut window: Window) -> Result<Box<dyn Decoder>> {
    let Some(desc) = window.array::<44>(8)?.filter(|d| &d[..4] == b"desc") else {
        return Err(Error::malformed("no desc chunk behind the CAF header"));
    };
    let mut rate = [0; 8];
    rate.copy_from_slice(&desc[12..20]);
    let sample_rate = f64::from_be_bytes(rate);
    let field = |at: usize| u32::from_be_bytes([desc[at], desc[at + 1], desc[at + 2], desc[at + 3]]);
    let (flags, packet_bytes, channels, bits) = (field(24), field(28), field(36) as usize, field(40));
    let id = &desc[20..24];
    let mut findings = Vec::new();
    check_channels_and_rate(channels, sample_rate, &mut findings)?;
    let order = if flags & FLAG_LITTLE != 0 { Order::Little } else { Order::Big };
    let container = packet_bytes as usize / channels;
    let (coding, bytes) = match id {
        b"lpcm" if flags & FLAG_FLOAT != 0 => (Coding::Float, container),
        b"lpcm" => (Coding::Signed, container),
        b"alaw" => (Coding::Alaw, 1),
        b"ulaw" => (Coding::Mulaw, 1),
        b"alac" => return coded::open(window.source().clone(), 0, coded::Kind::Caf),
        other => {
            return Err(Error::unsupported(format!(
                "CAF holds {:?}; expected lpcm, alaw, ulaw or alac",
                String::from_utf8_lossy(other)
            )));
        }
    };
    if bytes == 0 || bytes > 8 || bytes * channels != packet_bytes as usize {
        return Err(Error::malformed(format!(
            "the desc chunk says {packet_bytes} bytes a packet of {channels} channels of {bits} bits"
        )));
    }
    if field(32) != 1 {
        let message = format!("the desc chunk says {} sample frames a packet; uncompressed audio has 1", field(32));
        findings.push(Finding::new("caf-packets", Severity::Warning, message));
    }
    let mut at = 8 + 12 + 32;
    let mut speakers = 0;
    for _ in 0..MAX_CHUNKS {
        let Some(head) = window.array::<12>(at)? else { break };
        let mut size = [0; 8];
        size.copy_from_slice(&head[4..]);
        let size = i64::from_be_bytes(size);
        match &head[..4] {
            b"chan" => speakers = layout(window.array(at + 12)?.unwrap_or_default(), channels),
            b"data" => {
                // The edit count of four bytes is part of the chunk.
                let claim = match u64::try_from(size) {
                    Ok(n) => Claim::Bytes(n.saturating_sub(4)),
                    Err(_) if size == -1 => Claim::Open,
                    Err(_) => Claim::Unknown,
                };
                let format = Format {
                    container: "caf",
                    codec: "",
                    sample_rate,
                    channels,
                    speakers,
                    sample_type: SampleType::I16,
                    bits_per_sample: if bits == 0 { bytes as u32 * 8 } else { bits.min(bytes as u32 * 8) },
                    claimed_frames: None,
                    frames: None,
                    bit_rate: None,
                };
                let sample = Sample { coding, bytes, order };
                let unit = (bytes * channels) as u64;
                return pcm_decoder(format, sample, window, at + 16, claim, unit, findings);
            }
            _ => {}
        }
        let next = u64::try_from(size).ok().and_then(|n| n.checked_add(at + 12));
        match next {
            Some(next) => at = next,
            None => break,
        }
    }
    Err(Error::malformed("no data chunk: the file holds a header and no audio"))
}

/// Loudspeakers of a channel layout tag, where WAVE's channel mask can say the same in the same order.
fn layout(chunk: [u8; 8], channels: usize) -> u32 {
    let tag = u32::from_be_bytes([chunk[0], chunk[1], chunk[2], chunk[3]]);
    let bitmap = u32::from_be_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]);
    match (tag >> 16, channels) {
        (1, _) if bitmap.count_ones() as usize == channels => bitmap,
        (100, 1) => 0x4,
        (101, 2) => 0x3,
        _ => 0,
    }
}
