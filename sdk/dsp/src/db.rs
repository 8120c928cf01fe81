//! Decibels of powers and amplitudes against a reference, with a floor under small values and one under the loudest.
//!
//! `top_db` and a reference taken from the data need the loudest value of everything that belongs together. So they are
//! two passes: [`Db::loudest`] over all of it, in any order, then [`Db::process`] with what the first pass found.

use crate::log::{SMALLEST, Unit};
use crate::{Error, Float};

/// What decibels are counted from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reference {
    /// This value, in the unit of the input.
    Value(f64),
    /// The largest magnitude of the whole input.
    Loudest,
}

/// What the values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// 10 log10 of the ratio.
    Power,
    /// 20 log10 of the ratio.
    Amplitude,
}

impl Quantity {
    /// What tensors of it say they hold.
    pub fn name(self) -> &'static str {
        match self {
            Quantity::Power => "power",
            Quantity::Amplitude => "amplitude",
        }
    }
}

/// How decibels are counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// What comes in.
    pub quantity: Quantity,
    /// What is 0 dB.
    pub reference: Reference,
    /// The smallest value told from zero, in the unit of the input; of the reference also.
    pub amin: f64,
    /// Nothing is more than this under the loudest; none: no floor.
    pub top_db: Option<f64>,
}

impl Config {
    /// `librosa.power_to_db`'s defaults.
    ///
    /// # Source
    /// librosa 0.11: 10 log10 max(amin, S) − 10 log10 max(amin, ref), then max(x, max x − top_db).
    pub fn power() -> Self {
        Self { quantity: Quantity::Power, reference: Reference::Value(1.0), amin: 1e-10, top_db: Some(80.0) }
    }

    /// `librosa.amplitude_to_db`'s defaults.
    ///
    /// # Source
    /// librosa 0.11: [`power`](Self::power) of the squares, amin and reference squared too.
    pub fn amplitude() -> Self {
        Self { quantity: Quantity::Amplitude, amin: 1e-5, ..Self::power() }
    }
}

/// A planned conversion, computed in the type that goes out.
#[derive(Clone, Copy, Debug)]
pub struct Db {
    config: Config,
    unit: Unit,
}

impl Db {
    /// Checks the numbers.
    ///
    /// # Errors
    /// `amin` not above 0 or under 1.2e-38 (where f32 loses digits), `top_db` under 0, a reference that is no number.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let Config { amin, top_db, .. } = *config;
        if !(amin >= SMALLEST && amin.is_finite()) {
            return Err(Error::parameter("amin", format!("a number of at least {SMALLEST:e}"), amin));
        }
        if let Some(top_db) = top_db.filter(|db| db.is_nan() || *db < 0.0) {
            return Err(Error::parameter("top_db", "0 or more", top_db));
        }
        if let Reference::Value(value) = config.reference
            && !value.is_finite()
        {
            return Err(Error::parameter("ref", "a finite number", value));
        }
        let factor = match config.quantity {
            Quantity::Power => 10.0,
            Quantity::Amplitude => 20.0,
        };
        Ok(Self { config: *config, unit: Unit::new(factor * std::f64::consts::LOG10_E) })
    }

    /// Whether a value depends on the loudest of the whole input.
    pub fn is_global(&self) -> bool {
        self.config.top_db.is_some() || self.config.reference == Reference::Loudest
    }

    /// The largest power, or magnitude of an amplitude, of these values and of those before; NaN is passed over.
    /// Starts at 0.
    pub fn loudest<S: Float>(&self, before: f64, values: &[S]) -> f64 {
        let amplitude = self.config.quantity == Quantity::Amplitude;
        values.iter().fold(before, |loudest, value| {
            let value: f64 = (*value).into();
            loudest.max(if amplitude { value.abs() } else { value })
        })
    }

    /// The decibels of values, given the largest magnitude of the whole input (which counts only
    /// [if it must](Self::is_global)). Zeros read as `amin`, NaN stays NaN.
    ///
    /// # Panics
    /// If `out` is not as long as `values`.
    pub fn process<S: Float, O: Float>(&self, values: &[S], loudest: f64, out: &mut [O]) {
        assert_eq!(values.len(), out.len(), "values in and out");
        let reference = match self.config.reference {
            Reference::Value(value) => value.abs(),
            Reference::Loudest => loudest,
        };
        let zero_db = self.level(reference);
        let floor = match self.config.top_db {
            Some(top_db) => self.level(loudest) - zero_db - top_db,
            None => f64::NEG_INFINITY,
        };
        let (zero_db, floor, amin) = (O::from_real(zero_db), O::from_real(floor), O::from_real(self.config.amin));
        let amplitude = self.config.quantity == Quantity::Amplitude;
        for (out, value) in out.iter_mut().zip(values) {
            let value: O = value.cast();
            let value = if amplitude { value.abs() } else { value };
            // Comparisons in this order let NaN through.
            let db = (if value < amin { amin } else { value }).log(&self.unit) - zero_db;
            *out = if db < floor { floor } else { db };
        }
    }

    fn level(&self, value: f64) -> f64 {
        self.unit.of_f64(value.max(self.config.amin))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(config: Config, values: &[f64], expected: &[f64]) {
        let db = Db::new(&config).expect("legal");
        let loudest = db.loudest(0.0, values);
        let mut out = vec![0.0f64; values.len()];
        db.process(values, loudest, &mut out);
        for (i, (got, expected)) in out.iter().zip(expected).enumerate() {
            assert!((got - expected).abs() < 1e-9, "{config:?} at {i}: expected {expected}, got {got}");
        }
    }

    #[test]
    fn power_and_amplitude() {
        let open = |config: Config| Config { top_db: None, ..config };
        check(open(Config::power()), &[1.0, 10.0, 0.0, 1e-12], &[0.0, 10.0, -100.0, -100.0]);
        check(open(Config::amplitude()), &[1.0, -10.0, 0.0], &[0.0, 20.0, -100.0]);
        check(Config::power(), &[100.0, 0.0], &[20.0, -60.0]);
        check(Config { top_db: Some(0.0), ..Config::power() }, &[100.0, 1.0], &[20.0, 20.0]);
        let loudest = Config { reference: Reference::Loudest, ..Config::power() };
        check(loudest, &[100.0, 1.0, 0.0], &[0.0, -20.0, -80.0]);
        // Silence against itself is 0 dB: librosa.power_to_db(zeros, ref=np.max).
        check(loudest, &[0.0, 0.0], &[0.0, 0.0]);
        let value = Config { reference: Reference::Value(-2.0), ..Config::amplitude() };
        check(value, &[2.0], &[0.0]);
    }

    #[test]
    fn nan_stays() {
        let db = Db::new(&Config::power()).expect("legal");
        assert_eq!(db.loudest(0.0, &[f32::NAN, 2.0]), 2.0);
        let mut out = [0.0f32; 2];
        db.process(&[f32::NAN, 2.0], 2.0, &mut out);
        assert!(out[0].is_nan() && !out[1].is_nan());
    }

    #[test]
    fn refusals() {
        let legal = Config::power();
        for config in [
            Config { amin: 0.0, ..legal },
            Config { top_db: Some(-1.0), ..legal },
            Config { reference: Reference::Value(f64::NAN), ..legal },
        ] {
            assert!(Db::new(&config).is_err(), "{config:?}");
        }
    }
}
