//! Speech without models.
//!
//! | stage | it makes |
//! |---|---|
//! | `text.normalize` | texts alike in case, punctuation and spaces |
//! | `vad.energy` | where something is to be heard |

mod energy;
mod normalize;

use auricle_sdk::prelude::*;

export_plugin!(energy::Energy, normalize::Normalize);
