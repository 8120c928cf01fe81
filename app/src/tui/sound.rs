//! What the screen knows of the sound.

use auricle_sound::Level;

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
