//! Notes of equal temperament, A4 at 440 Hz (ISO 16), and axes that are made of them.

use super::scale::{Spread, Vertical};

/// Pitch classes from C on.
pub const CLASSES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

/// The frequency of a pitch class in an octave; class 9 in octave 4 is 440 Hz.
pub fn hertz(class: i32, octave: i32) -> f64 {
    440.0 * 2f64.powf(f64::from(class - 9) / 12.0 + f64::from(octave - 4))
}

/// Its name: `C4`.
pub fn name(class: i32, octave: i32) -> String {
    format!("{}{octave}", CLASSES[class.rem_euclid(12) as usize])
}

/// The entries of an octave, if the axis is spread natively and goes on by equal ratios, so many to the octave.
pub fn octave(vertical: &Vertical) -> Option<usize> {
    let count = vertical.count();
    if !vertical.in_hertz || vertical.spread != Spread::Native || count < 12 || vertical.coordinate(0) <= 0.0 {
        return None;
    }
    let octaves = (vertical.coordinate(count - 1) / vertical.coordinate(0)).log2();
    let entries = ((count - 1) as f64 / octaves).round();
    let at = |k: usize| vertical.coordinate(0) * 2f64.powf(k as f64 / entries);
    let fits = |k: usize| (vertical.coordinate(k) / at(k) - 1.0).abs() < 1e-3;
    (entries >= 5.0 && (0..count).all(fits)).then_some(entries as usize)
}

/// Are the entries pitch classes?
pub fn is_chroma(vertical: &Vertical) -> bool {
    vertical.name == "chroma" && vertical.count() >= 12 && vertical.count().is_multiple_of(12)
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::format::{Axis, Tensor};

    fn vertical(axis: Axis) -> Vertical {
        Vertical::new(&Tensor::new::<f32>(vec![Axis::frames(None), axis], "db"), Spread::Native, (0.0, 1.0))
    }

    #[test]
    fn notes_have_their_frequencies() {
        for (class, octave, expected) in [(9, 4, 440.0), (0, 4, 261.6256), (0, 1, 32.7032), (11, 7, 3_951.066)] {
            assert!((hertz(class, octave) - expected).abs() < expected * 1e-6, "{}", name(class, octave));
        }
        assert_eq!(name(0, 4), "C4");
    }

    #[test]
    fn an_axis_of_equal_ratios_is_one_of_notes() {
        let centres = |n: f64| (0..84).map(|k| 32.7032 * 2f64.powf(f64::from(k) / n)).collect();
        assert_eq!(octave(&vertical(Axis::bands(centres(12.0), "log"))), Some(12));
        assert_eq!(octave(&vertical(Axis::bands(centres(36.0), "log"))), Some(36));
        assert_eq!(octave(&vertical(Axis::bins(513, 31.25))), None);
    }
}
