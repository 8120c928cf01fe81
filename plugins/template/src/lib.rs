//! The plugin to copy: one stage, `effect.gain`.
#![forbid(unsafe_code)]

mod gain;

use auricle_sdk::prelude::*;
use gain::Gain;

export_plugin!(Map<Gain>);

// What `auricle plugin new` begins the other kinds of stages with. They are no part of this plugin;
// its tests run theirs.
#[cfg(test)]
mod distance;
#[cfg(test)]
mod echo;
#[cfg(test)]
mod level;
#[cfg(test)]
mod loud;
#[cfg(test)]
mod pcm;
#[cfg(test)]
mod raw;
#[cfg(test)]
mod tone;
