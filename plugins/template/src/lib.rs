//! The plugin to copy: one stage, `effect.gain`.
#![forbid(unsafe_code)]

mod gain;

use auricle_sdk::prelude::*;
use gain::Gain;

export_plugin!(Map<Gain>);
