//! One number of each complex bin: the mechanism of `spectrum.magnitude`, `spectrum.power` and `spectrum.phase`.

use std::marker::PhantomData;

use auricle_dsp::Float;
use auricle_sdk::format::Data;
use auricle_sdk::{Real, prelude::*};

/// What is read off a bin.
pub trait Reading: Sized + Send + 'static {
    /// What its stage says about itself.
    const DESCRIPTOR: Descriptor;
    /// Quantity and unit of the numbers.
    const QUANTITY: (&'static str, &'static str);

    /// The number.
    fn read(re: f64, im: f64) -> f64;
}

/// A reading, for bins of one precision.
pub struct Read<R, T>(PhantomData<fn() -> (R, T)>);

/// The stage of a reading: float32 of complex64, float64 of complex128.
pub type Stage<R> = Precision<Map<Read<R, f32>>, Map<Read<R, f64>>>;

/// What goes in.
pub const BINS: &[Port] = &[Port::tensor("bins").dtypes(&[DType::C64, DType::C128]).doc("Complex bins.")];

/// What comes out, of either type.
pub const REAL: &[DType] = &[DType::F32, DType::F64];

impl<R: Reading, T: Real + Float> PerSample for Read<R, T>
where
    Complex<T>: Element,
{
    const DESCRIPTOR: Descriptor = R::DESCRIPTOR;
    type In = Complex<T>;
    type Out = T;

    fn new(_: &Setup) -> Result<Self> {
        Ok(Read(PhantomData))
    }

    fn output(&self, input: &Format) -> Format {
        let mut format = input.clone();
        if let Data::Tensor(tensor) = &mut format.data {
            let (quantity, unit) = R::QUANTITY;
            (tensor.dtype, tensor.quantity, tensor.unit) = (T::DTYPE, quantity.into(), unit.into());
            // A level follows from the window's sum, a phase does not.
            tensor.coherent_gain = tensor.coherent_gain.filter(|_| unit.is_empty());
        }
        format
    }

    fn map(&mut self, input: &[Complex<T>], output: &mut [T]) {
        for (y, x) in output.iter_mut().zip(input) {
            *y = <T as Float>::from_real(R::read(x.re.into(), x.im.into()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{magnitude::Magnitude, phase::Phase, power::Power};
    use auricle_sdk::testing::Bench;

    #[track_caller]
    fn check<R: Reading>(expected: [f32; 3]) {
        let tensor = Tensor::new::<Complex<f32>>(vec![Axis::frames(Some(1)), Axis::bins(3, 100.0)], "complex");
        let format = Format::tensor(tensor, Clock::samples(600), Some(1), "bin,frame");
        let bins = [Complex::new(3.0f32, 4.0), Complex::new(0.0, -2.0), Complex::new(0.0, 0.0)];
        let bench = Bench::<Stage<R>>::new().tensor(format, &bins);
        assert_eq!(bench.run().expect("runs").tensor::<f32>(0).expect("a tensor"), expected);
        bench.conforms();
    }

    #[test]
    fn each_bin_on_its_own() {
        check::<Magnitude>([5.0, 2.0, 0.0]);
        check::<Power>([25.0, 4.0, 0.0]);
        check::<Phase>([(4.0f32 / 3.0).atan(), -std::f32::consts::FRAC_PI_2, 0.0]);
    }
}
