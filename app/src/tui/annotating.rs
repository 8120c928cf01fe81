//! What a person asks of labels, and what is being done with them.

use super::field::Field;
use auricle_annotation::Label;

/// What a person asks of labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Annotate {
    /// Makes a label of the selection or at the cursor, and asks for its text.
    Make,
    /// Leaves a point where it plays, or at the cursor.
    Drop,
    /// Chooses the next label of the tier, or the one before.
    Turn(i8),
    /// Chooses a label of the tier below, or above.
    Level(i8),
    /// Plays the label.
    Play,
    /// Asks for its text.
    Type,
    /// Deletes it.
    Delete,
    /// Lets it begin at the cursor.
    StartHere,
    /// Lets it end at the cursor.
    EndHere,
    /// Lets it begin so many frames later.
    Start(i8),
    /// Lets it end so many frames later.
    End(i8),
    /// Moves it by so many frames.
    Shift(i8),
    /// Moves its edges to where the waveform crosses zero.
    Cross,
    /// Makes two of it at the cursor.
    Split,
    /// Makes one of it and the next one.
    Join,
    /// Asks for the tier that it belongs to.
    Tier,
    /// Gives it the text of a key.
    Tag(u8),
    /// Lists all labels to search and go to.
    Find,
    /// Asks for a file of labels to take in.
    Import,
    /// Asks for a file to write the labels to.
    Export,
}

/// What is being done with labels.
#[derive(Clone, Debug, Default)]
pub struct Annotating {
    /// The chosen label: its place in the list.
    pub chosen: Option<usize>,
    /// The text that is being typed.
    pub typing: Option<Typing>,
    /// The label that the mouse holds.
    pub held: Option<Held>,
    /// Stages whose labels had a lane already.
    pub known: Vec<String>,
    /// What is to be done once the labels are taken over, with the chosen one as it was.
    pub next: Option<(Annotate, Option<Label>)>,
    /// Something is being read that labels wait for.
    pub is_waiting: bool,
}

/// A text that is being typed.
#[derive(Clone, Debug)]
pub struct Typing {
    /// The text.
    pub field: Field,
    /// The label that it is for.
    pub label: Label,
    /// Its place in the list; none: it is made once the text is.
    pub place: Option<usize>,
}

/// A label that the mouse holds.
#[derive(Clone, Debug)]
pub struct Held {
    /// Its place in the list.
    pub place: usize,
    /// What of it.
    pub grip: Grip,
    /// Where the mouse took it, in seconds.
    pub from: f64,
    /// As the list would have it.
    pub labels: Vec<Label>,
    /// Its place in that list.
    pub at: usize,
}

/// What of a label is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grip {
    /// Where it begins.
    Start,
    /// Where it ends.
    End,
    /// All of it.
    Whole,
}
