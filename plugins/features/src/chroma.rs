//! `chroma.librosa`: how much of each pitch class there is.
//!
//! Shape: audio to `(chroma, frame)`, several channels to `(channel, chroma, frame)`; float32 of float32, float64 of float64.
//! Source: librosa 0.11.0, `librosa.feature.chroma_stft`. Unlike `mel.librosa` octaves fall together.

use auricle_analysis::refused;
use auricle_dsp::Float;
use auricle_dsp::chroma::{Chroma, Config, Tuning};
use auricle_dsp::stft::{Exponent, Stft};
use auricle_sdk::{Real, prelude::*};

use crate::spectrum::{INPUT, planned, with};

/// The stage, for samples of one precision.
pub struct ChromaStage<T> {
    framing: Framing,
    stft: Stft,
    step_hz: f64,
    config: Config,
    chroma: Chroma,
    /// The peaks of the first pass; none: the tuning is given.
    tuning: Option<Tuning>,
    norm: Norm,
    power: Vec<T>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Norm {
    None,
    Largest,
    P(f64),
}

impl<T: Real + Float> PerFrame for ChromaStage<T> {
    const DESCRIPTOR: Descriptor = Descriptor::new("chroma.librosa", "Pitch classes, as librosa.feature.chroma_stft")
        .doc(
            "Powers of stft.librosa, weighted by Gaussian bumps on the tones of an octave, every frame divided by its norm. Without a tuning it is \
             estimated from the peaks of the whole input, all channels, so a first pass collects them: some 12 MB an hour. kind cqt and cens are not there.",
        )
        .source("librosa 0.11.0, librosa.feature.chroma_stft, librosa.filters.chroma and librosa.estimate_tuning")
        .inputs(&[INPUT])
        .outputs(&[Port::tensor("chroma").dtypes(&[DType::F32, DType::F64]).doc("Pitch classes, (chroma, frame), from C.")])
        .parameters(&PARAMETERS)
        .locality(Locality::Global);

    type In = T;
    type Out = T;

    fn new(setup: &Setup) -> Result<Self> {
        let parameters = &setup.parameters;
        let (stft, framing, hz) = planned(setup)?;
        let tuning = parameters.optional_float("tuning")?;
        let config = Config {
            sample_rate: f64::from(setup.input(0)?.as_audio()?.sample_rate),
            n_fft: stft.n_fft(),
            tones: parameters.count("n_chroma")?,
            tuning: tuning.unwrap_or(0.0),
            octaves: parameters
                .optional_float("octwidth")?
                .map(|width| Ok::<_, Error>((parameters.float("ctroct")?, width)))
                .transpose()?,
            from_c: parameters.bool("base_c")?,
        };
        let norm = match parameters.get("norm")? {
            Value::Str(name) if name == "none" => Norm::None,
            Value::Str(_) => Norm::Largest,
            _ => match parameters.float("norm")? {
                p if p.is_infinite() => Norm::Largest,
                p if p > 0.0 => Norm::P(p),
                p => return Err(Error::parameter("norm", format!("expected a number above 0, got {p}"))),
            },
        };
        Ok(ChromaStage {
            chroma: Chroma::new(&config).map_err(refused)?,
            tuning: tuning.is_none().then(Tuning::default),
            power: vec![T::default(); hz.len()],
            // The estimate takes any transform for one of an even length.
            step_hz: config.sample_rate / (2 * (hz.len() - 1)) as f64,
            framing,
            stft,
            config,
            norm,
        })
    }

    fn framing(&self) -> Framing {
        self.framing
    }

    fn output(&self, _: &Audio) -> Tensor {
        Tensor::new::<T>(vec![Axis::new(Role::Class, "chroma", Some(self.config.tones))], "chroma")
    }

    fn frame(&mut self, samples: &[T], out: &mut [T]) {
        self.stft.process_magnitude(samples, Exponent::Power, &mut self.power);
        self.chroma.process(&self.power, out);
        self.norm.apply(out);
    }

    fn reduces(&self) -> bool {
        self.tuning.is_some()
    }

    fn observe(&mut self, samples: &[T]) {
        if let Some(tuning) = &mut self.tuning {
            self.stft.process_magnitude(samples, Exponent::Power, &mut self.power);
            tuning.observe(&self.power, self.step_hz);
        }
    }

    fn reduction(&self) -> Vec<u8> {
        let tuning = self.tuning.as_ref().map_or(self.config.tuning, |tuning| tuning.estimate(self.config.tones));
        tuning.to_le_bytes().to_vec()
    }

    fn adopt(&mut self, state: &[u8]) -> Result<()> {
        let bytes = state.try_into().map_err(|_| Error::internal("the reduction is not eight bytes"))?;
        self.config.tuning = f64::from_le_bytes(bytes);
        self.chroma = Chroma::new(&self.config).map_err(refused)?;
        Ok(())
    }
}

const PARAMETERS: [Parameter; 13] = with(&[
    Parameter::choice("kind", "stft", &["stft"]).doc("What the classes are made of."),
    Parameter::absent("tuning", Types::FLOAT)
        .range(-1.0, 1.0)
        .doc("How far the tones are above 440 Hz's, in tones; absent: estimated."),
    Parameter::int("n_chroma", 12).range(1.0, 4096.0).doc("Pitch classes."),
    Parameter::choice("norm", "inf", &["inf", "none"])
        .or(Types::FLOAT)
        .doc("Of a frame: its largest value (inf), a p-norm, none."),
    Parameter::float("ctroct", 5.0).range(-20.0, 20.0).doc("The octave that counts most, from 27.5 Hz on."),
    Parameter::float("octwidth", 2.0)
        .range(1e-3, 1e3)
        .choices(&["none"])
        .doc("The width of the octaves that count; none: all alike."),
    Parameter::bool("base_c", true).doc("The first class is C; else A."),
]);

impl Norm {
    fn apply<T: Float>(self, frame: &mut [T]) {
        let values = frame.iter().map(|x| Into::<f64>::into(*x).abs());
        let length = match self {
            Norm::None => return,
            Norm::Largest => values.fold(0.0, f64::max),
            Norm::P(p) => values.map(|x| x.powf(p)).sum::<f64>().powf(1.0 / p),
        };
        if length >= f64::from(f32::MIN_POSITIVE) {
            frame.iter_mut().for_each(|x| *x = T::from_real((*x).into() / length));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrum::tests::tone;
    use auricle_sdk::testing::Bench;

    #[test]
    fn a_tone_and_the_laws() {
        // 1053 Hz is C.
        let bench = Bench::<Framed<ChromaStage<f32>>>::new().parameter("tuning", 0.0).audio(22_050, &[&tone(4000)]);
        let chroma: Vec<f32> = bench.run().expect("runs").tensor(0).expect("classes");
        assert_eq!((chroma.len(), chroma[4 * 12]), (12 * 8, 1.0), "{:?}", &chroma[48..60]);
        bench.conforms();
        Bench::<Framed<ChromaStage<f32>>>::new().audio(22_050, &[&tone(3000), &tone(3000)]).conforms();
        let infinite =
            Bench::<Framed<ChromaStage<f32>>>::new().parameter("tuning", 0.0).parameter("norm", f64::INFINITY);
        let outcome = infinite.audio(22_050, &[&tone(4000)]).run().expect("runs");
        assert_eq!(outcome.tensor::<f32>(0).expect("classes"), chroma);
        Bench::<Framed<ChromaStage<f64>>>::new().parameter("norm", 2.0).audio(22_050, &[&[0.0f64; 900]]).conforms();
    }
}
