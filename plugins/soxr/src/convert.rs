//! Resampling of a stream of several channels, from any place on, cut to librosa's length.

use crate::ffi::{Channel, Quality, Sample};
use auricle_sdk::Result;

/// Sample frames before a place from which a fresh resampler is run, times the ratio when the rate is lowered. After 256
/// the output differs from that of a run from the start by the rounding of float32 alone (4e-7 at most, measured over 55
/// pairs of rates and qualities).
const RUN_IN: u64 = 4096;
/// Sample frames behind a place that the library may want before it gives it, times the ratio as above; 1420 is the most
/// that was measured.
const LOOK_AHEAD: u64 = 4096;

/// The rates of a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Sample frames a second that come in.
    pub from_hz: u32,
    /// Sample frames a second that go out.
    pub to_hz: u32,
}

impl Rates {
    /// Lengths and places relate as these two, which have no common divisor.
    fn reduced(self) -> (u64, u64) {
        let (mut a, mut b) = (self.from_hz, self.to_hz);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        (u64::from(self.from_hz / a.max(1)), u64::from(self.to_hz / a.max(1)))
    }

    fn lowered(self) -> u64 {
        u64::from(self.from_hz.div_ceil(self.to_hz.max(1))).max(1)
    }

    /// Sample frames that come of `n`: librosa's `ceil(n * ratio)`, in its floating point.
    pub fn output_length(self, n: u64) -> u64 {
        let ratio = f64::from(self.to_hz) / f64::from(self.from_hz);
        (n as f64 * ratio).ceil() as u64
    }

    /// The input sample frame to start at for output sample frame `index`, and the output sample frame that it is.
    pub fn entry(self, index: u64) -> (u64, u64) {
        let (from, to) = self.reduced();
        let place = mul_div(index, from, to);
        let steps = place.saturating_sub(RUN_IN * self.lowered()) / from;
        (steps * from, steps * to)
    }

    /// The input sample frame behind the last that is needed for output sample frames before `end`.
    pub fn exit(self, end: u64) -> u64 {
        let (from, to) = self.reduced();
        mul_div(end, from, to).saturating_add(LOOK_AHEAD * self.lowered())
    }
}

fn mul_div(n: u64, by: u64, over: u64) -> u64 {
    u64::try_from(u128::from(n) * u128::from(by) / u128::from(over.max(1))).unwrap_or(u64::MAX)
}

/// A conversion of several channels.
pub struct Converter<T> {
    rates: Rates,
    quality: Quality,
    channels: Vec<Channel<T>>,
    /// Input sample frames taken in, counted from the start of the stream.
    taken: u64,
    /// Output sample frames made, likewise.
    made: u64,
    /// The first output sample frame that is wanted.
    wanted: u64,
    /// What is made and wanted, and not taken away yet.
    ready: Vec<Vec<T>>,
}

impl<T: Sample> Converter<T> {
    /// A conversion at its start.
    ///
    /// # Errors
    /// libsoxr is missing, or refuses the rates.
    pub fn new(rates: Rates, quality: Quality, channels: usize) -> Result<Self> {
        let ready = vec![Vec::new(); channels];
        let mut converter = Self { rates, quality, channels: Vec::new(), taken: 0, made: 0, wanted: 0, ready };
        converter.start(0)?;
        Ok(converter)
    }

    /// Begins anew so that output from `index` on can be made; gives the input sample frame to go on with.
    ///
    /// # Errors
    /// As [`Converter::new`].
    pub fn start(&mut self, index: u64) -> Result<u64> {
        let Rates { from_hz, to_hz } = self.rates;
        let channel = || Channel::new(f64::from(from_hz), f64::from(to_hz), self.quality);
        self.channels = self.ready.iter().map(|_| channel()).collect::<Result<_>>()?;
        (self.taken, self.made) = self.rates.entry(index);
        self.wanted = index;
        self.ready.iter_mut().for_each(Vec::clear);
        Ok(self.taken)
    }

    /// Takes in one slice a channel, of equal lengths.
    ///
    /// # Errors
    /// What libsoxr says.
    pub fn push<'a>(&mut self, planes: impl IntoIterator<Item = &'a [T]>) -> Result<()> {
        let mut count = 0;
        for ((channel, ready), plane) in self.channels.iter_mut().zip(&mut self.ready).zip(planes) {
            channel.process(plane, ready)?;
            count = plane.len();
        }
        self.taken += count as u64;
        self.pass_over();
        Ok(())
    }

    /// The input has ended: makes the rest, and exactly as much as librosa's length says.
    ///
    /// # Errors
    /// What libsoxr says.
    pub fn finish(&mut self) -> Result<()> {
        for (channel, ready) in self.channels.iter_mut().zip(&mut self.ready) {
            channel.finish(ready)?;
        }
        self.pass_over();
        let length = self.rates.output_length(self.taken);
        let keep = usize::try_from(length.saturating_sub(self.made)).unwrap_or(usize::MAX);
        self.ready.iter_mut().for_each(|ready| ready.resize(keep, T::default()));
        Ok(())
    }

    /// Drops what was made before the first wanted sample frame.
    fn pass_over(&mut self) {
        let passed = self.wanted.saturating_sub(self.made).min(self.ready() as u64);
        self.made += passed;
        self.ready.iter_mut().for_each(|ready| drop(ready.drain(..passed as usize)));
    }

    /// Sample frames that can be taken away.
    pub fn ready(&self) -> usize {
        self.ready.first().map_or(0, Vec::len)
    }

    /// What can be taken away, by channel.
    pub fn planes(&self) -> &[Vec<T>] {
        &self.ready
    }

    /// Takes away everything that is ready; gives how many sample frames that is.
    pub fn clear(&mut self) -> usize {
        let n = self.ready();
        self.count(n);
        self.ready.iter_mut().for_each(Vec::clear);
        n
    }

    /// Takes away the next `n` sample frames, at most those that are ready.
    pub fn take(&mut self, n: usize) -> Vec<Vec<T>> {
        let n = n.min(self.ready());
        self.count(n);
        self.ready.iter_mut().map(|ready| ready.drain(..n).collect()).collect()
    }

    fn count(&mut self, taken: usize) {
        self.made += taken as u64;
        self.wanted = self.wanted.max(self.made);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_fall_on_whole_sample_frames_of_both_rates() {
        let rates = Rates { from_hz: 44_100, to_hz: 16_000 };
        for index in [0, 1, 5000, 123_456_789] {
            let (input, output) = rates.entry(index);
            assert_eq!(input * 160, output * 441);
            assert!(output <= index);
        }
        assert_eq!(rates.output_length(36_001), 13_062);
        assert_eq!(Rates { from_hz: 48_000, to_hz: 16_000 }.output_length(36_001), 12_001);
    }

    #[test]
    fn a_start_anywhere_is_the_run_from_the_start_within_rounding() {
        let input: Vec<f32> = (0..60_000).map(|i| (i as f32 * 0.1).sin() * 0.5).collect();
        let mut whole = Converter::<f32>::new(Rates { from_hz: 48_000, to_hz: 44_100 }, Quality::Hq, 1).expect("soxr");
        whole.push([&input[..]]).expect("it runs");
        whole.finish().expect("it runs");
        let whole = whole.take(usize::MAX);
        let mut part = Converter::<f32>::new(Rates { from_hz: 48_000, to_hz: 44_100 }, Quality::Hq, 1).expect("soxr");
        let from = part.start(30_001).expect("it starts") as usize;
        let mut made = Vec::new();
        for piece in input[from..].chunks(100) {
            part.push([piece]).expect("it runs");
            made.extend(part.take(usize::MAX).concat());
        }
        part.finish().expect("it runs");
        made.extend(part.take(usize::MAX).concat());
        assert_eq!(made.len(), whole[0].len() - 30_001);
        for (a, b) in made.iter().zip(&whole[0][30_001..]) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }
}
