//! Stages that write what flows into them to a file of the run.
//!
//! Every writer streams: its memory does not grow with the length of its input. The file appears under its name when
//! the run has succeeded.
#![deny(unsafe_code)]

mod csv;
mod flac;
mod json;
mod layout;
mod npy;
mod npz;
mod picture;
mod table;
mod wav;

use auricle_sdk::prelude::*;
use csv::Csv;
use flac::Flac;
use json::JsonRows;
use npy::Npy;
use npz::Npz;
use picture::{Png, Svg};
use wav::Wav;

export_plugin!(Sink<Csv>, Sink<Flac>, Sink<JsonRows>, Sink<Npy>, Sink<Npz>, Sink<Png>, Sink<Svg>, Sink<Wav>);
