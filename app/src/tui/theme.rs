//! The few colours of the screen, by what they mean.
//!
//! Views name a colour by its role, in the dark theme's form; [`Theme::settle`] brings the finished screen to the theme
//! that is shown, as [`Depth::settle`](super::colour::Depth::settle) brings it to the colours that the terminal has.

use super::colour::Depth;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};

const ACCENT: Color = Color::Rgb(110, 175, 240);
const DIM: Color = Color::Rgb(128, 134, 146);
/// Rules and axes.
pub const LINE: Color = Color::Rgb(78, 84, 96);
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

/// Lines of a curve lane, apart from one another for every eye: Okabe and Ito, "Color universal design", 2008, lighter.
pub const CURVES: [Color; 6] = [
    RMS,
    Color::Rgb(230, 159, 0),
    Color::Rgb(60, 180, 140),
    Color::Rgb(204, 121, 167),
    Color::Rgb(213, 94, 0),
    Color::Rgb(200, 190, 60),
];
/// The text of an event.
const EVENT: Color = Color::Rgb(235, 240, 248);
/// Grounds of events, in turn, so that neighbours are told apart.
const EVENTS: [Color; 2] = [Color::Rgb(44, 74, 110), Color::Rgb(58, 62, 104)];

/// All roles, each with its colour in the light and the high-contrast theme and among the terminal's own sixteen.
const ROLES: [(Color, [Color; 3]); 20] = [
    (ACCENT, [Color::Rgb(16, 92, 180), Color::Rgb(90, 220, 255), Color::Blue]),
    (DIM, [Color::Rgb(96, 102, 114), Color::Rgb(210, 210, 210), Color::DarkGray]),
    (LINE, [Color::Rgb(186, 192, 202), Color::Rgb(170, 170, 170), Color::DarkGray]),
    (GOOD, [Color::Rgb(20, 122, 60), Color::Rgb(90, 255, 120), Color::Green]),
    (WARN, [Color::Rgb(156, 94, 0), Color::Rgb(255, 230, 0), Color::Yellow]),
    (BAD, [Color::Rgb(190, 36, 36), Color::Rgb(255, 130, 120), Color::Red]),
    (PEAK, [Color::Rgb(132, 178, 224), Color::Rgb(0, 140, 255), Color::Blue]),
    (RMS, [Color::Rgb(28, 92, 164), Color::Rgb(255, 255, 255), Color::Cyan]),
    (CURSOR, [Color::Rgb(214, 110, 0), Color::Rgb(255, 240, 0), Color::Yellow]),
    (SELECTED, [Color::Rgb(126, 56, 168), Color::Rgb(255, 120, 255), Color::Magenta]),
    (SELECTED_GROUND, [Color::Rgb(228, 214, 240), Color::Rgb(70, 0, 90), Color::Magenta]),
    (CURVES[1], [Color::Rgb(176, 108, 0), Color::Rgb(255, 190, 40), Color::Yellow]),
    (CURVES[2], [Color::Rgb(0, 128, 92), Color::Rgb(80, 255, 190), Color::Green]),
    (CURVES[3], [Color::Rgb(160, 60, 118), Color::Rgb(255, 150, 220), Color::Magenta]),
    (CURVES[4], [Color::Rgb(176, 66, 0), Color::Rgb(255, 130, 60), Color::Red]),
    (CURVES[5], [Color::Rgb(128, 116, 0), Color::Rgb(240, 240, 100), Color::DarkGray]),
    (EVENT, [Color::Rgb(20, 30, 48), Color::Rgb(254, 254, 254), Color::White]),
    (EVENTS[0], [Color::Rgb(190, 212, 236), Color::Rgb(0, 60, 140), Color::Blue]),
    (EVENTS[1], [Color::Rgb(208, 206, 238), Color::Rgb(70, 0, 140), Color::Magenta]),
    (PLAY, [Color::Rgb(0, 140, 70), Color::Rgb(0, 255, 90), Color::Green]),
];

/// What roles look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// For a dark background.
    #[default]
    Dark,
    /// For a light background.
    Light,
    /// Black and white, and few colours far from both.
    HighContrast,
    /// The terminal's own sixteen colours, whatever the user has made of them.
    Sixteen,
}

impl Theme {
    /// The names, that of the choice by the terminal first.
    pub const NAMES: [&str; 5] = ["auto", "dark", "light", "high-contrast", "sixteen"];

    /// The theme of that name; `auto` is `Some(None)`.
    pub fn from_name(name: &str) -> Option<Option<Self>> {
        let themes = [None, Some(Theme::Dark), Some(Theme::Light), Some(Theme::HighContrast), Some(Theme::Sixteen)];
        Self::NAMES.iter().zip(themes).find(|(known, _)| **known == name).map(|(_, theme)| theme)
    }

    /// The theme that suits a terminal with so many colours, from what `COLORFGBG` says (`15;0`: white on black).
    pub fn suiting(depth: Depth, colorfgbg: Option<&str>) -> Self {
        let background = colorfgbg.and_then(|colours| colours.rsplit(';').next()?.parse::<u8>().ok());
        match (depth, background) {
            (Depth::Sixteen, _) => Theme::Sixteen,
            (_, Some(7 | 9..=15)) => Theme::Light,
            _ => Theme::Dark,
        }
    }

    /// The theme for a background of this colour.
    pub fn on([red, green, blue]: [u8; 3]) -> Self {
        // Rec. ITU-R BT.709 luma, near enough to tell paper from slate.
        let luma = 0.2126 * f64::from(red) + 0.7152 * f64::from(green) + 0.0722 * f64::from(blue);
        if luma > 127.0 { Theme::Light } else { Theme::Dark }
    }

    /// The colours that a theme has at most.
    pub fn depth(self, depth: Depth) -> Depth {
        if self == Theme::Sixteen && depth != Depth::None { Depth::Sixteen } else { depth }
    }

    /// Brings every cell to this theme. A theme that the user has named paints fore- and background too; one that was
    /// chosen to suit the terminal leaves the terminal's own.
    pub fn settle(self, is_named: bool, buffer: &mut Buffer) {
        let column = self.column();
        let ground = self.ground().filter(|_| is_named);
        if column.is_none() && ground.is_none() {
            return;
        }
        let role = |colour: Color| {
            let known = |column: usize| ROLES.iter().find(|(role, _)| *role == colour).map(|(_, to)| to[column]);
            column.and_then(known).unwrap_or(colour)
        };
        for cell in &mut buffer.content {
            (cell.fg, cell.bg) = (role(cell.fg), role(cell.bg));
            if let Some((fore, back)) = ground {
                cell.fg = if cell.fg == Color::Reset { fore } else { cell.fg };
                cell.bg = if cell.bg == Color::Reset { back } else { cell.bg };
            }
        }
    }

    /// A role's colour, or another, as this theme shows it; `background` is the terminal's, if it is known and stays.
    pub fn rgb(self, colour: Color, background: Option<[u8; 3]>) -> [u8; 3] {
        let column = self.column();
        let known = |column: usize| ROLES.iter().find(|(role, _)| *role == colour).map(|(_, to)| to[column]);
        let own = self.ground().map_or(Color::Black, |(_, back)| back);
        match (column.and_then(known).unwrap_or(colour), own) {
            (Color::Rgb(r, g, b), _) => [r, g, b],
            (_, Color::Rgb(r, g, b)) => background.unwrap_or([r, g, b]),
            _ => background.unwrap_or([0; 3]),
        }
    }

    /// Its place among the colours of a role.
    fn column(self) -> Option<usize> {
        match self {
            Theme::Dark => None,
            Theme::Light => Some(0),
            Theme::HighContrast => Some(1),
            Theme::Sixteen => Some(2),
        }
    }

    /// Fore- and background.
    fn ground(self) -> Option<(Color, Color)> {
        match self {
            Theme::Dark => Some((Color::Rgb(212, 214, 220), Color::Rgb(16, 18, 22))),
            Theme::Light => Some((Color::Rgb(32, 34, 40), Color::Rgb(252, 252, 250))),
            Theme::HighContrast => Some((Color::Rgb(255, 255, 255), Color::Rgb(0, 0, 0))),
            Theme::Sixteen => None,
        }
    }
}

/// An event: the same text on one of two grounds.
pub const fn event(at: usize) -> Style {
    Style::new().fg(EVENT).bg(EVENTS[at % EVENTS.len()])
}

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::palette::{LEVELS, Palette};

    fn channels(colour: Color) -> [f64; 3] {
        let Color::Rgb(r, g, b) = colour else { panic!("{colour:?} has no channels") };
        [r, g, b].map(|value| {
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// The contrast ratio of WCAG 2.2, section 1.4.3.
    fn contrast(a: Color, b: Color) -> f64 {
        let light = |colour| {
            let [r, g, b] = channels(colour);
            0.2126 * r + 0.7152 * g + 0.0722 * b + 0.05
        };
        let (a, b) = (light(a), light(b));
        a.max(b) / a.min(b)
    }

    #[test]
    fn what_is_to_be_read_can_be_read() {
        for (theme, column, least) in
            [(Theme::Dark, None, 4.5), (Theme::Light, Some(0), 4.5), (Theme::HighContrast, Some(1), 7.0)]
        {
            let (fore, back) = theme.ground().expect("it has a background");
            assert!(contrast(fore, back) >= 7.0, "{theme:?}");
            for text in [ACCENT, DIM, GOOD, WARN, BAD] {
                let (_, others) = ROLES.iter().find(|(role, _)| *role == text).expect("it is a role");
                let shown = column.map_or(text, |column| others[column]);
                let ratio = contrast(shown, back);
                assert!(ratio >= least, "{theme:?}: {text:?} has a contrast of {ratio:.1}");
            }
        }
    }

    #[test]
    fn no_level_of_a_colour_map_is_taken_for_a_role() {
        let mut palette = Palette::default();
        for _ in 0..16 {
            let table = palette.table(Depth::True);
            for level in 0..LEVELS {
                let colour = table.colour(level as f32 / LEVELS as f32);
                assert!(ROLES.iter().all(|(role, _)| *role != colour), "{palette:?} {level}");
            }
            palette = palette.turned(1);
        }
    }

    #[test]
    fn the_terminal_decides_when_the_user_does_not() {
        for (depth, colours, expected) in [
            (Depth::True, None, Theme::Dark),
            (Depth::True, Some("15;0"), Theme::Dark),
            (Depth::Indexed, Some("0;15"), Theme::Light),
            (Depth::True, Some("0;default;7"), Theme::Light),
            (Depth::True, Some("default;default"), Theme::Dark),
            (Depth::Sixteen, Some("0;15"), Theme::Sixteen),
        ] {
            assert_eq!(Theme::suiting(depth, colours), expected, "{depth:?} {colours:?}");
        }
        assert_eq!(Theme::on([255, 255, 255]), Theme::Light);
        assert_eq!(Theme::on([0x1e, 0x1e, 0x2e]), Theme::Dark);
        assert_eq!(Theme::from_name("auto"), Some(None));
        assert_eq!(Theme::from_name("paper"), None);
    }
}
