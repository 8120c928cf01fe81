//! What happens to the screen: keys, answers of the engine, news of the sound.

use super::ask::Ask;
use super::browser::Listing;
use super::effect::Reason;
use super::graphics::Graphics;
use super::key::Key;
use super::live::Live;
use super::loudness::Loudness;
use super::offer::Offers;
use super::overview::Covered;
use super::pipeline::Pipeline;
use super::pool::{GridColumn, WaveColumn};
use super::recording::Recording;
use super::records::Found;
use super::sound::Sound;
use super::state::{Length, Step, Tone};
use super::study::{Reading, Subject, Survey};
use super::watch::Change;
use auricle_engine::Plan;
use auricle_sdk::Value;
use std::path::PathBuf;
use std::sync::Arc;

/// Something that happened.
#[derive(Debug)]
pub enum Event {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The mouse was used at a cell.
    Mouse(Mouse),
    /// The terminal's background has this colour.
    Background([u8; 3]),
    /// The terminal shows pictures of pixels this way, or does not.
    Graphics(Option<Graphics>),
    /// The terminal has another size.
    Resize(u16, u16),
    /// A signal asks the program to end.
    Signal(i32),
    /// A session was opened, which remembers this of its view; it is planned next.
    Opened(Box<Pipeline>, Vec<(String, Value)>),
    /// What was to be opened cannot be.
    NotOpened(String),
    /// The session was planned, or what its plan lacks is known.
    Planned {
        /// The number of the plan; older ones come too late.
        revision: u64,
        /// The session as it is now.
        pipeline: Box<Pipeline>,
        /// What can be evaluated, if it can.
        plan: Option<Arc<Plan>>,
    },
    /// The session was changed.
    Applied {
        /// What takes the change back, and what the change is called.
        inverse: Step,
        /// Why it was changed.
        reason: Reason,
        /// Its stages now, not planned yet.
        pipeline: Box<Pipeline>,
    },
    /// The session could not be changed.
    Refused(String),
    /// Columns of extremes, for the lane that waits for this number.
    Wave(u64, Vec<(i64, WaveColumn)>),
    /// Columns of frames.
    Grid(u64, Vec<(i64, GridColumn)>),
    /// A table: names of the columns and rows, and when each row is.
    Table(u64, Found),
    /// The request of this number is done, or failed.
    Filled(u64, Option<String>),
    /// An output's length is known.
    Length {
        /// Signature of the stage.
        signature: u64,
        /// Index of the output.
        output: usize,
        /// Entries, or why nobody knows.
        length: Length,
    },
    /// What lies at the cursor.
    Read(Subject, Reading),
    /// The selection was measured.
    Surveyed(Subject, Survey),
    /// An overview has come so far.
    Overview(Covered),
    /// Inputs have changed.
    Files(Vec<Change>),
    /// Peak and loudness of an output were measured.
    Loudness(Loudness),
    /// What the microphone heard.
    Heard(Box<Recording>),
    /// What the sound does.
    Sound(Sound),
    /// The session was saved there; was that before quitting?
    Saved(PathBuf, bool),
    /// The session would replace a file there; was that before quitting?
    Exists(PathBuf, bool),
    /// The session could not be saved.
    NotSaved(String),
    /// The lanes in sight are drawn there, but for those of these names; or why not.
    Exported(Result<(PathBuf, Vec<String>), String>),
    /// There is a file already into which they would be drawn.
    ExportExists(PathBuf),
    /// What can be put into the session.
    Offered(Offers),
    /// A list's offer of this index was tried: does the session still plan with it?
    Tried {
        /// The list's number.
        ticket: u64,
        /// The index.
        index: usize,
        /// What the plan says.
        outcome: Result<(), String>,
    },
    /// All offers of the list of this number were tried.
    AllTried(u64),
    /// Where a waveform crosses zero nearest to two times, and those times.
    Crossed((f64, f64), Result<(f64, f64), String>),
    /// Labels were read from a file of this name.
    LabelsRead(String, Result<auricle_annotation::Read, String>),
    /// A file was written, or not: what is said of it.
    Written(Result<(String, Tone), String>),
    /// A file that was asked for is there already.
    Taken(Ask, PathBuf),
    /// Lines to read and copy: a title and the text.
    Told(String, String),
    /// Changes of an earlier time were never saved: the session's text with them.
    Unsaved(String),
    /// A directory was read.
    Listed(Listing),
    /// The session runs on what is heard: its stages with the formats that they have so.
    LiveBegan(Box<Pipeline>, Live),
    /// More of it has come.
    LiveNews {
        /// How it goes.
        told: Live,
        /// Entries of outputs, by stage of the plan and output.
        lengths: Vec<((usize, usize), i64)>,
        /// The outputs of which there is more.
        changed: Vec<(usize, usize)>,
    },
    /// The terminal is ours again.
    Resumed,
}

/// What the mouse did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mouse {
    /// Column of the screen.
    pub x: u16,
    /// Row of the screen.
    pub y: u16,
    /// What it did there.
    pub gesture: Gesture,
}

/// What a mouse does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gesture {
    /// The button was pressed.
    Press,
    /// The other button was pressed.
    Menu,
    /// The button was pressed twice in one place.
    Double,
    /// The mouse moved with the button held down.
    Drag,
    /// The button was let go.
    Release,
    /// The mouse moved.
    Move,
    /// The wheel turned, down or up.
    Wheel(i8),
    /// The wheel turned with Control held down.
    Zoom(i8),
}
