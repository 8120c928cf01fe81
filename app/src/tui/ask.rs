//! Questions that are answered with a line of text: a file, a name, a number.

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A file of labels to take in.
    ImportLabels,
    /// A file to write the labels to.
    ExportLabels,
    /// The tier of a label.
    Tier,
    /// How much louder the selection is to be.
    Gain,
    /// The level that the selection is to have.
    Level(Measure),
    /// A file to write the sound to.
    ExportSound,
}

/// What a level is a level of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Measure {
    /// The largest sample.
    Peak,
    /// The power.
    Rms,
    /// The loudness.
    Lufs,
}

impl Measure {
    /// Its name in sessions.
    pub fn name(self) -> &'static str {
        match self {
            Measure::Peak => "peak",
            Measure::Rms => "rms",
            Measure::Lufs => "lufs",
        }
    }
}

impl Ask {
    /// The heading of the question.
    pub fn title(self) -> &'static str {
        match self {
            Ask::ImportLabels => "Import labels",
            Ask::ExportLabels => "Export the labels",
            Ask::Tier => "Tier of the label",
            Ask::Gain => "Gain of the selection",
            Ask::Level(_) => "Normalise the selection",
            Ask::ExportSound => "Export the sound",
        }
    }

    /// What stands before the answer.
    pub fn name(self) -> &'static str {
        match self {
            Ask::ImportLabels | Ask::ExportLabels | Ask::ExportSound => "file ",
            Ask::Tier => "tier ",
            Ask::Gain => "dB ",
            Ask::Level(Measure::Peak) => "peak in dBFS ",
            Ask::Level(Measure::Rms) => "RMS in dB ",
            Ask::Level(Measure::Lufs) => "loudness in LUFS ",
        }
    }

    /// What can be answered.
    pub fn hint(self) -> &'static str {
        match self {
            Ask::ImportLabels => "TextGrid txt srt vtt rttm ctm csv jams json, told by what it holds",
            Ask::ExportLabels => "TextGrid txt srt vtt rttm ctm csv jams json, by its ending",
            Ask::Tier => "a new name is a new tier; none: no tier",
            Ask::Gain => "positive is louder; nothing is clipped",
            Ask::Level(_) => "one factor for all channels; nothing is clipped",
            Ask::ExportSound => "by its ending: wav or flac; the selection alone if there is one",
        }
    }
}
