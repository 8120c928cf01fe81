//! The way of the samples into a playback ring: source -> channel map -> resampler -> ring.

use crate::channels::ChannelMap;
use crate::error::{Error, ErrorKind, Result};
use crate::resample::Resampler;
use crate::shared::Shared;
use crate::source::{AudioSource, Forward};
use std::ops::Range;
use std::sync::Arc;

/// Source frames asked for at once.
const BLOCK: u64 = 8192;

/// How a source is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Manner {
    /// How many times as fast, at its own pitch.
    pub(crate) speed: f64,
    /// The only channel to hear.
    pub(crate) solo: Option<usize>,
}

impl Manner {
    /// As it is.
    pub(crate) const PLAIN: Self = Self { speed: 1.0, solo: None };
}

/// What part of a source is played.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    /// Source frames.
    pub(crate) range: Range<u64>,
    /// Over and over?
    pub(crate) looped: bool,
}

impl Part {
    /// All of it, once.
    pub(crate) const ALL: Self = Self { range: 0..u64::MAX, looped: false };
}

/// What is played, on its way into one stream's ring.
pub(crate) struct Feed {
    shared: Arc<Shared>,
    map: ChannelMap,
    resampler: Resampler,
    speed: f64,
    /// The sound at another speed, the source frame that it began at, and the frames that were made of it.
    forward: Option<(Box<dyn Forward>, u64, u64)>,
    /// The source frame where it began, or was sent by the last seek.
    start: u64,
    /// The next source frame to read.
    next: u64,
    block: Vec<f32>,
    /// Source frames in the device's channels, not yet resampled.
    mapped: Vec<f32>,
    /// Frames at the device's rate, of which `sent` samples are in the ring.
    pending: Vec<f32>,
    sent: usize,
    ended: bool,
}

/// What [`Feed::fill`] came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// The ring holds what it should, or all there is.
    Enough,
    /// The sound begins again: source frame `source` will stand at ring position `at`.
    Again {
        /// Ring position.
        at: u64,
        /// Source frame.
        source: u64,
    },
    /// The source turned out to end before this frame; everything is in the ring.
    Ended(u64),
}

impl Feed {
    /// The way from a source of this format into `shared`, from source frame `start` on.
    ///
    /// # Errors
    /// A format that cannot be played.
    pub(crate) fn new(source: &dyn AudioSource, manner: Manner, start: u64, shared: Arc<Shared>) -> Result<Self> {
        let (sample_rate, channels) = (source.sample_rate(), source.channels());
        if channels == 0 {
            let message = "cannot play sound without channels: expected 1 or more, got 0";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let map = match manner.solo.filter(|channel| *channel < channels) {
            Some(channel) => ChannelMap::solo(channels, channel, shared.channels()),
            None => ChannelMap::new(channels, source.speakers(), shared.channels()),
        };
        Ok(Self {
            map,
            resampler: Resampler::new(sample_rate, shared.sample_rate(), shared.channels())?,
            shared,
            speed: manner.speed,
            forward: None,
            start,
            next: start,
            block: Vec::new(),
            mapped: Vec::new(),
            pending: Vec::new(),
            sent: 0,
            ended: false,
        })
    }

    /// The memory that is filled.
    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The source frame where it began, or was sent by the last seek.
    pub(crate) fn start(&self) -> u64 {
        self.start
    }

    /// Throws away what is under way and goes on at source frame `start`, which will stand at the
    /// returned ring position.
    pub(crate) fn seek(&mut self, start: u64) -> u64 {
        self.shared.flush(start == 0);
        self.resampler.reset();
        self.mapped.clear();
        self.pending.clear();
        self.forward = None;
        (self.start, self.next, self.sent, self.ended) = (start, start, 0, false);
        self.shared.written()
    }

    /// Whether everything that will come is in the ring.
    pub(crate) fn is_complete(&self) -> bool {
        self.ended && self.sent == self.pending.len()
    }

    /// Tops the ring up to `ahead` frames with the part of `source` that is played.
    ///
    /// # Errors
    /// What the source could not read.
    pub(crate) fn fill(&mut self, source: &mut dyn AudioSource, part: &Part, ahead: u64) -> Result<Filled> {
        loop {
            self.send(ahead);
            if self.ended || self.sent < self.pending.len() || self.shared.available() >= ahead {
                return Ok(Filled::Enough);
            }
            match self.convert(source, part)? {
                Filled::Enough => {}
                Filled::Again { at, source } => {
                    let waiting = at - (self.sent / self.shared.channels()) as u64;
                    return Ok(Filled::Again { at: self.shared.written() + waiting, source });
                }
                ended => return Ok(ended),
            }
        }
    }

    /// Makes `frames` frames, or all there are, without touching the ring, and says what happened on the way; the
    /// position of each new beginning is a number of frames made. Only for a feed that has not filled anything.
    ///
    /// # Errors
    /// What the source could not read.
    pub(crate) fn prepare(&mut self, source: &mut dyn AudioSource, part: &Part, frames: u64) -> Result<Vec<Filled>> {
        let mut news = Vec::new();
        while !self.ended && self.prepared().len() < frames as usize * self.shared.channels() {
            match self.convert(source, part)? {
                Filled::Enough => {}
                filled => news.push(filled),
            }
        }
        Ok(news)
    }

    /// What was prepared and has not been sent.
    pub(crate) fn prepared(&self) -> &[f32] {
        &self.pending[self.sent..]
    }

    /// Takes note that so many prepared samples have been sent.
    pub(crate) fn take(&mut self, samples: usize) {
        self.sent = (self.sent + samples).min(self.pending.len());
    }

    /// Moves pending frames into the ring, and marks its end.
    fn send(&mut self, ahead: u64) {
        let channels = self.shared.channels();
        let lack = ahead.saturating_sub(self.shared.available()) as usize * channels;
        let waiting = &self.pending[self.sent..];
        self.sent += self.shared.write(&waiting[..waiting.len().min(lack)]) * channels;
        if self.sent == self.pending.len() {
            self.pending.clear();
            self.sent = 0;
            if self.ended {
                self.shared.finish();
            }
        }
    }

    /// Converts one step; says whether it came to the end or to a new beginning, which will be the pending frame `at`.
    fn convert(&mut self, source: &mut dyn AudioSource, part: &Part) -> Result<Filled> {
        let wanted = self.resampler.wanted() * self.shared.channels();
        let mut last = false;
        while self.mapped.len() < wanted && !last {
            let read = self.read(source, part.range.end)?;
            self.map.map(&self.block[..read * source.channels()], &mut self.mapped);
            last = read == 0;
        }
        let n = self.mapped.len().min(wanted);
        self.resampler.step(&self.mapped[..n], &mut self.pending)?;
        self.mapped.drain(..n);
        if n >= wanted {
            return Ok(Filled::Enough);
        }
        let end = self.next;
        if part.looped && end > part.range.start {
            self.resampler.reset();
            self.forward = None;
            self.next = part.range.start;
            let at = (self.pending.len() / self.shared.channels()) as u64;
            return Ok(Filled::Again { at, source: part.range.start });
        }
        self.ended = true;
        Ok(Filled::Ended(end))
    }

    /// Reads a block up to source frame `end`; says how many frames it has.
    fn read(&mut self, source: &mut dyn AudioSource, end: u64) -> Result<usize> {
        if self.speed == 1.0 {
            let frames = end.saturating_sub(self.next).min(BLOCK) as usize;
            self.block.resize(frames * source.channels(), 0.0);
            let read = if frames == 0 { 0 } else { source.read(self.next, &mut self.block)? };
            self.next += read as u64;
            return Ok(read);
        }
        let (mut forward, begun, made) = match self.forward.take() {
            Some(forward) => forward,
            None => (source.at_speed(self.next, self.speed)?, self.next, 0),
        };
        let all = (end.saturating_sub(begun) as f64 / self.speed).ceil() as u64;
        // Small blocks: what is made of one takes its time.
        let frames = all.saturating_sub(made).min(BLOCK / 8) as usize;
        self.block.resize(frames * source.channels(), 0.0);
        let read = if frames == 0 { 0 } else { forward.read(&mut self.block)? };
        let made = made + read as u64;
        let known = source.frames().unwrap_or(u64::MAX).min(end);
        let next = begun + (made as f64 * self.speed).round() as u64;
        self.next = if read == 0 && known < u64::MAX { known } else { next.min(known) };
        self.forward = Some((forward, begun, made));
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Samples;

    fn ramp(frames: usize) -> Samples {
        Samples::new(48_000, 1, (0..frames).map(|n| n as f32 / 65_536.0).collect())
    }

    fn drain(shared: &Shared) -> Vec<f32> {
        let mut out = vec![0.0; shared.available() as usize];
        shared.read(&mut out);
        out
    }

    #[test]
    fn everything_arrives_once_and_in_order() {
        let shared = Arc::new(Shared::new(48_000, 1, 4_096));
        let mut source = ramp(10_000);
        let mut feed = Feed::new(&source, Manner::PLAIN, 0, Arc::clone(&shared)).expect("plays");
        let (mut heard, mut ended) = (Vec::new(), None);
        while heard.len() < 10_000 {
            if let Filled::Ended(end) = feed.fill(&mut source, &Part::ALL, 1_000).expect("fills") {
                ended = Some(end);
            }
            heard.extend(drain(&shared));
        }
        feed.fill(&mut source, &Part::ALL, 1_000).expect("fills");
        assert_eq!(heard, (0..10_000).map(|n| n as f32 / 65_536.0).collect::<Vec<_>>());
        assert_eq!((ended, feed.is_complete(), shared.ended()), (Some(10_000), true, true));
    }

    #[test]
    fn a_range_is_kept_to_the_frame_and_repeats() {
        let shared = Arc::new(Shared::new(48_000, 1, 4_096));
        let mut source = ramp(10_000);
        let mut feed = Feed::new(&source, Manner::PLAIN, 5, Arc::clone(&shared)).expect("plays");
        let (mut heard, mut begins) = (Vec::new(), Vec::new());
        while heard.len() < 20 {
            match feed.fill(&mut source, &Part { range: 2..8, looped: true }, 20).expect("fills") {
                Filled::Again { at, source } => begins.push((at, source)),
                _ => heard.extend(drain(&shared)),
            }
        }
        let frames: Vec<u32> = heard[..20].iter().map(|value| (value * 65_536.0) as u32).collect();
        assert_eq!(frames[..12], [5, 6, 7, 2, 3, 4, 5, 6, 7, 2, 3, 4]);
        assert_eq!(begins[..2], [(3, 2), (9, 2)]);
    }

    #[test]
    fn a_seek_throws_away_what_is_under_way() {
        let shared = Arc::new(Shared::new(48_000, 1, 4_096));
        let mut source = ramp(10_000);
        let mut feed = Feed::new(&source, Manner::PLAIN, 0, Arc::clone(&shared)).expect("plays");
        feed.fill(&mut source, &Part::ALL, 100).expect("fills");
        assert_eq!(feed.seek(9_990), 100);
        for expected in [Filled::Ended(10_000), Filled::Enough] {
            let filled = feed.fill(&mut source, &Part::ALL, 100);
            assert_eq!(filled.expect("fills"), expected);
        }
        assert_eq!(drain(&shared).len(), 10);
    }

    #[test]
    fn sound_without_channels_or_rate_is_refused() {
        let shared = Arc::new(Shared::new(48_000, 2, 64));
        for source in [Samples::new(48_000, 0, vec![]), Samples::new(0, 1, vec![0.0])] {
            assert!(Feed::new(&source, Manner::PLAIN, 0, Arc::clone(&shared)).is_err());
        }
    }
}
