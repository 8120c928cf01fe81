//! `spectrum.magnitude`: magnitude of complex bins.
//!
//! Shape: any complex tensor to a real one of the same shape; float32 of complex64, float64 of complex128.
//! Unlike `spectrum.power` it is an amplitude, so `db.amplitude` makes levels of it.

use auricle_sdk::prelude::*;

use crate::reading::{BINS, REAL, Reading};

/// What it reads.
pub struct Magnitude;

impl Reading for Magnitude {
    const DESCRIPTOR: Descriptor = Descriptor::new("spectrum.magnitude", "Magnitude of complex bins")
        .doc("|X| of every bin, as numpy.abs.")
        .source("numpy 2.4")
        .inputs(BINS)
        .outputs(&[Port::tensor("magnitude").dtypes(REAL).doc("One number a bin.")]);
    const QUANTITY: (&'static str, &'static str) = ("amplitude", "");

    fn read(re: f64, im: f64) -> f64 {
        re.hypot(im)
    }
}
