//! What the terminal shows and what it is to show: a frame in pieces, each as large as the line has room for.

use super::graphics::{Graphics, Image, Protocol, Shown};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell};
use ratatui::crossterm::queue;
use ratatui::crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};
use ratatui::layout::Rect;
use std::io::{self, Write};

/// Cells that are sent or left together.
const CELLS: usize = 24;
/// Ends whatever sequence the terminal is in the middle of: CAN, ST (ECMA-48, 8.3.143; XTerm Control Sequences).
pub const ABORT: &str = "\x18\x1b\\";

/// What the screen shows at one moment.
pub struct Frame {
    /// The cells.
    pub cells: Buffer,
    /// Pictures that stand in marked cells of it.
    pub pictures: Vec<Image>,
    /// How the terminal is given them.
    pub graphics: Option<Graphics>,
}

/// The terminal's screen.
pub struct Canvas {
    shown: Buffer,
    wanted: Frame,
    pictures: Shown,
    /// All of the terminal is to be painted.
    is_blank: bool,
    /// What is wanted is shown.
    is_done: bool,
    /// What has last been wanted otherwise, in reading order: it goes first, since somebody waits for it.
    fresh: Vec<bool>,
    /// The place in reading order at which the pictures of the next piece begin.
    from: usize,
}

impl Default for Canvas {
    fn default() -> Self {
        let empty = Buffer::empty(Rect::ZERO);
        let wanted = Frame { cells: empty.clone(), pictures: Vec::new(), graphics: None };
        Canvas {
            shown: empty,
            wanted,
            pictures: Shown::default(),
            is_blank: true,
            is_done: true,
            fresh: Vec::new(),
            from: 0,
        }
    }
}

impl Canvas {
    /// Is all shown that is wanted?
    pub fn is_done(&self) -> bool {
        self.is_done
    }

    /// Whatever the terminal shows, it is not what was painted.
    pub fn forget(&mut self) {
        self.is_blank = true;
        self.is_done &= self.wanted.cells.area.is_empty();
    }

    /// Wants this from now on, and nothing that was wanted before.
    pub fn aim(&mut self, next: Frame) {
        self.is_blank |= next.cells.area != self.shown.area;
        if self.is_done || self.is_blank {
            self.fresh.clear();
        }
        self.fresh.resize(next.cells.content.len(), false);
        for ((fresh, old), new) in self.fresh.iter_mut().zip(&self.wanted.cells.content).zip(&next.cells.content) {
            *fresh |= old.symbol() != new.symbol();
        }
        (self.wanted, self.is_done) = (next, false);
    }

    /// The next piece of what is wanted, of about so many bytes; letters before pictures.
    ///
    /// # Errors
    /// None: memory takes all that is written.
    pub fn piece(&mut self, room: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if self.is_done {
            return Ok(bytes);
        }
        let mut begin = Vec::new();
        if std::mem::take(&mut self.is_blank) {
            (self.shown, self.from) = (Buffer::empty(self.wanted.cells.area), 0);
            begin.write_all(ABORT.as_bytes())?;
            queue!(begin, Clear(ClearType::All))?;
            begin.write_all(self.pictures.clear().as_bytes())?;
        }
        let changes: Vec<_> = self.shown.diff_iter(&self.wanted.cells).collect();
        encode(&mut bytes, &changes)?;
        if bytes.len() > room {
            let width = usize::from(self.wanted.cells.area.width);
            let (sent, from) = part(&mut bytes, &changes, (&self.fresh, self.from), width, room)?;
            self.from = from;
            for at in sent {
                self.shown[at] = self.wanted.cells[at].clone();
                self.fresh[usize::from(at.1) * width + usize::from(at.0)] = false;
            }
            begin.append(&mut bytes);
            return Ok(begin);
        }
        let left = room - bytes.len();
        let Frame { pictures, graphics, cells } = &self.wanted;
        let (pictures, is_all) = self.pictures.bring(pictures, cells, graphics.as_ref(), left);
        self.shown.clone_from(cells);
        self.is_done = is_all;
        bytes.extend(pictures.as_bytes());
        if begin.is_empty() && bytes.is_empty() {
            return Ok(bytes);
        }
        let mut whole = Vec::with_capacity(bytes.len() + begin.len() + 32);
        queue!(whole, BeginSynchronizedUpdate)?;
        whole.append(&mut begin);
        whole.append(&mut bytes);
        queue!(whole, EndSynchronizedUpdate)?;
        Ok(whole)
    }

    /// Whether the terminal keeps pictures when the screen goes, as Kitty's does.
    pub fn keeps_pictures(&self) -> bool {
        self.wanted.graphics.is_some_and(|graphics| graphics.protocol == Protocol::Kitty)
    }
}

/// A cell that is to be painted, and where.
type Change<'a> = (u16, u16, &'a Cell);

/// As many of the changes as there is room for, fresh letters first, then other letters, then pictures from a place on;
/// gives the places of all that were taken, and where the pictures of the next piece begin.
fn part(
    bytes: &mut Vec<u8>,
    changes: &[Change],
    (fresh, mut from): (&[bool], usize),
    width: usize,
    room: usize,
) -> io::Result<(Vec<(u16, u16)>, usize)> {
    bytes.clear();
    let place = |change: &Change| usize::from(change.1) * width + usize::from(change.0);
    let (letters, mut others): (Vec<Change>, Vec<Change>) =
        changes.iter().partition(|(_, _, cell)| !is_picture(cell.symbol()));
    let (fresh, letters): (Vec<Change>, Vec<Change>) =
        letters.into_iter().partition(|change| fresh.get(place(change)).is_some_and(|fresh| *fresh));
    // What was left the last time has its turn.
    let first = others.partition_point(|change| place(change) < from);
    others.rotate_left(first);
    let mut sent = Vec::new();
    for (group, is_other) in [(&fresh, false), (&letters, false), (&others, true)] {
        for cells in group.chunks(CELLS) {
            if bytes.len() >= room {
                return Ok((sent, from));
            }
            encode(bytes, cells)?;
            sent.extend(cells.iter().map(|(x, y, _)| (*x, *y)));
            if let Some(last) = cells.last().filter(|_| is_other) {
                from = place(last) + 1;
            }
        }
    }
    Ok((sent, from))
}

/// Block elements and Braille patterns (Unicode 16, charts U2580 and U2800) are parts of pictures.
fn is_picture(symbol: &str) -> bool {
    symbol.chars().next().is_some_and(|c| matches!(c, '\u{2580}'..='\u{259f}' | '\u{2800}'..='\u{28ff}'))
}

/// Cells as the terminal takes them.
fn encode(bytes: &mut Vec<u8>, changes: &[Change]) -> io::Result<()> {
    if changes.is_empty() { Ok(()) } else { CrosstermBackend::new(bytes).draw(changes.iter().copied()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::style::{Color, Style};
    use std::num::NonZeroU16;

    /// A frame in which every cell differs from that of another number: a picture, and letters below it.
    fn frame(number: u8) -> Frame {
        let mut cells = Buffer::empty(Rect::new(0, 0, 40, 10));
        for (x, y) in (0..10).flat_map(|y| (0..40).map(move |x| (x, y))) {
            let letter = char::from(b'a' + (number + x as u8 + y as u8) % 26).to_string();
            let symbol = if y < 8 { "▀" } else { &letter };
            cells[(x, y)].set_symbol(symbol).set_style(Style::new().fg(Color::Rgb(number, x as u8, y as u8)));
        }
        // One that is two cells wide, elsewhere in each.
        cells.set_string(u16::from(number), 9, "音", Style::new());
        Frame { cells, pictures: Vec::new(), graphics: None }
    }

    fn parser() -> vt100::Parser {
        let cells = |count| NonZeroU16::new(count).expect("a terminal has some");
        vt100::Parser::new(cells(10), cells(40), 0)
    }

    fn cells(parser: &vt100::Parser) -> Vec<Option<(String, vt100::Color)>> {
        let place = (0..10).flat_map(|y| (0..40).map(move |x| (y, x)));
        let look = |cell: &vt100::Cell| (cell.contents().to_owned(), cell.fgcolor());
        place.map(|(y, x)| parser.screen().cell(y, x).map(look)).collect()
    }

    #[test]
    fn a_newer_frame_takes_over_between_two_pieces_and_letters_come_first() {
        let (mut canvas, mut parser) = (Canvas::default(), parser());
        let paint = |canvas: &mut Canvas, parser: &mut vt100::Parser, room| {
            let piece = canvas.piece(room).expect("memory takes it");
            assert!(piece.len() < room + 1_500, "{} bytes where {room} have room", piece.len());
            parser.process(&piece);
        };
        for number in 0..20 {
            canvas.aim(frame(number));
            for _ in 0..2 {
                paint(&mut canvas, &mut parser, 1_000);
            }
            assert!(!canvas.is_done(), "a frame has 400 cells");
        }
        for _ in 0..2 {
            paint(&mut canvas, &mut parser, 1_000);
        }
        let last = parser.screen().rows(0, 40).nth(8).unwrap_or_default();
        assert!(last.starts_with("bcdefg"), "the letters of the newest frame are there: {last}");
        // Two letters that somebody waits for.
        let mut next = frame(19);
        next.cells.set_string(10, 8, "!?", Style::new());
        canvas.aim(next);
        paint(&mut canvas, &mut parser, 1);
        assert!(parser.screen().contents().contains("!?"));
        canvas.aim(frame(19));
        let mut pieces = 0;
        while !canvas.is_done() {
            paint(&mut canvas, &mut parser, 1_000);
            pieces += 1;
        }
        let mut whole = Canvas::default();
        whole.aim(frame(19));
        let mut expected = self::parser();
        expected.process(&whole.piece(usize::MAX).expect("memory takes it"));
        assert!(whole.is_done());
        assert_eq!(cells(&parser), cells(&expected));
        assert!((3..20).contains(&pieces), "every cell once: {pieces}");
    }

    #[test]
    fn a_quick_line_gets_whole_frames_and_only_what_changes() {
        let mut canvas = Canvas::default();
        let piece = |canvas: &mut Canvas, number| {
            canvas.aim(frame(number));
            canvas.piece(1 << 20).expect("memory takes it")
        };
        piece(&mut canvas, 1);
        let second = piece(&mut canvas, 2);
        assert!(canvas.is_done(), "in one piece");
        assert!(second.starts_with(b"\x1b[?2026h") && second.ends_with(b"\x1b[?2026l"), "in one update");
        assert_eq!(piece(&mut canvas, 2), b"", "nothing has changed");
        canvas.forget();
        assert!(!canvas.is_done());
        assert!(piece(&mut canvas, 2).len() > second.len() / 2, "all of it is painted again");
    }
}
