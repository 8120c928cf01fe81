//! Arrays in files of PyTorch's `torch.save`: read, and nothing of them run.
//!
//! Source: the file as torch 2.8 writes it, with and without `_use_new_zipfile_serialization`, and Python 3.13's `pickletools` for
//! the instructions of a pickle. Without zip five pickles follow each other, of a magic number, a version, the machine, what was
//! saved, and the names of storages; behind them each storage, its count (i64) before its numbers. With zip what was saved is the
//! member `NAME/data.pkl`, and a storage `NAME/data/KEY`.

use super::{Array, floats, refused, whole};
use crate::Result;
use std::collections::BTreeMap;
use std::io::{Cursor, Read};
use std::path::Path;

/// How a file without zip begins: the magic number as a pickle.
const MAGIC: [u8; 14] = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

/// All named arrays of f32 numbers in a file; none if it is no file of PyTorch's.
///
/// # Errors
/// It is damaged, or cannot be read.
pub(super) fn arrays(path: &Path) -> Result<Option<BTreeMap<String, Array>>> {
    let Some(bytes) = whole(path)? else { return Ok(None) };
    let damaged = || refused(path, "is cut short or damaged");
    if bytes.starts_with(&MAGIC) {
        let mut at = 0;
        let mut objects = Vec::new();
        for _ in 0..5 {
            let (object, length) = Objects::read(bytes.get(at..).unwrap_or_default()).ok_or_else(damaged)?;
            at += length;
            objects.push(object);
        }
        let mut storages = BTreeMap::new();
        for key in objects[4].texts() {
            let count = bytes.get(at..at + 8).and_then(|count| count.try_into().ok()).map(i64::from_le_bytes);
            let width = objects[3]
                .width(&key)
                .ok_or_else(|| refused(path, format!("has numbers of an unknown type in {key}")))?;
            let length = count.and_then(|count| usize::try_from(count).ok()?.checked_mul(width)).ok_or_else(damaged)?;
            let end = (at + 8).checked_add(length).ok_or_else(damaged)?;
            storages.insert(key, bytes.get(at + 8..end).ok_or_else(damaged)?);
            at = end;
        }
        return objects[3].arrays(|key| storages.get(key).map(|bytes| floats(bytes))).ok_or_else(damaged).map(Some);
    }
    if !bytes.starts_with(b"PK") {
        return Ok(None);
    }
    let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).map_err(|error| refused(path, error))?;
    let saved = (0..archive.len()).filter_map(|index| Some(archive.name_for_index(index)?.ok()?.into_owned()));
    let Some(name) = saved.into_iter().find(|name| name.ends_with("/data.pkl")) else { return Ok(None) };
    let mut member = |name: &str| {
        let mut bytes = Vec::new();
        archive.by_name(name).ok()?.read_to_end(&mut bytes).ok()?;
        Some(bytes)
    };
    let pickle = member(&name).ok_or_else(damaged)?;
    let (objects, _) = Objects::read(&pickle).ok_or_else(damaged)?;
    let folder = name.trim_end_matches("data.pkl");
    objects.arrays(|key| Some(floats(&member(&format!("{folder}data/{key}"))?))).ok_or_else(damaged).map(Some)
}

/// An object of a pickle; those in it by their numbers.
#[derive(Clone, Debug)]
enum Object {
    /// What is of no use here.
    Other,
    Whole(i64),
    Text(String),
    /// A class or function by its name.
    Named(String),
    Row(Vec<usize>),
    Table(Vec<(usize, usize)>),
    /// A function that was to be called, and with what.
    Call(usize, usize),
    /// What lies outside the pickle.
    Outside(usize),
}

/// The objects of a pickle.
#[derive(Debug, Default)]
struct Objects(Vec<Object>);

impl Objects {
    /// Reads the pickle at the start of `bytes`; gives its length too. None if it has what no saved arrays have.
    fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let mut machine = Machine {
            bytes,
            at: 0,
            objects: Objects::default(),
            stack: Vec::new(),
            marks: Vec::new(),
            memo: BTreeMap::new(),
        };
        while machine.step()? {}
        Some((machine.objects, machine.at))
    }

    fn text(&self, index: usize) -> Option<&str> {
        if let Object::Text(text) = self.0.get(index)? { Some(text) } else { None }
    }

    fn row(&self, index: usize) -> Option<&[usize]> {
        if let Object::Row(row) = self.0.get(index)? { Some(row) } else { None }
    }

    fn lengths(&self, index: usize) -> Option<Vec<usize>> {
        let whole = |index: &usize| if let Object::Whole(n) = self.0[*index] { usize::try_from(n).ok() } else { None };
        self.row(index)?.iter().map(whole).collect()
    }

    /// The texts of the last list.
    fn texts(&self) -> Vec<String> {
        let rows = self.0.iter().rev().find_map(|object| if let Object::Row(row) = object { Some(row) } else { None });
        rows.into_iter().flatten().filter_map(|index| self.text(*index).map(str::to_owned)).collect()
    }

    /// What lies outside: kind of its numbers and key.
    fn storage(&self, index: usize) -> Option<(&str, &str)> {
        let Object::Outside(told) = self.0.get(index)? else { return None };
        let [_, kind, key, ..] = self.row(*told)? else { return None };
        let Object::Named(kind) = self.0.get(*kind)? else { return None };
        Some((kind, self.text(*key)?))
    }

    /// Bytes of a number in the storage `key`.
    fn width(&self, key: &str) -> Option<usize> {
        let (kind, _) = (0..self.0.len()).find_map(|index| self.storage(index).filter(|(_, known)| *known == key))?;
        Some(match kind.strip_prefix("torch ")? {
            "DoubleStorage" | "LongStorage" => 8,
            "FloatStorage" | "IntStorage" => 4,
            "HalfStorage" | "BFloat16Storage" | "ShortStorage" => 2,
            "ByteStorage" | "CharStorage" | "BoolStorage" => 1,
            _ => return None,
        })
    }

    /// Every array of f32 numbers that stands in a table under a name, the first of each name. None if one is not in its storage.
    fn arrays(&self, mut storage: impl FnMut(&str) -> Option<Vec<f32>>) -> Option<BTreeMap<String, Array>> {
        let mut arrays = BTreeMap::new();
        let mut held: Option<(String, Vec<f32>)> = None;
        for object in &self.0 {
            let Object::Table(table) = object else { continue };
            for (key, value) in table {
                let (Some(name), Object::Call(function, told)) = (self.text(*key), &self.0[*value]) else { continue };
                let rebuilt =
                    matches!(&self.0[*function], Object::Named(name) if name == "torch._utils _rebuild_tensor_v2");
                let (true, Some([from, start, shape, stride, ..])) = (rebuilt, self.row(*told)) else { continue };
                let (Some(("torch FloatStorage", key)), Object::Whole(start)) = (self.storage(*from), &self.0[*start])
                else {
                    continue;
                };
                if arrays.contains_key(name) {
                    continue;
                }
                let (shape, stride) = (self.lengths(*shape)?, self.lengths(*stride)?);
                let count = shape.iter().try_fold(1usize, |count, length| count.checked_mul(*length))?;
                // Only arrays whose numbers follow each other: parameters do.
                let dense = (0..shape.len())
                    .all(|axis| shape[axis] <= 1 || stride.get(axis) == Some(&shape[axis + 1..].iter().product()));
                if !dense {
                    continue;
                }
                if held.as_ref().is_none_or(|(known, _)| known != key) {
                    held = Some((key.to_owned(), storage(key)?));
                }
                let start = usize::try_from(*start).ok()?;
                let values = held.as_ref()?.1.get(start..start.checked_add(count)?)?.to_vec();
                arrays.insert(name.to_owned(), Array { shape, values });
            }
        }
        Some(arrays)
    }
}

/// Follows the instructions of a pickle; builds objects and calls nothing.
struct Machine<'a> {
    bytes: &'a [u8],
    at: usize,
    objects: Objects,
    stack: Vec<usize>,
    /// Heights of the stack.
    marks: Vec<usize>,
    memo: BTreeMap<u32, usize>,
}

impl<'a> Machine<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    /// A whole number of up to eight bytes, little-endian.
    fn number(&mut self, count: usize) -> Option<u64> {
        Some(self.take(count)?.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    fn text(&mut self, count: usize) -> Option<String> {
        Some(String::from_utf8_lossy(self.take(count)?).into_owned())
    }

    fn line(&mut self) -> Option<String> {
        let length = self.bytes.get(self.at..)?.iter().position(|byte| *byte == b'\n')?;
        let line = self.text(length)?;
        self.at += 1;
        Some(line)
    }

    fn push(&mut self, object: Object) {
        self.objects.0.push(object);
        self.stack.push(self.objects.0.len() - 1);
    }

    fn row(&mut self, count: usize) -> Option<()> {
        let items = self.stack.split_off(self.stack.len().checked_sub(count)?);
        self.push(Object::Row(items));
        Some(())
    }

    /// What was put on the stack since the last mark.
    fn marked(&mut self) -> Option<Vec<usize>> {
        let height = self.marks.pop().filter(|height| *height <= self.stack.len())?;
        Some(self.stack.split_off(height))
    }

    fn extend(&mut self, items: Vec<usize>) -> Option<()> {
        let target = *self.stack.last()?;
        match &mut self.objects.0[target] {
            Object::Row(row) => row.extend(items),
            Object::Table(table) => table.extend(items.chunks_exact(2).map(|pair| (pair[0], pair[1]))),
            // An ordered dictionary was called for; from here on it is a table.
            object => *object = Object::Table(items.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect()),
        }
        Some(())
    }

    /// One instruction; false when it was the last. None if it is unknown, or the bytes end.
    fn step(&mut self) -> Option<bool> {
        let [instruction] = *self.take(1)? else { return None };
        match instruction {
            b'.' => return Some(false),
            0x80 => drop(self.take(1)?),
            0x95 => drop(self.take(8)?),
            b'(' => self.marks.push(self.stack.len()),
            b'N' | 0x88 | 0x89 => self.push(Object::Other),
            b'G' => {
                self.take(8)?;
                self.push(Object::Other);
            }
            b'J' => {
                let number = self.number(4)? as u32 as i32;
                self.push(Object::Whole(number.into()));
            }
            b'K' | b'M' => {
                let number = self.number(if instruction == b'K' { 1 } else { 2 })?;
                self.push(Object::Whole(number as i64));
            }
            0x8a => {
                let count = self.number(1)? as usize;
                // More than eight bytes are no length.
                let whole = if count <= 8 {
                    Object::Whole(self.number(count)? as i64)
                } else {
                    self.take(count).map(|_| Object::Other)?
                };
                self.push(whole);
            }
            b'X' | b'T' | 0x8c | b'U' => {
                let count = self.number(if matches!(instruction, b'X' | b'T') { 4 } else { 1 })? as usize;
                let text = self.text(count)?;
                self.push(Object::Text(text));
            }
            b')' | b']' | 0x8f => self.push(Object::Row(Vec::new())),
            b'}' => self.push(Object::Table(Vec::new())),
            0x85..=0x87 => self.row(usize::from(instruction - 0x84))?,
            b't' => {
                let items = self.marked()?;
                self.push(Object::Row(items));
            }
            b'a' | b's' => {
                let items =
                    self.stack.split_off(self.stack.len().checked_sub(if instruction == b'a' { 1 } else { 2 })?);
                self.extend(items)?;
            }
            b'e' | b'u' | 0x90 => {
                let items = self.marked()?;
                self.extend(items)?;
            }
            b'c' => {
                let name = format!("{} {}", self.line()?, self.line()?);
                self.push(Object::Named(name));
            }
            0x93 => {
                let [module, name] = *self.stack.split_off(self.stack.len().checked_sub(2)?) else { return None };
                let name = format!("{} {}", self.objects.text(module)?, self.objects.text(name)?);
                self.push(Object::Named(name));
            }
            b'R' | 0x81 => {
                let [function, told] = *self.stack.split_off(self.stack.len().checked_sub(2)?) else { return None };
                self.push(Object::Call(function, told));
            }
            // A state for an object: of no use, but its tables are kept.
            b'b' => drop(self.stack.pop()?),
            b'Q' => {
                let told = self.stack.pop()?;
                self.push(Object::Outside(told));
            }
            b'q' | b'r' => {
                let key = self.number(if instruction == b'q' { 1 } else { 4 })? as u32;
                self.memo.insert(key, *self.stack.last()?);
            }
            0x94 => {
                let key = self.memo.len() as u32;
                self.memo.insert(key, *self.stack.last()?);
            }
            b'h' | b'j' => {
                let key = self.number(if instruction == b'h' { 1 } else { 4 })? as u32;
                self.stack.push(*self.memo.get(&key)?);
            }
            b'0' => drop(self.stack.pop()?),
            b'1' => drop(self.marked()?),
            b'2' => self.stack.push(*self.stack.last()?),
            _ => return None,
        }
        Some(true)
    }
}
