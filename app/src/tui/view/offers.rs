//! A list to choose from, what is said about the chosen one beside it: stages to add, or outputs to read.

use crate::tui::field::Field;
use crate::tui::offer::{Offer, Offers, Wanted};
use crate::tui::paint::text::{Line, boxed, clip, typed, width, wrap};
use crate::tui::state::State;
use crate::tui::{theme, update};
use auricle_sdk::descriptor::{Descriptor, Port};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Columns inside the box from which on the manual stands beside the list.
const BESIDE: u16 = 66;

/// A line of the list.
enum Row<'a> {
    Heading(&'static str),
    /// The place among what is found, and the offer.
    Offer(usize, &'a Offer),
}

/// Draws the list.
pub fn draw(state: &State, offers: &Offers, field: &Field, chosen: usize, between: bool, buffer: &mut Buffer) {
    // Nothing is left beside it that would be letters without words.
    let size = (buffer.area.width.min(132), buffer.area.height.saturating_sub(2));
    let area = boxed(size.0, size.1, &offers.title, buffer);
    let found = update::found_offers(offers, field.text());
    typed(area.x, area.y, area.width, "search ", field, buffer);
    let fitting = found.iter().filter(|(_, offer)| offer.fits.is_ok()).count();
    let counted =
        if offers.is_tried { format!("{fitting} of {} fit", found.len()) } else { "trying what fits ...".into() };
    Line::at(area.x, area.y, area.width).add(&counted, theme::dim()).right().draw(buffer);
    let below = Rect { y: area.y + 2, height: area.height.saturating_sub(3), ..area };
    let (list, manual) = if below.width >= BESIDE {
        let list = Rect { width: (below.width * 2 / 5).clamp(28, 44), ..below };
        let x = list.right() + 2;
        (list, Rect { x, width: below.right() - x, ..below })
    } else {
        let rows = below.height.saturating_sub(5).max(below.height / 2);
        let list = Rect { height: rows, ..below };
        (list, Rect { y: list.bottom() + 1, height: below.bottom().saturating_sub(list.bottom() + 1), ..below })
    };
    draw_list(&found, field.text().trim().is_empty(), chosen, list, buffer);
    if let Some((_, offer)) = found.get(chosen) {
        draw_manual(offer, manual, buffer);
    } else {
        Line::on(list).add(" nothing is called that", theme::dim()).draw(buffer);
    }
    let hint = Rect { y: area.bottom().saturating_sub(1), height: 1, ..area };
    draw_hint(state, offers, between, hint, buffer);
}

fn draw_list(found: &[(usize, &Offer)], grouped: bool, chosen: usize, area: Rect, buffer: &mut Buffer) {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut group = "";
    for (place, (_, offer)) in found.iter().enumerate() {
        if grouped && offer.group != group {
            group = offer.group;
            rows.push(Row::Heading(group));
        }
        rows.push(Row::Offer(place, offer));
    }
    let height = usize::from(area.height);
    let at = rows.iter().position(|row| matches!(row, Row::Offer(place, _) if *place == chosen)).unwrap_or(0);
    // The chosen row stands in the middle as far as there is something around it.
    let first = at.saturating_sub(height / 2).min(rows.len().saturating_sub(height));
    for (y, row) in (area.y..area.bottom()).zip(&rows[first..]) {
        let line = Line::at(area.x, y, area.width);
        match row {
            Row::Heading(name) => drop(line.add(name, theme::accent()).draw(buffer)),
            Row::Offer(place, offer) => {
                let (mark, style) = mark(offer);
                let name = if offer.fits.is_ok() { Style::new() } else { theme::dim() };
                line.plain(" ").add(mark, style).plain(" ").add(&offer.name, name).draw(buffer);
                if *place == chosen {
                    buffer.set_style(Rect::new(area.x, y, area.width, 1), theme::chosen(true));
                }
            }
        }
    }
}

fn mark(offer: &Offer) -> (&'static str, Style) {
    match (&offer.fits, offer.is_set) {
        (_, true) => ("●", theme::accent()),
        (Ok(()), _) => ("✓", theme::good()),
        (Err(_), _) => ("·", theme::dim()),
    }
}

fn draw_manual(offer: &Offer, area: Rect, buffer: &mut Buffer) {
    let mut lines: Vec<(String, Style)> = Vec::new();
    let mut say = |text: &str, style: Style| lines.extend(wrap(text, area.width).into_iter().map(|line| (line, style)));
    say(&offer.name, theme::strong());
    if let Err(reason) = &offer.fits {
        say(&format!("does not fit: {reason}"), theme::warn());
    }
    say(&offer.summary, Style::new());
    if let Some(stage) = offer.descriptor {
        manual(stage, &mut say);
    }
    for (y, (text, style)) in (area.y..area.bottom()).zip(lines) {
        Line::at(area.x, y, area.width).add(&text, style).draw(buffer);
    }
}

fn manual(stage: &Descriptor, say: &mut impl FnMut(&str, Style)) {
    let ports = |ports: &[Port]| {
        let port = |port: &Port| {
            let kinds: Vec<&str> = port.kinds.iter().map(|kind| kind.name()).collect();
            format!("{} ({})", port.name, kinds.join(" or "))
        };
        ports.iter().map(port).collect::<Vec<_>>().join(", ")
    };
    say("", Style::new());
    for (name, list) in [("in   ", stage.inputs), ("out  ", stage.outputs)].into_iter().filter(|(_, l)| !l.is_empty()) {
        say(&format!("{name}{}", ports(list)), theme::dim());
    }
    if !stage.doc.is_empty() {
        say("", Style::new());
        say(stage.doc, Style::new());
    }
    if !stage.source.is_empty() {
        say("", Style::new());
        say(&format!("after {}", stage.source), theme::dim());
    }
    let longest = stage.parameters.iter().map(|parameter| width(parameter.id)).max().unwrap_or(0);
    if longest > 0 {
        say("", Style::new());
    }
    for parameter in stage.parameters {
        let default = parameter.default_value().to_string();
        let gap = " ".repeat(usize::from(longest.saturating_sub(width(parameter.id))));
        let default = if parameter.required { "must be given".to_owned() } else { clip(&default, 24) };
        say(&format!("{}{gap} {default} {}", parameter.id, parameter.unit), theme::dim());
    }
}

fn draw_hint(state: &State, offers: &Offers, between: bool, area: Rect, buffer: &mut Buffer) {
    let text = match offers.wanted {
        Wanted::Stage { .. } if between => "Tab: in between - what read the source reads the new stage then".to_owned(),
        Wanted::Stage { .. } => "Tab: a branch of its own - nothing else changes".to_owned(),
        Wanted::Feed { row, .. } => {
            let ports = state.pipeline.stages.get(row).and_then(|s| s.descriptor).map_or(1, |d| d.inputs.len());
            if ports > 1 { format!("Tab: the next of {ports} inputs") } else { String::new() }
        }
    };
    Line::on(area).add(&text, theme::dim()).draw(buffer);
}
