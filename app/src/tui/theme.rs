//! The few colours of the screen, by what they mean. The terminal's own fore- and background are left as they are.

use ratatui::style::{Color, Modifier, Style};

const ACCENT: Color = Color::Rgb(110, 175, 240);
const DIM: Color = Color::Rgb(128, 134, 146);
const LINE: Color = Color::Rgb(78, 84, 96);
const GOOD: Color = Color::Rgb(110, 200, 130);
const WARN: Color = Color::Rgb(230, 180, 80);
const BAD: Color = Color::Rgb(240, 110, 100);

/// Peaks of a waveform.
pub const PEAK: Color = Color::Rgb(56, 110, 172);
/// What lies within the RMS of a waveform.
pub const RMS: Color = Color::Rgb(122, 190, 232);
/// The reading cursor.
pub const CURSOR: Color = Color::Rgb(255, 205, 90);
/// The edges of what is selected.
pub const SELECTED: Color = Color::Rgb(214, 160, 240);
/// The ground under what is selected.
pub const SELECTED_GROUND: Color = Color::Rgb(54, 44, 66);
/// The play head.
pub const PLAY: Color = Color::Rgb(120, 230, 140);
/// Samples at or over full scale.
pub const CLIPPED: Color = BAD;
/// Parts of a level meter: below -18 dBFS, below -3, above.
pub const METER: [Color; 3] = [GOOD, WARN, BAD];

/// Text of secondary importance.
pub const fn dim() -> Style {
    Style::new().fg(DIM)
}

/// Rules and axes.
pub const fn line() -> Style {
    Style::new().fg(LINE)
}

/// What has the focus.
pub const fn accent() -> Style {
    Style::new().fg(ACCENT).add_modifier(Modifier::BOLD)
}

/// Headings, and keys in help.
pub const fn strong() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

/// What went well.
pub const fn good() -> Style {
    Style::new().fg(GOOD)
}

/// What wants attention.
pub const fn warn() -> Style {
    Style::new().fg(WARN)
}

/// What is wrong.
pub const fn bad() -> Style {
    Style::new().fg(BAD)
}

/// The chosen row of a list.
pub const fn chosen(focused: bool) -> Style {
    if focused {
        Style::new().fg(Color::Reset).bg(Color::Reset).add_modifier(Modifier::REVERSED)
    } else {
        Style::new().add_modifier(Modifier::BOLD)
    }
}
