//! Linear filters given by their coefficients, and those of gammatones.

use std::f64::consts::PI;

use crate::Complex;
use crate::gammatone::bandwidth_hz;

/// A filter in direct form II transposed, as `scipy.signal.lfilter` computes it.
#[derive(Clone, Debug)]
pub struct Filter {
    forward: Vec<f64>,
    back: Vec<f64>,
    memory: Vec<f64>,
}

impl Filter {
    /// From the coefficients of y(n) = Σ `forward`\[k\] x(n − k) − Σ `back`\[k\] y(n − k); the first of `back` is 1.
    ///
    /// # Panics
    /// If either is empty.
    pub fn new(forward: &[f64], back: &[f64]) -> Self {
        assert!(!forward.is_empty() && !back.is_empty(), "coefficients");
        let length = forward.len().max(back.len());
        let filled = |given: &[f64]| given.iter().copied().chain(std::iter::repeat(0.0)).take(length).collect();
        Self { forward: filled(forward), back: filled(back), memory: vec![0.0; length] }
    }

    /// Coefficients on either side.
    pub fn taps(&self) -> usize {
        self.forward.len()
    }

    /// Silence before the next sample.
    pub fn reset(&mut self) {
        self.memory.fill(0.0);
    }

    /// The filtered sample.
    pub fn process(&mut self, x: f64) -> f64 {
        let y = self.memory[0] + self.forward[0] * x;
        // The last of the memory is always 0.
        for k in 1..self.forward.len() {
            self.memory[k - 1] = self.memory.get(k).copied().unwrap_or(0.0) + self.forward[k] * x - self.back[k] * y;
        }
        y
    }
}

/// The taps of a gammatone: t^(order − 1) exp(−2π b t) cos(2π f t), of gain 1 at its centre.
///
/// # Source
/// Slaney, Apple technical report 35, 1993; factors as `scipy.signal.gammatone` 1.17.
pub fn gammatone_fir(sample_rate: f64, hz: f64, order: usize, taps: usize) -> Vec<f64> {
    let width = 2.0 * PI * 1.019 * bandwidth_hz(hz);
    let factorial: f64 = (1..order).map(|k| k as f64).product();
    let scale = 2.0 * width.powi(order as i32) / factorial / sample_rate;
    let tap = |n: usize| {
        let t = n as f64 / sample_rate;
        t.powi(order as i32 - 1) * (-width * t).exp() * (2.0 * PI * hz * t).cos() * scale
    };
    (0..taps).map(tap).collect()
}

/// Numerator and denominator of a gammatone of order 4, of gain 1 at its centre.
///
/// # Source
/// Slaney, Apple technical report 35, 1993, equations of the four resonators multiplied out; order of operations as
/// `scipy.signal.gammatone` 1.17.
pub fn gammatone_iir(sample_rate: f64, hz: f64) -> (Vec<f64>, Vec<f64>) {
    let period = 1.0 / sample_rate;
    let width = 2.0 * PI * 1.019 * bandwidth_hz(hz);
    let angle = 2.0 * hz * PI * period;
    let decay = width * period;
    let (sin, cos) = (angle.sin(), angle.cos());
    let (wide, narrow) = ((3.0 + 2f64.powf(1.5)).sqrt() * sin, (3.0 - 2f64.powf(1.5)).sqrt() * sin);
    let turned = Complex::from_polar(1.0, 2.0 * angle);
    let first = turned * (-2.0 * period);
    let fallen = (-decay).exp();
    let second = Complex::new(fallen * cos, fallen * sin) * 2.0 * period;
    let top: Complex<f64> =
        [cos - narrow, cos + narrow, cos - wide, cos + wide].into_iter().map(|zero| first + second * zero).product();
    let bottom = -2.0 / (2.0 * decay).exp() - turned * 2.0 + (turned + 1.0) * 2.0 / decay.exp();
    let gain = quotient(top, bottom.powi(4));
    let gain = gain.re.hypot(gain.im);
    let cosine = |k: f64| (k * angle).cos();
    // In low bands the filter rings with the last digit of these, so they are made in the tool's order.
    let fall = |k: f64| (k * width * period).exp();
    let unit = period.powf(4.0);
    let forward = vec![
        unit / gain,
        -4.0 * unit * cosine(1.0) / fall(1.0) / gain,
        6.0 * unit * cosine(2.0) / fall(2.0) / gain,
        -4.0 * unit * cosine(3.0) / fall(3.0) / gain,
        unit * cosine(4.0) / fall(4.0) / gain,
    ];
    let back = vec![
        1.0,
        -8.0 * cosine(1.0) / fall(1.0),
        4.0 * (4.0 + 3.0 * cosine(2.0)) / fall(2.0),
        -8.0 * (6.0 * cosine(1.0) + cosine(3.0)) / fall(3.0),
        2.0 * (18.0 + 16.0 * cosine(2.0) + cosine(4.0)) / fall(4.0),
        -8.0 * (6.0 * cosine(1.0) + cosine(3.0)) / fall(5.0),
        4.0 * (4.0 + 3.0 * cosine(2.0)) / fall(6.0),
        -8.0 * cosine(1.0) / fall(7.0),
        (-8.0 * width * period).exp(),
    ];
    (forward, back)
}

/// a / b.
///
/// # Source
/// Smith, "Algorithm 116: complex division", CACM 5(8), 1962.
fn quotient(a: Complex<f64>, b: Complex<f64>) -> Complex<f64> {
    if b.re.abs() >= b.im.abs() {
        let ratio = b.im / b.re;
        let below = b.re + b.im * ratio;
        return Complex::new((a.re + a.im * ratio) / below, (a.im - a.re * ratio) / below);
    }
    let ratio = b.re / b.im;
    let below = b.re * ratio + b.im;
    Complex::new((a.re * ratio + a.im) / below, (a.im * ratio - a.re) / below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_its_difference_equation() {
        let mut filter = Filter::new(&[1.0, 2.0], &[1.0, -0.5, 0.25]);
        let got: Vec<f64> = [1.0, 0.0, 0.0, 1.0].map(|x| filter.process(x)).to_vec();
        // 1, 2 + 0.5, 1.25 - 0.25, 0.5 - 0.625 + 1
        assert_eq!(got, [1.0, 2.5, 1.0, 0.875]);
        filter.reset();
        assert_eq!(filter.process(1.0), 1.0);
        assert_eq!(Filter::new(&[0.5], &[1.0]).process(3.0), 1.5);
    }

    #[test]
    fn coefficients_equal_scipys() {
        // scipy.signal.gammatone(440, ftype, fs=16000), SciPy 1.17.1
        let (forward, back) = gammatone_iir(16_000.0, 440.0);
        for (got, expected) in forward
            .iter()
            .zip([
                1.3149446136746419e-06,
                -5.033911966453952e-06,
                7.006494260008976e-06,
                -4.189519684198538e-06,
                9.026149104120111e-07,
            ])
            .chain(back.iter().zip([
                1.0,
                -7.656462354542177,
                25.758469932236604,
                -49.731921448323774,
                60.266736128918055,
                -46.93995909804863,
                22.947479880846107,
                -6.4379938129903405,
                0.7936515546253675,
            ]))
        {
            assert!(
                (got - expected).abs() <= 2.0 * f64::EPSILON * f64::abs(expected),
                "expected {expected}, got {got}"
            );
        }
        let taps = gammatone_fir(16_000.0, 440.0, 4, 240);
        for (n, expected) in [(1, 2.2219671850464346e-07), (40, 0.0037851792558450887), (200, -0.005749581648555007)] {
            assert!((taps[n] - expected).abs() < 1e-17, "tap {n}: expected {expected}, got {}", taps[n]);
        }
    }
}
