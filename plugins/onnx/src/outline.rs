//! What a graph's file says of itself, read without its weights: names, shapes, operators. So a model that cannot work is
//! refused before anything is loaded.
//!
//! Source: the field numbers of ONNX 1.23's `onnx.proto3`; the encoding of Protocol Buffers.

use auricle_sdk::prelude::*;
use std::collections::BTreeSet;
use std::ops::Range;

/// A node, an input or a name has no more bytes; a graph that has is no graph.
const MOST_MESSAGE: u64 = 64 << 20;

/// An input or output of a graph.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edge {
    /// Its name.
    pub name: String,
    /// ONNX's number of its type: 1 is float, 6 and 7 are integers.
    pub kind: u64,
    /// Its shape: lengths, names, or nothing known.
    pub shape: Vec<String>,
}

/// What is in a graph.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// What it takes, without its weights.
    pub inputs: Vec<Edge>,
    /// What it gives.
    pub outputs: Vec<Edge>,
    /// Operators that are not ONNX's own.
    pub foreign: BTreeSet<String>,
    /// It draws random numbers.
    pub random: bool,
    /// A node has the name of what comes out of it.
    pub ambiguous: bool,
}

/// Value of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// A number.
    Number(u64),
    /// Bytes from one place to another.
    Bytes(Range<u64>),
}

/// Where bytes come from.
pub trait Bytes {
    /// Up to `buf.len()` bytes at `offset`.
    ///
    /// # Errors
    /// They cannot be read.
    fn read(&self, offset: u64, buf: &mut [u8]) -> Result<usize>;
}

impl Bytes for ByteSource {
    fn read(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        self.read_at(offset, buf)
    }
}

impl Bytes for [u8] {
    fn read(&self, offset: u64, buf: &mut [u8]) -> Result<usize> {
        let from = usize::try_from(offset).ok().and_then(|offset| self.get(offset..)).unwrap_or_default();
        let count = from.len().min(buf.len());
        buf[..count].copy_from_slice(&from[..count]);
        Ok(count)
    }
}

/// Calls `each` with number, place and value of every field of the message in `span`.
///
/// # Errors
/// It is no message, is cut short, or `each` refuses.
pub fn fields<B: Bytes + ?Sized>(
    bytes: &B,
    span: Range<u64>,
    mut each: impl FnMut(u64, Range<u64>, Field) -> Result<()>,
) -> Result<()> {
    let short = || Error::data("is cut short or damaged: a field of the graph ends behind its message");
    let mut at = span.start;
    while at < span.end {
        let mut head = [0; 20];
        let got = bytes.read(at, &mut head)?.min((span.end - at) as usize);
        let mut head = &head[..got];
        let length = head.len();
        let tag = varint(&mut head).ok_or_else(short)?;
        let value = match tag & 7 {
            0 => Field::Number(varint(&mut head).ok_or_else(short)?),
            2 => {
                let count = varint(&mut head).ok_or_else(short)?;
                let from = at + (length - head.len()) as u64;
                let to = from.checked_add(count).filter(|to| *to <= span.end).ok_or_else(short)?;
                Field::Bytes(from..to)
            }
            wire @ (1 | 5) => {
                let from = at + (length - head.len()) as u64;
                let to = from + if wire == 1 { 8 } else { 4 };
                if to > span.end {
                    return Err(short());
                }
                Field::Bytes(from..to)
            }
            wire => return Err(Error::data(format!("is no ONNX graph: byte {at} begins a field of type {wire}"))),
        };
        let end = if let Field::Bytes(range) = &value { range.end } else { at + (length - head.len()) as u64 };
        each(tag >> 3, at..end, value)?;
        at = end;
    }
    Ok(())
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..70).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f).checked_shl(shift).unwrap_or(0);
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

impl Outline {
    /// Reads the outline of the graph in a file.
    ///
    /// # Errors
    /// It holds none, or is cut short.
    pub fn read(source: &ByteSource) -> Result<Self> {
        let named = |error: Error| match error.kind {
            ErrorKind::Data => Error::data(format!("{} {}", source.name(), error.message)).hint("get the model again"),
            _ => error,
        };
        let length = source.len().unwrap_or(0);
        let mut head = [0; 64];
        let got = source.read_at(0, &mut head)?;
        if let Some(what) = instead(&head[..got]) {
            return Err(named(Error::data(format!("is no ONNX file but {what}"))));
        }
        let mut graph = None;
        fields(source, 0..length, |number, _, value| {
            if let (7, Field::Bytes(range)) = (number, value) {
                graph = Some(range);
            }
            Ok(())
        })
        .map_err(named)?;
        let Some(graph) = graph else {
            return Err(named(Error::data("is no ONNX file: there is no graph in it")));
        };
        Self::of_graph(source, graph).map_err(named)
    }

    fn of_graph(source: &ByteSource, graph: Range<u64>) -> Result<Self> {
        let mut outline = Outline::default();
        let mut weights = BTreeSet::new();
        fields(source, graph, |number, _, value| {
            let Field::Bytes(range) = value else { return Ok(()) };
            match number {
                1 => outline.operation(&content(source, range)?)?,
                5 => {
                    fields(source, range, |number, _, value| {
                        if let (8, Field::Bytes(name)) = (number, value) {
                            weights.insert(text(&content(source, name)?));
                        }
                        Ok(())
                    })?;
                }
                11 => outline.inputs.push(Edge::read(&content(source, range)?)?),
                12 => outline.outputs.push(Edge::read(&content(source, range)?)?),
                _ => {}
            }
            Ok(())
        })?;
        // Before version 4 of the format weights were inputs too.
        outline.inputs.retain(|input| !weights.contains(&input.name));
        Ok(outline)
    }

    fn operation(&mut self, bytes: &[u8]) -> Result<()> {
        let operation = Operation::read(bytes)?;
        self.random |= operation.is_random();
        self.ambiguous |= operation.is_called_as_its_result();
        if !matches!(operation.domain.as_str(), "" | "ai.onnx") {
            self.foreign.insert(format!("{}.{}", operation.domain, operation.operator));
        }
        Ok(())
    }
}

/// An operator where it stands in a graph; ONNX calls it a node.
#[derive(Clone, Debug, Default)]
pub struct Operation {
    name: String,
    operator: String,
    domain: String,
    results: Vec<String>,
}

impl Operation {
    /// Number of the field with its name.
    pub const NAME: u64 = 3;

    /// Reads one.
    ///
    /// # Errors
    /// It is none.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        let mut operation = Operation::default();
        fields(bytes, 0..bytes.len() as u64, |number, _, value| {
            let Field::Bytes(range) = value else { return Ok(()) };
            let content = || text(within(bytes, &range));
            match number {
                2 => operation.results.push(content()),
                Self::NAME => operation.name = content(),
                4 => operation.operator = content(),
                7 => operation.domain = content(),
                _ => {}
            }
            Ok(())
        })?;
        Ok(operation)
    }

    /// Does it draw random numbers?
    pub fn is_random(&self) -> bool {
        self.operator.starts_with("Random")
    }

    /// Has it the name of what comes out of it?
    pub fn is_called_as_its_result(&self) -> bool {
        self.results.contains(&self.name)
    }
}

impl Edge {
    fn read(message: &[u8]) -> Result<Self> {
        let mut edge = Edge::default();
        fields(message, 0..message.len() as u64, |number, _, value| {
            match (number, value) {
                (1, Field::Bytes(range)) => edge.name = text(within(message, &range)),
                (2, Field::Bytes(range)) => edge.tensor(within(message, &range))?,
                _ => {}
            }
            Ok(())
        })?;
        Ok(edge)
    }

    /// Type of a value: that of a tensor is field 1, in it type and shape.
    fn tensor(&mut self, message: &[u8]) -> Result<()> {
        fields(message, 0..message.len() as u64, |number, _, value| {
            let (1, Field::Bytes(range)) = (number, value) else { return Ok(()) };
            let tensor = within(message, &range);
            fields(tensor, 0..tensor.len() as u64, |number, _, value| {
                match (number, value) {
                    (1, Field::Number(kind)) => self.kind = kind,
                    (2, Field::Bytes(range)) => self.shape = dimensions(within(tensor, &range))?,
                    _ => {}
                }
                Ok(())
            })
        })
    }
}

fn dimensions(shape: &[u8]) -> Result<Vec<String>> {
    let mut lengths = Vec::new();
    fields(shape, 0..shape.len() as u64, |_, _, value| {
        let Field::Bytes(range) = value else { return Ok(()) };
        let dimension = within(shape, &range);
        let mut length = "?".to_owned();
        fields(dimension, 0..dimension.len() as u64, |_, _, value| {
            length = match value {
                Field::Number(number) => number.to_string(),
                Field::Bytes(range) => text(within(dimension, &range)),
            };
            Ok(())
        })?;
        lengths.push(length);
        Ok(())
    })?;
    Ok(lengths)
}

/// What comes where a graph was meant, by how it begins.
fn instead(head: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start();
    if text.starts_with("version https://git-lfs") {
        Some("a pointer of Git LFS, which `git lfs pull` follows")
    } else if text.starts_with('<') {
        Some("a page of the web, which a server sent in its place")
    } else if head.starts_with(b"PK\x03\x04") {
        Some("a zip archive or a model of PyTorch's")
    } else {
        None
    }
}

/// What [`fields`] has found to lie within.
pub fn within<'a>(message: &'a [u8], range: &Range<u64>) -> &'a [u8] {
    &message[range.start as usize..range.end as usize]
}

/// Bytes as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// All bytes of a part of a file.
fn content(source: &ByteSource, range: Range<u64>) -> Result<Vec<u8>> {
    let length = range.end - range.start;
    if length > MOST_MESSAGE {
        return Err(Error::data(format!("is no ONNX graph: a part of it without weights has {length} bytes")));
    }
    let mut bytes = vec![0; length as usize];
    crate::files::exactly(source, range.start, &mut bytes)?;
    Ok(bytes)
}
