//! Samples as integers of 8, 16 or 32 bits, as tools hand them out that were asked for such.

use crate::format::{Planes, map};

/// An integer type that samples can be handed out in.
pub trait Integer: Copy {
    /// The upper bits of a sample that fills 64.
    fn upper(sample: i64) -> Self;
    /// The whole number `sample`, clipped; of NaN what x86-64 makes of it.
    fn clipped(sample: f64) -> Self;
}

impl Integer for u8 {
    fn upper(sample: i64) -> u8 {
        (sample >> 56) as u8 ^ 0x80
    }

    fn clipped(sample: f64) -> u8 {
        (sample + 128.0) as u8
    }
}

impl Integer for i16 {
    fn upper(sample: i64) -> i16 {
        (sample >> 48) as i16
    }

    fn clipped(sample: f64) -> i16 {
        sample as i16
    }
}

impl Integer for i32 {
    fn upper(sample: i64) -> i32 {
        (sample >> 32) as i32
    }

    fn clipped(sample: f64) -> i32 {
        if sample.is_nan() { i32::MIN } else { sample as i32 }
    }
}

impl Planes {
    /// The samples as integers: of integers the upper bits, or all of them above zeros; floats times `scale`, rounded half
    /// to even and clipped.
    ///
    /// # Source
    /// libsndfile 1.2.2 with clipping, which soundfile 0.14.0 sets.
    pub fn to_integers<T: Integer>(&self, scale: f64, out: &mut Vec<Vec<T>>) {
        match self {
            Self::U8(p) => map(p, out, |s| T::upper((i64::from(s) - 128) << 56)),
            Self::I16(p) => map(p, out, |s| T::upper(i64::from(s) << 48)),
            Self::I32(p) => map(p, out, |s| T::upper(i64::from(s) << 32)),
            Self::I64(p) => map(p, out, T::upper),
            // The product is rounded to float32, as the tool's is.
            Self::F32(p) => map(p, out, |s| T::clipped(f64::from(s * scale as f32).round_ties_even())),
            Self::F64(p) => map(p, out, |s| T::clipped((s * scale).round_ties_even())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made<T: Integer>(planes: &Planes, scale: f64) -> Vec<T> {
        let mut out = Vec::new();
        planes.to_integers(scale, &mut out);
        out.remove(0)
    }

    #[test]
    fn integers_keep_their_upper_bits() {
        let wide = Planes::I32(vec![vec![i32::MIN, -1, 0x0001_8000, i32::MAX]]);
        assert_eq!(made::<i16>(&wide, 1.0), [i16::MIN, -1, 1, i16::MAX]);
        assert_eq!(made::<i32>(&wide, 1.0), [i32::MIN, -1, 0x0001_8000, i32::MAX]);
        let bytes = Planes::U8(vec![vec![0, 128, 255]]);
        assert_eq!(made::<i16>(&bytes, 1.0), [-32768, 0, 32512]);
        assert_eq!(made::<u8>(&bytes, 1.0), [0, 128, 255]);
        assert_eq!(made::<u8>(&Planes::I16(vec![vec![-32768, 0, 0x7300]]), 1.0), [0, 128, 243]);
        assert_eq!(made::<i32>(&Planes::I16(vec![vec![-2]]), 1.0), [-0x2_0000]);
    }

    #[test]
    fn floats_are_rounded_half_to_even_and_clipped() {
        let floats = Planes::F64(vec![vec![0.5, 1.5, -2.5, 1e300, -1e300, f64::NAN]]);
        assert_eq!(made::<i16>(&floats, 1.0), [0, 2, -2, 32767, -32768, 0]);
        assert_eq!(made::<i32>(&floats, 2.0), [1, 3, -5, i32::MAX, i32::MIN, i32::MIN]);
    }
}
