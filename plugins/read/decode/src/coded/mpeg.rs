//! MPEG audio frame headers: telling MP3 and ADTS from noise, and what an MP3's own header frame claims.

use crate::error::Result;
use crate::source::Window;

/// How far a first frame is looked for behind tags and padding.
const SEARCH: u64 = 64 * 1024;

/// The facts of one MPEG audio layer III frame header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Bytes from this header to the next.
    pub bytes: u32,
    /// Sample frames a second.
    pub sample_rate: u32,
    /// Bits a second.
    pub bit_rate: u32,
    /// One or two.
    pub channels: u32,
    /// Bytes of side information behind the header.
    side_bytes: u32,
}

/// Where layer III begins, and what its header frame claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer3 {
    /// The first frame's byte.
    pub start: u64,
    /// The first frame.
    pub header: Header,
    /// What a Xing, Info or VBRI header frame claims.
    pub claim: Option<StreamClaim>,
}

/// The claim of an MP3's header frame about the whole stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StreamClaim {
    /// Whether it counts the frames.
    pub frames: bool,
    /// Its bytes, where it says.
    pub bytes: Option<u64>,
}

impl Header {
    /// Reads a layer III header.
    ///
    /// # Source
    /// ISO/IEC 11172-3, 2.4.1.3 and 2.4.2.3; ISO/IEC 13818-3, 2.4.2.3 for the lower sample rates.
    pub fn parse(word: u32) -> Option<Self> {
        const MPEG1: [u32; 15] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
        const MPEG2: [u32; 15] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
        let field = |shift: u32, bits: u32| (word >> shift) & ((1 << bits) - 1);
        let (version, layer, rate) = (field(19, 2), field(17, 2), field(10, 2) as usize);
        if field(21, 11) != 0x7ff || layer != 1 || version == 1 || rate == 3 || field(0, 2) == 2 {
            return None;
        }
        let mpeg1 = version == 3;
        let table = if mpeg1 { MPEG1 } else { MPEG2 };
        let bit_rate = table.get(field(12, 4) as usize).filter(|&&k| k > 0)? * 1000;
        let sample_rate = [44_100, 48_000, 32_000][rate]
            >> match version {
                3 => 0,
                2 => 1,
                _ => 2,
            };
        let channels = if field(6, 2) == 3 { 1 } else { 2 };
        let side_bytes = match (mpeg1, channels) {
            (true, 2) => 32,
            (true, _) | (false, 2) => 17,
            (false, _) => 9,
        };
        let slots = if mpeg1 { 144 } else { 72 };
        let bytes = slots * bit_rate / sample_rate + field(9, 1);
        Some(Self { bytes, sample_rate, bit_rate, channels, side_bytes })
    }

    fn continues(&self, other: &Self) -> bool {
        self.sample_rate == other.sample_rate
    }
}

/// Finds layer III at `start` or, between other bytes, a little later.
///
/// # Errors
/// When the source fails.
pub fn find_layer3(window: &mut Window, start: u64) -> Result<Option<Layer3>> {
    for at in start..start + SEARCH {
        let Some(word) = window.array(at)?.map(u32::from_be_bytes) else { break };
        let Some(header) = Header::parse(word) else { continue };
        // One header proves little; the more so behind other bytes.
        let wanted = if at == start { 1 } else { 3 };
        if !follows(window, at, header, wanted)? {
            continue;
        }
        let claim = claim(window, at, header)?;
        return Ok(Some(Layer3 { start: at, header, claim }));
    }
    Ok(None)
}

/// Whether so many headers more stand where they must; the end of the source is as good as one.
fn follows(window: &mut Window, at: u64, first: Header, wanted: usize) -> Result<bool> {
    let (mut at, mut header) = (at, first);
    for met in 0..wanted {
        at += u64::from(header.bytes);
        let Some(word) = window.array(at)?.map(u32::from_be_bytes) else {
            return Ok(met > 0 || wanted == 1);
        };
        match Header::parse(word).filter(|next| first.continues(next)) {
            Some(next) => header = next,
            None => return Ok(false),
        }
    }
    Ok(true)
}

/// The claim of a Xing, Info or VBRI header frame.
fn claim(window: &mut Window, at: u64, header: Header) -> Result<Option<StreamClaim>> {
    let number = |b: &[u8]| b.iter().fold(0, |sum, &x| sum << 8 | u64::from(x));
    let tag = at + 4 + u64::from(header.side_bytes);
    if let Some(b) = window.array::<16>(tag)?
        && matches!(&b[..4], b"Xing" | b"Info")
    {
        let (frames, bytes) = (b[7] & 1 != 0, b[7] & 2 != 0);
        let at = if frames { 12 } else { 8 };
        return Ok(Some(StreamClaim { frames, bytes: bytes.then(|| number(&b[at..at + 4])) }));
    }
    let vbri = window.array::<14>(at + 36)?.filter(|b| &b[..4] == b"VBRI");
    Ok(vbri.map(|b| StreamClaim { frames: true, bytes: Some(number(&b[10..14])) }))
}

/// Whether an ADTS frame (AAC without a container) starts at `at`, followed by another or by the end.
///
/// # Errors
/// When the source fails.
///
/// # Source
/// ISO/IEC 13818-7, 6.2: syncword, layer 0, 13 bits of frame length.
pub fn is_adts(window: &mut Window, at: u64) -> Result<bool> {
    let mut at = at;
    for met in 0..3 {
        let Some(b) = window.array::<7>(at)? else { return Ok(met > 0) };
        let length = u64::from(b[3] & 3) << 11 | u64::from(b[4]) << 3 | u64::from(b[5] >> 5);
        if b[0] != 0xff || b[1] & 0xf6 != 0xf0 || (b[2] >> 2) & 15 > 12 || length < 7 {
            return Ok(false);
        }
        at += length;
    }
    Ok(true)
}

/// The first byte behind any ID3v2 tags at the start.
///
/// # Errors
/// When the source fails.
///
/// # Source
/// ID3v2.4.0 main structure, section 3.1: four times seven bits of size, 10 bytes of header, 10 of a footer.
pub fn behind_id3(window: &mut Window) -> Result<u64> {
    let mut at = 0;
    while let Some(b) = window.array::<10>(at)? {
        if &b[..3] != b"ID3" || b[6..].iter().any(|&x| x > 0x7f) {
            break;
        }
        let size = b[6..].iter().fold(0, |sum, &x| sum << 7 | u64::from(x));
        at += 10 + size + if b[5] & 0x10 != 0 { 10 } else { 0 };
    }
    Ok(at)
}

#[cfg(test)]
mod tests {
    use super::Header;

    #[test]
    fn headers() {
        let header = Header::parse(0xfffb_9064).expect("MPEG-1 layer III, 128 kbit/s, 44.1 kHz, joint stereo");
        assert_eq!((header.bytes, header.sample_rate, header.channels), (417, 44_100, 2));
        let header = Header::parse(0xfff3_88c4).expect("MPEG-2 layer III, 64 kbit/s, 24 or 22.05 kHz, mono");
        assert_eq!(header.channels, 1);
        for word in [0, 0xffff_ffff, 0xffe0_0000, 0xfffb_f064, 0xfffb_9c64, 0xfff1_9064] {
            assert_eq!(Header::parse(word), None, "{word:#x}");
        }
    }
}
