//! Everything that is on the screen, as plain data.

use super::action::Focus;
use super::added::Sweep;
use super::alteration::Clip;
use super::annotating::Annotating;
use super::ask::Ask;
use super::browser::Listing;
use super::colour::Depth;
use super::columns::Columns;
use super::comparison::Comparison;
use super::field::Field;
use super::graphics::Graphics;
use super::keymap::Keymap;
use super::lane::{Kind, Lane, Look};
use super::lanes::Lanes;
use super::live::Live;
use super::loudness::Loudness;
use super::offer::Offers;
use super::overview::Covered;
use super::pipeline::{ParameterRow, Pipeline, StageRow};
use super::pool::{GridColumn, WaveColumn};
use super::recording::Recording;
use super::sound::{Listening, Sound};
use super::study::{Reading, Study, Survey};
use super::target::Target;
use super::theme::Theme;
use super::timeline::Timeline;
use auricle_engine::Edit;
use std::ops::Range;
use std::path::PathBuf;

/// The screen.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// What colours it has.
    pub depth: Depth,
    /// What roles look like.
    pub theme: Theme,
    /// Did the user name the theme? If not, the terminal's background decides.
    pub theme_is_named: bool,
    /// The colour of the terminal's background, if it tells.
    pub background: Option<[u8; 3]>,
    /// What pictures of pixels the terminal shows, if it does.
    pub graphics: Option<Graphics>,
    /// Which keys ask for what.
    pub keys: Keymap,
    /// The session's stages.
    pub pipeline: Pipeline,
    /// Is there a session? Without one the welcome screen is shown.
    pub is_open: bool,
    /// Something is being opened or planned.
    pub is_planning: bool,
    /// Are the lanes in sight being drawn into a file?
    pub is_exporting: bool,
    /// Can the session be evaluated as it is? If not, the lanes show what it was before.
    pub is_usable: bool,
    /// The row of the chosen stage.
    pub chosen: usize,
    /// What keys go to.
    pub focus: Focus,
    /// The form of the chosen stage.
    pub form: Form,
    /// Have the lanes all of the width, pipeline and parameters none?
    pub is_wide: bool,
    /// What is drawn over time.
    pub lanes: Lanes,
    /// The stretch of time in sight; none while nobody knows how long it all is.
    pub timeline: Option<Timeline>,
    /// The stretch of time that the session remembers, until it is known how long everything is.
    pub recalled: Option<(f64, f64)>,
    /// The time of the cursor in seconds.
    pub cursor: f64,
    /// What is marked, in seconds.
    pub selection: Option<Range<f64>>,
    /// Where the mouse button went down: the end of the selection that dragging leaves where it is.
    pub anchor: Option<f64>,
    /// The height of the cursor in the spectrogram, from 0 to 1.
    pub pitch: f64,
    /// What lies at the cursor.
    pub reading: Study<Reading>,
    /// What was measured of the selection.
    pub survey: Study<Survey>,
    /// Is the spectrum at the cursor shown?
    pub has_spectrum: bool,
    /// Where the mouse points in the lanes: a time, and a height from 0 to 1 if it is in a spectrogram.
    pub hover: Option<(f64, Option<f64>)>,
    /// The overviews of what the lanes show, as far as they have come.
    pub overviews: Vec<Covered>,
    /// Peak and loudness of what the waveform shows.
    pub loudness: Loudness,
    /// Do the inputs hold something else than is shown?
    pub is_stale: bool,
    /// The sound.
    pub sound: Sound,
    /// The input that the file is for which is being chosen; none: it is to be opened.
    pub relinked: Option<String>,
    /// Is the file that is being chosen another session, to compare this one with?
    pub is_for_b: bool,
    /// The stage to be chosen once the session is planned: one that was added.
    pub choose_next: Option<String>,
    /// What the microphone hears.
    pub recording: Recording,
    /// The session as it runs on that.
    pub live: Option<Live>,
    /// How it is listened to.
    pub listening: Listening,
    /// What can be undone.
    pub history: History,
    /// What lies over the screen.
    pub overlay: Option<Overlay>,
    /// What the status line says.
    pub message: Option<Message>,
    /// The welcome screen.
    pub welcome: Welcome,
    /// The number of the last request.
    pub ticket: u64,
    /// What is being done with labels.
    pub labels: Annotating,
    /// What the keys 1 to 9 label.
    pub tags: [String; 9],
    /// What was cut or copied.
    pub clip: Option<Clip>,
    /// What is compared with what.
    pub ab: Comparison,
    /// One parameter at several values, instead of the lanes.
    pub sweep: Option<Trials>,
    /// The lengths that were asked for, so that none is asked for twice.
    pub lengths: Vec<Asked>,
}

/// The form of a stage's parameters.
#[derive(Clone, Debug, Default)]
pub struct Form {
    /// The chosen parameter.
    pub row: usize,
    /// The value that is being typed.
    pub field: Option<Field>,
    /// Why it is no value for this parameter.
    pub error: Option<String>,
}

/// Entries of an output, or why nobody knows.
pub type Length = Result<i64, String>;

/// An output whose length was asked for: signature, output, and the answer.
pub type Asked = (u64, usize, Option<Length>);

/// What was changed, and what takes it back.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// What takes back what was done, the last one last.
    pub undo: Vec<Step>,
    /// What does again what was taken back, the next one last.
    pub redo: Vec<Step>,
    /// How many edits could be undone when the session was saved; none if that state is out of reach.
    pub saved: Option<usize>,
}

impl History {
    /// Differs the session from the saved one?
    pub fn is_modified(&self) -> bool {
        self.saved != Some(self.undo.len())
    }
}

/// A change that can be taken back, or made again.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// What was changed, in words: `set mel.n_mels 80 -> 128`.
    pub name: String,
    /// What takes it back, or makes it again.
    pub edit: Edit,
}

/// What lies over the screen and takes all keys.
#[derive(Clone, Debug)]
pub enum Overlay {
    /// The keys, from this line on.
    Help(usize),
    /// All actions whose help has the text; the chosen one.
    Palette(Field, usize),
    /// Asks for the name to save under; afterwards the program may quit.
    SaveAs {
        /// The name.
        field: Field,
        /// Quit once it is saved?
        quit: bool,
    },
    /// Asks whether to lose changes: by quitting, or by opening another file.
    Unsaved(Option<PathBuf>),
    /// Asks whether to replace a file.
    Replace {
        /// The file.
        path: PathBuf,
        /// Quit once it is saved?
        quit: bool,
    },
    /// Stages to add, or outputs to read: a search, the chosen one, and whether a stage goes in between.
    Offers {
        /// What there is.
        offers: Offers,
        /// What is searched for.
        field: Field,
        /// The chosen one of those that are found.
        row: usize,
        /// Do the readers of what feeds the new stage read that then?
        between: bool,
    },
    /// Asks for the file to draw the lanes in sight into; one that is there, and is replaced if its name is given again.
    Export(Field, Option<PathBuf>),
    /// Asks for another name of the chosen stage.
    Rename(Field),
    /// All changes in order; the chosen one. Row 0 is the session as it was opened.
    History(usize),
    /// Lines to read and copy: a title, the text, the first line in sight.
    Text(String, String, usize),
    /// Asks what to do with changes that were never saved: the text with them.
    Recover(String),
    /// The recorder.
    Recorder,
    /// Asks for a line of text.
    Ask {
        /// What for.
        ask: Ask,
        /// The answer.
        field: Field,
        /// Why the last answer was not taken.
        refused: Option<String>,
    },
    /// All labels to search: the search, and the chosen one of what it finds.
    Labels(Field, usize),
    /// A directory to open something from: part of a name, and the chosen entry.
    Browser(Listing, Field, usize),
}

/// A message in the status line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it says.
    pub text: String,
    /// How it is meant.
    pub tone: Tone,
}

/// How a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It is so.
    Plain,
    /// Something went well.
    Good,
    /// Something is wrong.
    Bad,
}

/// A parameter that is tried at several values, each a lane.
#[derive(Clone, Debug)]
pub struct Trials {
    /// What is tried.
    pub sweep: Sweep,
    /// The lanes as they were.
    pub kept: Lanes,
}

/// What the welcome screen tells.
#[derive(Clone, Debug, Default)]
pub struct Welcome {
    /// The chosen row.
    pub row: usize,
    /// Files that were opened before, the newest first.
    pub recent: Vec<PathBuf>,
    /// Is there a demo to be opened?
    pub has_demo: bool,
    /// Plugins that can be used, and their stages.
    pub plugins: (usize, usize),
    /// Plugins or stages that are refused: names and reasons.
    pub refused: Vec<(String, String)>,
}

impl State {
    /// The chosen stage.
    pub fn stage(&self) -> Option<&StageRow> {
        self.pipeline.stages.get(self.chosen)
    }

    /// The chosen parameter of the chosen stage.
    pub fn parameter(&self) -> Option<&ParameterRow> {
        self.stage()?.parameters.get(self.form.row)
    }

    /// Says something in the status line.
    pub fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.message = Some(Message { text: text.into(), tone });
    }

    /// What keys go to: of the lanes, a lane of labels has keys of its own.
    pub fn focus(&self) -> Focus {
        if self.focus == Focus::Lanes && super::labels::has_keys(self) { Focus::Labels } else { self.focus }
    }

    /// A number for the next request.
    pub fn next_ticket(&mut self) -> u64 {
        self.ticket += 1;
        self.ticket
    }

    /// Is anything being computed that the screen waits for?
    pub fn is_busy(&self) -> bool {
        self.is_planning
            || self.is_exporting
            || self.lanes.iter().any(Lane::is_computing)
            || matches!(&self.overlay, Some(Overlay::Offers { offers, .. }) if !offers.is_tried)
            || self.reading.is_waiting
            || self.survey.is_waiting
            || self.labels.is_waiting
            || self.lengths.iter().any(|(_, _, answer)| answer.is_none())
    }

    /// The waveform that is meant: that of the lane which has the keys, else the first.
    pub fn wave(&self) -> Option<&Columns<WaveColumn>> {
        self.lanes.current(Kind::Wave)?.wave()
    }

    /// The spectrogram that is meant.
    pub fn grid(&self) -> Option<&Columns<GridColumn>> {
        self.lanes.current(Kind::Grid)?.grid()
    }

    /// How the spectrogram that is meant looks.
    pub fn look(&self) -> &Look {
        static PLAIN: std::sync::LazyLock<Look> = std::sync::LazyLock::new(Look::default);
        self.lanes.current(Kind::Grid).map_or(&PLAIN, |lane| &lane.look)
    }

    /// What could be played: what the waveform shows.
    pub fn playable(&self) -> Option<&Target> {
        self.wave()?.target.as_ref()
    }

    /// A colour of the screen as the terminal shows it.
    pub fn rgb(&self, colour: ratatui::style::Color) -> [u8; 3] {
        self.theme.rgb(colour, self.background.filter(|_| !self.theme_is_named))
    }

    /// The session's name on the screen.
    pub fn name(&self) -> String {
        let file =
            std::path::Path::new(&self.pipeline.file).file_name().map(|name| name.to_string_lossy().into_owned());
        file.or_else(|| {
            self.pipeline.inputs.first().map(|(_, path)| {
                std::path::Path::new(path)
                    .file_name()
                    .map_or_else(|| path.clone(), |name| name.to_string_lossy().into_owned())
            })
        })
        .unwrap_or_default()
    }
}
