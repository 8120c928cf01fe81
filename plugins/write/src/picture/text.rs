//! Text in two weights, lying or standing.

use super::canvas::{Canvas, Rgb};
use ab_glyph::{Font, FontRef, GlyphId, PxScale, ScaleFont, point};
use auricle_sdk::prelude::*;

const REGULAR: &[u8] = include_bytes!("../../fonts/Inter-Regular.otf");
const SEMIBOLD: &[u8] = include_bytes!("../../fonts/Inter-SemiBold.otf");

/// The fonts, ready to draw.
pub struct Fonts {
    regular: FontRef<'static>,
    semibold: FontRef<'static>,
}

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// Height of the em square in pixels.
    pub size: f32,
    /// Heavier than usual?
    pub bold: bool,
    /// Of the letters.
    pub colour: Rgb,
}

/// What part of the text the given point is: across it. Its vertical place is always the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Anchor {
    /// The beginning.
    Start,
    /// The middle.
    Middle,
    /// The end.
    End,
}

impl Fonts {
    /// Reads the fonts in the library.
    ///
    /// # Errors
    /// They are damaged.
    pub fn new() -> Result<Self> {
        let read = |bytes| FontRef::try_from_slice(bytes).map_err(|e| Error::internal(format!("the font: {e}")));
        Ok(Fonts { regular: read(REGULAR)?, semibold: read(SEMIBOLD)? })
    }

    fn font(&self, style: Style) -> (&FontRef<'static>, PxScale) {
        let font = if style.bold { &self.semibold } else { &self.regular };
        // The library scales by the height of a line, we by the em.
        let em = font.units_per_em().unwrap_or(1.0);
        (font, PxScale::from(style.size * font.height_unscaled() / em))
    }

    /// The glyphs of a text with where each begins, and where the text ends.
    fn glyphs(&self, text: &str, style: Style) -> (Vec<(GlyphId, f32)>, f32) {
        let (font, scale) = self.font(style);
        let scaled = font.as_scaled(scale);
        let mut x = 0.0;
        let mut glyphs = Vec::new();
        for character in text.chars() {
            let id = font.glyph_id(character);
            glyphs.push((id, x));
            x += scaled.h_advance(id);
        }
        (glyphs, x)
    }

    /// Width of a text in pixels.
    pub fn width(&self, text: &str, style: Style) -> f32 {
        self.glyphs(text, style).1
    }

    /// The text, or as much of it as `width` pixels hold and an ellipsis.
    pub fn fitted(&self, text: &str, style: Style, width: f32) -> String {
        if self.width(text, style) <= width {
            return text.to_owned();
        }
        let mut short: String = text.to_owned();
        while short.pop().is_some() {
            let candidate = format!("{}…", short.trim_end());
            if self.width(&candidate, style) <= width {
                return candidate;
            }
        }
        String::new()
    }

    /// The text in lines of at most `width` pixels, broken at spaces; a line of the text begins a line.
    pub fn wrapped(&self, text: &str, style: Style, width: f32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        for given in text.lines() {
            let mut line = String::new();
            for word in given.split(' ') {
                let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
                if !line.is_empty() && self.width(&longer, style) > width {
                    lines.push(std::mem::replace(&mut line, word.to_owned()));
                } else {
                    line = longer;
                }
            }
            lines.push(line);
        }
        lines
    }

    /// Draws a text whose baseline is at `y`.
    pub fn draw(&self, canvas: &mut Canvas, text: &str, (x, y): (f32, f32), anchor: Anchor, style: Style) {
        self.each_pixel(text, anchor, style, |along, down, alpha| {
            canvas.blend((x.round() as i64) + along, (y.round() as i64) + down, style.colour, alpha);
        });
    }

    /// Draws a text that reads from the bottom to the top; its baseline is at `x`.
    pub fn draw_standing(&self, canvas: &mut Canvas, text: &str, (x, y): (f32, f32), anchor: Anchor, style: Style) {
        self.each_pixel(text, anchor, style, |along, down, alpha| {
            canvas.blend((x.round() as i64) + down, (y.round() as i64) - along, style.colour, alpha);
        });
    }

    /// Calls `put(pixels along the text, pixels below its baseline, coverage)`.
    fn each_pixel(&self, text: &str, anchor: Anchor, style: Style, mut put: impl FnMut(i64, i64, f32)) {
        let (font, scale) = self.font(style);
        let (glyphs, width) = self.glyphs(text, style);
        let begin = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => -width / 2.0,
            Anchor::End => -width,
        };
        for (id, x) in glyphs {
            let glyph = id.with_scale_and_position(scale, point(begin + x, 0.0));
            let Some(outline) = font.outline_glyph(glyph) else { continue };
            let bounds = outline.px_bounds();
            outline.draw(|gx, gy, coverage| {
                put(bounds.min.x as i64 + i64::from(gx), bounds.min.y as i64 + i64::from(gy), coverage);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style { size: 20.0, bold: false, colour: [0; 3] };

    #[test]
    fn text_is_as_wide_as_it_says() {
        let fonts = Fonts::new().expect("the fonts are whole");
        let width = fonts.width("Frequency (kHz)", STYLE);
        assert!((120.0..170.0).contains(&width), "{width}");
        let (mut left, mut right) = (i64::MAX, 0);
        fonts.each_pixel("Frequency (kHz)", Anchor::Start, STYLE, |along, _, _| {
            (left, right) = (left.min(along), right.max(along));
        });
        assert!(left >= 0 && (right as f32) < width && right as f32 > width - 5.0, "{left} {right} {width}");
    }

    #[test]
    fn long_text_ends_in_an_ellipsis() {
        let fonts = Fonts::new().expect("the fonts are whole");
        assert_eq!(fonts.fitted("short", STYLE, 500.0), "short");
        let fitted = fonts.fitted("a rather long title", STYLE, 100.0);
        assert!(fitted.ends_with('…') && fonts.width(&fitted, STYLE) <= 100.0, "{fitted}");
        assert_eq!(fonts.fitted("a", STYLE, 1.0), "");
    }

    #[test]
    fn captions_are_broken_at_spaces() {
        let fonts = Fonts::new().expect("the fonts are whole");
        assert_eq!(fonts.wrapped("one two\nthree", STYLE, 500.0), ["one two", "three"]);
        let lines = fonts.wrapped("a rather long title", STYLE, 100.0);
        assert!(lines.len() == 2 && lines.join(" ") == "a rather long title", "{lines:?}");
        assert_eq!(fonts.wrapped("unbreakable", STYLE, 1.0), ["unbreakable"]);
    }

    #[test]
    fn signs_that_labels_use_are_in_the_font() {
        let fonts = Fonts::new().expect("the fonts are whole");
        for character in "−·…→×µ²éß±≥Ωя".chars() {
            assert!(fonts.regular.glyph_id(character).0 != 0, "{character}");
            assert!(fonts.semibold.glyph_id(character).0 != 0, "{character}");
        }
    }
}
