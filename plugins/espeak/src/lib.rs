//! Speech and phonemes by eSpeak NG, whose library is opened when a stage needs it.
//!
//! | stage | it makes |
//! |---|---|
//! | `tts.espeak` | speech, and when each text, word and phoneme is heard |
//! | `text.phonemes` | texts in the phonemes of the IPA, which voices with a model take |
//!
//! The library is under the GPL, version 3 or later. Nothing of it is in this plugin, which calls it where it is installed; whoever
//! gives away both together does so under the GPL's terms. What does without it is in other plugins (`tts.flite`).

#![deny(unsafe_code)]

mod copy;
mod ffi;
mod language;
mod phonemes;
mod voice;

use auricle_sdk::prelude::*;

export_plugin!(auricle_spoken::Speaking<voice::Espeak>, phonemes::Phonemes);
