//! Sound changed for the ear.
//!
//! | stage | it makes |
//! |---|---|
//! | `effect.stretch` | the same sound faster or slower, at its own pitch |
#![forbid(unsafe_code)]

mod stretch;

use auricle_sdk::prelude::*;
use stretch::Stretch;

export_plugin!(Stretch);
