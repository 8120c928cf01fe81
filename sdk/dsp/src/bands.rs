//! One frame of samples to bands: conditioning, transform, filter bank, compression.
//!
//! This is what every log-mel front end does; they differ in the [`Config`] alone.

use pulp::{Arch, NullaryFnOnce};

use crate::aligned::Aligned;
use crate::log::{self, Log};
use crate::mel::{self, Mel};
use crate::stft::{self, Exponent, Stft};
use crate::{Error, Float, vector, window};

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

    /// The transform, with the bins that a bank takes.
    fn onesided(&self) -> stft::Config {
        stft::Config { onesided: true, ..self.stft }
    }
}

/// Frames that are summed into bands side by side.
pub const ABREAST: usize = 8;

/// A planned front end.
///
/// # Shape
/// A frame of `frame_length` samples to [`elements`](Self::elements) values: bands, lowest first, then the energy if there is one.
pub struct Bands {
    arch: Arch,
    config: Config,
    stft: Stft,
    mel: Option<Mel>,
    log: Option<Log>,
    window: Vec<f64>,
    frame: Vec<f64>,
    /// By frame, then bin; rows begin at cache lines.
    spectra: Aligned<f64>,
    /// By bin, then frame.
    turned: Aligned<f64>,
    /// By band, then frame.
    sums: Aligned<f64>,
    energies: [f64; ABREAST],
    pushed: usize,
    bands: Vec<f64>,
}

impl Bands {
    /// Plans transform and bank.
    ///
    /// # Errors
    /// What window, transform, bank and logarithm refuse.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let window = window::window(&config.stft.window)?;
        let stft = Stft::new(&config.onesided())?;
        let mel = config.mel.as_ref().map(Mel::new).transpose()?;
        let bands = mel.as_ref().map_or(stft.bins(), Mel::bands);
        Ok(Self {
            arch: Arch::new(),
            config: *config,
            spectra: Aligned::filled(0.0, ABREAST * row(stft.bins())),
            turned: Aligned::filled(0.0, if mel.is_some() { ABREAST * stft.bins() } else { 0 }),
            sums: Aligned::filled(0.0, ABREAST * mel.as_ref().map_or(0, Mel::bands)),
            energies: [0.0; ABREAST],
            pushed: 0,
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
    /// If `frame` is not `frame_length` or `out` not [`elements`](Self::elements) long, or frames have been pushed.
    pub fn process<S: Float, O: Float>(&mut self, frame: &[S], out: &mut [O]) {
        self.push(frame);
        self.drain(out);
    }

    /// Transforms one of at most [`ABREAST`] frames that are summed together. A frame's bands are the same bits whichever
    /// frames go with it.
    ///
    /// # Panics
    /// If `frame` is not `frame_length` long, or as many have been pushed.
    pub fn push<S: Float>(&mut self, frame: &[S]) {
        assert_eq!(frame.len(), self.config.frame_length, "samples of a frame");
        let lane = self.pushed;
        assert!(lane < ABREAST, "frames abreast");
        self.pushed += 1;
        let Self { arch, config, stft, window, frame: conditioned, spectra, energies, .. } = self;
        let spectrum = &mut spectra[lane * row(stft.bins())..][..stft.bins()];
        if config.conditioning == Conditioning::default() && config.energy.is_none() {
            transform(config, stft, frame, spectrum);
        } else {
            energies[lane] = arch.dispatch(Condition { config, window, samples: frame, frame: conditioned });
            transform(config, stft, conditioned, spectrum);
        }
    }

    /// The bands of the frames that were pushed, one after the other.
    ///
    /// # Panics
    /// If `out` has not [`elements`](Self::elements) for each of them.
    pub fn drain<O: Float>(&mut self, out: &mut [O]) {
        let elements = self.elements();
        assert_eq!(out.len(), self.pushed * elements, "elements of the frames");
        if let Some(mel) = &self.mel {
            let turned = self.turned.as_chunks_mut().0;
            self.arch.dispatch(Turn { spectra: &self.spectra, turned });
            mel.process_abreast(turned, self.sums.as_chunks_mut().0);
        }
        let sums = self.sums.as_chunks::<ABREAST>().0;
        for (lane, out) in out.chunks_exact_mut(elements).enumerate() {
            let (out, energy) = out.split_at_mut(self.bands.len());
            if self.mel.is_some() {
                self.bands.iter_mut().zip(sums).for_each(|(band, sums)| *band = sums[lane % ABREAST]);
            } else {
                let bins = self.bands.len();
                self.bands.copy_from_slice(&self.spectra[lane * row(bins)..][..bins]);
            }
            match &self.log {
                Some(log) if self.config.single_bins => {
                    log.process_in_place(&mut self.bands);
                    out.iter_mut().zip(&self.bands).for_each(|(out, value)| *out = value.cast());
                }
                Some(log) => log.process(&self.bands, out),
                None => out.iter_mut().zip(&self.bands).for_each(|(out, value)| *out = value.cast()),
            }
            energy.fill(O::from_real(self.energies[lane]));
        }
        self.pushed = 0;
    }
}

/// The power of the magnitude of each bin.
fn transform<S: Float>(config: &Config, stft: &mut Stft, frame: &[S], out: &mut [f64]) {
    let (exponent, under_root) = (config.exponent, config.under_root);
    let power = move |re: f64, im: f64| re * re + im * im + under_root;
    let single = move |re: f64, im: f64| power(f64::from(re as f32), f64::from(im as f32));
    match (exponent, config.single_bins) {
        (Exponent::Power, false) => stft.each(frame, out, power),
        (Exponent::Magnitude, false) => stft.each(frame, out, move |re, im| power(re, im).sqrt()),
        (_, false) => stft.each(frame, out, move |re, im| exponent.of(power(re, im))),
        (_, true) => stft.each(frame, out, move |re, im| exponent.of(single(re, im))),
    }
}

/// Room for the bins of a frame.
fn row(bins: usize) -> usize {
    bins.next_multiple_of(8)
}

/// Rows of one frame each to rows of one bin each.
struct Turn<'a> {
    spectra: &'a [f64],
    turned: &'a mut [[f64; ABREAST]],
}

impl NullaryFnOnce for Turn<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let length = row(self.turned.len());
        for (bin, values) in self.turned.iter_mut().enumerate() {
            for (lane, value) in values.iter_mut().enumerate() {
                *value = self.spectra[lane * length + bin];
            }
        }
    }
}

/// Fills the transform's frame; gives the logarithm of the energy if that is asked for.
struct Condition<'a, S> {
    config: &'a Config,
    window: &'a [f64],
    samples: &'a [S],
    frame: &'a mut [f64],
}

impl<S: Float> NullaryFnOnce for Condition<'_, S> {
    type Output = f64;

    #[inline(always)]
    fn call(self) -> f64 {
        let Self { config, window, samples, frame } = self;
        let Conditioning { remove_mean, preemphasis } = config.conditioning;
        let used = samples.len().min(frame.len());
        let frame = &mut frame[..used];
        let mean = if remove_mean { vector::sum(samples, |x| x.into()) / samples.len() as f64 } else { 0.0 };
        for (to, x) in frame.iter_mut().zip(samples) {
            *to = (*x).into() - mean;
        }
        let log_energy = |sum: f64, floor: f64| sum.max(f64::from(f32::EPSILON)).max(floor).ln();
        let raw = config.energy.filter(|energy| energy.raw).map(|e| log_energy(vector::sum(frame, |x| x * x), e.floor));
        if preemphasis != 0.0 {
            let mut before = frame.first().copied().unwrap_or_default();
            for x in frame.iter_mut() {
                before = std::mem::replace(x, *x - preemphasis * before);
            }
        }
        let windowed = |e: Energy| log_energy(frame.iter().zip(window).map(|(x, w)| (x * w) * (x * w)).sum(), e.floor);
        raw.or_else(|| config.energy.map(windowed)).unwrap_or_default()
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
    fn a_frames_bands_do_not_depend_on_those_beside_it() {
        let config = Config { exponent: Exponent::Magnitude, log: Some(log::Config::new(Base::E, 1e-5)), ..hann(100) };
        let mut bands = Bands::new(&config).expect("legal");
        let samples = noise(800);
        let frames = || samples.windows(100).step_by(90);
        let mut together = vec![0.0f32; ABREAST * bands.elements()];
        frames().for_each(|frame| bands.push(frame));
        bands.drain(&mut together);
        for (frame, together) in frames().zip(together.chunks(bands.elements())) {
            let mut alone = vec![0.0f32; together.len()];
            bands.process(frame, &mut alone);
            assert_eq!(alone, together);
        }
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
