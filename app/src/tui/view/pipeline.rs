//! The list of stages: id, what it uses, and how it is doing.

use crate::tui::action::Focus;
use crate::tui::columns::Work;
use crate::tui::paint::text::{Line, clip, first_row, heading, width};
use crate::tui::pipeline::StageRow;
use crate::tui::state::State;
use crate::tui::theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws the list.
pub fn draw(state: &State, area: Rect, buffer: &mut Buffer) {
    let focused = state.focus == Focus::Pipeline;
    let count = state.pipeline.stages.len();
    let many =
        if count + 1 > usize::from(area.height) { format!("{} of {count}", state.chosen + 1) } else { String::new() };
    heading(area, "1 Pipeline", &[&many], focused, buffer);
    let rows = usize::from(area.height).saturating_sub(1);
    let first = first_row(state.chosen, rows);
    let longest = |name: fn(&StageRow) -> &str| state.pipeline.stages.iter().map(|s| width(name(s))).max().unwrap_or(0);
    // Ids are the user's own words: what they are stages of gives way first.
    let room = area.width.saturating_sub(6);
    let ids = longest(|stage| &stage.id).min(room - longest(|stage| &stage.stage).min(room * 2 / 5));
    for (at, (row, stage)) in state.pipeline.stages.iter().enumerate().skip(first).take(rows).enumerate() {
        let y = area.y + 1 + at as u16;
        let (mark, style) = status(state, row, stage);
        let id = clip(&stage.id, ids);
        let id = format!("{id}{}", " ".repeat(usize::from(ids - width(&id))));
        let end = Line::at(area.x, y, area.width)
            .plain(" ")
            .add(&mark, style)
            .plain(" ")
            .add(&id, if row == state.chosen { theme::strong() } else { Style::new() })
            .plain("  ")
            .add(if stage.stage.is_empty() { "?" } else { &stage.stage }, theme::dim())
            .draw(buffer);
        if row == state.chosen {
            buffer.set_style(Rect::new(area.x, y, area.width, 1), theme::chosen(focused));
        }
        debug_assert!(end <= area.right(), "a line keeps to its width");
    }
}

/// A mark for the state of a stage: wrong, left out, computing, ready, not needed yet.
fn status(state: &State, row: usize, stage: &StageRow) -> (String, Style) {
    if stage.problem.is_some() {
        return ("✗".into(), theme::bad());
    }
    if stage.bypass {
        return ("⤳".into(), theme::dim());
    }
    let mut mark = ("○", theme::dim());
    for lane in state.lanes.iter() {
        let Some(target) = lane.target().filter(|target| state.pipeline.upstream(target.row).contains(&row)) else {
            continue;
        };
        match lane.work() {
            Work::Failed(reason) => {
                let mine = target.row == row && !names_another(state, reason, row)
                    || reason.contains(&format!("{:?}", stage.id));
                if mine {
                    return ("✗".into(), theme::bad());
                }
            }
            Work::Computing { .. } => return ("◐".into(), theme::accent()),
            Work::Idle => mark = ("●", theme::good()),
            Work::Cancelled => {}
        }
    }
    (mark.0.into(), mark.1)
}

/// Does a message name another stage than this one?
fn names_another(state: &State, reason: &str, row: usize) -> bool {
    let stages = state.pipeline.stages.iter().enumerate();
    stages.filter(|(other, _)| *other != row).any(|(_, stage)| reason.contains(&format!("stage {:?}", stage.id)))
}
