//! `gammatone.fft_gtgram`: a gammatone spectrogram approximated by weights on the bins of a spectrum.
//!
//! Shape: audio to `(band, frame)`, several channels to `(channel, band, frame)`; float64.
//! Source: gammatone 1.0.3, `fftweight.fft_gtgram`. Unlike `gammatone.gtgram` it filters nothing, and its values differ.

use std::ops::Range;

use auricle_dsp::gammatone;
use auricle_dsp::stft::{Config, Exponent, Stft};
use auricle_dsp::window::{self, Shape};
use auricle_sdk::adapter::Framer;
use auricle_sdk::prelude::*;

use crate::times::{INPUT, PARAMETERS, Times, refused};

/// The stage.
pub struct FftGtgram {
    framing: Framing,
    framer: Framer<f64>,
    stft: Stft,
    /// Band after band, a weight a bin.
    weights: Vec<f64>,
    spectrum: Vec<f64>,
    bands: usize,
    channels: usize,
    total: Option<i64>,
    /// The next sample of the input.
    position: i64,
}

impl Stage for FftGtgram {
    const DESCRIPTOR: Descriptor =
        Descriptor::new("gammatone.fft_gtgram", "Gammatone spectrogram from an FFT, as the gammatone package")
            .doc(
                "Magnitudes of Hann windows of window_time inside transforms of the power of two from twice that on, weighted by the \
                 magnitude of each band's filter and divided by the transform's length. Its last column stays zero where the hop divides the \
                 samples less the transform, as the tool's. As the tool, it refuses a clip shorter than a transform by more than a hop; one that is shorter by less has no columns.",
            )
            .source("gammatone 1.0.3, gammatone.fftweight.fft_gtgram; Ellis, Gammatone-like spectrograms, 2009")
            .inputs(&[INPUT])
            .outputs(&[Port::tensor("bands").dtypes(&[DType::F64]).doc("Level of each band, (band, frame), lowest first.")])
            .parameters(&PARAMETERS)
            .locality(Locality::Window);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let times = Times::new(setup)?;
        let input = setup.input(0)?;
        let twice = 2.0 * setup.parameters.float("window_time")? * times.sample_rate;
        let n_fft = twice.log2().ceil().exp2() as usize;
        let framing = Framing::plain(n_fft, times.hop).at_least(n_fft.saturating_sub(times.hop), "window_time");
        input.length.map_or(Ok(()), |samples| framing.fits(samples))?;
        let (stft, weights) = planned(&times, n_fft)?;
        let channels = input.as_audio()?.channels;
        let stage = FftGtgram {
            framer: Framer::new(framing, channels),
            spectrum: vec![0.0; stft.bins()],
            bands: times.centres_hz.len(),
            framing,
            stft,
            weights,
            channels,
            total: input.length,
            position: 0,
        };
        Ok((stage, vec![times.format(input, &framing)?]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        // A sample more tells whether a frame is the last.
        let need = self.framing.need(span, self.total);
        let need = need.start..need.end.saturating_add(1);
        vec![need]
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        self.framer.begin(span.start);
        self.position = 0;
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        self.framer.push(packet)?;
        self.position = packet.start + packet.count as i64;
        // The frame that ends with the last sample so far may be the last, which stays zero.
        let last = self.framing.count(self.position) - 1;
        let whole = last * self.framing.hop as i64 + self.framing.length as i64 == self.position;
        let ready = self.framer.ready() as i64;
        self.emit(ready.min(last + i64::from(!whole) - self.framer.next()), false, out)?;
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        self.framer.end()?;
        self.emit(self.framer.ready() as i64, true, out)?;
        Ok(Flow::Done)
    }
}

impl FftGtgram {
    /// Makes so many frames, or leaves them zero.
    fn emit(&mut self, count: i64, zero: bool, out: &mut Outputs<'_>) -> Result<()> {
        let count = usize::try_from(count).unwrap_or(0);
        if count == 0 {
            return Ok(());
        }
        let mut block = out.tensor::<f64>(0, self.framer.next(), count)?;
        let mut places = block.values().chunks_exact_mut(self.bands);
        for frame in 0..count {
            for (channel, place) in (0..self.channels).zip(&mut places) {
                if zero {
                    place.fill(0.0);
                    continue;
                }
                self.stft.process_magnitude(self.framer.frame(frame, channel), Exponent::Magnitude, &mut self.spectrum);
                for (level, weights) in place.iter_mut().zip(self.weights.chunks_exact(self.spectrum.len())) {
                    *level = weights.iter().zip(&self.spectrum).map(|(w, x)| w * x).sum();
                }
            }
        }
        block.emit()?;
        self.framer.advance(count);
        Ok(())
    }
}

/// The transform, and the weights divided by its length.
fn planned(times: &Times, n_fft: usize) -> Result<(Stft, Vec<f64>)> {
    // A Hann window whose peak lies on the middle of the transform.
    let half = (times.window / 2).min(n_fft / 2).max(1);
    let window = window::Config { win_length: 2 * half, ..window::Config::new(Shape::Hann, n_fft) };
    let stft = Stft::new(&Config::new(window)).map_err(refused)?;
    let weights = gammatone::magnitudes(times.sample_rate, &times.centres_hz, n_fft).map_err(refused)?;
    Ok((stft, weights.into_iter().map(|w| w / n_fft as f64).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn noise(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 7919) % 1009) as f32 / 1009.0 - 0.5).collect()
    }

    #[test]
    fn shapes_laws_and_a_last_column_of_zeros() {
        // Transforms of 1024 samples every 160.
        for (samples, frames) in [(1024, 1), (1025, 1), (1184, 2), (1185, 2), (5000, 25)] {
            let bench = Bench::<FftGtgram>::new().parameter("channels", 8).audio(16_000, &[&noise(samples)]);
            let bands: Vec<f64> = bench.run().expect("runs").tensor(0).expect("bands");
            assert_eq!(bands.len(), 8 * frames, "{samples} samples");
            assert_eq!(bands[bands.len() - 1] == 0.0, (samples - 1024) % 160 == 0, "{samples} samples");
            bench.conforms();
        }
        Bench::<FftGtgram>::new().audio(8000, &[&noise(3000), &noise(3000)]).conforms();
    }

    #[test]
    fn a_clip_much_shorter_than_a_transform_is_refused() {
        let short = Bench::<FftGtgram>::new().audio(16_000, &[&noise(863)]);
        assert_eq!(refused(short.run(), ErrorKind::Parameter).parameter, "window_time");
    }
}
