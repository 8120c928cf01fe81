//! The head of a WAV file: RIFF up to 4 GiB, RF64 beyond.
//!
//! Source: Multimedia Programming Interface and Data Specifications 1.0 (IBM, Microsoft, 1991), "WAVE"; Multiple
//! Channel Audio Data and WAVE Files (Microsoft, 2007); EBU Tech 3306 v1.1 and ITU-R BS.2088-1 (RF64).

use super::encode::Encoding;

/// `WAVE_FORMAT_PCM`, `WAVE_FORMAT_IEEE_FLOAT`, `WAVE_FORMAT_EXTENSIBLE`.
const PCM: u16 = 1;
const FLOAT: u16 = 3;
const EXTENSIBLE: u16 = 0xfffe;
/// What follows the format's number in the GUIDs of PCM and float.
const GUID_TAIL: [u8; 14] = [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
/// Content of the `ds64` chunk, and of the `JUNK` that keeps its place.
const DS64: u32 = 28;
/// Speakers by the bit that stands for them in a channel mask.
const SPEAKERS: [&str; 18] = [
    "FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC", "BC", "SL", "SR", "TC", "TFL", "TFC", "TFR", "TBL", "TBC", "TBR",
];

/// What a WAV file says about its samples.
#[derive(Clone, Copy, Debug)]
pub struct Header {
    /// How samples are stored.
    pub encoding: Encoding,
    /// Number of channels.
    pub channels: u16,
    /// Sample rate in Hz.
    pub sample_rate: u32,
    /// Speakers of the channels, 0 when unknown.
    pub mask: u32,
    /// Is room kept for sizes over 4 GiB?
    pub room: bool,
}

impl Header {
    /// The head for `frames` sample frames, always equally long; `None` if they need the room that was not kept.
    pub fn bytes(&self, frames: u64) -> Option<Vec<u8>> {
        let align = u64::from(self.channels) * self.encoding.bytes() as u64;
        let data = frames * align;
        let mut chunks = b"WAVE".to_vec();
        let large = self.file_size(data) > u64::from(u32::MAX);
        if large && !self.room {
            return None;
        }
        if self.room {
            chunks.extend(if large { b"ds64" } else { b"JUNK" });
            chunks.extend(DS64.to_le_bytes());
            let sizes = if large { [self.file_size(data) - 8, data, frames] } else { [0; 3] };
            sizes.iter().for_each(|size| chunks.extend(size.to_le_bytes()));
            chunks.extend([0; 4]);
        }
        let format = self.format();
        chunks.extend(b"fmt ");
        chunks.extend((format.len() as u32).to_le_bytes());
        chunks.extend(format);
        if self.encoding.is_float() {
            chunks.extend(b"fact");
            chunks.extend(4u32.to_le_bytes());
            chunks.extend(u32::try_from(frames).unwrap_or(u32::MAX).to_le_bytes());
        }
        chunks.extend(b"data");
        chunks.extend(if large { u32::MAX } else { data as u32 }.to_le_bytes());
        let mut bytes = if large { b"RF64".to_vec() } else { b"RIFF".to_vec() };
        bytes.extend(if large { u32::MAX } else { (self.file_size(data) - 8) as u32 }.to_le_bytes());
        bytes.extend(chunks);
        Some(bytes)
    }

    /// Bytes before the samples.
    pub fn len(&self) -> u64 {
        let fact = if self.encoding.is_float() { 12 } else { 0 };
        let room = if self.room { 8 + u64::from(DS64) } else { 0 };
        12 + room + 8 + self.format().len() as u64 + fact + 8
    }

    /// Bytes of a file with `data` bytes of samples, which are padded to an even number.
    pub fn file_size(&self, data: u64) -> u64 {
        self.len() + data.next_multiple_of(2)
    }

    /// Content of the `fmt ` chunk. The extended form is due for more than two channels or 16 bits of PCM.
    fn format(&self) -> Vec<u8> {
        let code = if self.encoding.is_float() { FLOAT } else { PCM };
        let bits = self.encoding.bytes() as u16 * 8;
        let extended = self.channels > 2 || (code == PCM && bits > 16);
        let align = self.channels * self.encoding.bytes() as u16;
        let mut bytes = Vec::new();
        bytes.extend(if extended { EXTENSIBLE } else { code }.to_le_bytes());
        bytes.extend(self.channels.to_le_bytes());
        bytes.extend(self.sample_rate.to_le_bytes());
        bytes.extend(self.sample_rate.saturating_mul(u32::from(align)).to_le_bytes());
        bytes.extend(align.to_le_bytes());
        bytes.extend(bits.to_le_bytes());
        if extended {
            bytes.extend(22u16.to_le_bytes());
            bytes.extend(bits.to_le_bytes());
            bytes.extend(self.mask.to_le_bytes());
            bytes.extend(code.to_le_bytes());
            bytes.extend(GUID_TAIL);
        } else if code != PCM {
            bytes.extend(0u16.to_le_bytes());
        }
        bytes
    }
}

/// The channel mask of speakers such as `"FL,FR,FC"`, 0 when they are unknown or not in the order of a mask.
pub fn mask(channel_layout: &str, channels: usize) -> u32 {
    if channel_layout.is_empty() {
        return match channels {
            1 => 1 << 2,
            2 => 0b11,
            _ => 0,
        };
    }
    let bits: Vec<usize> =
        channel_layout.split(',').map_while(|name| SPEAKERS.iter().position(|s| *s == name.trim())).collect();
    let in_order = bits.len() == channels && bits.is_sorted_by(|a, b| a < b);
    if in_order { bits.iter().map(|bit| 1 << bit).sum() } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(encoding: Encoding, channels: u16, room: bool) -> Header {
        Header { encoding, channels, sample_rate: 48_000, mask: 0, room }
    }

    #[test]
    fn sixteen_bit_stereo_is_the_classic_head() {
        let bytes = header(Encoding::Pcm16, 2, false).bytes(10).expect("small");
        let expected =
            b"RIFF\x4c\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0\x80\xbb\0\0\0\xee\x02\0\x04\0\x10\0data\x28\0\0\0";
        assert_eq!(bytes, expected);
    }

    #[test]
    fn every_head_is_as_long_as_it_says() {
        for encoding in [Encoding::U8, Encoding::Pcm24, Encoding::Float32] {
            for (channels, room) in [(1, false), (1, true), (6, true)] {
                let head = header(encoding, channels, room);
                assert_eq!(head.bytes(3).expect("small").len() as u64, head.len());
            }
        }
    }

    #[test]
    fn over_four_gibibytes_it_is_rf64() {
        let frames = (1u64 << 32) / 8;
        assert!(header(Encoding::Float32, 2, false).bytes(frames).is_none());
        let head = header(Encoding::Float32, 2, true);
        let bytes = head.bytes(frames).expect("there is room");
        assert_eq!(&bytes[..20], b"RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0");
        let at = |from: usize| u64::from_le_bytes(bytes[from..from + 8].try_into().expect("eight bytes"));
        assert_eq!((at(20), at(28), at(36)), (head.len() + (1 << 32) - 8, 1 << 32, frames));
        assert_eq!(&bytes[bytes.len() - 8..], b"data\xff\xff\xff\xff");
        let last = (u64::from(u32::MAX) - head.len()) / 8;
        assert_eq!(&head.bytes(last).expect("small")[..4], b"RIFF");
        assert_eq!(&head.bytes(last + 1).expect("there is room")[..4], b"RF64");
    }

    #[test]
    fn masks_follow_the_speakers() {
        for (speakers, channels, expected) in [
            ("", 1, 4),
            ("", 2, 3),
            ("", 6, 0),
            ("FL,FR,FC,LFE,SL,SR", 6, 0x60f),
            ("FR,FL", 2, 0),
            ("FL,??", 2, 0),
            ("FL", 2, 0),
        ] {
            assert_eq!(mask(speakers, channels), expected, "{speakers}");
        }
    }
}
