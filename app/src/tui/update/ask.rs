//! Questions that are answered with a line of text, and what the answers do.

use super::super::ask::{Ask, Measure};
use super::super::effect::Effect;
use super::super::field::Field;
use super::super::key::Key;
use super::super::labels;
use super::super::state::{Overlay, State, Tone};
use super::{alter, labels as annotate};
use ratatui::crossterm::event::KeyCode;
use std::path::{Path, PathBuf};

/// Asks, with the likely answer to begin with.
pub fn open(state: &mut State, ask: Ask) -> Vec<Effect> {
    let likely = match ask {
        Ask::ImportLabels => String::new(),
        Ask::ExportLabels => beside(state, "-labels", "TextGrid"),
        Ask::ExportSound => beside(state, if state.selection.is_some() { "-part" } else { "-edited" }, "wav"),
        Ask::Tier => {
            let listed = labels::listed(state);
            let label = state.labels.chosen.and_then(|chosen| listed.as_ref()?.labels.get(chosen));
            label.and_then(|label| label.tier.clone()).unwrap_or_default()
        }
        Ask::Gain => "-6".to_owned(),
        Ask::Level(Measure::Peak) => "-1".to_owned(),
        Ask::Level(Measure::Rms) => "-20".to_owned(),
        Ask::Level(Measure::Lufs) => "-23".to_owned(),
    };
    state.overlay = Some(Overlay::Ask { ask, field: Field::new(&likely), refused: None });
    Vec::new()
}

/// A file beside what is open, named after it.
fn beside(state: &State, what: &str, extension: &str) -> String {
    let input = state.pipeline.inputs.first().map(|(_, path)| PathBuf::from(path));
    let session = Path::new(&state.pipeline.file);
    let stem = input.as_deref().and_then(Path::file_stem).or(session.file_stem()).unwrap_or("sound".as_ref());
    let name = format!("{}{what}.{extension}", stem.to_string_lossy());
    let directory = session.parent().filter(|parent| !parent.as_os_str().is_empty());
    directory.map_or(PathBuf::from(&name), |directory| directory.join(&name)).display().to_string()
}

/// A key for the answer. What is refused can be corrected; a file that is there is replaced at the second time.
pub fn press(state: &mut State, key: Key, ask: Ask, mut field: Field, refused: Option<String>) -> Vec<Effect> {
    if key.code != KeyCode::Enter {
        field.press(key);
        state.overlay = Some(Overlay::Ask { ask, field, refused: None });
        return Vec::new();
    }
    let text = field.text().trim().to_owned();
    match answer(state, ask, &text, refused.is_some()) {
        Ok(effects) => effects,
        Err(reason) => {
            state.overlay = Some(Overlay::Ask { ask, field, refused: Some(reason) });
            Vec::new()
        }
    }
}

fn answer(state: &mut State, ask: Ask, text: &str, again: bool) -> Result<Vec<Effect>, String> {
    match ask {
        Ask::Tier => Ok(annotate::into_tier(state, text)),
        Ask::ImportLabels | Ask::ExportLabels | Ask::ExportSound if text.is_empty() => Err("a file has a name".into()),
        Ask::ImportLabels => {
            state.labels.is_waiting = true;
            Ok(vec![Effect::ReadLabels(PathBuf::from(text))])
        }
        Ask::ExportLabels => {
            let format = auricle_annotation::Format::of_name(text).ok_or("its ending names no format of labels")?;
            let listed = labels::listed(state).ok_or("there are no labels")?;
            let annotation = listed.annotation(state.timeline.map(|timeline| timeline.end));
            let path = PathBuf::from(text);
            state.labels.is_waiting = true;
            Ok(vec![Effect::WriteLabels { path, annotation, format, overwrite: again }])
        }
        Ask::ExportSound => alter::export(state, Path::new(text), again),
        Ask::Gain | Ask::Level(_) => {
            let number: f64 = text.parse().map_err(|_| format!("expected a number, got {text:?}"))?;
            let range = -120.0..=60.0;
            if !range.contains(&number) {
                return Err(format!("expected -120 to 60, got {text}"));
            }
            Ok(alter::level(state, ask, number))
        }
    }
}

/// A file that was to be written is there already.
pub fn exists(state: &mut State, ask: Ask, path: &Path) {
    state.labels.is_waiting = false;
    let refused = Some("it exists; Enter again replaces it".to_owned());
    state.overlay = Some(Overlay::Ask { ask, field: Field::new(&path.display().to_string()), refused });
}

/// What came of writing a file.
pub fn written(state: &mut State, told: Result<(String, Tone), String>) {
    state.labels.is_waiting = false;
    match told {
        Ok((text, tone)) => state.say(tone, text),
        Err(reason) => state.say(Tone::Bad, reason),
    }
}
