//! Front ends as data: what a dialect says in a [`Recipe`], one stage does.
//!
//! samples → [`Signal`] → frames ([`Framing`]) → [`bands`] → [`overall`] → [`dct`] → frames out

mod signal;
mod stage;

pub use signal::{Fill, Fit, Longer, Signal};
pub use stage::Front;

use auricle_dsp::{bands, dct, overall};
use auricle_sdk::prelude::*;

/// A tool's front end: what the stage says of itself, and how its parameters make a recipe.
pub trait FrontEnd: Send + 'static {
    /// What the stage says about itself: one input, audio; one output, a tensor.
    const DESCRIPTOR: Descriptor;

    /// Reads the parameters.
    ///
    /// # Errors
    /// Whatever can be refused is refused here.
    fn recipe(setup: &Setup) -> Result<Recipe>;
}

/// What the tool does with the last frame, which begins less than a hop before the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Last {
    /// It is a frame as any other.
    Keep,
    /// It is left out.
    Drop,
    /// It does not count, and goes out as zeros.
    Blank,
}

/// The tool's order of axes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// `(band, frame)`
    BandFrame,
    /// `(frame, band)`
    FrameBand,
}

/// Where the energy goes that stands behind the bands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Before the bands.
    First,
    /// Behind them.
    Last,
    /// In the place of the lowest cepstral coefficient.
    Lowest,
    /// In its place, which is moved behind the others, and multiplied with the root of two if it is doubled in power.
    LowestLast {
        /// Whether it is.
        doubled: bool,
    },
}

/// Everything about a front end.
pub struct Recipe {
    /// What is done to the signal before it is cut.
    pub signal: Signal,
    /// How it is cut.
    pub framing: Framing,
    /// From a frame to bands.
    pub bands: bands::Config,
    /// The last frame.
    pub last: Last,
    /// Shorter signals have no frames.
    pub fewest: i64,
    /// As many frames, cut or filled with zeros before `overall`.
    pub exactly: Option<i64>,
    /// What depends on all frames.
    pub overall: overall::Config,
    /// Coefficients instead of bands; its number of bands is set by the bank.
    pub cepstrum: Option<dct::Config>,
    /// Where the energy goes, if `bands` makes one.
    pub energy: Place,
    /// Frames that stand side by side in one of the output; those left over are dropped.
    pub stack: usize,
    /// Before that, frames of zeros make their number a multiple of this.
    pub multiple: usize,
    /// The tool's order of axes.
    pub order: Order,
    /// The channel axis stays, even of a single channel.
    pub channel_axis: bool,
    /// The scale of the bands: `mel/htk`.
    pub scale: &'static str,
    /// What the values are: `power`, `ln`, `db`.
    pub quantity: &'static str,
}

impl Recipe {
    /// Every frame, as it is.
    pub fn new(framing: Framing, bands: bands::Config) -> Self {
        Recipe {
            signal: Signal::default(),
            framing,
            bands,
            last: Last::Keep,
            fewest: 0,
            exactly: None,
            overall: overall::Config::NONE,
            cepstrum: None,
            energy: Place::Last,
            stack: 1,
            multiple: 1,
            order: Order::BandFrame,
            channel_axis: false,
            scale: "",
            quantity: "",
        }
    }
}
