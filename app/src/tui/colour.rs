//! What colours the terminal has, and the last pass over a finished screen that brings all others to them.
//!
//! ratatui sends 24-bit colours to any terminal, and crossterm 0.29 turns every colour into a full reset under
//! `NO_COLOR`, which takes bold and reverse away too. So colours are settled here, before either sees them.

use ratatui::buffer::Buffer;
use ratatui::style::Color;

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

impl Depth {
    /// The depth that the environment tells of: `NO_COLOR`, `COLORTERM` and `TERM`.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        if variable("NO_COLOR").is_some_and(|value| !value.is_empty()) {
            return Depth::None;
        }
        let colours = variable("COLORTERM").unwrap_or_default();
        let term = variable("TERM").unwrap_or_default();
        if colours == "truecolor" || colours == "24bit" || term.ends_with("-direct") {
            return Depth::True;
        }
        match term.as_str() {
            "dumb" => Depth::None,
            term if term.contains("256color") || term.contains("kitty") || term.contains("alacritty") => Depth::Indexed,
            "" if cfg!(windows) => Depth::True,
            _ => Depth::Sixteen,
        }
    }

    /// The nearest colour that there is.
    pub fn map(self, colour: Color) -> Color {
        match (self, colour) {
            (Depth::None, _) => Color::Reset,
            (Depth::Indexed, Color::Rgb(r, g, b)) => Color::Indexed(nearest_of_256(r, g, b)),
            (Depth::Sixteen, Color::Rgb(r, g, b)) => nearest_of_16(r, g, b),
            _ => colour,
        }
    }

    /// Brings every cell to this depth.
    pub fn settle(self, buffer: &mut Buffer) {
        if self == Depth::True {
            return;
        }
        for cell in &mut buffer.content {
            cell.fg = self.map(cell.fg);
            cell.bg = self.map(cell.bg);
        }
    }
}

fn nearest_of_256(r: u8, g: u8, b: u8) -> u8 {
    let step = |value: u8| (0..6u8).min_by_key(|&k| value.abs_diff(CUBE[usize::from(k)])).unwrap_or(0);
    let (cr, cg, cb) = (step(r), step(g), step(b));
    let cube = [cr, cg, cb].map(|k| CUBE[usize::from(k)]);
    let mean = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
    let grey_step = (mean.saturating_sub(3) / 10).min(23) as u8;
    let grey = 8 + 10 * grey_step;
    if distance([r, g, b], [grey; 3]) < distance([r, g, b], cube) {
        232 + grey_step
    } else {
        16 + 36 * cr + 6 * cg + cb
    }
}

fn nearest_of_16(r: u8, g: u8, b: u8) -> Color {
    let near = SIXTEEN.iter().min_by_key(|(_, rgb)| distance([r, g, b], *rgb));
    near.map_or(Color::Reset, |(colour, _)| *colour)
}

/// Weighted as the eye does, roughly.
fn distance(a: [u8; 3], b: [u8; 3]) -> u32 {
    let square = |k: usize| u32::from(a[k].abs_diff(b[k])).pow(2);
    3 * square(0) + 6 * square(1) + square(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn the_environment_decides() {
        let rows: [(&[(&str, &str)], Depth); 9] = [
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], Depth::True),
            (&[("TERM", "xterm-256color")], Depth::Indexed),
            (&[("TERM", "tmux-256color")], Depth::Indexed),
            (&[("TERM", "linux")], Depth::Sixteen),
            (&[("TERM", "xterm")], Depth::Sixteen),
            (&[("TERM", "dumb")], Depth::None),
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("NO_COLOR", "1")], Depth::None),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "")], Depth::Indexed),
            (&[("TERM", "xterm-direct")], Depth::True),
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
