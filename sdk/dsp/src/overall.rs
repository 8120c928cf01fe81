//! What needs all frames before the first can go out: a floor under the loudest, standardised bands.
//!
//! Two passes: [`Overall::observe`] over every frame in order, then [`Overall::apply`] to each.

use crate::Float;

/// How a lane (a band of a channel) is brought to its own mean and width over time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standard {
    /// Less the mean.
    Mean,
    /// (x − mean) / (σ + ε), σ² the sum of squares over n − 1.
    BesidesSigma(f64),
    /// (x − mean) / √(σ² + ε), σ² the sum of squares over n − 1; the mean is that of NumPy's float32 sums, frame after frame,
    /// which tells where a lane does not move.
    UnderRoot(f64),
}

/// What is done with what was found; in this order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Nothing is more than this under the largest value of all lanes.
    pub floor: Option<f64>,
    /// How lanes are standardised.
    pub standard: Option<Standard>,
    /// Added to each value.
    pub offset: f64,
    /// Multiplied with the sum.
    pub scale: f64,
}

impl Config {
    /// Values as they are.
    pub const NONE: Config = Config { floor: None, standard: None, offset: 0.0, scale: 1.0 };

    /// Whether anything depends on all frames.
    pub fn is_global(&self) -> bool {
        self.floor.is_some() || self.standard.is_some()
    }
}

/// What has been found, and how it is applied.
#[derive(Clone, Debug)]
pub struct Overall {
    config: Config,
    largest: f64,
    count: f64,
    /// Of each lane: the mean, the sum of squared distances from it, and the sum as f32 has it.
    ///
    /// # Source
    /// Welford, "Note on a method for calculating corrected sums of squares and products", Technometrics 4(3), 1962.
    lanes: Vec<[f64; 3]>,
}

impl Overall {
    /// For frames of `lanes` values.
    pub fn new(config: &Config, lanes: usize) -> Self {
        let lanes = if config.standard.is_some() { vec![[0.0; 3]; lanes] } else { Vec::new() };
        Self { config: *config, largest: f64::NEG_INFINITY, count: 0.0, lanes }
    }

    /// Forgets all frames.
    pub fn reset(&mut self) {
        (self.largest, self.count) = (f64::NEG_INFINITY, 0.0);
        self.lanes.fill([0.0; 3]);
    }

    /// Takes a frame of the first pass.
    pub fn observe<T: Float>(&mut self, frame: &[T]) {
        self.count += 1.0;
        for value in frame {
            self.largest = self.largest.max((*value).into());
        }
        for (lane, value) in self.lanes.iter_mut().zip(frame) {
            let value: f64 = (*value).into();
            let before = value - lane[0];
            lane[0] += before / self.count;
            lane[1] += before * (value - lane[0]);
            lane[2] = f64::from((lane[2] + value) as f32);
        }
    }

    /// What was found, as numbers.
    pub fn state(&self) -> Vec<f64> {
        [self.largest, self.count].into_iter().chain(self.lanes.iter().flatten().copied()).collect()
    }

    /// Takes back what was found; false if it is of frames of another shape.
    pub fn adopt(&mut self, state: &[f64]) -> bool {
        let [largest, count, rest @ ..] = state else { return false };
        if rest.len() != 3 * self.lanes.len() {
            return false;
        }
        (self.largest, self.count) = (*largest, *count);
        for (lane, found) in self.lanes.iter_mut().zip(rest.chunks_exact(3)) {
            lane.copy_from_slice(found);
        }
        true
    }

    /// Finishes a frame of the second pass.
    pub fn apply<T: Float>(&self, frame: &mut [T]) {
        let Config { floor, standard, offset, scale } = self.config;
        if let Some(floor) = floor {
            let floor = T::from_real(self.largest - floor);
            frame.iter_mut().filter(|x| **x < floor).for_each(|x| *x = floor);
        }
        if let Some(standard) = standard {
            for (value, [mean, squares, sum]) in frame.iter_mut().zip(&self.lanes) {
                let variance = squares / (self.count - 1.0);
                let mean = match standard {
                    Standard::UnderRoot(_) => f64::from((sum / self.count) as f32),
                    _ => *mean,
                };
                let width = match standard {
                    Standard::Mean => 1.0,
                    Standard::BesidesSigma(epsilon) => variance.sqrt() + epsilon,
                    Standard::UnderRoot(epsilon) => (variance + epsilon).sqrt(),
                };
                let x: f64 = (*value).into();
                *value = T::from_real((x - mean) / width);
            }
        }
        if (offset, scale) != (0.0, 1.0) {
            frame.iter_mut().for_each(|x| *x = T::from_real(((*x).into() + offset) * scale));
        }
    }
}

/// Brings one frame to a mean of 0 and a deviation of 1: (x − mean) / (σ + `epsilon`), σ² the mean square.
pub fn standardize(frame: &mut [f64], epsilon: f64) {
    let count = frame.len() as f64;
    let mean = frame.iter().sum::<f64>() / count;
    let sigma = (frame.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count).sqrt();
    frame.iter_mut().for_each(|x| *x = (*x - mean) / (sigma + epsilon));
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAMES: [[f64; 2]; 4] = [[1.0, -3.0], [2.0, 5.0], [4.0, 0.0], [9.0, 2.0]];

    fn applied(config: Config) -> Vec<f64> {
        let mut found = Overall::new(&config, 2);
        FRAMES.iter().for_each(|frame| found.observe(frame));
        let mut second = Overall::new(&config, 2);
        assert!(second.adopt(&found.state()));
        let mut frame = [4.0f64, -3.0];
        second.apply(&mut frame);
        frame.to_vec()
    }

    #[test]
    fn a_floor_is_under_the_largest_of_all_lanes() {
        let config = Config { floor: Some(8.0), offset: 4.0, scale: 0.25, ..Config::NONE };
        assert_eq!(applied(config), [2.0, 1.25]);
    }

    #[test]
    fn lanes_are_standardised_each_on_its_own() {
        // Means 4 and 1, variances 38 / 3 and 34 / 3.
        assert_eq!(applied(Config { standard: Some(Standard::Mean), ..Config::NONE }), [0.0, -4.0]);
        let got = applied(Config { standard: Some(Standard::BesidesSigma(0.5)), ..Config::NONE });
        assert!((got[1] + 4.0 / ((34f64 / 3.0).sqrt() + 0.5)).abs() < 1e-12);
        let got = applied(Config { standard: Some(Standard::UnderRoot(0.5)), ..Config::NONE });
        assert!((got[1] + 4.0 / (34f64 / 3.0 + 0.5).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_state_of_another_shape_is_refused() {
        let config = Config { standard: Some(Standard::Mean), ..Config::NONE };
        let mut overall = Overall::new(&config, 2);
        assert!(!overall.adopt(&[1.0]) && !overall.adopt(&[1.0, 2.0, 3.0, 4.0]));
    }
}
