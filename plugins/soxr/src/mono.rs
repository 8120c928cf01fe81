//! The mean over channels, with the order of additions that numpy has.

use crate::ffi::Sample;
use std::ops::{Add, Div};

/// Channels that numpy adds in one run of eight partial sums; more are halved first.
const BLOCK: usize = 128;

/// Puts the mean of `planes` into `out`.
///
/// # Source
/// `numpy.mean` of a `(channel, sample)` view of interleaved samples: pairwise summation over the channels, from +0.
pub fn mean<T>(planes: &[Vec<T>], out: &mut Vec<T>)
where
    T: Sample + Add<Output = T> + Div<Output = T>,
{
    let count = T::from_f64(planes.len() as f64);
    let frames = planes.first().map_or(0, Vec::len);
    let mut frame = vec![T::default(); planes.len()];
    out.clear();
    out.reserve(frames);
    for i in 0..frames {
        for (value, plane) in frame.iter_mut().zip(planes) {
            *value = plane[i];
        }
        out.push((T::default() + sum(&frame)) / count);
    }
}

fn sum<T: Sample + Add<Output = T>>(values: &[T]) -> T {
    let plus = |a, b| a + b;
    match values {
        [] => T::default(),
        [first, rest @ ..] if values.len() < 8 => rest.iter().copied().fold(*first, plus),
        _ if values.len() <= BLOCK => {
            let (groups, rest) = values.as_chunks::<8>();
            let mut r = groups[0];
            for group in &groups[1..] {
                r.iter_mut().zip(group).for_each(|(r, &value)| *r = *r + value);
            }
            let eight = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
            rest.iter().copied().fold(eight, plus)
        }
        _ => {
            let half = values.len() / 2;
            let (a, b) = values.split_at(half - half % 8);
            sum(a) + sum(b)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_additions_shows() {
        // 1 + 1e8 - 1e8 ... in float32: one after another the 1 is lost, in numpy's pairs it is not everywhere.
        let nine: Vec<Vec<f32>> = [1.0, 1e8, -1e8, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0].iter().map(|&x| vec![x]).collect();
        let mut out = Vec::new();
        mean(&nine, &mut out);
        // ((1 + 1e8) + (-1e8 + 1)) + ((1 + 1) + (1 + 1)) + 1 = (1e8 - 1e8) + 4 + 1
        assert_eq!(out, [5.0 / 9.0]);
        mean(&[vec![-0.0f32], vec![-0.0]], &mut out);
        assert!(out[0].is_sign_positive());
    }
}
