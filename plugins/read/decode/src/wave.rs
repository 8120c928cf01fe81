//! The `fmt ` chunk of WAVE, shared by RIFF, RIFX, RF64 and W64, and the decoder that it asks for.

use crate::Decoder;
use crate::adpcm::{AdpcmDecoder, Scheme};
use crate::data::{Claim, Extent, Grid, settle};
use crate::error::{Error, Result};
use crate::format::{Finding, Format, MAX_CHANNELS, SampleType, Severity};
use crate::pcm::{Coding, PcmDecoder, Sample};
use crate::source::{Order, WINDOW, Window};

/// What a `fmt ` chunk says, unweighed.
///
/// # Source
/// Microsoft, "Multiple channel audio data and WAVE files" (2007): WAVEFORMATEX and WAVEFORMATEXTENSIBLE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaveFormat {
    /// The format tag; that of the sub-format where the chunk is extensible.
    pub tag: u32,
    /// Whether it was WAVEFORMATEXTENSIBLE.
    pub extensible: bool,
    /// Channels.
    pub channels: u16,
    /// Sample frames a second.
    pub sample_rate: u32,
    /// Bytes a second.
    pub byte_rate: u32,
    /// Bytes of a sample frame or of an ADPCM block.
    pub block_align: u16,
    /// Bits of a sample's container.
    pub bits: u16,
    /// Bits that mean something; 0 where nothing is said.
    pub valid_bits: u16,
    /// Channel mask; 0 where nothing is said.
    pub mask: u32,
}

const EXTENSIBLE: u16 = 0xfffe;
/// The bytes of a sub-format GUID behind its tag: Microsoft's, and that of ambisonic B-format files.
const GUID_TAIL: [u8; 12] = [0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
const GUID_TAIL_BIG: [u8; 12] = [0, 0, 0, 0x10, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
const GUID_TAIL_AMBISONIC: [u8; 12] = [0x21, 7, 0xd3, 0x11, 0x86, 0x44, 0xc8, 0xc1, 0xca, 0, 0, 0];

/// The format tag in the first four bytes of a sub-format GUID. Writers of RIFX turn all four round, the first two (SoX
/// 14.4), or none.
fn sub_format(bytes: [u8; 4], order: Order) -> u32 {
    match (order, bytes) {
        (Order::Big, [low, 0, 0, 0]) => u32::from(low),
        (Order::Big, [high, low, 0, 0]) => u32::from(u16::from_be_bytes([high, low])),
        (order, bytes) => order.u32(bytes),
    }
}

impl WaveFormat {
    /// Reads the body of a `fmt ` chunk.
    ///
    /// # Errors
    /// When it has fewer than 16 bytes.
    pub fn parse(body: &[u8], order: Order) -> Result<Self> {
        let u16_at = |at: usize| body.get(at..at + 2).map(|b| order.u16([b[0], b[1]]));
        let u32_at = |at: usize| body.get(at..at + 4).map(|b| order.u32([b[0], b[1], b[2], b[3]]));
        let (Some(tag), Some(channels), Some(sample_rate), Some(byte_rate), Some(block_align), Some(bits)) =
            (u16_at(0), u16_at(2), u32_at(4), u32_at(8), u16_at(12), u16_at(14))
        else {
            return Err(Error::malformed(format!("the fmt chunk holds {} bytes, expected at least 16", body.len())));
        };
        let mut format = Self {
            tag: u32::from(tag),
            extensible: tag == EXTENSIBLE,
            channels,
            sample_rate,
            byte_rate,
            block_align,
            bits,
            valid_bits: 0,
            mask: 0,
        };
        if let (true, Some(valid), Some(mask), Some(guid)) =
            (format.extensible, u16_at(18), u32_at(20), body.get(24..40))
        {
            format.valid_bits = valid;
            format.mask = mask;
            let tail = &guid[4..];
            if tail == GUID_TAIL || tail == GUID_TAIL_BIG || tail == GUID_TAIL_AMBISONIC {
                format.tag = sub_format([guid[0], guid[1], guid[2], guid[3]], order);
            }
        }
        Ok(format)
    }

    /// The decoder for audio that starts at `start`.
    ///
    /// # Errors
    /// When the format cannot be read or makes no sense.
    pub fn decoder(
        &self,
        container: &'static str,
        order: Order,
        window: Window,
        start: u64,
        claim: Claim,
        mut findings: Vec<Finding>,
    ) -> Result<Box<dyn Decoder>> {
        let channels = usize::from(self.channels);
        check_channels_and_rate(channels, f64::from(self.sample_rate), &mut findings)?;
        let mut format = Format {
            container,
            codec: "",
            sample_rate: f64::from(self.sample_rate),
            channels,
            speakers: self.speakers(&mut findings),
            sample_type: SampleType::I16,
            bits_per_sample: 16,
            claimed_frames: None,
            frames: None,
            bit_rate: None,
        };
        let scheme = match self.tag {
            0x0002 => Some(Scheme::Microsoft),
            0x0011 => Some(Scheme::Ima),
            _ => None,
        };
        let Some(scheme) = scheme else {
            let sample = self.sample(order, &mut findings)?;
            let unit = (sample.bytes * channels) as u64;
            let bits = match self.valid_bits {
                0 => u32::from(self.bits),
                valid if valid <= self.bits => u32::from(valid),
                _ => u32::from(self.bits),
            };
            format.bits_per_sample = bits;
            return pcm_decoder(format, sample, window, start, claim, unit, findings);
        };
        let block = usize::from(self.block_align);
        if self.bits != 4 || block <= scheme.header_bytes(channels) || block > WINDOW {
            return Err(Error::malformed(format!(
                "ADPCM of {} bits in blocks of {block} bytes for {channels} channels: expected 4 bits and blocks of more than {} bytes",
                self.bits,
                scheme.header_bytes(channels)
            )));
        }
        let grid = Grid {
            unit_bytes: block as u64,
            unit_frames: scheme.block_frames(block, channels) as u64,
            sample_rate: format.sample_rate,
        };
        let extent = settle(start, claim, window.len(), grid, &mut findings);
        format.codec = match scheme {
            Scheme::Ima => "adpcm_ima",
            Scheme::Microsoft => "adpcm_ms",
            Scheme::Apple => "adpcm_ima",
        };
        format.frames = extent.bytes.map(|b| adpcm_frames(scheme, b, grid, channels));
        format.claimed_frames = match claim {
            Claim::Bytes(b) => Some(grid.frames(b)),
            Claim::Unknown | Claim::Open => None,
        };
        format.bit_rate = Some(grid.unit_bytes as f64 * 8.0 * format.sample_rate / grid.unit_frames as f64);
        Ok(Box::new(AdpcmDecoder::new(window, format, scheme, block, extent, findings)))
    }

    /// The sample that the chunk describes; where its figures disagree, the ones that make sense.
    fn sample(&self, order: Order, findings: &mut Vec<Finding>) -> Result<Sample> {
        let channels = usize::from(self.channels);
        let one_byte = |coding| Ok(Sample { coding, bytes: 1, order });
        match self.tag {
            0x0006 => return one_byte(Coding::Alaw),
            0x0007 => return one_byte(Coding::Mulaw),
            0x0001 | 0x0003 => {}
            tag => {
                return Err(Error::unsupported(format!(
                    "WAVE holds {} (format tag {tag:#06x}); expected PCM, float, A-law, mu-law or IMA/MS ADPCM",
                    tag_name(tag)
                )));
            }
        }
        let from_bits = usize::from(self.bits).div_ceil(8);
        let align = usize::from(self.block_align);
        if self.bits == 0 {
            return Err(Error::malformed(format!(
                "the header says 0 bits a sample and {align} bytes a sample frame of {channels} channels"
            )));
        }
        let bytes = if align == channels * from_bits {
            from_bits
        } else {
            // Some writers say 24 bits and store each in four bytes.
            let wide = from_bits == 3 && align == channels * 4;
            let bytes = if wide { 4 } else { from_bits };
            findings.push(Finding::new(
                "header-block-align",
                Severity::Warning,
                format!(
                    "the header says {align} bytes a sample frame, but {channels} x {} bits are {}; read as {bytes} bytes a sample",
                    self.bits,
                    channels * from_bits
                ),
            ));
            bytes
        };
        if !self.bits.is_multiple_of(8) && !self.extensible {
            findings.push(Finding::new(
                "header-bits",
                Severity::Note,
                format!(
                    "{} bits a sample, which some programs misread; taken as the upper bits of {}",
                    self.bits,
                    bytes * 8
                ),
            ));
        }
        let coding = match (self.tag, bytes) {
            (0x0003, _) => Coding::Float,
            (_, 1) => Coding::Unsigned,
            _ => Coding::Signed,
        };
        let sample = Sample { coding, bytes, order };
        if sample.sample_type().is_none() || (coding == Coding::Float && usize::from(self.bits) != bytes * 8) {
            return Err(Error::unsupported(format!(
                "{} samples of {} bits in {bytes} bytes",
                if coding == Coding::Float { "float" } else { "integer" },
                self.bits
            )));
        }
        let byte_rate = u64::from(self.sample_rate) * (bytes * channels) as u64;
        if u64::from(self.byte_rate) != byte_rate {
            findings.push(Finding::new(
                "header-byte-rate",
                Severity::Warning,
                format!("the header says {} bytes a second; its format has {byte_rate}", self.byte_rate),
            ));
        }
        if self.valid_bits > self.bits {
            findings.push(Finding::new(
                "header-valid-bits",
                Severity::Warning,
                format!("the header says {} valid bits in {}", self.valid_bits, self.bits),
            ));
        }
        Ok(sample)
    }

    fn speakers(&self, findings: &mut Vec<Finding>) -> u32 {
        if self.mask.count_ones() > u32::from(self.channels) {
            findings.push(Finding::new(
                "header-channel-mask",
                Severity::Warning,
                format!(
                    "the channel mask {:#x} names {} loudspeakers for {} channels",
                    self.mask,
                    self.mask.count_ones(),
                    self.channels
                ),
            ));
            return 0;
        }
        match (self.mask, self.channels) {
            (0, 1) if !self.extensible => 0x4,
            (0, 2) if !self.extensible => 0x3,
            (mask, _) => mask,
        }
    }
}

/// Sample frames in `bytes`, those of a last incomplete block included.
fn adpcm_frames(scheme: Scheme, bytes: u64, grid: Grid, channels: usize) -> u64 {
    let rest = (bytes % grid.unit_bytes) as usize;
    let header = scheme.header_bytes(channels);
    let partial = match (rest.checked_sub(header), scheme) {
        (None, _) => 0,
        (Some(codes), Scheme::Ima) => codes / (4 * channels) * 8 + 1,
        (Some(codes), Scheme::Microsoft) => codes * 2 / channels + 2,
        (Some(_), Scheme::Apple) => 0,
    };
    grid.frames(bytes) + partial as u64
}

/// A decoder of fixed-size samples, with its extent settled and its format completed.
///
/// # Errors
/// Never for a sample that has a type.
pub(crate) fn pcm_decoder(
    mut format: Format,
    sample: Sample,
    window: Window,
    start: u64,
    claim: Claim,
    unit_bytes: u64,
    mut findings: Vec<Finding>,
) -> Result<Box<dyn Decoder>> {
    let Some(sample_type) = sample.sample_type() else {
        return Err(Error::unsupported(format!("{:?} samples of {} bytes", sample.coding, sample.bytes)));
    };
    let grid = Grid { unit_bytes, unit_frames: 1, sample_rate: format.sample_rate };
    let extent: Extent = settle(start, claim, window.len(), grid, &mut findings);
    if matches!(sample.coding, Coding::Alaw | Coding::Mulaw) {
        format.bits_per_sample = 8;
    }
    format.codec = sample.codec(sample.bytes as u32 * 8);
    format.sample_type = sample_type;
    format.frames = extent.bytes.map(|b| grid.frames(b));
    format.claimed_frames = match claim {
        Claim::Bytes(b) => Some(grid.frames(b)),
        Claim::Unknown | Claim::Open => None,
    };
    format.bit_rate = Some(unit_bytes as f64 * 8.0 * format.sample_rate);
    Ok(Box::new(PcmDecoder::new(window, format, sample, extent, findings)))
}

/// Refuses what no stream can have, and reports what hardly any has.
///
/// # Errors
/// No channels, too many, or a rate that is no positive number.
pub(crate) fn check_channels_and_rate(channels: usize, sample_rate: f64, findings: &mut Vec<Finding>) -> Result<()> {
    if channels == 0 || channels > MAX_CHANNELS {
        return Err(Error::malformed(format!("the header says {channels} channels; expected 1 to {MAX_CHANNELS}")));
    }
    if !sample_rate.is_finite() || sample_rate <= 0.0 {
        return Err(Error::malformed(format!(
            "the header says a sample rate of {sample_rate} Hz; expected a number above 0"
        )));
    }
    if !(1.0..=6_144_000.0).contains(&sample_rate) {
        findings.push(Finding::new(
            "header-sample-rate",
            Severity::Warning,
            format!("a sample rate of {sample_rate} Hz is hardly meant"),
        ));
    }
    Ok(())
}

/// Names of format tags that are met in the wild.
fn tag_name(tag: u32) -> &'static str {
    match tag {
        0x0010 => "OKI ADPCM",
        0x0022 => "TrueSpeech",
        0x0031 => "GSM 6.10",
        0x0040 => "G.721 ADPCM",
        0x0050 => "MPEG audio layer 1 or 2",
        0x0055 => "MP3",
        0x00ff | 0x1600 | 0x1610 => "AAC",
        0x0161 | 0x0162 => "Windows Media Audio",
        0x0270 => "ATRAC3",
        0x2000 => "AC-3",
        0x2001 => "DTS",
        0x674f..=0x6771 => "Vorbis",
        0xf1ac => "FLAC",
        0xfffe => "an extensible format with an unknown sub-format",
        _ => "an unknown codec",
    }
}
