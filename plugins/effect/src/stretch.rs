//! `effect.stretch`: the same sound faster or slower, at its own pitch.
//!
//! Shape: audio `(channel, sample)` in, as much of it divided by the speed out. Where a frame is taken from depends on
//! all frames before it, so no part can be had without what comes before.
//!
//! Source: Verhelst and Roelands 1993 (WSOLA), see `auricle_dsp::stretch`.

use auricle_dsp::stretch::{self, Config};
use auricle_sdk::prelude::*;
use std::ops::Range;

/// The stage.
pub struct Stretch {
    kernel: stretch::Stretch,
    hop: Vec<Vec<f32>>,
    made: i64,
}

impl Stretch {
    fn send(&mut self, out: &mut Outputs<'_>) -> Result<()> {
        while self.kernel.process(&mut self.hop) {
            let count = self.hop[0].len();
            let mut block = out.audio::<f32>(0, self.made, count)?;
            for (to, from) in block.each_channel().zip(&self.hop) {
                to.copy_from_slice(from);
            }
            block.emit()?;
            self.made += count as i64;
        }
        Ok(())
    }
}

impl Stage for Stretch {
    const DESCRIPTOR: Descriptor = Descriptor::new("effect.stretch", "Plays faster or slower at the same pitch")
        .doc(
            "Frames of 30 ms, half overlapped under a Hann window, each taken from the place within 12.5 ms of where the \
             speed would have it that continues the frame before best; all channels from the same place. n samples become \
             ceil(n / speed). At speed 1 the sound stays as it is, but for rounding. What is no number counts as silence.",
        )
        .source("Verhelst and Roelands, WSOLA, ICASSP 1993")
        .inputs(&[Port::audio("audio").doc("What is stretched.")])
        .outputs(&[Port::audio("audio").doc("The same at another speed.")])
        .parameters(&[Parameter::float("speed", 1.0)
            .range(0.25, 4.0)
            .doc("How many times as fast: 2 takes half the time, 0.5 twice as long.")])
        .locality(Locality::WholeInput);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let mut format = setup.input(0)?.clone();
        let audio = format.as_audio()?;
        let config = Config {
            sample_rate: f64::from(audio.sample_rate),
            channels: audio.channels,
            speed: setup.parameters.float("speed")?,
        };
        let kernel = stretch::Stretch::new(&config).map_err(|error| Error::format(error.to_string()))?;
        format.length = format.length.map(|length| config.length(length));
        Ok((Stretch { kernel, hop: Vec::new(), made: 0 }, vec![format]))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.kernel.reset();
        self.made = 0;
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        self.kernel.push(&packet.audio::<f32>()?.channels);
        self.send(out)?;
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        self.kernel.finish();
        self.send(out)?;
        Ok(Flow::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn sound(samples: usize) -> Vec<f32> {
        (0..samples).map(|n| ((n * n) % 1_001) as f32 / 2_002.0 - (n as f32 * 0.05).sin() * 0.4).collect()
    }

    fn bench(speed: f64, samples: usize) -> Bench<Stretch> {
        let (left, right) = (sound(samples), sound(samples).into_iter().map(|x| -0.5 * x).collect::<Vec<_>>());
        Bench::new().parameter("speed", speed).audio(8_000, &[&left, &right])
    }

    #[test]
    fn any_cut_gives_the_same_at_any_speed() {
        for (speed, samples) in [(0.25, 2_000), (0.9, 5_000), (1.0, 3_000), (4.0, 9_001), (2.0, 1), (2.0, 0)] {
            let bench = bench(speed, samples);
            let out = bench.run().expect("runs").audio::<f32>(0).expect("audio");
            assert_eq!(out[0].len(), (samples as f64 / speed).ceil() as usize, "{samples} at {speed}");
            let worst = out[0].iter().zip(&out[1]).map(|(l, r)| (r + 0.5 * l).abs()).fold(0.0, f32::max);
            assert!(worst < 1e-6, "channels keep together: {worst}");
            bench.conforms();
        }
    }

    #[test]
    fn what_it_cannot_do_is_refused() {
        refused(bench(5.0, 100).run(), ErrorKind::Parameter);
        let slow = Bench::<Stretch>::new().audio(20, &[&[0.0f32; 4]]);
        assert!(refused(slow.run(), ErrorKind::Format).message.contains("67 Hz or more"));
    }
}
