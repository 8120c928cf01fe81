//! Resampling by libsoxr: `resample.soxr`, and `read.librosa`, which is libsndfile's reading and soxr's resampling.
//!
//! The library is the system's, opened when a stage first needs it: it is under the LGPL, building needs no headers, and
//! where it is missing the stages are still listed and say what to install.

#![deny(unsafe_code)]

mod convert;
mod ffi;
mod librosa;
mod mono;
mod resample;

use auricle_sdk::prelude::*;

export_plugin!(Source<librosa::LibrosaReader>, resample::Resample);

#[cfg(test)]
mod table;
