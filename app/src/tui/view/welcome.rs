//! The welcome screen: what can be opened, and how this installation is doing.

use crate::tui::action::{Action, Focus};
use crate::tui::layout::Layout;
use crate::tui::paint::text::{Line, width};
use crate::tui::state::State;
use crate::tui::welcome::{self, Does};
use crate::tui::{keymap, theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

const NAME: [&str; 3] = ["▄▀█ █ █ █▀█ █ █▀▀ █   █▀▀", "█▀█ █▄█ █▀▄ █ █▄▄ █▄▄ ██▄", ""];

/// Draws the screen.
pub fn draw(state: &State, layout: &Layout, buffer: &mut Buffer) {
    let screen = buffer.area;
    let wide = 54.min(screen.width.saturating_sub(4));
    let x = (screen.width - wide) / 2;
    let mut y = (screen.height.saturating_sub(20) / 2).max(1);
    for line in NAME.iter().filter(|_| screen.height >= 20) {
        Line::at(x, y, wide).add(line, theme::accent()).draw(buffer);
        y += 1;
    }
    for line in ["See, hear, compare and reproduce audio pipelines.", ""] {
        Line::at(x, y, wide).plain(line).draw(buffer);
        y += 1;
    }
    let rows = welcome::rows(state);
    // What can be opened again stands apart, under a heading.
    let mut is_recent = false;
    for (index, row) in rows.iter().enumerate() {
        let key = match &row.does {
            Does::Action(action) => key_of(state, *action),
            Does::Open(_) => String::new(),
        };
        if matches!(row.does, Does::Open(_)) && !std::mem::replace(&mut is_recent, true) {
            y += 1;
            Line::at(x, y, wide).add("  recent", theme::dim()).draw(buffer);
            y += 1;
        }
        if y >= layout.status.y {
            return;
        }
        let line = Line::at(x, y, wide).plain("  ").add(&format!("{key:<3}"), theme::accent());
        let line = line.add(&format!("{:<8}", row.name), theme::strong());
        line.plain(if is_recent { "  " } else { "" }).add(&row.what, theme::dim()).draw(buffer);
        if index == state.welcome.row {
            buffer.set_style(Rect::new(x, y, wide, 1), theme::chosen(true));
        }
        y += 1;
    }
    y += 1;
    plugins(state, Rect::new(x, y, wide, layout.status.y.saturating_sub(y)), buffer);
    if let Some(message) = &state.message {
        Line::on(layout.status).plain(" ").add(&message.text, theme::warn()).draw(buffer);
    } else if state.is_planning {
        Line::on(layout.status).add(" opening ...", theme::accent()).draw(buffer);
    } else if let Some((_, reason)) = &state.sound.trouble {
        Line::on(layout.status).plain(" ").add(reason, theme::dim()).draw(buffer);
    }
}

/// The key that does this here, as the user has it.
fn key_of(state: &State, action: Action) -> String {
    let entry = keymap::entries(Focus::Welcome).find(|entry| entry.action == action);
    entry.map_or_else(String::new, |entry| state.keys.shown(entry))
}

fn plugins(state: &State, area: Rect, buffer: &mut Buffer) {
    let (plugins, stages) = state.welcome.plugins;
    let mut lines: Vec<(String, Style)> = Vec::new();
    if plugins == 0 {
        lines.push(("no plugins found: nothing can be read".into(), theme::bad()));
        lines.push(("`auricle doctor` tells where they are looked for".into(), theme::dim()));
    } else {
        lines.push((format!("{plugins} plugins with {stages} stages"), theme::dim()));
    }
    if !state.welcome.refused.is_empty() {
        lines.push((format!("{} refused:", state.welcome.refused.len()), theme::warn()));
        for (name, reason) in &state.welcome.refused {
            lines.push((format!("  {name}: {reason}"), theme::dim()));
        }
    }
    lines.push((String::new(), Style::new()));
    lines.push(("auricle FILE opens it at once; auricle --help lists commands".into(), theme::dim()));
    for (y, (text, style)) in (area.y..area.bottom()).zip(lines) {
        debug_assert!(width(&text) < u16::MAX, "a line is short");
        Line::at(area.x, y, buffer.area.width.saturating_sub(area.x + 1)).add(&text, style).draw(buffer);
    }
}
