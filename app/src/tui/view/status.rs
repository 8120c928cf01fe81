//! The status line: where the sound is, what is being computed, and what there is to say.

use crate::tui::axis::clock;
use crate::tui::columns::Work;
use crate::tui::paint::text::{Line, typed, width};
use crate::tui::state::{State, Tone};
use crate::tui::theme;
use crate::tui::view::selected;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws the line.
pub fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let mut line = Line::on(area);
    if let Some(live) = &state.live {
        line = line.add(if live.held.is_some() { " ‖  " } else { " ●  " }, theme::bad());
        line = line.plain(&format!("{:>8}", clock(live.seconds, 1, live.seconds))).add("  live as ", theme::dim());
        line = line.plain(&live.input);
        line = line.add(&format!("  {:4.0} ms from sound to screen  ", 1e3 * live.latency_s), theme::dim());
    } else if let Some(timeline) = &state.timeline {
        let all = clock(timeline.end, 2, timeline.end);
        let position = clock(state.sound.position.unwrap_or(0.0), 2, timeline.end);
        let position = format!("{position:>width$}", width = all.len());
        let (mark, style) =
            if state.sound.is_playing { (" ▶  ", Style::new().fg(theme::PLAY)) } else { (" ■  ", theme::dim()) };
        line = line.add(mark, style).plain(&position).add(&format!(" / {all}"), theme::dim());
        line = line.add(&manner(state), theme::accent()).plain("   ");
    }
    let used = line.length();
    line.draw(buffer);
    let area = Rect { x: area.x + used.min(area.width), width: area.width.saturating_sub(used), ..area };
    if let Some(typing) = &state.labels.typing {
        let name = if typing.place.is_some() { "text of the label: " } else { "new label: " };
        typed(area.x + 1, area.y, area.width.saturating_sub(1), name, &typing.field, buffer);
        return;
    }
    let (text, style) = words(state);
    if width(&text) > 0 {
        Line::on(area).plain(" ").add(&text, style).draw(buffer);
    }
}

/// How it is listened to, where that is not as it is.
fn manner(state: &State) -> String {
    let listening = &state.listening;
    let chosen = state.playable().map(|target| target.row);
    let heard = listening.heard.map(|(row, _)| row).filter(|row| state.sound.is_playing && Some(*row) != chosen);
    let stage = heard.and_then(|row| state.pipeline.stages.get(row)).map(|stage| stage.id.clone());
    let parts = [
        stage,
        listening.is_looped.then(|| "loop".to_owned()),
        (listening.speed != 1.0).then(|| format!("×{}", listening.speed)),
        listening.solo.map(|channel| format!("ch {}", channel + 1)),
        (listening.gain_db != 0).then(|| format!("{:+} dB", listening.gain_db)),
        listening.scrubs.then(|| "scrub".to_owned()),
    ];
    parts.into_iter().flatten().map(|part| format!("  {part}")).collect()
}

fn words(state: &State) -> (String, Style) {
    if let Some(message) = &state.message {
        let style = match message.tone {
            Tone::Plain => Style::new(),
            Tone::Good => theme::good(),
            Tone::Bad => theme::bad(),
        };
        return (message.text.clone(), style);
    }
    if let Some(text) = selected::text(state).filter(|_| !state.is_planning) {
        return (text, Style::new());
    }
    if state.is_planning {
        return ("planning ...".into(), theme::accent());
    }
    if let Some(live) = &state.live {
        return match &live.failure {
            Some(reason) => (reason.clone(), theme::bad()),
            None => ("Space holds, R records, Esc ends".into(), theme::dim()),
        };
    }
    let failure = state.lanes.iter().find_map(|lane| match lane.work() {
        Work::Failed(reason) => Some(reason.clone()),
        _ => None,
    });
    if let Some(reason) = failure {
        return (reason, theme::bad());
    }
    if state.lengths.iter().any(|(_, _, answer)| answer.is_none()) {
        return ("measuring the length: the file does not tell it; Esc stops".into(), theme::accent());
    }
    if let Some(problem) = state.pipeline.problems.first() {
        return (problem.clone(), theme::bad());
    }
    let parts = state.lanes.iter().filter_map(|lane| match lane.work() {
        Work::Computing { done, total, .. } => Some((*done, *total)),
        _ => None,
    });
    let (done, total) = parts.fold((0, 0), |(a, b), (done, total)| (a + done, b + total));
    if let Some(percent) = (done * 100).checked_div(total) {
        return (format!("computing {percent:>3} %; Esc stops"), theme::accent());
    }
    let making = state.overviews.iter().filter(|covered| covered.is_making);
    let (count, length) = making.fold((0, 0), |(a, b), covered| (a + covered.count(), b + covered.length));
    if let Some(percent) = (count * 100).checked_div(length) {
        return (format!("making the overview {percent:>3} %"), theme::dim());
    }
    if let Some(problem) = state.overviews.iter().find_map(|covered| covered.problem.clone()) {
        return (problem, theme::warn());
    }
    let provisional = |timeline| state.lanes.iter().any(|lane| lane.is_provisional(timeline));
    match &state.sound.trouble {
        Some((_, reason)) if state.sound.is_playing => (reason.clone(), theme::warn()),
        _ if state.timeline.as_ref().is_some_and(provisional) => {
            ("each column shows a part of its sound; zoom in for all of it".into(), theme::dim())
        }
        _ => (String::new(), Style::new()),
    }
}
