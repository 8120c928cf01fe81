//! The recorder: what is heard as a picture that moves, levels, clipped samples, and what the file holds so far.

use super::spoken;
use crate::tui::axis;
use crate::tui::paint::text::{Line, clear, width};
use crate::tui::palette::Table;
use crate::tui::pixel::strongest;
use crate::tui::recording::{Recording, Status};
use crate::tui::scale::Vertical;
use crate::tui::state::State;
use crate::tui::theme;
use auricle_sound::Level;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Levels of the darkest and the brightest colour, in dBFS.
const RANGE: (f32, f32) = (-100.0, -10.0);
/// What the left end of a meter stands for, in dBFS.
const FLOOR_DB: f32 = -60.0;
/// Cells of a frequency label with its tick.
const LABELS: u16 = 7;

/// Draws the recorder over the whole screen.
pub fn draw(state: &State, recording: &Recording, buffer: &mut Buffer) {
    let (columns, rows) = state.size;
    let area = Rect::new(0, 0, columns, rows);
    clear(area, buffer);
    let meters = recording.levels.len().clamp(1, 2) as u16;
    let line = |y: u16| Rect { y, height: 1, ..area };
    head(recording, line(0), buffer);
    let texts = if recording.said.is_some() { spoken::LINES.min(rows.saturating_sub(meters + 4)) } else { 0 };
    let height = rows.saturating_sub(meters + 4 + texts);
    let plot = Rect { x: LABELS, y: 1, width: columns.saturating_sub(LABELS + 1), height };
    picture(state, recording, plot, buffer);
    if let Some(said) = &recording.said {
        let y = rows.saturating_sub(3 + texts);
        spoken::draw(said, Rect { y, height: texts, ..area }, buffer);
    }
    for (channel, level) in recording.levels.iter().enumerate().take(usize::from(meters)) {
        meter(channel, *level, line(plot.bottom() + channel as u16), buffer);
    }
    facts(recording, line(rows.saturating_sub(3)), buffer);
    words(state, recording, line(rows.saturating_sub(2)), buffer);
    keys(recording, line(rows.saturating_sub(1)), buffer);
}

fn head(recording: &Recording, area: Rect, buffer: &mut Buffer) {
    let (mark, style) = match recording.status {
        Status::Recording => (" ● recording  ", theme::bad()),
        Status::Listening => (" ○ listening  ", theme::accent()),
        Status::Lost(_) | Status::Failed(_) => (" ! waiting    ", theme::warn()),
    };
    // Before anything is heard nothing is known of it.
    if recording.channels == 0 {
        Line::on(area).add(" ○ no sound yet", theme::warn()).draw(buffer);
        return;
    }
    let format = format!("   {} channels   {} Hz", recording.channels, recording.sample_rate);
    Line::on(area).add(mark, style).add(&recording.device, theme::strong()).add(&format, theme::dim()).draw(buffer);
    let late = format!("{:3.0} ms from sound to screen ", 1e3 * recording.latency_s);
    let room = Rect { x: area.right().saturating_sub(width(&late)), width: width(&late).min(area.width), ..area };
    Line::on(room).add(&late, theme::dim()).draw(buffer);
}

fn picture(state: &State, recording: &Recording, area: Rect, buffer: &mut Buffer) {
    let tensor = recording.format.as_ref().and_then(|format| format.as_tensor().ok());
    let Some(tensor) = tensor.filter(|_| area.height > 0) else {
        let reason = recording.trouble.as_deref().unwrap_or("");
        Line::on(Rect { height: 1, ..area }).add(reason, theme::dim()).draw(buffer);
        return;
    };
    let vertical = Vertical::new(tensor, state.look().spread, (0.0, 1.0));
    let table = state.look().palette.table(state.depth);
    let rows = usize::from(area.height) * 2;
    let spans: Vec<_> = (0..rows).map(|row| vertical.entries(row, rows)).collect();
    let bins = vertical.count();
    for (x, column) in (area.x..area.right()).rev().zip(recording.columns.iter().rev()) {
        // Whatever channel it is on, it is seen.
        let loudest = |row: usize| {
            let levels = column.values.chunks(bins).filter_map(|values| strongest(values, spans[row].clone(), false));
            let level = levels.map(|(_, level)| level).reduce(f32::max).unwrap_or(f32::NAN);
            (level - RANGE.0) / (RANGE.1 - RANGE.0)
        };
        for y in 0..area.height {
            let (upper, lower) = (loudest(usize::from(y) * 2), loudest(usize::from(y) * 2 + 1));
            let cell = &mut buffer[(x, area.y + y)];
            if table.is_shades() {
                cell.set_symbol(Table::shade(upper.max(lower)));
            } else {
                cell.set_symbol("▀").set_fg(table.colour(upper)).set_bg(table.colour(lower));
            }
        }
    }
    let mut free = 0;
    for row in 0..usize::from(area.height) {
        let hertz = [10_000.0, 5_000.0, 2_000.0, 1_000.0, 500.0, 200.0, 100.0];
        let height =
            |hertz: f64| vertical.row(vertical.height(hertz).clamp(1e-9, 1.0 - 1e-9), usize::from(area.height));
        let here = hertz.into_iter().find(|hertz| *hertz <= vertical.range().1 && height(*hertz) == Some(row));
        if let Some(hertz) = here.filter(|_| row >= free) {
            let label = Line::at(0, area.y + row as u16, LABELS - 1);
            label.add(&axis::hertz(hertz), theme::dim()).right().draw(buffer);
            Line::at(LABELS - 1, area.y + row as u16, 1).add("┤", theme::line()).draw(buffer);
            free = row + 2;
        }
    }
}

fn meter(channel: usize, level: Level, area: Rect, buffer: &mut Buffer) {
    let number = if level.peak > 0.0 { format!(" {:6.1} dBFS ", level.peak_dbfs()) } else { "   -inf dBFS ".into() };
    let name = format!("{:>width$} ", format!("ch {}", channel + 1), width = usize::from(LABELS) - 1);
    Line::on(area).add(&name, theme::dim()).draw(buffer);
    let cells = area.width.saturating_sub(LABELS + width(&number));
    let share = |db: f32| ((db - FLOOR_DB) / -FLOOR_DB).clamp(0.0, 1.0) * f32::from(cells);
    let (rms, peak) = (share(level.rms_dbfs()), share(level.peak_dbfs()));
    for at in 0..cells {
        let db = FLOOR_DB + (f32::from(at) + 0.5) / f32::from(cells) * -FLOOR_DB;
        let colour = theme::METER[usize::from(db >= -18.0) + usize::from(db >= -3.0)];
        let cell = &mut buffer[(area.x + LABELS + at, area.y)];
        let here = f32::from(at);
        if here < rms {
            cell.set_symbol("█").set_fg(colour);
        } else if level.peak > 0.0 && peak > here && peak <= here + 1.0 {
            cell.set_symbol("│").set_fg(colour);
        } else {
            cell.set_symbol("·").set_style(theme::line());
        }
    }
    let style = if level.peak >= 1.0 { theme::bad() } else { Style::new() };
    let at = Rect { x: area.right().saturating_sub(width(&number)), width: width(&number), ..area };
    Line::on(at).add(&number, style).draw(buffer);
}

fn facts(recording: &Recording, area: Rect, buffer: &mut Buffer) {
    let mut line = Line::on(area).plain(" ");
    if let Some(path) = &recording.path {
        let name = path.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
        let clock = axis::clock(recording.seconds, 1, recording.seconds);
        line = line.add(&clock, theme::strong()).plain("  ").plain(&name);
        let clipped = format!("   {} clipped", recording.clipped);
        line = line.add(&clipped, if recording.clipped > 0 { theme::bad() } else { theme::dim() });
    } else if recording.preroll_s > 0.0 {
        let kept = format!("the last {:.0} s are kept: a recording begins with them", recording.preroll_s);
        line = line.add(&kept, theme::dim());
    }
    for gap in recording.gaps.iter().rev().take(2) {
        line = line.add_if_room(&format!("   {gap}"), theme::warn());
    }
    line.draw(buffer);
}

fn words(state: &State, recording: &Recording, area: Rect, buffer: &mut Buffer) {
    let (text, style) = match (&recording.status, &state.message) {
        (Status::Lost(reason), _) => (format!("{reason}; it is tried again, the file is safe"), theme::warn()),
        (Status::Failed(reason), _) => (reason.clone(), theme::bad()),
        (_, Some(message)) => (message.text.clone(), theme::warn()),
        _ => return,
    };
    Line::on(area).plain(" ").add(&text, style).draw(buffer);
}

fn keys(recording: &Recording, area: Rect, buffer: &mut Buffer) {
    let keys: &[(&str, &str)] = match (&recording.status, &recording.path) {
        (Status::Listening, Some(_)) => &[
            ("Enter", "record what was just heard and on"),
            ("o", "open"),
            ("l", "live lanes"),
            ("t", "text"),
            ("d", "device"),
            ("Esc", "close"),
        ],
        (Status::Listening, None) => &[
            ("Enter", "record what was just heard and on"),
            ("l", "live lanes"),
            ("t", "text"),
            ("d", "device"),
            ("Esc", "close"),
        ],
        _ => &[("Enter", "stop"), ("t", "text"), ("Esc", "stop and close")],
    };
    let mut line = Line::on(area).plain(" ");
    for (key, word) in keys {
        line = line.add_if_room(&format!("{key} "), theme::strong()).add_if_room(&format!("{word}   "), theme::dim());
    }
    line.draw(buffer);
}
