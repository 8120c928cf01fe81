//! What labels are.

/// A stretch of time and what is true of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Label {
    /// Where it begins, in seconds.
    pub start: f64,
    /// Where it ends, in seconds; that of a point is its start.
    pub end: f64,
    /// What is true.
    pub text: String,
    /// How sure that is.
    pub score: Option<f64>,
    /// Who speaks.
    pub speaker: Option<String>,
    /// The channel in which it is.
    pub channel: Option<String>,
    /// The layer that it belongs to.
    pub tier: Option<String>,
    /// Lower edge of what it covers, in Hz.
    pub fmin: Option<f64>,
    /// Upper edge of what it covers, in Hz.
    pub fmax: Option<f64>,
    /// The recording that it is about.
    pub file: Option<String>,
}

impl Label {
    /// A label without anything else.
    pub fn new(start: f64, end: f64, text: impl Into<String>) -> Self {
        Label { start, end, text: text.into(), ..Label::default() }
    }

    /// Whether it has no length.
    pub fn is_point(&self) -> bool {
        self.end <= self.start
    }
}

/// The labels of one recording.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Annotation {
    /// Its labels, in the order of the file.
    pub labels: Vec<Label>,
    /// How long what they are about is said to be, in seconds.
    pub duration: Option<f64>,
    /// All layers in order, those without labels too.
    pub tiers: Vec<String>,
}

impl Annotation {
    /// These labels.
    pub fn new(labels: Vec<Label>) -> Self {
        Annotation { labels, ..Annotation::default() }
    }

    /// Where the last of it ends.
    pub fn end(&self) -> f64 {
        self.labels.iter().map(|label| label.end).fold(self.duration.unwrap_or(0.0), f64::max)
    }
}
