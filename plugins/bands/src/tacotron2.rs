//! `mel.tacotron2`: the log-mel bands that NVIDIA's Tacotron 2 is trained on.
//!
//! Shape: audio to `(band, frame)`, several channels to `(channel, band, frame)`; float32.
//! Source: NVIDIA Tacotron 2, `TacotronSTFT.mel_spectrogram`. Unlike `mel.librosa`: magnitude, reflection, ln with a floor.

use std::ops::Range;

use auricle_dsp::basis::Basis;
use auricle_dsp::fourier::MAX_POINTS;
use auricle_dsp::log::{self, Base, Log};
use auricle_dsp::mel::{self, Mel};
use auricle_dsp::stft::{Config, Stft};
use auricle_dsp::window::{self, Shape};
use auricle_sdk::prelude::*;

use auricle_analysis::refused;

/// The stage: refuses what the tool's assertions refuse, and cuts frames.
pub struct Tacotron2 {
    frames: Framed<Frames>,
    /// Samples that the tool's reflection needs at least.
    shortest: i64,
    /// First sample that came in this run.
    first: Option<i64>,
    /// The one behind the last.
    end: i64,
}

impl Stage for Tacotron2 {
    const DESCRIPTOR: Descriptor = Frames::DESCRIPTOR;

    fn negotiate(setup: &Setup) -> Result<(Self, Vec<Format>)> {
        let shortest = setup.parameters.count("filter_length")? as i64 / 2 + 1;
        if let Some(length) = setup.input(0)?.length {
            long_enough(length, shortest)?;
        }
        let (frames, formats) = Framed::negotiate(setup)?;
        Ok((Tacotron2 { frames, shortest, first: None, end: 0 }, formats))
    }

    fn need(&self, output: usize, span: Range<i64>) -> Vec<Range<i64>> {
        self.frames.need(output, span)
    }

    fn begin(&mut self, output: usize, span: Range<i64>) -> Result<()> {
        (self.first, self.end) = (None, 0);
        self.frames.begin(output, span)
    }

    fn process(&mut self, packet: Option<&Packet>, out: &mut Outputs<'_>) -> Result<Flow> {
        if let Some(packet) = packet {
            self.first.get_or_insert(packet.start);
            self.end = packet.start + packet.count as i64;
            in_range(packet)?;
        }
        self.frames.process(packet, out)
    }

    fn finish(&mut self, out: &mut Outputs<'_>) -> Result<Flow> {
        // A region that starts later says nothing about the whole.
        if self.first.is_none_or(|first| first == 0) {
            long_enough(self.end, self.shortest)?;
        }
        self.frames.finish(out)
    }
}

fn long_enough(length: i64, shortest: i64) -> Result<()> {
    if length >= shortest {
        return Ok(());
    }
    let message = format!("expected at least {shortest} samples to mirror at the ends, got {length}");
    Err(Error::data(message).hint("pad the clip, or set a shorter filter_length"))
}

fn in_range(packet: &Packet) -> Result<()> {
    fn outside<T: Element + Into<f64>>(packet: &Packet, channel: usize) -> Result<Option<(usize, f64)>> {
        let values = packet.channel::<T>(channel)?.iter().map(|x| (*x).into());
        // NaN lies in no range, and the tool refuses it too.
        Ok(values.enumerate().find(|(_, x)| !(-1.0..=1.0).contains(x)))
    }
    for channel in 0..packet.format().as_audio()?.channels {
        let found = match packet.format().dtype() {
            Some(DType::F64) => outside::<f64>(packet, channel)?,
            _ => outside::<f32>(packet, channel)?,
        };
        if let Some((index, value)) = found {
            let message = format!("expected samples in -1..=1, got {value}");
            let error = Error::data(message).at(packet.start + index as i64);
            return Err(error.hint("divide integers by 32768 before, or lower the level"));
        }
    }
    Ok(())
}

/// One frame after the other.
struct Frames {
    stft: Stft,
    /// What the tool's float32 weights add to an exact transform, where their symmetry tells.
    basis: Option<Basis>,
    mel: Mel,
    log: Log,
    framing: Framing,
    bins: Vec<Complex<f64>>,
    magnitude: Vec<f64>,
    bands: Vec<f64>,
}

impl PerFrame for Frames {
    const DESCRIPTOR: Descriptor = Descriptor::new("mel.tacotron2", "Log-mel bands, as NVIDIA's Tacotron 2")
        .doc(
            "ln(max(mel, 1e-5)) of magnitudes: periodic Hann, frames centred by mirroring filter_length // 2 samples at both \
             ends, librosa's mel bank (Slaney's scale and area norm). The tool convolves in float32 with a windowed Fourier \
             basis; this transforms in float64 and adds what the rounding of that basis adds, so that only the tool's \
             rounding of its sums is left. sampling_rate is the stream's. \
             As the tool, it refuses samples outside [-1, 1] and clips that are too short to mirror; float64 is rounded to \
             float32, as torch.FloatTensor does.",
        )
        .source("NVIDIA Tacotron 2 (PyPI tacotron2 22.12.28), layers.TacotronSTFT.mel_spectrogram, with librosa 0.11.0")
        .inputs(&[Port::audio("audio").dtypes(&[DType::F32, DType::F64]).doc("Samples in [-1, 1].")])
        .outputs(&[Port::tensor("bands").doc("ln of mel bands, (band, frame), lowest first.")])
        .parameters(&[
            Parameter::int("filter_length", 1024)
                .range(2.0, MAX_POINTS as f64)
                .unit("samples")
                .doc("Length of the transform."),
            Parameter::int("hop_length", 256)
                .range(1.0, MAX_POINTS as f64)
                .unit("samples")
                .doc("Samples from one frame to the next."),
            Parameter::int("win_length", 1024)
                .range(1.0, MAX_POINTS as f64)
                .unit("samples")
                .doc("Length of the window; it stands in the middle of the frame."),
            Parameter::int("n_mel_channels", 80).range(1.0, 65_536.0).doc("Number of bands."),
            Parameter::float("mel_fmin", 0.0).range(0.0, 1e9).unit("Hz").doc("Lower edge of the first band."),
            Parameter::float("mel_fmax", 8000.0)
                .range(0.0, 1e9)
                .choices(&["none"])
                .unit("Hz")
                .doc("Upper edge of the last band; none: half the sample rate."),
        ])
        .locality(Locality::Window);
    type In = f32;
    type Out = f32;

    fn new(setup: &Setup) -> Result<Self> {
        let parameters = &setup.parameters;
        let sample_rate = f64::from(setup.input(0)?.as_audio()?.sample_rate);
        let n_fft = parameters.count("filter_length")?;
        let hop = parameters.count("hop_length")?;
        let win_length = parameters.count("win_length")?;
        let window = window::Config { win_length, ..window::Config::new(Shape::Hann, n_fft) };
        let stft = Stft::new(&Config::new(window)).map_err(|error| refused(renamed(error)))?;
        let mel = Mel::new(&mel::Config {
            n_mels: parameters.count("n_mel_channels")?,
            fmin: parameters.float("mel_fmin")?,
            fmax: parameters.optional_float("mel_fmax")?.unwrap_or(sample_rate / 2.0),
            ..mel::Config::librosa(sample_rate, n_fft)
        })
        .map_err(|error| refused(renamed(error)))?;
        let log = Log::new(&log::Config::new(Base::E, FLOOR)).map_err(refused)?;
        Ok(Frames {
            framing: Framing::centred(n_fft, hop, Pad::Reflect),
            bins: vec![Complex::default(); stft.bins()],
            magnitude: vec![0.0; stft.bins()],
            bands: vec![0.0; mel.bands()],
            basis: Basis::new(&window).map_err(|error| refused(renamed(error)))?,
            stft,
            mel,
            log,
        })
    }

    fn framing(&self) -> Framing {
        self.framing
    }

    fn output(&self, _: &Audio) -> Tensor {
        Tensor::new::<f32>(vec![Axis::bands(self.mel.centres_hz().to_vec(), "mel/slaney")], "ln")
    }

    fn frame(&mut self, samples: &[f32], out: &mut [f32]) {
        self.stft.process(samples, &mut self.bins);
        if let Some(basis) = &mut self.basis {
            basis.process(samples, &mut self.bins);
        }
        for (magnitude, bin) in self.magnitude.iter_mut().zip(&self.bins) {
            *magnitude = bin.norm_sqr().sqrt();
        }
        self.mel.process(&self.magnitude, &mut self.bands);
        self.log.process(&self.bands, out);
    }
}

/// The tool's `clip_val`.
const FLOOR: f64 = 1e-5;

/// A kernel's field by the tool's name.
fn renamed(mut error: auricle_dsp::Error) -> auricle_dsp::Error {
    error.field = match error.field {
        "n_fft" => "filter_length",
        "n_mels" => "n_mel_channels",
        "fmin" => "mel_fmin",
        "fmax" => "mel_fmax",
        other => other,
    };
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::{Bench, refused};

    fn ramp(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 37) % 101) as f32 / 101.0 - 0.4).collect()
    }

    #[test]
    fn shapes_and_laws() {
        for (samples, frames) in [(513, 3), (5000, 20), (5120, 21)] {
            let bench = Bench::<Tacotron2>::new().audio(22_050, &[&ramp(samples)]);
            let outcome = bench.run().expect("runs");
            assert_eq!(outcome.tensor::<f32>(0).expect("bands").len(), 80 * frames, "{samples} samples");
            bench.conforms();
        }
        Bench::<Tacotron2>::new().audio(22_050, &[&ramp(3000), &ramp(3000)]).conforms();
    }

    #[test]
    fn silence_is_the_floor() {
        let outcome = Bench::<Tacotron2>::new().audio(22_050, &[&[0.0f32; 2000]]).run().expect("runs");
        assert!(outcome.tensor::<f32>(0).expect("bands").iter().all(|x| (x - 1e-5f32.ln()).abs() < 1e-6));
    }

    #[test]
    fn what_the_tool_asserts_is_refused() {
        let mut loud = ramp(3000);
        loud[2000] = -1.5;
        let error = refused(Bench::<Tacotron2>::new().audio(22_050, &[&loud]).run(), ErrorKind::Data);
        assert_eq!((error.at, error.message.contains("got -1.5")), (Some(2000), true), "{error}");
        let short = Bench::<Tacotron2>::new().audio(22_050, &[&ramp(512)]);
        assert!(refused(short.run(), ErrorKind::Data).message.contains("at least 513 samples"));
        let silent = Bench::<Tacotron2>::new().audio::<f32>(22_050, &[&[]]);
        assert!(refused(silent.run(), ErrorKind::Data).message.contains("got 0"));
    }

    #[test]
    fn refusals_carry_the_tools_names() {
        let samples = ramp(3000);
        let bench = || Bench::<Tacotron2>::new().audio(22_050, &[&samples]);
        for (bench, parameter) in
            [(bench().parameter("win_length", 2048), "win_length"), (bench().parameter("mel_fmin", 9000.0), "mel_fmax")]
        {
            assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, parameter);
        }
    }
}
