//! Sun/NeXT `.au`: a header of 24 bytes and samples.

use crate::Decoder;
use crate::data::Claim;
use crate::error::{Error, Result};
use crate::format::{Finding, Format, SampleType, Severity};
use crate::pcm::{Coding, Sample};
use crate::source::{Order, Window};
use crate::wave::{check_channels_and_rate, pcm_decoder};

/// Opens a source that starts with `.snd` or, little endian, `dns.`.
///
/// # Errors
/// When the header is cut, or names an encoding that is not read.
///
/// # Source
/// Sun Microsystems, audio(5), "Audio file format".
pub fn open(mut window: Window) -> Result<Box<dyn Decoder>> {
    let head: [u8; 24] =
        window.array(0)?.ok_or_else(|| Error::malformed("the file ends inside the AU header of 24 bytes"))?;
    let order = if &head[..4] == b".snd" { Order::Big } else { Order::Little };
    let field = |i: usize| order.u32([head[4 * i], head[4 * i + 1], head[4 * i + 2], head[4 * i + 3]]);
    let (offset, size, encoding, rate, channels) = (field(1), field(2), field(3), field(4), field(5));
    let (coding, bytes) = match encoding {
        1 => (Coding::Mulaw, 1),
        2 => (Coding::Signed, 1),
        3 => (Coding::Signed, 2),
        4 => (Coding::Signed, 3),
        5 => (Coding::Signed, 4),
        6 => (Coding::Float, 4),
        7 => (Coding::Float, 8),
        27 => (Coding::Alaw, 1),
        other => {
            return Err(Error::unsupported(format!(
                "AU encoding {other}; expected mu-law, A-law, 8 to 32 bits or float (1 to 7, 27)"
            )));
        }
    };
    let mut findings = Vec::new();
    let channels = channels as usize;
    check_channels_and_rate(channels, f64::from(rate), &mut findings)?;
    if offset < 24 {
        findings.push(Finding::new(
            "au-offset",
            Severity::Warning,
            format!("the header says the audio starts at byte {offset}, inside the header; read from byte 24"),
        ));
    }
    let mut start = u64::from(offset.max(24));
    if let Some(len) = window.len().filter(|len| start > *len) {
        let message = format!("the header says the audio starts at byte {start} of {len}; read from byte 24");
        findings.push(Finding::new("au-offset", Severity::Damage, message));
        start = 24;
    }
    let claim = match size {
        u32::MAX => Claim::Open,
        0 if window.len().is_none_or(|len| len > start) => Claim::Unknown,
        n => Claim::Bytes(u64::from(n)),
    };
    if let (Claim::Bytes(n), Some(len)) = (claim, window.len())
        && start + n < len
    {
        findings.push(Finding::new(
            "au-trailing-bytes",
            Severity::Warning,
            format!("{} bytes after the audio", len - start - n),
        ));
    }
    let format = Format {
        container: "au",
        codec: "",
        sample_rate: f64::from(rate),
        channels,
        speakers: 0,
        sample_type: SampleType::I16,
        bits_per_sample: bytes as u32 * 8,
        claimed_frames: None,
        frames: None,
        bit_rate: None,
    };
    let sample = Sample { coding, bytes, order };
    let unit = (bytes * channels) as u64;
    pcm_decoder(format, sample, window, start, claim, unit, findings)
}
