//! Mel filter banks: triangles over the bins of a transform, kept as the few weights that are not zero.
//!
//! The tools differ in four independent choices (scale, norm, the axis on which a triangle is straight, bins forced to
//! zero) and in the precision of the stored weights; a tool's bank is a [`Config`].

mod grid;

use pulp::Arch;

use crate::{Error, Float, vector};

/// The mel scale.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Linear under 1 kHz (3 mel per 200 Hz), logarithmic above (27 steps per factor 6.4).
    ///
    /// # Source
    /// Slaney, "Auditory Toolbox", Interval Research technical report 1998-010, `mfcc`; librosa's default.
    #[default]
    Slaney,
    /// 2595 log10(1 + f / 700).
    ///
    /// # Source
    /// O'Shaughnessy, "Speech Communication", 1987, p. 150; HTK, TensorFlow and Kaldi (as 1127 ln, the same ratio).
    Htk,
}

impl Scale {
    /// Mels of a frequency.
    pub fn mel(self, hz: f64) -> f64 {
        match self {
            Scale::Slaney if hz < KNEE_HZ => hz / LINEAR_HZ,
            Scale::Slaney => KNEE_HZ / LINEAR_HZ + (hz / KNEE_HZ).ln() / log_step(),
            Scale::Htk => 2595.0 * (1.0 + hz / 700.0).log10(),
        }
    }

    /// Frequency of a mel.
    pub fn hz(self, mel: f64) -> f64 {
        let knee = KNEE_HZ / LINEAR_HZ;
        match self {
            Scale::Slaney if mel < knee => LINEAR_HZ * mel,
            Scale::Slaney => KNEE_HZ * (log_step() * (mel - knee)).exp(),
            Scale::Htk => 700.0 * (10f64.powf(mel / 2595.0) - 1.0),
        }
    }
}

/// Slaney's constants: width of a linear step, the knee, and the logarithmic step.
const LINEAR_HZ: f64 = 200.0 / 3.0;
const KNEE_HZ: f64 = 1000.0;
fn log_step() -> f64 {
    6.4f64.ln() / 27.0
}

/// How a row is scaled.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Norm {
    /// Peaks of 1 (between bins).
    None,
    /// Every triangle has the same area: times 2 / (upper edge − lower edge) in Hz.
    #[default]
    Slaney,
    /// Rows of unit p-norm; infinity is the largest weight.
    P(f64),
}

/// The axis on which a triangle's sides are straight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Domain {
    /// Hz: librosa, torchaudio.
    #[default]
    Hz,
    /// Mel: TensorFlow, Kaldi.
    Mel,
}

/// The precision in which a tool makes and stores its weights.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Weights {
    /// Not rounded.
    Double,
    /// Rounded to f32 when the triangle is made, and again when it is normalised, as librosa does.
    #[default]
    Single,
    /// f32 from the first step to the last, in the order of torchaudio's operations: the corners of narrow triangles move by
    /// some 1e-5 of their width.
    Torch,
    /// The same in the order of TensorFlow's operations.
    TensorFlow,
    /// The same in the order of torchaudio's Kaldi, whose edges are a step of double precision apart.
    Kaldi,
}

/// A vocal tract's length as frequencies that are stretched, in between the edges of a bank, which stay.
///
/// # Source
/// Kaldi's `VtlnWarpFreq`, as torchaudio 2.8 has it (`compliance.kaldi.vtln_warp_freq`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Warp {
    /// Frequencies are divided by this.
    pub factor: f64,
    /// Where that begins and ends, in Hz; before and behind, straight lines lead to the bank's edges.
    pub low: f64,
    /// The upper of the two.
    pub high: f64,
}

impl Warp {
    /// Where a frequency goes in a bank from `fmin` to `fmax`, every result rounded.
    fn hz(self, (fmin, fmax): (f64, f64), hz: f64, round: impl Fn(f64) -> f64) -> f64 {
        let (low, high) = (self.low * self.factor.max(1.0), self.high * self.factor.min(1.0));
        let line = |from: f64, slope: f64| round(round(from) + round(round(slope) * round(hz - round(from))));
        match hz {
            hz if hz < fmin || hz > fmax => hz,
            hz if hz < low => line(fmin, (low / self.factor - fmin) / (low - fmin)),
            hz if hz < high => round(round(self.factor.recip()) * hz),
            _ => line(fmax, (fmax - high / self.factor) / (fmax - high)),
        }
    }

    fn refuse(self, fmin: f64, fmax: f64) -> Result<(), Error> {
        let Warp { factor, low, high } = self;
        if !(factor > 0.0 && factor.is_finite()) {
            return Err(Error::parameter("warp", "a factor above 0", factor));
        }
        if !(fmin < low && low < high && high < fmax && low * factor < fmax && high * factor > fmin) {
            let expected = format!("two frequencies between {fmin} and {fmax} Hz");
            return Err(Error::parameter("warp", expected, format!("{low} and {high} Hz, times {factor}")));
        }
        Ok(())
    }
}

/// What a bank is made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Sample rate in Hz.
    pub sample_rate: f64,
    /// Length of the transform whose bins come in.
    pub n_fft: usize,
    /// Number of bands.
    pub n_mels: usize,
    /// Lower edge of the first band in Hz.
    pub fmin: f64,
    /// Upper edge of the last band in Hz.
    pub fmax: f64,
    /// The scale on which the bands' edges are equally far apart.
    pub scale: Scale,
    /// How rows are scaled.
    pub norm: Norm,
    /// Where triangles are straight.
    pub domain: Domain,
    /// The first bin (0 Hz) counts for nothing: TensorFlow.
    pub without_first: bool,
    /// The last bin counts for nothing: Kaldi.
    pub without_last: bool,
    /// Precision of the weights.
    pub weights: Weights,
    /// How the bands' edges are moved for another vocal tract; none: they stay.
    pub warp: Option<Warp>,
    /// Where a tool takes the last bin to be, in Hz; none: where it is, which of an odd `n_fft` is under half the rate.
    pub last_bin_hz: Option<f64>,
}

impl Config {
    /// librosa's defaults.
    ///
    /// # Source
    /// `librosa.filters.mel` 0.11.
    pub fn librosa(sample_rate: f64, n_fft: usize) -> Self {
        Self {
            sample_rate,
            n_fft,
            n_mels: 128,
            fmin: 0.0,
            fmax: sample_rate / 2.0,
            scale: Scale::Slaney,
            norm: Norm::Slaney,
            domain: Domain::Hz,
            without_first: false,
            without_last: false,
            weights: Weights::Single,
            last_bin_hz: None,
            warp: None,
        }
    }

    /// torchaudio's defaults on either scale: no norm.
    ///
    /// # Source
    /// `torchaudio.functional.melscale_fbanks` 2.8, which halves the rate to an integer.
    pub fn torch(sample_rate: f64, n_fft: usize, scale: Scale) -> Self {
        let half = (sample_rate / 2.0).floor();
        Self {
            fmax: half,
            scale,
            norm: Norm::None,
            weights: Weights::Torch,
            last_bin_hz: Some(half),
            ..Self::librosa(sample_rate, n_fft)
        }
    }

    /// TensorFlow's bank with `fmax` at half the rate.
    ///
    /// # Source
    /// `tf.signal.linear_to_mel_weight_matrix` 2.21.
    pub fn tensorflow(sample_rate: f64, n_fft: usize) -> Self {
        Self {
            scale: Scale::Htk,
            norm: Norm::None,
            domain: Domain::Mel,
            without_first: true,
            weights: Weights::TensorFlow,
            last_bin_hz: Some(sample_rate / 2.0),
            ..Self::librosa(sample_rate, n_fft)
        }
    }

    /// Kaldi's bank.
    ///
    /// # Source
    /// torchaudio 2.8, `compliance.kaldi.get_mel_banks`: the bin at half the rate is left out.
    pub fn kaldi(sample_rate: f64, n_fft: usize) -> Self {
        Self {
            without_first: false,
            without_last: true,
            weights: Weights::Kaldi,
            ..Self::tensorflow(sample_rate, n_fft)
        }
    }

    /// The bank of Hugging Face's `mel_filter_bank`, which the extractors vary.
    ///
    /// # Source
    /// transformers 5.23, `audio_utils.mel_filter_bank`.
    pub fn hugging_face(sample_rate: f64, n_fft: usize, scale: Scale, norm: Norm) -> Self {
        Self { weights: Weights::Double, norm, ..Self::torch(sample_rate, n_fft, scale) }
    }
}

/// A planned bank.
///
/// # Shape
/// One frame of ⌊n_fft / 2⌋ + 1 bins to `n_mels` bands, lowest first.
pub struct Mel {
    arch: Arch,
    bins: usize,
    rows: Vec<Row>,
    weights: Vec<f64>,
    edges_hz: Vec<f64>,
}

/// The weights of a band that are not zero: bins `first..first + length`.
#[derive(Clone, Copy)]
struct Row {
    first: usize,
    length: usize,
}

impl Mel {
    /// Makes the triangles.
    ///
    /// # Errors
    /// No bands or over 65,536 of them, a rate that is no positive number, edges that are not 0 ≤ fmin < fmax, an empty
    /// transform, a p-norm that is not above 0.
    pub fn new(config: &Config) -> Result<Self, Error> {
        refuse(config)?;
        let grid = grid::Grid::new(config);
        let bins = config.n_fft / 2 + 1;
        let counted = usize::from(config.without_first)..bins - usize::from(config.without_last);
        let rows = Vec::with_capacity(config.n_mels);
        let mut mel = Self { arch: Arch::new(), bins, rows, weights: Vec::new(), edges_hz: grid.edges_hz.clone() };
        let mut row = vec![0.0; bins];
        for band in 0..config.n_mels {
            triangle(config.weights, &grid.positions, &grid.edges[band..band + 3], &mut row);
            row[..counted.start.min(bins)].fill(0.0);
            row[counted.end.max(counted.start)..].fill(0.0);
            normalise(config, &grid.edges_hz[band..band + 3], &mut row);
            mel.push(&row);
        }
        Ok(mel)
    }

    /// Bins of a frame that comes in.
    pub fn bins(&self) -> usize {
        self.bins
    }

    /// Bands of a frame that goes out.
    pub fn bands(&self) -> usize {
        self.rows.len()
    }

    /// Each band's peak, in Hz.
    pub fn centres_hz(&self) -> &[f64] {
        &self.edges_hz[1..self.edges_hz.len() - 1]
    }

    /// Bands between two bins, which are always zero: more bands were asked for than the transform resolves.
    pub fn empty_bands(&self) -> usize {
        self.rows.iter().filter(|row| row.length == 0).count()
    }

    /// The weight of a bin in a band.
    pub fn weight(&self, band: usize, bin: usize) -> f64 {
        let before: usize = self.rows[..band].iter().map(|row| row.length).sum();
        let row = self.rows[band];
        match bin.checked_sub(row.first) {
            Some(offset) if offset < row.length => self.weights[before + offset],
            _ => 0.0,
        }
    }

    /// The bands of one frame.
    ///
    /// # Panics
    /// If `spectrum` is not [`bins`](Self::bins) or `out` not [`bands`](Self::bands) long.
    pub fn process<S: Float, O: Float>(&self, spectrum: &[S], out: &mut [O]) {
        self.process_abreast(spectrum.as_chunks::<1>().0, out.as_chunks_mut::<1>().0);
    }

    /// The bands of `N` frames side by side, each as [`process`](Self::process) gives it.
    ///
    /// # Panics
    /// As [`process`](Self::process).
    pub fn process_abreast<S: Float, O: Float, const N: usize>(&self, spectra: &[[S; N]], out: &mut [[O; N]]) {
        assert_eq!(spectra.len(), self.bins, "bins of a frame");
        assert_eq!(out.len(), self.rows.len(), "bands of a frame");
        vector::run(self.arch, (self, spectra, out), sums);
    }

    fn push(&mut self, row: &[f64]) {
        let first = row.iter().position(|w| *w != 0.0).unwrap_or(0);
        let end = row.iter().rposition(|w| *w != 0.0).map_or(0, |last| last + 1);
        let length = end.saturating_sub(first);
        self.weights.extend_from_slice(&row[first..first + length]);
        self.rows.push(Row { first, length });
    }
}

#[inline(always)]
fn sums<S: Float, O: Float, const N: usize>((mel, spectra, out): (&Mel, &[[S; N]], &mut [[O; N]])) {
    let mut weights = mel.weights.as_slice();
    for (out, row) in out.iter_mut().zip(&mel.rows) {
        let (these, rest) = weights.split_at(row.length);
        let mut sums = [0.0; N];
        for (values, weight) in spectra[row.first..][..row.length].iter().zip(these) {
            for (sum, value) in sums.iter_mut().zip(values) {
                *sum += value.cast::<f64>() * weight;
            }
        }
        *out = sums.map(O::from_real);
        weights = rest;
    }
}

fn refuse(config: &Config) -> Result<(), Error> {
    let Config { fmin, fmax, .. } = *config;
    if config.n_mels == 0 || config.n_mels > 1 << 16 {
        return Err(Error::parameter("n_mels", "1..=65536", config.n_mels));
    }
    if config.n_fft == 0 || config.n_fft > crate::fourier::MAX_POINTS {
        let expected = format!("1..={}", crate::fourier::MAX_POINTS);
        return Err(Error::parameter("n_fft", expected, config.n_fft));
    }
    if !(config.sample_rate > 0.0 && config.sample_rate.is_finite()) {
        return Err(Error::parameter("sample_rate", "a number above 0", config.sample_rate));
    }
    if !(fmin >= 0.0 && fmin.is_finite()) {
        return Err(Error::parameter("fmin", "0 or more", fmin));
    }
    if !(fmax > fmin && fmax.is_finite()) {
        return Err(Error::parameter("fmax", format!("more than fmin ({fmin})"), fmax));
    }
    config.warp.map_or(Ok(()), |warp| warp.refuse(fmin, fmax))?;
    match config.norm {
        Norm::P(p) if p.is_nan() || p <= 0.0 => Err(Error::parameter("norm", "a number above 0", p)),
        _ => Ok(()),
    }
}

/// Rises from edge 0 to 1 at edge 1, falls to 0 at edge 2.
fn triangle(weights: Weights, positions: &[f64], edges: &[f64], row: &mut [f64]) {
    // Quotients of f32 differences that are rounded from f64 are what f32 arithmetic gives.
    let round = |x| weights.round(x);
    let (rise, fall) = (round(edges[1] - edges[0]), round(edges[2] - edges[1]));
    for (weight, position) in row.iter_mut().zip(positions) {
        let rising = round(round(position - edges[0]) / rise);
        let falling = round(round(edges[2] - position) / fall);
        *weight = rising.min(falling).max(0.0);
    }
}

fn normalise(config: &Config, edges_hz: &[f64], row: &mut [f64]) {
    let round = |w: f64| match config.weights {
        Weights::Double => w,
        _ => f64::from(w as f32),
    };
    row.iter_mut().for_each(|w| *w = round(*w));
    let factor = match config.norm {
        Norm::None => return,
        Norm::Slaney => config.weights.round(2.0 / config.weights.round(edges_hz[2] - edges_hz[0])),
        Norm::P(p) => {
            let length = if p.is_infinite() {
                row.iter().copied().fold(0.0, f64::max)
            } else {
                row.iter().map(|w| w.powf(p)).sum::<f64>().powf(1.0 / p)
            };
            // A row of zeros stays one.
            if length > 0.0 { 1.0 / length } else { 1.0 }
        }
    };
    row.iter_mut().for_each(|w| *w = round(*w * factor));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(config: &Config) -> Mel {
        Mel::new(config).expect("a legal bank")
    }

    #[test]
    fn scales_equal_librosa() {
        // librosa.hz_to_mel, 0.11
        let rows = [
            (Scale::Slaney, 60.0, 0.9),
            (Scale::Slaney, 1000.0, 15.0),
            (Scale::Slaney, 8000.0, 45.245_640_471_924_965),
            (Scale::Htk, 1000.0, 999.985_537_139_624_3),
        ];
        for (scale, hz, mel) in rows {
            assert!((scale.mel(hz) - mel).abs() < 1e-10, "{scale:?} of {hz} Hz");
            assert!((scale.hz(mel) - hz).abs() < 1e-8, "{scale:?} of {mel} mel");
        }
    }

    #[test]
    fn a_bank_of_four_by_hand() {
        // HTK edges 0, 4000 Hz with one band: peak at 700 (sqrt(1 + 4000 / 700) - 1) Hz.
        let config = Config {
            n_mels: 1,
            scale: Scale::Htk,
            norm: Norm::None,
            weights: Weights::Double,
            ..Config::librosa(8000.0, 8)
        };
        let mel = made(&config);
        let peak = 700.0 * ((1.0f64 + 4000.0 / 700.0).sqrt() - 1.0);
        assert!((mel.centres_hz()[0] - peak).abs() < 1e-9);
        let expected = [0.0, 1000.0 / peak, 2000.0 / (4000.0 - peak), 1000.0 / (4000.0 - peak), 0.0];
        for (bin, expected) in expected.into_iter().enumerate() {
            assert!((mel.weight(0, bin) - expected).abs() < 1e-12, "bin {bin}");
        }
        let mut out = [0.0f64];
        mel.process(&[1.0f64, 2.0, 0.0, 0.0, 5.0], &mut out);
        assert!((out[0] - 2.0 * expected[1]).abs() < 1e-12);
    }

    #[test]
    fn slaney_triangles_have_unit_area() {
        let mel = made(&Config { n_mels: 40, ..Config::librosa(22_050.0, 8192) });
        for band in 0..40 {
            let area: f64 = (0..mel.bins()).map(|bin| mel.weight(band, bin)).sum();
            let area = area * 22_050.0 / 8192.0;
            assert!((area - 1.0).abs() < 2e-3, "band {band}: {area}");
        }
    }

    #[test]
    fn p_norms_make_unit_rows() {
        for p in [1.0, 2.0, f64::INFINITY] {
            let mel = made(&Config {
                n_mels: 20,
                norm: Norm::P(p),
                weights: Weights::Double,
                ..Config::librosa(16_000.0, 512)
            });
            for band in 0..20 {
                let weights = (0..257).map(|bin| mel.weight(band, bin));
                let length = if p.is_infinite() {
                    weights.fold(0.0, f64::max)
                } else {
                    weights.map(|w| w.powf(p)).sum::<f64>().powf(1.0 / p)
                };
                assert!((length - 1.0).abs() < 1e-12, "band {band}, p {p}");
            }
        }
    }

    #[test]
    fn zeroed_bins_count_for_nothing() {
        let config = Config {
            n_mels: 10,
            scale: Scale::Htk,
            norm: Norm::None,
            domain: Domain::Mel,
            without_first: true,
            without_last: true,
            fmax: 9000.0,
            ..Config::librosa(16_000.0, 64)
        };
        let mel = made(&config);
        let reaching = made(&Config { without_last: false, ..config });
        assert!(reaching.weight(9, 32) > 0.0);
        assert!((0..10).all(|band| mel.weight(band, 32) == 0.0 && mel.weight(band, 0) == 0.0));
    }

    #[test]
    fn bands_between_bins_are_kept_and_counted() {
        let mel = made(&Config { n_mels: 256, ..Config::librosa(22_050.0, 512) });
        assert!(mel.empty_bands() > 0);
        let mut out = vec![1.0f32; 256];
        mel.process(&vec![1.0f32; 257], &mut out);
        assert_eq!(out.iter().filter(|x| **x == 0.0).count(), mel.empty_bands());
    }

    #[test]
    fn refusals_name_the_field() {
        let legal = Config::librosa(16_000.0, 400);
        let rows = [
            (Config { n_mels: 0, ..legal }, "n_mels: expected 1..=65536, got 0"),
            (Config { fmin: -1.0, ..legal }, "fmin: expected 0 or more, got -1"),
            (Config { fmax: 0.0, ..legal }, "fmax: expected more than fmin (0), got 0"),
            (Config { sample_rate: 0.0, ..legal }, "sample_rate: expected a number above 0, got 0"),
            (Config { norm: Norm::P(0.0), ..legal }, "norm: expected a number above 0, got 0"),
        ];
        for (config, message) in rows {
            let refusal = Mel::new(&config).err().expect("refused");
            assert_eq!(refusal.to_string(), message);
        }
    }
}
