//! What a tool does to the whole signal before it cuts frames.

use std::ops::Range;

use auricle_dsp::Float;
use auricle_sdk::adapter::Framer;
use auricle_sdk::{Real, prelude::*};

/// How a signal is prepared; by default not at all.
#[derive(Clone, Copy, Debug)]
pub struct Signal {
    /// Only this channel is taken.
    pub channel: Option<usize>,
    /// Multiplied with each sample.
    pub gain: f64,
    /// Each sample less this times the one before.
    pub preemphasis: f64,
    /// Zeros in front.
    pub lead: usize,
    /// Zeros behind.
    pub trail: usize,
    /// Brought to a length.
    pub fit: Option<Fit>,
}

/// A length that the tool brings every signal to.
#[derive(Clone, Copy, Debug)]
pub struct Fit {
    /// The length.
    pub samples: usize,
    /// What a shorter signal is filled with.
    pub fill: Fill,
    /// What becomes of a longer one.
    pub longer: Longer,
}

/// What a short signal is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// Zeros.
    Zeros,
    /// The signal again, as often as it fits whole, then zeros.
    WholeTimes,
    /// The signal again, the last time cut.
    Repeat,
}

/// What becomes of a long signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Longer {
    /// Its end is cut off.
    Cut,
    /// It is refused, with this reason.
    Refuse(&'static str),
}

impl Default for Signal {
    fn default() -> Self {
        Signal { channel: None, gain: 1.0, preemphasis: 0.0, lead: 0, trail: 0, fit: None }
    }
}

impl Signal {
    /// Samples of the prepared signal.
    pub fn length(&self, samples: i64) -> i64 {
        let fitted = self.fit.map_or(samples, |fit| fit.samples as i64);
        fitted.saturating_add((self.lead + self.trail) as i64)
    }

    /// Which samples of an input these prepared ones are made of; at least one, so that the end is seen.
    pub fn need(&self, prepared: Range<i64>, total: Option<i64>) -> Range<i64> {
        if let Some(fit) = self.fit {
            return 0..fit.samples as i64;
        }
        let before = self.lead as i64 + i64::from(self.preemphasis != 0.0);
        let behind = if total.is_none() { self.trail as i64 } else { 0 };
        let start = prepared.start.saturating_sub(before + behind);
        let start = start.min(total.unwrap_or(i64::MAX) - 1).max(0);
        start..prepared.end.saturating_sub(self.lead as i64).max(start + 1)
    }
}

/// Feeds a framer with the prepared signal.
pub struct Preparation<T> {
    signal: Signal,
    /// Of each channel that is used: the last sample that came.
    previous: Vec<T>,
    /// The whole signal by channel, where it is repeated.
    kept: Vec<Vec<T>>,
    /// The next sample's index in the input.
    next: i64,
    values: Vec<T>,
}

impl<T: Real + Float> Preparation<T> {
    pub fn new(signal: Signal, channels: usize) -> Self {
        let kept = vec![Vec::new(); channels];
        Preparation { signal, previous: vec![T::default(); channels], kept, next: 0, values: Vec::new() }
    }

    pub fn begin(&mut self) {
        self.previous.fill(T::default());
        self.kept.iter_mut().for_each(Vec::clear);
        self.next = 0;
    }

    /// Samples that have come, or index of the next.
    pub fn received(&self) -> i64 {
        self.next
    }

    /// Whether nothing that still comes would count.
    pub fn is_full(&self) -> bool {
        self.signal.fit.is_some_and(|fit| fit.longer == Longer::Cut && self.next >= fit.samples as i64)
    }

    /// Takes a packet.
    pub fn push(&mut self, packet: &Packet, framer: &mut Framer<T>) -> Result<()> {
        if packet.count == 0 {
            return Ok(());
        }
        let channels = self.previous.len();
        if packet.start == 0 {
            let zeros = vec![T::default(); self.signal.lead];
            (0..channels).for_each(|channel| framer.append(0, channel, &zeros));
        }
        let mut count = packet.count;
        if let Some(fit) = self.signal.fit {
            let room = usize::try_from(fit.samples as i64 - packet.start).unwrap_or(0);
            if let (true, Longer::Refuse(why)) = (count > room, fit.longer) {
                let message = format!("expected at most {} samples, got more: {why}", fit.samples);
                return Err(Error::data(message).at(fit.samples as i64));
            }
            count = count.min(room);
        }
        let start = packet.start + self.signal.lead as i64;
        let as_it_is = self.signal.gain == 1.0 && self.signal.preemphasis == 0.0 && self.signal.fit.is_none();
        for channel in 0..channels {
            let from = self.signal.channel.unwrap_or(channel);
            if as_it_is && packet.format().dtype() == Some(T::DTYPE) {
                framer.append(start, channel, packet.channel(from)?);
                continue;
            }
            self.read(packet, from)?;
            self.values.truncate(count);
            self.condition(channel);
            framer.append(start, channel, &self.values);
            if self.signal.fit.is_some_and(|fit| fit.fill != Fill::Zeros) {
                self.kept[channel].extend_from_slice(&self.values);
            }
        }
        self.next = packet.start + packet.count as i64;
        Ok(())
    }

    /// The signal has ended.
    pub fn end(&mut self, framer: &mut Framer<T>) -> Result<()> {
        let had = self.next;
        let zeros = |count: usize| vec![T::default(); count];
        for channel in 0..self.previous.len() {
            let mut tail = if had == 0 { zeros(self.signal.lead) } else { Vec::new() };
            if let Some(fit) = self.signal.fit {
                let missing = usize::try_from(fit.samples as i64 - had).unwrap_or(0);
                let kept = &self.kept[channel];
                let whole = match fit.fill {
                    Fill::Zeros => 0,
                    _ if kept.is_empty() => 0,
                    Fill::WholeTimes => missing / kept.len() * kept.len(),
                    Fill::Repeat => missing,
                };
                tail.extend(kept.iter().cycle().take(whole));
                tail.extend(zeros(missing - whole));
            }
            tail.extend(zeros(self.signal.trail));
            framer.append(had + self.signal.lead as i64, channel, &tail);
        }
        framer.end()
    }

    fn read(&mut self, packet: &Packet, channel: usize) -> Result<()> {
        self.values.clear();
        match packet.format().dtype() {
            Some(DType::F64) => {
                let samples = packet.channel::<f64>(channel)?;
                self.values.extend(samples.iter().map(|x| <T as Float>::from_real(*x)));
            }
            _ => {
                let samples = packet.channel::<f32>(channel)?;
                self.values.extend(samples.iter().map(|x| <T as Float>::from_real(f64::from(*x))));
            }
        }
        Ok(())
    }

    fn condition(&mut self, channel: usize) {
        let Signal { gain, preemphasis, .. } = self.signal;
        if gain != 1.0 {
            self.values.iter_mut().for_each(|x| *x = T::from_real((*x).into() * gain));
        }
        if preemphasis != 0.0 {
            for x in &mut self.values {
                let before: f64 = std::mem::replace(&mut self.previous[channel], *x).into();
                *x = T::from_real((*x).into() - preemphasis * before);
            }
        }
    }
}
