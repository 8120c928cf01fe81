//! Pictures of pixels in a terminal that has them: Kitty's graphics, Sixel, iTerm2's inline images. Elsewhere cells do.
//!
//! A view marks the cells that a picture stands in ([`MARK`]); what is drawn over them later takes the mark away, so no
//! picture ever covers a box or a text. Pictures are cut into tiles, and a tile is sent only when it has changed.

pub mod answer;
mod encode;
mod image;
mod shown;

pub use encode::KITTY_CLEAR;
pub use image::{Image, Tint};
pub use shown::Shown;

/// What stands in the cells of a picture: a blank that no text has.
pub const MARK: &str = "\u{a0}";

/// How a terminal is given pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// Kitty's graphics protocol: sw.kovidgoyal.net/kitty/graphics-protocol.
    Kitty,
    /// DEC's Sixel: VT330/VT340 Programmer Reference Manual, volume 2, chapter 14.
    Sixel,
    /// iTerm2's inline images: iterm2.com/documentation-images.html.
    Iterm2,
}

/// What the user wants pictures to be made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pictures {
    /// Whatever the terminal says that it has.
    #[default]
    Auto,
    /// This, whatever it says.
    Named(Protocol),
    /// Cells, as on any terminal.
    Cells,
}

impl Pictures {
    /// The names, the default first.
    pub const NAMES: [&str; 5] = ["auto", "kitty", "sixel", "iterm2", "cells"];

    /// What has that name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [Protocol::Kitty, Protocol::Sixel, Protocol::Iterm2].map(Pictures::Named);
        let all = [Pictures::Auto, all[0], all[1], all[2], Pictures::Cells];
        Self::NAMES.iter().zip(all).find(|(known, _)| **known == name).map(|(_, pictures)| pictures)
    }
}

/// What pictures this terminal shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Graphics {
    /// How it is given them.
    pub protocol: Protocol,
    /// Width and height of a cell in pixels.
    pub cell: (u16, u16),
}

/// Pixels of the terminal that one of ours is wide and high.
const COARSE: u16 = 2;
/// Most of our pixels in a cell, across and down.
const MOST: (u16, u16) = (8, 16);

impl Graphics {
    /// Our pixels in a cell, across and down: half as many as the terminal's, which no eye misses and a line over the
    /// network does not carry.
    pub fn fine(&self) -> (u16, u16) {
        let (width, height) = self.cell;
        (width.div_ceil(COARSE).clamp(1, MOST.0), height.div_ceil(COARSE).clamp(1, MOST.1))
    }
}
