//! What stands beside a bar at the right of a lane: its unit above it, its levels aligned on their last digit.

use crate::tui::paint::text::{Line, width};
use crate::tui::theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Cells left of the bar.
const GAP: u16 = 1;
/// Cells of the bar.
pub const BAR: u16 = 2;
/// Most cells of a label.
pub const LABEL: u16 = 4;

/// The bar in the area of a scale.
pub fn bar(area: Rect) -> Rect {
    Rect { x: area.x + GAP, width: BAR.min(area.width.saturating_sub(GAP)), ..area }
}

/// Cells that a unit takes of the heading above.
pub fn unit_width(unit: &str) -> u16 {
    width(unit) + 2
}

/// Writes the unit into the row above the area, at its right end.
pub fn unit(area: Rect, unit: &str, buffer: &mut Buffer) {
    let wide = unit_width(unit).max(area.width).min(area.right());
    let above = Rect { x: area.right() - wide, y: area.y.saturating_sub(1), width: wide, height: 1 };
    let text = format!(" {unit} ");
    Line::on(above).add(&text, theme::dim()).right().draw(buffer);
}

/// Writes a level beside row `row` of the area. Short ones leave the last column free, as everything does.
pub fn label(area: Rect, row: u16, text: &str, buffer: &mut Buffer) {
    let margin = u16::from(width(text) < LABEL);
    // A negative power of ten goes up to the bar.
    let wide = width(text).clamp(LABEL, LABEL + 1);
    let place = Rect { x: area.right().saturating_sub(wide), y: area.y + row, width: wide - margin, height: 1 };
    Line::on(place).add(text, theme::dim()).right().draw(buffer);
}
