//! Readers: `read.audio`, auricle's own, and `read.scipy`, which gives what scipy gives.
//!
//! What is inside a file is found by `auricle-decode`; a reader only says in which form it leaves.

#![deny(unsafe_code)]

mod audio;
mod scipy;
mod wavfile;

use auricle_sdk::prelude::*;

export_plugin!(Source<audio::AudioReader>, Source<scipy::ScipyReader>);

#[cfg(test)]
mod table;
