//! Ticks at round numbers, with labels of one format an axis.

/// A tick: its value and its label.
#[derive(Clone, Debug, PartialEq)]
pub struct Tick {
    /// Where it stands, in the axis's unit.
    pub value: f64,
    /// What is written there.
    pub label: String,
}

impl Tick {
    /// Its label in at most so many cells: with a power of ten where the digits are too many.
    pub fn within(&self, cells: u16) -> String {
        match self.label.chars().count() <= usize::from(cells) {
            true => self.label.clone(),
            false if self.value == 0.0 => "0".to_owned(),
            false => format!("{:.0e}", self.value),
        }
    }
}

/// The smallest of 1, 2, 5, 10, 20 ... that is at least `least`.
pub fn round_up(least: f64) -> f64 {
    if !(least.is_finite() && least > 0.0) {
        return 1.0;
    }
    let power = 10f64.powf(least.log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps.into_iter().find(|step| *step >= least * (1.0 - 1e-9)).unwrap_or(power * 10.0)
}

/// Decimals that tell apart multiples of `step`.
pub fn decimals(step: f64) -> usize {
    (-step.log10().floor()).max(0.0) as usize
}

/// Multiples of a round step of at least `least` in `from..=to`.
pub fn linear(from: f64, to: f64, least: f64) -> Vec<Tick> {
    let step = round_up(least);
    let decimals = decimals(step);
    multiples(from, to, step).map(|value| Tick { value, label: format!("{:.decimals$}", clean(value)) }).collect()
}

/// Ticks of time in `from..=to` seconds: seconds below a minute, else `m:ss` or `h:mm:ss`, by the length `all` of
/// everything, so that labels keep their form while the window moves.
pub fn time(from: f64, to: f64, least: f64, all: f64) -> Vec<Tick> {
    const LONG: [f64; 13] = [1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0];
    let step = if least <= 1.0 {
        round_up(least)
    } else {
        LONG.into_iter().find(|step| *step >= least).unwrap_or_else(|| round_up(least / 3_600.0) * 3_600.0)
    };
    let decimals = decimals(step);
    multiples(from, to, step).map(|value| Tick { value, label: clock(clean(value), decimals, all) }).collect()
}

/// A time in seconds with so many decimals: `3.25`, `1:03.25` or `1:00:03.25` by the length `all` of everything.
pub fn clock(seconds: f64, decimals: usize, all: f64) -> String {
    let scale = 10f64.powi(decimals as i32);
    let units = (seconds.max(0.0) * scale).round();
    let whole = (units / scale).floor();
    let rest = units - whole * scale;
    let fraction = if decimals > 0 { format!(".{rest:0decimals$.0}") } else { String::new() };
    let (hours, minutes, left) = (whole / 3_600.0, whole / 60.0, whole % 60.0);
    if all >= 3_600.0 {
        format!("{}:{:02}:{left:02.0}{fraction}", hours as u64, minutes as u64 % 60)
    } else if all >= 60.0 {
        format!("{}:{left:02.0}{fraction}", minutes as u64)
    } else {
        format!("{whole:.0}{fraction}")
    }
}

/// A frequency for an axis: `500`, `1k`, `2.5k`.
pub fn hertz(value: f64) -> String {
    if value.abs() < 1_000.0 {
        return trimmed(value, 3);
    }
    format!("{}k", trimmed(value / 1_000.0, 3))
}

/// A number with at most so many decimals and no zeros at its end.
pub fn trimmed(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", clean(value));
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Six digits that matter.
pub fn significant(number: f64) -> String {
    let size = number.abs();
    if number == 0.0 || !number.is_finite() || (1e-4..1e6).contains(&size) {
        let decimals = if size >= 1.0 { 5 - size.log10().floor().min(5.0) as usize } else { 6 };
        return trimmed(number, decimals);
    }
    format!("{number:.5e}")
}

fn multiples(from: f64, to: f64, step: f64) -> impl Iterator<Item = f64> {
    const MOST: i64 = 1_000;
    let (first, last) = ((from / step - 1e-9).ceil() as i64, (to / step + 1e-9).floor() as i64);
    (first..=last.min(first.saturating_add(MOST))).map(move |k| k as f64 * step)
}

/// No minus before a zero.
fn clean(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &[Tick]) -> String {
        ticks.iter().map(|tick| tick.label.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn labels_fit_their_cells() {
        let labels: Vec<String> = linear(0.0, 5e-6, 2e-6).iter().map(|tick| tick.within(6)).collect();
        assert_eq!(labels, ["0", "2e-6", "4e-6"]);
        assert_eq!(linear(-10.0, 0.0, 5.0)[0].within(4), "-10");
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(&linear(-100.0, 0.0, 17.0)), "-100 -80 -60 -40 -20 0");
        assert_eq!(labels(&linear(0.07, 0.33, 0.09)), "0.1 0.2 0.3");
        assert_eq!(labels(&linear(-1.0, 1.0, 0.5)), "-1.0 -0.5 0.0 0.5 1.0");
        assert_eq!(linear(0.0, 1.0, f64::NAN).len(), 2);
    }

    #[test]
    fn times_keep_one_form() {
        assert_eq!(labels(&time(0.0, 3.5, 0.8, 3.5)), "0 1 2 3");
        assert_eq!(labels(&time(0.0, 1.0, 0.2, 3.5)), "0.0 0.2 0.4 0.6 0.8 1.0");
        assert_eq!(labels(&time(0.0, 90.0, 20.0, 90.0)), "0:00 0:30 1:00 1:30");
        assert_eq!(labels(&time(3_599.0, 3_601.0, 1.0, 3_700.0)), "0:59:59 1:00:00 1:00:01");
        assert_eq!(labels(&time(0.0, 36_000.0, 6_000.0, 36_000.0)), "0:00:00 2:00:00 4:00:00 6:00:00 8:00:00 10:00:00");
        assert_eq!(clock(59.9996, 3, 90.0), "1:00.000", "rounding carries");
        assert_eq!(clock(0.05, 3, 1.0), "0.050");
    }

    #[test]
    fn frequencies_are_short() {
        for (value, expected) in [(0.0, "0"), (500.0, "500"), (1_000.0, "1k"), (2_500.0, "2.5k"), (62.5, "62.5")] {
            assert_eq!(hertz(value), expected);
        }
    }

    #[test]
    fn numbers_have_six_digits_that_matter() {
        for (number, expected) in [
            (0.0, "0"),
            (1.0, "1"),
            (12.345_678_9, "12.3457"),
            (0.000_123_456, "0.000123"),
            (3.0e-7, "3.00000e-7"),
            (123_456.7, "123457"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(significant(number), expected);
        }
    }
}
