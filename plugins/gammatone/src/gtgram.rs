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
    first: Option<i64>,
    /// The next frame.
    next: i64,
}

/// One channel's filters, and the powers that a window may still want, summed from one edge of a window to the next.
struct Channel {
    bank: Bank,
    /// Sum after sum, all bands of each.
    powers: Vec<f64>,
    /// Number of the first of them.
    first: i64,
    /// The sum that is not complete yet.
    open: Vec<f64>,
}

/// Where windows begin and end: at every hop, and so far behind.
#[derive(Clone, Copy)]
struct Edges {
    hop: i64,
    length: i64,
}

impl Edges {
    /// Edges up to a sample, itself included: the number of the sum that it is in.
    fn before(self, sample: i64) -> i64 {
        let ends = if self.length % self.hop == 0 { 0 } else { (sample - self.length).div_euclid(self.hop) };
        sample.div_euclid(self.hop) + ends
    }

    /// Samples from one to the next edge.
    fn distance(self, sample: i64) -> i64 {
        let to = |edge: i64| self.hop - (sample - edge).rem_euclid(self.hop);
        to(0).min(to(self.length))
    }
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
        .locality(Locality::Recurrent { error: 1e-9 })
        .result_version(2);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let times = Times::new(setup)?;
        let input = setup.input(0)?;
        let framing =
            Framing::plain(times.window, times.hop).at_least(times.window.saturating_sub(times.hop), "window_time");
        input.length.map_or(Ok(()), |samples| framing.fits(samples))?;
        let format = times.format(input, &framing)?;
        let channel = || {
            let bank = Bank::new(times.sample_rate, &times.centres_hz).map_err(refused)?;
            let open = vec![0.0; bank.bands()];
            Ok(Channel { bank, powers: Vec::new(), first: 0, open })
        };
        let channels = (0..input.as_audio()?.channels).map(|_| channel()).collect::<Result<_>>()?;
        let (sample_rate, total) = (times.sample_rate, input.length);
        let stage = Gtgram { framing, sample_rate, total, channels, position: 0, first: None, next: 0 };
        Ok((stage, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        let need = self.framing.need(span, self.total);
        let start = (need.start - (RUN_IN_S * self.sample_rate) as i64).max(0);
        let need = start..need.end;
        vec![need]
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        (self.position, self.first, self.next) = (0, None, span.start);
        for channel in &mut self.channels {
            channel.bank.reset();
            channel.powers.clear();
            channel.open.fill(0.0);
        }
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        if packet.count == 0 {
            return Ok(Flow::Continue);
        }
        let edges = self.edges();
        if self.first.is_none() {
            self.first = Some(packet.start);
            self.channels.iter_mut().for_each(|channel| channel.first = edges.before(packet.start));
        }
        for (index, channel) in self.channels.iter_mut().enumerate() {
            match packet.format().dtype() {
                Some(DType::F64) => channel.push(edges, packet.start, packet.channel::<f64>(index)?),
                _ => channel.push(edges, packet.start, packet.channel::<f32>(index)?),
            }
        }
        self.position = packet.start + packet.count as i64;
        self.emit(out)?;
        Ok(Flow::Continue)
    }

    fn finish(&mut self, _: &mut Outputs<'_>) -> Result<Flow> {
        if self.first.is_none_or(|first| first == 0) {
            self.framing.fits(self.position)?;
        }
        Ok(Flow::Done)
    }
}

impl Gtgram {
    fn edges(&self) -> Edges {
        Edges { hop: self.framing.hop as i64, length: self.framing.length as i64 }
    }

    fn emit(&mut self, out: &mut Outputs<'_>) -> Result<()> {
        let (edges, length) = (self.edges(), self.framing.length as i64);
        let end = self.framing.count(self.position);
        let count = usize::try_from(end - self.next).unwrap_or(0);
        if count > 0 {
            let mut block = out.tensor::<f64>(0, self.next, count)?;
            let bands = self.channels.first().map_or(0, |channel| channel.bank.bands());
            let mut places = block.values().chunks_exact_mut(bands.max(1));
            for frame in 0..count {
                let start = (self.next + frame as i64) * edges.hop;
                let sums = edges.before(start)..edges.before(start + length);
                for (channel, place) in self.channels.iter().zip(&mut places) {
                    channel.level(sums.clone(), length as f64, place);
                }
            }
            block.emit()?;
            self.next = end;
        }
        let first = edges.before(self.next * edges.hop);
        self.channels.iter_mut().for_each(|channel| channel.forget(first));
        Ok(())
    }
}

impl Channel {
    fn push<S: auricle_dsp::Float>(&mut self, edges: Edges, start: i64, samples: &[S]) {
        let (mut at, mut rest) = (start, samples);
        while !rest.is_empty() {
            let distance = edges.distance(at);
            let (these, behind) = rest.split_at(rest.len().min(distance as usize));
            self.bank.add_powers(these, &mut self.open);
            if these.len() as i64 == distance {
                self.powers.extend_from_slice(&self.open);
                self.open.fill(0.0);
            }
            (at, rest) = (at + these.len() as i64, behind);
        }
    }

    /// The root of the mean power of every band over `length` samples, which these sums cover.
    fn level(&self, sums: Range<i64>, length: f64, out: &mut [f64]) {
        let bands = out.len();
        let place = |sum: i64| usize::try_from(sum - self.first).unwrap_or(0) * bands;
        out.fill(0.0);
        for powers in self.powers[place(sums.start)..place(sums.end)].chunks_exact(bands) {
            out.iter_mut().zip(powers).for_each(|(out, power)| *out += power);
        }
        out.iter_mut().for_each(|x| *x = (*x / length).sqrt());
    }

    /// Drops the sums before this one.
    fn forget(&mut self, first: i64) {
        let bands = self.bank.bands();
        let held = self.powers.len() / bands;
        let unused = usize::try_from(first - self.first).unwrap_or(0).min(held);
        self.powers.drain(..unused * bands);
        self.first += unused as i64;
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
