//! Stages that compute in the precision of their input.

use super::either::{Choose, Either};
use crate::descriptor::Descriptor;
use crate::dtype::DType;
use crate::error::Result;
use crate::stage::{Setup, Stage};
use std::marker::PhantomData;

/// Two builds of one stage: `D` for inputs of which the first is `float64`, `complex128` or an integer that `float32`
/// cannot hold, `S` for all others.
///
/// Tools that answer float64 with float64 are written once, generic over the number, and exported as
/// `Precision<Framed<MyStage<f32>>, Framed<MyStage<f64>>>`. Both builds have the same descriptor.
///
/// ```
/// use auricle_sdk::prelude::*;
/// use auricle_sdk::testing::Bench;
/// use auricle_sdk::Real;
///
/// /// Squares, in the precision of what comes.
/// struct Square<T>(std::marker::PhantomData<T>);
///
/// impl<T: Real + std::ops::Mul<Output = T>> PerSample for Square<T> {
///     const DESCRIPTOR: Descriptor = Descriptor::new("org.example.square", "Squares")
///         .inputs(&[Port::audio("audio").dtypes(&[DType::F32, DType::F64])])
///         .outputs(&[Port::audio("audio").dtypes(&[DType::F32, DType::F64])]);
///     type In = T;
///     type Out = T;
///
///     fn new(_: &Setup) -> Result<Self> {
///         Ok(Square(std::marker::PhantomData))
///     }
///
///     fn map(&mut self, input: &[T], output: &mut [T]) {
///         output.iter_mut().zip(input).for_each(|(y, &x)| *y = x * x);
///     }
/// }
///
/// type Squares = Precision<Map<Square<f32>>, Map<Square<f64>>>; // what is exported
///
/// let single = Bench::<Squares>::new().audio(8000, &[&[0.1f32]]);
/// let double = Bench::<Squares>::new().audio(8000, &[&[0.1f64]]);
/// assert_eq!(single.run()?.audio::<f32>(0)?, [[0.1f32 * 0.1]]);
/// assert_eq!(double.run()?.audio::<f64>(0)?, [[0.1f64 * 0.1]]);
/// # Ok::<(), Error>(())
/// ```
pub type Precision<S, D> = Either<ByPrecision<S, D>>;

/// The choice that [`Precision`] makes.
pub struct ByPrecision<S, D>(PhantomData<(S, D)>);

impl<S: Stage, D: Stage> Choose for ByPrecision<S, D> {
    const DESCRIPTOR: Descriptor = S::DESCRIPTOR;
    type First = S;
    type Second = D;

    fn first(setup: &Setup) -> Result<bool> {
        Ok(!matches!(setup.input(0)?.dtype(), Some(DType::I32 | DType::I64 | DType::F64 | DType::C128)))
    }
}
