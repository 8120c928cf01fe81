//! Colours of values: 64 levels in 24 bits, fewer where the terminal has fewer.

use super::colour::Depth;
use ratatui::style::Color;

/// Steps of a palette. More cost bytes on every frame, and nobody sees them.
pub const LEVELS: usize = 64;

/// A colour map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Palette {
    /// Blue, green, yellow: even in brightness, safe for the colour-blind.
    #[default]
    Viridis,
    /// Black, purple, orange, white.
    Magma,
    /// Black, red, yellow.
    Inferno,
    /// Blue to yellow, made for colour vision deficiency.
    Cividis,
    /// Black to white.
    Grey,
    /// Blue below zero, dark at zero, orange above: for differences alone.
    Signed,
}

/// The ends of the map for differences, and what lies between them.
const SIGNED: [[f64; 3]; 3] = [[96.0, 176.0, 255.0], [18.0, 20.0, 26.0], [255.0, 150.0, 60.0]];

/// All palettes in the order in which they are cycled through.
const ALL: [Palette; 5] = [Palette::Viridis, Palette::Magma, Palette::Inferno, Palette::Cividis, Palette::Grey];

/// Colours from dark to bright among the sixteen, in the order of [`ALL`], those of differences last.
const SIXTEEN: [&[Color]; 6] = [
    &[Color::Black, Color::Blue, Color::Cyan, Color::LightGreen, Color::LightYellow, Color::White],
    &[Color::Black, Color::Blue, Color::Magenta, Color::LightRed, Color::LightYellow, Color::White],
    &[Color::Black, Color::Red, Color::LightRed, Color::Yellow, Color::LightYellow, Color::White],
    &[Color::Black, Color::Blue, Color::DarkGray, Color::Gray, Color::Yellow, Color::LightYellow],
    &[Color::Black, Color::DarkGray, Color::Gray, Color::White],
    &[Color::LightCyan, Color::Blue, Color::Black, Color::Red, Color::LightYellow],
];

/// Cells from empty to full, for terminals without colour.
pub const SHADES: [&str; 5] = [" ", "░", "▒", "▓", "█"];

impl Palette {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Palette::Viridis => "viridis",
            Palette::Magma => "magma",
            Palette::Inferno => "inferno",
            Palette::Cividis => "cividis",
            Palette::Grey => "grey",
            Palette::Signed => "blue to orange",
        }
    }

    /// The palette of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        ALL.into_iter().find(|palette| palette.name() == name)
    }

    /// The one so many places further.
    pub fn turned(self, by: i64) -> Self {
        ALL[(self.place() as i64 + by).rem_euclid(ALL.len() as i64) as usize]
    }

    fn place(self) -> usize {
        ALL.iter().position(|palette| *palette == self).unwrap_or(0)
    }

    /// The colours of all levels on a terminal of this depth.
    pub fn table(self, depth: Depth) -> Table {
        let colours = match depth {
            Depth::True | Depth::Indexed => (0..LEVELS).map(|level| depth.map(self.rgb(level))).collect(),
            Depth::Sixteen => SIXTEEN[if self == Palette::Signed { ALL.len() } else { self.place() }].to_vec(),
            Depth::None => vec![Color::Reset],
        };
        Table { colours, depth }
    }

    /// Red, green and blue of all levels.
    pub fn colours(self) -> Vec<[u8; 3]> {
        let parts = |colour| if let Color::Rgb(r, g, b) = colour { [r, g, b] } else { [0; 3] };
        (0..LEVELS).map(|level| parts(self.rgb(level))).collect()
    }

    fn rgb(self, level: usize) -> Color {
        let at = level as f64 / (LEVELS - 1) as f64;
        let gradient = match self {
            Palette::Viridis => colorous::VIRIDIS,
            Palette::Magma => colorous::MAGMA,
            Palette::Inferno => colorous::INFERNO,
            Palette::Cividis => colorous::CIVIDIS,
            Palette::Grey => {
                let grey = (at * 255.0).round() as u8;
                return Color::Rgb(grey, grey, grey);
            }
            Palette::Signed => {
                let (end, share) = if at < 0.5 { (SIGNED[0], 1.0 - 2.0 * at) } else { (SIGNED[2], 2.0 * at - 1.0) };
                let [r, g, b] = [0, 1, 2].map(|k| (SIGNED[1][k] + (end[k] - SIGNED[1][k]) * share).round() as u8);
                return Color::Rgb(r, g, b);
            }
        };
        let colour = gradient.eval_continuous(at);
        Color::Rgb(colour.r, colour.g, colour.b)
    }
}

/// The level of a value from 0 to 1, of so many; what lies outside is the nearest.
pub fn level(value: f32, levels: usize) -> usize {
    ((value.clamp(0.0, 1.0) * levels as f32) as usize).min(levels - 1)
}

/// A palette's colours as one terminal shows them.
#[derive(Clone, Debug)]
pub struct Table {
    colours: Vec<Color>,
    depth: Depth,
}

impl Table {
    /// The colour of a value from 0 (least) to 1; what lies outside is the nearest, and what is no number is grey.
    pub fn colour(&self, value: f32) -> Color {
        if value.is_nan() {
            return self.depth.map(Color::Rgb(96, 96, 96));
        }
        self.colours[level(value, self.colours.len())]
    }

    /// Does the terminal show values by shades, not colours?
    pub fn is_shades(&self) -> bool {
        self.depth == Depth::None
    }

    /// The shade of a value from 0 to 1.
    pub fn shade(value: f32) -> &'static str {
        if value.is_nan() {
            return "?";
        }
        SHADES[level(value, SHADES.len())]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_the_maps_own_and_nothing_lies_outside() {
        let table = Palette::Viridis.table(Depth::True);
        assert_eq!(table.colour(0.0), Color::Rgb(68, 1, 84));
        assert_eq!(table.colour(1.0), Color::Rgb(253, 231, 37));
        assert_eq!(table.colour(-3.0), table.colour(0.0));
        assert_eq!(table.colour(f32::INFINITY), table.colour(1.0));
        assert_ne!(table.colour(f32::NAN), table.colour(0.0));
        assert_eq!(Table::shade(0.999), "█");
    }

    #[test]
    fn every_depth_gets_only_colours_it_has() {
        for palette in ALL {
            assert_eq!(Palette::from_name(palette.name()), Some(palette));
            for value in [0.0, 0.3, 1.0, f32::NAN] {
                assert!(matches!(palette.table(Depth::True).colour(value), Color::Rgb(..)));
                assert!(matches!(palette.table(Depth::Indexed).colour(value), Color::Indexed(16..)));
                assert!(!matches!(palette.table(Depth::Sixteen).colour(value), Color::Rgb(..) | Color::Indexed(_)));
                assert_eq!(palette.table(Depth::None).colour(value), Color::Reset);
            }
        }
        assert_eq!(Palette::Viridis.turned(-1), Palette::Grey);
    }
}
