//! Colours: maps from values, and the colours of everything else.

use super::canvas::Rgb;
use colorous::Gradient;

/// Names of the maps in sessions.
pub const MAPS: &[&str] =
    &["auto", "magma", "viridis", "inferno", "plasma", "cividis", "gray", "diverging", "blue-orange"];

/// Ends and middle of the map for differences on a dark ground: what lies near nothing is dark.
const BLUE_ORANGE: [[f64; 3]; 3] = [[96.0, 176.0, 255.0], [18.0, 20.0, 26.0], [255.0, 150.0, 60.0]];

/// 256 colours for values from 0 to 1.
pub struct Map([Rgb; 256]);

impl Map {
    /// The map called `name`; `"auto"` is magma, and for values of both signs red and blue around white.
    pub fn new(name: &str, signed: bool) -> Self {
        if name == "blue-orange" {
            return Map(std::array::from_fn(|k| blue_orange(k as f64 / 255.0)));
        }
        let gradient: Option<(Gradient, bool)> = match name {
            "viridis" => Some((colorous::VIRIDIS, false)),
            "inferno" => Some((colorous::INFERNO, false)),
            "plasma" => Some((colorous::PLASMA, false)),
            "cividis" => Some((colorous::CIVIDIS, false)),
            "gray" => None,
            "diverging" => Some((colorous::RED_BLUE, true)),
            "auto" if signed => Some((colorous::RED_BLUE, true)),
            _ => Some((colorous::MAGMA, false)),
        };
        Map(std::array::from_fn(|k| match gradient {
            None => [k as u8; 3],
            Some((gradient, reverse)) => {
                let colour = gradient.eval_rational(if reverse { 255 - k } else { k }, 256);
                [colour.r, colour.g, colour.b]
            }
        }))
    }

    /// The colour of a value; what lies outside 0 to 1 has the colour of the nearer end.
    pub fn colour(&self, value: f32) -> Rgb {
        self.0[(value * 255.0).round().clamp(0.0, 255.0) as usize]
    }
}

fn blue_orange(at: f64) -> Rgb {
    let [low, middle, high] = BLUE_ORANGE;
    let (end, share) = if at < 0.5 { (low, 1.0 - 2.0 * at) } else { (high, 2.0 * at - 1.0) };
    std::array::from_fn(|k| (middle[k] + (end[k] - middle[k]) * share).round() as u8)
}

/// Colours of paper, ink and the rest.
pub struct Theme {
    /// Behind everything.
    pub paper: Rgb,
    /// Title and axes.
    pub ink: Rgb,
    /// Facts and caption.
    pub muted: Rgb,
    /// Lines of the grid.
    pub grid: Rgb,
    /// The range of a waveform, and lines.
    pub trace: Rgb,
    /// RMS inside a waveform.
    pub core: Rgb,
    /// Full scale, where a waveform goes beyond it.
    pub alarm: Rgb,
    /// Where there is no value.
    pub nothing: Rgb,
    /// Grounds of stretches of time, in turns.
    pub spans: [Rgb; 2],
}

impl Theme {
    /// Names of the themes in sessions.
    pub const NAMES: &[&str] = &["light", "dark"];

    /// The theme called `name`.
    pub fn new(name: &str) -> Self {
        match name {
            "dark" => Theme {
                paper: [0x14, 0x16, 0x1b],
                ink: [0xe8, 0xea, 0xee],
                muted: [0x98, 0xa0, 0xac],
                grid: [0x2a, 0x2e, 0x36],
                trace: [0x5a, 0x9b, 0xe0],
                core: [0xa9, 0xcf, 0xf7],
                alarm: [0xe8, 0x6a, 0x5c],
                nothing: [0x3a, 0x3f, 0x48],
                spans: [[0x2c, 0x4a, 0x6e], [0x3a, 0x3e, 0x68]],
            },
            _ => Theme {
                paper: [0xff, 0xff, 0xff],
                ink: [0x1c, 0x1f, 0x24],
                muted: [0x6a, 0x72, 0x7d],
                grid: [0xe4, 0xe7, 0xeb],
                trace: [0x6d, 0xa5, 0xdd],
                core: [0x1f, 0x5f, 0xa8],
                alarm: [0xc9, 0x3a, 0x2c],
                nothing: [0xc8, 0xcc, 0xd2],
                spans: [[0xbe, 0xd4, 0xec], [0xd0, 0xce, 0xee]],
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_run_from_dark_to_light() {
        for name in MAPS.iter().filter(|name| !["diverging", "blue-orange"].contains(name)) {
            let map = Map::new(name, false);
            let light = |v: f32| map.colour(v).iter().map(|&c| u32::from(c)).sum::<u32>();
            assert!(light(0.0) + 100 < light(0.5) && light(0.5) < light(1.0), "{name}");
            assert_eq!((map.colour(-5.0), map.colour(f32::INFINITY)), (map.colour(0.0), map.colour(1.0)));
        }
        let signed = Map::new("auto", true);
        assert!(signed.colour(0.5).iter().all(|c| *c > 230));
        assert!(signed.colour(0.0)[2] > signed.colour(0.0)[0] && signed.colour(1.0)[0] > signed.colour(1.0)[2]);
    }
}
