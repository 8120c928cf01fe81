//! The constant-Q transform: filters whose length is a constant number of periods, an octave at a time.
//!
//! Every octave below the first is filtered at half the rate of the one above it while the hop can be halved, so that all
//! have filters of about one length. The caller halves the rates; the kernel says which octave wants which.

use std::f64::consts::PI;

use crate::fourier::RealFft;
use crate::norm::Norm;
use crate::window::{self, Sampling, Shape};
use crate::{Complex, Error, Float};

/// What a transform is made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Sample rate in Hz.
    pub sample_rate: f64,
    /// Samples from one frame to the next.
    pub hop: usize,
    /// Frequency of the first bin in Hz.
    pub fmin: f64,
    /// How far all bins are above theirs, in bins.
    pub tuning: f64,
    /// Number of bins.
    pub bins: usize,
    /// Bins of an octave.
    pub per_octave: usize,
    /// A factor on the length of the filters.
    pub filter_scale: f64,
    /// What a filter is divided by.
    pub norm: Norm,
    /// The share of a filter's spectrum, by magnitude, that is left out: the smallest values.
    pub sparsity: f64,
    /// Shape of the filters.
    pub window: Shape,
    /// Bins are divided by the root of their filter's length.
    pub scale: bool,
}

/// One octave of filters.
pub struct Octave {
    /// Is its signal that of the octave above at half the rate (halved, times √2), or the same?
    pub halved: bool,
    /// Samples of its signal from one frame to the next.
    pub hop: usize,
    /// Its bins are from this one on.
    first: usize,
    fft: RealFft<f64>,
    /// Of each bin: indices in the spectrum and their weights.
    filters: Vec<Vec<(usize, Complex<f64>)>>,
}

/// A planned transform.
///
/// # Shape
/// Frames of every octave, centred on one time, to `bins` complex numbers, bin k at fmin · 2^((k + tuning) / per_octave) Hz.
///
/// # Source
/// Schörkhuber and Klapuri, "Constant-Q transform toolbox for music processing", SMC 2010; filters, lengths and scaling as
/// `librosa.cqt` 0.11.
pub struct Cqt {
    /// The first octave's signal is the input at its rate divided by this power of two (times its root); 1: as it is.
    pub divided_by: usize,
    /// A factor on that signal.
    pub gain: f64,
    /// The octaves, highest first.
    pub octaves: Vec<Octave>,
    bins: usize,
}

/// The most bins.
const MOST_BINS: usize = 1 << 14;
/// The longest filter, as a power of two: a minute at the rate of its octave.
const LONGEST: u32 = 20;

impl Cqt {
    /// Makes the filters.
    ///
    /// # Errors
    /// A number outside its range; bins beyond half the sample rate; filters that are too long.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let Config { bins, per_octave, .. } = *config;
        let sound = |name, value: f64| {
            let fault = Error::parameter(name, "a number above 0", value);
            if value > 0.0 && value.is_finite() { Ok(()) } else { Err(fault) }
        };
        sound("fmin", config.fmin)?;
        sound("filter_scale", config.filter_scale)?;
        for (name, value) in [("n_bins", bins), ("bins_per_octave", per_octave), ("hop_length", config.hop)] {
            if value == 0 || (name != "hop_length" && value > MOST_BINS) {
                return Err(Error::parameter(name, format!("1..={MOST_BINS}"), value));
            }
        }
        if !(0.0..1.0).contains(&config.sparsity) {
            return Err(Error::parameter("sparsity", "a number in 0..1", config.sparsity));
        }
        let filters = Filters::new(config)?;
        let count = bins.div_ceil(per_octave);
        let (halvings, divided_by) = filters.early(config, count);
        let top_rate = config.sample_rate / divided_by as f64;
        let (mut rate, mut hop) = (top_rate, config.hop / divided_by);
        let at_once = per_octave.min(bins);
        let (mut octaves, mut halved) = (Vec::with_capacity(count), false);
        for octave in 0..count {
            let end = bins - at_once * octave;
            let range = end.saturating_sub(at_once)..end;
            octaves.push(filters.octave(config, range, rate, hop, halved, top_rate)?);
            halved = hop.is_multiple_of(2);
            if halved {
                (rate, hop) = (rate / 2.0, hop / 2);
            }
        }
        let gain = if config.scale { 1.0 } else { 2f64.powi(halvings).sqrt() };
        Ok(Self { divided_by, gain, octaves, bins })
    }

    /// Bins of a frame.
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// The bins of one octave, of its frame, at their places among all.
    ///
    /// # Panics
    /// If there is no such octave, or `out` is not [`bins`](Self::bins) long.
    pub fn process<S: Float, O: Float>(&mut self, octave: usize, frame: &[S], out: &mut [Complex<O>]) {
        assert_eq!(out.len(), self.bins, "bins");
        let Octave { first, fft, filters, .. } = &mut self.octaves[octave];
        let spectrum = fft.process(frame);
        for (out, filter) in out[*first..].iter_mut().zip(filters) {
            let bin: Complex<f64> = filter.iter().map(|(k, weight)| weight * spectrum[*k]).sum();
            *out = Complex::new(O::from_real(bin.re), O::from_real(bin.im));
        }
    }
}

impl Octave {
    /// Samples of a frame, a power of two.
    pub fn n_fft(&self) -> usize {
        self.fft.points()
    }
}

/// Frequencies and widths of all bins.
struct Filters {
    hz: Vec<f64>,
    /// Bandwidth over centre frequency.
    relative: Vec<f64>,
    /// The highest frequency that a filter reaches.
    cutoff: f64,
}

impl Filters {
    fn new(config: &Config) -> Result<Self, Error> {
        let Config { bins, per_octave, .. } = *config;
        let fmin = config.fmin * (config.tuning / per_octave as f64).exp2();
        let ratio = |k: usize| ((k / per_octave) as f64).exp2() * ((k % per_octave) as f64 / per_octave as f64).exp2();
        let hz: Vec<f64> = (0..bins).map(|k| ratio(k) * fmin).collect();
        let logs: Vec<f64> = hz.iter().map(|hz| hz.log2()).collect();
        let relative = (0..bins).map(|k| {
            let octaves = match (k, bins) {
                (_, 1) => 1.0 / per_octave as f64,
                (0, _) => logs[1] - logs[0],
                (k, _) if k + 1 == bins => logs[k] - logs[k - 1],
                (k, _) => (logs[k + 1] - logs[k - 1]) / 2.0,
            };
            let width = (2.0 * octaves).exp2();
            (width - 1.0) / (width + 1.0)
        });
        let relative: Vec<f64> = relative.collect();
        let half_width = 0.5 * bandwidth(config.window)? / config.filter_scale;
        let cutoff = hz.iter().zip(&relative).map(|(hz, alpha)| hz * (1.0 + half_width * alpha)).fold(0.0, f64::max);
        let nyquist = config.sample_rate / 2.0;
        if cutoff > nyquist {
            let expected = format!("bins up to half the sample rate ({nyquist} Hz)");
            return Err(Error::parameter("n_bins", expected, format!("{bins}, which reach {cutoff:.1} Hz")));
        }
        Ok(Self { hz, relative, cutoff })
    }

    /// How often the rate can be halved before the first octave, and the divisor that this is.
    fn early(&self, config: &Config, octaves: usize) -> (i32, usize) {
        let room = (config.sample_rate / 2.0 / self.cutoff).log2().ceil() as i64 - 2;
        let hop = i64::from(config.hop.trailing_zeros()) - octaves as i64 + 1;
        let halvings = room.min(hop).max(0);
        (halvings as i32, 1 << halvings)
    }

    /// Length of a bin's filter in samples, not rounded.
    fn length(&self, config: &Config, bin: usize, rate: f64) -> f64 {
        config.filter_scale / self.relative[bin] * rate / self.hz[bin]
    }

    fn octave(
        &self,
        config: &Config,
        bins: std::ops::Range<usize>,
        rate: f64,
        hop: usize,
        halved: bool,
        top_rate: f64,
    ) -> Result<Octave, Error> {
        let longest = bins.clone().map(|bin| self.length(config, bin, rate)).fold(0.0, f64::max);
        let most = (1u64 << LONGEST) as f64;
        if longest > most {
            let got = format!("{longest:.0} of {:.2} Hz", self.hz[bins.start]);
            return Err(Error::parameter("filter_scale", format!("filters of at most {most} samples"), got));
        }
        let n_fft = longest.log2().ceil().exp2().max(1.0) as usize;
        let mut fft = RealFft::new(&vec![1.0; n_fft])?;
        let first = bins.start;
        let filters = bins.map(|bin| {
            let length = self.length(config, bin, rate);
            let wave = wave(config, length, self.hz[bin] / rate)?;
            let weights = sparse(&spectrum(&mut fft, &wave, length / n_fft as f64), config.sparsity);
            let mut gain = (top_rate / rate).sqrt();
            if config.scale {
                gain /= self.length(config, bin, top_rate).sqrt();
            }
            Ok(weights.into_iter().map(|(k, weight)| (k, weight * gain)).collect())
        });
        let filters = filters.collect::<Result<_, Error>>()?;
        Ok(Octave { halved, hop, first, fft, filters })
    }
}

/// Equivalent noise bandwidth of a window in bins: of 8193 points of the symmetric one where the tool has a table, of a
/// thousand points of the periodic one where it computes.
///
/// # Source
/// `librosa.filters.window_bandwidth` 0.11, whose table has another value for `flattop` than its definition gives.
fn bandwidth(shape: Shape) -> Result<f64, Error> {
    let config = match shape {
        Shape::FlatTop => return Ok(2.7762255046484143),
        Shape::Kaiser { .. } | Shape::Gaussian { .. } | Shape::Tukey { .. } => window::Config::new(shape, 1000),
        _ => window::Config { sampling: Sampling::Symmetric, ..window::Config::new(shape, 8193) },
    };
    let values = window::window(&config)?;
    let energy: f64 = values.iter().map(|w| w * w).sum();
    Ok(values.len() as f64 * energy / values.iter().sum::<f64>().powi(2))
}

/// A filter's taps around time 0: a windowed complex exponential of `cycles` a sample.
fn wave(config: &Config, length: f64, cycles: f64) -> Result<Vec<Complex<f64>>, Error> {
    let from = (-length / 2.0).floor();
    let taps = ((length / 2.0).floor() - from).max(1.0) as usize;
    let window = window::window(&window::Config::new(config.window, taps))?;
    let mut wave: Vec<Complex<f64>> = (window.iter().enumerate())
        .map(|(i, w)| Complex::from_polar(*w, 2.0 * PI * cycles * (from + i as f64)))
        .collect();
    let divisor = config.norm.divisor(wave.iter().map(|tap| tap.norm()), f64::MIN_POSITIVE);
    wave.iter_mut().for_each(|tap| *tap /= divisor);
    Ok(wave)
}

/// The non-negative frequencies of taps that stand in the middle of the transform, times `gain`; rounded where the tool's
/// single precision does.
fn spectrum(fft: &mut RealFft<f64>, wave: &[Complex<f64>], gain: f64) -> Vec<Complex<f64>> {
    let (points, before) = (fft.points(), (fft.points() - wave.len().min(fft.points())) / 2);
    let mut bins = vec![Complex::default(); fft.bins()];
    let mut part = |of: fn(&Complex<f64>) -> f64, turn: Complex<f64>| {
        let mut frame = vec![0.0; points];
        for (place, tap) in frame[before..].iter_mut().zip(wave) {
            *place = single(single(of(tap)) * gain);
        }
        bins.iter_mut().zip(fft.process(&frame)).for_each(|(bin, value)| *bin += turn * value);
    };
    part(|tap| tap.re, Complex::new(1.0, 0.0));
    part(|tap| tap.im, Complex::new(0.0, 1.0));
    bins.iter().map(|bin| Complex::new(single(bin.re), single(bin.im))).collect()
}

/// What stays of a spectrum when the smallest values, a share of the sum of magnitudes, are left out. The sums are in single
/// precision, as the tool's: what lies at the edge of the share depends on it.
fn sparse(bins: &[Complex<f64>], share: f64) -> Vec<(usize, Complex<f64>)> {
    let magnitudes: Vec<f32> = bins.iter().map(|bin| bin.norm() as f32).collect();
    let total = magnitudes.iter().map(|m| f64::from(*m)).sum::<f64>() as f32;
    let mut sorted = magnitudes.clone();
    sorted.sort_by(f32::total_cmp);
    let mut sum = 0.0f32;
    let reached = sorted.iter().find(|magnitude| {
        sum += **magnitude / total;
        // A spectrum of zeros has no share: its sum is no number.
        sum >= share as f32 || sum.is_nan()
    });
    let least = reached.copied().unwrap_or(0.0);
    let kept = magnitudes.iter().zip(bins).enumerate().filter(|(_, (magnitude, _))| **magnitude >= least);
    kept.map(|(k, (_, bin))| (k, *bin)).collect()
}

fn single(value: f64) -> f64 {
    f64::from(value as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: Config = Config {
        sample_rate: 22_050.0,
        hop: 512,
        fmin: 32.703_195_662_574_83,
        tuning: 0.0,
        bins: 84,
        per_octave: 12,
        filter_scale: 1.0,
        norm: Norm::P(1.0),
        sparsity: 0.01,
        window: Shape::Hann,
        scale: true,
    };

    #[test]
    fn octaves_halve_while_the_hop_does() {
        let hops = |config: Config| -> Vec<(usize, usize, bool)> {
            let cqt = Cqt::new(&config).expect("legal");
            cqt.octaves.iter().map(|octave| (octave.n_fft(), octave.hop, octave.halved)).collect()
        };
        // Filters of an octave are as long as those of the next in samples of their rates.
        let usual = hops(CONFIG);
        assert_eq!(usual.len(), 7);
        assert!(usual.windows(2).all(|pair| pair[1] == (pair[0].0, pair[0].1 / 2, true)), "{usual:?}");
        let odd = hops(Config { hop: 300, ..CONFIG });
        assert_eq!(odd[2..4], [(odd[0].0, 75, true), (2 * odd[0].0, 75, false)]);
        // Three octaves from 32.7 Hz on leave room for halving before the first.
        let low = Cqt::new(&Config { bins: 36, ..CONFIG }).expect("legal");
        assert_eq!((low.divided_by, low.gain, low.octaves[0].hop), (16, 1.0, 32));
        assert_eq!(Cqt::new(&Config { bins: 36, scale: false, ..CONFIG }).expect("legal").gain, 4.0);
    }

    #[test]
    fn a_tone_is_its_bin() {
        let mut cqt = Cqt::new(&CONFIG).expect("legal");
        let n_fft = cqt.octaves[0].n_fft();
        // The 80th bin is 32.7 Hz times 2^(79 / 12), 3136 Hz.
        let cycles = CONFIG.fmin * (79.0f64 / 12.0).exp2() / CONFIG.sample_rate;
        let frame: Vec<f64> = (0..n_fft).map(|t| (2.0 * PI * cycles * t as f64).cos()).collect();
        let mut bins = vec![Complex::<f64>::default(); 84];
        cqt.process(0, &frame, &mut bins);
        let loudest = (0..84).max_by(|a, b| bins[*a].norm().total_cmp(&bins[*b].norm()));
        assert_eq!(loudest, Some(79));
        assert!(bins[..72].iter().all(|bin| bin.norm() == 0.0), "only one octave is written");
    }

    #[test]
    fn refusals_name_the_field() {
        for (config, field) in [
            (Config { bins: 120, ..CONFIG }, "n_bins"),
            (Config { bins: 0, ..CONFIG }, "n_bins"),
            (Config { per_octave: 0, ..CONFIG }, "bins_per_octave"),
            (Config { hop: 0, ..CONFIG }, "hop_length"),
            (Config { fmin: f64::NAN, ..CONFIG }, "fmin"),
            (Config { fmin: 1e-4, ..CONFIG }, "filter_scale"),
            (Config { sparsity: 1.0, ..CONFIG }, "sparsity"),
        ] {
            let refusal = Cqt::new(&config).err().unwrap_or_else(|| panic!("{field} was taken"));
            assert_eq!(refusal.field, field);
        }
    }
}
