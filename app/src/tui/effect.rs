//! What is to be done after an action: the only ways in which the screen reaches the rest of the world.

use super::ask::Ask;
use super::export::Export;
use super::offer::Wanted;
use super::recording::Record;
use super::region::Request;
use super::sound::Hear;
use super::study::Place;
use super::target::Target;
use auricle_annotation::Annotation;
use auricle_engine::Edit;
use auricle_sdk::Value;
use std::ops::Range;
use std::path::PathBuf;

/// Something that the main loop does.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Changes the session, then plans it again.
    Apply {
        /// The change.
        edit: Edit,
        /// What it is called in the history; none: what it does.
        name: Option<String>,
        /// Why.
        reason: Reason,
    },
    /// Lists what can be put into the session.
    Offer(Wanted),
    /// Removes a stage; what feeds it feeds those that it fed.
    Remove(String),
    /// Adds a stage like another.
    Duplicate(String),
    /// Makes the shell line that does what the session does.
    ShellLine,
    /// Gives the terminal's clipboard a text.
    Copy(String),
    /// Takes over changes that were kept from an earlier time: the session's text with them.
    Recover(String),
    /// Forgets changes that were kept from an earlier time.
    Discard,
    /// Plans again, because something else is wanted beside the session.
    Replan,
    /// Makes extremes for the lane of this number.
    Wave(u32, Request),
    /// Makes columns of frames for the lane of this number.
    Grid(u32, Request),
    /// Reads a table.
    Table {
        /// Number of the request.
        ticket: u64,
        /// Which table.
        target: Target,
    },
    /// Finds out how long an output is.
    Measure(Target),
    /// Measures peak and loudness of an output.
    Loudness(Target),
    /// Reads what lies at the cursor.
    Read(Place),
    /// Measures the selection.
    Survey(Place),
    /// Makes the overviews of these outputs, in this order, and no others.
    Overviews(Vec<Target>),
    /// Finds where a waveform crosses zero nearest to two times.
    Cross {
        /// The waveform.
        wave: Target,
        /// The one time.
        start: f64,
        /// The other.
        end: f64,
    },
    /// Reads labels from a file.
    ReadLabels(PathBuf),
    /// Writes labels to a file.
    WriteLabels {
        /// Where to.
        path: PathBuf,
        /// The labels.
        annotation: Annotation,
        /// In which format.
        format: auricle_annotation::Format,
        /// May it replace a file?
        overwrite: bool,
    },
    /// Writes an output to a file.
    WriteOutput {
        /// The stage.
        stage: String,
        /// Its output.
        source: String,
        /// Which stretch of it, in seconds; none: all.
        range: Option<Range<f64>>,
        /// The stage that writes.
        writer: &'static str,
        /// Where to.
        path: PathBuf,
        /// May it replace a file?
        overwrite: bool,
        /// The question that is asked again where there is one; none: that of an export.
        ask: Option<Ask>,
    },
    /// Stops what is being computed for the lanes.
    Stop,
    /// Plays an output, from a time in seconds or on from where it was held.
    Play {
        /// What to play.
        target: Target,
        /// From where.
        from: Option<f64>,
    },
    /// Holds the sound.
    Pause,
    /// Goes to a time in seconds, playing or not.
    Seek {
        /// What would be played.
        target: Target,
        /// Where to.
        to: f64,
    },
    /// Listens otherwise.
    Hear(Hear),
    /// Hears and records.
    Record(Record),
    /// Writes the session.
    Save {
        /// Where to; its own file if there is none.
        path: Option<PathBuf>,
        /// May it replace a file that is not the session's own?
        overwrite: bool,
        /// What is remembered of the view.
        view: Vec<(String, Value)>,
        /// Quit once it is saved?
        quit: bool,
    },
    /// Draws the lanes in sight into a file.
    Export {
        /// The file.
        path: PathBuf,
        /// May it replace a file?
        overwrite: bool,
        /// What is drawn.
        export: Export,
    },
    /// Opens a sound file or a session.
    Open(PathBuf),
    /// Opens the session beside another, as A and B.
    Beside(PathBuf),
    /// Opens the bundled recordings.
    Demo,
    /// Lists what a directory holds that can be opened.
    List(PathBuf),
    /// Hands the terminal back to the shell until it returns.
    Suspend,
    /// Draws everything anew.
    Redraw,
    /// Leaves.
    Quit,
}

/// Why a session is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Because the user changed something.
    Edit,
    /// To take the last change back.
    Undo,
    /// To make it again.
    Redo,
}
