//! `org.example.echo`: adds the signal to itself, later and softer.
//!
//! Shape: audio `(channel, sample)` in, the same out. A sample needs the one that stood `delay_s`
//! before it: more than `Map` gives, so this is a `Stage` of its own.

use auricle_sdk::prelude::*;
use std::collections::VecDeque;
use std::ops::Range;

/// The stage: its parameters in samples, and the last `delay` samples of each channel.
pub struct Echo {
    delay: usize,
    factor: f32,
    past: Vec<VecDeque<f32>>,
}

impl Stage for Echo {
    const DESCRIPTOR: Descriptor = Descriptor::new("org.example.echo", "Adds one echo")
        .doc(
            "y[k] = x[k] + 10^(level_db / 20) x[k - delay], with zeros before the first sample. The \
             output is as long as the input.",
        )
        .inputs(&[Port::audio("audio").doc("What echoes.")])
        .outputs(&[Port::audio("audio").doc("The same audio with its echo.")])
        .parameters(&[
            Parameter::float("delay_s", 0.25)
                .range(0.0, 10.0)
                .unit("s")
                .doc("How much later the echo comes, rounded to whole samples."),
            Parameter::float("level_db", -6.0)
                .range(-120.0, 0.0)
                .unit("dB")
                .doc("How loud it is."),
        ])
        .locality(Locality::Window);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let format = setup.input(0)?.clone();
        let audio = format.as_audio()?;
        let delay = setup.parameters.float("delay_s")? * f64::from(audio.sample_rate);
        let echo = Echo {
            delay: delay.round() as usize,
            factor: 10f64.powf(setup.parameters.float("level_db")? / 20.0) as f32,
            past: vec![VecDeque::new(); audio.channels],
        };
        Ok((echo, vec![format]))
    }

    /// Which samples of the input make up `span` of the output.
    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        let samples = span.start - self.delay as i64..span.end;
        vec![samples]
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        // The first packet begins where `need` said. What comes out before the span is dropped.
        for past in &mut self.past {
            past.clear();
            past.resize(self.delay, 0.0);
        }
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else {
            return Ok(Flow::Continue);
        };
        let mut block = out.audio::<f32>(0, packet.start, packet.count)?;
        for (channel, past) in self.past.iter_mut().enumerate() {
            let samples = packet.channel::<f32>(channel)?;
            for (y, &x) in block.channel(channel).iter_mut().zip(samples) {
                past.push_back(x);
                *y = x + self.factor * past.pop_front().unwrap_or_default();
            }
        }
        block.emit()?;
        Ok(Flow::Continue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    #[test]
    fn an_impulse_comes_twice() {
        let bench = Bench::<Echo>::new()
            .parameter("delay_s", 0.002)
            .parameter("level_db", -20.0)
            .audio(
                1000,
                &[&[1.0f32, 0.0, 0.0, 0.0, 0.0], &[0.0, 0.0, 0.0, 0.0, 1.0]],
            );
        let audio = bench.run().expect("runs").audio::<f32>(0).expect("audio");
        assert_eq!(
            audio,
            [[1.0, 0.0, 0.1, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 1.0]]
        );
        bench.conforms();
    }

    #[test]
    fn any_part_is_the_same_as_in_the_whole() {
        let samples: Vec<f32> = (0..5000).map(|k| ((k * 37) % 100) as f32 / 100.0).collect();
        Bench::<Echo>::new()
            .audio(1000, &[samples.as_slice()])
            .conforms();
        let needed = Bench::<Echo>::new()
            .audio(1000, &[samples.as_slice()])
            .need(0, 1000..1001);
        assert_eq!(needed.expect("it says"), [Some(750..1001)]);
    }

    #[test]
    fn an_echo_before_the_sound_is_refused() {
        let bench = Bench::<Echo>::new()
            .parameter("delay_s", -1.0)
            .audio(1000, &[&[0.0f32]]);
        assert!(
            refused(bench.run(), ErrorKind::Parameter)
                .message
                .contains("from 0 to 10")
        );
    }
}
