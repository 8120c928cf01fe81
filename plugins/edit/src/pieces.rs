//! Output made of pieces of inputs, forwards or backwards: what has come is kept only as long as a piece needs it.

use auricle_sdk::prelude::*;
use std::ops::Range;

/// Where a stream that has no end ends.
pub const OPEN: i64 = i64::MAX / 4;
/// Samples emitted at a time.
const BLOCK: i64 = 1 << 15;

/// A stretch of the output and what it is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// Its place in the output; pieces follow each other without a gap.
    pub out: Range<i64>,
    /// The input.
    pub input: usize,
    /// The lowest sample of it that is used.
    pub from: i64,
    /// From the last to the first?
    pub backwards: bool,
}

impl Piece {
    /// What of its input makes up `span` of the output.
    fn need(&self, span: &Range<i64>) -> Option<Range<i64>> {
        let (start, end) = (span.start.max(self.out.start), span.end.min(self.out.end));
        (start < end).then(|| match self.backwards {
            false => self.from + start - self.out.start..self.from + end - self.out.start,
            true => self.from + self.out.end - end..self.from + self.out.end - start,
        })
    }
}

/// Pieces one behind the other, each of so many samples.
pub fn sequence(parts: impl IntoIterator<Item = (usize, Range<i64>)>) -> Vec<Piece> {
    let mut at = 0;
    let mut pieces = Vec::new();
    for (input, part) in parts.into_iter().filter(|(_, part)| part.end > part.start) {
        let end = (at + part.end - part.start).min(OPEN);
        pieces.push(Piece { out: at..end, input, from: part.start, backwards: false });
        at = end;
    }
    pieces
}

/// What has come of an input and may still be needed.
#[derive(Default)]
struct Held {
    start: i64,
    end: i64,
    planes: Vec<Vec<f32>>,
}

/// Makes the output.
pub struct Weaver {
    pieces: Vec<Piece>,
    held: Vec<Held>,
    channels: usize,
    next: i64,
}

impl Weaver {
    /// A weaver of these pieces of so many inputs.
    pub fn new(pieces: Vec<Piece>, inputs: usize, channels: usize) -> Self {
        let held = (0..inputs).map(|_| Held::default()).collect();
        Weaver { pieces, held, channels, next: 0 }
    }

    /// Samples of the output, if that is known.
    pub fn length(&self) -> Option<i64> {
        Some(self.pieces.last().map_or(0, |piece| piece.out.end)).filter(|length| *length < OPEN)
    }

    /// Other pieces from here on, as the length of the inputs is known now.
    pub fn replan(&mut self, pieces: Vec<Piece>) {
        self.pieces = pieces;
    }

    /// What of each input makes up `span`.
    pub fn need(&self, span: Range<i64>) -> Vec<Range<i64>> {
        let of_input = |input: usize| {
            let needs = self.pieces.iter().filter(|piece| piece.input == input).filter_map(|piece| piece.need(&span));
            needs.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)).unwrap_or(0..0)
        };
        (0..self.held.len()).map(of_input).collect()
    }

    /// Starts anew at a sample of the output.
    pub fn begin(&mut self, at: i64) {
        self.next = at;
        let planes = || vec![Vec::new(); self.channels];
        self.held.iter_mut().for_each(|held| *held = Held { planes: planes(), ..Held::default() });
    }

    /// The end of what has come of each input.
    pub fn received(&self) -> Vec<i64> {
        self.held.iter().map(|held| held.end).collect()
    }

    /// The input that is needed next.
    pub fn wants(&self) -> Option<usize> {
        self.pieces.iter().find(|piece| piece.out.end > self.next).map(|piece| piece.input)
    }

    /// Takes a packet of an input.
    ///
    /// # Errors
    /// It is no float32 audio.
    pub fn push(&mut self, packet: &Packet) -> Result<()> {
        let held = &mut self.held[packet.port];
        if held.planes.iter().all(Vec::is_empty) {
            held.start = packet.start;
        }
        for (channel, plane) in held.planes.iter_mut().enumerate() {
            plane.extend_from_slice(packet.channel::<f32>(channel)?);
        }
        held.end = packet.start + packet.count as i64;
        self.forget();
        Ok(())
    }

    /// Drops what no piece needs any more.
    fn forget(&mut self) {
        for (input, held) in self.held.iter_mut().enumerate() {
            let to_come = self.pieces.iter().filter(|piece| piece.input == input && piece.out.end > self.next);
            let lowest = to_come.map(|piece| match piece.backwards {
                true => piece.from,
                false => piece.from + (self.next - piece.out.start).max(0),
            });
            let keep = lowest.min().unwrap_or(OPEN).clamp(held.start, held.end.max(held.start));
            let drop = (keep - held.start) as usize;
            // A little at a time would move the rest again and again.
            if drop > 0 && (drop as i64 >= BLOCK || keep == held.end || 2 * drop >= held.planes[0].len()) {
                held.planes.iter_mut().for_each(|plane| drop_front(plane, drop));
                held.start = keep;
            }
        }
    }

    /// Emits what can be made; `shape` changes it, from a sample of the output on.
    ///
    /// # Errors
    /// The host refuses a block.
    pub fn emit(&mut self, out: &mut Outputs<'_>, shape: impl Fn(i64, &mut [f32])) -> Result<()> {
        while let Some(piece) = self.pieces.iter().find(|piece| piece.out.end > self.next) {
            let held = &self.held[piece.input];
            let (offset, most) = (self.next - piece.out.start, (piece.out.end - self.next).min(BLOCK));
            let (first, count) = match piece.backwards {
                false => {
                    let first = piece.from + offset;
                    (first, if first < held.start { 0 } else { (held.end - first).min(most) })
                }
                true => {
                    let last = piece.from + piece.out.end - piece.out.start - 1 - offset;
                    let count = if last < held.end { (last - held.start + 1).min(most) } else { 0 };
                    (last + 1 - count, count)
                }
            };
            if count <= 0 {
                break;
            }
            let (at, backwards) = ((first - held.start) as usize, piece.backwards);
            let mut block = out.audio::<f32>(0, self.next, count as usize)?;
            for (channel, plane) in held.planes.iter().enumerate() {
                let samples = block.channel(channel);
                samples.copy_from_slice(&plane[at..at + count as usize]);
                if backwards {
                    samples.reverse();
                }
                shape(self.next, samples);
            }
            block.emit()?;
            self.next += count;
            self.forget();
        }
        Ok(())
    }
}

fn drop_front(plane: &mut Vec<f32>, count: usize) {
    plane.drain(..count.min(plane.len()));
}
