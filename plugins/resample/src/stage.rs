//! Audio at another sample rate: the mechanism of every dialect of this family.

use std::marker::PhantomData;
use std::ops::Range;

use auricle_dsp::Float;
use auricle_dsp::resample::{Config, Filter, Length, Resampler};
use auricle_sdk::format::Data;
use auricle_sdk::{Real, prelude::*};

/// What tells one tool's resampler from another's.
pub trait Dialect: Sized + Send + 'static {
    /// What its stage says about itself.
    const DESCRIPTOR: Descriptor;
    /// How many samples come out.
    const LENGTH: Length;
    /// Does it refuse to give no samples?
    const REFUSES_NOTHING: bool = false;

    /// What its parameters mean.
    fn filter(parameters: &Parameters) -> Result<Filter>;
}

/// The new rate.
pub const SR: Parameter =
    Parameter::absent("sr", Types::INT).required().range(1.0, 1e8).unit("Hz").doc("The new sample rate.");

/// What goes in.
pub const AUDIO: &[Port] = &[Port::audio("audio").dtypes(&[DType::F32, DType::F64]).doc("What is resampled.")];

/// What comes out.
pub const RESAMPLED: &[Port] =
    &[Port::audio("audio").dtypes(&[DType::F32, DType::F64]).doc("The same audio at the rate `sr`, of the same type.")];

/// Samples of one channel that are made at a time.
const BLOCK: u64 = 1 << 14;

/// A dialect as a stage, for samples of one precision; sums are in float64.
pub struct Resample<D, T> {
    resampler: Resampler,
    /// Input samples by channel that later output still needs, the first of which stands at `base`.
    channels: Vec<Vec<T>>,
    base: i64,
    started: bool,
    /// The next output sample.
    next: u64,
    dialect: PhantomData<fn() -> D>,
}

impl<D: Dialect, T: Real + Float> Stage for Resample<D, T> {
    const DESCRIPTOR: Descriptor = D::DESCRIPTOR.locality(Locality::Window);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let input = setup.input(0)?;
        let audio = input.as_audio()?;
        let to_hz = u32::try_from(setup.parameters.int("sr")?)
            .map_err(|_| Error::parameter("sr", "expected a sample rate of 1 Hz or more"))?;
        let filter = D::filter(&setup.parameters)?;
        let config = Config { from_hz: audio.sample_rate, to_hz, filter, length: D::LENGTH };
        let resampler = Resampler::new(&config).map_err(refused)?;
        let length = input.length.map(|samples| resampler.count(samples.max(0) as u64) as i64);
        if D::REFUSES_NOTHING && length == Some(0) {
            return Err(nothing());
        }
        let mut format = Format::audio::<T>(audio.channels, to_hz, length).with_layout(&input.layout);
        format.attributes = input.attributes.clone();
        if let Data::Audio(out) = &mut format.data {
            out.channel_layout = audio.channel_layout.clone();
        }
        let channels = vec![Vec::new(); audio.channels];
        Ok((Resample { resampler, channels, base: 0, started: false, next: 0, dialect: PhantomData }, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        if self.resampler.is_identity() {
            return vec![span];
        }
        let start = self.resampler.first(span.start.max(0) as u64).max(0);
        let end = if span.end == i64::MAX { i64::MAX } else { self.resampler.end(span.end.max(1) as u64 - 1) };
        // At least one sample: a stage that is given nothing is not called.
        let need = start..end.max(start.saturating_add(1));
        vec![need]
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        self.channels.iter_mut().for_each(Vec::clear);
        (self.base, self.started, self.next) = (0, false, span.start.max(0) as u64);
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        if self.resampler.is_identity() {
            out.forward(0, packet)?;
            return Ok(Flow::Continue);
        }
        if !self.started {
            (self.base, self.started) = (packet.start, true);
        }
        for (index, channel) in self.channels.iter_mut().enumerate() {
            channel.extend_from_slice(packet.channel::<T>(index)?);
        }
        let end = self.resampler.ready(self.received());
        self.emit(end, out)?;
        self.forget();
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        if !self.resampler.is_identity() {
            let count = self.resampler.count(self.received().max(0) as u64);
            if D::REFUSES_NOTHING && count == 0 {
                return Err(nothing());
            }
            self.emit(count, out)?;
        }
        Ok(Flow::Done)
    }
}

impl<D: Dialect, T: Real + Float> Resample<D, T> {
    fn received(&self) -> i64 {
        self.base + self.channels.first().map_or(0, Vec::len) as i64
    }

    /// Makes the output samples before `end`.
    fn emit(&mut self, end: u64, out: &mut Outputs<'_>) -> Result<()> {
        while self.next < end {
            let count = (end - self.next).min(BLOCK);
            let mut block = out.audio::<T>(0, self.next as i64, count as usize)?;
            for (channel, samples) in block.each_channel().zip(&self.channels) {
                self.resampler.process(samples, self.base, self.next, channel);
            }
            block.emit()?;
            self.next += count;
        }
        Ok(())
    }

    /// Drops the input that is done with, rarely, since moving the rest down costs.
    fn forget(&mut self) {
        let length = self.channels.first().map_or(0, Vec::len);
        let unused = usize::try_from(self.resampler.first(self.next) - self.base).unwrap_or(0).min(length);
        if unused > length / 2 {
            self.channels.iter_mut().for_each(|channel| drop(channel.drain(..unused)));
            self.base += unused as i64;
        }
    }
}

fn nothing() -> Error {
    Error::data("expected a signal that gives at least one sample, got a shorter one")
        .hint("raise sr, or lengthen the signal")
}

/// A kernel's refusal as the stage's, its fields by the tools' names.
fn refused(error: auricle_dsp::Error) -> Error {
    let parameter = match error.field {
        "to_hz" | "from_hz" => "sr",
        "zeros" => "lowpass_filter_width",
        other => other,
    };
    Error::parameter(parameter, error.message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{kaiser::Kaiser, scipy::Scipy, torchaudio::Torchaudio};
    use auricle_sdk::testing::{Bench, refused};

    fn laws<D: Dialect>() {
        let wave: Vec<f32> = (0..5000).map(|i| (i as f32 * 0.03).sin()).collect();
        for samples in [0, 1, 2, 100, 5000] {
            for sr in [8000, 22_050, 44_100, 48_000] {
                let bench = Bench::<Resample<D, f32>>::new()
                    .parameter("sr", sr)
                    .audio(44_100, &[&wave[..samples], &wave[5000 - samples..]]);
                let length = (samples as u64 * sr as u64) as f64 / 44_100.0;
                match (bench.run(), D::LENGTH) {
                    (Err(error), _) if D::REFUSES_NOTHING && length < 1.0 => assert_eq!(error.kind, ErrorKind::Data),
                    (outcome, rule) => {
                        let made = outcome.expect("runs").audio::<f32>(0).expect("audio");
                        let expected = if rule == Length::Ceil { length.ceil() } else { length.floor() };
                        assert_eq!(made[1].len(), expected as usize, "{samples} at {sr}");
                        bench.conforms();
                    }
                }
            }
        }
        let double = Bench::<Precision<Resample<D, f32>, Resample<D, f64>>>::new();
        let double = double.parameter("sr", 16_000).audio(44_100, &[&[1.0f64; 300]]);
        assert_eq!(double.run().expect("runs").formats[0].dtype(), Some(DType::F64));
    }

    #[test]
    fn every_dialect_keeps_the_laws() {
        laws::<Torchaudio>();
        laws::<Scipy>();
        laws::<Kaiser>();
    }

    /// Levels of what comes of a tone at 48 kHz, at 16 kHz; measured with the tools as well.
    #[test]
    fn aliases_are_as_low_as_the_tools() {
        fn level<D: Dialect>(hz: f64) -> f64 {
            let tone: Vec<f64> =
                (0..48_000).map(|i| (f64::from(i) * hz * std::f64::consts::TAU / 48_000.0).sin()).collect();
            let bench = Bench::<Resample<D, f64>>::new().parameter("sr", 16_000).audio(48_000, &[&tone]);
            let made = bench.run().expect("runs").audio::<f64>(0).expect("audio");
            let inner = &made[0][2000..14_000];
            10.0 * (2.0 * inner.iter().map(|x| x * x).sum::<f64>() / inner.len() as f64).max(1e-30).log10()
        }
        for (got, expected) in [
            (level::<Torchaudio>(7000.0), -1.78),
            (level::<Torchaudio>(9000.0), -17.0),
            (level::<Scipy>(7000.0), -0.25),
            (level::<Scipy>(9000.0), -31.0),
            (level::<Kaiser>(7000.0), -0.26),
            (level::<Kaiser>(9000.0), -90.0),
        ] {
            assert!((got - expected).abs() < 0.5, "expected {expected} dB, got {got}");
        }
    }

    #[test]
    fn refusals() {
        let bench = || Bench::<Resample<Torchaudio, f32>>::new().audio(44_100, &[&[0.0f32; 10]]);
        for (bench, parameter) in [
            (bench(), "sr"),
            (bench().parameter("sr", 0), "sr"),
            (bench().parameter("sr", 99_999_989), "sr"),
            (bench().parameter("sr", 16_000).parameter("rolloff", 0.0), "rolloff"),
            (bench().parameter("sr", 16_000).parameter("lowpass_filter_width", 0), "lowpass_filter_width"),
        ] {
            assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, parameter);
        }
    }
}
