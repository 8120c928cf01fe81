//! What the stages that speak have in common: where the texts come from, the pauses between them, and the tables that say
//! what is heard when. A family of voices implements [`Voice`]; [`Speaking`] makes a stage of it.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod ports;
mod speaking;
mod texts;

pub use ports::{AUDIO, PAUSE, PHONEMES, SPOKEN, TEXT, TEXTS, WORDS};
pub use speaking::Speaking;
pub use texts::Texts;

use auricle_sdk::prelude::*;
use auricle_sdk::{Host, Result};
use std::ops::Range;

/// A stretch of speech: which samples, and what they say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Samples of the text's speech.
    pub at: Range<usize>,
    /// A word as it is written, or a phoneme.
    pub what: String,
}

/// A text, spoken.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spoken {
    /// One channel.
    pub samples: Vec<f32>,
    /// The words in order.
    pub words: Vec<Said>,
    /// The phonemes in order, without pauses.
    pub phonemes: Vec<Said>,
    /// The whole text in phonemes, with stress and punctuation where the voice knows them.
    pub transcription: String,
}

/// A voice: what turns one text into sound, always the same for the same text, whatever was said before.
pub trait Voice: Sized + Send + 'static {
    /// What the stage says about itself, with the ports and parameters of this crate among its own.
    const DESCRIPTOR: Descriptor;

    /// The voice that the parameters ask for.
    ///
    /// # Errors
    /// Its library is missing, or has no such voice.
    fn new(setup: &Setup) -> Result<Self>;

    /// Rate of the speech in Hz.
    fn sample_rate(&self) -> u32;

    /// What speaks, with its version: a finding of the run.
    ///
    /// # Errors
    /// Its library does not say.
    fn made_by(&self) -> Result<String>;

    /// Speaks one text.
    ///
    /// # Errors
    /// It cannot be spoken, or the host asks to stop.
    fn speak(&mut self, text: &str, host: &Host) -> Result<Spoken>;
}
