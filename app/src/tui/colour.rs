//! What colours the terminal has, and the last pass over a finished screen that brings all others to them.
//!
//! ratatui sends 24-bit colours to any terminal, and crossterm 0.29 turns every colour into a full reset under
//! `NO_COLOR`, which takes bold and reverse away too. So colours are settled here, before either sees them.

use ratatui::buffer::Buffer;
use ratatui::style::Color;
use std::sync::LazyLock;

/// How many colours a terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Depth {
    /// 24 bits.
    #[default]
    True,
    /// 256.
    Indexed,
    /// The first sixteen.
    Sixteen,
    /// None at all: `NO_COLOR`.
    None,
}

/// Brightness of the steps of the 6 x 6 x 6 cube.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The sixteen as most terminals show them.
const SIXTEEN: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [187, 40, 40]),
    (Color::Green, [40, 160, 40]),
    (Color::Yellow, [187, 150, 30]),
    (Color::Blue, [50, 80, 200]),
    (Color::Magenta, [170, 60, 170]),
    (Color::Cyan, [40, 160, 170]),
    (Color::Gray, [190, 190, 190]),
    (Color::DarkGray, [110, 110, 110]),
    (Color::LightRed, [255, 100, 100]),
    (Color::LightGreen, [100, 230, 100]),
    (Color::LightYellow, [255, 240, 100]),
    (Color::LightBlue, [110, 160, 255]),
    (Color::LightMagenta, [255, 120, 255]),
    (Color::LightCyan, [110, 220, 240]),
    (Color::White, [255, 255, 255]),
];

/// The first patch of xterm that shows 24-bit colours (its change log, patch 331, 2017).
const DIRECT_XTERM: u32 = 331;

impl Depth {
    /// The depth that the environment tells of: `NO_COLOR`, `COLORTERM`, `TERM` and `XTERM_VERSION`.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            return Depth::None;
        }
        let colours = variable("COLORTERM").unwrap_or_default();
        let term = variable("TERM").unwrap_or_default();
        // xterm takes `COLORTERM` away from its children, and calls itself `xterm` with all colours.
        let xterm = variable("XTERM_VERSION").filter(|_| term.starts_with("xterm"));
        let patch = xterm.and_then(|version| version.strip_prefix("XTerm(")?.strip_suffix(')')?.parse::<u32>().ok());
        let direct = patch.is_some_and(|patch| patch >= DIRECT_XTERM);
        if colours == "truecolor" || colours == "24bit" || term.ends_with("-direct") || direct {
            return Depth::True;
        }
        match term.as_str() {
            "dumb" => Depth::None,
            term if term.contains("256color") || term.contains("kitty") || term.contains("alacritty") => Depth::Indexed,
            "" if cfg!(windows) => Depth::True,
            _ => Depth::Sixteen,
        }
    }

    /// Are there enough colours for those of a picture?
    pub fn has_shades(self) -> bool {
        matches!(self, Depth::True | Depth::Indexed)
    }

    /// The nearest colour that there is.
    pub fn map(self, colour: Color) -> Color {
        match (self, colour) {
            (Depth::None, _) => Color::Reset,
            (Depth::Indexed, Color::Rgb(r, g, b)) => Color::Indexed(nearest_of_256([r, g, b])),
            (Depth::Sixteen, Color::Rgb(r, g, b)) => nearest_of_16([r, g, b]),
            _ => colour,
        }
    }

    /// Brings every cell to this depth.
    pub fn settle(self, buffer: &mut Buffer) {
        if self == Depth::True {
            return;
        }
        // A screen has few colours that are not a palette's, which are settled already.
        let mut known: Vec<(Color, Color)> = Vec::new();
        let mut settled = |colour: Color| match known.iter().find(|(from, _)| *from == colour) {
            Some((_, to)) => *to,
            None => {
                let to = self.map(colour);
                known.push((colour, to));
                to
            }
        };
        for cell in &mut buffer.content {
            cell.fg = settled(cell.fg);
            cell.bg = settled(cell.bg);
        }
    }
}

/// The cube and the greys; the first sixteen are whatever the user has made of them.
fn nearest_of_256(rgb: [u8; 3]) -> u8 {
    static INDEXED: LazyLock<Vec<(u8, Lab)>> = LazyLock::new(|| {
        let cube =
            (16..=231u8).map(|index| (index, [36, 6, 1].map(|place| CUBE[usize::from((index - 16) / place % 6)])));
        let greys = (232..=255u8).map(|index| (index, [8 + 10 * (index - 232); 3]));
        cube.chain(greys).map(|(index, rgb)| (index, lab(rgb))).collect()
    });
    nearest(lab(rgb), &INDEXED).unwrap_or(16)
}

fn nearest_of_16(rgb: [u8; 3]) -> Color {
    let sixteen = SIXTEEN.map(|(colour, rgb)| (colour, lab(rgb)));
    nearest(lab(rgb), &sixteen).unwrap_or(Color::Reset)
}

/// Lightness and two axes of hue: distances are as the eye sees them.
type Lab = [f64; 3];

fn nearest<T: Copy>(wanted: Lab, colours: &[(T, Lab)]) -> Option<T> {
    let distance = |lab: &Lab| (0..3).map(|k| (lab[k] - wanted[k]).powi(2)).sum::<f64>();
    let near = colours.iter().min_by(|(_, a), (_, b)| distance(a).total_cmp(&distance(b)));
    near.map(|(colour, _)| *colour)
}

/// Oklab: Ottosson, "A perceptual color space for image processing", 2020. sRGB: IEC 61966-2-1.
fn lab(rgb: [u8; 3]) -> Lab {
    let [r, g, b] = rgb.map(|value| {
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
    let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
    let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
    [
        0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
        1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
        0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn the_environment_decides() {
        let rows: [(&[(&str, &str)], Depth); 12] = [
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], Depth::True),
            (&[("TERM", "xterm-256color")], Depth::Indexed),
            (&[("TERM", "tmux-256color")], Depth::Indexed),
            (&[("TERM", "linux")], Depth::Sixteen),
            (&[("TERM", "xterm")], Depth::Sixteen),
            (&[("TERM", "dumb")], Depth::None),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")], Depth::None),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "")], Depth::Indexed),
            (&[("TERM", "xterm-direct")], Depth::True),
            (&[("TERM", "xterm"), ("XTERM_VERSION", "XTerm(379)")], Depth::True),
            (&[("TERM", "xterm"), ("XTERM_VERSION", "XTerm(300)")], Depth::Sixteen),
            (&[("TERM", "tmux-256color"), ("XTERM_VERSION", "XTerm(379)")], Depth::Indexed),
        ];
        for (variables, expected) in rows {
            let get = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
            assert_eq!(Depth::detect(get), expected, "{variables:?}");
        }
    }

    #[test]
    fn exact_colours_stay_what_they_are() {
        for (rgb, expected) in
            [((0, 0, 0), 16), ((255, 255, 255), 231), ((95, 135, 175), 67), ((128, 128, 128), 244), ((8, 8, 8), 232)]
        {
            assert_eq!(Depth::Indexed.map(Color::Rgb(rgb.0, rgb.1, rgb.2)), Color::Indexed(expected), "{rgb:?}");
        }
        assert_eq!(Depth::Sixteen.map(Color::Rgb(250, 250, 250)), Color::White);
        assert_eq!(Depth::Sixteen.map(Color::Reset), Color::Reset);
    }

    #[test]
    fn without_colour_bold_stays() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
        buffer.set_string(0, 0, "abc", Style::new().bold().fg(Color::Rgb(1, 2, 3)).bg(Color::Red));
        Depth::None.settle(&mut buffer);
        assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
        assert_eq!(buffer[(0, 0)].modifier, ratatui::style::Modifier::BOLD);
    }
}
