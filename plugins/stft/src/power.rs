//! `spectrum.power`: squared magnitude of complex bins.
//!
//! Shape: any complex tensor to a real one of the same shape; float32 of complex64, float64 of complex128.
//! Unlike `spectrum.magnitude` it is squared.

use auricle_sdk::prelude::*;

use crate::reading::{BINS, REAL, Reading};

/// What it reads.
pub struct Power;

impl Reading for Power {
    const DESCRIPTOR: Descriptor = Descriptor::new("spectrum.power", "Squared magnitude of complex bins")
        .doc("|X|^2 of every bin: numpy.abs(X) ** 2. A quantity of power, so db.power makes levels of it.")
        .source("numpy 2.4")
        .inputs(BINS)
        .outputs(&[Port::tensor("power").dtypes(REAL).doc("One number a bin.")]);
    const QUANTITY: (&'static str, &'static str) = ("power", "");

    fn read(re: f64, im: f64) -> f64 {
        re * re + im * im
    }
}
