//! One frame of samples to bands: conditioning, transform, filter bank, compression.
//!
//! This is what every log-mel front end does; they differ in the [`Config`] alone.

use crate::log::{self, Log};
use crate::mel::{self, Mel};
use crate::stft::{self, Exponent, Stft};
use crate::{Complex, Error, Float, window};

/// What is done to the samples of a frame before the window, in this order.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Conditioning {
    /// The frame's mean is taken away.
    pub remove_mean: bool,
    /// Each sample less this times the one before; the first less this times itself.
    pub preemphasis: f64,
}

/// The natural logarithm of a frame's energy, as an element behind the bands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Energy {
    /// Of the samples before pre-emphasis and window, else of what is transformed.
    pub raw: bool,
    /// Energies under this read as this; 0 for none.
    pub floor: f64,
}

/// What a front end is made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Samples of a frame: the window's n_fft, or fewer, with zeros behind them, or more, of which the first are taken.
    pub frame_length: usize,
    /// Before the window.
    pub conditioning: Conditioning,
    /// Window and transform.
    pub stft: stft::Config,
    /// Added to the squared magnitude.
    pub under_root: f64,
    /// The power of the magnitude that bands are sums of.
    pub exponent: Exponent,
    /// The filter bank; none: the bins themselves.
    pub mel: Option<mel::Config>,
    /// The compression; none: linear.
    pub log: Option<log::Config>,
    /// Whether the energy comes too.
    pub energy: Option<Energy>,
    /// Bins are rounded to f32 and all behind them is computed in f64: transformers' `spectrogram`.
    pub single_bins: bool,
}

impl Config {
    /// Powers of a windowed frame, in bands, not compressed.
    pub fn new(stft: stft::Config, mel: Option<mel::Config>) -> Self {
        Self {
            frame_length: stft.window.n_fft,
            conditioning: Conditioning::default(),
            stft,
            under_root: 0.0,
            exponent: Exponent::Power,
            mel,
            log: None,
            energy: None,
            single_bins: false,
        }
    }

    /// Whisper's front end: 400 samples at 16 kHz, librosa's bank, log10(max(power, 1e-10)).
    ///
    /// # Source
    /// openai-whisper 20250625, `audio.log_mel_spectrogram`.
    pub fn whisper(n_mels: usize) -> Self {
        let window = window::Config::new(window::Shape::Hann, 400);
        let bank = mel::Config { n_mels, ..mel::Config::librosa(16_000.0, 400) };
        let log = log::Config::new(log::Base::Ten, 1e-10);
        Self { log: Some(log), ..Self::new(stft::Config::new(window), Some(bank)) }
    }
}

/// A planned front end.
///
/// # Shape
/// A frame of `frame_length` samples to [`elements`](Self::elements) values: bands, lowest first, then the energy if there is one.
pub struct Bands {
    config: Config,
    stft: Stft,
    mel: Option<Mel>,
    log: Option<Log>,
    window: Vec<f64>,
    frame: Vec<f64>,
    bins: Vec<Complex<f32>>,
    spectrum: Vec<f64>,
    bands: Vec<f64>,
}

impl Bands {
    /// Plans transform and bank.
    ///
    /// # Errors
    /// What window, transform, bank and logarithm refuse.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let window = window::window(&config.stft.window)?;
        let stft = Stft::new(&config.stft)?;
        let mel = config.mel.as_ref().map(Mel::new).transpose()?;
        let bands = mel.as_ref().map_or(stft.bins(), Mel::bands);
        Ok(Self {
            config: *config,
            bins: vec![Complex::default(); stft.bins()],
            spectrum: vec![0.0; stft.bins()],
            bands: vec![0.0; bands],
            frame: vec![0.0; stft.n_fft()],
            log: config.log.as_ref().map(Log::new).transpose()?,
            stft,
            mel,
            window,
        })
    }

    /// The bank, if there is one.
    pub fn mel(&self) -> Option<&Mel> {
        self.mel.as_ref()
    }

    /// Values of a frame that goes out.
    pub fn elements(&self) -> usize {
        self.bands.len() + usize::from(self.config.energy.is_some())
    }

    /// The bands of one frame.
    ///
    /// # Panics
    /// If `frame` is not `frame_length` or `out` not [`elements`](Self::elements) long.
    pub fn process<S: Float, O: Float>(&mut self, frame: &[S], out: &mut [O]) {
        assert_eq!(frame.len(), self.config.frame_length, "samples of a frame");
        if self.config.single_bins {
            return self.process_rounded(frame, out);
        }
        let plain = self.config.conditioning == Conditioning::default() && self.config.energy.is_none();
        let power = if self.config.under_root > 0.0 { Exponent::Power } else { self.config.exponent };
        if plain {
            self.stft.process_magnitude(frame, power, &mut self.spectrum);
        } else {
            let energy = self.condition(frame);
            if let (Some(energy), Some(out)) = (energy, out.last_mut()) {
                *out = O::from_real(energy);
            }
            self.stft.process_magnitude(&self.frame, power, &mut self.spectrum);
        }
        if self.config.under_root > 0.0 {
            for value in &mut self.spectrum {
                let power = *value + self.config.under_root;
                *value = match self.config.exponent {
                    Exponent::Power => power,
                    Exponent::Magnitude => power.sqrt(),
                    Exponent::Of(exponent) => power.powf(exponent / 2.0),
                };
            }
        }
        let bands = self.bands.len();
        let values = match &self.mel {
            Some(mel) => {
                mel.process(&self.spectrum, &mut self.bands);
                &self.bands
            }
            None => &self.spectrum,
        };
        match &self.log {
            Some(log) => log.process(values, &mut out[..bands]),
            None => out[..bands].iter_mut().zip(values).for_each(|(out, value)| *out = value.cast()),
        }
    }

    fn process_rounded<S: Float, O: Float>(&mut self, frame: &[S], out: &mut [O]) {
        self.condition(frame);
        self.stft.process(&self.frame, &mut self.bins);
        for (value, bin) in self.spectrum.iter_mut().zip(&self.bins) {
            let power = f64::from(bin.re).powi(2) + f64::from(bin.im).powi(2);
            *value = match self.config.exponent {
                Exponent::Power => power,
                Exponent::Magnitude => power.sqrt(),
                Exponent::Of(exponent) => power.powf(exponent / 2.0),
            };
        }
        if let Some(mel) = &self.mel {
            mel.process(&self.spectrum, &mut self.bands);
        } else {
            self.bands.copy_from_slice(&self.spectrum);
        }
        if let Some(log) = &self.log {
            log.process_in_place(&mut self.bands);
        }
        out.iter_mut().zip(&self.bands).for_each(|(out, value)| *out = value.cast());
    }

    /// Fills the transform's frame; gives the logarithm of the energy if that is asked for.
    fn condition<S: Float>(&mut self, samples: &[S]) -> Option<f64> {
        let Conditioning { remove_mean, preemphasis } = self.config.conditioning;
        let used = samples.len().min(self.frame.len());
        let mean = match remove_mean {
            true => samples.iter().map(|x| (*x).into()).sum::<f64>() / samples.len() as f64,
            false => 0.0,
        };
        for (to, x) in self.frame[..used].iter_mut().zip(samples) {
            *to = (*x).into() - mean;
        }
        let log_energy = |values: &mut dyn Iterator<Item = f64>, floor: f64| {
            values.map(|x| x * x).sum::<f64>().max(f64::from(f32::EPSILON)).max(floor).ln()
        };
        let frame = &mut self.frame[..used];
        let raw = self.config.energy.filter(|e| e.raw).map(|e| log_energy(&mut frame.iter().copied(), e.floor));
        if preemphasis != 0.0 {
            for i in (1..used).rev() {
                frame[i] -= preemphasis * frame[i - 1];
            }
            frame[0] -= preemphasis * frame[0];
        }
        let windowed = |e: Energy| log_energy(&mut frame.iter().zip(&self.window).map(|(x, w)| x * w), e.floor);
        raw.or_else(|| self.config.energy.map(windowed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::Base;
    use crate::window::Shape;

    fn noise(length: usize) -> Vec<f32> {
        (0..length).map(|i| ((i * 7919) % 1009) as f32 / 1009.0 - 0.4).collect()
    }

    fn made(config: &Config) -> Vec<f64> {
        let mut bands = Bands::new(config).expect("legal");
        let mut out = vec![0.0; bands.elements()];
        bands.process(&noise(config.frame_length), &mut out);
        out
    }

    fn hann(length: usize) -> Config {
        Config::new(stft::Config::new(window::Config::new(Shape::Hann, length)), None)
    }

    #[test]
    fn zeros_behind_a_frame_and_frames_that_are_cut() {
        let naive = |samples: &[f64], points: usize, k: usize| {
            let turn = |t: usize| -2.0 * std::f64::consts::PI * (k * t) as f64 / points as f64;
            let (re, im) = samples
                .iter()
                .take(points)
                .enumerate()
                .fold((0.0, 0.0), |(re, im), (t, x)| (re + x * turn(t).cos(), im + x * turn(t).sin()));
            re * re + im * im
        };
        let window = window::window(&window::Config::new(Shape::Hann, 50)).expect("legal");
        let samples: Vec<f64> = noise(50).iter().zip(window).map(|(x, w)| f64::from(*x) * w).collect();
        for n_fft in [64, 50, 32, 51] {
            let placed = window::Config {
                win_length: 50,
                placement: window::Placement::Start,
                ..window::Config::new(Shape::Hann, n_fft)
            };
            let config = Config { frame_length: 50, ..Config::new(stft::Config::new(placed), None) };
            for (k, got) in made(&config).into_iter().enumerate() {
                let expected = naive(&samples, n_fft, k);
                assert!((got - expected).abs() < 1e-9, "n_fft {n_fft}, bin {k}: expected {expected}, got {got}");
            }
        }
    }

    #[test]
    fn conditioning_and_energy() {
        let rectangular = Config::new(stft::Config::new(window::Config::new(Shape::Rectangular, 4)), None);
        let config = Config {
            conditioning: Conditioning { remove_mean: true, preemphasis: 0.5 },
            energy: Some(Energy { raw: true, floor: 0.0 }),
            ..rectangular
        };
        let mut bands = Bands::new(&config).expect("legal");
        let mut out = [0.0f64; 4];
        // 1 2 3 6 less 3 is -2 -1 0 3; pre-emphasised -1 0 0.5 3, whose sum is 2.5.
        bands.process(&[1.0f64, 2.0, 3.0, 6.0], &mut out);
        assert!((out[0] - 6.25).abs() < 1e-12 && (out[3] - 14f64.ln()).abs() < 1e-12, "{out:?}");
        let windowed = Config { energy: Some(Energy { raw: false, floor: 0.0 }), ..config };
        Bands::new(&windowed).expect("legal").process(&[1.0f64, 2.0, 3.0, 6.0], &mut out);
        assert!((out[3] - 10.25f64.ln()).abs() < 1e-12, "{out:?}");
        let floored = Config { energy: Some(Energy { raw: true, floor: 1e3 }), ..config };
        Bands::new(&floored).expect("legal").process(&[1.0f64, 2.0, 3.0, 6.0], &mut out);
        assert!((out[3] - 1e3f64.ln()).abs() < 1e-12, "{out:?}");
    }

    #[test]
    fn under_the_root_and_through_the_logarithm() {
        let quiet = Config { under_root: 1e-9, exponent: Exponent::Magnitude, ..hann(16) };
        let mut out = [0.0f64; 9];
        Bands::new(&quiet).expect("legal").process(&[0.0f32; 16], &mut out);
        assert!(out.iter().all(|x| (x - 1e-9f64.sqrt()).abs() < 1e-15));
        let log = Config { log: Some(log::Config::new(Base::Ten, 1e-5)), ..hann(16) };
        for (level, power) in made(&log).iter().zip(made(&hann(16))) {
            assert!((level - power.max(1e-5).log10()).abs() < 1e-12);
        }
    }
}
