//! `onset.librosa`: where sounds begin.
//!
//! Shape: audio to strengths `(frame,)`, several channels to `(channel, frame)` (float32 of float32, float64 of float64), and the onsets'
//! frames `(onset,)` (int64).
//! Source: librosa 0.11.0, `librosa.onset.onset_strength` and `onset_detect`. Unlike `tempo.librosa` it tells when, not how often.

use std::marker::PhantomData;

use auricle_analysis::{AUDIO, librosa};
use auricle_dsp::Float;
use auricle_dsp::onset::Picking;
use auricle_sdk::{Real, prelude::*};

use crate::rise::{OfStrength, Rise, Strength};

/// The stage, for samples of one precision.
pub type OnsetStage<T> = Strength<Onset<T>>;

/// How onsets are picked.
pub struct Onset<T> {
    picking: Picking,
    normalise: bool,
    value: PhantomData<fn() -> T>,
}

impl<T: Real + Float> OfStrength for Onset<T> {
    const DESCRIPTOR: Descriptor = Descriptor::new("onset.librosa", "Where sounds begin, as librosa.onset")
        .doc(
            "strength: the mean rise of mel bands in dB from lag frames before, moved n_fft // (2 hop_length) frames later if center, else at least lag values. frames: \
             its peaks, scaled to 0..1 if normalize: not under any value from pre_max before to post_max behind, delta over the mean from pre_avg \
             to post_avg, wait after the last. Levels have a floor 80 dB under the loudest of the whole input, so all of it is kept. \
             Of several channels, as the tool, there are strengths but no frames. Not there: max_size, detrend, backtrack, aggregate.",
        )
        .source("librosa 0.11.0, librosa.onset.onset_strength and librosa.onset.onset_detect")
        .inputs(&[AUDIO])
        .outputs(&[
            Port::tensor("strength").dtypes(&[DType::F32, DType::F64]).doc("The strength of each frame."),
            Port::tensor("frames").dtypes(&[DType::I64]).doc("The frames at which something begins."),
        ])
        .parameters(&[
            librosa::N_FFT,
            librosa::HOP_LENGTH.default(DefaultValue::Int(512)),
            Parameter::int("lag", 1).range(1.0, 1e6).unit("frames").doc("Over which a rise is taken."),
            Parameter::bool("center", true).doc("The strength is moved to the middle of the frames."),
            Parameter::int("n_mels", 128).range(1.0, 65_536.0).doc("Number of bands."),
            Parameter::float("fmin", 0.0).range(0.0, 1e9).unit("Hz").doc("Lower edge of the first band."),
            Parameter::float("fmax", 0.0)
                .range(0.0, 1e9)
                .default(DefaultValue::Str("none"))
                .choices(&["none"])
                .unit("Hz")
                .doc("Upper edge of the last band; none: half the sample rate."),
            Parameter::bool("normalize", true).doc("The strength is scaled to 0..1 before its peaks are picked."),
            count("pre_max").doc("Frames before that a peak is not under; none: 30 ms."),
            count("post_max").doc("Frames from the peak on that it is not under; none: 1."),
            count("pre_avg").doc("Frames before that are averaged; none: 100 ms."),
            count("post_avg").doc("Frames from the peak on that are averaged; none: 100 ms and 1."),
            count("wait").doc("Frames behind a peak that are none; none: 30 ms."),
            Parameter::float("delta", 0.07).range(0.0, 1e9).doc("How far a peak is over the mean."),
        ])
        .locality(Locality::WholeInput)
        .result_version(2);

    type Value = T;

    fn new(setup: &Setup) -> Result<(Self, Rise<T>, Vec<Format>)> {
        let parameters = &setup.parameters;
        let input = setup.input(0)?;
        let (n_mels, fmin) = (parameters.count("n_mels")?, parameters.float("fmin")?);
        let fmax = parameters.optional_float("fmax")?;
        let bank = |bank: auricle_dsp::mel::Config| auricle_dsp::mel::Config {
            n_mels,
            fmin,
            fmax: fmax.unwrap_or(bank.fmax),
            ..bank
        };
        let rise = Rise::<T>::new(setup, &bank, parameters.count("lag")?, parameters.bool("center")?)?;
        let audio = input.as_audio()?;
        let rate = f64::from(audio.sample_rate);
        let hop = rise.framing.hop as f64;
        let frames = |id: &str, seconds: f64, more: usize| {
            // Seconds in whole frames, as the tool counts them.
            let usual = (seconds * rate / hop).floor() as usize + more;
            Ok::<usize, Error>(parameters.optional_count(id)?.unwrap_or(usual))
        };
        let picking = Picking {
            pre_max: frames("pre_max", 0.03, 0)?,
            post_max: frames("post_max", 0.0, 1)?,
            pre_avg: frames("pre_avg", 0.10, 0)?,
            post_avg: frames("post_avg", 0.10, 1)?,
            wait: frames("wait", 0.03, 0)?,
            delta: parameters.float("delta")?,
        };
        for (id, value) in [("post_max", picking.post_max), ("post_avg", picking.post_avg)] {
            if value == 0 {
                return Err(Error::parameter(id, "expected at least 1, got 0"));
            }
        }
        let length = input.length.map(|samples| rise.count(samples));
        let (mut axes, mut layout) = (vec![Axis::frames(length)], "frame");
        if audio.channels > 1 {
            axes.push(Axis::channels(audio.channels));
            layout = "channel,frame";
            let message =
                "librosa picks no onsets of several channels: the port frames stays empty; mix them down, or read one";
            setup.host().finding(Severity::Warning, "no-onsets", message, None);
        }
        let clock = input.clock.frames(rise.framing.hop as i64, rise.framing.origin());
        let strength = Format::tensor(Tensor::new::<T>(axes, "strength"), clock, length, layout);
        let onsets = Tensor::new::<i64>(vec![Axis::new(Role::Time, "onset", None)], "frame");
        let onsets = Format::tensor(onsets, Clock::NONE, None, "onset");
        let normalise = parameters.bool("normalize")?;
        Ok((Onset { picking, normalise, value: PhantomData }, rise, vec![strength, onsets]))
    }

    fn tell(&self, strengths: &[Vec<T>], out: &mut Outputs<'_>) -> Result<()> {
        let frames = strengths[0].len();
        if frames > 0 {
            let mut block = out.tensor::<T>(0, 0, frames)?;
            for (t, frame) in block.frames().enumerate() {
                frame.iter_mut().zip(strengths).for_each(|(place, strength)| *place = strength[t]);
            }
            block.emit()?;
        }
        let [strength] = strengths else { return Ok(()) };
        let onsets = self.picking.peaks(strength, self.normalise);
        if !onsets.is_empty() {
            let mut block = out.tensor::<i64>(1, 0, onsets.len())?;
            block.values().copy_from_slice(&onsets);
            block.emit()?;
        }
        Ok(())
    }
}

const fn count(id: &'static str) -> Parameter {
    Parameter::int(id, 1).range(0.0, 1e6).default(DefaultValue::Str("none")).choices(&["none"]).unit("frames")
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::Bench;

    fn clicks() -> Vec<f32> {
        (0..20_000)
            .map(|i| if i % 5000 < 200 && i >= 5000 { ((i * 7919) % 101) as f32 / 101.0 - 0.5 } else { 0.0 })
            .collect()
    }

    #[test]
    fn clicks_are_onsets() {
        let bench = Bench::<OnsetStage<f32>>::new().audio(22_050, &[&clicks()]);
        let outcome = bench.run().expect("runs");
        assert_eq!(outcome.tensor::<f32>(0).expect("strengths").len(), 40);
        let frames: Vec<i64> = outcome.tensor(1).expect("frames");
        assert_eq!(frames.len(), 3, "{frames:?}");
        bench.conforms();
    }

    #[test]
    fn silence_has_none() {
        let outcome = Bench::<OnsetStage<f32>>::new().audio(22_050, &[&[0.0f32; 3000]]).run().expect("runs");
        assert!(outcome.tensor::<i64>(1).expect("frames").is_empty());
    }

    #[test]
    fn channels_have_strengths_of_their_own_and_no_frames() {
        let one: Vec<f32> = Bench::<OnsetStage<f32>>::new()
            .audio(22_050, &[&clicks()])
            .run()
            .expect("runs")
            .tensor(0)
            .expect("strengths");
        let bench = Bench::<OnsetStage<f32>>::new().audio(22_050, &[&clicks(), &[0.0; 20_000]]);
        let outcome = bench.run().expect("runs");
        assert_eq!(outcome.formats[0].layout, "channel,frame");
        let both: Vec<f32> = outcome.tensor(0).expect("strengths");
        let silent = both.iter().skip(1).step_by(2).all(|x| *x == 0.0);
        assert!(silent && both.iter().step_by(2).eq(&one), "{both:?}");
        assert!(outcome.tensor::<i64>(1).expect("frames").is_empty());
        bench.conforms();
    }
}
