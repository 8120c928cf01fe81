//! The likeliest course of the fundamental frequency, and where there is one.

use crate::Error;
use crate::yin::{self, Yin};

/// How a course is looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// The differences and the range of pitches; its threshold counts for nothing.
    pub yin: yin::Config,
    /// Samples from frame to frame.
    pub hop: usize,
    /// Thresholds that are tried.
    pub n_thresholds: usize,
    /// How fast a later trough of a frame loses likelihood.
    pub boltzmann: f64,
    /// Of a bin, in semitones.
    pub resolution: f64,
    /// Octaves a second that a pitch may move.
    pub max_transition_rate: f64,
    /// The likelihood that a voice begins or ends.
    pub switch: f64,
    /// The likelihood of the deepest trough where no threshold finds one.
    pub no_trough: f64,
}

/// The pitch of a frame, whether it has one, and how likely that is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pitch {
    /// In Hz, also where there is none.
    pub hz: f64,
    /// Whether there is one.
    pub voiced: bool,
    /// How likely that is by the frame alone.
    pub likelihood: f64,
}

/// A planned search: frames are [observed](Pyin::observe) one after the other, then [their course](Pyin::course) is found.
///
/// # Source
/// Mauch and Dixon, "pYIN: a fundamental frequency estimator using probabilistic threshold distributions", ICASSP 2014, with
/// a beta distribution of thresholds of parameters 2 and 18; bins, transitions and roundings as `librosa.pyin` 0.11.
pub struct Pyin {
    config: Config,
    yin: Yin,
    /// How likely a threshold lies between one and the next.
    thresholds: Vec<f64>,
    bins: usize,
    /// Bins on either side of one to which the next frame may move.
    width: usize,
    /// Of each frame: bins and likelihoods, and their sum.
    frames: Vec<(Vec<(usize, f64)>, f64)>,
}

/// Added to every likelihood before its logarithm is taken.
const TINY: f64 = f64::MIN_POSITIVE;

impl Pyin {
    /// Plans the search.
    ///
    /// # Errors
    /// What [`Yin::new`] refuses; no threshold, likelihoods outside 0..1, a resolution outside it, pitches that may move
    /// farther than from the lowest to the highest.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let Config { hop, n_thresholds, resolution, max_transition_rate, switch, .. } = *config;
        let yin::Config { sample_rate, fmin, fmax, .. } = config.yin;
        let yin = Yin::new(&config.yin)?;
        if n_thresholds == 0 || n_thresholds > 1 << 16 {
            return Err(Error::parameter("n_thresholds", "1..=65536", n_thresholds));
        }
        if !(resolution > 0.0 && resolution < 1.0) {
            return Err(Error::parameter("resolution", "more than 0 and less than 1", resolution));
        }
        if !(switch > 0.0 && switch < 1.0) {
            return Err(Error::parameter("switch_prob", "more than 0 and less than 1", switch));
        }
        let per_semitone = (1.0 / resolution).ceil();
        let bins = (12.0 * per_semitone * (fmax / fmin).log2()).floor() as usize + 1;
        let semitones = (max_transition_rate * 12.0 * hop as f64 / sample_rate).round_ties_even();
        let width = (semitones * per_semitone) as usize + 1;
        if width > bins || 2 * bins > usize::from(u16::MAX) {
            let message = format!("pitches that span {width} to {} bins", u16::MAX / 2);
            return Err(Error::parameter("fmax", message, format!("{bins} of them")));
        }
        // The beta distribution of parameters 2 and 18 up to x, in closed form.
        let up_to = |x: f64| 1.0 - (1.0 - x).powi(19) - 19.0 * x * (1.0 - x).powi(18);
        let threshold = |k: usize| k as f64 / n_thresholds as f64;
        let thresholds = (0..n_thresholds).map(|k| up_to(threshold(k + 1)) - up_to(threshold(k))).collect();
        Ok(Self { config: *config, yin, thresholds, bins, width, frames: Vec::new() })
    }

    /// Forgets all frames.
    pub fn reset(&mut self) {
        self.frames.clear();
    }

    /// Takes the next frame.
    ///
    /// # Panics
    /// If it has another length than planned.
    pub fn observe(&mut self, frame: &[f64]) {
        let troughs = self.yin.troughs(frame);
        let mut bins: Vec<(usize, f64)> = Vec::new();
        for ((at, _), likelihood) in troughs.iter().zip(self.likelihoods(&troughs)) {
            let octaves = (self.yin.pitch(*at) / self.config.yin.fmin).log2();
            let bin = 12.0 * (1.0 / self.config.resolution).ceil() * octaves;
            let bin = bin.clamp(0.0, self.bins as f64).round_ties_even() as usize;
            if likelihood == 0.0 || bin >= self.bins {
                continue;
            }
            // Of two in one bin the tool keeps the later.
            bins.retain(|(other, _)| *other != bin);
            bins.push((bin, likelihood));
        }
        bins.sort_by_key(|(bin, _)| *bin);
        let voiced = bins.iter().map(|(_, likelihood)| likelihood).sum::<f64>().clamp(0.0, 1.0);
        self.frames.push((bins, voiced));
    }

    /// How likely each trough is the first under a threshold.
    fn likelihoods(&self, troughs: &[(usize, f64)]) -> Vec<f64> {
        let Config { n_thresholds, boltzmann, no_trough, .. } = self.config;
        let mut likelihoods = vec![0.0; troughs.len()];
        let Some(deepest) = (0..troughs.len()).min_by(|a, b| troughs[*a].1.total_cmp(&troughs[*b].1)) else {
            return likelihoods;
        };
        for (k, weight) in self.thresholds.iter().enumerate() {
            let threshold = (k + 1) as f64 / n_thresholds as f64;
            let under = troughs.iter().filter(|(_, depth)| *depth < threshold).count() as f64;
            if troughs[deepest].1 >= threshold {
                likelihoods[deepest] += no_trough * weight;
            }
            let scale = (1.0 - (-boltzmann).exp()) / (1.0 - (-boltzmann * under).exp());
            let found = troughs.iter().zip(&mut likelihoods).filter(|((_, depth), _)| *depth < threshold);
            for (position, (_, likelihood)) in found.enumerate() {
                *likelihood += weight * scale * (-boltzmann * position as f64).exp();
            }
        }
        likelihoods
    }

    /// The likeliest course through all frames.
    ///
    /// # Source
    /// Viterbi, "Error bounds for convolutional codes", IEEE Trans. Information Theory 13(2), 1967.
    pub fn course(&self) -> Vec<Pitch> {
        let states = 2 * self.bins;
        let moves = self.moves();
        let mut values: Vec<f64> = vec![0.0; states];
        let mut next = values.clone();
        let mut back: Vec<u16> = Vec::with_capacity(self.frames.len() * states);
        for (frame, (bins, voiced)) in self.frames.iter().enumerate() {
            if frame == 0 {
                next.fill((1.0 / states as f64 + TINY).ln());
                back.resize(states, 0);
            } else {
                self.step(&moves, &values, &mut next, &mut back);
            }
            let unvoiced = ((1.0 - voiced) / self.bins as f64 + TINY).ln();
            let mut bins = bins.iter().peekable();
            for (state, value) in next.iter_mut().enumerate() {
                *value += match bins.next_if(|(bin, _)| *bin == state) {
                    Some((_, likelihood)) => (likelihood + TINY).ln(),
                    None if state < self.bins => TINY.ln(),
                    None => unvoiced,
                };
            }
            std::mem::swap(&mut values, &mut next);
        }
        let mut state = first_largest(&values);
        let mut course = Vec::with_capacity(self.frames.len());
        let per_octave = 12.0 * (1.0 / self.config.resolution).ceil();
        for (frame, (_, likelihood)) in self.frames.iter().enumerate().rev() {
            let hz = self.config.yin.fmin * ((state % self.bins) as f64 / per_octave).exp2();
            course.push(Pitch { hz, voiced: state < self.bins, likelihood: *likelihood });
            state = usize::from(back[frame * states + state]);
        }
        course.reverse();
        course
    }

    /// The best way to every state, and where it came from.
    fn step(&self, moves: &[Vec<f64>; 2], values: &[f64], next: &mut [f64], back: &mut Vec<u16>) {
        let bins = self.bins;
        // A state may be reached from anywhere, at a price that the nearest never pay.
        let far = first_largest(values);
        let half = self.width / 2;
        for (state, value) in next.iter_mut().enumerate() {
            let bin = state % bins;
            let mut best = (values[far] + TINY.ln(), far);
            for from_voiced in [0, bins] {
                let switches = usize::from((from_voiced == 0) != (state < bins));
                for from in bin.saturating_sub(half)..(bin + half + 1).min(bins) {
                    let way = values[from_voiced + from] + moves[switches][from * (2 * half + 1) + bin + half - from];
                    if way > best.0 || (way == best.0 && from_voiced + from < best.1) {
                        best = (way, from_voiced + from);
                    }
                }
            }
            *value = best.0;
            back.push(best.1 as u16);
        }
    }

    /// The logarithms of moving from a bin to its neighbours, with the voice as it was and switched.
    fn moves(&self) -> [Vec<f64>; 2] {
        let (bins, width) = (self.bins, self.width);
        let half = width / 2;
        // Where the window's middle stands, of an even number of points.
        let centre = bins as i64 - ((bins - width) / 2) as i64 - (bins / 2) as i64 - 1;
        let weight = |offset: i64| {
            let place = offset + centre;
            let from_end = place.min(width as i64 - 1 - place);
            if from_end < 0 { 0.0 } else { (from_end + 1) as f64 - if width % 2 == 0 { 0.5 } else { 0.0 } }
        };
        let mut tables = [Vec::new(), Vec::new()];
        for from in 0..bins as i64 {
            let weights: Vec<f64> = (-(half as i64)..=half as i64)
                .map(|offset| if (0..bins as i64).contains(&(from + offset)) { weight(offset) } else { 0.0 })
                .collect();
            let sum: f64 = weights.iter().sum();
            for (table, switch) in tables.iter_mut().zip([1.0 - self.config.switch, self.config.switch]) {
                table.extend(weights.iter().map(|w| (switch * w / sum + TINY).ln()));
            }
        }
        tables
    }
}

fn first_largest(values: &[f64]) -> usize {
    (1..values.len()).fold(0, |best, k| if values[k] > values[best] { k } else { best })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: Config = Config {
        yin: yin::Config { sample_rate: 8000.0, frame_length: 512, fmin: 80.0, fmax: 800.0, threshold: 0.1 },
        hop: 128,
        n_thresholds: 100,
        boltzmann: 2.0,
        resolution: 0.1,
        max_transition_rate: 35.92,
        switch: 0.01,
        no_trough: 0.01,
    };

    #[test]
    fn a_tone_between_silences() {
        let mut pyin = Pyin::new(&CONFIG).expect("legal");
        let tone = |t: usize| (2.0 * std::f64::consts::PI * 220.0 * t as f64 / 8000.0).sin();
        for frame in 0..30 {
            let level = if (10..20).contains(&frame) { 1.0 } else { 0.0 };
            let samples: Vec<f64> = (0..512).map(|t| level * tone(frame * 128 + t)).collect();
            pyin.observe(&samples);
        }
        let course = pyin.course();
        assert!((0..30).all(|t| course[t].voiced == (10..20).contains(&t)), "{course:?}");
        assert!(course[10..20].iter().all(|pitch| (pitch.hz / 220.0 - 1.0).abs() < 0.01), "{course:?}");
        pyin.reset();
        assert!(pyin.course().is_empty());
    }

    #[test]
    fn moves_are_likelihoods() {
        let pyin = Pyin::new(&CONFIG).expect("legal");
        let [stay, switch] = pyin.moves();
        for from in 0..pyin.bins {
            let length = 2 * (pyin.width / 2) + 1;
            let sum = |table: &[f64]| table[from * length..(from + 1) * length].iter().map(|x| x.exp()).sum::<f64>();
            assert!((sum(&stay) - 0.99).abs() < 1e-9 && (sum(&switch) - 0.01).abs() < 1e-9, "from {from}");
        }
    }

    #[test]
    fn refusals() {
        let field = |config: Config| Pyin::new(&config).err().expect("refused").field;
        assert_eq!(field(Config { resolution: 1.0, ..CONFIG }), "resolution");
        assert_eq!(field(Config { switch: 0.0, ..CONFIG }), "switch_prob");
        assert_eq!(field(Config { n_thresholds: 0, ..CONFIG }), "n_thresholds");
        assert_eq!(field(Config { max_transition_rate: 1e4, ..CONFIG }), "fmax");
    }
}
