//! A picture of pixels that stands in cells: each pixel is a colour of a palette, plain or tinted.

use ratatui::layout::Rect;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Red, green and blue.
pub type Rgb = [u8; 3];

/// A part of a picture that is marked: its colours are mixed with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Tint {
    /// The colour.
    pub colour: Rgb,
    /// How much of it there is, in 256.
    pub share: u16,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The cells that it fills.
    pub area: Rect,
    /// Pixels across and down.
    pub size: (usize, usize),
    /// The colours.
    pub palette: Vec<Rgb>,
    /// Which colour each pixel has, row after row from the top.
    pub pixels: Vec<u8>,
}

impl Image {
    /// A picture of one colour, the first of the palette, with so many pixels in a cell across and down.
    pub fn new(area: Rect, (across, down): (u16, u16), palette: Vec<Rgb>) -> Self {
        let size = (usize::from(area.width) * usize::from(across), usize::from(area.height) * usize::from(down));
        Image { area, size, palette, pixels: vec![0; size.0 * size.1] }
    }

    /// Gives pixels of a column from one row up to another a colour.
    pub fn fill(&mut self, x: usize, rows: std::ops::Range<usize>, colour: u8) {
        for y in rows.start..rows.end.min(self.size.1) {
            if let Some(pixel) = self.pixels.get_mut(y * self.size.0 + x).filter(|_| x < self.size.0) {
                *pixel = colour;
            }
        }
    }

    /// Mixes the colours of some columns with another; the palette has both then.
    pub fn tint(&mut self, columns: std::ops::Range<usize>, tint: Tint) {
        let count = self.palette.len();
        if count > 128 || columns.is_empty() {
            return;
        }
        let mix = |a: u8, b: u8| ((u16::from(a) * (256 - tint.share) + u16::from(b) * tint.share) / 256) as u8;
        let tinted = |colour: &Rgb| std::array::from_fn(|k| mix(colour[k], tint.colour[k]));
        self.palette.extend(self.palette.clone().iter().map(tinted));
        for row in self.pixels.chunks_exact_mut(self.size.0.max(1)) {
            for pixel in &mut row[columns.start.min(self.size.0)..columns.end.min(self.size.0)] {
                *pixel += count as u8;
            }
        }
    }

    /// The part of the picture in some of its cells.
    pub fn part(&self, area: Rect) -> Image {
        let across = self.size.0 / usize::from(self.area.width.max(1));
        let down = self.size.1 / usize::from(self.area.height.max(1));
        let left = usize::from(area.x - self.area.x) * across;
        let top = usize::from(area.y - self.area.y) * down;
        let size = (usize::from(area.width) * across, usize::from(area.height) * down);
        let rows = (top..top + size.1).map(|y| &self.pixels[y * self.size.0 + left..][..size.0]);
        Image { area, size, palette: self.palette.clone(), pixels: rows.flatten().copied().collect() }
    }

    /// Equal for equal pictures.
    pub fn key(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.size, &self.palette, &self.pixels).hash(&mut hasher);
        hasher.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_has_the_pixels_of_its_cells() {
        let mut image = Image::new(Rect::new(10, 5, 3, 2), (2, 2), vec![[0; 3], [200; 3]]);
        image.fill(3, 1..3, 1);
        image.fill(99, 0..9, 1);
        let part = image.part(Rect::new(11, 5, 1, 1));
        assert_eq!((part.size, part.pixels.as_slice()), ((2, 2), &[0, 0, 0, 1][..]));
        image.tint(2..4, Tint { colour: [100, 0, 0], share: 128 });
        assert_eq!(image.palette[2..], [[50, 0, 0], [150, 100, 100]]);
        assert_eq!(image.pixels[6..12], [0, 0, 2, 3, 0, 0]);
        assert_ne!(image.key(), part.key());
    }
}
