//! Up to which frequency there is sound: the edge that a slower sample rate, or a coder, leaves behind.
//!
//! The long-term spectrum has an edge where the middle level of the bins just below it lies far above everything beyond.
//! What people, instruments and rooms make falls off step by step; only a filter makes such an edge. The middle level, not
//! the mean, so that the last harmonic of a tone is no edge.

use auricle_dsp::fourier::RealFft;
use auricle_dsp::window::{Config, Shape, window};

/// Samples of a frame; frames follow one another without overlap.
const POINTS: usize = 1024;
/// Frames that a spectrum needs to say anything.
const LEAST_FRAMES: u64 = 16;
/// Bins on either side that are averaged for the levels beyond an edge.
const REACH: usize = 4;
/// What counts as just below an edge, and where what lies beyond begins, as multiples of its frequency.
const BELOW: (f64, f64) = (0.6, 0.96);
const BEYOND: f64 = 1.08;
/// No edge is looked for below this part of half the sample rate: too few bins tell a filter from a tone there.
const LEAST: f64 = 0.15;
/// An edge falls by so much. Clean recordings and their coded copies stay under 15 dB (`sessions/media`; espeak-ng 1.51;
/// noise, tones and sweeps of SoX 14.4), what SoX, resampy and scipy resample to twice the rate and more is over 50.
const EDGE_DB: f64 = 40.0;
/// Under any level that samples have.
const NOTHING: f64 = 1e-20;

/// The long-term spectrum of all channels.
#[derive(Clone)]
pub struct Bandwidth {
    fft: RealFft<f64>,
    frames: Vec<Vec<f64>>,
    /// The power of one frame's bins, and the sum over all frames.
    power: Vec<f64>,
    count: u64,
}

impl Bandwidth {
    /// An empty spectrum.
    pub fn new(channels: usize) -> Self {
        let fft = window(&Config::new(Shape::BlackmanHarris, POINTS)).and_then(|window| RealFft::new(&window));
        let fft = fft.expect("frames of this length have a window and a transform");
        let power = vec![0.0; fft.bins()];
        Bandwidth { fft, frames: vec![Vec::with_capacity(POINTS); channels], power, count: 0 }
    }

    /// Takes samples of a channel.
    pub fn push(&mut self, channel: usize, mut samples: &[f64]) {
        while !samples.is_empty() {
            let frame = &mut self.frames[channel];
            let (now, later) = samples.split_at(samples.len().min(POINTS - frame.len()));
            frame.extend_from_slice(now);
            samples = later;
            if frame.len() < POINTS {
                continue;
            }
            if frame.iter().all(|sample| sample.is_finite()) {
                let bins = self.fft.process(frame);
                self.power.iter_mut().zip(bins).for_each(|(sum, bin)| *sum += bin.norm_sqr());
                self.count += 1;
            }
            frame.clear();
        }
    }

    /// Where the sound ends, as a part of half the sample rate, if it ends at an edge.
    pub fn edge(&self) -> Option<f64> {
        if self.count < LEAST_FRAMES {
            return None;
        }
        let bins = self.power.len();
        let top = (bins - 1) as f64;
        let db = |power: f64| 10.0 * (power / self.count as f64 + NOTHING).log10();
        let mean = |k: usize| {
            let around = &self.power[k.saturating_sub(REACH)..(k + REACH + 1).min(bins)];
            around.iter().sum::<f64>() / around.len() as f64
        };
        let levels: Vec<f64> = (0..bins).map(|k| db(mean(k))).collect();
        let mut loudest_from = levels.clone();
        for k in (0..bins - 1).rev() {
            loudest_from[k] = loudest_from[k].max(loudest_from[k + 1]);
        }
        let fall = |edge: usize| {
            let edge = edge as f64;
            let below = &self.power[(BELOW.0 * edge) as usize..(BELOW.1 * edge) as usize];
            let beyond = loudest_from.get((BEYOND * edge).ceil() as usize + REACH)?;
            Some((db(median(below)) - beyond, *beyond))
        };
        let candidates = (LEAST * top).ceil() as usize..bins;
        let (fall, beyond) = candidates.filter_map(fall).max_by(|a, b| a.0.total_cmp(&b.0))?;
        let last = levels.iter().rposition(|level| *level >= beyond + fall / 2.0)?;
        (fall >= EDGE_DB).then_some(last as f64 / top)
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Noise, and what a sharp filter at `edge` of half the sample rate leaves of it: each output is a sum of sines.
    fn noise(samples: usize, edge: f64) -> Vec<f64> {
        let mut state = 1u64;
        let mut random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as f64 / 2f64.powi(31)
        };
        let sines: Vec<(f64, f64)> =
            (0..400).map(|k| (std::f64::consts::PI * edge * (k as f64 + random()) / 400.0, random() * 6.3)).collect();
        (0..samples).map(|t| sines.iter().map(|(w, p)| (w * t as f64 + p).sin()).sum::<f64>() / 400.0).collect()
    }

    fn edge(samples: &[f64]) -> Option<f64> {
        let mut bandwidth = Bandwidth::new(1);
        bandwidth.push(0, samples);
        let mut cut = Bandwidth::new(1);
        samples.chunks(77).for_each(|part| cut.push(0, part));
        assert_eq!(bandwidth.edge(), cut.edge());
        bandwidth.edge()
    }

    #[test]
    fn an_edge_is_found_where_it_is() {
        for expected in [1.0 / 6.0, 1.0 / 3.0, 0.5, 0.8] {
            let found = edge(&noise(20_000, expected)).expect("there is an edge");
            assert!((found - expected).abs() < 0.02, "{found}, not {expected}");
            // As 16-bit samples have it: their rounding is the floor then.
            let coarse: Vec<f64> = noise(20_000, expected).iter().map(|x| (x * 32_768.0).round() / 32_768.0).collect();
            assert!(edge(&coarse).is_some_and(|found| (found - expected).abs() < 0.02), "{expected} in 16 bits");
        }
    }

    #[test]
    fn there_is_none_in_noise_tones_and_what_is_too_short() {
        let step = |period: f64| (0..20_000).map(move |t| 0.5 * (std::f64::consts::TAU * t as f64 / period).sin());
        assert_eq!(edge(&noise(20_000, 1.0)), None);
        for period in [100.0, 23.7, 9.1, 4.0, 2.5] {
            assert_eq!(edge(&step(period).collect::<Vec<_>>()), None, "a tone of {period} samples");
            let coarse: Vec<f64> = step(period).map(|x| (x * 32_768.0).round() / 32_768.0).collect();
            assert_eq!(edge(&coarse), None, "a tone of {period} samples in 16 bits");
        }
        let saw: Vec<f64> = (0..20_000).map(|t| f64::from(t % 101) / 101.0 - 0.5).collect();
        assert_eq!(edge(&saw), None);
        assert_eq!(edge(&noise(10_000, 0.3)), None, "too short to tell");
        assert_eq!(edge(&[f64::NAN; 30_000]), None);
        assert_eq!(edge(&[0.0; 30_000]), None);
        assert_eq!(edge(&[]), None);
    }
}
