//! Cutting a stream of samples into overlapping frames, padding included.

use crate::dtype::Real;
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
    /// The same, but what lies in the last frame is mirrored apart, as `librosa.stft` does: if it is just as long as what is
    /// padded behind it, one sample too short to be mirrored once, its first but one comes last. Seen if frames begin at
    /// least half their length apart and the last is centred on the signal's end.
    ReflectApart,
    /// The signal mirrored with its end repeated, as NumPy's `symmetric` and Kaldi.
    Symmetric,
    /// The end's value, as NumPy's `edge`.
    Edge,
    /// The signal mirrored through its end's value, as SciPy's `odd_ext`.
    Odd,
    /// The signal's other end, as NumPy's `wrap` and torch's `circular`: the first frames wait for the last samples.
    Wrap,
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
///
/// ```text
///   sample                           0 1 2 3 4 5 6 7 8 9
///   plain(4, 3)       frame 0        [-----]
///                     frame 1              [-----]
///                     frame 2                    [-----]
///   centred(4, 3, _)  frame 0    p p [-]
///                     frame 1          [-----]
///                     frame 2                [-----]
///                     frame 3                      [---] p
/// ```
/// `p` is padded. Frame `k` of the centred ones has sample `3 k` as its centre, `length / 2` behind its first.
///
/// ```
/// use auricle_sdk::adapter::{Framing, Pad, Tail};
///
/// assert_eq!(Framing::plain(4, 3).count(10), 3);
/// assert_eq!(Framing::plain(4, 3).count(11), 3);                               // the last sample is left out
/// assert_eq!(Framing::plain(4, 3).tail(Tail::Whole).count(11), 4);             // or zeros make the frame whole
/// assert_eq!(Framing::centred(4, 3, Pad::Reflect).count(10), 4);               // 1 + 10 / 3, as librosa
/// assert_eq!(Framing::plain(4, 3).padded(2, 0, Pad::Zero).count(10), 3);
/// ```
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
    /// Zeros at both ends that count as signal for the padding beyond them.
    pub zeros: usize,
    /// What becomes of the rest.
    pub tail: Tail,
    /// A signal of fewer samples is refused.
    pub shortest: usize,
    /// The parameter that this refusal names.
    pub because: &'static str,
}

impl Framing {
    /// Frames from the first sample on, without padding; a rest is left out.
    pub const fn plain(length: usize, hop: usize) -> Self {
        Framing {
            length,
            hop,
            before: 0,
            after: 0,
            pad: Pad::Zero,
            zeros: 0,
            tail: Tail::Drop,
            shortest: 0,
            because: "",
        }
    }

    /// Frame `k` is centred on sample `k * hop`: `length / 2` samples are padded at both ends.
    pub const fn centred(length: usize, hop: usize, pad: Pad) -> Self {
        Framing::plain(length, hop).padded(length / 2, length / 2, pad)
    }

    /// Pads `before` samples in front and `after` behind; frame 0 begins at the padding's first sample.
    pub const fn padded(mut self, before: usize, after: usize, pad: Pad) -> Self {
        (self.before, self.after, self.pad) = (before, after, pad);
        self
    }

    /// Has this many of the padded samples, those next to the signal, be zeros at either end.
    pub const fn zeros(mut self, zeros: usize) -> Self {
        self.zeros = zeros;
        self
    }

    /// Says what becomes of samples behind the last whole frame.
    pub const fn tail(mut self, tail: Tail) -> Self {
        self.tail = tail;
        self
    }

    /// Refuses signals of fewer samples, as tools do that cannot mirror or fill a frame; `because` is the parameter to blame.
    pub const fn at_least(mut self, shortest: usize, because: &'static str) -> Self {
        (self.shortest, self.because) = (shortest, because);
        self
    }

    /// Is a signal of `samples` samples long enough?
    ///
    /// # Errors
    /// It has fewer than [`shortest`](Framing::shortest).
    pub fn fits(&self, samples: i64) -> Result<()> {
        if samples >= self.shortest as i64 {
            return Ok(());
        }
        let message = format!("expected a signal of at least {} samples, got one of {samples}", self.shortest);
        Err(Error::parameter(self.because, message).hint("shorten the frame, lengthen the signal, or pad with zeros"))
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
        let padded = samples.max(0).saturating_add(self.before as i64).saturating_add(self.after as i64);
        match self.tail {
            // Zeros can be framed without a signal; nothing can be mirrored, and nothing is left over.
            _ if samples <= 0 && (self.pad, self.tail) != (Pad::Zero, Tail::Drop) => 0,
            Tail::EveryHop => round_up(padded, hop),
            Tail::Drop if padded < length => 0,
            Tail::Drop => 1 + (padded - length) / hop,
            Tail::Whole => 1 + round_up((padded - length).max(0), hop),
        }
    }

    /// Sample on which frame 0 is centred; it may lie before the signal.
    pub fn origin(&self) -> i64 {
        (self.length / 2) as i64 - self.before as i64
    }

    /// Is this the padded sample that [`Pad::ReflectApart`] takes from elsewhere?
    fn turns_back(&self, index: i64, total: i64) -> bool {
        let (after, hop) = (self.after as i64, self.hop as i64);
        let centred = self.length == 2 * self.after && self.before == self.after && self.zeros == 0;
        let alone = after > 1 && hop >= after && total >= 2 * hop && total % hop == 0;
        centred && alone && index == total + after - 1
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
        if self.pad == Pad::Wrap && (start < 0 || total.is_none_or(|total| end > total)) {
            return 0..total.unwrap_or(i64::MAX);
        }
        let mirrored = self.pad != Pad::Zero;
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
        // At least one sample: a stage that is given nothing is not called.
        let start = start.max(0);
        start..end.max(start.saturating_add(1))
    }
}

fn round_up(samples: i64, hop: i64) -> i64 {
    samples / hop + i64::from(samples % hop > 0)
}

/// Gathers samples and gives frames: the engine inside [`Framed`](super::Framed), for stages that need it bare.
///
/// ```
/// use auricle_sdk::adapter::Framer;
/// use auricle_sdk::{Outputs, Packet, Result};
///
/// /// How alike two channels are, frame by frame: `process` of a stage that `Framed`, which sees one channel, cannot be.
/// fn process(framer: &mut Framer<f32>, packet: &Packet, out: &mut Outputs<'_>) -> Result<()> {
///     framer.push(packet)?;
///     let ready = framer.ready();
///     let mut block = out.tensor::<f32>(0, framer.next(), ready)?;
///     for (k, y) in block.values().iter_mut().enumerate() {
///         let left = framer.frame(k, 0).to_vec();
///         *y = left.iter().zip(framer.frame(k, 1)).map(|(a, b)| a * b).sum();
///     }
///     block.emit()?;
///     framer.advance(ready);
///     Ok(())
/// }
/// ```
///
/// [`begin`](Framer::begin) belongs into the stage's `begin`, [`Framing::need`] into its `need`, and [`end`](Framer::end) into `finish`.
#[derive(Clone, Debug)]
pub struct Framer<T> {
    framing: Framing,
    /// Samples by channel, from index `base` on.
    channels: Vec<Vec<T>>,
    base: i64,
    /// Has a packet come, which says where `base` is?
    started: bool,
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
            started: false,
            total: None,
            next: 0,
            staging: vec![T::default(); framing.length],
        }
    }

    /// Starts anew at frame `first`, before any sample.
    pub fn begin(&mut self, first: i64) {
        self.channels.iter_mut().for_each(Vec::clear);
        (self.base, self.started) = (0, false);
        self.total = None;
        self.next = first;
    }

    /// Takes the samples of a packet of audio of any real type.
    ///
    /// # Errors
    /// The packet holds no audio of as many channels.
    pub fn push(&mut self, packet: &Packet) -> Result<()> {
        if !self.started {
            (self.base, self.started) = (packet.start, true);
        }
        for (index, channel) in self.channels.iter_mut().enumerate() {
            packet.append_channel(index, channel)?;
        }
        if packet.end {
            self.total = Some(packet.start + packet.count as i64);
        }
        Ok(())
    }

    /// Takes samples of one channel that come from no packet, such as zeros in front; every channel must get as many.
    /// The first that ever comes is sample `start` of the signal.
    pub fn append(&mut self, start: i64, channel: usize, samples: &[T]) {
        if !self.started {
            (self.base, self.started) = (start, true);
        }
        self.channels[channel].extend_from_slice(samples);
    }

    /// The signal has ended with what was pushed.
    ///
    /// # Errors
    /// It is shorter than the framing wants.
    pub fn end(&mut self) -> Result<()> {
        let total = *self.total.get_or_insert(self.base + self.channels.first().map_or(0, Vec::len) as i64);
        // What begins later is a region, which says nothing about the whole.
        if self.base == 0 { self.framing.fits(total) } else { Ok(()) }
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
                let start = framing.start(self.next);
                let waits = if framing.pad == Pad::Wrap { i64::MAX } else { -start };
                if start < 0 && framing.pad != Pad::Zero && received <= waits {
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
            self.staging[k] = self.value(channel, start + k as i64, total);
        }
        &self.staging
    }

    /// Moves past `count` frames and forgets the samples that no later frame needs.
    pub fn advance(&mut self, count: usize) {
        self.next += count as i64;
        if self.framing.pad == Pad::Wrap {
            return;
        }
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
        self.base + self.channels.first().map_or(0, Vec::len) as i64
    }

    /// The sample at `index`, padding resolved.
    fn value(&self, channel: usize, index: i64, total: i64) -> T {
        let at = |index: Option<i64>| {
            let place = index.and_then(|index| usize::try_from(index - self.base).ok());
            place.and_then(|place| self.channels[channel].get(place)).copied().unwrap_or_default()
        };
        let sample = at(self.source(index, total));
        if self.framing.pad != Pad::Odd || (0..total).contains(&index) || index >= total + self.framing.after as i64 {
            return sample;
        }
        let end = at(Some(if index < 0 { 0 } else { total - 1 }));
        T::from_f64(2.0 * end.to_f64() - sample.to_f64())
    }

    /// The sample that stands at `index`, padding resolved; `None` is zero.
    fn source(&self, index: i64, total: i64) -> Option<i64> {
        if (0..total).contains(&index) {
            return Some(index);
        }
        if total == 0 || index >= total + self.framing.after as i64 {
            return None;
        }
        let zeros = self.framing.zeros as i64;
        if zeros > 0 {
            let padded = self.folded(index + zeros, total + 2 * zeros)? - zeros;
            return (0..total).contains(&padded).then_some(padded);
        }
        self.folded(index, total)
    }

    /// Which sample of `total` stands for one at `index`; `None` is zero.
    fn folded(&self, index: i64, total: i64) -> Option<i64> {
        match self.framing.pad {
            Pad::Zero => None,
            Pad::Edge => Some(index.clamp(0, total - 1)),
            Pad::Symmetric => {
                let folded = index.rem_euclid(2 * total);
                Some(folded.min(2 * total - 1 - folded))
            }
            Pad::Wrap => Some(index.rem_euclid(total)),
            Pad::Reflect | Pad::ReflectApart | Pad::Odd if total == 1 => Some(0),
            Pad::ReflectApart if self.framing.turns_back(index, total) => Some(total - self.framing.after as i64 + 1),
            Pad::Reflect | Pad::ReflectApart | Pad::Odd => {
                let folded = index.rem_euclid(2 * (total - 1));
                Some(folded.min(2 * (total - 1) - folded))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Format;
    use crate::host::{Pool, packet};
    use std::sync::Arc;

    /// Counts that the tools give; `-` where the tool refuses such a signal. librosa 0.11.0 stft, scipy 1.17.1 stft with
    /// padded=True, tf.signal.frame with pad_end (`ceil(n / step)`, its documentation).
    #[test]
    fn frames_are_counted_as_the_tools_count_them() {
        let librosa = |length, hop, pad| Framing::centred(length, hop, pad);
        let scipy = |length, hop, pad: usize| Framing::plain(length, hop).padded(pad, pad, Pad::Zero).tail(Tail::Whole);
        let tensorflow = |length, hop| Framing::plain(length, hop).tail(Tail::EveryHop);
        #[rustfmt::skip]
        let table: &[(&str, Framing, &str)] = &[
            // counts for signals of 0, 1, 2, ... samples
            ("librosa 8/4 constant", librosa(8, 4, Pad::Zero), "1 1 1 1 2 2 2 2 3 3 3 3 4 4"),
            ("librosa 8/4 reflect", librosa(8, 4, Pad::Reflect), "- 1 1 1 2 2 2 2 3 3 3 3 4 4"),
            ("librosa 8/3 edge", librosa(8, 3, Pad::Edge), "- 1 1 2 2 2 3 3 3 4 4 4 5 5"),
            ("librosa 7/2 constant", librosa(7, 2, Pad::Zero), "- 1 1 2 2 3 3 4 4 5 5 6 6 7"),
            ("librosa 9/4 reflect", librosa(9, 4, Pad::Reflect), "- 1 1 1 1 2 2 2 2 3 3 3 3 4"),
            ("librosa 8/4 center=False", Framing::plain(8, 4), "- - - - - - - - 1 1 1 1 2 2"),
            ("librosa 7/2 center=False", Framing::plain(7, 2), "- - - - - - - 1 1 2 2 3 3 4"),
            // scipy shortens its window for shorter signals, so the first numbers are not of this framing
            ("scipy 8/4", scipy(8, 4, 0), "0 - - - - - - - 1 2 2 2 2 3 3 3 3 4 4 4"),
            ("scipy 8/4 zeros", scipy(8, 4, 4), "0 - - - - - - - 3 4 4 4 4 5 5 5 5 6 6 6"),
            ("scipy 8/3 zeros", scipy(8, 3, 4), "0 - - - - - - - 4 4 5 5 5 6 6 6 7 7 7 8"),
            ("scipy 7/5 zeros", scipy(7, 5, 3), "0 - - - - - - 3 3 3 3 3 4 4 4 4 4 5 5 5"),
            ("tensorflow 8/4", tensorflow(8, 4), "0 1 1 1 1 2 2 2 2 3 3 3 3 4"),
            ("tensorflow 3/5", tensorflow(3, 5), "0 1 1 1 1 1 2 2 2 2 2 3 3 3"),
        ];
        for (tool, framing, counts) in table {
            framing.check().expect("a framing that can be used");
            for (samples, count) in counts.split(' ').enumerate().filter(|(_, count)| *count != "-") {
                assert_eq!(framing.count(samples as i64).to_string(), count, "{tool}: {samples} samples");
            }
        }
        assert_eq!(librosa(8, 4, Pad::Reflect).count(0), 0, "nothing can be mirrored");
        assert!(Framing::plain(0, 1).check().is_err() && Framing::plain(1, 0).check().is_err());
    }

    /// `numpy.pad` of 0, 1, ... n - 1, as NumPy 2 prints it.
    #[test]
    fn short_signals_are_padded_as_numpy_pads_them() {
        #[rustfmt::skip]
        let table: &[(usize, usize, usize, Pad, &[i32])] = &[
            (1, 3, 2, Pad::Reflect, &[0, 0, 0, 0, 0, 0]),
            (2, 5, 4, Pad::Reflect, &[1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]),
            (3, 1, 1, Pad::Reflect, &[1, 0, 1, 2, 1]),
            (3, 7, 8, Pad::Reflect, &[1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2]),
            (5, 4, 4, Pad::Reflect, &[4, 3, 2, 1, 0, 1, 2, 3, 4, 3, 2, 1, 0]),
            (5, 9, 0, Pad::Reflect, &[1, 0, 1, 2, 3, 4, 3, 2, 1, 0, 1, 2, 3, 4]),
            (5, 3, 2, Pad::Odd, &[-3, -2, -1, 0, 1, 2, 3, 4, 5, 6]),
            (5, 7, 6, Pad::Wrap, &[3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0]),
            (3, 7, 8, Pad::Symmetric, &[0, 0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 1, 0, 0, 1, 2, 2, 1]),
            (1, 3, 2, Pad::Symmetric, &[0, 0, 0, 0, 0, 0]),
            (3, 7, 8, Pad::Edge, &[0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2]),
            (1, 3, 2, Pad::Edge, &[0, 0, 0, 0, 0, 0]),
        ];
        for &(samples, before, after, pad, expected) in table {
            let framing = Framing::plain(expected.len(), 1).padded(before, after, pad);
            let signal: Vec<f32> = (0..samples).map(|k| k as f32).collect();
            let frames = framed(framing, &signal, samples.max(1), 0..1);
            let expected: Vec<f32> = expected.iter().map(|&x| x as f32).collect();
            assert_eq!(frames, [expected], "{samples} samples, {before} before, {after} behind, {pad:?}");
        }
    }

    /// The last frame of `librosa.stft(numpy.arange(1, n + 1), n_fft=length, hop_length=hop, window="boxcar",
    /// pad_mode="reflect")`, transformed back; librosa 0.11.0.
    #[test]
    fn the_last_frame_is_mirrored_apart_as_librosa_mirrors_it() {
        let table: &[(i64, usize, usize, &[f32])] = &[
            (8, 4, 2, &[7.0, 8.0, 7.0, 8.0]),
            (12, 8, 4, &[9.0, 10.0, 11.0, 12.0, 11.0, 10.0, 9.0, 10.0]),
            (12, 6, 6, &[10.0, 11.0, 12.0, 11.0, 10.0, 11.0]),
            (12, 8, 3, &[9.0, 10.0, 11.0, 12.0, 11.0, 10.0, 9.0, 8.0]),
            (13, 8, 4, &[9.0, 10.0, 11.0, 12.0, 13.0, 12.0, 11.0, 10.0]),
            (4, 8, 4, &[1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0, 2.0]),
        ];
        for &(samples, length, hop, expected) in table {
            let framing = Framing::centred(length, hop, Pad::ReflectApart);
            let signal: Vec<f32> = (1..=samples).map(|x| x as f32).collect();
            let last = framed(framing, &signal, 3, 0..i64::MAX).pop().expect("a frame");
            assert_eq!(last, expected, "{samples} samples, frames of {length}, {hop} apart");
        }
    }

    /// Frames of `span`, made from no more than the framing says it needs, in packets of `block`.
    fn framed(framing: Framing, signal: &[f32], block: usize, span: Range<i64>) -> Vec<Vec<f32>> {
        let pool = Pool::scribbling(1 << 20);
        let total = signal.len() as i64;
        let format = Arc::new(Format::audio::<f32>(1, 8000, Some(total)));
        let need = framing.need(span.clone(), Some(total));
        let wanted = need.start.clamp(0, total) as usize..need.end.clamp(0, total) as usize;
        let mut framer = Framer::<f32>::new(framing, 1);
        framer.begin(span.start);
        let mut frames = Vec::new();
        let mut take = |framer: &mut Framer<f32>| {
            let ready = framer.ready();
            frames.extend((0..ready).map(|k| framer.frame(k, 0).to_vec()));
            framer.advance(ready);
        };
        let mut start = wanted.start;
        while start < wanted.end {
            let part = &signal[start..(start + block).min(wanted.end)];
            let bytes: Vec<u8> = part.iter().flat_map(|x| x.to_ne_bytes()).collect();
            let made = packet(&pool, &format, 0, start as i64, part.len(), bytes.len(), &bytes);
            framer.push(&made.expect("the pool has memory")).expect("audio");
            take(&mut framer);
            start += part.len();
        }
        if need.end >= total {
            framer.push(&Packet::end_of(0, total, format)).expect("audio");
            framer.end().expect("any length will do");
            take(&mut framer);
        }
        frames.truncate((span.end - span.start).max(0) as usize);
        frames
    }

    /// What a frame holds, from the definition.
    fn defined(framing: Framing, signal: &[f32], frame: i64) -> Vec<f32> {
        let total = signal.len() as i64;
        let sample = |place: i64| {
            if place >= total + framing.after as i64 || total == 0 {
                return 0.0;
            }
            let padded = total + 2 * framing.zeros as i64;
            let mut index = place + framing.zeros as i64;
            while !(0..padded).contains(&index) {
                match framing.pad {
                    Pad::Zero => return 0.0,
                    Pad::Edge => index = index.clamp(0, padded - 1),
                    Pad::Wrap => index = index.rem_euclid(padded),
                    Pad::Reflect | Pad::ReflectApart | Pad::Odd if padded == 1 => index = 0,
                    Pad::ReflectApart if framing.turns_back(index, padded) => index = padded - framing.after as i64 + 1,
                    Pad::Reflect | Pad::ReflectApart | Pad::Odd if index < 0 => index = -index,
                    Pad::Reflect | Pad::ReflectApart | Pad::Odd => index = 2 * (padded - 1) - index,
                    Pad::Symmetric if index < 0 => index = -1 - index,
                    Pad::Symmetric => index = 2 * padded - 1 - index,
                }
            }
            let index = index - framing.zeros as i64;
            let value = if (0..total).contains(&index) { signal[index as usize] } else { 0.0 };
            match place {
                place if framing.pad != Pad::Odd || (0..total).contains(&place) => value,
                place if place < 0 => 2.0 * signal[0] - value,
                _ => 2.0 * signal[signal.len() - 1] - value,
            }
        };
        let start = frame * framing.hop as i64 - framing.before as i64;
        (start..start + framing.length as i64).map(sample).collect()
    }

    #[test]
    fn frames_hold_what_the_framing_says_however_the_signal_comes() {
        let mut framings = Vec::new();
        for (length, hop) in [(1, 1), (4, 2), (5, 3), (3, 7), (8, 5)] {
            for pad in [Pad::Zero, Pad::Reflect, Pad::ReflectApart, Pad::Symmetric, Pad::Edge, Pad::Odd, Pad::Wrap] {
                for (before, after) in [(0, 0), (length / 2, length / 2), (9, 2), (1, 6)] {
                    for tail in [Tail::Drop, Tail::EveryHop, Tail::Whole] {
                        let framing = Framing::plain(length, hop).padded(before, after, pad).tail(tail);
                        framings.push(framing);
                        if pad != Pad::Odd && before > 0 && after > 1 {
                            framings.push(framing.zeros(1));
                        }
                    }
                }
            }
        }
        for framing in framings {
            for samples in [0, 1, 2, 3, 7, 8, 9, 10, 31] {
                let signal: Vec<f32> = (0..samples).map(|k| k as f32 + 1.0).collect();
                let count = framing.count(samples as i64);
                let expected: Vec<Vec<f32>> = (0..count).map(|frame| defined(framing, &signal, frame)).collect();
                for block in [1, 4, 64] {
                    let got = framed(framing, &signal, block, 0..i64::MAX);
                    assert_eq!(got, expected, "{framing:?}, {samples} samples in blocks of {block}");
                }
                for start in 0..count {
                    for end in [start + 1, start + 2, count] {
                        let end = end.min(count);
                        let got = framed(framing, &signal, 4, start..end);
                        let part = &expected[start as usize..end as usize];
                        assert_eq!(got, part, "{framing:?}, {samples} samples, frames {start}..{end} alone");
                    }
                }
            }
        }
    }

    /// A long signal: what no later frame needs is forgotten, and a mirrored end still comes out.
    #[test]
    fn samples_that_are_done_with_are_forgotten() {
        let signal: Vec<f32> = (0..60_000).map(|k| k as f32).collect();
        let framing = Framing::centred(64, 16, Pad::Reflect);
        let frames = framed(framing, &signal, 1000, 0..i64::MAX);
        assert_eq!(frames.len() as i64, framing.count(60_000));
        for frame in [0, 1, 1999, 3748, 3749, 3750] {
            assert_eq!(frames[frame as usize], defined(framing, &signal, frame), "frame {frame}");
        }
        let mut framer = Framer::<f32>::new(framing, 1);
        framer.begin(0);
        let pool = Pool::new(1 << 24);
        let format = Arc::new(Format::audio::<f32>(1, 8000, None));
        for start in (0..400_000).step_by(4000) {
            let made = packet(&pool, &format, 0, start, 4000, 16_000, &[0; 16_000]).expect("the pool has memory");
            framer.push(&made).expect("audio");
            framer.advance(framer.ready());
        }
        assert!(framer.channels[0].len() < 50_000, "{} samples are kept", framer.channels[0].len());
    }
}
