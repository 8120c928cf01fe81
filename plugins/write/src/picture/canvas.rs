//! An RGB picture to draw on: rectangles, columns, lines, everything with soft edges.

/// Red, green, blue.
pub type Rgb = [u8; 3];

/// Pixels in rows from the top, three bytes each.
pub struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

/// A rectangle in whole pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rect {
    /// Left edge.
    pub x: usize,
    /// Upper edge.
    pub y: usize,
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

impl Rect {
    /// First column to the right of it.
    pub fn right(&self) -> usize {
        self.x + self.width
    }

    /// First row under it.
    pub fn bottom(&self) -> usize {
        self.y + self.height
    }
}

impl Canvas {
    /// A picture of one colour.
    pub fn new(width: usize, height: usize, colour: Rgb) -> Self {
        Canvas { width, height, pixels: colour.repeat(width * height) }
    }

    /// Its rows.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Sets one pixel; what lies outside is left out.
    pub fn set(&mut self, x: usize, y: usize, colour: Rgb) {
        if x < self.width && y < self.height {
            let at = (y * self.width + x) * 3;
            self.pixels[at..at + 3].copy_from_slice(&colour);
        }
    }

    /// Covers a pixel by the share `alpha` of 0 to 1.
    pub fn blend(&mut self, x: i64, y: i64, colour: Rgb, alpha: f32) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        if x < self.width && y < self.height {
            let alpha = alpha.clamp(0.0, 1.0);
            let at = (y * self.width + x) * 3;
            for (under, over) in self.pixels[at..at + 3].iter_mut().zip(colour) {
                *under = (f32::from(*under) + (f32::from(over) - f32::from(*under)) * alpha).round() as u8;
            }
        }
    }

    /// Fills a rectangle.
    pub fn fill(&mut self, rect: Rect, colour: Rgb) {
        for y in rect.y..rect.bottom() {
            for x in rect.x..rect.right() {
                self.set(x, y, colour);
            }
        }
    }

    /// Puts pixels, three bytes each in rows from the top, into a rectangle.
    pub fn pixels_at(&mut self, rect: Rect, pixels: &[u8]) {
        let (pixels, _) = pixels.as_chunks::<3>();
        for (y, row) in pixels.chunks_exact(rect.width.max(1)).take(rect.height).enumerate() {
            for (x, colour) in row.iter().enumerate() {
                self.set(rect.x + x, rect.y + y, *colour);
            }
        }
    }

    /// Fills column `x` from `top` to `bottom`, both in pixels with fractions.
    pub fn column(&mut self, x: usize, top: f32, bottom: f32, colour: Rgb) {
        for y in top.floor() as i64..bottom.ceil() as i64 {
            let covered = bottom.min((y + 1) as f32) - top.max(y as f32);
            self.blend(x as i64, y, colour, covered);
        }
    }

    /// Draws a line with round ends, inside `clip`.
    pub fn line(&mut self, from: (f32, f32), to: (f32, f32), thick: f32, clip: Rect, colour: Rgb) {
        let reach = thick / 2.0 + 1.0;
        let left = (from.0.min(to.0) - reach).max(clip.x as f32) as i64;
        let right = (from.0.max(to.0) + reach).min(clip.right() as f32).ceil() as i64;
        let top = (from.1.min(to.1) - reach).max(clip.y as f32) as i64;
        let bottom = (from.1.max(to.1) + reach).min(clip.bottom() as f32).ceil() as i64;
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let square = dx * dx + dy * dy;
        for y in top..bottom {
            for x in left..right {
                let (px, py) = (x as f32 + 0.5 - from.0, y as f32 + 0.5 - from.1);
                let along = if square > 0.0 { ((px * dx + py * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
                let distance = (px - along * dx).hypot(py - along * dy);
                self.blend(x, y, colour, thick / 2.0 + 0.5 - distance);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHITE: Rgb = [255; 3];
    const BLACK: Rgb = [0; 3];

    fn darkness(canvas: &Canvas) -> f32 {
        canvas.pixels().iter().step_by(3).map(|&p| 1.0 - f32::from(p) / 255.0).sum()
    }

    #[test]
    fn edges_cover_their_share() {
        let clip = Rect { x: 0, y: 0, width: 20, height: 10 };
        let mut canvas = Canvas::new(20, 10, WHITE);
        canvas.column(3, 2.25, 6.75, BLACK);
        assert!((darkness(&canvas) - 4.5).abs() < 0.01);
        let mut canvas = Canvas::new(20, 10, WHITE);
        canvas.line((4.0, 5.0), (14.0, 5.0), 2.0, clip, BLACK);
        let round_ends = std::f32::consts::PI;
        assert!((darkness(&canvas) - 20.0 - round_ends).abs() < 1.0, "{}", darkness(&canvas));
    }

    #[test]
    fn nothing_is_drawn_outside() {
        let clip = Rect { x: 0, y: 0, width: 2, height: 2 };
        let mut canvas = Canvas::new(2, 2, WHITE);
        canvas.line((-1e4, -50.0), (-5.0, 1e4), 3.0, clip, BLACK);
        canvas.column(9, -30.0, 30.0, BLACK);
        canvas.fill(Rect { x: 2, y: 0, width: 9, height: 9 }, BLACK);
        canvas.blend(-1, 0, BLACK, 1.0);
        assert_eq!(darkness(&canvas), 0.0);
    }
}
