//! What `gammatone.gtgram` and `gammatone.fft_gtgram` have in common: the package's arguments.

use auricle_analysis::refused_as;
use auricle_dsp::gammatone;
use auricle_sdk::prelude::*;

/// The package's arguments.
pub const PARAMETERS: [Parameter; 4] = [
    Parameter::float("window_time", 0.025).range(1e-6, 1e3).unit("s").doc("Length of a window."),
    Parameter::float("hop_time", 0.010).range(1e-6, 1e3).unit("s").doc("From one window to the next."),
    Parameter::int("channels", 64).range(1.0, 4096.0).doc("Number of bands."),
    Parameter::float("f_min", 20.0).range(0.0, 1e9).unit("Hz").doc("Centre of the lowest band."),
];

/// The samples that are analysed, and one channel's output.
pub const INPUT: Port = Port::audio("audio").dtypes(&[DType::F32, DType::F64]).doc("Samples.");

/// The arguments in samples and Hz.
pub struct Times {
    pub sample_rate: f64,
    /// Samples of a window.
    pub window: usize,
    /// Samples from one to the next.
    pub hop: usize,
    /// Centres of the bands, lowest first.
    pub centres_hz: Vec<f64>,
}

impl Times {
    pub fn new(setup: &Setup) -> Result<Self> {
        let parameters = &setup.parameters;
        let sample_rate = f64::from(setup.input(0)?.as_audio()?.sample_rate);
        let samples = |id| {
            // Half a sample is rounded up.
            let samples = (parameters.float(id)? * sample_rate + 0.5).floor();
            match (1.0..=auricle_analysis::MOST).contains(&samples) {
                true => Ok(samples as usize),
                false => {
                    let most = auricle_analysis::MOST;
                    Err(Error::parameter(
                        id,
                        format!("expected 1 to {most} samples at {sample_rate} Hz, got {samples}"),
                    ))
                }
            }
        };
        let f_min = parameters.float("f_min")?;
        if f_min >= sample_rate / 2.0 {
            let message = format!("expected less than half the sample rate ({}), got {f_min}", sample_rate / 2.0);
            return Err(Error::parameter("f_min", message));
        }
        let centres_hz = gammatone::spaced_hz(f_min, sample_rate / 2.0, parameters.count("channels")?);
        Ok(Times { sample_rate, window: samples("window_time")?, hop: samples("hop_time")?, centres_hz })
    }

    /// Frames of the bands of one channel or several.
    pub fn format(&self, input: &Format, framing: &Framing) -> Result<Format> {
        let channels = input.as_audio()?.channels;
        let length = input.length.map(|samples| framing.count(samples));
        let mut axes = vec![Axis::frames(length), Axis::bands(self.centres_hz.clone(), "erb")];
        let mut layout = "band,frame";
        if channels > 1 {
            axes.insert(1, Axis::channels(channels));
            layout = "channel,band,frame";
        }
        let clock = input.clock.frames(framing.hop as i64, framing.origin());
        Ok(Format::tensor(Tensor::new::<f64>(axes, "amplitude"), clock, length, layout))
    }
}

/// A kernel's refusal by the package's names.
pub fn refused(error: auricle_dsp::Error) -> Error {
    refused_as(&[("bands", "channels"), ("hz", "f_min")])(error)
}
