//! IMA and Microsoft ADPCM in WAVE: blocks of 4-bit steps, each block decodable alone.
//!
//! The roundings are those of the IMA recommendation and of libsndfile (shift per bit); decoders that
//! multiply instead differ in the last bits.

use crate::Decoder;
use crate::data::Extent;
use crate::error::Result;
use crate::format::{Finding, Format, Planes, Severity};
use crate::source::Window;

/// Which of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// IMA/DVI, tag 0x0011.
    Ima,
    /// Microsoft, tag 0x0002.
    Microsoft,
    /// IMA in the packets of Apple's `ima4`.
    Apple,
}

impl Scheme {
    /// Sample frames in a block of so many bytes.
    pub fn block_frames(self, bytes: usize, channels: usize) -> usize {
        match self {
            Self::Ima => bytes.saturating_sub(4 * channels) / (4 * channels) * 8 + 1,
            Self::Microsoft => (bytes.saturating_sub(7 * channels)) * 2 / channels + 2,
            Self::Apple => 64,
        }
    }

    /// Bytes of a block's header.
    pub fn header_bytes(self, channels: usize) -> usize {
        match self {
            Self::Ima => 4 * channels,
            Self::Microsoft => 7 * channels,
            Self::Apple => 2 * channels,
        }
    }
}

/// A decoder of ADPCM blocks.
pub struct AdpcmDecoder {
    window: Window,
    format: Format,
    scheme: Scheme,
    block_bytes: usize,
    extent: Extent,
    block: u64,
    decoded: Vec<Vec<i16>>,
    taken: usize,
    findings: Vec<Finding>,
}

impl AdpcmDecoder {
    /// A decoder at sample frame 0.
    pub fn new(
        window: Window,
        format: Format,
        scheme: Scheme,
        block_bytes: usize,
        extent: Extent,
        findings: Vec<Finding>,
    ) -> Self {
        let decoded = vec![Vec::new(); format.channels];
        Self { window, format, scheme, block_bytes, extent, block: 0, decoded, taken: 0, findings }
    }

    /// Decodes the next block; `false` at the end.
    fn next_block(&mut self) -> Result<bool> {
        let past = self.block.saturating_mul(self.block_bytes as u64);
        let left = self.extent.bytes.map_or(u64::MAX, |b| b.saturating_sub(past));
        let want = usize::try_from(left).unwrap_or(usize::MAX).min(self.block_bytes);
        for plane in &mut self.decoded {
            plane.clear();
        }
        self.taken = 0;
        let bytes = self.window.bytes(self.extent.start.saturating_add(past), want)?;
        if bytes.len() < self.scheme.header_bytes(self.format.channels) {
            return Ok(false);
        }
        let sound = match self.scheme {
            Scheme::Ima => ima(bytes, &mut self.decoded),
            Scheme::Microsoft => microsoft(bytes, &mut self.decoded),
            Scheme::Apple => apple(bytes, &mut self.decoded),
        };
        if !sound && !self.findings.iter().any(|f| f.code == "adpcm-block") {
            let at = self.block * self.scheme.block_frames(self.block_bytes, self.format.channels) as u64;
            self.findings.push(
                Finding::new(
                    "adpcm-block",
                    Severity::Damage,
                    "an ADPCM block has an impossible header; its values are limited",
                )
                .at(at),
            );
        }
        self.block += 1;
        Ok(true)
    }
}

impl Decoder for AdpcmDecoder {
    fn format(&self) -> &Format {
        &self.format
    }

    fn read(&mut self, n: usize, planes: &mut Planes) -> Result<usize> {
        let mut done = 0;
        while done < n {
            let ready = self.decoded[0].len() - self.taken;
            if ready == 0 {
                if !self.next_block()? {
                    break;
                }
                continue;
            }
            let take = ready.min(n - done);
            if let Planes::I16(out) = planes {
                for (out, plane) in out.iter_mut().zip(&self.decoded) {
                    out.extend_from_slice(&plane[self.taken..self.taken + take]);
                }
            }
            self.taken += take;
            done += take;
        }
        Ok(done)
    }

    fn seek(&mut self, frame: u64) -> Result<()> {
        let frame = self.format.frames.map_or(frame, |frames| frame.min(frames));
        let per_block = self.scheme.block_frames(self.block_bytes, self.format.channels) as u64;
        self.block = frame / per_block;
        self.decoded.iter_mut().for_each(Vec::clear);
        self.taken = 0;
        if self.next_block()? {
            self.taken = ((frame % per_block) as usize).min(self.decoded[0].len());
        }
        Ok(())
    }

    fn findings(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.findings)
    }

    fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}

/// Step sizes of IMA ADPCM.
///
/// # Source
/// IMA Digital Audio Focus and Technical Working Groups, Recommended Practices 3.00 (1992), section 6, table 2.
#[rustfmt::skip]
const IMA_STEPS: [i32; 89] = [
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107,
    118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963,
    1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894,
    6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794,
    32767,
];

/// Changes of the step index, by the three magnitude bits.
///
/// # Source
/// As [`IMA_STEPS`], table 1.
const IMA_INDEX: [i32; 8] = [-1, -1, -1, -1, 2, 4, 6, 8];

/// One channel's state of an IMA decoder.
struct Ima {
    predictor: i32,
    index: i32,
}

impl Ima {
    fn step(&mut self, code: u8) -> i16 {
        let step = IMA_STEPS[self.index as usize];
        let mut difference = step >> 3;
        if code & 1 != 0 {
            difference += step >> 2;
        }
        if code & 2 != 0 {
            difference += step >> 1;
        }
        if code & 4 != 0 {
            difference += step;
        }
        if code & 8 != 0 {
            difference = -difference;
        }
        self.predictor = (self.predictor + difference).clamp(-32_768, 32_767);
        self.index = (self.index + IMA_INDEX[usize::from(code & 7)]).clamp(0, 88);
        self.predictor as i16
    }
}

/// Decodes one IMA block; `false` if its header holds an impossible step index.
///
/// # Source
/// Microsoft, Multimedia Data Standards Update (1994), DVI ADPCM: per channel 4 bytes of header, then 4 bytes of
/// one channel after another, low nibble first.
fn ima(bytes: &[u8], planes: &mut [Vec<i16>]) -> bool {
    let channels = planes.len();
    let (header, body) = bytes.split_at(4 * channels);
    let mut sound = true;
    let mut states = Vec::with_capacity(channels);
    for (head, plane) in header.chunks_exact(4).zip(planes.iter_mut()) {
        let predictor = i16::from_le_bytes([head[0], head[1]]);
        sound &= head[2] <= 88;
        plane.push(predictor);
        states.push(Ima { predictor: i32::from(predictor), index: i32::from(head[2].min(88)) });
    }
    for group in body.chunks_exact(4 * channels) {
        for ((codes, plane), state) in group.chunks_exact(4).zip(planes.iter_mut()).zip(&mut states) {
            for &pair in codes {
                plane.push(state.step(pair & 15));
                plane.push(state.step(pair >> 4));
            }
        }
    }
    sound
}

/// Decodes one packet a channel of Apple's `ima4`; `false` if a header holds an impossible step index.
///
/// # Source
/// Apple, Technical Note TN1081 (1996): 2 bytes of header (9 bits of predictor, 7 of step index), 32 bytes of codes.
fn apple(bytes: &[u8], planes: &mut [Vec<i16>]) -> bool {
    let mut sound = true;
    for (packet, plane) in bytes.chunks_exact(34).zip(planes.iter_mut()) {
        let head = i16::from_be_bytes([packet[0], packet[1]]);
        let index = i32::from(head & 0x7f);
        sound &= index <= 88;
        let mut state = Ima { predictor: i32::from(head & !0x7f), index: index.min(88) };
        for &pair in &packet[2..] {
            plane.push(state.step(pair & 15));
            plane.push(state.step(pair >> 4));
        }
    }
    sound
}

/// Predictor coefficients and step adaptation of Microsoft ADPCM.
///
/// # Source
/// Microsoft, Multimedia Data Standards Update (1994), "Microsoft ADPCM": AdaptCoeff1, AdaptCoeff2, AdaptationTable.
const MS_COEFFICIENTS: [(i32, i32); 7] = [(256, 0), (512, -256), (0, 0), (192, 64), (240, 0), (460, -208), (392, -232)];
const MS_ADAPTATION: [i32; 16] = [230, 230, 230, 230, 307, 409, 512, 614, 768, 614, 512, 409, 307, 230, 230, 230];

/// One channel's state of a Microsoft decoder.
struct Microsoft {
    coefficients: (i32, i32),
    delta: i32,
    last: i32,
    before: i32,
}

impl Microsoft {
    fn step(&mut self, code: u8) -> i16 {
        let signed = if code & 8 != 0 { i32::from(code) - 16 } else { i32::from(code) };
        let predicted = (self.last * self.coefficients.0 + self.before * self.coefficients.1) >> 8;
        let value = signed.wrapping_mul(self.delta).saturating_add(predicted).clamp(-32_768, 32_767);
        self.delta = ((MS_ADAPTATION[usize::from(code)].wrapping_mul(self.delta)) >> 8).max(16);
        self.before = self.last;
        self.last = value;
        value as i16
    }
}

/// Decodes one Microsoft block; `false` if its header names a predictor that does not exist.
fn microsoft(bytes: &[u8], planes: &mut [Vec<i16>]) -> bool {
    let channels = planes.len();
    let (header, body) = bytes.split_at(7 * channels);
    let word = |group: usize, c: usize| {
        let at = channels + 2 * (group * channels + c);
        i16::from_le_bytes([header[at], header[at + 1]])
    };
    let mut sound = true;
    let mut states = Vec::with_capacity(channels);
    for (c, plane) in planes.iter_mut().enumerate() {
        let coefficients = MS_COEFFICIENTS.get(usize::from(header[c]));
        sound &= coefficients.is_some();
        plane.extend([word(2, c), word(1, c)]);
        states.push(Microsoft {
            coefficients: coefficients.copied().unwrap_or(MS_COEFFICIENTS[0]),
            delta: i32::from(word(0, c)),
            last: i32::from(word(1, c)),
            before: i32::from(word(2, c)),
        });
    }
    let codes = body.iter().flat_map(|&pair| [pair >> 4, pair & 15]);
    let whole = body.len() * 2 / channels * channels;
    for (i, code) in codes.take(whole).enumerate() {
        planes[i % channels].push(states[i % channels].step(code));
    }
    sound
}
