//! Analysis windows: shape, sampling, and where a short one stands in a longer frame.

use std::f64::consts::PI;

use crate::Error;
use crate::fourier::MAX_POINTS;

/// The shape of a window.
///
/// # Source
/// Harris, "On the use of windows for harmonic analysis with the discrete Fourier transform", Proc. IEEE 66(1), 1978;
/// coefficients and parameters as `scipy.signal.windows` 1.17 has them, whose values these equal to 1e-15.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Shape {
    /// All ones.
    Rectangular,
    /// 0.5 − 0.5 cos.
    Hann,
    /// 0.54 − 0.46 cos.
    Hamming,
    /// 0.42 − 0.5 cos + 0.08 cos 2.
    Blackman,
    /// Hann's to the power of 0.85, as Kaldi's `povey`.
    Povey,
    /// Four cosine terms, side lobes under −92 dB (Harris 1978, table 1).
    BlackmanHarris,
    /// Four cosine terms with Nuttall's "minimum 4-term" coefficients (IEEE Trans. ASSP 29(1), 1981).
    Nuttall,
    /// Five cosine terms, flat to 0.01 dB between bins: reads amplitudes.
    FlatTop,
    /// A triangle whose ends are zero.
    Bartlett,
    /// A triangle whose ends are not zero.
    Triangular,
    /// Half a period of a sine, sampled at half-integers.
    Cosine,
    /// Kaiser's, from the modified Bessel function of order zero.
    Kaiser {
        /// Trades the width of the main lobe for the height of the side lobes; 14 is a usual start.
        beta: f64,
    },
    /// A Gaussian.
    Gaussian {
        /// Standard deviation in samples.
        std: f64,
    },
    /// A flat top between two halves of a Hann window.
    Tukey {
        /// The share of the window that is tapered: 0 is rectangular, 1 is Hann.
        alpha: f64,
    },
}

impl Shape {
    /// The shape with a name of `scipy.signal.get_window`, and its numbers: `hann`, or `kaiser` with a beta.
    ///
    /// # Errors
    /// A name that is none of [`Shape::NAMES`], or a shape with more or fewer numbers than it takes.
    pub fn named(name: &str, numbers: &[f64]) -> Result<Self, Error> {
        let plain = match name {
            "boxcar" | "rectangular" => Shape::Rectangular,
            "hann" => Shape::Hann,
            "hamming" => Shape::Hamming,
            "blackman" => Shape::Blackman,
            "blackmanharris" => Shape::BlackmanHarris,
            "nuttall" => Shape::Nuttall,
            "flattop" => Shape::FlatTop,
            "bartlett" => Shape::Bartlett,
            "triang" => Shape::Triangular,
            "cosine" => Shape::Cosine,
            "tukey" if numbers.is_empty() => Shape::Tukey { alpha: 0.5 },
            "kaiser" | "gaussian" | "tukey" => {
                let [number] = *numbers else {
                    let expected = format!("{name} with one number");
                    return Err(Error::parameter("window", expected, format!("{} of them", numbers.len())));
                };
                return Ok(match name {
                    "kaiser" => Shape::Kaiser { beta: number },
                    "gaussian" => Shape::Gaussian { std: number },
                    _ => Shape::Tukey { alpha: number },
                });
            }
            _ => return Err(Error::parameter("window", format!("one of {}", Self::NAMES.join(", ")), name)),
        };
        if !numbers.is_empty() {
            let got = format!("{} of them", numbers.len());
            return Err(Error::parameter("window", format!("{name} without a number"), got));
        }
        Ok(plain)
    }

    /// The names of the shapes.
    pub const NAMES: [&str; 14] = [
        "hann",
        "hamming",
        "blackman",
        "blackmanharris",
        "nuttall",
        "flattop",
        "bartlett",
        "triang",
        "cosine",
        "tukey",
        "boxcar",
        "rectangular",
        "kaiser",
        "gaussian",
    ];
}

/// Whether the window's period is its length or one less.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sampling {
    /// One period of a periodic function, for spectral analysis (`fftbins=True`).
    #[default]
    Periodic,
    /// First and last value are equal, for filter design.
    Symmetric,
}

/// Where a window shorter than the frame stands in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Placement {
    /// In the middle, ⌊(n − w) / 2⌋ zeros before it: librosa, torch, Tacotron 2.
    #[default]
    Centre,
    /// At the start, zeros after it: TensorFlow, Kaldi, SciPy. What is longer than the frame is cut.
    Start,
}

/// What a window is made from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// The shape.
    pub shape: Shape,
    /// How it is sampled.
    pub sampling: Sampling,
    /// Length of the window, in samples.
    pub win_length: usize,
    /// Length of the frame that it stands in.
    pub n_fft: usize,
    /// Where it stands there.
    pub placement: Placement,
}

impl Config {
    /// A periodic window that fills its frame.
    pub fn new(shape: Shape, n_fft: usize) -> Self {
        Self { shape, sampling: Sampling::Periodic, win_length: n_fft, n_fft, placement: Placement::Centre }
    }
}

/// The values of a window, as long as the frame, zeros around it.
///
/// # Errors
/// A window that is empty, or too long to stand in the middle of its frame, or a shape whose parameter makes no window.
pub fn window(config: &Config) -> Result<Vec<f64>, Error> {
    let Config { win_length, n_fft, placement, .. } = *config;
    let longest = if placement == Placement::Start { MAX_POINTS } else { n_fft };
    if win_length == 0 || win_length > longest {
        let expected = format!("1..=n_fft ({longest})");
        return Err(Error::parameter("win_length", expected, win_length));
    }
    config.shape.check()?;
    let before = match placement {
        Placement::Centre => (n_fft - win_length) / 2,
        Placement::Start => 0,
    };
    let mut values = vec![0.0; n_fft.max(win_length)];
    fill(config.shape, config.sampling, &mut values[before..before + win_length]);
    values.truncate(n_fft);
    Ok(values)
}

/// The mean of a window's values: what a sine's peak is multiplied by, times the frame's length over 2.
pub fn coherent_gain(window: &[f64]) -> f64 {
    if window.is_empty() {
        return 0.0;
    }
    window.iter().sum::<f64>() / window.len() as f64
}

fn fill(shape: Shape, sampling: Sampling, out: &mut [f64]) {
    // A periodic window is the symmetric one of one sample more, without its last.
    let points = match sampling {
        Sampling::Symmetric => out.len(),
        Sampling::Periodic if out.len() == 1 => 1,
        Sampling::Periodic => out.len() + 1,
    };
    for (i, out) in out.iter_mut().enumerate() {
        *out = shape.at(i as f64, points);
    }
}

impl Shape {
    /// Do its numbers make a window?
    ///
    /// # Errors
    /// The number that does not.
    pub fn check(self) -> Result<(), Error> {
        let parameter = match self {
            Shape::Kaiser { beta } => Some(("beta", beta, beta.is_finite(), "a finite number")),
            Shape::Gaussian { std } => Some(("std", std, std > 0.0 && std.is_finite(), "a number above 0")),
            Shape::Tukey { alpha } => Some(("alpha", alpha, (0.0..=1.0).contains(&alpha), "a number in 0..=1")),
            _ => None,
        };
        match parameter {
            Some((name, got, false, expected)) => Err(Error::parameter(name, expected, got)),
            _ => Ok(()),
        }
    }

    /// The value of the symmetric window of `points` points at `i`, which may lie between two of them.
    pub fn at(self, i: f64, points: usize) -> f64 {
        if points <= 1 {
            return 1.0;
        }
        let last = (points - 1) as f64;
        let centred = i - last / 2.0;
        let cosines = |terms: &[f64]| -> f64 {
            let angle = -PI + i * (2.0 * PI / last);
            let term = |(k, a): (usize, &f64)| a * (k as f64 * angle).cos();
            terms.iter().enumerate().map(term).sum()
        };
        match self {
            Shape::Rectangular => 1.0,
            Shape::Hann => cosines(&[0.5, 0.5]),
            Shape::Hamming => cosines(&[0.54, 0.46]),
            Shape::Povey => cosines(&[0.5, 0.5]).max(0.0).powf(0.85),
            Shape::Blackman => cosines(&[0.42, 0.50, 0.08]),
            Shape::BlackmanHarris => cosines(&[0.35875, 0.48829, 0.14128, 0.01168]),
            Shape::Nuttall => cosines(&[0.3635819, 0.4891775, 0.1365995, 0.0106411]),
            Shape::FlatTop => cosines(&[0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368]),
            Shape::Bartlett => 1.0 - (2.0 * centred / last).abs(),
            Shape::Triangular => {
                let width = points + points % 2;
                1.0 - 2.0 * centred.abs() / width as f64
            }
            Shape::Cosine => (PI * (i + 0.5) / points as f64).sin(),
            Shape::Kaiser { beta } => {
                let x = 2.0 * centred / last;
                bessel_i0(beta * (1.0 - x * x).max(0.0).sqrt()) / bessel_i0(beta)
            }
            Shape::Gaussian { std } => (-0.5 * (centred / std).powi(2)).exp(),
            Shape::Tukey { alpha } => {
                let edge = alpha * last / 2.0;
                let distance = i.min(last - i);
                if distance >= edge { 1.0 } else { 0.5 * (1.0 + (PI * (distance / edge - 1.0)).cos()) }
            }
        }
    }
}

/// Modified Bessel function of the first kind, order zero: Σ ((x/2)^k / k!)² (Abramowitz and Stegun 9.6.12).
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut term, mut sum, mut k) = (1.0, 1.0, 1.0);
    while term > sum * f64::EPSILON / 8.0 {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(shape: Shape, sampling: Sampling, win_length: usize) -> Vec<f64> {
        let config = Config { sampling, ..Config::new(shape, win_length) };
        window(&config).expect("a legal window")
    }

    #[track_caller]
    fn check(got: &[f64], expected: &[f64]) {
        assert_eq!(got.len(), expected.len());
        for (i, (got, expected)) in got.iter().zip(expected).enumerate() {
            assert!((got - expected).abs() < 1e-12, "at {i}: expected {expected}, got {got}");
        }
    }

    #[test]
    fn periodic_and_symmetric_values() {
        use Sampling::{Periodic, Symmetric};
        check(&made(Shape::Hann, Periodic, 4), &[0.0, 0.5, 1.0, 0.5]);
        check(&made(Shape::Hann, Symmetric, 5), &[0.0, 0.5, 1.0, 0.5, 0.0]);
        check(&made(Shape::Hamming, Periodic, 4), &[0.08, 0.54, 1.0, 0.54]);
        check(&made(Shape::Blackman, Periodic, 2), &[0.0, 1.0]);
        check(&made(Shape::Bartlett, Symmetric, 5), &[0.0, 0.5, 1.0, 0.5, 0.0]);
        check(&made(Shape::Triangular, Symmetric, 4), &[0.25, 0.75, 0.75, 0.25]);
        check(&made(Shape::Rectangular, Periodic, 3), &[1.0; 3]);
        check(&made(Shape::Tukey { alpha: 0.0 }, Symmetric, 3), &[1.0; 3]);
    }

    #[test]
    fn every_shape_equals_scipy() {
        // scipy.signal.get_window(shape, 7), scipy 1.17.1.
        let rows: [(Shape, [f64; 7]); 5] = [
            (
                Shape::BlackmanHarris,
                [
                    6.0000000000001025e-05,
                    0.0333917234781512,
                    0.33283350429856506,
                    0.8893697722232838,
                    0.8893697722232838,
                    0.33283350429856506,
                    0.0333917234781512,
                ],
            ),
            (
                Shape::Nuttall,
                [
                    0.0003628000000000381,
                    0.03777576895352028,
                    0.34272761996881956,
                    0.8918518610776603,
                    0.8918518610776603,
                    0.34272761996881956,
                    0.03777576895352028,
                ],
            ),
            (
                Shape::FlatTop,
                [
                    -0.0004210510000000013,
                    -0.03684078115492349,
                    0.010703716716153475,
                    0.78087391493877,
                    0.78087391493877,
                    0.010703716716153475,
                    -0.03684078115492349,
                ],
            ),
            (
                Shape::Kaiser { beta: 8.6 },
                [
                    0.0013325139979024198,
                    0.09113651292826536,
                    0.45964377459338085,
                    0.9204615832581574,
                    0.9204615832581574,
                    0.45964377459338085,
                    0.09113651292826536,
                ],
            ),
            (Shape::Tukey { alpha: 0.5 }, [0.0, 0.6112604669781572, 1.0, 1.0, 1.0, 1.0, 0.6112604669781576]),
        ];
        for (shape, expected) in rows {
            check(&made(shape, Sampling::Periodic, 7), &expected);
        }
        let expected = [
            0.7066482778577162,
            0.8824969025845953,
            0.9862071167439163,
            0.9862071167439163,
            0.8824969025845953,
            0.7066482778577162,
        ];
        let gaussian = Shape::Gaussian { std: 3.0 };
        check(&made(gaussian, Sampling::Symmetric, 6), &expected);
        let expected = [0.19509032201612825, 0.5555702330196022, 0.8314696123025452, 0.9807852804032304];
        check(&made(Shape::Cosine, Sampling::Periodic, 7)[..4], &expected);
    }

    #[test]
    fn a_short_window_stands_where_told() {
        let config = Config { win_length: 2, ..Config::new(Shape::Rectangular, 5) };
        check(&window(&config).expect("legal"), &[0.0, 1.0, 1.0, 0.0, 0.0]);
        let start = Config { placement: Placement::Start, ..config };
        check(&window(&start).expect("legal"), &[1.0, 1.0, 0.0, 0.0, 0.0]);
        let cut = Config { win_length: 4, n_fft: 3, ..Config::new(Shape::Hann, 0) };
        check(&window(&Config { placement: Placement::Start, ..cut }).expect("legal"), &[0.0, 0.5, 1.0]);
        assert!(window(&cut).is_err());
    }

    #[test]
    fn names_are_scipys() {
        for name in Shape::NAMES {
            let numbers: &[f64] = if matches!(name, "kaiser" | "gaussian") { &[3.0] } else { &[] };
            assert!(Shape::named(name, numbers).is_ok(), "{name}");
        }
        assert_eq!(Shape::named("kaiser", &[14.0]), Ok(Shape::Kaiser { beta: 14.0 }));
        for (name, numbers) in [("hann", &[1.0][..]), ("kaiser", &[]), ("gaussian", &[1.0, 2.0]), ("hanning", &[])] {
            let refusal = Shape::named(name, numbers).expect_err(name);
            assert_eq!(refusal.field, "window");
        }
    }

    #[test]
    fn one_sample_is_one() {
        for shape in [Shape::Hann, Shape::Blackman, Shape::Kaiser { beta: 8.6 }] {
            check(&made(shape, Sampling::Periodic, 1), &[1.0]);
        }
    }

    #[test]
    fn gain_is_the_mean() {
        assert!((coherent_gain(&made(Shape::Hann, Sampling::Periodic, 1024)) - 0.5).abs() < 1e-12);
        assert_eq!(coherent_gain(&[]), 0.0);
    }

    #[test]
    fn refusals_name_the_field() {
        let long = Config { win_length: 9, ..Config::new(Shape::Hann, 8) };
        let refusal = window(&long).expect_err("too long");
        assert_eq!(refusal.to_string(), "win_length: expected 1..=n_fft (8), got 9");
        let tukey = Config::new(Shape::Tukey { alpha: 1.5 }, 8);
        assert!(window(&tukey).is_err());
        assert!(window(&Config::new(Shape::Kaiser { beta: f64::NAN }, 8)).is_err());
        assert!(window(&Config::new(Shape::Hann, 0)).is_err());
    }
}
