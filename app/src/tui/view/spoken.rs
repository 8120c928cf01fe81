//! What is said, under the picture of the recorder: final text, what may still change, and how late both come.

use crate::audio::course::{Course, median};
use crate::tui::paint::text::{Line, wrap};
use crate::tui::theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Lines that it takes.
pub const LINES: u16 = 6;

/// Draws it; the last line tells how late it is.
pub fn draw(said: &Result<Course, String>, area: Rect, buffer: &mut Buffer) {
    let line = |y: u16| Rect { y: area.y + y, height: 1, ..area };
    let course = match said {
        Ok(course) => course,
        Err(reason) => {
            for (y, part) in (0..area.height).zip(wrap(&format!("no text: {reason}"), area.width.saturating_sub(2))) {
                Line::on(line(y)).plain(" ").add(&part, theme::warn()).draw(buffer);
            }
            return;
        }
    };
    let Some(rows) = area.height.checked_sub(1) else { return };
    // The newest lines; what may still change stands behind what is final.
    let whole = format!("{}{}", course.settled, course.open);
    let lines = wrap(whole.trim(), area.width.saturating_sub(2));
    let mut open = course.open.trim().chars().count();
    let shown = &lines[lines.len().saturating_sub(usize::from(rows))..];
    for (y, text) in (0..rows).rev().zip(shown.iter().rev()) {
        let length = text.chars().count();
        let settled: String = text.chars().take(length.saturating_sub(open)).collect();
        let rest: String = text.chars().skip(length.saturating_sub(open)).collect();
        // A line break has taken the place of a space.
        open = open.saturating_sub(length + 1);
        Line::on(line(y)).plain(" ").plain(&settled).add(&rest, theme::dim()).draw(buffer);
    }
    let (state, style) = if course.speaking { ("speech ", theme::accent()) } else { ("silence", theme::dim()) };
    let mut facts = format!(
        "   {:.0} s heard, {:.0} s of silence not   RTF {:.2}   queue {:.1} s",
        course.sent_s,
        course.silent_s,
        course.real_time_factor(),
        course.behind_s
    );
    let late = [("partial", &course.partial_latencies), ("final", &course.final_latencies)];
    for (name, seconds) in late.iter().filter_map(|(name, latencies)| Some((name, median(latencies)?))) {
        facts.push_str(&format!("   {name} text {seconds:.1} s late"));
    }
    Line::on(line(rows)).plain(" ").add(state, style).add(&facts, theme::dim()).draw(buffer);
}
