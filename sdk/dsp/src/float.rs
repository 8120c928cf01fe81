//! The sample types kernels work on.

use crate::log::Unit;

/// A sample type, `f32` or `f64`; kernels are generic over it.
///
/// Arithmetic inside a kernel is f64 unless its page says otherwise, whatever comes in and goes out: that is what the
/// tools that `auricle` is compared with do (librosa transforms float32 audio in float64), and quiet bins keep their
/// digits through a logarithm only that way.
pub trait Float: rustfft::FftNum + Default + PartialOrd + Into<f64> + bytemuck::Pod + sealed::Sealed {
    /// The nearest value of this type.
    fn from_real(value: f64) -> Self;

    /// The square root.
    fn sqrt(self) -> Self;

    /// The logarithm of a normal positive number, in a unit.
    #[doc(hidden)]
    fn log(self, unit: &Unit) -> Self;

    /// The nearest value of another sample type.
    #[inline(always)]
    fn cast<T: Float>(self) -> T {
        T::from_real(self.into())
    }
}

impl Float for f32 {
    #[inline(always)]
    fn from_real(value: f64) -> Self {
        value as f32
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        f32::sqrt(self)
    }

    #[inline(always)]
    fn log(self, unit: &Unit) -> Self {
        unit.of_f32(self)
    }
}

impl Float for f64 {
    #[inline(always)]
    fn from_real(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn sqrt(self) -> Self {
        f64::sqrt(self)
    }

    #[inline(always)]
    fn log(self, unit: &Unit) -> Self {
        unit.of_f64(self)
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}
