//! Editing that touches no file: each edit is a stage, and replaying the session gives the edited sound.
//!
//! All work on the region from `start_s` to `end_s`: the samples from round(start_s · rate) up to, not with,
//! round(end_s · rate); halves away from 0. What lies outside of the audio is no part of it.
//!
//! | stage | it makes |
//! |---|---|
//! | `edit.cut` | what lies outside of the region, joined |
//! | `edit.trim` | the region alone |
//! | `edit.silence` | zeros in the region |
//! | `edit.gain` | the region louder or softer |
//! | `edit.fade` | the region rising from silence, or falling to it |
//! | `edit.normalize` | the region at a peak, an RMS or a loudness |
//! | `edit.reverse` | the region backwards |
//! | `edit.insert` | another sound put between, what follows later |
//! | `edit.paste` | another sound in place of the region |
#![forbid(unsafe_code)]

mod cut;
mod edited;
mod fade;
mod gain;
mod insert;
mod normalize;
mod paste;
mod pieces;
mod region;
mod reverse;
mod silence;
mod trim;

use auricle_sdk::prelude::*;
use cut::Cut;
use edited::Edited;
use fade::Fade;
use gain::Gain;
use insert::Insert;
use normalize::Normalize;
use paste::Paste;
use reverse::Reverse;
use silence::Silence;
use trim::Trim;

export_plugin!(
    Edited<Cut>,
    Edited<Fade>,
    Edited<Gain>,
    Edited<Insert>,
    Normalize,
    Edited<Paste>,
    Edited<Reverse>,
    Edited<Silence>,
    Edited<Trim>
);
