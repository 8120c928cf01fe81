//! Drawing: a state becomes a buffer, and nothing else happens.

use super::graphics::Image;
use super::lane::{Kind, Lane};
use super::layout::Layout;
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
    /// The vertical axis of the spectrogram that is meant.
    pub vertical: Option<Vertical>,
}

/// The pictures of pixels that stand in marked cells of the screen.
pub fn pictures(state: &State) -> Vec<Image> {
    if state.is_open { view::images(state) } else { Vec::new() }
}

/// Draws the whole screen.
pub fn draw(state: &State, buffer: &mut Buffer) {
    let vertical = state.lanes.current(Kind::Grid).and_then(Lane::vertical);
    let frame = Frame { state, layout: Layout::new(state), vertical };
    view::draw(&frame, buffer);
    state.theme.settle(state.theme_is_named, buffer);
    state.depth.settle(buffer);
}
