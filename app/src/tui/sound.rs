//! What the screen knows of the sound, and what it asks of it.

use super::target::Target;
use auricle_sound::Level;
use std::ops::Range;

/// A snapshot of the transport.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sound {
    /// Is it playing?
    pub is_playing: bool,
    /// Where the play head is, in seconds; none until something was played.
    pub position: Option<f64>,
    /// Each device channel's level over the last 50 ms.
    pub levels: Vec<Level>,
    /// Why nothing can be heard, in a few words, and in full.
    pub trouble: Option<(String, String)>,
}

/// How it is listened to.
#[derive(Clone, Debug, PartialEq)]
pub struct Listening {
    /// Over and over: the selection, or everything?
    pub is_looped: bool,
    /// The stretch that is played alone, in seconds.
    pub range: Option<Range<f64>>,
    /// How many times as fast, at the same pitch.
    pub speed: f64,
    /// Louder or softer by so many dB.
    pub gain_db: i32,
    /// The only channel to hear, counted from 0.
    pub solo: Option<usize>,
    /// Is what lies under the cursor heard while it moves?
    pub scrubs: bool,
    /// The row of the stage that is heard, and its signature.
    pub heard: Option<(usize, u64)>,
    /// The row of the stage that was heard before it: the other of A and B.
    pub other: Option<usize>,
    /// The stretch and the loop as they were asked for last, and the cursor as it was heard last.
    pub(super) asked: (Option<Range<f64>>, bool),
    pub(super) scrubbed: f64,
}

impl Default for Listening {
    fn default() -> Self {
        Listening {
            is_looped: false,
            range: None,
            speed: 1.0,
            gain_db: 0,
            solo: None,
            scrubs: false,
            heard: None,
            other: None,
            asked: (None, false),
            scrubbed: 0.0,
        }
    }
}

/// Something a person asks of the sound, beside playing and holding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Listen {
    /// Plays the selection.
    Selection,
    /// Plays over and over, or no longer.
    Loop,
    /// Plays faster or slower by a step.
    Speed(i8),
    /// Plays louder or softer by 3 dB.
    Gain(i8),
    /// Plays the next channel alone, or all of them.
    Solo,
    /// Goes over to the chosen stage, or back to the one before: A/B.
    Other,
    /// Lets the cursor be heard as it moves, or no longer.
    Scrub,
    /// Opens the recorder.
    Record,
}

/// What the player is to do, beside playing, holding and seeking.
#[derive(Clone, Debug)]
pub enum Hear {
    /// Plays only a stretch of seconds; over and over?
    Range(Option<Range<f64>>, bool),
    /// So many times as fast.
    Speed(f64),
    /// Louder or softer, in dB.
    Gain(i32),
    /// One channel alone.
    Solo(Option<usize>),
    /// A grain of an output at a time in seconds.
    Scrub(Target, f64),
    /// Another output from here on, without a gap.
    Swap(Target),
}
