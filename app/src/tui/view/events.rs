//! The lane of labels: a row for every tier, each label as a stretch of time with its text.

use crate::tui::annotating::Grip;
use crate::tui::axis::trimmed;
use crate::tui::draw::Frame;
use crate::tui::labels::{self, Listed};
use crate::tui::lane::Lane;
use crate::tui::layout::LaneArea;
use crate::tui::paint::heads;
use crate::tui::paint::text::{Line, clear, clip, typed, width};
use crate::tui::theme;
use crate::tui::timeline::Timeline;
use crate::tui::view::subject;
use auricle_annotation::Label;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Modifier, Style};

/// Below this confidence a label wants attention.
const UNSURE: f64 = 0.5;
/// Cells that a text has while it is typed.
const TYPED: u16 = 28;
/// Rows of a label where there are many.
const TALL: u16 = 3;

/// Where a label stands.
#[derive(Clone, Copy, Debug)]
struct Placed {
    place: usize,
    /// Its number among those of its tier.
    number: usize,
    area: Rect,
    /// Are its edges in sight?
    edges: (bool, bool),
    is_point: bool,
}

/// Draws the lane.
pub fn draw(frame: &Frame<'_>, lane: &Lane, place: &LaneArea, buffer: &mut Buffer) {
    let state = frame.state;
    let Some(mut listed) = labels::of_lane(state, lane) else { return };
    let is_meant = labels::place(state) == Some(place.place);
    let mut chosen = state.labels.chosen.filter(|_| is_meant);
    if let Some(held) = state.labels.held.as_ref().filter(|_| is_meant) {
        (listed.labels, chosen) = (held.labels.clone(), Some(held.at));
    }
    let counted = match listed.labels.len() {
        0 => String::new(),
        1 => "1 label".to_owned(),
        n => format!("{n} labels"),
    };
    let told = chosen.and_then(|chosen| Some((chosen, listed.labels.get(chosen)?)));
    let told = told.map(|(chosen, label)| about(chosen, label)).unwrap_or_default();
    let sound = labels::row(state, lane).filter(|row| row.stage == labels::STAGE).and_then(|row| row.wires.first());
    let sound = sound.map(|feed| format!("about {}", feed.source)).unwrap_or_default();
    let hint = if listed.labels.is_empty() && listed.is_own { "m makes one" } else { "" };
    subject::draw(state, lane, place, &[&counted, &sound, &told, hint], 0, buffer);
    if !listed.is_own {
        subject::progress(lane, place.plot, buffer);
    }
    let Some(timeline) = &state.timeline else { return };
    heads::draw(state, place.plot, None, buffer);
    let tier = chosen.and_then(|chosen| listed.labels.get(chosen)).map(|label| listed.tier(label));
    for (at, band) in bands(&listed, place.plot).into_iter().enumerate() {
        let style = if Some(at) == tier { theme::strong() } else { theme::dim() };
        let name = listed.tiers.get(at).map_or("", String::as_str);
        let name = clip(name, place.axis.width.saturating_sub(1));
        Line::at(place.axis.x, band.y, place.axis.width.saturating_sub(1)).add(&name, style).right().draw(buffer);
    }
    for placed in places(&listed, timeline, place.plot) {
        let label = &listed.labels[placed.place];
        one(label, &placed, chosen == Some(placed.place), buffer);
    }
    if let Some(typing) = state.labels.typing.as_ref().filter(|_| is_meant) {
        let band = bands(&listed, place.plot).get(listed.tier(&typing.label)).copied().unwrap_or(place.plot);
        write(&typing.label, &typing.field, timeline, place.plot, band.y, buffer);
    }
}

/// What the heading says of the chosen label.
fn about(chosen: usize, label: &Label) -> String {
    let at = |time| trimmed(time, 4);
    let span = match label.is_point() {
        true => format!("{} s", at(label.start)),
        false => format!("{}-{} s, {} s long", at(label.start), at(label.end), at(label.end - label.start)),
    };
    let score = label.score.map(|score| format!("  confidence {}", trimmed(score, 3))).unwrap_or_default();
    let speaker = label.speaker.as_ref().map(|speaker| format!("  {speaker}")).unwrap_or_default();
    format!("{}: {span}{speaker}{score}", chosen + 1)
}

/// The text that is being typed, over the label.
fn write(
    label: &Label,
    field: &crate::tui::field::Field,
    timeline: &Timeline,
    plot: Rect,
    y: u16,
    buffer: &mut Buffer,
) {
    let cell = |time: f64| (timeline.column(time) - timeline.left).clamp(0, i64::from(plot.width)) as u16;
    let most =
        cell(label.end).saturating_sub(cell(label.start)).max(TYPED).max(width(field.text()) + 3).min(plot.width);
    let left = cell(label.start).min(plot.width - most);
    let area = Rect { x: plot.x + left, y, width: most, height: 1 };
    clear(area, buffer);
    typed(area.x, area.y, area.width, "✎ ", field, buffer);
    buffer.set_style(area, Style::new().add_modifier(Modifier::UNDERLINED));
}

/// The rows of each tier.
fn bands(listed: &Listed, plot: Rect) -> Vec<Rect> {
    let tiers = listed.tiers.len().max(1) as u16;
    let each = (plot.height / tiers).max(1);
    let rest = plot.height.saturating_sub(each * tiers);
    let mut y = plot.y;
    let band = |tier: u16| {
        // The first ones have a row more.
        let height = (each + u16::from(tier < rest)).min(plot.bottom().saturating_sub(y));
        y += height;
        Rect { y: y - height, height, ..plot }
    };
    (0..tiers).map(band).filter(|band| band.height > 0).collect()
}

/// Where the labels stand that are in sight. Those of a tier that overlap stand below one another, as far as there is room.
fn places(listed: &Listed, timeline: &Timeline, plot: Rect) -> Vec<Placed> {
    let bands = bands(listed, plot);
    let sight = timeline.visible();
    let mut found: Vec<(usize, usize, i64, i64, usize)> = Vec::new();
    let mut numbers = vec![0; bands.len()];
    let mut number = vec![0; listed.labels.len()];
    let mut free: Vec<Vec<i64>> = bands.iter().map(|band| vec![i64::MIN; usize::from(band.height)]).collect();
    for (place, label) in listed.labels.iter().enumerate() {
        let tier = listed.tier(label);
        let Some(levels) = free.get_mut(tier) else { continue };
        number[place] = numbers[tier];
        numbers[tier] += 1;
        let from = timeline.column(label.start);
        let to = if label.is_point() { from + 1 } else { edge(timeline, label.end).max(from + 1) };
        if to < sight.start || from >= sight.end {
            continue;
        }
        let level = levels.iter().position(|end| *end <= from).unwrap_or(0);
        if let Some(end) = levels.get_mut(level) {
            *end = to;
        }
        found.push((place, tier, from, to, level));
    }
    let used: Vec<usize> =
        (0..bands.len()).map(|tier| found.iter().filter(|f| f.1 == tier).map(|f| f.4 + 1).max().unwrap_or(1)).collect();
    let placed = found.iter().map(|&(place, tier, from, to, level)| {
        let (band, room) = (bands[tier], bands[tier].height / used[tier].max(1) as u16);
        let height = if room >= TALL { TALL } else { 1 };
        let cell = |column: i64| (column - timeline.left).clamp(0, i64::from(plot.width)) as u16;
        let (left, right) = (cell(from), cell(to));
        let y = (band.y + level as u16 * height.min(room.max(1))).min(plot.bottom().saturating_sub(1));
        let is_point = listed.labels[place].is_point();
        // The text of a point has the room up to what follows it.
        let next = found.iter().filter(|f| f.1 == tier && f.4 == level && f.2 > from).map(|f| f.2).min();
        let right = if is_point { cell(next.unwrap_or(i64::MAX)) } else { right };
        let height = height.min(plot.bottom().saturating_sub(y));
        let area = Rect { x: plot.x + left, y, width: right.saturating_sub(left), height };
        Placed { place, number: number[place], area, edges: (from >= sight.start, to <= sight.end), is_point }
    });
    placed.filter(|placed| placed.area.width > 0).collect()
}

/// The column behind the last one that a label which ends at `time` covers.
fn edge(timeline: &Timeline, time: f64) -> i64 {
    let column = timeline.column(time);
    if timeline.time(column) + timeline.step * 1e-3 < time { column + 1 } else { column }
}

/// Draws one label.
fn one(label: &Label, placed: &Placed, is_chosen: bool, buffer: &mut Buffer) {
    let Placed { area, edges, is_point, number, .. } = *placed;
    let mut style = if is_point { Style::new() } else { theme::event(number) };
    if label.score.is_some_and(|score| score < UNSURE) {
        style = style.patch(theme::warn());
    }
    if is_chosen {
        style = style.add_modifier(Modifier::REVERSED | Modifier::BOLD);
    }
    let middle = area.y + area.height / 2;
    if is_point {
        let text = clip(&label.text, area.width.saturating_sub(2).min(width(&label.text)));
        let mark = if is_chosen { theme::accent() } else { Style::new().fg(theme::SELECTED) };
        Line::at(area.x, middle, area.width).add("◆", mark).add(&text, style).draw(buffer);
        return;
    }
    for y in area.y..area.bottom() {
        buffer.set_string(area.x, y, " ".repeat(usize::from(area.width)), style);
        buffer.set_string(area.x, y, if edges.0 { "▏" } else { "‹" }, style);
        if !edges.1 && area.width > 1 {
            buffer.set_string(area.right() - 1, y, "›", style);
        }
    }
    let room = area.width.saturating_sub(1 + u16::from(!edges.1));
    let text = clip(&label.text, room);
    if width(&text) > 1 || room > 0 {
        Line::at(area.x + 1, middle, room).add(&text, style).draw(buffer);
    }
}

/// The label at a cell, and what of it lies there: near an edge that edge, if the label is wide enough to have an inside.
pub fn label_at(listed: &Listed, timeline: &Timeline, plot: Rect, at: Position) -> Option<(usize, Grip)> {
    let all = places(listed, timeline, plot);
    let here = |placed: &&Placed| match placed.is_point {
        true => placed.area.contains(at) && at.x <= placed.area.x + width(&listed.labels[placed.place].text),
        false => placed.area.contains(at),
    };
    let placed = all.iter().rev().find(here)?;
    let area = placed.area;
    let grip = match () {
        () if placed.is_point => Grip::Whole,
        () if at.x == area.x && placed.edges.0 => Grip::Start,
        () if at.x + 1 == area.right() && placed.edges.1 => Grip::End,
        () => Grip::Whole,
    };
    Some((placed.place, grip))
}
