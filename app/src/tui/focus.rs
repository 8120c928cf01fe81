//! The parts of the screen that keys go to.

/// A part of the screen that keys go to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Focus {
    /// The list of stages.
    Pipeline,
    /// The form of the chosen stage.
    Parameters,
    /// What is drawn over time.
    #[default]
    Lanes,
    /// The lane of labels among them: its keys come before those of the lanes.
    Labels,
    /// The screen without a session.
    Welcome,
}

impl Focus {
    /// Its heading in help.
    pub fn name(self) -> &'static str {
        match self {
            Focus::Pipeline => "Pipeline",
            Focus::Parameters => "Parameters",
            Focus::Lanes => "Lanes",
            Focus::Labels => "Labels",
            Focus::Welcome => "Welcome",
        }
    }

    /// Its name in lists.
    pub fn word(self) -> &'static str {
        match self {
            Focus::Pipeline => "pipeline",
            Focus::Parameters => "parameters",
            Focus::Lanes => "lanes",
            Focus::Labels => "labels",
            Focus::Welcome => "welcome",
        }
    }
}
