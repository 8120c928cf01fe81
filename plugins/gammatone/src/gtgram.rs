//! `gammatone.gtgram`: the level of each gammatone filter's output in overlapping windows.
//!
//! Shape: audio to `(band, frame)`, several channels to `(channel, band, frame)`; float64.
//! Source: gammatone 1.0.3, `gtgram.gtgram`. Unlike `gammatone.fft_gtgram` it filters in time.

use std::ops::Range;

use auricle_dsp::gammatone::Bank;
use auricle_sdk::prelude::*;

use crate::times::{INPUT, PARAMETERS, Times, refused};

/// The stage.
pub struct Gtgram {
    framing: Framing,
    sample_rate: f64,
    total: Option<i64>,
    channels: Vec<Channel>,
    /// The next sample, and the first that came.
    position: i64,
    /// The next frame.
    next: i64,
    started: bool,
}

/// One channel's filters, and the powers of the samples that a window may still want.
struct Channel {
    bank: Bank,
    /// Sample after sample, all bands of each.
    powers: Vec<f64>,
    /// The sample of the first of them.
    base: i64,
}

/// A band rings at most this long: the narrowest, 25 Hz wide, falls by 280 dB.
const RUN_IN_S: f64 = 0.25;

impl Stage for Gtgram {
    const DESCRIPTOR: Descriptor = Descriptor::new("gammatone.gtgram", "Gammatone spectrogram, as the gammatone package")
        .doc(
            "Four resonators in a row for each band (Slaney), centres on the ERB scale from f_min to just under half the sample rate, \
             lowest first; then the root of the mean square over window_time every hop_time, from the first sample on. Computed in \
             float64. A region in the middle starts the filters 0.25 s early. As the tool, it refuses a clip shorter than a window by more than a hop; one that is shorter by less has no columns.",
        )
        .source("gammatone 1.0.3, gammatone.gtgram.gtgram; Slaney, Apple technical report 35, 1993")
        .inputs(&[INPUT])
        .outputs(&[Port::tensor("bands").dtypes(&[DType::F64]).doc("RMS of each band, (band, frame), lowest first.")])
        .parameters(&PARAMETERS)
        .locality(Locality::Recurrent { error: 1e-9 });

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let times = Times::new(setup)?;
        let input = setup.input(0)?;
        let framing =
            Framing::plain(times.window, times.hop).at_least(times.window.saturating_sub(times.hop), "window_time");
        input.length.map_or(Ok(()), |samples| framing.fits(samples))?;
        let format = times.format(input, &framing)?;
        let channel = || {
            let bank = Bank::new(times.sample_rate, &times.centres_hz).map_err(refused)?;
            Ok(Channel { bank, powers: Vec::new(), base: 0 })
        };
        let channels = (0..input.as_audio()?.channels).map(|_| channel()).collect::<Result<_>>()?;
        let (sample_rate, total) = (times.sample_rate, input.length);
        let stage = Gtgram { framing, sample_rate, total, channels, position: 0, next: 0, started: false };
        Ok((stage, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        let need = self.framing.need(span, self.total);
        let start = (need.start - (RUN_IN_S * self.sample_rate) as i64).max(0);
        let need = start..need.end;
        vec![need]
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        (self.position, self.next, self.started) = (0, span.start, false);
        for channel in &mut self.channels {
            channel.bank.reset();
            channel.powers.clear();
            channel.base = 0;
        }
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        if packet.count == 0 {
            return Ok(Flow::Continue);
        }
        if !self.started {
            self.started = true;
            self.channels.iter_mut().for_each(|channel| channel.base = packet.start);
        }
        for (index, channel) in self.channels.iter_mut().enumerate() {
            match packet.format().dtype() {
                Some(DType::F64) => channel.push(packet.channel::<f64>(index)?),
                _ => channel.push(packet.channel::<f32>(index)?),
            }
        }
        self.position = packet.start + packet.count as i64;
        self.emit(out)?;
        Ok(Flow::Continue)
    }

    fn finish(&mut self, _: &mut Outputs<'_>) -> Result<Flow> {
        if self.channels.first().is_none_or(|channel| channel.base == 0) {
            self.framing.fits(self.position)?;
        }
        Ok(Flow::Done)
    }
}

impl Gtgram {
    fn emit(&mut self, out: &mut Outputs<'_>) -> Result<()> {
        let end = self.framing.count(self.position);
        let count = usize::try_from(end - self.next).unwrap_or(0);
        if count > 0 {
            let mut block = out.tensor::<f64>(0, self.next, count)?;
            let bands = self.channels.first().map_or(0, |channel| channel.bank.bands());
            let mut places = block.values().chunks_exact_mut(bands.max(1));
            for frame in 0..count {
                let start = (self.next + frame as i64) * self.framing.hop as i64;
                for (channel, place) in self.channels.iter().zip(&mut places) {
                    channel.level(start, self.framing.length, place);
                }
            }
            block.emit()?;
            self.next = end;
        }
        let start = self.next * self.framing.hop as i64;
        self.channels.iter_mut().for_each(|channel| channel.forget(start));
        Ok(())
    }
}

impl Channel {
    fn push<S: auricle_dsp::Float>(&mut self, samples: &[S]) {
        let bands = self.bank.bands();
        let from = self.powers.len();
        self.powers.resize(from + bands * samples.len(), 0.0);
        for (sample, place) in samples.iter().zip(self.powers[from..].chunks_exact_mut(bands)) {
            self.bank.process(*sample, place);
            place.iter_mut().for_each(|x| *x *= *x);
        }
    }

    /// The root of the mean power of every band.
    fn level(&self, start: i64, length: usize, out: &mut [f64]) {
        let bands = out.len();
        let from = usize::try_from(start - self.base).unwrap_or(0) * bands;
        out.fill(0.0);
        for powers in self.powers[from..from + length * bands].chunks_exact(bands) {
            out.iter_mut().zip(powers).for_each(|(out, power)| *out += power);
        }
        out.iter_mut().for_each(|x| *x = (*x / length as f64).sqrt());
    }

    /// Drops what lies before a sample.
    fn forget(&mut self, start: i64) {
        let bands = self.bank.bands();
        let held = self.powers.len() / bands;
        let unused = usize::try_from(start - self.base).unwrap_or(0).min(held);
        self.powers.drain(..unused * bands);
        self.base += unused as i64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn noise(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 7919) % 1009) as f32 / 1009.0 - 0.5).collect()
    }

    #[test]
    fn shapes_and_laws() {
        let bench = || Bench::<Gtgram>::new().parameter("channels", 8);
        // 400 samples every 160
        for (samples, frames) in [(240, 0), (400, 1), (559, 1), (560, 2), (9000, 54)] {
            let bench = bench().audio(16_000, &[&noise(samples)]);
            let outcome = bench.run().expect("runs");
            assert_eq!(outcome.tensor::<f64>(0).expect("bands").len(), 8 * frames, "{samples} samples");
            assert_eq!(outcome.formats[0].layout, "band,frame");
            bench.conforms();
        }
        bench().parameter("hop_time", 0.05).audio(8000, &[&noise(3000), &noise(3000)]).conforms();
    }

    #[test]
    fn silence_and_double_precision() {
        let outcome = Bench::<Gtgram>::new().audio(16_000, &[&[0.0f64; 500]]).run().expect("runs");
        assert!(outcome.tensor::<f64>(0).expect("bands").iter().all(|x| *x == 0.0));
    }

    #[test]
    fn refusals() {
        let samples = noise(239);
        let bench = || Bench::<Gtgram>::new().audio(16_000, &[&samples]);
        for (bench, parameter) in [
            (bench(), "window_time"),
            (bench().parameter("f_min", 8000.0), "f_min"),
            (bench().parameter("hop_time", 1e-5), "hop_time"),
        ] {
            assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, parameter);
        }
    }
}
