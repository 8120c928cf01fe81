//! The logarithm of values clamped from below.

use pulp::Arch;

use crate::{Error, Float, vector};

/// The base of a logarithm.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Base {
    /// e.
    #[default]
    E,
    /// 2.
    Two,
    /// 10.
    Ten,
    /// 10, and ten times that: decibels of powers.
    Decibels,
}

/// How a logarithm is taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// The base.
    pub base: Base,
    /// Added to each value first.
    pub offset: f64,
    /// Values under this read as this.
    pub floor: f64,
}

impl Config {
    /// Without an offset.
    pub fn new(base: Base, floor: f64) -> Self {
        Self { base, offset: 0.0, floor }
    }

    /// With an offset above 0, of values that are not negative.
    pub fn with_offset(base: Base, offset: f64) -> Self {
        Self { base, offset, floor: SMALLEST }
    }
}

/// A planned logarithm: log(max(x + offset, floor)), computed in the type that goes out.
#[derive(Clone, Copy, Debug)]
pub struct Log {
    arch: Arch,
    unit: Unit,
    offset: f64,
    floor: f64,
}

impl Log {
    /// Checks the floor.
    ///
    /// # Errors
    /// A floor that is not above 0, or one so small (under 1.2e-38) that f32 holds it with fewer digits.
    pub fn new(config: &Config) -> Result<Self, Error> {
        let Config { base, offset, floor } = *config;
        if !(floor >= SMALLEST && floor.is_finite()) {
            return Err(Error::parameter("floor", format!("a number of at least {SMALLEST:e}"), floor));
        }
        if !offset.is_finite() {
            return Err(Error::parameter("offset", "a finite number", offset));
        }
        let factor = match base {
            Base::E => 1.0,
            Base::Two => std::f64::consts::LOG2_E,
            Base::Ten => std::f64::consts::LOG10_E,
            Base::Decibels => 10.0 * std::f64::consts::LOG10_E,
        };
        Ok(Self { arch: Arch::new(), unit: Unit::new(factor), offset, floor })
    }

    /// The logarithms of values; NaN stays NaN.
    ///
    /// # Panics
    /// If `out` is not as long as `values`.
    pub fn process<S: Float, O: Float>(&self, values: &[S], out: &mut [O]) {
        assert_eq!(values.len(), out.len(), "values in and out");
        vector::run(self.arch, (self, values, out), logarithms);
    }

    /// As [`process`](Self::process), in the place of the values.
    pub fn process_in_place<O: Float>(&self, values: &mut [O]) {
        for value in values {
            let input = [*value];
            logarithms((self, &input, std::slice::from_mut(value)));
        }
    }
}

#[inline(always)]
fn logarithms<S: Float, O: Float>((log, values, out): (&Log, &[S], &mut [O])) {
    // A copy, which no value that goes out can change.
    let Log { unit, offset, floor, .. } = *log;
    let floor = O::from_real(floor);
    // A comparison in this order lets NaN through.
    let log = move |value: O| (if value < floor { floor } else { value }).log(&unit);
    if offset == 0.0 {
        vector::narrowed(values, out, |value| value.cast(), log);
    } else {
        vector::narrowed(values, out, |value| O::from_real(value.into() + offset), log);
    }
}

/// The smallest number whose logarithm is taken: below it f32 loses digits.
pub(crate) const SMALLEST: f64 = f32::MIN_POSITIVE as f64;

/// What a natural logarithm is multiplied by: 1, log10 e, 10 log10 e for decibels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    factor: f64,
    single: f32,
    /// ln 2 times the factor in two parts; the upper has so few digits that its product with an exponent is exact.
    high: f32,
    low: f32,
}

impl Unit {
    pub(crate) fn new(factor: f64) -> Self {
        let octave = std::f64::consts::LN_2 * factor;
        let high = f32::from_bits((octave as f32).to_bits() & 0xffff_f000);
        Self { factor, single: factor as f32, high, low: (octave - f64::from(high)) as f32 }
    }

    /// The logarithm of a normal, positive f32 to about half a unit in its last place; infinity and NaN stay.
    ///
    /// Written without a branch or a table, so that a loop over it becomes vector code.
    ///
    /// # Source
    /// x = m 2^e with m in √½..√2, ln m = 2 artanh s with s = (m − 1) / (m + 1), as its series (Abramowitz and Stegun
    /// 4.1.27); |s| ≤ 0.172, so the first term left out is under 2e-9.
    #[inline(always)]
    pub(crate) fn of_f32(&self, x: f32) -> f32 {
        const SQRT_HALF: u32 = 0x3f35_04f3;
        let bits = x.to_bits();
        let exponent = (bits.wrapping_sub(SQRT_HALF) as i32) >> 23;
        let mantissa = f32::from_bits(bits.wrapping_sub((exponent as u32) << 23));
        let exponent = exponent as f32;
        let s = (mantissa - 1.0) / (mantissa + 1.0);
        let q = s * s;
        let series = q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0)))));
        let natural = 2.0 * s + 2.0 * s * series;
        let log = exponent * self.high + (exponent * self.low + natural * self.single);
        if x < f32::INFINITY { log } else { x }
    }

    #[inline(always)]
    pub(crate) fn of_f64(&self, x: f64) -> f64 {
        x.ln() * self.factor
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(base: Base, floor: f64) -> Log {
        Log::new(&Config::new(base, floor)).expect("a legal floor")
    }

    #[test]
    fn each_base_and_the_floor() {
        for (base, expected) in [
            (Base::E, [1.0f64.exp().ln(), (1e-5f64).ln()]),
            (Base::Two, [1.0f64.exp().log2(), (1e-5f64).log2()]),
            (Base::Ten, [1.0f64.exp().log10(), -5.0]),
        ] {
            let mut out = [0.0f64; 2];
            made(base, 1e-5).process(&[1.0f64.exp(), -3.0], &mut out);
            for (got, expected) in out.iter().zip(expected) {
                assert!((got - expected).abs() < 1e-14, "{base:?}: expected {expected}, got {got}");
            }
        }
    }

    #[test]
    fn single_precision_is_right_to_its_last_place() {
        for factor in [1.0, std::f64::consts::LOG2_E, 10.0 * std::f64::consts::LOG10_E] {
            let unit = Unit::new(factor);
            for bits in (0x0080_0000..0x7f80_0000u32).step_by(7919) {
                let x = f32::from_bits(bits);
                let expected = f64::from(x).ln() * factor;
                let got = f64::from(unit.of_f32(x));
                // Half a unit in the last place for the last rounding, the rest for the mantissa's terms.
                let bound = expected.abs() * 8e-8 + factor * 4e-8;
                assert!((got - expected).abs() <= bound, "log of {x:e}: expected {expected}, got {got}");
            }
        }
    }

    #[test]
    fn not_finite_values_stay() {
        let mut out = [0.0f32; 3];
        made(Base::Ten, 1e-10).process(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY], &mut out);
        assert!(out[0].is_nan());
        assert_eq!(out[1..], [f32::INFINITY, -10.0]);
    }

    #[test]
    fn refusals() {
        for floor in [0.0, -1.0, 1e-39, f64::NAN, f64::INFINITY] {
            assert!(Log::new(&Config::new(Base::E, floor)).is_err(), "{floor}");
        }
    }
}
