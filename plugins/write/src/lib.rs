//! Stages that write what flows into them to a file of the run.
//!
//! Every writer streams: its memory does not grow with the length of its input. The file appears under its name when
//! the run has succeeded.
#![deny(unsafe_code)]

mod layout;
mod npy;
mod png;
mod wav;

use auricle_sdk::prelude::*;
use npy::Npy;
use png::Png;
use wav::Wav;

export_plugin!(Sink<Npy>, Sink<Png>, Sink<Wav>);
