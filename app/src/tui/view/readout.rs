//! The readout: what lies at the cursor, in fields of fixed width.

use crate::tui::axis::clock;
use crate::tui::columns::MARGIN;
use crate::tui::draw::Frame;
use crate::tui::lane::Kind;
use crate::tui::paint::text::{Line, width};
use crate::tui::pixel;
use crate::tui::pool::is_signed;
use crate::tui::theme;
use crate::tui::{range, scale};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws the fields, the most important first, as far as there is room for whole ones.
pub fn draw(frame: &Frame<'_>, area: Rect, buffer: &mut Buffer) {
    let mut line = Line::on(area).add(" ┼ ", Style::new().fg(theme::CURSOR));
    for (name, value) in fields(frame) {
        if line.length() + width(&name) + width(&value) + 3 > area.width {
            break;
        }
        line = line.add(&name, theme::dim()).plain(&value).plain("   ");
    }
    line.draw(buffer);
}

/// Names and values.
fn fields(frame: &Frame<'_>) -> Vec<(String, String)> {
    let state = frame.state;
    let Some(timeline) = &state.timeline else { return Vec::new() };
    let mut fields = Vec::new();
    let longest = clock(timeline.end, 4, timeline.end).len();
    fields.push((String::new(), format!("{:>longest$} s", clock(state.cursor, 4, timeline.end))));
    fields.extend(spectrum(frame));
    let column = timeline.column(state.cursor);
    let wave = state.wave();
    if let Some((wave, target)) = wave.and_then(|wave| Some((wave, wave.target.as_ref()?))) {
        let digits = target.length.unwrap_or(0).to_string().len();
        // Between two samples, the one before is what there is.
        let near = (column - i64::from(MARGIN)..=column).rev();
        let head = near.filter_map(|k| wave.shown(timeline, k)).find(|s| !s.old && s.column.count > 0);
        let first = head.as_ref().map_or_else(|| target.entries(timeline, column).start, |s| s.column.first);
        fields.push(("sample ".into(), format!("{first:>digits$}")));
        let integers = target.format.dtype().is_some_and(|dtype| !dtype.name().starts_with("float"));
        let number = |value: f32| if integers { format!("{value:>11.0}") } else { format!("{value:>+9.5}") };
        let blank = " ".repeat(number(0.0).len());
        let head = head.as_ref().map_or(&[][..], |shown| &shown.column.head);
        let channels = target.format.as_audio().map_or(1, |audio| audio.channels);
        for channel in 0..channels {
            let name = if channels == 1 { "amplitude ".to_owned() } else { format!("ch {} ", channel + 1) };
            fields.push((name, head.get(channel).map_or(blank.clone(), |value| number(*value))));
        }
    }
    fields
}

/// Five digits of a value, with an exponent only where they would not be seen otherwise.
fn plain(value: f32) -> String {
    let whole = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    match whole {
        -3..=5 => format!("{value:.digits$}", digits = (4 - whole).clamp(0, 7) as usize),
        _ => format!("{value:.4e}"),
    }
}

/// Frequency and level of the strongest entry where the cursor is.
fn spectrum(frame: &Frame<'_>) -> Vec<(String, String)> {
    let state = frame.state;
    let (Some(timeline), Some(vertical), Some(layout)) = (&state.timeline, &frame.vertical, &frame.layout) else {
        return Vec::new();
    };
    let Some((lane, grid)) = state.lanes.current(Kind::Grid).and_then(|lane| Some((lane, lane.grid()?))) else {
        return Vec::new();
    };
    let Some(tensor) = lane.tensor() else { return Vec::new() };
    let rows = layout.pixel_rows();
    let span = vertical.row(state.pitch, rows).map(|row| vertical.entries(row, rows)).unwrap_or(0..1);
    let shown = grid.shown(timeline, timeline.column(state.cursor)).filter(|shown| !shown.old);
    let found = shown
        .as_ref()
        .and_then(|shown| pixel::value(&lane.look, shown.column, vertical.count(), span.clone(), is_signed(tensor)));
    let entry = found.map_or(span.start, |(entry, _)| entry);
    let unit = if range::is_db(lane) { "dB" } else { scale::unit(tensor) };
    let number = |value: f32| match unit {
        "dB" => format!("{value:>7.2}"),
        "ln" | "log2" | "log10" => format!("{value:>8.4}"),
        _ => format!("{:>10}", plain(value)),
    };
    let level = found.map_or_else(|| " ".repeat(number(0.0).len()), |(_, value)| number(value));
    let mut fields = Vec::new();
    if vertical.in_hertz {
        fields.push((String::new(), format!("{:>8.1} Hz", vertical.coordinate(entry))));
    }
    let digits = vertical.count().to_string().len();
    let name = scale::vertical_axis(tensor).map_or("entry", |axis| axis.name.as_str()).to_owned();
    fields.push((String::new(), format!("{level} {unit}")));
    fields.push((format!("{name} "), format!("{entry:>digits$}")));
    let digits = lane.target().and_then(|target| target.length).unwrap_or(0).to_string().len();
    let frames = shown.as_ref().map_or(String::new(), |shown| {
        let (first, last) = (shown.column.first, shown.column.first + shown.column.count - 1);
        if first == last { first.to_string() } else { format!("{first}-{last}") }
    });
    fields.push(("frame ".into(), format!("{frames:<width$}", width = 2 * digits + 1)));
    fields
}
