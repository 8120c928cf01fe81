//! The fundamental frequency of a frame by its difference function.

use crate::Error;
use crate::correlation::Autocorrelation;

/// How a pitch is looked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Sample rate in Hz.
    pub sample_rate: f64,
    /// Samples of a frame.
    pub frame_length: usize,
    /// The lowest pitch in Hz.
    pub fmin: f64,
    /// The highest.
    pub fmax: f64,
    /// The first trough under this is the period; none: the deepest.
    pub threshold: f64,
}

/// A planned search.
///
/// # Source
/// de Cheveigné and Kawahara, "YIN, a fundamental frequency estimator for speech and music", JASA 111(4), 2002, equations 6
/// to 8 and step 5; edges of the search and the sums over the frame's end as `librosa.yin` 0.11 has them.
pub struct Yin {
    config: Config,
    shortest: usize,
    longest: usize,
    autocorrelation: Autocorrelation,
    correlation: Vec<f64>,
    difference: Vec<f64>,
}

impl Yin {
    /// Plans the search.
    ///
    /// # Errors
    /// Pitches that are not 0 < fmin < fmax ≤ half the rate, or too low for the frame.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let Config { sample_rate, frame_length, fmin, fmax, threshold } = *config;
        if !(fmax > 0.0 && fmax <= sample_rate / 2.0) {
            return Err(Error::parameter(
                "fmax",
                format!("at most half the sample rate ({})", sample_rate / 2.0),
                fmax,
            ));
        }
        if !(fmin > 0.0 && fmin < fmax) {
            return Err(Error::parameter("fmin", format!("more than 0 and less than fmax ({fmax})"), fmin));
        }
        if !(threshold > 0.0 && threshold.is_finite()) {
            return Err(Error::parameter("threshold", "a number above 0", threshold));
        }
        let lowest = sample_rate / (frame_length.max(2) - 1) as f64;
        if frame_length < 4 || lowest > fmin {
            return Err(Error::parameter("fmin", format!("at least {lowest}, of which a frame holds a period"), fmin));
        }
        let shortest = (sample_rate / fmax).floor().max(1.0) as usize;
        let longest = ((sample_rate / fmin).ceil() as usize).min(frame_length - 1);
        if longest < shortest + 2 {
            return Err(Error::parameter("fmax", "three periods between fmin and fmax", fmax));
        }
        Ok(Self {
            config: *config,
            shortest,
            longest,
            autocorrelation: Autocorrelation::new(frame_length)?,
            correlation: vec![0.0; longest + 1],
            difference: vec![0.0; longest + 1],
        })
    }

    /// The pitch of a frame in Hz.
    ///
    /// # Panics
    /// If the frame has another length than planned.
    pub fn process(&mut self, frame: &[f64]) -> f64 {
        assert_eq!(frame.len(), self.config.frame_length, "samples of a frame");
        self.differences(frame);
        let curve = &self.difference[self.shortest..];
        let first = (0..curve.len()).find(|k| curve[*k] < self.config.threshold && is_trough(curve, *k));
        let deepest = || (0..curve.len()).min_by(|a, b| curve[*a].total_cmp(&curve[*b])).unwrap_or(0);
        self.pitch(first.unwrap_or_else(deepest))
    }

    /// The troughs of a frame's differences, shortest lag first: their place among the lags that are looked at, and their depth.
    ///
    /// # Panics
    /// If the frame has another length than planned.
    pub fn troughs(&mut self, frame: &[f64]) -> Vec<(usize, f64)> {
        assert_eq!(frame.len(), self.config.frame_length, "samples of a frame");
        self.differences(frame);
        let curve = &self.difference[self.shortest..];
        (0..curve.len()).filter(|k| is_trough(curve, *k)).map(|k| (k, curve[k])).collect()
    }

    /// The pitch of a place among the lags, refined by a parabola.
    ///
    /// # Panics
    /// If there is no such lag.
    pub fn pitch(&self, at: usize) -> f64 {
        let curve = &self.difference[self.shortest..];
        self.config.sample_rate / (self.shortest as f64 + at as f64 + bend(curve, at))
    }

    /// The cumulative mean normalised difference of every lag.
    fn differences(&mut self, frame: &[f64]) {
        self.autocorrelation.process(frame, &mut self.correlation);
        let (mut energy, mut sum) = (0.0, 0.0);
        self.difference[0] = 0.0;
        for lag in 1..=self.longest {
            energy += frame[lag - 1] * frame[lag - 1];
            // The tool takes no energy off the first lag, which all means behind it carry on.
            let left = if lag == 1 { 0.0 } else { energy };
            let difference = 2.0 * (self.correlation[0] - self.correlation[lag]) - left;
            sum += difference;
            self.difference[lag] = difference / (sum / lag as f64 + f64::from(f32::MIN_POSITIVE));
        }
    }
}

/// Is a point lower than the one before, and not higher than the next?
fn is_trough(curve: &[f64], k: usize) -> bool {
    match k {
        0 => curve[0] < curve[1],
        k if k + 1 == curve.len() => curve[k] < curve[k - 1],
        k => curve[k] < curve[k - 1] && curve[k] <= curve[k + 1],
    }
}

/// How far the bottom of the parabola through a point and its neighbours lies from it; 0 if that is a step or more.
pub(crate) fn bend(curve: &[f64], at: usize) -> f64 {
    if at == 0 || at + 1 >= curve.len() {
        return 0.0;
    }
    let (left, right) = (curve[at - 1], curve[at + 1]);
    let (a, b) = (left + right - 2.0 * curve[at], (right - left) / 2.0);
    if b.abs() >= a.abs() { 0.0 } else { -b / a }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: Config =
        Config { sample_rate: 16_000.0, frame_length: 1024, fmin: 60.0, fmax: 1000.0, threshold: 0.1 };

    #[test]
    fn tones_are_found() {
        let mut yin = Yin::new(&CONFIG).expect("legal");
        for hz in [82.4, 220.0, 441.7] {
            let tone = |t: usize| {
                let angle = 2.0 * std::f64::consts::PI * hz * t as f64 / 16_000.0;
                angle.sin() + 0.3 * (2.0 * angle).sin()
            };
            let frame: Vec<f64> = (0..1024).map(tone).collect();
            let got = yin.process(&frame);
            assert!((got - hz).abs() < 0.01 * hz, "{hz} Hz: {got}");
        }
    }

    #[test]
    fn refusals() {
        let field = |config: Config| Yin::new(&config).err().expect("refused").field;
        assert_eq!(field(Config { fmax: 9000.0, ..CONFIG }), "fmax");
        assert_eq!(field(Config { fmin: 0.0, ..CONFIG }), "fmin");
        assert_eq!(field(Config { fmin: 15.0, ..CONFIG }), "fmin");
        assert_eq!(field(Config { threshold: 0.0, ..CONFIG }), "threshold");
    }
}
