//! Stages that measure audio: levels, loudness, what is wrong with it, and overviews to draw.
//!
//! All of them read any type of samples, as fractions of full scale, and pass over the signal once in bounded memory.
#![deny(unsafe_code)]

mod bandwidth;
mod findings;
mod finished;
mod level;
mod loudness;
mod meter;
mod rail;
mod samples;
mod silence;
mod snr;
mod spectrum;
mod wave;

use auricle_sdk::prelude::*;
use findings::Findings;
use level::LevelMeter;
use loudness::LoudnessMeter;
use meter::Metered;
use snr::SnrMeter;
use spectrum::Spectrum;
use wave::Wave;

export_plugin!(Metered<LevelMeter>, Metered<LoudnessMeter>, Metered<Findings>, Metered<SnrMeter>, Wave, Spectrum);
