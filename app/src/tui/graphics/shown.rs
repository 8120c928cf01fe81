//! Which pictures the terminal shows, and what has to be sent for it to show others.

use super::encode::{KITTY_CLEAR, picture, removal};
use super::image::Image;
use super::{Graphics, MARK, Protocol};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::fmt::Write;

/// Cells of a tile across: a cursor that moves has two of them sent.
const TILE: u16 = 8;
/// Most bytes of pictures in a frame; what is left waits for the next.
const MOST: usize = 192 << 10;

/// A tile on the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tile {
    area: Rect,
    key: u64,
    id: u32,
}

/// The tiles on the terminal.
#[derive(Debug, Default)]
pub struct Shown {
    tiles: Vec<Tile>,
    next: u32,
    protocol: Option<Protocol>,
}

impl Shown {
    /// Whatever the terminal shows is not there any more.
    pub fn forget(&mut self) {
        self.tiles.clear();
    }

    /// What has to be sent for the terminal to show these pictures in the marked cells of `screen`, and whether that is
    /// all: if there is no room for so many bytes, the rest waits for another frame.
    pub fn bring(
        &mut self,
        images: &[Image],
        screen: &Buffer,
        graphics: Option<&Graphics>,
        room: usize,
    ) -> (String, bool) {
        let mut text = String::new();
        let mut wanted: Vec<Image> = Vec::new();
        for image in images {
            wanted.extend(tiles(image, screen).into_iter().map(|area| image.part(area)));
        }
        let keys: Vec<(Rect, u64)> = wanted.iter().map(|image| (image.area, image.key())).collect();
        // Another picture in the same cells replaces what is there.
        let gone = |tile: &Tile| !keys.iter().any(|(area, _)| *area == tile.area);
        if let Some(protocol) = self.protocol {
            self.tiles.iter().filter(|tile| gone(tile)).for_each(|tile| text += &removal(tile.id, protocol));
        }
        self.tiles.retain(|tile| !gone(tile));
        let Some(graphics) = graphics else { return (text, true) };
        if self.protocol != Some(graphics.protocol) {
            self.forget();
            self.protocol = Some(graphics.protocol);
        }
        for (image, (area, key)) in wanted.iter().zip(keys) {
            let known = self.tiles.iter().position(|tile| tile.area == area);
            if known.is_some_and(|at| self.tiles[at].key == key) {
                continue;
            }
            if text.len() >= room.min(MOST) {
                return (text, false);
            }
            let id = known.map_or_else(
                || {
                    // Numbers of our own: another program's pictures may stay on its screen.
                    self.next = self.next % 60_000 + 1;
                    0x4155_0000 + self.next
                },
                |at| self.tiles[at].id,
            );
            // A string takes everything.
            let _ = write!(text, "\x1b[{};{}H", area.y + 1, area.x + 1);
            text += &picture(image, id, graphics);
            match known {
                Some(at) => self.tiles[at].key = key,
                None => self.tiles.push(Tile { area, key, id }),
            }
        }
        (text, true)
    }

    /// What takes away all pictures, for the next program.
    pub fn clear(&mut self) -> &'static str {
        self.forget();
        if self.protocol == Some(Protocol::Kitty) { KITTY_CLEAR } else { "" }
    }
}

/// The tiles of a picture: whole ones where all their cells are marked, else each stretch of marked cells in a row.
fn tiles(image: &Image, screen: &Buffer) -> Vec<Rect> {
    let Rect { x, y, width, height } = image.area;
    let is_marked = |x: u16, y: u16| screen.cell((x, y)).is_some_and(|cell| cell.symbol() == MARK);
    let mut tiles = Vec::new();
    for left in (x..x + width).step_by(usize::from(TILE)) {
        let tile = Rect { x: left, y, width: TILE.min(x + width - left), height };
        if tile.positions().all(|at| is_marked(at.x, at.y)) {
            tiles.push(tile);
            continue;
        }
        for y in tile.y..tile.bottom() {
            let mut start = None;
            for x in tile.x..=tile.right() {
                match (start, x < tile.right() && is_marked(x, y)) {
                    (None, true) => start = Some(x),
                    (Some(from), false) => {
                        tiles.push(Rect { x: from, y, width: x - from, height: 1 });
                        start = None;
                    }
                    _ => {}
                }
            }
        }
    }
    tiles
}

#[cfg(test)]
mod tests {
    use super::*;

    const KITTY: Graphics = Graphics { protocol: Protocol::Kitty, cell: (10, 20) };

    fn screen(area: Rect) -> Buffer {
        let mut screen = Buffer::empty(Rect::new(0, 0, 40, 10));
        for at in area.positions() {
            screen[at].set_symbol(MARK);
        }
        screen
    }

    #[test]
    fn only_what_changes_is_sent_and_what_is_gone_is_taken_away() {
        let area = Rect::new(2, 1, 20, 4);
        let mut image = Image::new(area, (5, 10), vec![[0; 3], [255; 3]]);
        let mut shown = Shown::default();
        let count = |text: &str, what: &str| text.matches(what).count();
        let (text, is_all) = shown.bring(&[image.clone()], &screen(area), Some(&KITTY), MOST);
        assert_eq!((count(&text, "a=T"), count(&text, "a=d"), is_all), (3, 0, true));
        assert!(text.contains("\x1b[2;3H") && text.contains("\x1b[2;11H"));
        assert_eq!(shown.bring(&[image.clone()], &screen(area), Some(&KITTY), MOST), (String::new(), true));
        // A line in the second tile.
        image.fill(50, 0..40, 1);
        let (text, _) = shown.bring(&[image.clone()], &screen(area), Some(&KITTY), MOST);
        assert_eq!((count(&text, "a=T"), count(&text, "a=d")), (1, 0));
        // A box over its cells, which the picture leaves out; then nothing is left.
        let mut covered = screen(area);
        for at in Rect::new(12, 2, 2, 1).positions() {
            covered[at].set_symbol("x");
        }
        let (text, _) = shown.bring(&[image.clone()], &covered, Some(&KITTY), MOST);
        assert_eq!((count(&text, "a=T"), count(&text, "a=d")), (5, 1), "three whole rows and two pieces of one");
        let (text, _) = shown.bring(&[], &screen(Rect::ZERO), None, MOST);
        assert_eq!((count(&text, "a=T"), count(&text, "a=d")), (0, 7));
        assert_eq!(shown.clear(), KITTY_CLEAR);
    }

    #[test]
    fn a_frame_has_an_end() {
        let area = Rect::new(0, 0, 40, 10);
        let mut image = Image::new(area, (8, 16), (0..=255).map(|k| [k; 3]).collect());
        let mut state = 1u32;
        for pixel in &mut image.pixels {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *pixel = (state >> 24) as u8;
        }
        let sixel = Graphics { protocol: Protocol::Sixel, cell: (16, 32) };
        let mut shown = Shown::default();
        let room = 8 << 10;
        let (text, is_all) = shown.bring(&[image.clone()], &screen(area), Some(&sixel), room);
        assert!(!is_all && text.len() < MOST, "{}", text.len());
        let frames = (1..100).find(|_| shown.bring(&[image.clone()], &screen(area), Some(&sixel), room).1);
        assert!(frames.is_some(), "it comes to an end");
    }
}
