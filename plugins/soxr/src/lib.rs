//! What needs libsoxr: `resample.soxr`; `read.librosa`, which is libsndfile's reading and soxr's resampling; `cqt.librosa`, and of
//! `chroma.librosa` the kinds that begin with it, which halve rates.
//!
//! The library is the system's, opened when a stage first needs it: it is under the LGPL, building needs no headers, and
//! where it is missing the stages are still listed and say what to install.

#![deny(unsafe_code)]

mod chroma;
mod convert;
mod cqt;
mod ffi;
mod librosa;
mod mono;
mod octaves;
mod resample;
mod survey;

use auricle_sdk::prelude::*;

export_plugin!(
    Source<librosa::LibrosaReader>,
    resample::Resample,
    Precision<cqt::CqtStage<f32>, cqt::CqtStage<f64>>,
    Precision<chroma::ChromaStage<f32>, chroma::ChromaStage<f64>>,
);

#[cfg(test)]
mod table;
