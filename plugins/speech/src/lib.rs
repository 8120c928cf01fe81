//! Speech without models.
//!
//! | stage | it makes |
//! |---|---|
//! | `diarize.cluster` | who speaks when, of vectors of voices |
//! | `text.normalize` | texts alike in case, punctuation and spaces |
//! | `vad.earshot` | where somebody speaks, as the sound comes |
//! | `vad.energy` | where something is to be heard |

mod cluster;
mod earshot;
mod energy;
mod normalize;
mod stretch;

use auricle_sdk::prelude::*;

export_plugin!(cluster::Cluster, earshot::Earshot, energy::Energy, normalize::Normalize);
