//! Loudness of programmes in LUFS: K-weighting, mean squares of 400 ms blocks, two gates.
//!
//! The standard gives filters for 48 kHz only, and asks of other rates the same frequency response. The bilinear transform
//! alone does not give it: at 16 kHz a sine of 997 Hz would read 0.05 LU low, at 8 kHz 0.2 LU. So below 48 kHz the shelf
//! is matched to the standard's response, which leaves 0.003 dB at 16 kHz and 0.05 dB at 8 kHz.
//!
//! Source: ITU-R BS.1770-4, annex 1; momentary and short-term loudness: EBU Tech 3341; M. Vicanek, Matched Second Order
//! Digital Filters, 2016.

use crate::{Complex, Error, Float};
use std::f64::consts::PI;

/// Rate that the standard's coefficients are for.
const TABLE_HZ: f64 = 48_000.0;
/// Table 1, the shelf that stands for a head: b0 b1 b2, a1 a2.
const SHELF: [f64; 5] = [1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585];
/// Table 2, the high-pass: b0 b1 b2, a1 a2.
const HIGH_PASS: [f64; 5] = [1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621];
/// Frequency at which the standard calibrates.
const REFERENCE_HZ: f64 = 997.0;
/// What a full-scale sine of 997 Hz in one channel is raised by, so that it reads -3.01.
const OFFSET_LU: f64 = -0.691;
/// Blocks at or below this are silence.
const ABSOLUTE_GATE_LUFS: f64 = -70.0;
/// Blocks this far below the mean of the others are pauses.
const RELATIVE_GATE_LU: f64 = -10.0;
/// Blocks begin every tenth of a second; a gated or momentary block has 4 of these steps, a short-term one 30.
const STEPS_PER_SECOND: u64 = 10;
const MOMENTARY_STEPS: usize = 4;
const SHORT_TERM_STEPS: usize = 30;
/// Below this rate the shelf would lie above half the sample rate.
const LOWEST_HZ: u32 = 4000;

/// What is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Sample rate in Hz.
    pub sample_rate: u32,
    /// Weight of each channel: 1, 1.41 for surrounds at the side, 0 for the low-frequency channel.
    pub weights: Vec<f64>,
}

/// Loudness of a signal that comes in pieces; the result does not depend on where it was cut.
///
/// It keeps one number for each tenth of a second.
#[derive(Clone, Debug)]
pub struct Loudness {
    rate: u64,
    channels: Vec<Channel>,
    /// Sample frames that have come.
    count: u64,
    /// Weighted energy of each whole step.
    steps: Vec<f64>,
}

#[derive(Clone, Debug)]
struct Channel {
    weight: f64,
    shelf: Biquad,
    high_pass: Biquad,
    /// Energy of the step that is under way.
    energy: f64,
}

/// A second-order filter in transposed direct form II.
#[derive(Clone, Copy, Debug)]
struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    state: [f64; 2],
}

impl Biquad {
    fn new([b0, b1, b2, a1, a2]: [f64; 5]) -> Self {
        Biquad { b: [b0, b1, b2], a: [a1, a2], state: [0.0; 2] }
    }

    /// The filter that at 48 kHz has the coefficients of a table, by the bilinear transform there and back.
    ///
    /// With K = tan(π f / rate), a filter (v s² + w s + u) / (s² + q s + 1) of frequency f becomes by the bilinear transform
    /// b0 = (v + w K + u K²) / D, b1 = 2 (u K² - v) / D, b2 = (v - w K + u K²) / D, a1 = 2 (K² - 1) / D,
    /// a2 = (1 - q K + K²) / D with D = 1 + q K + K². Solving for K, q, u, v, w takes it back.
    fn bilinear([b0, b1, b2, a1, a2]: [f64; 5], rate: f64) -> Self {
        let d = 4.0 / (1.0 + a2 - a1);
        let k = ((1.0 + a2 + a1) / (1.0 + a2 - a1)).sqrt();
        let q = d * (1.0 - a2) / 2.0 / k;
        let v = d * (b0 - b1 + b2) / 4.0;
        let w = d * (b0 - b2) / 2.0 / k;
        let u = d * (b0 + b1 + b2) / 4.0 / (k * k);
        let k = (k.atan() * TABLE_HZ / rate).tan();
        let d = 1.0 + q * k + k * k;
        Self::new([
            (v + w * k + u * k * k) / d,
            2.0 * (u * k * k - v) / d,
            (v - w * k + u * k * k) / d,
            2.0 * (k * k - 1.0) / d,
            (1.0 - q * k + k * k) / d,
        ])
    }

    /// The filter with the poles of a table, moved to a lower rate, and its magnitude at 0 Hz, 997 Hz and half the rate.
    ///
    /// With φ1 = sin²(π f / rate), φ0 = 1 - φ1 and φ2 = 4 φ0 φ1 the square of the numerator's magnitude is
    /// (b0 + b1 + b2)² φ0 + (b0 - b1 + b2)² φ1 - 4 b0 b2 φ2; three magnitudes give the three terms.
    fn matched(table: [f64; 5], rate: f64) -> Self {
        let whole = Self::new(table);
        // The poles are a pair: radius and angle.
        let radius = whole.a[1].sqrt();
        let angle = (-whole.a[0] / 2.0 / radius).acos();
        let ratio = TABLE_HZ / rate;
        let [a1, a2] = [-2.0 * radius.powf(ratio) * (angle * ratio).cos(), radius.powf(2.0 * ratio)];
        let poles = Self::new([1.0, 0.0, 0.0, a1, a2]);
        let target = |hz: f64| whole.power(hz, TABLE_HZ) / poles.power(hz, rate);
        let (sum, alternating) = (target(0.0), target(rate / 2.0));
        let phi = (PI * REFERENCE_HZ / rate).sin().powi(2);
        let rest = (target(REFERENCE_HZ) - sum * (1.0 - phi) - alternating * phi) / (4.0 * phi * (1.0 - phi));
        let half = (sum.sqrt() + alternating.sqrt()) / 2.0;
        let b0 = (half + (half * half + rest).sqrt()) / 2.0;
        Self::new([b0, (sum.sqrt() - alternating.sqrt()) / 2.0, -rest / (4.0 * b0), a1, a2])
    }

    /// Square of the magnitude at a frequency.
    fn power(&self, hz: f64, rate: f64) -> f64 {
        let z = Complex::from_polar(1.0, -2.0 * PI * hz / rate);
        let ([b0, b1, b2], [a1, a2]) = (self.b, self.a);
        ((z * b2 + b1) * z + b0).norm_sqr() / ((z * a2 + a1) * z + 1.0).norm_sqr()
    }

    fn process(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.state[0];
        self.state[0] = self.b[1] * x - self.a[0] * y + self.state[1];
        self.state[1] = self.b[2] * x - self.a[1] * y;
        y
    }
}

impl Loudness {
    /// A meter at the beginning of a signal.
    ///
    /// # Errors
    /// A rate under 4 kHz, where K-weighting does not exist; a weight that is negative or no number.
    pub fn new(config: &Config) -> Result<Self, Error> {
        if config.sample_rate < LOWEST_HZ {
            return Err(Error::parameter("sample_rate", format!("at least {LOWEST_HZ} Hz"), config.sample_rate));
        }
        if let Some(weight) = config.weights.iter().find(|weight| !(weight.is_finite() && **weight >= 0.0)) {
            return Err(Error::parameter("weights", "numbers of at least 0", weight));
        }
        let rate = f64::from(config.sample_rate);
        let shelf = match rate {
            TABLE_HZ => Biquad::new(SHELF),
            _ if rate < TABLE_HZ => Biquad::matched(SHELF, rate),
            _ => Biquad::bilinear(SHELF, rate),
        };
        let high_pass = if rate == TABLE_HZ { Biquad::new(HIGH_PASS) } else { Biquad::bilinear(HIGH_PASS, rate) };
        let channel = |&weight: &f64| Channel { weight, shelf, high_pass, energy: 0.0 };
        let channels = config.weights.iter().map(channel).collect();
        Ok(Self { rate: u64::from(config.sample_rate), channels, count: 0, steps: Vec::new() })
    }

    /// Takes samples in, one slice a channel; values that are no number or infinite count as silence.
    ///
    /// # Panics
    /// If there are not as many channels as weights, or they are of unequal length.
    pub fn push<S: Float>(&mut self, planes: &[&[S]]) {
        assert_eq!(planes.len(), self.channels.len(), "channels and weights");
        let count = planes.first().map_or(0, |plane| plane.len());
        let mut done = 0;
        while done < count {
            let step = self.steps.len() as u64;
            let room = ((step + 1) * self.rate / STEPS_PER_SECOND - self.count) as usize;
            let part = room.min(count - done);
            for (channel, plane) in self.channels.iter_mut().zip(planes).filter(|(channel, _)| channel.weight > 0.0) {
                channel.push(&plane[done..done + part]);
            }
            self.count += part as u64;
            done += part;
            if part == room {
                let energy =
                    self.channels.iter_mut().map(|channel| channel.weight * std::mem::take(&mut channel.energy));
                self.steps.push(energy.sum());
            }
        }
    }

    /// Integrated loudness in LUFS: negative infinity for silence, `None` for less than one block of 400 ms.
    pub fn integrated(&self) -> Option<f64> {
        let blocks: Vec<f64> = self.blocks(MOMENTARY_STEPS).collect();
        if blocks.is_empty() {
            return None;
        }
        let gated = |gate: f64| mean(blocks.iter().copied().filter(|power| lufs(*power) > gate));
        let gate = lufs(gated(ABSOLUTE_GATE_LUFS)) + RELATIVE_GATE_LU;
        Some(lufs(gated(gate.max(ABSOLUTE_GATE_LUFS))))
    }

    /// The loudest 400 ms in LUFS, `None` for less.
    pub fn momentary_max(&self) -> Option<f64> {
        self.blocks(MOMENTARY_STEPS).map(lufs).reduce(f64::max)
    }

    /// The loudest 3 s in LUFS, `None` for less.
    pub fn short_term_max(&self) -> Option<f64> {
        self.blocks(SHORT_TERM_STEPS).map(lufs).reduce(f64::max)
    }

    /// Mean power of each block of `n` steps.
    fn blocks(&self, n: usize) -> impl Iterator<Item = f64> {
        let edge = |step: usize| step as u64 * self.rate / STEPS_PER_SECOND;
        let blocks = self.steps.windows(n).enumerate();
        blocks.map(move |(at, steps)| steps.iter().sum::<f64>() / (edge(at + n) - edge(at)) as f64)
    }
}

impl Channel {
    fn push<S: Float>(&mut self, samples: &[S]) {
        for sample in samples {
            let x: f64 = (*sample).into();
            let y = self.high_pass.process(self.shelf.process(if x.is_finite() { x } else { 0.0 }));
            self.energy += y * y;
        }
    }
}

fn lufs(power: f64) -> f64 {
    OFFSET_LU + 10.0 * power.log10()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0u64), |(sum, count), value| (sum + value, count + 1));
    if count == 0 { 0.0 } else { sum / count as f64 }
}

/// The weight of a speaker called as in a channel layout (`FL`, `SR`, `LFE`), for a signal of these speakers.
///
/// # Source
/// BS.1770-4, tables 3 and 4: 1.41 between 60° and 120°. Back speakers stand there (110°) only where there are none at the side.
pub fn weight(speaker: &str, speakers: &[&str]) -> f64 {
    let side = speakers.contains(&"SL") || speakers.contains(&"SR");
    match speaker {
        "LFE" => 0.0,
        "SL" | "SR" => 1.41,
        "BL" | "BR" if !side => 1.41,
        _ => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The standard says -3.01; its own rounding of coefficients and offset leaves a hundredth.
    const TOLERANCE_LU: f64 = 0.01;

    fn sine(rate: u32, hz: f64, db: f64, seconds: f64) -> Vec<f64> {
        let amplitude = 10f64.powf(db / 20.0);
        let count = (f64::from(rate) * seconds) as usize;
        (0..count).map(|t| amplitude * (2.0 * PI * hz * t as f64 / f64::from(rate)).sin()).collect()
    }

    fn measure(rate: u32, weights: &[f64], planes: &[&[f64]]) -> Loudness {
        let mut meter = Loudness::new(&Config { sample_rate: rate, weights: weights.to_vec() }).expect("valid");
        meter.push(planes);
        meter
    }

    #[test]
    fn every_rate_has_the_standards_response() {
        for (rate, tolerance_db) in
            [(8000.0, 0.05), (16_000.0, 0.004), (44_100.0, 0.001), (48_000.0, 1e-9), (96_000.0, 0.01)]
        {
            for (table, method) in [
                (SHELF, if rate > TABLE_HZ { Biquad::bilinear } else { Biquad::matched }),
                (HIGH_PASS, Biquad::bilinear as fn([f64; 5], f64) -> Biquad),
            ] {
                let filter = method(table, rate);
                for step in 1..1000 {
                    let hz = f64::from(step) / 1000.0 * rate.min(TABLE_HZ) / 2.0;
                    let error = 10.0 * (filter.power(hz, rate) / Biquad::new(table).power(hz, TABLE_HZ)).log10();
                    assert!(error.abs() < tolerance_db, "{rate} Hz, at {hz} Hz: {error} dB");
                }
            }
        }
    }

    #[test]
    fn a_full_scale_sine_reads_minus_3_at_any_rate() {
        for rate in [8000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000, 192_000] {
            let loudness = measure(rate, &[1.0], &[&sine(rate, 997.0, 0.0, 5.0)]).integrated().expect("long enough");
            assert!((loudness + 3.01).abs() < TOLERANCE_LU, "{rate} Hz: {loudness}");
        }
    }

    #[test]
    fn ebu_3341_cases_of_gating() {
        // Tech 3341, table 1, cases 1 to 5: sines of 1 kHz in both channels at these levels.
        let cases: [(&[(f64, f64)], f64); 5] = [
            (&[(-23.0, 20.0)], -23.0),
            (&[(-33.0, 20.0)], -33.0),
            (&[(-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0)], -23.0),
            (&[(-72.0, 10.0), (-36.0, 10.0), (-23.0, 60.0), (-36.0, 10.0), (-72.0, 10.0)], -23.0),
            (&[(-26.0, 20.0), (-20.0, 20.1), (-26.0, 20.0)], -23.0),
        ];
        for (parts, expected) in cases {
            let signal: Vec<f64> = parts.iter().flat_map(|&(db, seconds)| sine(48_000, 1000.0, db, seconds)).collect();
            let loudness = measure(48_000, &[1.0, 1.0], &[&signal, &signal]).integrated().expect("long enough");
            assert!((loudness - expected).abs() < 0.1, "{parts:?}: {loudness}");
        }
    }

    #[test]
    fn silence_short_and_broken_signals() {
        assert_eq!(measure(48_000, &[1.0], &[&[0.0; 48_000]]).integrated(), Some(f64::NEG_INFINITY));
        assert_eq!(measure(48_000, &[1.0], &[&[0.5; 19_199]]).integrated(), None);
        assert_eq!(measure(48_000, &[], &[]).integrated(), None);
        let mut broken = sine(48_000, 997.0, 0.0, 2.0);
        let whole = measure(48_000, &[1.0], &[&broken]).integrated().expect("long enough");
        (broken[100], broken[200]) = (f64::NAN, f64::INFINITY);
        let loudness = measure(48_000, &[1.0], &[&broken]).integrated().expect("long enough");
        assert!((loudness - whole).abs() < 0.01);
        assert!(Loudness::new(&Config { sample_rate: 3999, weights: vec![1.0] }).is_err());
        assert!(Loudness::new(&Config { sample_rate: 8000, weights: vec![f64::NAN] }).is_err());
    }

    #[test]
    fn it_does_not_matter_where_the_signal_is_cut() {
        let signal = sine(11_025, 440.0, -6.0, 4.0);
        let whole = measure(11_025, &[1.0], &[&signal]);
        for block in [1, 7, 1102, 1103, 5000] {
            let mut meter = Loudness::new(&Config { sample_rate: 11_025, weights: vec![1.0] }).expect("valid");
            signal.chunks(block).for_each(|part| meter.push(&[part]));
            assert_eq!(meter.integrated(), whole.integrated(), "{block}");
            assert_eq!(meter.short_term_max(), whole.short_term_max(), "{block}");
        }
    }

    #[test]
    fn channels_have_weights() {
        let speakers = ["FL", "FR", "FC", "LFE", "BL", "BR"];
        assert_eq!(speakers.map(|s| weight(s, &speakers)), [1.0, 1.0, 1.0, 0.0, 1.41, 1.41]);
        assert_eq!(weight("BL", &["FL", "FR", "BL", "BR", "SL", "SR"]), 1.0);
        let signal = sine(48_000, 997.0, 0.0, 2.0);
        let of = |w: f64| measure(48_000, &[w], &[&signal]).integrated().expect("long enough");
        assert!((of(1.41) - of(1.0) - 1.49).abs() < 0.01);
        assert_eq!(of(0.0), f64::NEG_INFINITY);
    }
}
