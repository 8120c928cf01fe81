//! What a decoder says of its stream: facts, findings, samples.

/// How one sample is stored natively. Integers narrower than their type are left-justified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SampleType {
    /// Unsigned 8-bit, 128 is silence.
    U8,
    /// Signed 16-bit (and 8-bit signed, left-justified).
    I16,
    /// Signed 32-bit (and 17 to 24 bits, left-justified).
    I32,
    /// Signed 64-bit (and 33 to 56 bits, left-justified).
    I64,
    /// 32-bit float.
    F32,
    /// 64-bit float.
    F64,
}

/// Facts of a stream, after the header's lies were taken out.
#[derive(Debug, Clone, PartialEq)]
pub struct Format {
    /// `wav rf64 w64 aiff aifc au caf flac ogg mp3 mp4 adts`.
    pub container: &'static str,
    /// `pcm_s16 ... alaw mulaw adpcm_ima adpcm_ms flac alac mp3 vorbis opus aac`.
    pub codec: &'static str,
    /// Sample frames a second; above 0 and finite.
    pub sample_rate: f64,
    /// Channels, 1 to [`MAX_CHANNELS`].
    pub channels: usize,
    /// Loudspeakers in the bits of WAVE's channel mask, in channel order; 0 where nothing is said.
    pub speakers: u32,
    /// What the samples are.
    pub sample_type: SampleType,
    /// Significant bits a sample; for a lossy codec those of its output type.
    pub bits_per_sample: u32,
    /// Sample frames that the header claims.
    pub claimed_frames: Option<u64>,
    /// Sample frames that are there, as far as can be known without decoding.
    pub frames: Option<u64>,
    /// Bits a second of the coded audio, where known.
    pub bit_rate: Option<f64>,
}

impl Format {
    /// For each channel as the coder stores it, where it stands in our planes, which are in WAVE's order.
    ///
    /// Vorbis and ALAC have orders of their own, in which libsndfile leaves the channels.
    ///
    /// # Source
    /// For Vorbis and Opus the order of Vorbis; Apple Lossless reference, `ALACAudioTypes.h` (centre first).
    pub fn coded_order(&self) -> Vec<usize> {
        let own: &[usize] = match (self.container, self.codec, self.channels) {
            ("ogg", "vorbis" | "opus", channels) => crate::opus::wave_order(channels),
            ("caf", "alac", 3) => &[2, 0, 1],
            ("caf", "alac", 4) => &[2, 0, 1, 3],
            ("caf", "alac", 5) => &[2, 0, 1, 3, 4],
            ("caf", "alac", 6) => &[2, 0, 1, 4, 5, 3],
            _ => &[],
        };
        match own {
            [] => (0..self.channels).collect(),
            own => own.to_vec(),
        }
    }
}

/// The most channels that are read; libsndfile has the same bound.
pub const MAX_CHANNELS: usize = 1024;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing, nothing is lost.
    Note,
    /// The header says something untrue, or a value cannot be kept.
    Warning,
    /// Audio is missing or damaged.
    Damage,
}

/// Something untrue or broken in a file, in words that help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A stable name, `data-truncated`.
    pub code: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// Expected and met.
    pub message: String,
    /// The sample frame where it is, if it is somewhere.
    pub frame: Option<u64>,
}

impl Finding {
    /// A finding about the whole file.
    pub fn new(code: &'static str, severity: Severity, message: impl Into<String>) -> Self {
        Self { code, severity, message: message.into(), frame: None }
    }

    /// The same finding, at a sample frame.
    pub fn at(mut self, frame: u64) -> Self {
        self.frame = Some(frame);
        self
    }
}

/// Planar samples of one type: one vector a channel, all of the same length.
#[derive(Debug, Clone, PartialEq)]
pub enum Planes {
    /// See [`SampleType::U8`].
    U8(Vec<Vec<u8>>),
    /// See [`SampleType::I16`].
    I16(Vec<Vec<i16>>),
    /// See [`SampleType::I32`].
    I32(Vec<Vec<i32>>),
    /// See [`SampleType::I64`].
    I64(Vec<Vec<i64>>),
    /// See [`SampleType::F32`].
    F32(Vec<Vec<f32>>),
    /// See [`SampleType::F64`].
    F64(Vec<Vec<f64>>),
}

macro_rules! each {
    ($planes:expr, $p:ident => $body:expr) => {
        match $planes {
            Planes::U8($p) => $body,
            Planes::I16($p) => $body,
            Planes::I32($p) => $body,
            Planes::I64($p) => $body,
            Planes::F32($p) => $body,
            Planes::F64($p) => $body,
        }
    };
}

/// Puts `f` of every sample into `out`.
pub(crate) fn map<S: Copy, T>(planes: &[Vec<S>], out: &mut Vec<Vec<T>>, f: impl Fn(S) -> T) {
    out.resize_with(planes.len(), Vec::new);
    for (plane, out) in planes.iter().zip(out) {
        out.clear();
        out.extend(plane.iter().map(|&s| f(s)));
    }
}

impl Planes {
    /// Empty planes for so many channels.
    pub fn new(sample_type: SampleType, channels: usize) -> Self {
        match sample_type {
            SampleType::U8 => Self::U8(vec![Vec::new(); channels]),
            SampleType::I16 => Self::I16(vec![Vec::new(); channels]),
            SampleType::I32 => Self::I32(vec![Vec::new(); channels]),
            SampleType::I64 => Self::I64(vec![Vec::new(); channels]),
            SampleType::F32 => Self::F32(vec![Vec::new(); channels]),
            SampleType::F64 => Self::F64(vec![Vec::new(); channels]),
        }
    }

    /// Their sample type.
    pub fn sample_type(&self) -> SampleType {
        match self {
            Self::U8(_) => SampleType::U8,
            Self::I16(_) => SampleType::I16,
            Self::I32(_) => SampleType::I32,
            Self::I64(_) => SampleType::I64,
            Self::F32(_) => SampleType::F32,
            Self::F64(_) => SampleType::F64,
        }
    }

    /// Sample frames held.
    pub fn frames(&self) -> usize {
        each!(self, p => p.first().map_or(0, Vec::len))
    }

    /// Channels held.
    pub fn channels(&self) -> usize {
        each!(self, p => p.len())
    }

    /// Appends a range of sample frames of other planes, if they are of the same type.
    pub fn append(&mut self, other: &Self, range: std::ops::Range<usize>) {
        fn add<T: Copy>(to: &mut [Vec<T>], from: &[Vec<T>], range: &std::ops::Range<usize>) {
            for (to, from) in to.iter_mut().zip(from) {
                to.extend_from_slice(&from[range.clone()]);
            }
        }
        match (self, other) {
            (Self::U8(to), Self::U8(from)) => add(to, from, &range),
            (Self::I16(to), Self::I16(from)) => add(to, from, &range),
            (Self::I32(to), Self::I32(from)) => add(to, from, &range),
            (Self::I64(to), Self::I64(from)) => add(to, from, &range),
            (Self::F32(to), Self::F32(from)) => add(to, from, &range),
            (Self::F64(to), Self::F64(from)) => add(to, from, &range),
            _ => {}
        }
    }

    /// Puts `n` sample frames of silence before the others.
    pub fn silence_front(&mut self, n: usize) {
        fn put<T: Copy>(planes: &mut [Vec<T>], n: usize, silence: T) {
            for plane in planes {
                plane.splice(..0, std::iter::repeat_n(silence, n));
            }
        }
        match self {
            Self::U8(p) => put(p, n, 128),
            Self::I16(p) => put(p, n, 0),
            Self::I32(p) => put(p, n, 0),
            Self::I64(p) => put(p, n, 0),
            Self::F32(p) => put(p, n, 0.0),
            Self::F64(p) => put(p, n, 0.0),
        }
    }

    /// Forgets the samples, keeps the room.
    pub fn clear(&mut self) {
        each!(self, p => p.iter_mut().for_each(Vec::clear));
    }

    /// Drops the first `n` sample frames.
    pub fn drop_front(&mut self, n: usize) {
        each!(self, p => for plane in p.iter_mut() {
            plane.drain(..n.min(plane.len()));
        });
    }

    /// Moves at most `n` sample frames from the front to the end of `to`, of the same type and channels; gives how many.
    pub fn move_front(&mut self, n: usize, to: &mut Self) -> usize {
        let n = n.min(self.frames());
        to.append(self, 0..n);
        self.drop_front(n);
        n
    }

    /// Keeps the first `n` sample frames.
    pub fn truncate(&mut self, n: usize) {
        each!(self, p => p.iter_mut().for_each(|plane| plane.truncate(n)));
    }

    /// The samples as f32: integers by 2^-(bits-1) (u8 around 128), floats as they are, each rounded to nearest.
    pub fn to_f32(&self, out: &mut Vec<Vec<f32>>) {
        match self {
            Self::U8(p) => map(p, out, |s| (f32::from(s) - 128.0) / 128.0),
            Self::I16(p) => map(p, out, |s| f32::from(s) / 32_768.0),
            // `as` rounds an integer to the nearest float; the power of two is exact.
            Self::I32(p) => map(p, out, |s| s as f32 / 2_147_483_648.0),
            Self::I64(p) => map(p, out, |s| s as f32 / 9_223_372_036_854_775_808.0),
            Self::F32(p) => map(p, out, |s| s),
            Self::F64(p) => map(p, out, |s| s as f32),
        }
    }

    /// The numbers of the file as f32, none scaled, divided by `by`.
    pub fn divided(&self, by: f32, out: &mut Vec<Vec<f32>>) {
        match self {
            Self::U8(p) => map(p, out, |s| f32::from(s) / by),
            Self::I16(p) => map(p, out, |s| f32::from(s) / by),
            Self::I32(p) => map(p, out, |s| s as f32 / by),
            Self::I64(p) => map(p, out, |s| s as f32 / by),
            Self::F32(p) => map(p, out, |s| s / by),
            Self::F64(p) => map(p, out, |s| s as f32 / by),
        }
    }

    /// The samples as f64, scaled as [`Planes::to_f32`] does.
    pub fn to_f64(&self, out: &mut Vec<Vec<f64>>) {
        match self {
            Self::U8(p) => map(p, out, |s| (f64::from(s) - 128.0) / 128.0),
            Self::I16(p) => map(p, out, |s| f64::from(s) / 32_768.0),
            Self::I32(p) => map(p, out, |s| f64::from(s) / 2_147_483_648.0),
            Self::I64(p) => map(p, out, |s| s as f64 / 9_223_372_036_854_775_808.0),
            Self::F32(p) => map(p, out, f64::from),
            Self::F64(p) => map(p, out, |s| s),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_scale_by_their_full_range() {
        let mut out = Vec::new();
        Planes::U8(vec![vec![0, 128, 255]]).to_f32(&mut out);
        assert_eq!(out, [[-1.0, 0.0, 127.0 / 128.0]]);
        Planes::I16(vec![vec![i16::MIN, 0, 1]]).to_f32(&mut out);
        assert_eq!(out, [[-1.0, 0.0, 1.0 / 32768.0]]);
        Planes::I32(vec![vec![i32::MIN, i32::MAX]]).to_f32(&mut out);
        assert_eq!(out, [[-1.0, 1.0]]);
    }
}
