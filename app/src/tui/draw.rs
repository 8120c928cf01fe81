//! Drawing: a state becomes a buffer, and nothing else happens.

use super::layout::Layout;
use super::range;
use super::scale::Vertical;
use super::state::State;
use super::view;
use ratatui::buffer::Buffer;

/// What several views need to know of one state.
pub struct Frame<'a> {
    /// The state.
    pub state: &'a State,
    /// Where everything stands; none if the screen is too small.
    pub layout: Option<Layout>,
    /// The vertical axis of the spectrogram.
    pub vertical: Option<Vertical>,
    /// The levels of the darkest and the brightest colour.
    pub range: (f32, f32),
}

/// Draws the whole screen.
pub fn draw(state: &State, buffer: &mut Buffer) {
    let tensor = state.grid.target.as_ref().and_then(|target| target.format.as_tensor().ok());
    let vertical = tensor.map(|tensor| Vertical::new(tensor, state.look.spread, state.look.heights));
    let frame = Frame { state, layout: Layout::new(state), vertical, range: range::of(state) };
    view::draw(&frame, buffer);
    state.theme.settle(state.theme_is_named, buffer);
    state.depth.settle(buffer);
}
