//! What the heading of a lane names: which stage it shows, and what of it.

use crate::tui::action::Focus;
use crate::tui::columns::Work;
use crate::tui::comparison;
use crate::tui::lane::{Lane, Source};
use crate::tui::layout::LaneArea;
use crate::tui::paint::note::note;
use crate::tui::paint::text::{Line, heading};
use crate::tui::state::State;
use crate::tui::theme;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Draws the heading of a lane: its kind, its stage, and `facts`; `room` cells at its end stay free.
pub fn draw(state: &State, lane: &Lane, area: &LaneArea, facts: &[&str], room: u16, buffer: &mut Buffer) {
    let stage = lane.target().and_then(|target| state.pipeline.stages.get(target.row));
    let port = lane.target().and_then(|target| Some(stage?.outputs.get(target.output)?.0));
    // The first output is what a stage is known for.
    let port = port.filter(|_| lane.target().is_some_and(|target| target.output > 0));
    let mut id = stage.map_or(String::new(), |stage| stage.id.clone());
    if let (None, Source::Output { stage, port }) = (stage, &lane.source) {
        id = format!("{stage}.{port}");
    }
    if let Some(port) = port {
        id = format!("{id}.{port}");
    }
    let of = stage.map_or("", |stage| stage.stage.as_str());
    let title = Rect { width: area.title.width.saturating_sub(room), ..area.title };
    let caption = comparison::caption(state, lane).unwrap_or_else(|| lane.kind().name().to_owned());
    let name = format!("3 {caption}");
    let facts: Vec<&str> = [note(lane, state), &id, of].into_iter().chain(facts.iter().copied()).collect();
    let focused = state.focus == Focus::Lanes && state.lanes.focus() == area.place;
    heading(title, &name, &facts, focused, buffer);
}

/// Says in the lane itself that it is being computed, or why it cannot be.
pub fn progress(lane: &Lane, area: Rect, buffer: &mut Buffer) {
    let (words, style) = match lane.work() {
        Work::Failed(problem) => (problem.as_str(), theme::bad()),
        Work::Computing { .. } => ("computing", theme::accent()),
        Work::Idle | Work::Cancelled => return,
    };
    Line::on(area).add(words, style).draw(buffer);
}
