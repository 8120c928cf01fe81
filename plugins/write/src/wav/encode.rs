//! Samples as the bytes of a file: interleaved, little-endian.
//!
//! Integers stand for fractions of full scale: `x / 2^(bits - 1)`, bytes from 128. Floats become integers by rounding
//! `x * 2^(bits - 1)` half to even; what lies beyond the range is clipped and counted. There is no dither.

use auricle_sdk::Host;
use auricle_sdk::prelude::*;

/// How samples are stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Encoding {
    /// Unsigned bytes, silence at 128.
    U8,
    /// 16-bit integers.
    Pcm16,
    /// 24-bit integers.
    Pcm24,
    /// 32-bit integers.
    Pcm32,
    /// 32-bit floats.
    Float32,
    /// 64-bit floats.
    Float64,
}

impl Encoding {
    /// Names of the encodings in sessions.
    pub const NAMES: &[&str] = &["auto", "u8", "pcm16", "pcm24", "pcm32", "float32", "float64"];

    /// The encoding called `name`; `"auto"` is that of the samples' own type.
    pub fn new(name: &str, dtype: DType) -> Option<Self> {
        Some(match (name, dtype) {
            ("u8", _) | ("auto", DType::U8) => Encoding::U8,
            ("pcm16", _) | ("auto", DType::I16) => Encoding::Pcm16,
            ("pcm24", _) => Encoding::Pcm24,
            ("pcm32", _) | ("auto", DType::I32) => Encoding::Pcm32,
            ("float32", _) | ("auto", DType::F32) => Encoding::Float32,
            ("float64", _) | ("auto", DType::F64) => Encoding::Float64,
            _ => return None,
        })
    }

    /// Bytes of one sample.
    pub fn bytes(self) -> usize {
        match self {
            Encoding::U8 => 1,
            Encoding::Pcm16 => 2,
            Encoding::Pcm24 => 3,
            Encoding::Pcm32 | Encoding::Float32 => 4,
            Encoding::Float64 => 8,
        }
    }

    /// Are values stored as floats?
    pub fn is_float(self) -> bool {
        matches!(self, Encoding::Float32 | Encoding::Float64)
    }
}

/// What could not be stored as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Losses {
    /// Samples beyond the range of the encoding, and the sample frame of the first.
    pub clipped: (u64, Option<i64>),
    /// Samples that are no number, written as 0, and the sample frame of the first.
    pub nan: (u64, Option<i64>),
}

impl Losses {
    /// Tells the host what was lost in the file at `path`.
    pub fn tell(&self, host: &Host, path: &str) {
        let Losses { clipped, nan } = self;
        if clipped.0 > 0 {
            let text = format!("{path}: {} samples over full scale were clipped", clipped.0);
            host.finding(Severity::Warning, "clipped", &text, clipped.1);
        }
        if nan.0 > 0 {
            let text = format!("{path}: {} samples that are NaN were written as 0", nan.0);
            host.finding(Severity::Warning, "nan", &text, nan.1);
        }
    }
}

fn count(loss: &mut (u64, Option<i64>), at: i64) {
    loss.0 += 1;
    loss.1 = Some(loss.1.map_or(at, |first| first.min(at)));
}

/// A sample as a fraction of full scale, exactly.
trait Sample: Element {
    fn unit(self) -> f64;
}

impl Sample for u8 {
    fn unit(self) -> f64 {
        (f64::from(self) - 128.0) / 128.0
    }
}
impl Sample for i16 {
    fn unit(self) -> f64 {
        f64::from(self) / f64::from(1u32 << 15)
    }
}
impl Sample for i32 {
    fn unit(self) -> f64 {
        f64::from(self) / f64::from(1u32 << 31)
    }
}
impl Sample for f32 {
    fn unit(self) -> f64 {
        f64::from(self)
    }
}
impl Sample for f64 {
    fn unit(self) -> f64 {
        self
    }
}

/// Appends a packet's samples.
pub fn append(to: &mut Vec<u8>, packet: &Packet, encoding: Encoding, losses: &mut Losses) -> Result<()> {
    match packet.format().dtype() {
        Some(DType::U8) => append_samples::<u8>(to, packet, encoding, losses),
        Some(DType::I16) => append_samples::<i16>(to, packet, encoding, losses),
        Some(DType::I32) => append_samples::<i32>(to, packet, encoding, losses),
        Some(DType::F32) => append_samples::<f32>(to, packet, encoding, losses),
        _ => append_samples::<f64>(to, packet, encoding, losses),
    }
}

fn append_samples<S: Sample>(to: &mut Vec<u8>, packet: &Packet, encoding: Encoding, losses: &mut Losses) -> Result<()> {
    match encoding {
        Encoding::U8 => interleave(to, packet, |x: S, at| [(integer(x, 8, at, losses) + 128) as u8]),
        Encoding::Pcm16 => interleave(to, packet, |x: S, at| (integer(x, 16, at, losses) as i16).to_le_bytes()),
        Encoding::Pcm24 => interleave(to, packet, |x: S, at| {
            let [a, b, c, _] = (integer(x, 24, at, losses) as i32).to_le_bytes();
            [a, b, c]
        }),
        Encoding::Pcm32 => interleave(to, packet, |x: S, at| (integer(x, 32, at, losses) as i32).to_le_bytes()),
        Encoding::Float32 => interleave(to, packet, |x: S, at| {
            let (wide, narrow) = (x.unit(), x.unit() as f32);
            if narrow.is_infinite() && wide.is_finite() {
                count(&mut losses.clipped, at);
                return f32::MAX.copysign(narrow).to_le_bytes();
            }
            narrow.to_le_bytes()
        }),
        Encoding::Float64 => interleave(to, packet, |x: S, _| x.unit().to_le_bytes()),
    }
}

/// The nearest integer of `bits` bits. Full scale itself, one step above the largest, does not count as clipped.
fn integer<S: Sample>(sample: S, bits: u32, at: i64, losses: &mut Losses) -> i64 {
    let scale = f64::from(1u32 << (bits - 1));
    let rounded = (sample.unit() * scale).round_ties_even();
    if rounded.abs() > scale {
        count(&mut losses.clipped, at);
    } else if rounded.is_nan() {
        count(&mut losses.nan, at);
    }
    // The cast makes NaN 0.
    rounded.clamp(-scale, scale - 1.0) as i64
}

fn interleave<S: Sample, const N: usize>(
    to: &mut Vec<u8>,
    packet: &Packet,
    mut encode: impl FnMut(S, i64) -> [u8; N],
) -> Result<()> {
    let block = packet.audio::<S>()?;
    let (channels, begin) = (block.channels.len(), to.len());
    to.resize(begin + block.count * channels * N, 0);
    for (index, samples) in block.channels.iter().enumerate() {
        let places = to[begin..].chunks_exact_mut(N).skip(index).step_by(channels);
        for ((place, sample), at) in places.zip(*samples).zip(block.start..) {
            place.copy_from_slice(&encode(*sample, at));
        }
    }
    Ok(())
}
