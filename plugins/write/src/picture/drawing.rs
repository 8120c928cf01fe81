//! What a picture consists of, in the order in which it is drawn: what every renderer gets.

use super::canvas::{Canvas, Rect, Rgb};
use super::text::{Anchor, Fonts, Style};

/// A place in pixels, from the left and from above.
pub type Place = (f32, f32);

/// One thing that is drawn.
pub enum Shape {
    /// A rectangle of one colour.
    Fill { rect: Rect, colour: Rgb },
    /// A column of one pixel's width, its ends between pixels.
    Column { x: usize, top: f32, bottom: f32, colour: Rgb },
    /// A line with round ends, inside `clip`.
    Line { from: Place, to: Place, thick: f32, clip: Rect, colour: Rgb },
    /// Pixels of their own, three bytes each, in rows from the top.
    Pixels { rect: Rect, pixels: Vec<u8> },
    /// Text; standing, it reads from the bottom to the top.
    Text { text: String, place: Place, anchor: Anchor, style: Style, standing: bool },
}

/// A whole picture.
pub struct Drawing {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// The colour behind everything.
    pub paper: Rgb,
    /// What is on it.
    pub shapes: Vec<Shape>,
}

impl Drawing {
    /// An empty page.
    pub fn new(width: usize, height: usize, paper: Rgb) -> Self {
        Drawing { width, height, paper, shapes: Vec::new() }
    }

    /// Fills a rectangle.
    pub fn fill(&mut self, rect: Rect, colour: Rgb) {
        self.shapes.push(Shape::Fill { rect, colour });
    }

    /// Draws the outline of a rectangle, `thick` pixels wide, around it.
    pub fn outline(&mut self, rect: Rect, thick: usize, colour: Rgb) {
        let (x, y) = (rect.x.saturating_sub(thick), rect.y.saturating_sub(thick));
        let (width, height) = (rect.width + 2 * thick, rect.height + 2 * thick);
        self.fill(Rect { x, y, width, height: thick }, colour);
        self.fill(Rect { x, y: rect.bottom(), width, height: thick }, colour);
        self.fill(Rect { x, y, width: thick, height }, colour);
        self.fill(Rect { x: rect.right(), y, width: thick, height }, colour);
    }

    /// Fills column `x` from `top` to `bottom`, inside `clip`.
    pub fn column(&mut self, x: usize, top: f32, bottom: f32, clip: Rect, colour: Rgb) {
        let top = top.clamp(clip.y as f32, clip.bottom() as f32);
        let bottom = bottom.clamp(top, clip.bottom() as f32);
        self.shapes.push(Shape::Column { x, top, bottom, colour });
    }

    /// Draws a line with round ends, inside `clip`.
    pub fn line(&mut self, from: Place, to: Place, thick: f32, clip: Rect, colour: Rgb) {
        self.shapes.push(Shape::Line { from, to, thick, clip, colour });
    }

    /// Puts pixels there.
    pub fn pixels(&mut self, rect: Rect, pixels: Vec<u8>) {
        self.shapes.push(Shape::Pixels { rect, pixels });
    }

    /// Writes a text whose baseline is at `place`.
    pub fn text(&mut self, text: &str, place: Place, anchor: Anchor, style: Style) {
        self.shapes.push(Shape::Text { text: text.to_owned(), place, anchor, style, standing: false });
    }

    /// Writes a text that reads from the bottom to the top.
    pub fn standing(&mut self, text: &str, place: Place, anchor: Anchor, style: Style) {
        self.shapes.push(Shape::Text { text: text.to_owned(), place, anchor, style, standing: true });
    }

    /// The picture in pixels.
    pub fn raster(&self, fonts: &Fonts) -> Canvas {
        let mut canvas = Canvas::new(self.width, self.height, self.paper);
        for shape in &self.shapes {
            match shape {
                Shape::Fill { rect, colour } => canvas.fill(*rect, *colour),
                Shape::Column { x, top, bottom, colour } => canvas.column(*x, *top, *bottom, *colour),
                Shape::Line { from, to, thick, clip, colour } => canvas.line(*from, *to, *thick, *clip, *colour),
                Shape::Pixels { rect, pixels } => canvas.pixels_at(*rect, pixels),
                Shape::Text { text, place, anchor, style, standing: false } => {
                    fonts.draw(&mut canvas, text, *place, *anchor, *style);
                }
                Shape::Text { text, place, anchor, style, standing: true } => {
                    fonts.draw_standing(&mut canvas, text, *place, *anchor, *style);
                }
            }
        }
        canvas
    }
}
