//! The level meter: a bar for the RMS of each channel, a mark for its peak, dB below full scale.

use crate::tui::paint::ruler;
use crate::tui::state::State;
use crate::tui::theme;
use auricle_sound::Level;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;

/// What the lowest eighth of a row stands for.
const FLOOR_DB: f32 = -60.0;
const BLOCKS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Draws the meter of at most two channels; more are drawn as one, the loudest.
pub fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    if area.width < 6 || area.height == 0 {
        return;
    }
    ruler::unit(area, "dBFS", buffer);
    let levels = shown(&state.sound.levels);
    for (x, at) in (ruler::bar(area).left()..ruler::bar(area).right()).zip(0..) {
        let level = levels.get(at).or(levels.first()).copied().unwrap_or_default();
        bar(level, Rect { x, width: 1, ..area }, buffer);
    }
    let ticks: &[f32] = if area.height >= 6 { &[0.0, -20.0, -40.0, -60.0] } else { &[0.0, -60.0] };
    for db in ticks {
        let row = (share(*db) * f32::from(area.height)).ceil().max(1.0) as u16;
        ruler::label(area, area.height - row, &format!("{db}"), buffer);
    }
}

fn shown(levels: &[Level]) -> Vec<Level> {
    if levels.len() <= 2 {
        return levels.to_vec();
    }
    let louder = |a: Level, b: Level| Level { peak: a.peak.max(b.peak), rms: a.rms.max(b.rms) };
    levels.iter().copied().reduce(louder).into_iter().collect()
}

/// From 0 at the floor to 1 at full scale.
fn share(db: f32) -> f32 {
    ((db - FLOOR_DB) / -FLOOR_DB).clamp(0.0, 1.0)
}

fn bar(level: Level, area: Rect, buffer: &mut Buffer) {
    let rows = i32::from(area.height);
    let filled = (share(level.rms_dbfs()) * rows as f32 * 8.0).round() as i32;
    let peak = share(level.peak_dbfs()) * rows as f32;
    for row in 0..rows {
        let db = FLOOR_DB + (row as f32 + 0.5) / rows as f32 * -FLOOR_DB;
        let cell = &mut buffer[(area.x, area.bottom() - 1 - row as u16)];
        let eighths = (filled - row * 8).clamp(0, 8);
        if eighths > 0 {
            cell.set_symbol(BLOCKS[eighths as usize]).set_fg(colour(db));
        } else if level.peak > 0.0 && peak > row as f32 && peak <= (row + 1) as f32 {
            cell.set_symbol("▔").set_fg(colour(db));
        } else {
            cell.set_symbol("·").set_style(theme::line());
        }
    }
}

fn colour(db: f32) -> Color {
    match db {
        db if db < -18.0 => theme::METER[0],
        db if db < -3.0 => theme::METER[1],
        _ => theme::METER[2],
    }
}
