//! Pictures as the bytes that terminals take.

use super::super::clipboard::base64;
use super::image::Image;
use super::{Graphics, Protocol};
use std::fmt::Write;

/// Most bytes of one piece of a picture for Kitty, as its protocol says.
const PIECE: usize = 4096;

/// What shows a picture where the cursor is; `id` is a number that no other picture on the screen has.
pub fn picture(image: &Image, id: u32, graphics: &Graphics) -> String {
    match graphics.protocol {
        Protocol::Kitty => kitty(image, id),
        Protocol::Sixel => sixel(image, graphics.cell),
        Protocol::Iterm2 => iterm2(image),
    }
}

/// What takes a picture of that number away, where that is needed: elsewhere text that is written there does it.
pub fn removal(id: u32, protocol: Protocol) -> String {
    if protocol == Protocol::Kitty { format!("\x1b_Ga=d,d=I,i={id},q=2\x1b\\") } else { String::new() }
}

/// What takes all pictures away.
pub const KITTY_CLEAR: &str = "\x1b_Ga=d,d=A,q=2\x1b\\";

fn kitty(image: &Image, id: u32) -> String {
    let data = base64(&png(image));
    let (columns, rows) = (image.area.width, image.area.height);
    let mut text = String::with_capacity(data.len() + data.len() / PIECE * 16 + 64);
    let pieces = data.as_bytes().chunks(PIECE).count();
    for (at, piece) in data.as_bytes().chunks(PIECE).enumerate() {
        let more = u8::from(at + 1 < pieces);
        // A string takes everything; base64 is ASCII.
        let _ = match at {
            0 => write!(text, "\x1b_Ga=T,f=100,i={id},p=1,q=2,C=1,c={columns},r={rows},m={more};"),
            _ => write!(text, "\x1b_Gm={more};"),
        };
        text.extend(piece.iter().map(|byte| char::from(*byte)));
        text.push_str("\x1b\\");
    }
    text
}

fn iterm2(image: &Image) -> String {
    let data = png(image);
    let (columns, rows) = (image.area.width, image.area.height);
    let size = data.len();
    let how = format!("inline=1;size={size};width={columns};height={rows};preserveAspectRatio=0;doNotMoveCursor=1");
    format!("\x1b]1337;File={how}:{}\x07", base64(&data))
}

/// Sixel: bands of six rows, for each colour in a band its pixels, repeated ones counted. `cell` is the size of a cell, to
/// which our pixels are brought by repeating them.
fn sixel(image: &Image, cell: (u16, u16)) -> String {
    let width = usize::from(image.area.width) * usize::from(cell.0);
    let height = usize::from(image.area.height) * usize::from(cell.1);
    let columns: Vec<usize> = (0..width).map(|x| x * image.size.0 / width).collect();
    let mut text = format!("\x1bP0;1;0q\"1;1;{width};{height}");
    let mut used = vec![false; image.palette.len()];
    image.pixels.iter().for_each(|pixel| used[usize::from(*pixel)] = true);
    for (index, colour) in image.palette.iter().enumerate().filter(|(index, _)| used[*index]) {
        let [r, g, b] = colour.map(|value| (u32::from(value) * 100 + 127) / 255);
        let _ = write!(text, "#{index};2;{r};{g};{b}");
    }
    let mut masks: Vec<u8> = Vec::new();
    for band in (0..height).step_by(6) {
        let rows: Vec<&[u8]> = (band..(band + 6).min(height))
            .map(|y| &image.pixels[y * image.size.1 / height * image.size.0..][..image.size.0])
            .collect();
        let mut colours: Vec<u8> = rows.iter().flat_map(|row| row.iter().copied()).collect();
        colours.sort_unstable();
        colours.dedup();
        for (at, colour) in colours.into_iter().enumerate() {
            masks.clear();
            masks.extend((0..image.size.0).map(|x| {
                let bits = rows.iter().enumerate().filter(|(_, row)| row[x] == colour);
                bits.fold(0u8, |mask, (bit, _)| mask | 1 << bit)
            }));
            let _ = write!(text, "{}#{colour}", if at > 0 { "$" } else { "" });
            repeat(&columns, &masks, &mut text);
        }
        text.push('-');
    }
    text.pop();
    text.push_str("\x1b\\");
    text
}

/// One colour of a band, column after column; blank columns at its end are left out.
fn repeat(columns: &[usize], masks: &[u8], text: &mut String) {
    let last = columns.iter().rposition(|&column| masks[column] != 0).map_or(0, |last| last + 1);
    let mut at = 0;
    while at < last {
        let mask = masks[columns[at]];
        let run = columns[at..last].iter().take_while(|&&column| masks[column] == mask).count();
        let sign = char::from(63 + mask);
        if run > 3 {
            let _ = write!(text, "!{run}{sign}");
        } else {
            text.extend(std::iter::repeat_n(sign, run));
        }
        at += run;
    }
}

/// PNG with a palette.
fn png(image: &Image) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, image.size.0 as u32, image.size.1 as u32);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(image.palette.concat());
    encoder.set_compression(png::Compression::Fast);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&image.pixels)?;
        writer.finish()
    });
    // Memory takes everything, and the pixels are as many as the header says.
    written.map_or_else(|_| Vec::new(), |()| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;

    fn image() -> Image {
        let mut image = Image::new(Rect::new(0, 0, 4, 2), (2, 3), vec![[0; 3], [255, 128, 0]]);
        image.fill(7, 0..6, 1);
        image.fill(0, 2..3, 1);
        image
    }

    /// What a Sixel terminal draws: colours of palette by place.
    fn drawn(text: &str) -> (usize, usize, Vec<Option<u8>>) {
        let body = text.strip_prefix("\x1bP0;1;0q\"1;1;").expect("raster").strip_suffix("\x1b\\").expect("its end");
        let number = |text: &str| text.chars().take_while(char::is_ascii_digit).collect::<String>();
        let width = number(body);
        let height = number(&body[width.len() + 1..]);
        let mut rest = &body[width.len() + 1 + height.len()..];
        let (width, height): (usize, usize) = (width.parse().expect("a number"), height.parse().expect("a number"));
        let mut pixels = vec![None; width * height];
        let (mut x, mut band, mut colour, mut run) = (0, 0, 0u8, 1);
        while let Some(sign) = rest.chars().next() {
            rest = &rest[1..];
            let digits = number(rest);
            match sign {
                '#' => {
                    colour = digits.parse().expect("a colour");
                    rest = &rest[digits.len()..];
                    while rest.starts_with(';') {
                        rest = &rest[1 + number(&rest[1..]).len()..];
                    }
                }
                '!' => {
                    run = digits.parse().expect("a count");
                    rest = &rest[digits.len()..];
                }
                '$' => x = 0,
                '-' => (x, band) = (0, band + 6),
                sign => {
                    let mask = sign as u8 - 63;
                    for _ in 0..run {
                        for bit in (0..6).filter(|bit| mask >> bit & 1 == 1 && band + bit < height) {
                            pixels[(band + bit) * width + x] = Some(colour);
                        }
                        x += 1;
                    }
                    run = 1;
                }
            }
        }
        (width, height, pixels)
    }

    #[test]
    fn sixel_draws_every_pixel_once_at_the_size_of_the_cells() {
        let image = image();
        let (width, height, pixels) = drawn(&sixel(&image, (5, 7)));
        assert_eq!((width, height), (20, 14));
        for y in 0..height {
            for x in 0..width {
                let expected = image.pixels[y * image.size.1 / height * image.size.0 + x * image.size.0 / width];
                assert_eq!(pixels[y * width + x], Some(expected), "{x} {y}");
            }
        }
    }

    #[test]
    fn kitty_gets_pieces_of_a_png_that_fill_the_cells() {
        let mut image = Image::new(Rect::new(0, 0, 40, 20), (5, 10), (0..=255).map(|k| [k; 3]).collect());
        for (at, pixel) in image.pixels.iter_mut().enumerate() {
            *pixel = (at * at / 7) as u8;
        }
        let text = kitty(&image, 7);
        assert!(text.starts_with("\x1b_Ga=T,f=100,i=7,p=1,q=2,C=1,c=40,r=20,m=1;"));
        let pieces: Vec<&str> = text.split_terminator("\x1b\\").collect();
        assert!(pieces.len() > 2 && pieces.iter().all(|piece| piece.len() <= PIECE + 64), "{}", pieces.len());
        assert!(pieces[1].starts_with("\x1b_Gm=1;") && pieces[pieces.len() - 1].starts_with("\x1b_Gm=0;"));
        let bytes = png(&image);
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("it fits")];
        reader.next_frame(&mut pixels).expect("a picture");
        assert_eq!(pixels, image.pixels, "places in the palette");
        assert_eq!(reader.info().palette.as_deref().map(<[u8]>::len), Some(768));
    }

    #[test]
    fn iterm2_gets_one_file() {
        let text = iterm2(&image());
        assert!(text.starts_with("\x1b]1337;File=inline=1;size=") && text.ends_with('\x07'));
        assert!(text.contains(";width=4;height=2;preserveAspectRatio=0;"));
    }
}
