//! Loops compiled for the vector instructions of the CPU that runs them.
//!
//! Nothing but their width depends on the CPU: products and sums are not fused, and what is summed in which order is
//! written out, so results are the same bits on all of them.

use pulp::{Arch, NullaryFnOnce};

/// Calls `kernel`, a function that is `inline(always)` itself and calls only such in its loops, where the compiler may use
/// every instruction of `arch`. A large kernel is given to `Arch::dispatch` as a type of its own, whose method is
/// `inline(always)`: what calls a function that is passed is inlined only while it is small.
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

/// Values that go through [`narrowed`] together: they stay in the first cache.
const BLOCK: usize = 512;

/// `of` each value once it has the type that goes out. Two loops: one that holds both types has only as many lanes as the
/// wider type has.
#[inline(always)]
pub(crate) fn narrowed<S: Copy, O: Copy>(values: &[S], out: &mut [O], narrow: impl Fn(S) -> O, of: impl Fn(O) -> O) {
    for (values, out) in values.chunks(BLOCK).zip(out.chunks_mut(BLOCK)) {
        out.iter_mut().zip(values).for_each(|(out, value)| *out = narrow(*value));
        out.iter_mut().for_each(|out| *out = of(*out));
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
