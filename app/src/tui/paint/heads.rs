//! The cursor and the play head, over the pictures of the lanes.

use crate::tui::selection::places;
use crate::tui::state::State;
use crate::tui::theme;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

/// Draws both; the cursor crosses row `row`.
pub fn draw(state: &State, area: Rect, row: Option<u16>, buffer: &mut Buffer) {
    let Some(timeline) = &state.timeline else { return };
    selected(state, area, buffer);
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

/// The ground under the selection, and its edges where they are in sight.
fn selected(state: &State, area: Rect, buffer: &mut Buffer) {
    let (Some(places), Some(timeline), Some(range)) = (places(state), &state.timeline, &state.selection) else {
        return;
    };
    let places = places.start.min(area.width)..places.end.min(area.width);
    for y in area.y..area.bottom() {
        for x in places.clone() {
            let cell = &mut buffer[(area.x + x, y)];
            // Of a cell drawn in reverse the ground is what the block leaves, too.
            if cell.bg == Color::Reset {
                cell.set_bg(theme::SELECTED_GROUND);
            }
        }
        let mut edge = |place: u16, symbol: &str| {
            let cell = &mut buffer[(area.x + place, y)];
            if !is_dots(cell) {
                let ground = ground(cell);
                cell.set_symbol(symbol).set_fg(theme::SELECTED).set_bg(ground).modifier.remove(Modifier::REVERSED);
            }
        };
        if places.start < places.end && range.start >= timeline.time(timeline.left) {
            edge(places.start, "▏");
        }
        if places.start < places.end && places.end < area.width {
            edge(places.end - 1, "▕");
        }
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
