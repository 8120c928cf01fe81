//! Many frames as one: the largest, the mean, or what is furthest from zero, element by element.

use pulp::Arch;

use crate::vector;

/// What stands for many values of one element. NaN counts in none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// The largest.
    Max,
    /// The arithmetic mean.
    Mean,
    /// The one furthest from zero, with its sign; of two that are equally far the first.
    Furthest,
}

/// Pools frames of one length as they come.
///
/// ```
/// use auricle_dsp::pool::{Pool, Pooling};
///
/// let mut pool = Pool::new(2, Pooling::Max);
/// pool.process(&[1.0, -3.0]);
/// pool.process(&[0.0, f32::NAN]);
/// let mut pooled = [0.0; 2];
/// pool.finish(&mut pooled);
/// assert_eq!(pooled, [1.0, -3.0]);
/// ```
#[derive(Clone, Debug)]
pub struct Pool {
    arch: Arch,
    pooling: Pooling,
    extremes: Vec<f32>,
    sums: Vec<f64>,
    counts: Vec<u32>,
}

impl Pool {
    /// Nothing yet, of frames of `length` elements.
    pub fn new(length: usize, pooling: Pooling) -> Self {
        let mean = if pooling == Pooling::Mean { length } else { 0 };
        Pool {
            arch: Arch::new(),
            pooling,
            extremes: vec![f32::NAN; length - mean],
            sums: vec![0.0; mean],
            counts: vec![0; mean],
        }
    }

    /// Takes a frame in.
    ///
    /// # Panics
    /// In a debug build, if it has another length.
    pub fn process(&mut self, frame: &[f32]) {
        debug_assert_eq!(frame.len(), self.extremes.len() + self.sums.len(), "frames of one length");
        vector::run(self.arch, (self, frame), take);
    }

    /// Writes what stands for the frames, NaN where no value came, and begins anew.
    pub fn finish(&mut self, pooled: &mut [f32]) {
        if self.pooling == Pooling::Mean {
            for ((pooled, sum), count) in pooled.iter_mut().zip(&self.sums).zip(&self.counts) {
                *pooled = if *count == 0 { f32::NAN } else { (sum / f64::from(*count)) as f32 };
            }
        } else {
            pooled.copy_from_slice(&self.extremes);
        }
        self.clear();
    }

    /// Forgets what came.
    pub fn clear(&mut self) {
        self.extremes.fill(f32::NAN);
        self.sums.fill(0.0);
        self.counts.fill(0);
    }
}

/// Element by element, without a branch. A maximum is one instruction; a choice that is stored where it was read from becomes
/// a store of some elements only, which takes seven times as long.
#[inline(always)]
fn take((pool, frame): (&mut Pool, &[f32])) {
    match pool.pooling {
        Pooling::Max => {
            for (kept, &x) in pool.extremes.iter_mut().zip(frame) {
                *kept = kept.max(x);
            }
        }
        Pooling::Furthest => {
            for (kept, &x) in pool.extremes.iter_mut().zip(frame) {
                *kept = if x.abs() > kept.abs() || kept.is_nan() { x } else { *kept };
            }
        }
        Pooling::Mean => {
            for ((sum, count), &x) in pool.sums.iter_mut().zip(&mut pool.counts).zip(frame) {
                let counts = !x.is_nan();
                *sum += if counts { f64::from(x) } else { 0.0 };
                *count += u32::from(counts);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pooling: Pooling, frames: &[[f32; 3]], expected: [f32; 3]) {
        let mut pool = Pool::new(3, pooling);
        let mut pooled = [0.0; 3];
        // What came before leaves nothing behind.
        for _ in 0..2 {
            frames.iter().for_each(|frame| pool.process(frame));
            pool.finish(&mut pooled);
            let same = pooled.iter().zip(&expected).all(|(a, b)| a == b || a.is_nan() && b.is_nan());
            assert!(same, "{pooling:?}: expected {expected:?}, got {pooled:?}");
        }
    }

    #[test]
    fn each_element_for_itself() {
        let frames = [[1.0, -5.0, f32::NAN], [2.0, 4.0, f32::NEG_INFINITY], [-6.0, 4.0, f32::NAN]];
        check(Pooling::Max, &frames, [2.0, 4.0, f32::NEG_INFINITY]);
        check(Pooling::Furthest, &frames, [-6.0, -5.0, f32::NEG_INFINITY]);
        check(Pooling::Mean, &frames, [-1.0, 1.0, f32::NEG_INFINITY]);
        for pooling in [Pooling::Max, Pooling::Furthest, Pooling::Mean] {
            check(pooling, &[], [f32::NAN; 3]);
            check(pooling, &[[0.5, -0.5, f32::NAN]], [0.5, -0.5, f32::NAN]);
        }
    }
}
