//! `spectrum.phase`: phase of complex bins.
//!
//! Shape: any complex tensor to a real one of the same shape; float32 of complex64, float64 of complex128.
//! Unlike its siblings it is no level: radians.

use auricle_dsp::Float;
use auricle_sdk::format::Data;
use auricle_sdk::{Real, prelude::*};

/// The stage, for bins of one precision.
pub struct Phase<T>(std::marker::PhantomData<T>);

impl<T: Real + Float> PerSample for Phase<T>
where
    Complex<T>: Element,
{
    const DESCRIPTOR: Descriptor = Descriptor::new("spectrum.phase", "Phase of complex bins")
        .doc("arg X of every bin in radians, -pi to pi, as numpy.angle; 0 where a bin is 0.")
        .source("numpy 2.4")
        .inputs(&[Port::tensor("bins").dtypes(&[DType::C64, DType::C128]).doc("Complex bins.")])
        .outputs(&[Port::tensor("phase").dtypes(&[DType::F32, DType::F64]).doc("One number a bin.")]);
    type In = Complex<T>;
    type Out = T;

    fn new(_: &Setup) -> Result<Self> {
        Ok(Phase(std::marker::PhantomData))
    }

    fn output(&self, input: &Format) -> Format {
        let mut format = input.clone();
        if let Data::Tensor(tensor) = &mut format.data {
            tensor.dtype = T::DTYPE;
            tensor.quantity = "phase".into();
            tensor.unit = "rad".into();
            tensor.coherent_gain = None;
        }
        format
    }

    fn map(&mut self, input: &[Complex<T>], output: &mut [T]) {
        for (y, x) in output.iter_mut().zip(input) {
            let (re, im): (f64, f64) = (x.re.into(), x.im.into());
            *y = <T as Float>::from_real(im.atan2(re));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use auricle_sdk::testing::Bench;

    #[test]
    fn each_bin_on_its_own() {
        let tensor = Tensor::new::<Complex<f32>>(vec![Axis::frames(Some(1)), Axis::bins(3, 100.0)], "complex");
        let format = Format::tensor(tensor, Clock::samples(600), Some(1), "bin,frame");
        let bins = [Complex::new(3.0f32, 4.0), Complex::new(0.0, -2.0), Complex::new(0.0, 0.0)];
        let bench = Bench::<Map<Phase<f32>>>::new().tensor(format, &bins);
        assert_eq!(
            bench.run().expect("runs").tensor::<f32>(0).expect("a tensor"),
            [(4.0f32 / 3.0).atan(), -std::f32::consts::FRAC_PI_2, 0.0]
        );
        bench.conforms();
    }
}
