//! The form: every parameter of the chosen stage with its value, unit, and what it means.

use crate::tui::action::Focus;
use crate::tui::paint::text::{Line, clip, first_row, heading, width, wrap};
use crate::tui::pipeline::{ParameterRow, StageRow};
use crate::tui::state::State;
use crate::tui::{theme, value};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

/// Draws the form.
pub fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let focused = state.focus == Focus::Parameters;
    let Some(stage) = state.stage() else { return heading(area, "2 Parameters", &[], focused, buffer) };
    heading(area, "2 Parameters", &[&stage.id], focused, buffer);
    let inside = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let explained = explanation(state, stage, inside.width.saturating_sub(2));
    let (first, rows) = list(state, inside, explained.len());
    let longest = stage.parameters.iter().map(|parameter| width(&parameter.id)).max().unwrap_or(0);
    let names = longest.min(inside.width * 9 / 20);
    for (at, (row, parameter)) in stage.parameters.iter().enumerate().skip(first).take(rows).enumerate() {
        let line = Rect { y: inside.y + at as u16, height: 1, ..inside };
        draw_parameter(state, row, parameter, names, line, buffer);
    }
    let shown = stage.parameters.len().saturating_sub(first).min(rows) as u16;
    let top = inside.y + shown.max((rows as u16).min(shown + 1));
    for (y, (text, style)) in (top..inside.bottom()).zip(explained) {
        Line::at(inside.x + 1, y, inside.width.saturating_sub(1)).add(&text, style).draw(buffer);
    }
}

/// The first parameter of the list and its rows: the chosen one is explained below, in at most half of the room.
fn list(state: &State, inside: Rect, explained: usize) -> (usize, usize) {
    let below = (explained as u16 + 1).min(inside.height / 2);
    let rows = usize::from(inside.height - below);
    (first_row(state.form.row, rows.max(1)), rows)
}

/// The parameter that is shown in row `y` of the screen.
pub fn row_at(state: &State, area: Rect, y: u16) -> Option<usize> {
    let stage = state.stage()?;
    let explained = explanation(state, stage, area.width.saturating_sub(2)).len();
    let inside = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let (first, rows) = list(state, inside, explained);
    let at = usize::from(y.checked_sub(inside.y)?);
    Some(first + at).filter(|row| at < rows && *row < stage.parameters.len())
}

fn draw_parameter(state: &State, row: usize, parameter: &ParameterRow, names: u16, area: Rect, buffer: &mut Buffer) {
    let focused = state.focus == Focus::Parameters;
    let chosen = row == state.form.row;
    let name = clip(&parameter.id, names);
    let wrong = parameter.problem.is_some() || (chosen && state.form.error.is_some());
    // What the session sets is marked; everything else is a default.
    let mark = if wrong {
        ("✗", theme::bad())
    } else if parameter.is_set {
        ("•", theme::accent())
    } else {
        (" ", Style::new())
    };
    let line = Line::on(area).plain(" ").add(mark.0, mark.1).plain(" ").plain(&name);
    let line = line.plain(&" ".repeat(usize::from(names - width(&name)) + 2));
    if let Some(field) = state.form.field.as_ref().filter(|_| chosen && focused) {
        let (before, behind) = field.split();
        let mut rest = behind.chars();
        let under = rest.next().map_or(" ".to_owned(), String::from);
        let style = if wrong { theme::bad() } else { theme::strong() };
        line.add(before, style)
            .add(&under, style.add_modifier(Modifier::REVERSED))
            .add(rest.as_str(), style)
            .draw(buffer);
        return;
    }
    let shown = value::shown(&parameter.value);
    let shown = if shown.is_empty() { "-".to_owned() } else { shown };
    let style = if parameter.is_set { theme::strong() } else { Style::new() };
    let is_number = parameter.value.as_f64().is_some();
    let unit = parameter.declared.map_or("", |declared| declared.unit);
    let unit = if is_number && !unit.is_empty() { format!(" {unit}") } else { String::new() };
    // What differs from the default says from what.
    let default = parameter
        .declared
        .filter(|declared| parameter.is_set && !declared.required && declared.default_value() != parameter.value);
    let default = default.map(|declared| format!("   default {}", or_dash(&value::shown(&declared.default_value()))));
    let line = line.add(&shown, style).add(&unit, theme::dim());
    let end = line.add_if_room(&default.unwrap_or_default(), theme::dim()).draw(buffer);
    if chosen {
        buffer.set_style(area, theme::chosen(focused));
    }
    debug_assert!(end <= area.right(), "a line keeps to its width");
}

/// What is wrong, what may be there, what it does; without parameters, what the stage does.
fn explanation(state: &State, stage: &StageRow, most: u16) -> Vec<(String, Style)> {
    let mut lines: Vec<(String, Style)> = Vec::new();
    let mut say = |text: &str, style: Style| lines.extend(wrap(text, most).into_iter().map(|line| (line, style)));
    let parameter = stage.parameters.get(state.form.row);
    let problem = state.form.error.as_ref().or_else(|| parameter.and_then(|p| p.problem.as_ref()));
    if let Some(problem) = problem.or(stage.problem.as_ref()) {
        say(problem, theme::bad());
    }
    match parameter.map(|parameter| (parameter, parameter.declared)) {
        Some((_, Some(declared))) => {
            let default = value::shown(&declared.default_value());
            let default =
                if declared.required { "required".to_owned() } else { format!("default {}", or_dash(&default)) };
            let unit = if declared.unit.is_empty() { String::new() } else { format!(", in {}", declared.unit) };
            say(declared.doc, Style::new());
            say(&format!("{}{unit}; {default}", declared.expected()), theme::dim());
        }
        Some((parameter, None)) => {
            say(&format!("{} has no parameter {}; r removes it", stage.stage, parameter.id), theme::bad());
        }
        None => match stage.descriptor {
            Some(descriptor) => say(descriptor.summary, theme::dim()),
            None => say("this stage is not installed", theme::dim()),
        },
    }
    lines
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}
