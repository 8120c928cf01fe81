//! The screen: a workbench for a session, drawn in a terminal.
//!
//! ```text
//! keys --keymap--> Action --update(&mut State, Action)--> Effect --Workbench--> Session, Plan, Evaluator, Transport
//!                              ^                                                             |
//!                              +--------------------------- Event ---------------------------+
//! State --draw--> Buffer --Painter--> the terminal, as fast as it takes it
//! ```
//! `update` and `draw` touch no terminal, file, device or clock. What is drawn was made by stages: the screen pools
//! entries into columns and rows of pixels, and computes nothing else.

mod action;
mod added;
mod alteration;
mod annotating;
mod ask;
mod axis;
mod background;
mod browser;
mod canvas;
mod clipboard;
mod colour;
mod columns;
mod comparison;
mod config;
mod draw;
mod effect;
mod event;
mod event_loop;
mod export;
mod field;
mod focus;
mod fuzzy;
mod graphics;
mod history;
mod input;
mod joined;
mod journal;
mod key;
mod keymap;
mod labels;
mod lane;
mod lanes;
mod layout;
mod line;
mod live;
mod loudness;
mod monitor;
mod note;
mod offer;
mod overview;
mod paint;
mod painter;
mod palette;
mod pipeline;
mod pixel;
mod planner;
mod player;
mod pool;
mod range;
mod recent;
mod recording;
mod records;
mod region;
mod remember;
mod scale;
mod selection;
mod share;
mod shell;
mod sound;
mod starter;
mod state;
mod study;
mod target;
mod terminal;
mod theme;
mod timeline;
mod update;
mod value;
mod view;
mod warp;
mod watch;
mod welcome;
mod wiring;
mod workbench;
mod worker;

pub use action::{Action, Focus};
pub use colour::Depth;
pub use columns::Columns;
pub use config::Config;
pub use draw::{draw, pictures};
pub use event::{Event, Gesture, Mouse};
pub use event_loop::run;
pub use graphics::{Graphics, Image, MARK, Pictures, Protocol};
pub use key::Key;
pub use keymap::{Binding, bindings, key_table};
pub use lane::{Kind, Lane, Look, Pooling, Source};
pub use lanes::Lanes;
pub use layout::{LaneArea, Layout};
pub use loudness::Loudness;
pub use overview::Covered;
pub use paint::text::wrap;
pub use palette::Palette;
pub use pool::{Extent, GridColumn, WaveColumn};
pub use scale::Spread;
pub use state::{Message, Overlay, State, Tone};
pub use terminal::{Terminal, depth, suiting_theme};
pub use theme::Theme;
pub use value::parse as parse_value;
pub use workbench::{Errand, Workbench};

use auricle_engine::{Overviews, Registry};
use auricle_sound::{Device, Error};
use std::path::PathBuf;
use std::sync::Arc;

/// What the screen is made with.
pub struct Options {
    /// The installed plugins.
    pub registry: Arc<Registry>,
    /// What colours the terminal has; see [`depth`].
    pub depth: Depth,
    /// What the user has configured.
    pub config: Config,
    /// The theme that suits the terminal, for users who name none; see [`suiting_theme`].
    pub suiting: Theme,
    /// What to play on, and the device's name there; or why there is nothing.
    pub device: Result<(Arc<dyn Device>, Option<String>), Error>,
    /// Where unsaved changes are kept and files are remembered; none: nowhere.
    pub state: Option<PathBuf>,
    /// Where overviews of long files are kept.
    pub overviews: Overviews,
    /// Lays out the bundled recordings and gives the session to open.
    pub demo: Option<Box<dyn Fn() -> Result<PathBuf, String>>>,
}

/// What the screen begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Open {
    /// Nothing yet.
    Welcome,
    /// The choice of a file in a directory.
    Directory(PathBuf),
    /// A session.
    Session(PathBuf),
    /// A session that runs on what a microphone hears.
    Live(PathBuf),
    /// Two sessions, to be compared.
    Sessions([PathBuf; 2]),
    /// Sound files, in a session of their own.
    Sounds(Vec<PathBuf>),
}

impl Open {
    /// What the files of a command line mean.
    ///
    /// # Errors
    /// A file is not there, or sessions and sound files are mixed.
    pub fn new(files: &[PathBuf]) -> Result<Self, String> {
        for path in files {
            std::fs::metadata(path).map_err(|error| format!("{}: {error}", path.display()))?;
        }
        match files {
            [] => Ok(Open::Welcome),
            [path] if path.is_dir() => Ok(Open::Directory(path.clone())),
            [path] if browser::is_session(path) => Ok(Open::Session(path.clone())),
            [a, b] if browser::is_session(a) && browser::is_session(b) => Ok(Open::Sessions([a.clone(), b.clone()])),
            files => match files.iter().find(|path| path.is_dir() || browser::is_session(path)) {
                Some(path) => {
                    Err(format!("{}: expected several sound files, one session, or two to compare", path.display()))
                }
                None => Ok(Open::Sounds(files.to_vec())),
            },
        }
    }
}
