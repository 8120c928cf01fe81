//! How far audio, spectra and bands are apart, in numbers and as tensors.
//!
//! | stage | it measures |
//! |---|---|
//! | `compare.error` | a candidate against a reference: l1, mse, max_abs, relative, cosine; per band and per frame |
//! | `compare.matrix` | every pair of any number of inputs: the same figures, shapes, types, ranges, best offset |

mod error;
mod figures;
mod lane;
mod matrix;
mod outputs;
mod pairing;

use auricle_sdk::prelude::*;
use error::Differences;
use matrix::Matrix;

export_plugin!(Compare<Differences>, Matrix);
