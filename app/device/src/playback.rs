//! The ring as a source of rodio's mixer, which everything that is heard goes through.
//!
//! The source has the device's rate and channels already, so the mixer adds and nothing else:
//! what is written to the ring leaves bit for bit (rodio's own player and resampler do not do
//! that, and are not used).

use auricle_sound::Shared;
use rodio::{ChannelCount, SampleRate, Source};
use std::time::Duration;

/// Frames pulled from the ring at once.
const BLOCK: usize = 32;

/// An endless source that plays what the ring gives.
pub(crate) struct RingSource {
    shared: &'static Shared,
    channels: ChannelCount,
    sample_rate: SampleRate,
    block: Box<[f32]>,
    at: usize,
}

impl RingSource {
    /// A source of `shared`; absent for a format that rodio does not know.
    pub(crate) fn new(shared: &'static Shared) -> Option<Self> {
        Some(Self {
            shared,
            channels: ChannelCount::new(u16::try_from(shared.channels()).ok()?)?,
            sample_rate: SampleRate::new(shared.sample_rate())?,
            block: vec![0.0; BLOCK * shared.channels()].into(),
            at: BLOCK * shared.channels(),
        })
    }
}

impl Iterator for RingSource {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        if self.at == self.block.len() {
            self.shared.pull(&mut self.block);
            self.at = 0;
        }
        self.at += 1;
        Some(self.block[self.at - 1])
    }
}

impl Source for RingSource {
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> ChannelCount {
        self.channels
    }

    fn sample_rate(&self) -> SampleRate {
        self.sample_rate
    }

    fn total_duration(&self) -> Option<Duration> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mixer_changes_nothing() {
        let shared: &'static Shared = Box::leak(Box::new(Shared::new(44_100, 2, 4_096)));
        shared.set_playing(true);
        shared.set_ready(true);
        let sound: Vec<f32> = (0..8_192).map(|n| (n as f32 * 0.37).sin()).collect();
        shared.write(&sound);
        let source = RingSource::new(shared).expect("a usual format");
        let (mixer, mut mixed) = rodio::mixer::mixer(source.channels(), source.sample_rate());
        mixer.add(source);
        for (n, expected) in sound.iter().enumerate() {
            assert_eq!(mixed.next(), Some(*expected), "sample {n}");
        }
        assert_eq!(mixed.next(), Some(0.0), "and it never ends");
        assert_eq!(shared.underruns(), 1);
    }
}
