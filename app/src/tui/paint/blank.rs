//! Cells that are left to a picture of pixels.

use crate::tui::graphics::MARK;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Leaves cells to a picture.
pub fn mark(area: Rect, buffer: &mut Buffer) {
    for at in area.positions() {
        buffer[at].reset();
        buffer[at].set_symbol(MARK);
    }
}
