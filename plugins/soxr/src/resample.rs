//! `resample.soxr`: another sample rate, by libsoxr.
//!
//! Shape: `(channel, sample)` to `(channel, ceil(samples * sr / rate))`, the length and the samples of `librosa.resample`;
//! `soxr.resample` rounds the length. Differs from its siblings in that the filters are another library's own.

use crate::convert::{Converter, Rates};
use crate::ffi::{Quality, Sample};
use auricle_decode::host;
use auricle_sdk::prelude::*;
use std::ops::Range;

/// The stage.
pub struct Resample {
    rates: Rates,
    converter: Typed,
    next: i64,
}

/// A conversion of either type; none where the rates are equal.
enum Typed {
    Same,
    F32(Converter<f32>),
    F64(Converter<f64>),
}

impl Stage for Resample {
    const DESCRIPTOR: Descriptor = Descriptor::new("resample.soxr", "Changes the sample rate with libsoxr")
        .doc(
            "Band-limited resampling by libsoxr, bit-equal with soxr.resample and librosa.resample of the same quality: hq (the \
             tools' default) keeps 20 bits, vhq 28, mq and lq 16, and qq interpolates without a filter, so it aliases. The \
             output has ceil(samples * sr / rate) samples, as librosa's (soxr.resample rounds, and so may have one less), and no delay. A piece that is computed alone equals the whole \
             within the rounding of float32. Needs the system's libsoxr.",
        )
        .source("libsoxr 0.1.3; python-soxr 1.1.0; librosa 0.11.0, librosa.resample")
        .inputs(&[Port::audio("audio").dtypes(&[DType::F32, DType::F64]).doc("What is resampled.")])
        .outputs(&[Port::audio("audio").dtypes(&[DType::F32, DType::F64]).doc("The same audio at the rate `sr`.")])
        .parameters(&[
            Parameter::absent("sr", Types::INT).required().range(1.0, 1e8).unit("Hz").doc("The new sample rate."),
            Parameter::choice("quality", "hq", &["hq", "vhq", "mq", "lq", "qq"]).doc("libsoxr's recipe."),
        ])
        .locality(Locality::Recurrent { error: 1e-6 });

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let input = setup.input(0)?;
        let audio = input.as_audio()?.clone();
        let to_hz = u32::try_from(setup.parameters.int("sr")?)
            .map_err(|_| Error::parameter("sr", "expected a sample rate of 1 Hz or more"))?;
        let name = setup.parameters.text("quality")?;
        let quality = Quality::from_name(name).ok_or_else(|| Error::parameter("quality", "no such quality"))?;
        let rates = Rates { from_hz: audio.sample_rate, to_hz };
        let converter = match audio.dtype {
            _ if rates.from_hz == rates.to_hz => Typed::Same,
            DType::F64 => Typed::F64(Converter::new(rates, quality, audio.channels)?),
            _ => Typed::F32(Converter::new(rates, quality, audio.channels)?),
        };
        let length = input.length.map(|n| rates.output_length(n.max(0) as u64) as i64);
        let mut format = Format::audio_of(audio.dtype, audio.channels, to_hz, length).with_layout(&input.layout);
        format.attributes = input.attributes.clone();
        if let Data::Audio(out) = &mut format.data {
            out.channel_layout = audio.channel_layout;
        }
        Ok((Resample { rates, converter, next: 0 }, vec![format]))
    }

    fn need(&self, _: usize, span: Range<i64>) -> Vec<Range<i64>> {
        if let Typed::Same = self.converter {
            return vec![span];
        }
        let (from, _) = self.rates.entry(span.start.max(0) as u64);
        let to = self.rates.exit(span.end.max(0) as u64);
        let input = from as i64..i64::try_from(to).unwrap_or(i64::MAX);
        Vec::from([input])
    }

    fn begin(&mut self, _: usize, span: Range<i64>) -> Result<()> {
        self.next = span.start.max(0);
        match &mut self.converter {
            Typed::Same => Ok(0),
            Typed::F32(c) => c.start(self.next as u64),
            Typed::F64(c) => c.start(self.next as u64),
        }
        .map(|_| ())
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        let Some(packet) = packet else { return Ok(Flow::Continue) };
        match &mut self.converter {
            Typed::Same => out.forward(0, packet)?,
            Typed::F32(c) => {
                c.push(packet.audio::<f32>()?.channels)?;
                emit(c, &mut self.next, out)?;
            }
            Typed::F64(c) => {
                c.push(packet.audio::<f64>()?.channels)?;
                emit(c, &mut self.next, out)?;
            }
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        match &mut self.converter {
            Typed::Same => {}
            Typed::F32(c) => {
                c.finish()?;
                emit(c, &mut self.next, out)?;
            }
            Typed::F64(c) => {
                c.finish()?;
                emit(c, &mut self.next, out)?;
            }
        }
        Ok(Flow::Done)
    }
}

fn emit<T: Sample>(converter: &mut Converter<T>, next: &mut i64, out: &mut Outputs<'_>) -> Result<()> {
    host::emit(out, *next, converter.planes())?;
    *next += converter.clear() as i64;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn bench(sr: i64, quality: &str, channels: &[&[f32]]) -> Bench<Resample> {
        Bench::new().parameter("sr", sr).parameter("quality", quality).audio(44_100, channels)
    }

    #[test]
    fn it_keeps_the_laws_at_every_length_and_quality() {
        let wave: Vec<f32> = (0..5000).map(|i| (i as f32 * 0.03).sin()).collect();
        for n in [0, 1, 2, 100, 5000] {
            for quality in ["hq", "vhq", "mq", "lq", "qq"] {
                for sr in [8_000, 22_050, 44_100, 48_000, 192_000] {
                    let bench = bench(sr, quality, &[&wave[..n], &wave[5000 - n..]]);
                    bench.conforms();
                    let made = bench.run().expect("runs").audio::<f32>(0).expect("audio");
                    let length = Rates { from_hz: 44_100, to_hz: sr as u32 }.output_length(n as u64);
                    assert_eq!(made[1].len() as u64, length, "{n} at {sr} {quality}");
                }
            }
        }
    }

    #[test]
    fn a_tone_keeps_its_level_and_one_beyond_the_new_nyquist_is_gone() {
        let tone = |hz: f64| -> Vec<f32> {
            (0..44_100).map(|i| (i as f64 * hz * std::f64::consts::TAU / 44_100.0).sin() as f32).collect()
        };
        let level = |hz: f64| {
            let made = bench(16_000, "hq", &[&tone(hz)]).run().expect("runs").audio::<f32>(0).expect("audio");
            let inner = &made[0][2000..14_000];
            let power = inner.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / inner.len() as f64;
            10.0 * (2.0 * power).max(1e-30).log10()
        };
        assert!(level(1000.0).abs() < 1e-3, "{}", level(1000.0));
        assert!(level(9000.0) < -120.0, "{}", level(9000.0));
    }

    #[test]
    fn a_piece_in_the_middle_equals_the_whole_within_rounding() {
        let wave: Vec<f32> = (0..60_000).map(|i| (i as f32 * 0.11).sin()).collect();
        let bench = bench(16_000, "hq", &[&wave]);
        let whole = bench.run().expect("runs").audio::<f32>(0).expect("audio");
        let part = bench.region(0, 10_000..10_500).expect("a region runs");
        let made = part.audio::<f32>(0).expect("audio");
        assert!(made[0].len() >= 500, "{}", made[0].len());
        for (a, b) in made[0].iter().zip(&whole[0][10_000..10_500]) {
            assert!((a - b).abs() < 1e-6, "{a} {b}");
        }
    }

    #[test]
    fn refusals() {
        let missing = Bench::<Resample>::new().audio(44_100, &[&[0.0f32]]);
        refused(missing.run(), ErrorKind::Parameter);
        refused(bench(0, "hq", &[&[0.0]]).run(), ErrorKind::Parameter);
    }
}
