//! Samples as floats, with a word on every value that a float cannot keep.

use crate::format::{Finding, Planes, Severity};

/// What was met while samples became floats.
#[derive(Debug, Default)]
pub struct FloatCheck {
    not_finite: Tally,
    overflowed: Tally,
    rounded: Tally,
}

/// How often something was met, and where first.
#[derive(Debug, Default)]
struct Tally {
    count: u64,
    first: Option<u64>,
}

impl Tally {
    fn add(&mut self, frame: u64) {
        self.count += 1;
        self.first.get_or_insert(frame);
    }
}

impl FloatCheck {
    /// Looks at `planes`, whose first sample frame is number `start`, as they are.
    pub fn inspect(&mut self, planes: &Planes, start: u64) {
        let mut look = |i: usize, finite: bool| {
            if !finite {
                self.not_finite.add(start + i as u64);
            }
        };
        match planes {
            Planes::F32(p) => each(p, |i, s| look(i, s.is_finite())),
            Planes::F64(p) => each(p, |i, s| look(i, s.is_finite())),
            _ => {}
        }
    }

    /// Converts `planes`, whose first sample frame is number `start`, to float32.
    pub fn convert(&mut self, planes: &Planes, start: u64, out: &mut Vec<Vec<f32>>) {
        planes.to_f32(out);
        let at = |i: usize| start + i as u64;
        match planes {
            Planes::U8(_) | Planes::I16(_) => {}
            Planes::I32(p) => each(p, |i, s| {
                if i64::from(s) != s as f32 as i64 {
                    self.rounded.add(at(i));
                }
            }),
            Planes::I64(p) => each(p, |i, s| {
                if i128::from(s) != s as f32 as i128 {
                    self.rounded.add(at(i));
                }
            }),
            Planes::F32(p) => each(p, |i, s| {
                if !s.is_finite() {
                    self.not_finite.add(at(i));
                }
            }),
            Planes::F64(p) => each(p, |i, s| {
                let kept = s as f32;
                if !s.is_finite() {
                    self.not_finite.add(at(i));
                } else if kept.is_infinite() {
                    self.overflowed.add(at(i));
                } else if f64::from(kept) != s {
                    self.rounded.add(at(i));
                }
            }),
        }
    }

    /// Takes the findings; call it once, at the end.
    pub fn findings(&mut self) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut tell = |tally: &mut Tally, code, severity, what: &str| {
            if let Some(first) = tally.first.take() {
                let message = format!("{} {what}, the first at sample frame {first}", samples(tally.count));
                found.push(Finding::new(code, severity, message).at(first));
            }
            tally.count = 0;
        };
        tell(&mut self.not_finite, "samples-not-finite", Severity::Warning, "not a number or infinite");
        tell(&mut self.overflowed, "samples-overflow", Severity::Warning, "beyond the range of float32, now infinite");
        tell(
            &mut self.rounded,
            "samples-rounded",
            Severity::Note,
            "with more digits than float32 holds, rounded to nearest",
        );
        found
    }
}

fn samples(n: u64) -> String {
    if n == 1 { "1 sample is".to_owned() } else { format!("{n} samples are") }
}

fn each<T: Copy>(planes: &[Vec<T>], mut look: impl FnMut(usize, T)) {
    for plane in planes {
        for (i, &sample) in plane.iter().enumerate() {
            look(i, sample);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_loss_is_told_once() {
        let mut check = FloatCheck::default();
        let mut out = Vec::new();
        let planes = Planes::F64(vec![vec![0.5, 0.1, f64::NAN, 1e300, 0.2]]);
        check.convert(&planes, 100, &mut out);
        let found = check.findings();
        let told: Vec<_> = found.iter().map(|f| (f.code, f.frame)).collect();
        assert_eq!(
            told,
            [("samples-not-finite", Some(102)), ("samples-overflow", Some(103)), ("samples-rounded", Some(101))]
        );
        assert!(check.findings().is_empty());
    }
}
