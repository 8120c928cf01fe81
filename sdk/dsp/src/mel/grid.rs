//! Where bins and the edges of bands stand, in the arithmetic of the tool that made the bank.

use super::{Config, Domain, Scale, Weights};

/// Positions of the bins and of the triangles' corners, on the axis on which triangles are straight.
pub(super) struct Grid {
    pub positions: Vec<f64>,
    pub edges: Vec<f64>,
    pub edges_hz: Vec<f64>,
}

impl Grid {
    pub fn new(config: &Config) -> Self {
        let Config { scale, weights, .. } = *config;
        let round = |x| weights.round(x);
        let bins = config.n_fft / 2 + 1;
        let exact = (bins - 1) as f64 * config.sample_rate / config.n_fft as f64;
        let hz = spread(weights, 0.0, config.last_bin_hz.unwrap_or(exact), bins);
        let (low, high) = match weights {
            // These two are of double precision.
            Weights::Kaldi => (kaldi(config.fmin), kaldi(config.fmax)),
            _ => (weights.mel(scale, config.fmin), weights.mel(scale, config.fmax)),
        };
        let mut edges_mel = spread(weights, low, high, config.n_mels + 2);
        let mut edges_hz: Vec<f64> = edges_mel.iter().map(|mel| weights.hz(scale, *mel)).collect();
        if let Some(warp) = config.warp {
            edges_hz.iter_mut().for_each(|hz| *hz = warp.hz((config.fmin, config.fmax), *hz, round));
            edges_mel = edges_hz.iter().map(|hz| round(weights.mel(scale, *hz))).collect();
        }
        match config.domain {
            Domain::Hz => Self { positions: hz, edges: edges_hz.clone(), edges_hz },
            Domain::Mel => {
                // The first bin counts for nothing; the tool takes the logarithms of the others eight at a time, and those of
                // a rest, as of edges, one by one.
                let together = 1..1 + (bins - 1) / EIGHT * EIGHT;
                let position = |(bin, hz): (usize, &f64)| match weights {
                    Weights::TensorFlow if together.contains(&bin) => tensorflow(*hz, eigen_ln),
                    _ => round(weights.mel(scale, *hz)),
                };
                let positions = hz.iter().enumerate().map(position).collect();
                Self { positions, edges: edges_mel, edges_hz }
            }
        }
    }
}

/// Numbers that TensorFlow's builds of 2.21 for x86-64 compute at a time.
const EIGHT: usize = 8;

/// TensorFlow's mels of a frequency, with its logarithm.
fn tensorflow(hz: f64, ln: impl Fn(f32) -> f32) -> f64 {
    f64::from(1127.0 * ln(1.0 + hz as f32 / 700.0))
}

/// The logarithm of a normal positive number as Eigen computes several at a time, without fused operations: of a mantissa in
/// √½..√2 a quotient of polynomials, plus the exponent's share.
///
/// # Source
/// Eigen's rational approximation (`plog_impl_float`), bit by bit what `tf.math.log` of TensorFlow 2.21 gives at 20,000 places.
fn eigen_ln(x: f32) -> f32 {
    let bits = x.to_bits();
    let mut exponent = ((bits >> 23) & 0xff) as f32 - 126.0;
    let mut mantissa = f32::from_bits((bits & 0x007f_ffff) | 0x3f00_0000);
    if mantissa < std::f32::consts::FRAC_1_SQRT_2 {
        exponent -= 1.0;
        mantissa += mantissa;
    }
    let m = mantissa - 1.0;
    let over = m * (m * (m * 0.182_562_96 + 1.0) + 1.0);
    let under = m * (m * (m * 0.049_616_25 + 0.599_232_5) + 1.5) + 1.0;
    exponent * std::f32::consts::LN_2 + over / under
}

/// Kaldi's mels of a frequency.
fn kaldi(hz: f64) -> f64 {
    1127.0 * (1.0 + hz / 700.0).ln()
}

/// `count` points from `low` to `high`.
///
/// # Source
/// torch 2.8 `linspace` steps from both ends to the middle and rounds once a point; TensorFlow 2.21 rounds step, product
/// and sum (found by comparing values).
fn spread(weights: Weights, low: f64, high: f64, count: usize) -> Vec<f64> {
    let round = |x| weights.round(x);
    if weights == Weights::Kaldi {
        let step = round((high - low) / count.saturating_sub(1) as f64);
        return (0..count).map(|i| round(round(low) + round(step * i as f64))).collect();
    }
    let (low, high) = (round(low), round(high));
    let last = count.saturating_sub(1);
    let step = round(round(high - low) / last as f64);
    let point = |i: usize| match weights {
        Weights::Torch if i < count / 2 => round(low + step * i as f64),
        Weights::Torch => round(high - step * (last - i) as f64),
        _ if i == last => high,
        _ => round(low + round(step * i as f64)),
    };
    (0..count).map(point).collect()
}

impl Weights {
    /// A result of an arithmetic operation, as the tool holds it: a bank that is only stored in f32 rounds later.
    pub(super) fn round(self, x: f64) -> f64 {
        match self {
            Weights::Double | Weights::Single => x,
            Weights::Torch | Weights::TensorFlow | Weights::Kaldi => f64::from(x as f32),
        }
    }

    fn mel(self, scale: Scale, hz: f64) -> f64 {
        match self {
            Weights::TensorFlow | Weights::Kaldi => tensorflow(hz, |x| f64::from(x).ln() as f32),
            _ => scale.mel(hz),
        }
    }

    fn hz(self, scale: Scale, mel: f64) -> f64 {
        let round = |x| self.round(x);
        match (self, scale) {
            (Weights::Double | Weights::Single | Weights::TensorFlow, _) => scale.hz(mel),
            (Weights::Kaldi, _) => round(700.0 * round(round(round(mel / 1127.0).exp()) - 1.0)),
            (Weights::Torch, Scale::Htk) => round(700.0 * round(round(10f64.powf(round(mel / 2595.0))) - 1.0)),
            (Weights::Torch, Scale::Slaney) if mel < super::KNEE_HZ / super::LINEAR_HZ => {
                round(round(super::LINEAR_HZ) * mel)
            }
            (Weights::Torch, Scale::Slaney) => {
                let above = round(mel - super::KNEE_HZ / super::LINEAR_HZ);
                round(super::KNEE_HZ * round(round(round(super::log_step()) * above).exp()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mel::{Mel, Norm};

    /// Single weights of the tools' banks, where their float32 arithmetic differs from an exact one.
    #[test]
    fn banks_equal_torch_and_tensorflow() {
        let torch = |sample_rate, n_fft, n_mels, fmin, fmax, scale, norm| Config {
            n_mels,
            fmin,
            fmax,
            norm,
            ..Config::torch(sample_rate, n_fft, scale)
        };
        let tensorflow = |sample_rate, n_fft, n_mels, fmin, fmax| Config {
            n_mels,
            fmin,
            fmax,
            ..Config::tensorflow(sample_rate, n_fft)
        };
        // (bank, band, bin, weight): torchaudio 2.8.0 melscale_fbanks, TensorFlow 2.21.0 linear_to_mel_weight_matrix.
        let rows = [
            (torch(16000.0, 400, 128, 0.0, 8000.0, Scale::Htk, Norm::None), 64, 45, 0.8375608921051025),
            (torch(16000.0, 400, 128, 0.0, 8000.0, Scale::Htk, Norm::None), 126, 192, 0.9191069006919861),
            (torch(22050.0, 1024, 80, 0.0, 8000.0, Scale::Slaney, Norm::Slaney), 3, 7, 0.025573033839464188),
            (torch(22050.0, 1024, 80, 0.0, 8000.0, Scale::Slaney, Norm::Slaney), 40, 80, 0.01489542331546545),
            (torch(22050.0, 1024, 80, 0.0, 8000.0, Scale::Slaney, Norm::Slaney), 78, 345, 0.0032665603794157505),
            (torch(16000.0, 511, 40, 20.0, 7600.0, Scale::Slaney, Norm::None), 3, 10, 0.9130564332008362),
            (torch(16000.0, 511, 40, 20.0, 7600.0, Scale::Slaney, Norm::None), 20, 56, 0.7675825357437134),
            (torch(16000.0, 511, 40, 20.0, 7600.0, Scale::Slaney, Norm::None), 38, 209, 0.9922225475311279),
            (tensorflow(22050.0, 1024, 80, 125.0, 7600.0), 3, 11, 0.5386319160461426),
            (tensorflow(22050.0, 1024, 80, 125.0, 7600.0), 40, 91, 0.9314579963684082),
            (tensorflow(22050.0, 1024, 80, 125.0, 7600.0), 78, 332, 0.9601197838783264),
            (tensorflow(16000.0, 400, 40, 20.0, 7600.0), 3, 6, 0.5284878611564636),
            (tensorflow(16000.0, 400, 40, 20.0, 7600.0), 20, 46, 0.8578832149505615),
            (tensorflow(16000.0, 400, 40, 20.0, 7600.0), 38, 167, 0.9702422618865967),
        ];
        for (config, band, bin, expected) in rows {
            let mel = Mel::new(&config).expect("a legal bank");
            let got = mel.weight(band, bin);
            // torch's exp and pow may be off by a unit in the last place, which a triangle's side makes larger.
            let limit = if config.weights == Weights::TensorFlow { 1e-6 } else { 8e-6 };
            assert!((got - expected).abs() < limit * expected.max(0.1), "{config:?}: expected {expected}, got {got}");
        }
    }
}
