//! Cutting a stream of samples into overlapping frames, padding included.

use crate::dtype::{DType, Real};
use crate::error::{Error, Result};
use crate::packet::Packet;
use std::ops::Range;

/// What stands before the first and behind the last sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pad {
    /// Zeros.
    Zero,
    /// The signal mirrored without repeating its end, as NumPy's `reflect`; short signals are mirrored again and again.
    Reflect,
    /// The end's value, as NumPy's `edge`.
    Edge,
}

/// What becomes of samples behind the last whole frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tail {
    /// They are left out.
    Drop,
    /// Zeros are appended so that a frame begins at every hop inside the signal: `ceil(n / hop)` frames.
    EveryHop,
    /// Zeros are appended until the last frame is whole.
    Whole,
}

/// How a signal is cut: frame `k` covers samples `[k * hop - before, k * hop - before + length)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Framing {
    /// Samples of a frame.
    pub length: usize,
    /// Samples from frame to frame.
    pub hop: usize,
    /// Samples padded in front.
    pub before: usize,
    /// Samples padded behind.
    pub after: usize,
    /// What is padded.
    pub pad: Pad,
    /// What becomes of the rest.
    pub tail: Tail,
}

impl Framing {
    /// Frames from the first sample on, without padding; a rest is left out.
    pub const fn plain(length: usize, hop: usize) -> Self {
        Framing { length, hop, before: 0, after: 0, pad: Pad::Zero, tail: Tail::Drop }
    }

    /// Frame `k` is centred on sample `k * hop`: `length / 2` samples are padded at both ends.
    pub const fn centred(length: usize, hop: usize, pad: Pad) -> Self {
        Framing { length, hop, before: length / 2, after: length / 2, pad, tail: Tail::Drop }
    }

    /// Pads `before` samples in front and `after` behind; frame 0 begins at the padding's first sample.
    pub const fn padded(mut self, before: usize, after: usize, pad: Pad) -> Self {
        (self.before, self.after, self.pad) = (before, after, pad);
        self
    }

    /// Says what becomes of samples behind the last whole frame.
    pub const fn tail(mut self, tail: Tail) -> Self {
        self.tail = tail;
        self
    }

    /// Can it be used?
    ///
    /// # Errors
    /// A length or hop of 0, or sizes beyond any signal.
    pub fn check(&self) -> Result<()> {
        let most = 1 << 40;
        if self.length == 0 || self.hop == 0 {
            return Err(Error::internal(format!("frames of {} samples, {} apart", self.length, self.hop)));
        }
        if [self.length, self.hop, self.before, self.after].into_iter().any(|n| n > most) {
            return Err(Error::internal(format!("frames are larger than any signal: {self:?}")));
        }
        Ok(())
    }

    /// Number of frames of a signal of `samples` samples.
    pub fn count(&self, samples: i64) -> i64 {
        let (length, hop) = (self.length as i64, self.hop as i64);
        let padded = samples + self.before as i64 + self.after as i64;
        match self.tail {
            _ if samples <= 0 && !(self.pad == Pad::Zero && padded >= length) => 0,
            Tail::EveryHop => (padded + hop - 1) / hop,
            _ if padded < length && self.tail == Tail::Drop => 0,
            Tail::Drop => 1 + (padded - length) / hop,
            Tail::Whole => 1 + ((padded - length).max(0) + hop - 1) / hop,
        }
    }

    /// Sample on which frame 0 is centred; it may lie before the signal.
    pub fn origin(&self) -> i64 {
        (self.length / 2) as i64 - self.before as i64
    }

    /// First sample of frame `k`.
    fn start(&self, frame: i64) -> i64 {
        frame.saturating_mul(self.hop as i64).saturating_sub(self.before as i64)
    }

    /// Samples that the frames of `span` are made of; `total` is the length of the signal, if known.
    pub fn need(&self, span: Range<i64>, total: Option<i64>) -> Range<i64> {
        let mut start = self.start(span.start);
        let mut end =
            if span.end == i64::MAX { i64::MAX } else { self.start(span.end - 1).saturating_add(self.length as i64) };
        let mirrored = matches!(self.pad, Pad::Reflect | Pad::Edge);
        if mirrored && start < 0 {
            end = end.max(1 - start);
        }
        if mirrored {
            match total {
                Some(total) if total <= self.before.max(self.after) as i64 => return 0..total,
                Some(total) if end > total => start = start.min(total - 1 - self.after as i64),
                Some(_) => {}
                None => start -= 1 + self.after as i64,
            }
        }
        start.max(0)..end
    }
}

/// Gathers samples and gives frames: the engine inside [`Framed`](super::Framed), for stages that need it bare.
#[derive(Clone, Debug)]
pub struct Framer<T> {
    framing: Framing,
    /// Samples by channel, from index `base` on.
    channels: Vec<Vec<T>>,
    base: i64,
    /// Number of samples in the whole signal, once it has ended.
    total: Option<i64>,
    /// Index of the next frame.
    next: i64,
    staging: Vec<T>,
}

impl<T: Real> Framer<T> {
    /// A framer for `channels` channels, at frame 0.
    pub fn new(framing: Framing, channels: usize) -> Self {
        Framer {
            framing,
            channels: vec![Vec::new(); channels],
            base: 0,
            total: None,
            next: 0,
            staging: vec![T::default(); framing.length],
        }
    }

    /// Starts anew at frame `first`, before any sample.
    pub fn begin(&mut self, first: i64) {
        self.channels.iter_mut().for_each(Vec::clear);
        self.base = -1;
        self.total = None;
        self.next = first;
    }

    /// Takes the samples of a packet of audio of any real type.
    ///
    /// # Errors
    /// The packet holds no audio of as many channels.
    pub fn push(&mut self, packet: &Packet) -> Result<()> {
        if self.base < 0 {
            self.base = packet.start;
        }
        for (index, channel) in self.channels.iter_mut().enumerate() {
            extend(channel, packet, index)?;
        }
        if packet.end {
            self.total = Some(packet.start + packet.count as i64);
        }
        Ok(())
    }

    /// The signal has ended with what was pushed.
    pub fn end(&mut self) {
        if self.total.is_none() {
            self.total = Some(self.received());
        }
    }

    /// Index of the next frame.
    pub fn next(&self) -> i64 {
        self.next
    }

    /// Number of frames that can be made of what has come.
    pub fn ready(&self) -> usize {
        let framing = &self.framing;
        let end = match self.total {
            Some(total) => framing.count(total),
            None => {
                let received = self.received();
                let mirrored = framing.start(self.next) < 0 && framing.pad != Pad::Zero;
                if mirrored && received <= framing.before as i64 {
                    return 0;
                }
                (received + framing.before as i64 - framing.length as i64).div_euclid(framing.hop as i64) + 1
            }
        };
        usize::try_from(end - self.next).unwrap_or(0)
    }

    /// The samples of the next frame, `offset` frames on, of one channel.
    pub fn frame(&mut self, offset: usize, channel: usize) -> &[T] {
        let start = self.framing.start(self.next + offset as i64);
        let received = self.received();
        if start >= self.base && start + self.framing.length as i64 <= received {
            let from = (start - self.base) as usize;
            return &self.channels[channel][from..from + self.framing.length];
        }
        let total = self.total.unwrap_or(received);
        for k in 0..self.framing.length {
            let index = self.source(start + k as i64, total);
            self.staging[k] =
                index.and_then(|i| self.channels[channel].get((i - self.base) as usize)).copied().unwrap_or_default();
        }
        &self.staging
    }

    /// Moves past `count` frames and forgets the samples that no later frame needs.
    pub fn advance(&mut self, count: usize) {
        self.next += count as i64;
        let mut keep = self.framing.start(self.next);
        if self.framing.pad != Pad::Zero {
            keep = keep.min(self.received() - 1 - self.framing.after as i64);
        }
        let unused = usize::try_from(keep - self.base).unwrap_or(0).min(self.channels.first().map_or(0, Vec::len));
        // Moving the rest down costs, so it is done rarely.
        if unused > 4 * self.framing.length + 16_384 {
            for channel in &mut self.channels {
                channel.drain(..unused);
            }
            self.base += unused as i64;
        }
    }

    fn received(&self) -> i64 {
        self.base.max(0) + self.channels.first().map_or(0, Vec::len) as i64
    }

    /// The sample that stands at `index`, padding resolved; `None` is zero.
    fn source(&self, index: i64, total: i64) -> Option<i64> {
        if (0..total).contains(&index) {
            return Some(index);
        }
        if total == 0 || index >= total + self.framing.after as i64 {
            return None;
        }
        match self.framing.pad {
            Pad::Zero => None,
            Pad::Edge => Some(index.clamp(0, total - 1)),
            Pad::Reflect if total == 1 => Some(0),
            Pad::Reflect => {
                let folded = index.rem_euclid(2 * (total - 1));
                Some(folded.min(2 * (total - 1) - folded))
            }
        }
    }
}

/// Appends one channel of a packet, converted to `T`.
fn extend<T: Real>(to: &mut Vec<T>, packet: &Packet, channel: usize) -> Result<()> {
    fn convert<T: Real, S: crate::Element + Into<f64>>(to: &mut Vec<T>, from: &[S]) {
        to.extend(from.iter().map(|&x| T::from_f64(x.into())));
    }
    if packet.format().dtype() == Some(T::DTYPE) {
        to.extend_from_slice(packet.channel::<T>(channel)?);
        return Ok(());
    }
    match packet.format().dtype() {
        Some(DType::U8) => convert(to, packet.channel::<u8>(channel)?),
        Some(DType::I16) => convert(to, packet.channel::<i16>(channel)?),
        Some(DType::I32) => convert(to, packet.channel::<i32>(channel)?),
        Some(DType::F32) => convert(to, packet.channel::<f32>(channel)?),
        _ => convert(to, packet.channel::<f64>(channel)?),
    }
    Ok(())
}
