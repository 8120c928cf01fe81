//! The walk of `scipy.io.wavfile.read` through a WAV file: what it accepts, what it refuses, which bytes it takes.
//!
//! It believes the sizes of a file where `auricle-decode` does not; where the two differ, this one is the dialect.

use auricle_decode::{
    Coding, Decoder, Error, Extent, Finding, Format, MAX_CHANNELS, Order, PcmDecoder, Result, Sample, SampleType,
    Severity, WINDOW, Window,
};

/// Chunks visited at most; scipy would go on.
const MAX_CHUNKS: usize = 1 << 20;
/// An array that the tool cannot allocate: a claim beyond this and beyond the file is its `MemoryError`.
const MAX_CLAIM: u128 = 32 << 30;

/// What a `fmt ` chunk says.
#[derive(Clone, Copy)]
struct Fmt {
    float: bool,
    channels: usize,
    sample_rate: u32,
    block_align: usize,
    bits: u16,
}

/// Audio as a `data` chunk gives it.
struct Found {
    fmt: Fmt,
    sample: Sample,
    extent: Extent,
}

/// A file position that reads as the tool's does: never beyond the end, while seeks may go there.
struct Cursor {
    window: Window,
    order: Order,
    at: u64,
}

impl Cursor {
    fn take<const N: usize>(&mut self) -> Result<Option<[u8; N]>> {
        let bytes = self.window.bytes(self.at, N)?;
        let (got, whole) = (bytes.len() as u64, bytes.try_into().ok());
        self.at += got;
        Ok(whole)
    }

    fn u32(&mut self) -> Result<u32> {
        let order = self.order;
        self.take().map(|b| b.map(|b| order.u32(b)))?.ok_or_else(|| ends("a size"))
    }

    /// Reads on, which stops at the end of the file.
    fn read_past(&mut self, n: u64) -> Result<()> {
        self.at += self.available(n)?;
        Ok(())
    }

    /// How many of the next `n` bytes there are.
    fn available(&mut self, n: u64) -> Result<u64> {
        if let Some(len) = self.window.len() {
            return Ok(n.min(len.saturating_sub(self.at)));
        }
        let mut met = 0;
        while met < n {
            let want = usize::try_from(n - met).unwrap_or(WINDOW).min(WINDOW);
            let got = self.window.bytes(self.at + met, want)?.len();
            met += got as u64;
            if got < want {
                break;
            }
        }
        Ok(met)
    }

    fn seek_past(&mut self, n: u64) {
        self.at = self.at.saturating_add(n);
    }
}

fn ends(where_: &str) -> Error {
    Error::malformed(format!("the file ends inside {where_}"))
}

/// Opens a WAV file as the tool does.
///
/// # Errors
/// What the tool raises an exception for.
pub fn read(window: Window, findings: &mut Vec<Finding>) -> Result<Box<dyn Decoder>> {
    let mut cursor = Cursor { window, order: Order::Little, at: 0 };
    let (file_size, rf64_data) = head(&mut cursor)?;
    let mut fmt = None;
    let mut found = None;
    for visited in 0.. {
        if u128::from(cursor.at) >= file_size {
            break;
        }
        if visited == MAX_CHUNKS {
            return Err(Error::malformed(format!("more than {MAX_CHUNKS} chunks")));
        }
        let at = cursor.at;
        let id = cursor.window.bytes(at, 4)?.to_vec();
        cursor.at += id.len() as u64;
        match id.as_slice() {
            [] if found.is_some() => {
                let message = format!("the RIFF header says {file_size} bytes, the file ends after {at}");
                findings.push(Finding::new("data-truncated", Severity::Warning, message));
                break;
            }
            [] => return Err(ends("its chunks, before any audio")),
            b"fmt " => fmt = Some(fmt_chunk(&mut cursor)?),
            b"data" => {
                let Some(fmt) = fmt else { return Err(Error::malformed("no fmt chunk before the data chunk")) };
                found = Some(data_chunk(&mut cursor, fmt, rf64_data)?);
            }
            short if short.len() < 4 && found.is_none() => return Err(ends("the name of a chunk")),
            short => {
                if short.len() < 4 {
                    let message = format!("{} bytes at the end belong to no chunk", short.len());
                    findings.push(Finding::new("riff-trailing-bytes", Severity::Warning, message));
                }
                skip_chunk(&mut cursor)?;
            }
        }
    }
    match (fmt, found) {
        (Some(last), Some(found)) => finish(cursor.window, last, found),
        _ => Err(Error::malformed(format!(
            "no audio within the {file_size} bytes that the RIFF header says the file has"
        ))),
    }
}

/// The file size that the header claims, and the data size of an RF64 file.
fn head(cursor: &mut Cursor) -> Result<(u128, Option<u64>)> {
    let magic: [u8; 4] = cursor.take()?.unwrap_or_default();
    let sizes = match &magic {
        b"RIFF" | b"RIFX" => {
            if &magic == b"RIFX" {
                cursor.order = Order::Big;
            }
            (u128::from(cursor.u32()?) + 8, None)
        }
        b"RF64" => (0, Some(0)),
        _ => {
            return Err(Error::unsupported(format!(
                "the file starts with {:?}; scipy reads RIFF, RIFX and RF64 only",
                String::from_utf8_lossy(&magic)
            )));
        }
    };
    if sizes.1.is_some() {
        cursor.u32()?;
    }
    let kind: [u8; 4] = cursor.take()?.unwrap_or_default();
    if &kind != b"WAVE" {
        return Err(Error::unsupported(format!("a RIFF file of type {:?}, not WAVE", String::from_utf8_lossy(&kind))));
    }
    if sizes.1.is_none() {
        return Ok(sizes);
    }
    if cursor.take::<4>()?.as_ref() != Some(b"ds64") {
        return Err(Error::malformed("an RF64 file without its ds64 chunk"));
    }
    let ds64 = u64::from(cursor.u32()?);
    let mut wide = || -> Result<u64> { cursor.take()?.map(u64::from_le_bytes).ok_or_else(|| ends("ds64")) };
    let (file, data) = (wide()?, wide()?);
    cursor.at = (cursor.at + ds64).checked_sub(16).ok_or_else(|| ends("ds64"))?;
    Ok((u128::from(file) + 8, Some(data)))
}

fn skip_chunk(cursor: &mut Cursor) -> Result<()> {
    if cursor.window.bytes(cursor.at, 1)?.is_empty() {
        return Ok(());
    }
    let size = u64::from(cursor.u32()?);
    cursor.seek_past(size + size % 2);
    Ok(())
}

fn fmt_chunk(cursor: &mut Cursor) -> Result<Fmt> {
    let order = cursor.order;
    let size = cursor.u32()?;
    if size < 16 {
        return Err(Error::malformed(format!("a fmt chunk of {size} bytes, expected at least 16")));
    }
    let b: [u8; 16] = cursor.take()?.ok_or_else(|| ends("the fmt chunk"))?;
    let u16_at = |at: usize| order.u16([b[at], b[at + 1]]);
    let u32_at = |at: usize| order.u32([b[at], b[at + 1], b[at + 2], b[at + 3]]);
    let mut tag = u32::from(u16_at(0));
    let mut taken = 16;
    if tag == 0xfffe && size >= 18 {
        let extra = order.u16(cursor.take()?.ok_or_else(|| ends("the fmt chunk"))?);
        if extra < 22 {
            return Err(Error::malformed(format!("an extensible fmt chunk with {extra} more bytes, expected 22")));
        }
        let guid = cursor.window.bytes(cursor.at, 22)?.get(6..).unwrap_or_default().to_vec();
        cursor.read_past(22)?;
        taken = 40;
        let tail: &[u8] = match order {
            Order::Big => b"\x00\x00\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71",
            Order::Little => b"\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71",
        };
        if guid.len() == 16 && guid.ends_with(tail) {
            tag = order.u32([guid[0], guid[1], guid[2], guid[3]]);
        }
    }
    if tag != 1 && tag != 3 {
        return Err(Error::unsupported(format!("WAV format {tag:#06x}; scipy reads PCM (1) and float (3) only")));
    }
    cursor.read_past(u64::from(size.saturating_sub(taken)))?;
    cursor.seek_past(u64::from(size % 2));
    let (sample_rate, byte_rate, align) = (u32_at(4), u32_at(8), u16_at(12));
    if tag == 1 && u64::from(byte_rate) != u64::from(sample_rate) * u64::from(align) {
        return Err(Error::malformed(format!(
            "the header says {byte_rate} bytes a second; {sample_rate} sample frames of {align} bytes are another number"
        )));
    }
    Ok(Fmt {
        float: tag == 3,
        channels: usize::from(u16_at(2)),
        sample_rate,
        block_align: usize::from(align),
        bits: u16_at(14),
    })
}

fn data_chunk(cursor: &mut Cursor, fmt: Fmt, rf64_data: Option<u64>) -> Result<Found> {
    let size = match rf64_data {
        Some(size) => {
            cursor.read_past(4)?;
            size
        }
        None => u64::from(cursor.u32()?),
    };
    let container = match fmt.block_align.checked_div(fmt.channels) {
        None => return Err(Error::malformed("the header says 0 channels")),
        Some(0) => {
            return Err(Error::malformed(format!(
                "the header says {} bytes a sample frame of {} channels",
                fmt.block_align, fmt.channels
            )));
        }
        Some(bytes) => bytes,
    };
    let (coding, bytes) = match (fmt.float, fmt.bits, container) {
        (false, 1..=8, _) => (Coding::Unsigned, 1),
        (false, _, 3 | 5..=7) | (false, 0..=64, 2 | 4 | 8) => (Coding::Signed, container),
        (true, 32 | 64, 4 | 8) => (Coding::Float, container),
        (float, bits, _) => {
            return Err(Error::unsupported(format!(
                "{} samples of {bits} bits in {container} bytes",
                if float { "float" } else { "integer" }
            )));
        }
    };
    let start = cursor.at;
    // Samples of odd sizes are read as bytes, others as whole items.
    let raw = coding == Coding::Signed && !matches!(bytes, 2 | 4 | 8);
    let wanted = if raw { size } else { (size / container as u64).saturating_mul(bytes as u64) };
    let there = cursor.available(wanted)?;
    if there < wanted && u128::from(wanted) > MAX_CLAIM {
        return Err(Error::malformed(format!("the header claims {size} bytes of audio, more than memory holds")));
    }
    let items = there / bytes as u64;
    if (raw && !there.is_multiple_of(bytes as u64)) || !items.is_multiple_of(fmt.channels as u64) {
        return Err(Error::malformed(format!(
            "{there} bytes of audio are no whole number of sample frames of {} bytes",
            bytes * fmt.channels
        )));
    }
    cursor.seek_past(there + size % 2);
    let sample = Sample { coding, bytes, order: cursor.order };
    Ok(Found { fmt, sample, extent: Extent { start, bytes: Some(items * bytes as u64) } })
}

/// The decoder of what was found; the rate is that of the last `fmt ` chunk.
fn finish(window: Window, last: Fmt, found: Found) -> Result<Box<dyn Decoder>> {
    let Found { fmt, sample, extent } = found;
    if fmt.channels > MAX_CHANNELS {
        return Err(Error::unsupported(format!("{} channels; at most {MAX_CHANNELS} are read", fmt.channels)));
    }
    let frame_bytes = (sample.bytes * fmt.channels) as u64;
    let frames = extent.bytes.map(|n| n / frame_bytes);
    let format = Format {
        container: "wav",
        codec: sample.codec(sample.bytes as u32 * 8),
        sample_rate: f64::from(last.sample_rate),
        channels: fmt.channels,
        speakers: 0,
        sample_type: sample.sample_type().unwrap_or(SampleType::I16),
        bits_per_sample: u32::from(fmt.bits),
        claimed_frames: frames,
        frames,
        bit_rate: Some(frame_bytes as f64 * 8.0 * f64::from(last.sample_rate)),
    };
    Ok(Box::new(PcmDecoder::new(window, format, sample, extent, Vec::new())))
}
