//! The identification header of Opus in Ogg, and the lengths of its packets.

use crate::error::{Error, Result};
use auricle_opus::Streams;

/// What an Opus stream says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// Channels.
    pub channels: usize,
    /// Decoded samples before the first one that counts, at 48 kHz.
    pub preskip: u32,
    /// The rate of what went into the encoder; 0 where nothing is said.
    pub input_rate: u32,
    /// Factor of the decoded samples.
    pub gain: f32,
    /// How the channels lie in the packets, in WAVE's order.
    pub streams: Streams,
    /// Loudspeakers in the bits of WAVE's channel mask; 0 where the channels have no places.
    pub speakers: u32,
}

/// WAVE's channel masks of one to eight channels.
const SPEAKERS: [u32; 8] = [0x4, 0x3, 0x7, 0x33, 0x37, 0x3f, 0x70f, 0x63f];

/// For each channel in Vorbis's order, its place in WAVE's.
///
/// # Source
/// Vorbis I specification, 4.3.9; RFC 7845, section 5.1.1.2.
pub fn wave_order(channels: usize) -> &'static [usize] {
    match channels {
        3 => &[0, 2, 1],
        5 => &[0, 2, 1, 3, 4],
        6 => &[0, 2, 1, 4, 5, 3],
        7 => &[0, 2, 1, 5, 6, 4, 3],
        8 => &[0, 2, 1, 6, 7, 4, 5, 3],
        _ => &[],
    }
}

impl Head {
    /// Whether a packet is an identification header.
    pub fn is_one(packet: &[u8]) -> bool {
        packet.starts_with(b"OpusHead")
    }

    /// Reads a header.
    ///
    /// # Errors
    /// It is cut, of a version that is not known, or contradicts itself.
    ///
    /// # Source
    /// RFC 7845, section 5.1; for the families section 5.1.1.
    pub fn parse(packet: &[u8]) -> Result<Self> {
        let Some((fixed, table)) = packet.split_first_chunk::<19>() else {
            return Err(Error::malformed(format!("the Opus header has {} bytes, expected at least 19", packet.len())));
        };
        let (version, channels, family) = (fixed[8], fixed[9], fixed[18]);
        if version > 15 {
            return Err(Error::unsupported(format!(
                "Opus headers of version {version} are not read; expected up to 15"
            )));
        }
        let count = usize::from(channels);
        let streams = match (family, table) {
            (0, _) if (1..=2).contains(&channels) => {
                Streams { streams: 1, coupled: channels - 1, mapping: (0..channels).collect() }
            }
            (1 | 2 | 255, [streams, coupled, mapping @ ..]) if mapping.len() >= count => {
                Streams { streams: *streams, coupled: *coupled, mapping: mapping[..count].to_vec() }
            }
            (0 | 1 | 2 | 255, _) => {
                return Err(Error::malformed(format!(
                    "an Opus header of family {family} cannot have {channels} channels"
                )));
            }
            _ => return Err(Error::unsupported(format!("Opus channel mappings of family {family} are not read"))),
        };
        let decoded = u32::from(streams.streams) + u32::from(streams.coupled);
        let wrong = streams.mapping.iter().find(|&&of| of != 255 && u32::from(of) >= decoded);
        if count == 0 || family == 1 && count > 8 || streams.streams == 0 || streams.coupled > streams.streams {
            return Err(Error::malformed(format!(
                "the Opus header says {channels} channels in {} streams, {} of them coupled, family {family}",
                streams.streams, streams.coupled
            )));
        }
        if let Some(of) = wrong {
            return Err(Error::malformed(format!(
                "the Opus header maps a channel to stream channel {of} of {decoded}"
            )));
        }
        let gain = i16::from_le_bytes([fixed[16], fixed[17]]);
        Ok(Head {
            channels: count,
            preskip: u16::from_le_bytes([fixed[10], fixed[11]]).into(),
            input_rate: u32::from_le_bytes([fixed[12], fixed[13], fixed[14], fixed[15]]),
            // Q7.8 decibels.
            gain: if gain == 0 { 1.0 } else { 10f64.powf(f64::from(gain) / 5120.0) as f32 },
            streams: in_wave_order(streams, if family == 1 { wave_order(count) } else { &[] }),
            speakers: if family <= 1 { SPEAKERS[count - 1] } else { 0 },
        })
    }
}

fn in_wave_order(streams: Streams, order: &[usize]) -> Streams {
    let mut mapping = streams.mapping.clone();
    for (of, &place) in streams.mapping.iter().zip(order) {
        mapping[place] = *of;
    }
    Streams { mapping, ..streams }
}

/// Sample frames at 48 kHz that a packet decodes to; 0 for one that no decoder takes.
///
/// # Source
/// RFC 6716, section 3.1, table 2 (frame sizes) and section 3.2 (counts; at most 120 ms).
pub fn duration(packet: &[u8]) -> u32 {
    let Some(&toc) = packet.first() else { return 0 };
    let frame = match toc >> 3 {
        config @ 0..12 => [480, 960, 1920, 2880][usize::from(config & 3)],
        config @ 12..16 => [480, 960][usize::from(config & 1)],
        config => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => packet.get(1).map_or(0, |&b| u32::from(b & 0x3f)),
    };
    let frames = frame * count;
    if frames > auricle_opus::MAX_FRAMES as u32 { 0 } else { frames }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(channels: u8, family: u8, table: &[u8]) -> Vec<u8> {
        [&b"OpusHead"[..], &[1, channels, 0x38, 1, 0x44, 0xac, 0, 0, 0, 1, family], table].concat()
    }

    #[test]
    fn headers_say_layout_gain_and_skip() {
        let head = Head::parse(&header(2, 0, &[])).expect("a header");
        assert_eq!((head.channels, head.preskip, head.input_rate, head.speakers), (2, 312, 44_100, 3));
        assert!((head.gain - 1.122_018_5).abs() < 1e-6, "1 dB, got {}", head.gain);
        // 5.1: FL FC FR BL BR LFE of two coupled streams and two single ones.
        let head = Head::parse(&header(6, 1, &[4, 2, 0, 4, 1, 2, 3, 5])).expect("a header");
        assert_eq!((head.streams.mapping, head.speakers), (vec![0, 1, 4, 5, 2, 3], 0x3f));
    }

    #[test]
    fn headers_that_contradict_themselves_are_refused() {
        let cut = header(1, 0, &[]);
        assert!(Head::parse(&cut[..18]).is_err());
        let rows: [(u8, u8, &[u8]); 8] = [
            (0, 0, &[]),
            (3, 0, &[]),
            (6, 1, &[4, 2, 0, 4]),
            (9, 1, &[9, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]),
            (1, 1, &[0, 0, 255]),
            (2, 1, &[1, 2, 0, 1]),
            (2, 1, &[1, 1, 0, 2]),
            (4, 3, &[2, 2, 0, 0]),
        ];
        for (channels, family, table) in rows {
            assert!(Head::parse(&header(channels, family, table)).is_err(), "{channels} channels, family {family}");
        }
    }

    #[test]
    fn packets_say_how_long_they_are() {
        for (packet, frames) in [
            (&[0u8][..], 480),
            (&[11 << 3], 2880),
            (&[13 << 3 | 1], 1920),
            (&[16 << 3], 120),
            (&[31 << 3 | 3, 6], 5760),
            (&[31 << 3 | 3, 7], 0),
            (&[3], 0),
            (&[], 0),
        ] {
            assert_eq!(duration(packet), frames, "{packet:?}");
        }
    }
}
