//! The cursor and the play head, over the pictures of the lanes.

use crate::tui::state::State;
use crate::tui::theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws both; the cursor crosses row `row`.
pub fn draw(state: &State, area: Rect, row: Option<u16>, buffer: &mut Buffer) {
    let Some(timeline) = &state.timeline else { return };
    let mut line = |time: f64, colour, symbol: &str| {
        let Some(place) = timeline.place(time).filter(|place| *place < area.width) else { return };
        for y in area.y..area.bottom() {
            let cell = &mut buffer[(area.x + place, y)];
            match cell.symbol() {
                // A picture gives way; a shape keeps its form and takes the colour.
                "▀" | " " | "─" | "│" | "░" | "▒" | "▓" => cell.set_symbol(symbol).set_fg(colour),
                _ => cell.set_fg(colour),
            };
        }
    };
    line(state.cursor, theme::CURSOR, "│");
    if let Some(position) = state.sound.position {
        line(position, theme::PLAY, if state.sound.is_playing { "┃" } else { "╎" });
    }
    if let (Some(row), Some(place)) = (row, timeline.place(state.cursor).filter(|place| *place < area.width)) {
        buffer[(area.x + place, area.y + row)].set_symbol("┼").set_fg(theme::CURSOR);
    }
}
