//! Checkpoints of TensorFlow: `.index`, a table of names, and `.data-00000-of-00001`, the numbers.
//!
//! Source: TensorFlow 2.21, `tensorflow/core/protobuf/tensor_bundle.proto`; LevelDB 1.23, `doc/table_format.md`: blocks of entries
//! whose keys share their beginnings, and at the file's end where the index of blocks is.

use super::{Array, floats, refused, whole};
use crate::Result;
use prost::Message;
use std::collections::BTreeMap;
use std::path::Path;

const INDEX: &str = ".index";
const DATA: &str = ".data-00000-of-00001";
/// Bytes at the end of a table: two places of blocks, filled up, and a number that says what it is.
const FOOTER: usize = 48;
const TABLE: u64 = 0xdb47_7524_8b80_fb57;
/// TensorFlow's number of 32-bit floats.
const FLOAT: i32 = 1;

/// Is there one in this folder?
pub(super) fn is_bundle(folder: &Path) -> bool {
    folder.join(INDEX).is_file() && folder.join(DATA).is_file()
}

/// Its arrays of f32 numbers.
#[derive(Debug)]
pub(super) struct Bundle {
    name: String,
    arrays: BTreeMap<String, Array>,
}

/// Where the numbers of an array are.
#[derive(Clone, PartialEq, Message)]
struct Entry {
    #[prost(int32, tag = "1")]
    kind: i32,
    #[prost(message, optional, tag = "2")]
    shape: Option<Shape>,
    #[prost(int64, tag = "4")]
    offset: i64,
    #[prost(int64, tag = "5")]
    size: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Shape {
    #[prost(message, repeated, tag = "2")]
    lengths: Vec<Length>,
}

#[derive(Clone, PartialEq, Message)]
struct Length {
    #[prost(int64, tag = "1")]
    size: i64,
}

impl Bundle {
    /// Reads the one in a folder.
    ///
    /// # Errors
    /// It is damaged or compressed, or cannot be read.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(INDEX);
        let wrong = || refused(&path, "is no table of TensorFlow's, or is damaged");
        let (table, data) = (whole(&path)?.ok_or_else(wrong)?, whole(&folder.join(DATA))?.ok_or_else(wrong)?);
        let arrays = arrays(&table, &data).ok_or_else(wrong)?;
        Ok(Bundle { name: folder.display().to_string(), arrays })
    }

    /// The array of that name and shape.
    ///
    /// # Errors
    /// There is none.
    pub fn array(&self, name: &str, shape: &[usize]) -> Result<&[f32]> {
        match self.arrays.get(name) {
            Some(array) if array.shape == shape => Ok(&array.values),
            Some(array) => {
                let why = format!("{name}: expected the shape {shape:?}, got {:?}", array.shape);
                Err(refused(Path::new(&self.name), why))
            }
            None => Err(refused(
                Path::new(&self.name),
                format!("is a checkpoint of TensorFlow, but not of musicnn's VGG: it has no {name}"),
            )),
        }
    }
}

fn arrays(table: &[u8], data: &[u8]) -> Option<BTreeMap<String, Array>> {
    let footer = &table[table.len().checked_sub(FOOTER)?..];
    if u64::from_le_bytes(footer[40..].try_into().ok()?) != TABLE {
        return None;
    }
    let mut places = footer;
    // The first is of blocks about blocks, which TensorFlow does not write.
    let (_, index) = (place(&mut places)?, place(&mut places)?);
    let mut arrays = BTreeMap::new();
    for (_, value) in block(table, index)? {
        for (key, value) in block(table, place(&mut value.as_slice())?)? {
            let Ok(entry) = Entry::decode(value.as_slice()) else { continue };
            if key.is_empty() || entry.kind != FLOAT {
                continue;
            }
            let shape = entry.shape.unwrap_or_default().lengths;
            let shape = shape.iter().map(|length| usize::try_from(length.size).ok()).collect::<Option<Vec<_>>>()?;
            let (from, size) = (usize::try_from(entry.offset).ok()?, usize::try_from(entry.size).ok()?);
            let values = floats(data.get(from..from.checked_add(size)?)?);
            if shape.iter().try_fold(1usize, |count, length| count.checked_mul(*length)) != Some(values.len()) {
                return None;
            }
            arrays.insert(String::from_utf8_lossy(&key).into_owned(), Array { shape, values });
        }
    }
    Some(arrays)
}

/// Start and length of a block.
fn place(bytes: &mut &[u8]) -> Option<(usize, usize)> {
    Some((number(bytes)?, number(bytes)?))
}

fn number(bytes: &mut &[u8]) -> Option<usize> {
    usize::try_from(prost::encoding::decode_varint(bytes).ok()?).ok()
}

/// Keys and values of a block that is not compressed.
fn block(table: &[u8], (start, length): (usize, usize)) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let end = start.checked_add(length)?;
    if table.get(end) != Some(&0) {
        return None;
    }
    let block = table.get(start..end)?;
    // At its end the places where a key stands whole, and their number.
    let (entries, count) = block.split_at_checked(length.checked_sub(4)?)?;
    let count = u32::from_le_bytes(count.try_into().ok()?) as usize;
    let mut entries = entries.get(..entries.len().checked_sub(count.checked_mul(4)?)?)?;
    let (mut key, mut all) = (Vec::new(), Vec::new());
    while !entries.is_empty() {
        let (shared, own, size) = (number(&mut entries)?, number(&mut entries)?, number(&mut entries)?);
        let (rest, behind) = entries.split_at_checked(own)?;
        let (value, behind) = behind.split_at_checked(size)?;
        key.truncate(shared);
        key.extend(rest);
        all.push((key.clone(), value.to_vec()));
        entries = behind;
    }
    Some(all)
}
