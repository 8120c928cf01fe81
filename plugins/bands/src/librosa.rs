//! `mel.librosa`: mel bands of overlapping frames.
//!
//! Shape: audio to `(band, frame)`, several channels to `(channel, band, frame)`; float32 of float32, float64 of float64.
//! Source: librosa 0.11.0, `librosa.feature.melspectrogram`. Unlike `mel.tacotron2` it is a power, without a logarithm.

use std::marker::PhantomData;

use auricle_dsp::mel::{self, Mel, Norm, Scale, Weights};
use auricle_dsp::stft::{Config, Exponent, Stft};
use auricle_dsp::window::{self, Shape};
use auricle_dsp::{Float, fourier::MAX_POINTS};
use auricle_sdk::{Real, prelude::*};

use crate::decibels::refused;

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
            Parameter::int("n_fft", 2048).range(1.0, MAX_POINTS as f64).unit("samples").doc("Length of the transform."),
            Parameter::int("hop_length", 512)
                .range(1.0, MAX_POINTS as f64)
                .choices(&["none"])
                .unit("samples")
                .doc("Samples from one frame to the next; none: win_length // 4."),
            Parameter::int("win_length", 2048)
                .range(1.0, MAX_POINTS as f64)
                .default(DefaultValue::Str("none"))
                .choices(&["none"])
                .unit("samples")
                .doc("Length of the window; none: n_fft."),
            Parameter::choice("window", "hann", &Shape::NAMES).or(Types::LIST).doc(
                "Window by its scipy.signal.get_window name, periodic; with a parameter as a list: [\"kaiser\", 14.0].",
            ),
            Parameter::bool("center", true)
                .doc("Frame t is centred on sample t * hop_length, the signal padded by n_fft // 2; else it begins there."),
            Parameter::choice("pad_mode", "constant", &["constant", "reflect", "edge"])
                .doc("With center, what stands outside the signal: zeros, the signal mirrored, its ends."),
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
        let n_fft = parameters.count("n_fft")?;
        let win_length = parameters.optional_count("win_length")?.unwrap_or(n_fft);
        let hop = parameters.optional_count("hop_length")?.unwrap_or(win_length / 4);
        if hop == 0 {
            let message = format!("expected one, since a quarter of win_length ({win_length}) is less than a sample");
            return Err(Error::parameter("hop_length", message));
        }
        let (name, numbers) = parameters.named("window")?;
        let shape = Shape::named(name, &numbers).map_err(refused)?;
        let config = Config::new(window::Config { win_length, ..window::Config::new(shape, n_fft) });
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
            framing: framing(setup, n_fft, hop)?,
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

fn framing(setup: &Setup, n_fft: usize, hop: usize) -> Result<Framing> {
    if setup.parameters.bool("center")? {
        let pad = match setup.parameters.text("pad_mode")? {
            "reflect" => Pad::Reflect,
            "edge" => Pad::Edge,
            _ => Pad::Zero,
        };
        return Ok(Framing::centred(n_fft, hop, pad));
    }
    if let Some(length) = setup.input(0)?.length.filter(|length| *length < n_fft as i64) {
        let message = format!("expected at most the input's length ({length}) without center, got {n_fft}");
        return Err(Error::parameter("n_fft", message).hint("set center = true, or a shorter n_fft"));
    }
    Ok(Framing::plain(n_fft, hop))
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
