//! Named arrays of numbers in a file: where each lies, and reading one as f32.

mod ggml;
mod safetensors;

pub use ggml::Ggml;

use auricle_sdk::prelude::*;
use half::{bf16, f16};
use std::collections::BTreeMap;

/// An array has no more numbers: 8 GiB of f32.
const MOST: u64 = 1 << 31;

/// How a number is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stored {
    F32,
    F16,
    Bf16,
}

impl Stored {
    fn size(self) -> u64 {
        if self == Stored::F32 { 4 } else { 2 }
    }
}

/// Where an array lies.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    stored: Stored,
    shape: Vec<usize>,
    offset: u64,
}

/// The arrays of a file, by name.
#[derive(Clone, Debug)]
pub struct Weights {
    source: ByteSource,
    entries: BTreeMap<String, Entry>,
}

impl Weights {
    /// Finds the arrays of a `.safetensors` file.
    ///
    /// # Errors
    /// It is none, or promises what it does not hold.
    pub fn safetensors(source: &ByteSource) -> Result<Self> {
        Self::new(source, safetensors::entries(source)?)
    }

    fn new(source: &ByteSource, entries: BTreeMap<String, Entry>) -> Result<Self> {
        let length = source.len().unwrap_or(0);
        for (name, entry) in &entries {
            let count = entry.shape.iter().try_fold(1u64, |n, &d| n.checked_mul(d as u64)).filter(|&n| n <= MOST);
            let end = count.and_then(|n| entry.offset.checked_add(n * entry.stored.size()));
            if end.is_none_or(|end| end > length) {
                let message = format!("{name} {:?} lies behind the end of the file, {length} bytes", entry.shape);
                return Err(refused(source, message).hint("the file is cut short or damaged; get it again"));
            }
        }
        Ok(Weights { source: source.clone(), entries })
    }

    /// Calls every array by another name; those without one are left out.
    pub fn renamed(self, name: impl Fn(&str) -> Option<String>) -> Self {
        let entries = self.entries.into_iter().filter_map(|(old, entry)| Some((name(&old)?, entry))).collect();
        Weights { source: self.source, entries }
    }

    /// Shape of an array, slowest axis first; none if there is no such array.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.entries.get(name).map(|entry| entry.shape.as_slice())
    }

    /// How many arrays' names begin so and end so.
    pub fn count(&self, begin: &str, end: &str) -> usize {
        self.entries.keys().filter(|name| name.starts_with(begin) && name.ends_with(end)).count()
    }

    /// Is there an array of this shape? Axes of length 1 do not count.
    ///
    /// # Errors
    /// There is none, or one of another shape.
    pub fn expect(&self, name: &str, shape: &[usize]) -> Result<()> {
        let plain = |shape: &[usize]| shape.iter().copied().filter(|&n| n != 1).collect::<Vec<_>>();
        match self.shape(name) {
            Some(got) if plain(got) == plain(shape) => Ok(()),
            Some(got) => Err(refused(&self.source, format!("{name}: expected the shape {shape:?}, got {got:?}"))),
            None => Err(refused(&self.source, format!("no array {name} of shape {shape:?}"))),
        }
    }

    /// The numbers of an array of this shape.
    ///
    /// # Errors
    /// As [`Weights::expect`], or the file cannot be read.
    pub fn read(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        self.expect(name, shape)?;
        let entry = &self.entries[name];
        let count: usize = entry.shape.iter().product();
        let mut bytes = vec![0; count * entry.stored.size() as usize];
        exactly(&self.source, entry.offset, &mut bytes)?;
        Ok(match entry.stored {
            Stored::F32 => bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
            Stored::F16 => bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
            Stored::Bf16 => bytes.chunks_exact(2).map(|b| bf16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
        })
    }
}

/// Reads all of `bytes` from `offset` on.
fn exactly(source: &ByteSource, offset: u64, bytes: &mut [u8]) -> Result<()> {
    let mut done = 0;
    while done < bytes.len() {
        match source.read_at(offset + done as u64, &mut bytes[done..])? {
            0 => return Err(refused(source, format!("ends at byte {}", offset + done as u64))),
            got => done += got,
        }
    }
    Ok(())
}

/// All of a small file, as text.
///
/// # Errors
/// It has over `most` bytes, is not UTF-8, or cannot be read.
pub fn text(source: &ByteSource, most: u64) -> Result<String> {
    let length = source.len().unwrap_or(0);
    if length > most {
        return Err(refused(source, format!("expected at most {most} bytes, got {length}")));
    }
    let mut bytes = vec![0; length as usize];
    exactly(source, 0, &mut bytes)?;
    String::from_utf8(bytes).map_err(|_| refused(source, "is not UTF-8".into()))
}

/// A file that is not what it should be.
pub fn refused(source: &ByteSource, why: String) -> Error {
    Error::data(format!("{}: {why}", source.name()))
}
