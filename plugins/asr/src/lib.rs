//! Speech to text.
//!
//! | stage | it makes |
//! |---|---|
//! | `asr.listen` | the same while it is said |
//! | `asr.whisper` | what was said, when, and how sure the model is |

mod weights;
mod whisper;

use auricle_sdk::prelude::*;

export_plugin!(whisper::Listen, whisper::Whisper);
