//! The cursor and the play head, over the pictures of the lanes.

use crate::tui::state::State;
use crate::tui::theme;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

/// Draws both; the cursor crosses row `row`.
pub fn draw(state: &State, area: Rect, row: Option<u16>, buffer: &mut Buffer) {
    let Some(timeline) = &state.timeline else { return };
    let mut line = |time: f64, colour, symbol: &str| {
        let Some(place) = timeline.place(time).filter(|place| *place < area.width) else { return };
        for y in area.y..area.bottom() {
            let cell = &mut buffer[(area.x + place, y)];
            if is_dots(cell) {
                // A line through samples keeps its form and takes the colour.
                cell.set_fg(colour);
            } else {
                let ground = ground(cell);
                cell.set_symbol(symbol).set_fg(colour).set_bg(ground).modifier.remove(Modifier::REVERSED);
            }
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

fn is_dots(cell: &Cell) -> bool {
    cell.symbol().chars().next().is_some_and(|c| c == '●' || ('\u{2801}'..='\u{28ff}').contains(&c))
}

/// What a thin line in the cell leaves to be seen: the colour of its greater part.
fn ground(cell: &Cell) -> Color {
    let reversed = cell.modifier.contains(Modifier::REVERSED);
    match cell.symbol() {
        "█" => cell.fg,
        "▅" | "▆" | "▇" if !reversed && cell.bg == Color::Reset => cell.fg,
        "▁" | "▂" | "▃" if reversed => cell.fg,
        _ => cell.bg,
    }
}
