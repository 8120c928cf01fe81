//! The ports and parameters that every voice has.

use auricle_sdk::format::{Column, ColumnType, Records};
use auricle_sdk::prelude::{Parameter, Port, Types};

/// Input: the texts, unless a parameter holds one.
pub const TEXTS: Port = Port::records("texts")
    .optional()
    .doc("A table with a column text: a text a row. Without it, the parameter text is spoken.");
/// Output: the speech.
pub const AUDIO: Port = Port::audio("audio").doc("One channel.");
/// Output: when each text is heard. Its name is not that of the input, so that a session's `stage.port` says which is meant.
pub const SPOKEN: Port = Port::records("spoken").doc("A text a row: start and end (s), text, phonemes.");
/// Output: when each word is heard.
pub const WORDS: Port = Port::records("words").doc("A word a row: start and end (s), text.");
/// Output: when each phoneme is heard.
pub const PHONEMES: Port = Port::records("phonemes").doc("A phoneme a row: start and end (s), label.");
/// The text, where no table is connected.
pub const TEXT: Parameter =
    Parameter::absent("text", Types::TEXT).doc("What is said, where no table of texts is connected.");
/// Silence between two texts.
pub const PAUSE: Parameter =
    Parameter::float("pause_s", 0.3).range(0.0, 60.0).unit("s").doc("Silence between two texts.");

/// A table of stretches of time, with columns of text beside.
fn table(schema: &str, texts: &[&str]) -> Records {
    let mut columns = vec![Column::new("start", ColumnType::Float), Column::new("end", ColumnType::Float)];
    columns.iter_mut().for_each(|column| column.unit = "s".into());
    columns.extend(texts.iter().map(|name| Column::new(name, ColumnType::Str)));
    Records::new(schema, columns)
}

/// What flows out of [`SPOKEN`], [`WORDS`] and [`PHONEMES`].
pub(crate) fn tables() -> [Records; 3] {
    [
        table("auricle.spoken/1", &["text", "phonemes"]),
        table("auricle.words/1", &["text"]),
        table("auricle.labels/1", &["label"]),
    ]
}
