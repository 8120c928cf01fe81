//! What can be done to the sound itself, and what was copied of it.

use super::ask::Measure;
use auricle_annotation::Label;
use std::ops::Range;

/// What a person asks of the sound itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Alter {
    /// Takes the selection out and keeps it to be put in elsewhere.
    Cut,
    /// Keeps the selection to be put in elsewhere.
    Copy,
    /// Puts what was kept in at the cursor, or in place of the selection.
    Paste,
    /// Keeps only the selection.
    Trim,
    /// Silences the selection.
    Silence,
    /// Lets it rise from silence.
    FadeIn,
    /// Lets it fall to silence.
    FadeOut,
    /// Asks how much louder it is to be.
    Gain,
    /// Asks for the level that it is to have.
    Level(Measure),
    /// Turns it round.
    Reverse,
    /// Lists all of these.
    List,
    /// Asks for a file to write the sound to.
    Export,
}

/// What was kept: an output of a stage, and which stretch of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    /// The stage, and its output if that is not the first.
    pub source: String,
    /// Seconds.
    pub range: Range<f64>,
    /// The labels of that stretch, from its beginning on, each with the stage that held it.
    pub labels: Vec<(String, Label)>,
}
