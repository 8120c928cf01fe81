//! Labels: stretches of time and what is true of them, read from and printed in the formats that speech people use.
//!
//! [`read`] takes the bytes of a file, [`print()`] gives its text. What a format cannot hold is never dropped in silence: both
//! say it, the one of the file, the other of the labels. Times are seconds in float64 and are printed with the digits that
//! read back as the same number, where the format has room for them.
//!
//! ```
//! use auricle_annotation::{Format, print, read};
//!
//! let heard = read("a.srt", b"1\n00:00:01,500 --> 00:00:02,000\nHello\n", None)?;
//! assert_eq!(heard.annotation.labels[0].start, 1.5);
//! let (text, losses) = print(&heard.annotation, Format::Audacity);
//! assert_eq!((text.as_str(), losses.len()), ("1.500000\t2.000000\tHello\n", 0));
//! # Ok::<(), auricle_annotation::Error>(())
//! ```

#![forbid(unsafe_code)]

mod audacity;
mod cues;
mod jams;
mod label;
mod list;
mod losses;
mod scan;
mod separated;
mod spaced;
mod table;
mod textgrid;

pub use label::{Annotation, Label};
pub use list::{Item, from_list, to_list};
pub use losses::Losses;
pub use scan::{Error, Result};
pub use table::{Field, field_of, label as of_row};

/// A file format for labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Audacity's label track.
    Audacity,
    /// Praat's TextGrid; printed in its long form, read in both.
    TextGrid,
    /// SubRip subtitles.
    Srt,
    /// WebVTT.
    Vtt,
    /// NIST's Rich Transcription Time Marked.
    Rttm,
    /// NIST's time-marked conversation.
    Ctm,
    /// A table with a header.
    Csv,
    /// JSON Annotated Music Specification.
    Jams,
    /// An array of objects.
    Json,
}

impl Format {
    /// All of them.
    pub const ALL: [Format; 9] = [
        Format::Audacity,
        Format::TextGrid,
        Format::Srt,
        Format::Vtt,
        Format::Rttm,
        Format::Ctm,
        Format::Csv,
        Format::Jams,
        Format::Json,
    ];

    /// Its name in sessions.
    pub fn name(self) -> &'static str {
        match self {
            Format::Audacity => "audacity",
            Format::TextGrid => "textgrid",
            Format::Srt => "srt",
            Format::Vtt => "vtt",
            Format::Rttm => "rttm",
            Format::Ctm => "ctm",
            Format::Csv => "csv",
            Format::Jams => "jams",
            Format::Json => "json",
        }
    }

    /// The format of this name.
    pub fn named(name: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.name() == name)
    }

    /// The format that a file of this name is written in; `.txt` is Audacity's.
    pub fn of_name(name: &str) -> Option<Format> {
        let (_, extension) = name.rsplit_once('.')?;
        Some(match extension.to_ascii_lowercase().as_str() {
            "txt" => Format::Audacity,
            "textgrid" => Format::TextGrid,
            other => Format::named(other)?,
        })
    }

    /// What the bytes of a file look like; its name decides only between formats that look alike.
    pub fn of(name: &str, text: &str) -> Option<Format> {
        let extension = name.rsplit_once('.').map_or("", |(_, end)| end).to_ascii_lowercase();
        let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with(";;")).unwrap_or("");
        let words: Vec<&str> = first.split_whitespace().collect();
        let number = |word: &str| word.parse::<f64>().is_ok();
        Some(match extension.as_str() {
            _ if first.starts_with("WEBVTT") => Format::Vtt,
            _ if first.starts_with("File type") && first.contains("ooTextFile") => Format::TextGrid,
            _ if first.starts_with('{') => Format::Jams,
            _ if first.starts_with('[') => Format::Json,
            _ if text.lines().take(16).any(|line| line.contains("-->")) => Format::Srt,
            "rttm" => Format::Rttm,
            "ctm" | "stm" => Format::Ctm,
            "csv" | "tsv" => Format::Csv,
            "srt" => Format::Srt,
            _ if matches!(words[..], ["SPEAKER" | "LEXEME" | "SEGMENT", ..]) && words.len() >= 8 => Format::Rttm,
            _ if first.split('\t').count() >= 2 && first.split('\t').take(2).all(number) => Format::Audacity,
            _ if words.len() >= 5 && number(words[2]) && number(words[3]) => Format::Ctm,
            _ if first.contains([',', ';', '\t']) && table::is_header(first) => Format::Csv,
            "txt" if first.is_empty() => Format::Audacity,
            _ => return None,
        })
    }
}

/// What came of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Read {
    /// The format that it was in.
    pub format: Format,
    /// The labels.
    pub annotation: Annotation,
    /// What the file says that labels do not hold, and what was odd in it.
    pub losses: Losses,
}

/// Reads labels from the bytes of a file called `name`; without a format by what they look like.
///
/// # Errors
/// The bytes are no text, or not of the format; with the line.
pub fn read(name: &str, bytes: &[u8], format: Option<Format>) -> Result<Read> {
    let text = scan::decode(bytes)?;
    let looks_like = || Format::of(name, &text);
    let Some(format) = format.or_else(looks_like) else {
        let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
        return Err(Error::new(1, format!("no format of labels is recognised; expected {}", names.join(", "))));
    };
    let mut losses = Losses::default();
    let read = match format {
        Format::Audacity => audacity::read,
        Format::TextGrid => textgrid::read,
        Format::Srt => cues::read_srt,
        Format::Vtt => cues::read_vtt,
        Format::Rttm => spaced::read_rttm,
        Format::Ctm => spaced::read_ctm,
        Format::Csv => separated::read,
        Format::Jams => jams::read,
        Format::Json => separated::read_json,
    };
    let annotation = read(&text, &mut losses)?;
    Ok(Read { format, annotation, losses })
}

/// The text of a file in a format, and what of the labels it does not hold.
pub fn print(annotation: &Annotation, format: Format) -> (String, Losses) {
    let mut losses = Losses::default();
    let print = match format {
        Format::Audacity => audacity::print,
        Format::TextGrid => textgrid::print,
        Format::Srt => cues::print_srt,
        Format::Vtt => cues::print_vtt,
        Format::Rttm => spaced::print_rttm,
        Format::Ctm => spaced::print_ctm,
        Format::Csv => separated::print,
        Format::Jams => jams::print,
        Format::Json => separated::print_json,
    };
    (print(annotation, &mut losses), losses)
}
