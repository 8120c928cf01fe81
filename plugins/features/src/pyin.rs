//! `f0.pyin`: the likeliest course of the fundamental frequency.
//!
//! Shape: audio to `(frame,)`, several channels to `(channel, frame)`: Hz (float64), flags (uint8) and likelihoods (float64).
//! Source: librosa 0.11.0, `librosa.pyin`. Unlike `f0.yin` it knows frames without a pitch, and looks at all of them at once.

use std::ops::Range;

use auricle_analysis::{AUDIO, librosa, refused};
use auricle_dsp::pyin::{Config, Pitch, Pyin};
use auricle_sdk::adapter::Framer;
use auricle_sdk::prelude::*;

use crate::rms::{CENTER, FRAME_LENGTH, framing};
use crate::yin;

/// The stage.
pub struct PyinStage {
    framer: Framer<f64>,
    /// One a channel.
    pyins: Vec<Pyin>,
    /// What stands for no pitch; none: the likeliest all the same.
    fill: Option<f64>,
}

impl Stage for PyinStage {
    const DESCRIPTOR: Descriptor = Descriptor::new("f0.pyin", "The likeliest course of the pitch, as librosa.pyin")
        .doc(
            "Troughs of every frame's difference function, each as likely as a beta distribution (2, 18) of thresholds finds it first; then the \
             likeliest course through all frames, by bins of resolution semitones and with a voice that may begin and end. Unvoiced frames are NaN, \
             or fill_na; none: the likeliest pitch. All frames are kept. voiced_flag is 0 or 1 as uint8, of the tool bool. Not there: \
             beta_parameters.",
        )
        .source("librosa 0.11.0, librosa.pyin; Mauch and Dixon, ICASSP 2014")
        .inputs(&[AUDIO])
        .outputs(&[
            Port::tensor("f0").dtypes(&[DType::F64]).nan().doc("Hz a frame; NaN where there is no pitch."),
            Port::tensor("voiced_flag").dtypes(&[DType::U8]).doc("1 where there is a pitch."),
            Port::tensor("voiced_prob").dtypes(&[DType::F64]).doc("How likely there is one, by each frame alone."),
        ])
        .parameters(&[
            yin::FMIN,
            yin::FMAX,
            FRAME_LENGTH,
            yin::HOP,
            Parameter::int("n_thresholds", 100).range(1.0, 65_536.0).doc("Thresholds that are tried."),
            Parameter::float("boltzmann_parameter", 2.0).range(1e-6, 1e3).doc("How fast a later trough of a frame loses likelihood."),
            Parameter::float("resolution", 0.1).range(1e-3, 0.9999).doc("Of a bin, in semitones."),
            Parameter::float("max_transition_rate", 35.92).range(0.0, 1e6).doc("Octaves a second that a pitch may move."),
            Parameter::float("switch_prob", 0.01).range(1e-12, 0.9999).doc("The likelihood that a voice begins or ends."),
            Parameter::float("no_trough_prob", 0.01).range(0.0, 1.0).doc("The likelihood of the deepest trough where no threshold finds one."),
            Parameter::float("fill_na", 0.0)
                .default(DefaultValue::Str("nan"))
                .choices(&["nan", "none"])
                .doc("What stands for no pitch; none: the likeliest all the same."),
            CENTER,
            librosa::PAD_MODE,
        ])
        .locality(Locality::WholeInput)
        .result_version(3);

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let parameters = &setup.parameters;
        let input = setup.input(0)?;
        let audio = input.as_audio()?;
        let hop = yin::hop(parameters)?;
        let config = Config {
            yin: yin::config(setup, 1.0)?,
            hop,
            n_thresholds: parameters.count("n_thresholds")?,
            boltzmann: parameters.float("boltzmann_parameter")?,
            resolution: parameters.float("resolution")?,
            max_transition_rate: parameters.float("max_transition_rate")?,
            switch: parameters.float("switch_prob")?,
            no_trough: parameters.float("no_trough_prob")?,
        };
        let pad = librosa::pad(&setup.parameters)?;
        let framing = framing(setup, hop, pad)?;
        framing.check()?;
        input.length.map_or(Ok(()), |samples| framing.fits(samples))?;
        let fill = match parameters.get("fill_na")? {
            Value::Str(name) if name == "none" => None,
            Value::Str(_) => Some(f64::NAN),
            _ => Some(parameters.float("fill_na")?),
        };
        let pyins: std::result::Result<_, _> = (0..audio.channels).map(|_| Pyin::new(&config)).collect();
        let pyins = pyins.map_err(refused)?;
        let length = input.length.map(|samples| framing.count(samples));
        let clock = input.clock.frames(hop as i64, framing.origin());
        let format = |mut tensor: Tensor, unit: &str| {
            tensor.unit = unit.into();
            tensor.axes = vec![Axis::frames(length)];
            if audio.channels == 1 {
                return Format::tensor(tensor, clock, length, "frame");
            }
            tensor.axes.push(Axis::channels(audio.channels));
            Format::tensor(tensor, clock, length, "channel,frame")
        };
        let formats = vec![
            format(Tensor::new::<f64>(Vec::new(), "frequency"), "Hz"),
            format(Tensor::new::<u8>(Vec::new(), "flag"), ""),
            format(Tensor::new::<f64>(Vec::new(), "probability"), ""),
        ];
        Ok((PyinStage { framer: Framer::new(framing, audio.channels), pyins, fill }, formats))
    }

    fn begin(&mut self, _: usize, _: Range<i64>) -> Result<()> {
        self.framer.begin(0);
        self.pyins.iter_mut().for_each(Pyin::reset);
        Ok(())
    }

    fn process(&mut self, packet: Option<&Packet>, _: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet {
            self.framer.push(packet)?;
            self.observe();
        }
        Ok(Flow::Continue)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        self.framer.end()?;
        self.observe();
        let courses: Vec<Vec<Pitch>> = self.pyins.iter().map(Pyin::course).collect();
        if courses[0].is_empty() {
            return Ok(Flow::Done);
        }
        let fill = self.fill;
        tell::<f64>(&courses, 0, out, |pitch| if pitch.voiced { pitch.hz } else { fill.unwrap_or(pitch.hz) })?;
        tell::<u8>(&courses, 1, out, |pitch| u8::from(pitch.voiced))?;
        tell::<f64>(&courses, 2, out, |pitch| pitch.likelihood)?;
        Ok(Flow::Done)
    }
}

/// Sends one thing of every frame of every channel to a port.
fn tell<T: Element>(
    courses: &[Vec<Pitch>],
    port: usize,
    out: &mut Outputs<'_>,
    what: impl Fn(&Pitch) -> T,
) -> Result<()> {
    let mut block = out.tensor::<T>(port, 0, courses[0].len())?;
    for (t, frame) in block.frames().enumerate() {
        frame.iter_mut().zip(courses).for_each(|(place, course)| *place = what(&course[t]));
    }
    block.emit()
}

impl PyinStage {
    fn observe(&mut self) {
        for _ in 0..self.framer.ready() {
            for (channel, pyin) in self.pyins.iter_mut().enumerate() {
                pyin.observe(self.framer.frame(0, channel));
            }
            self.framer.advance(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn bench(fmax: f64) -> Bench<PyinStage> {
        let tone = |i: usize| if (3000..7000).contains(&i) { (i as f32 * 0.1).sin() } else { 0.0 };
        let samples: Vec<f32> = (0..10_000).map(tone).collect();
        Bench::new().parameter("fmin", 65.0).parameter("fmax", fmax).audio(16_000, &[&samples])
    }

    #[test]
    fn a_tone_between_silences() {
        let outcome = bench(1000.0).run().expect("runs");
        let hz: Vec<f64> = outcome.tensor(0).expect("pitches");
        let flags: Vec<u8> = outcome.tensor(1).expect("flags");
        assert_eq!((hz.len(), flags.len(), outcome.tensor::<f64>(2).expect("likelihoods").len()), (20, 20, 20));
        assert!(hz[0].is_nan() && flags[0] == 0, "{hz:?}");
        assert!((hz[10] - 254.65).abs() < 2.0 && flags[10] == 1, "{hz:?}");
        bench(1000.0).parameter("fill_na", 0.0).conforms();
    }

    #[test]
    fn refusals() {
        assert_eq!(refused(bench(9000.0).run(), ErrorKind::Parameter).parameter, "fmax");
    }

    #[test]
    fn channels_have_courses_of_their_own() {
        let tone: Vec<f32> = (0..10_000).map(|i| (i as f32 * 0.1).sin()).collect();
        let pitches = |channels: &[&[f32]]| {
            let bench =
                Bench::<PyinStage>::new().parameter("fmin", 65.0).parameter("fmax", 500.0).parameter("fill_na", 0.0);
            let bench = bench.audio(16_000, channels);
            bench.conforms();
            let outcome = bench.run().expect("runs");
            (outcome.formats[0].layout.clone(), outcome.tensor::<f64>(0).expect("pitches"))
        };
        let (_, one) = pitches(&[&tone]);
        let (layout, both) = pitches(&[&tone, &[0.0; 10_000]]);
        assert_eq!(layout, "channel,frame");
        assert!(both.iter().step_by(2).eq(&one) && both.iter().skip(1).step_by(2).all(|hz| *hz == 0.0), "{both:?}");
    }
}
