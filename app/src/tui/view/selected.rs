//! What is told of the selection: how long it is, and what was measured of it, in fields of fixed width.

use crate::tui::axis::clock;
use crate::tui::state::State;

/// The text, the most important first; none without a selection.
pub fn text(state: &State) -> Option<String> {
    let (range, timeline) = (state.selection.as_ref()?, state.timeline.as_ref()?);
    let time = |seconds: f64| clock(seconds, 3, timeline.end);
    let length = clock(range.end - range.start, 3, timeline.end);
    let mut text = format!("selected {length} s  {}-{}", time(range.start), time(range.end));
    let Some(survey) = state.survey.fresh() else { return Some(format!("{text}  measuring ...")) };
    let mut add = |name: &str, value: Option<f64>, unit: &str| {
        let value = value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1}"));
        text.push_str(&format!("  {name}{value:>6} {unit}"));
    };
    add("peak ", survey.peak_dbfs, "dBFS");
    add("rms ", survey.rms_dbfs, "dBFS");
    add("", survey.lufs, "LUFS");
    add("snr ~", survey.snr_db, "dB");
    match &survey.problem {
        Some(problem) => Some(format!("selected {length} s: {problem}")),
        None => Some(text),
    }
}
