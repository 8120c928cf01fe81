//! Round numbers for axes, as many as fit.

/// A mark on an axis.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// The value it stands at.
    pub value: f64,
    /// What is written beside it.
    pub label: String,
}

/// Steps of time in seconds, from one second on: those in which people count.
const SECONDS: [f64; 15] =
    [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0];
/// Frequencies for scales that are not linear: octaves of 1 kHz.
const OCTAVES_HZ: [f64; 12] = [31.25, 62.5, 125.0, 250.0, 500.0, 1e3, 2e3, 4e3, 8e3, 16e3, 32e3, 64e3];

/// Marks at 1, 2 or 5 times a power of ten, at most `most`.
pub fn linear(low: f64, high: f64, most: usize) -> Vec<Tick> {
    let Some(step) = round_step(low, high, most) else { return Vec::new() };
    at_steps(low, high, step, |value| number(value, step))
}

/// Marks of time in seconds, and the axis's unit.
pub fn time(low: f64, high: f64, most: usize) -> (Vec<Tick>, &'static str) {
    let Some(step) = round_step(low, high, most) else { return (Vec::new(), "s") };
    if high < 1.0 {
        return (at_steps(low, high, step, |value| number(value * 1e3, step * 1e3)), "ms");
    }
    if step < 1.0 || high < 60.0 {
        return (at_steps(low, high, step, |value| number(value, step)), "s");
    }
    let fits = |step: &f64| (high - low) / step <= most as f64;
    let step = SECONDS.into_iter().find(fits).unwrap_or_else(|| 3600.0 * round_up((high - low) / 3600.0 / most as f64));
    let clock = |value: f64| {
        let seconds = value.round() as i64;
        let sign = if seconds < 0 { "−" } else { "" };
        let (h, m, s) = (seconds.abs() / 3600, seconds.abs() / 60 % 60, seconds.abs() % 60);
        if high >= 3600.0 { format!("{sign}{h}:{m:02}:{s:02}") } else { format!("{sign}{m}:{s:02}") }
    };
    (at_steps(low, high, step, clock), if high >= 3600.0 { "h:min:s" } else { "min:s" })
}

/// Marks at octaves from `low` to `high` Hz.
pub fn octaves(low: f64, high: f64) -> Vec<Tick> {
    let inside = OCTAVES_HZ.into_iter().filter(|f| (low..=high).contains(f));
    inside.map(|value| Tick { value, label: hertz(value) }).collect()
}

/// `500`, `4k`
fn hertz(value: f64) -> String {
    if value >= 1e3 { format!("{}k", value / 1e3) } else { format!("{value}") }
}

/// The smallest number of two digits or fewer, and round, that is not below `value`.
pub fn round_up(value: f64) -> f64 {
    let power = 10f64.powf(value.log10().floor());
    let digits = value / power;
    let round =
        [1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0].into_iter().find(|d| digits <= d * (1.0 + 1e-9));
    round.unwrap_or(10.0) * power
}

fn round_step(low: f64, high: f64, most: usize) -> Option<f64> {
    let least = (high - low) / most.max(1) as f64;
    if !least.is_finite() || least <= 0.0 {
        return None;
    }
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|d| d * power).find(|step| *step >= least * (1.0 - 1e-9))
}

fn at_steps(low: f64, high: f64, step: f64, label: impl Fn(f64) -> String) -> Vec<Tick> {
    let slack = step * 1e-6;
    let first = ((low - slack) / step).ceil() as i64;
    let last = ((high + slack) / step).floor() as i64;
    (first..=last).map(|k| k as f64 * step).map(|value| Tick { value, label: label(value) }).collect()
}

/// A number with as many decimals as its step needs, and a true minus sign.
pub fn number(value: f64, step: f64) -> String {
    if value.abs() >= 1e6 {
        return format!("{value:e}").replace('-', "−");
    }
    // Many decimals would leave no room for what the numbers are.
    if step > 0.0 && step < 0.99e-4 {
        let exponent = (step.log10() + 1e-9).floor() as i32;
        let digits = (value / 10f64.powi(exponent)).round() as i64;
        return if digits == 0 { "0".into() } else { format!("{digits}e{exponent}").replace('-', "−") };
    }
    let decimals = (-(step.log10() + 1e-9).floor()).clamp(0.0, 9.0) as usize;
    let text = format!("{:.decimals$}", if value.abs() < step * 1e-6 { 0.0 } else { value });
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn numbers_are_round() {
        assert_eq!(labels(&linear(-1.0, 1.0, 5)), ["−1.0", "−0.5", "0.0", "0.5", "1.0"]);
        assert_eq!(labels(&linear(-80.0, 0.0, 9)), ["−80", "−70", "−60", "−50", "−40", "−30", "−20", "−10", "0"]);
        assert_eq!(labels(&linear(0.0, 22.05, 6)), ["0", "5", "10", "15", "20"]);
        assert_eq!(labels(&linear(0.0, 4e-4, 4)), ["0.0000", "0.0001", "0.0002", "0.0003", "0.0004"]);
        assert_eq!(labels(&linear(-8e-5, 1.2e-4, 5)), ["−5e−5", "0", "5e−5", "10e−5"]);
        assert_eq!(linear(0.0, 0.0, 5), []);
        assert_eq!(linear(0.0, f64::NAN, 5), []);
    }

    #[test]
    fn time_is_counted_as_people_count() {
        for (high, unit, expected) in [
            (0.5, "ms", vec!["0", "100", "200", "300", "400", "500"]),
            (3.2, "s", vec!["0.0", "0.5", "1.0", "1.5", "2.0", "2.5", "3.0"]),
            (90.0, "min:s", vec!["0:00", "0:15", "0:30", "0:45", "1:00", "1:15", "1:30"]),
            (3600.0 * 2.0, "h:min:s", vec!["0:00:00", "0:30:00", "1:00:00", "1:30:00", "2:00:00"]),
        ] {
            let (ticks, got) = time(0.0, high, 7);
            assert_eq!((labels(&ticks), got), (expected, unit));
        }
        assert!(time(0.0, 1e6, 7).0.len() <= 8);
    }

    #[test]
    fn octaves_of_a_mel_axis() {
        assert_eq!(labels(&octaves(100.0, 8000.0)), ["125", "250", "500", "1k", "2k", "4k", "8k"]);
        for (value, round) in [(0.29, 0.3), (1.0, 1.0), (2.2, 2.5), (0.011, 0.012), (9.0, 10.0)] {
            assert!((round_up(value) / round - 1.0).abs() < 1e-9, "{value}");
        }
    }
}
