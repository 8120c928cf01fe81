//! `spectrum.dbfs`: the level of every bin in dB against full scale, with a reference that never moves.
//!
//! Shape: audio or complex bins to `(bin, frame)`, several channels to `(channel, bin, frame)`; float32.
//! Source: see `auricle_dsp::level::Calibration`. Unlike `db.power` with a maximum as reference, two files can be compared.

use auricle_analysis::{Analysis, librosa, refused};
use auricle_dsp::level::{Calibration, LOWEST_DB};
use auricle_dsp::stft::{Exponent, Stft};
use auricle_dsp::{Float, window};
use auricle_sdk::adapter::{Choose, Either};
use auricle_sdk::format::Data;
use auricle_sdk::{Real, prelude::*};

/// The stage, which transforms samples itself.
pub type Stage = Either<Dbfs>;

/// Reads samples or bins.
pub struct Dbfs;

impl Choose for Dbfs {
    const DESCRIPTOR: Descriptor = DESCRIPTOR;
    type First = Framed<OfAudio>;
    type Second = Precision<Map<OfBins<f32>>, Map<OfBins<f64>>>;

    fn first(setup: &Setup) -> Result<bool> {
        let input = setup.input(0)?;
        match input.dtype() {
            _ if matches!(input.data, Data::Audio(_)) => Ok(true),
            Some(DType::C64 | DType::C128) => Ok(false),
            _ => Err(Error::format("expected audio or complex bins, got a tensor of real numbers")
                .hint("connect the stft stage itself; db.power and db.amplitude take real numbers")),
        }
    }
}

const DESCRIPTOR: Descriptor = Descriptor::new("spectrum.dbfs", "Calibrated spectrum: a full-scale sine reads 0 dBFS")
    .doc(
        "20 log10 of the amplitude of a sine that would give each bin: |X| * 2 / sum(window), and |X| / sum(window) at 0 Hz \
         and half the sample rate. A sine of peak 1 on a bin reads 0 dBFS whatever the window and n_fft; between bins it \
         reads less by the window's scallop loss (1.4 dB for hann). White noise reads lower with a longer n_fft, as it must. \
         Input is audio, or the complex bins of an stft stage, whose window sum rides along; the parameters but floor_db \
         belong to audio.",
    )
    .source("Heinzel, Ruediger, Schilling, Spectrum and spectral density estimation by the DFT, 2002, section 9")
    .inputs(&[Port::array("input")
        .dtypes(&[DType::F32, DType::F64, DType::C64, DType::C128])
        .doc("Audio in [-1, 1], or complex bins.")])
    .outputs(&[Port::tensor("levels").doc("dBFS, (bin, frame).")])
    .parameters(&[
        librosa::N_FFT,
        librosa::HOP_LENGTH,
        librosa::WIN_LENGTH,
        librosa::WINDOW,
        librosa::CENTER,
        librosa::PAD_MODE,
        Parameter::float("floor_db", -200.0).range(LOWEST_DB, 0.0).unit("dB").doc("What silence reads: nothing reads lower."),
    ])
    .locality(Locality::Window);

/// Levels of samples.
pub struct OfAudio {
    stft: Stft,
    framing: Framing,
    calibration: Calibration,
    power: Vec<f64>,
}

impl PerFrame for OfAudio {
    const DESCRIPTOR: Descriptor = DESCRIPTOR;
    type In = f32;
    type Out = f32;

    fn new(setup: &Setup) -> Result<Self> {
        let Analysis { config, framing, .. } = librosa::analysis(setup)?;
        let window = window::window(&config.window).map_err(refused)?;
        let floor_db = setup.parameters.float("floor_db")?;
        let calibration = Calibration::new(window.iter().sum(), config.window.n_fft, floor_db).map_err(refused)?;
        let stft = Stft::new(&config).map_err(refused)?;
        let power = vec![0.0; stft.bins()];
        Ok(OfAudio { stft, framing, calibration, power })
    }

    fn framing(&self) -> Framing {
        self.framing
    }

    fn output(&self, input: &Audio) -> Tensor {
        let step_hz = f64::from(input.sample_rate) / self.stft.n_fft() as f64;
        let mut tensor = Tensor::new::<f32>(vec![Axis::bins(self.stft.bins(), step_hz)], "");
        levels(&mut tensor);
        tensor
    }

    fn frame(&mut self, samples: &[f32], out: &mut [f32]) {
        self.stft.process_magnitude(samples, Exponent::Power, &mut self.power);
        self.calibration.process(&self.power, out);
    }
}

/// Levels of complex bins.
pub struct OfBins<T> {
    calibration: Calibration,
    power: Vec<T>,
}

impl<T: Real + Float> PerSample for OfBins<T>
where
    Complex<T>: Element,
{
    const DESCRIPTOR: Descriptor = DESCRIPTOR;
    type In = Complex<T>;
    type Out = f32;

    fn new(setup: &Setup) -> Result<Self> {
        let input = setup.input(0)?;
        let tensor = input.as_tensor()?;
        let window_sum = tensor.coherent_gain.ok_or_else(|| {
            Error::format("expected bins with the sum of their window, which these do not carry")
                .hint("connect an stft stage itself")
        })?;
        let axis = tensor.axis(Role::Frequency).filter(|axis| Some(*axis) == tensor.axes.last());
        let Some((axis, bins)) = axis.and_then(|axis| Some((axis, axis.length?))) else {
            return Err(Error::format("expected frames of bins, got no frequency axis that is innermost"));
        };
        for parameter in ["n_fft", "hop_length", "win_length", "window", "center", "pad_mode"] {
            given(setup, parameter)?;
        }
        // The last bin of an even n_fft stands at half the sample rate.
        let nyquist_hz = input.clock.tick.1 as f64 / input.clock.tick.0 as f64 / 2.0;
        let even = (axis.coordinate(bins - 1) - nyquist_hz).abs() < 1e-6 * nyquist_hz;
        let n_fft = 2 * (bins - 1) + usize::from(!even);
        let floor_db = setup.parameters.float("floor_db")?;
        let calibration = Calibration::new(window_sum, n_fft, floor_db).map_err(refused)?;
        Ok(OfBins { calibration, power: vec![T::default(); bins] })
    }

    fn output(&self, input: &Format) -> Format {
        let mut format = input.clone();
        if let Data::Tensor(tensor) = &mut format.data {
            levels(tensor);
        }
        format
    }

    fn map(&mut self, input: &[Complex<T>], output: &mut [f32]) {
        let bins = self.power.len();
        for (frame, out) in input.chunks_exact(bins).zip(output.chunks_exact_mut(bins)) {
            for (power, x) in self.power.iter_mut().zip(frame) {
                *power = x.norm_sqr();
            }
            self.calibration.process(&self.power, out);
        }
    }
}

/// Refuses a parameter of the transform where the input has been transformed already.
fn given(setup: &Setup, id: &str) -> Result<()> {
    let declared = DESCRIPTOR.parameters.iter().find(|parameter| parameter.id == id);
    let value = setup.parameters.get(id)?;
    if declared.is_some_and(|parameter| parameter.default_value() != *value) {
        let message = format!("got {value}, but the input holds bins that were transformed elsewhere");
        return Err(Error::parameter(id, message).hint("set it at the stage that makes the bins"));
    }
    Ok(())
}

fn levels(tensor: &mut Tensor) {
    tensor.dtype = DType::F32;
    tensor.quantity = "db".into();
    tensor.unit = "dBFS".into();
    tensor.reference = Some(1.0);
    tensor.coherent_gain = None;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bins;
    use crate::librosa::Librosa;
    use auricle_sdk::testing::{Bench, refused};
    use std::f32::consts::TAU;

    const RATE: u32 = 16_000;

    fn sine(hz: f32, peak: f32) -> Vec<f32> {
        (0..RATE).map(|t| peak * (TAU * hz * t as f32 / RATE as f32).sin()).collect()
    }

    fn spectrum(samples: &[f32], n_fft: i64, window: &str) -> Vec<f32> {
        let bench = Bench::<Stage>::new().parameter("n_fft", n_fft).parameter("window", window).audio(RATE, &[samples]);
        bench.run().expect("runs").tensor(0).expect("levels")
    }

    #[test]
    fn a_full_scale_sine_reads_zero_whatever_the_window_and_length() {
        for (n_fft, window, hz) in [(2048, "hann", 1000.0), (512, "blackman", 1000.0), (400, "boxcar", 2000.0)] {
            for (peak, level) in [(1.0, 0.0), (0.1, -20.0)] {
                let levels = spectrum(&sine(hz, peak), n_fft, window);
                let bins = n_fft as usize / 2 + 1;
                let middle = &levels[levels.len() / bins / 2 * bins..][..bins];
                let loudest = middle.iter().copied().fold(f32::MIN, f32::max);
                assert!((loudest - level).abs() < 1e-3, "{window} {n_fft}: expected {level}, got {loudest}");
            }
        }
    }

    #[test]
    fn bins_give_what_audio_gives() {
        let samples = sine(440.0, 0.5);
        for n_fft in [512i64, 511] {
            let stft =
                Bench::<bins::Stage<Librosa>>::new().parameter("n_fft", n_fft).audio(RATE, &[&samples, &samples]);
            let bins = stft.run().expect("runs");
            let bench = Bench::<Stage>::new().packets(&bins.formats[0], &bins.packets[0]);
            let of_bins: Vec<f32> = bench.run().expect("runs").tensor(0).expect("levels");
            bench.conforms();
            let bench = Bench::<Stage>::new().parameter("n_fft", n_fft).audio(RATE, &[&samples, &samples]);
            let of_audio: Vec<f32> = bench.run().expect("runs").tensor(0).expect("levels");
            bench.conforms();
            assert_eq!(of_bins.len(), of_audio.len());
            // complex64 bins carry 24 bits; near the floor of a pure sine that shows.
            let louder = of_bins.iter().zip(&of_audio).filter(|(_, level)| **level > -100.0);
            assert!(louder.clone().count() > 1000);
            louder.for_each(|(a, b)| assert!((a - b).abs() < 1e-2, "expected {b}, got {a}"));
        }
    }

    #[test]
    fn silence_reads_the_floor() {
        let bench = Bench::<Stage>::new().parameter("floor_db", -120.0).audio(RATE, &[&[0.0f32; 600]]);
        assert!(bench.run().expect("runs").tensor::<f32>(0).expect("levels").iter().all(|level| *level == -120.0));
    }

    #[test]
    fn parameters_of_the_transform_are_refused_on_bins() {
        let stft = Bench::<bins::Stage<Librosa>>::new().audio(RATE, &[&sine(440.0, 0.5)]).run().expect("runs");
        let bench = Bench::<Stage>::new().parameter("n_fft", 512).packets(&stft.formats[0], &stft.packets[0]);
        assert_eq!(refused(bench.run(), ErrorKind::Parameter).parameter, "n_fft");
    }
}
