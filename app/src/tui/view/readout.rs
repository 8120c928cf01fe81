//! The readout: what lies at the cursor, in fields of fixed width.

use crate::tui::axis::clock;
use crate::tui::columns::MARGIN;
use crate::tui::draw::Frame;
use crate::tui::labels;
use crate::tui::lane::Kind;
use crate::tui::paint::text::{Line, width};
use crate::tui::pixel;
use crate::tui::pool::is_signed;
use crate::tui::state::State;
use crate::tui::theme;
use crate::tui::timeline::entries;
use crate::tui::{range, scale};
use auricle_annotation::Label;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws the fields, the most important first, as far as there is room for whole ones.
pub fn draw(frame: &Frame<'_>, area: Rect, buffer: &mut Buffer) {
    let mark = if frame.state.hover.is_some() { " ◇ " } else { " ┼ " };
    let mut line = Line::on(area).add(mark, Style::new().fg(theme::CURSOR));
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
    let at = state.hover.map_or(state.cursor, |(time, _)| time);
    let longest = clock(timeline.end, 4, timeline.end).len();
    fields.push((String::new(), format!("{:>longest$} s", clock(at, 4, timeline.end))));
    fields.extend(spectrum(frame));
    let column = timeline.column(at);
    let wave = state.wave();
    if let Some((wave, target)) = wave.and_then(|wave| Some((wave, wave.target.as_ref()?))) {
        let digits = target.length.unwrap_or(0).to_string().len();
        // Between two samples, the one before is what there is.
        let near = (column - i64::from(MARGIN)..=column).rev();
        let head = near.filter_map(|k| wave.shown(timeline, k)).find(|s| !s.old && s.column.count > 0);
        let clock = target.clock();
        let first = match target.level(timeline) {
            // Columns of an overview begin beside their time.
            Some(_) => entries(at, timeline.end, clock.seconds(0), clock.rate()).start,
            None => head.as_ref().map_or_else(|| target.entries(timeline, column).start, |s| s.column.first),
        };
        fields.push(("sample ".into(), format!("{first:>digits$}")));
        let integers = target.format.dtype().is_some_and(|dtype| !dtype.name().starts_with("float"));
        let number = |value: f32| if integers { format!("{value:>11.0}") } else { format!("{value:>+9.5}") };
        let blank = " ".repeat(number(0.0).len());
        let read = state.reading.fresh().and_then(|reading| reading.sample.as_ref()).filter(|_| state.hover.is_none());
        let head = match (&head, read.filter(|_| target.level(timeline).is_some())) {
            (_, Some((_, samples))) => samples,
            (Some(shown), _) => &shown.column.head,
            _ => &[][..],
        };
        let channels = target.format.as_audio().map_or(1, |audio| audio.channels);
        for channel in 0..channels {
            let name = if channels == 1 { "amplitude ".to_owned() } else { format!("ch {} ", channel + 1) };
            fields.push((name, head.get(channel).map_or(blank.clone(), |value| number(*value))));
        }
    }
    if let Some(text) = labels_at(state, at) {
        fields.insert(1, ("label ".into(), text));
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
    let (at, pitch) = state.hover.map_or((state.cursor, None), |hover| hover);
    let pitch = pitch.unwrap_or(state.pitch);
    let span = vertical.row(pitch, rows).map(|row| vertical.entries(row, rows)).unwrap_or(0..1);
    let shown = grid.shown(timeline, timeline.column(at)).filter(|shown| !shown.old);
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
    let (mut fields, mut tone) = (Vec::new(), None);
    if vertical.in_hertz {
        fields.push((String::new(), format!("{:>8.1} Hz", vertical.coordinate(entry))));
        tone = Some(format!("{:>9}", note(vertical.coordinate(entry))));
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
    fields.extend(tone.map(|tone| ("note ".to_owned(), tone)));
    fields
}

/// The note nearest to a frequency, and how many cents it is off: A4 is 440 Hz.
fn note(hertz: f64) -> String {
    const NAMES: [&str; 12] = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];
    let above = 69.0 + 12.0 * (hertz / 440.0).log2();
    if !above.is_finite() {
        return "-".into();
    }
    let nearest = above.round();
    let (octave, cents) = ((nearest / 12.0).floor() as i64 - 1, ((above - nearest) * 100.0).round() as i64);
    format!("{}{octave} {cents:+}c", NAMES[(nearest as i64).rem_euclid(12) as usize])
}

/// The labels of every lane that cover a time.
fn labels_at(state: &State, time: f64) -> Option<String> {
    let lists = state.lanes.iter().filter(|lane| !lane.hidden).filter_map(|lane| labels::of_lane(state, lane));
    let covers = |label: &Label| label.start <= time && time < label.end && !label.text.is_empty();
    let found: Vec<String> = lists.flat_map(|l| l.labels).filter(|label| covers(label)).map(|l| l.text).collect();
    (!found.is_empty()).then(|| found.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_have_names_and_cents() {
        for (hertz, expected) in
            [(440.0, "A4 +0c"), (261.63, "C4 +0c"), (450.0, "A4 +39c"), (27.5, "A0 +0c"), (0.0, "-")]
        {
            assert_eq!(note(hertz), expected);
        }
    }
}
