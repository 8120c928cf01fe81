//! Speech by Flite, whose library is opened when a stage needs it.
//!
//! | stage | it makes |
//! |---|---|
//! | `tts.flite` | speech of one language, English, and when each text, word and phoneme is heard |

#![deny(unsafe_code)]

mod ffi;
mod voice;

use auricle_sdk::prelude::*;

export_plugin!(auricle_spoken::Speaking<voice::Flite>);
