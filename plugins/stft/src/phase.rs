//! `spectrum.phase`: phase of complex bins.
//!
//! Shape: any complex tensor to a real one of the same shape; float32 of complex64, float64 of complex128.
//! Unlike its siblings it is no level: radians.

use auricle_sdk::prelude::*;

use crate::reading::{BINS, REAL, Reading};

/// What it reads.
pub struct Phase;

impl Reading for Phase {
    const DESCRIPTOR: Descriptor = Descriptor::new("spectrum.phase", "Phase of complex bins")
        .doc("arg X of every bin in radians, -pi to pi, as numpy.angle; 0 where a bin is 0.")
        .source("numpy 2.4")
        .inputs(BINS)
        .outputs(&[Port::tensor("phase").dtypes(REAL).doc("One number a bin.")]);
    const QUANTITY: (&'static str, &'static str) = ("phase", "rad");

    fn read(re: f64, im: f64) -> f64 {
        im.atan2(re)
    }
}
