//! Loops compiled for the vector instructions of the CPU that runs them.
//!
//! Nothing but their width depends on the CPU: products and sums are not fused, and what is summed in which order is
//! written out, so results are the same bits on all of them.

use pulp::{Arch, NullaryFnOnce};

/// Calls `kernel`, a function that is `inline(always)` itself and calls only such in its loops, where the compiler may use
/// every instruction of `arch`.
#[inline(always)]
pub(crate) fn run<A, R>(arch: Arch, arguments: A, kernel: impl FnOnce(A) -> R) -> R {
    arch.dispatch(Call(arguments, kernel))
}

struct Call<A, F>(A, F);

impl<A, R, F: FnOnce(A) -> R> NullaryFnOnce for Call<A, F> {
    type Output = R;

    #[inline(always)]
    fn call(self) -> R {
        (self.1)(self.0)
    }
}

/// Sums that are added up side by side.
const LANES: usize = 8;

/// The sum of `of` each value.
#[inline(always)]
pub(crate) fn sum<V: Copy>(values: &[V], of: impl Fn(V) -> f64) -> f64 {
    let mut sums = [0.0; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += of(*value);
        }
    }
    for (sum, value) in sums.iter_mut().zip(rest) {
        *sum += of(*value);
    }
    sums.iter().sum()
}
