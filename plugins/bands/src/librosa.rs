//! `mel.librosa`: mel bands of overlapping frames.
//!
//! Shape: audio to `(band, frame)`, several channels to `(channel, band, frame)`; float32 of float32, float64 of float64.
//! Source: librosa 0.11.0, `librosa.feature.melspectrogram`. Unlike `mel.tacotron2` it is a power, without a logarithm.

use std::marker::PhantomData;

use auricle_analysis::{Analysis, librosa, refused};
use auricle_dsp::Float;
use auricle_dsp::mel::{self, Mel, Norm, Scale, Weights};
use auricle_dsp::stft::{Exponent, Stft};
use auricle_sdk::{Real, prelude::*};

/// The stage, for samples of one precision; transform and sums are in float64.
pub struct Librosa<T> {
    stft: Stft,
    mel: Mel,
    framing: Framing,
    exponent: f64,
    scale: &'static str,
    spectrum: Vec<f64>,
    precision: PhantomData<T>,
}

impl<T: Real + Float> PerFrame for Librosa<T> {
    const DESCRIPTOR: Descriptor = Descriptor::new("mel.librosa", "Mel bands, as librosa.feature.melspectrogram")
        .doc(
            "The bins of stft.librosa, their magnitude to the given power, summed by a bank of triangles. Unless told \
             otherwise: power, Slaney's scale and area norm, 128 bands up to half the sample rate, zeros outside the signal. \
             No logarithm: db.power or log.clamp make one. Bands that lie between two bins stay zero and are a finding.",
        )
        .source("librosa 0.11.0, librosa.feature.melspectrogram and librosa.filters.mel")
        .inputs(&[Port::audio("audio").dtypes(&[DType::F32, DType::F64]).doc("Samples; the tool takes no integers.")])
        .outputs(&[Port::tensor("bands").dtypes(&[DType::F32, DType::F64]).doc("Mel bands, (band, frame), lowest first.")])
        .parameters(&[
            librosa::N_FFT,
            librosa::HOP_LENGTH.default(DefaultValue::Int(512)),
            librosa::WIN_LENGTH,
            librosa::WINDOW,
            librosa::CENTER,
            librosa::PAD_MODE,
            Parameter::float("power", 2.0)
                .range(1e-3, 1e3)
                .doc("Exponent of the magnitude: 1 for amplitude, 2 for power."),
            Parameter::int("n_mels", 128).range(1.0, 65_536.0).doc("Number of bands."),
            Parameter::float("fmin", 0.0).range(0.0, 1e9).unit("Hz").doc("Lower edge of the first band."),
            Parameter::float("fmax", 0.0)
                .range(0.0, 1e9)
                .default(DefaultValue::Str("none"))
                .choices(&["none"])
                .unit("Hz")
                .doc("Upper edge of the last band; none: half the sample rate."),
            Parameter::bool("htk", false).doc("HTK's scale instead of Slaney's."),
            Parameter::choice("norm", "slaney", &["slaney", "none"])
                .or(Types::FLOAT)
                .doc("slaney: bands of equal area; none: peaks of 1; a number p: rows of unit p-norm."),
        ])
        .locality(Locality::Window);
    type In = T;
    type Out = T;

    fn new(setup: &Setup) -> Result<Self> {
        let parameters = &setup.parameters;
        let sample_rate = f64::from(setup.input(0)?.as_audio()?.sample_rate);
        let Analysis { config, framing, .. } = librosa::analysis(setup)?;
        let n_fft = config.window.n_fft;
        let stft = Stft::new(&config).map_err(refused)?;
        let htk = parameters.bool("htk")?;
        let mel = Mel::new(&mel::Config {
            n_mels: parameters.count("n_mels")?,
            fmin: parameters.float("fmin")?,
            fmax: parameters.optional_float("fmax")?.unwrap_or(sample_rate / 2.0),
            scale: if htk { Scale::Htk } else { Scale::Slaney },
            norm: match parameters.get("norm")? {
                Value::Str(name) if name == "none" => Norm::None,
                Value::Str(_) => Norm::Slaney,
                _ => Norm::P(parameters.float("norm")?),
            },
            weights: Weights::Single,
            ..mel::Config::librosa(sample_rate, n_fft)
        })
        .map_err(refused)?;
        if mel.empty_bands() > 0 {
            let message = format!(
                "{} of {} bands are always zero: they lie between two bins of n_fft = {n_fft}; fewer bands or a longer n_fft fill them",
                mel.empty_bands(),
                mel.bands()
            );
            setup.host().finding(Severity::Warning, "empty-bands", &message, None);
        }
        Ok(Librosa {
            framing,
            spectrum: vec![0.0; stft.bins()],
            exponent: parameters.float("power")?,
            scale: if htk { "mel/htk" } else { "mel/slaney" },
            stft,
            mel,
            precision: PhantomData,
        })
    }

    fn framing(&self) -> Framing {
        self.framing
    }

    fn output(&self, _: &Audio) -> Tensor {
        let quantity = match Exponent::from(self.exponent) {
            Exponent::Magnitude => "amplitude",
            Exponent::Power => "power",
            Exponent::Of(_) => "",
        };
        Tensor::new::<T>(vec![Axis::bands(self.mel.centres_hz().to_vec(), self.scale)], quantity)
    }

    fn frame(&mut self, samples: &[T], out: &mut [T]) {
        self.stft.process_magnitude(samples, self.exponent.into(), &mut self.spectrum);
        self.mel.process(&self.spectrum, out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    type Stage32 = Precision<Framed<Librosa<f32>>, Framed<Librosa<f64>>>;

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    #[test]
    fn defaults_shapes_and_laws() {
        let outcome = Bench::<Stage32>::new().audio(22_050, &[&ramp(4096)]).run().expect("runs");
        let tensor = outcome.formats[0].as_tensor().expect("a tensor");
        assert_eq!((tensor.frame_len(), tensor.quantity.as_str(), tensor.dtype), (128, "power", DType::F32));
        assert_eq!(outcome.tensor::<f32>(0).expect("bands").len(), 128 * 9);
        for (samples, center) in [(1, true), (3000, true), (3000, false)] {
            let bench = Bench::<Stage32>::new()
                .parameter("n_fft", 400)
                .parameter("hop_length", 160)
                .parameter("n_mels", 20)
                .parameter("center", center)
                .audio(16_000, &[&ramp(samples), &ramp(samples)]);
            bench.conforms();
        }
    }

    #[test]
    fn double_gives_double() {
        let samples: Vec<f64> = ramp(3000).iter().map(|x| f64::from(*x)).collect();
        let double = Bench::<Stage32>::new().audio(22_050, &[&samples]).run().expect("runs");
        let single = Bench::<Stage32>::new().audio(22_050, &[&ramp(3000)]).run().expect("runs");
        let double: Vec<f64> = double.tensor(0).expect("float64");
        for (a, b) in double.iter().zip(single.tensor::<f32>(0).expect("float32")) {
            assert_eq!(*a as f32, b);
        }
    }

    #[test]
    fn empty_bands_are_found() {
        let bench = Bench::<Stage32>::new().parameter("n_fft", 256).audio(22_050, &[&ramp(600)]);
        let outcome = bench.run().expect("runs");
        assert_eq!(outcome.findings.len(), 1);
        assert_eq!(outcome.findings[0].code, "empty-bands");
    }

    #[test]
    fn refusals() {
        let samples = ramp(100);
        let bench = || Bench::<Stage32>::new().audio(16_000, &[&samples]);
        for (bench, parameter) in [
            (bench().parameter("fmin", 8000.0), "fmax"),
            (bench().parameter("norm", -1.0), "norm"),
            (bench().parameter("center", false), "n_fft"),
            (bench().parameter("win_length", 4096), "win_length"),
        ] {
            assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, parameter);
        }
    }
}
