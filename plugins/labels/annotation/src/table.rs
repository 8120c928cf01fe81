//! What columns are called in tables, and rows as labels.

use crate::scan::{Error, Result, number, span};
use crate::{Label, Losses};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// Where it begins.
    Start,
    /// Where it ends.
    End,
    /// How long it is.
    Duration,
    /// What is true.
    Text,
    /// How sure that is.
    Score,
    /// Who speaks.
    Speaker,
    /// In which channel.
    Channel,
    /// In which layer.
    Tier,
    /// Lower edge in Hz.
    Fmin,
    /// Upper edge in Hz.
    Fmax,
    /// About which recording.
    File,
}

/// Names that columns have in the wild, ours first.
const NAMES: &[(Field, &[&str])] = &[
    (Field::Start, &["start", "start_s", "start_time", "begin", "begin_s", "onset", "tmin", "xmin", "time", "time_s"]),
    (Field::End, &["end", "end_s", "end_time", "stop", "offset", "tmax", "xmax"]),
    (Field::Duration, &["duration", "duration_s", "dur"]),
    (Field::Text, &["label", "text", "word", "transcript", "value", "event_label", "class", "name"]),
    (Field::Score, &["score", "confidence", "conf", "probability"]),
    (Field::Speaker, &["speaker", "speaker_id"]),
    (Field::Channel, &["channel", "chan"]),
    (Field::Tier, &["tier", "layer"]),
    (Field::Fmin, &["fmin", "fmin_hz", "low_hz", "freq_min"]),
    (Field::Fmax, &["fmax", "fmax_hz", "high_hz", "freq_max"]),
    (Field::File, &["file", "filename", "recording", "audio"]),
];

/// The columns that are printed, in their order.
pub const COLUMNS: [&str; 10] =
    ["start", "end", "label", "score", "speaker", "channel", "tier", "fmin", "fmax", "file"];

/// What a column of this name holds, if that is known.
pub fn field_of(name: &str) -> Option<Field> {
    let name = name.trim().to_ascii_lowercase().replace([' ', '-'], "_");
    NAMES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(field, _)| *field)
}

/// Whether a line names a column of starts.
pub fn is_header(line: &str) -> bool {
    line.split([',', ';', '\t']).any(|name| field_of(name.trim_matches('"')) == Some(Field::Start))
}

/// A label of the cells of a row, each with what its column holds; faults are told at `line`.
///
/// # Errors
/// A cell is no number where one is expected, there is no start, or it ends before it.
pub fn label<'a>(
    cells: impl Iterator<Item = (Option<Field>, &'a str)>,
    line: usize,
    losses: &mut Losses,
) -> Result<Label> {
    let (mut label, mut start, mut end, mut duration) = (Label::default(), None, None, None);
    for (field, cell) in cells.filter(|(_, cell)| !cell.is_empty()) {
        let seconds = || number(cell, line, "seconds");
        match field {
            Some(Field::Start) => start = Some(seconds()?),
            Some(Field::End) => end = Some(seconds()?),
            Some(Field::Duration) => duration = Some(seconds()?),
            Some(Field::Text) => label.text = cell.to_owned(),
            Some(Field::Score) => label.score = Some(number(cell, line, "a score")?),
            Some(Field::Speaker) => label.speaker = Some(cell.to_owned()),
            Some(Field::Channel) => label.channel = Some(cell.to_owned()),
            Some(Field::Tier) => label.tier = Some(cell.to_owned()),
            Some(Field::Fmin) => label.fmin = Some(number(cell, line, "a frequency in Hz")?),
            Some(Field::Fmax) => label.fmax = Some(number(cell, line, "a frequency in Hz")?),
            Some(Field::File) => label.file = Some(cell.to_owned()),
            None => losses.add("columns that labels do not have are not kept"),
        }
    }
    let start = start.ok_or_else(|| Error::new(line, "the row has no start"))?;
    let end = end.or_else(|| duration.map(|duration| start + duration)).unwrap_or(start);
    (label.start, label.end) = span(start, end, line)?;
    Ok(label)
}

/// The cells of a label, in the order of [`COLUMNS`]; those of numbers say so.
pub fn cells(label: &Label) -> [(String, bool); 10] {
    let number = |value: Option<f64>| (value.map(|value| value.to_string()).unwrap_or_default(), true);
    let text = |value: &Option<String>| (value.clone().unwrap_or_default(), false);
    [
        number(Some(label.start)),
        number(Some(label.end)),
        (label.text.clone(), false),
        number(label.score),
        text(&label.speaker),
        text(&label.channel),
        text(&label.tier),
        number(label.fmin),
        number(label.fmax),
        text(&label.file),
    ]
}
