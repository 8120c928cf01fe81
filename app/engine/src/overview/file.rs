//! One overview on disk: segments, each with a checksum a level, so that what is torn or damaged is noticed and made again.
//!
//! A header names what the overview is of. Behind it stands every segment in its place, whether it was made or not; a
//! segment holds its levels from fine to coarse, each behind its checksum. The file may have holes.

use super::shape::Shape;
use crate::files::OpenFile;
use auricle_sdk::host::Bytes;
use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

const MAGIC: &[u8; 32] = b"auricle overview, version 1\n\0\0\0\0";
/// Bytes before the first segment.
const HEADER: u64 = 4_096;
/// Bytes of a checksum.
const GUARD: u64 = 32;

/// An overview's file, open.
pub(crate) struct OverviewFile {
    file: OpenFile,
    key: blake3::Hash,
    shape: Shape,
    /// Which segments are there, as far as one can tell without reading them.
    there: Vec<AtomicBool>,
    /// (segment, level) whose checksum was found right.
    verified: Mutex<HashSet<(usize, usize)>>,
}

impl OverviewFile {
    /// Takes over `file`, made for an overview of this key or new. Whatever else it holds is forgotten.
    pub(crate) fn new(file: File, key: blake3::Hash, shape: Shape) -> io::Result<Self> {
        let mut header = MAGIC.to_vec();
        header.extend(key.as_bytes());
        let mut found = vec![0; header.len()];
        let opened = OpenFile(file);
        if opened.read_at(0, &mut found)? != header.len() || found != header {
            opened.0.set_len(0)?;
        }
        // Written in any case: the time of the last change says when an overview was used last.
        opened.write_at(0, &header)?;
        let segments = shape.segments();
        let mut this = OverviewFile { file: opened, key, shape, there: Vec::new(), verified: Mutex::default() };
        let last = this.shape.hops.len() - 1;
        for segment in 0..segments {
            // The coarsest level is written last.
            let mut guard = [0; GUARD as usize];
            let got = this.file.read_at(this.place(segment, last), &mut guard)?;
            this.there.push(AtomicBool::new(got == guard.len() && guard != [0; GUARD as usize]));
        }
        Ok(this)
    }

    /// Bytes that the whole file will occupy.
    pub(crate) fn size(shape: &Shape) -> u64 {
        HEADER + segment_bytes(shape) * shape.segments() as u64
    }

    pub(crate) fn shape(&self) -> &Shape {
        &self.shape
    }

    /// Is a segment there?
    pub(crate) fn has(&self, segment: usize) -> bool {
        self.there.get(segment).is_some_and(|there| there.load(Ordering::Acquire))
    }

    /// Writes a segment: the values of each level.
    pub(crate) fn write(&self, segment: usize, levels: &[Vec<f32>]) -> io::Result<()> {
        for (level, values) in levels.iter().enumerate() {
            let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
            let place = self.place(segment, level);
            self.file.write_at(place + GUARD, &bytes)?;
            self.file.write_at(place, self.guard(segment, level, &bytes).as_bytes())?;
        }
        self.there[segment].store(true, Ordering::Release);
        Ok(())
    }

    /// Passes the values of these entries of a level to `take`, from the first to the last; says whether all are there.
    pub(crate) fn read(&self, level: usize, entries: Range<i64>, take: &mut dyn FnMut(&[f32])) -> io::Result<bool> {
        let of_one = self.shape.span / self.shape.hops[level];
        let mut next = entries.start;
        while next < entries.end {
            let segment = usize::try_from(next / of_one).unwrap_or(usize::MAX);
            if !self.has(segment) {
                return Ok(false);
            }
            let held = self.shape.entries(segment, level);
            let part = next..entries.end.min(held.end);
            if part.is_empty() {
                return Ok(false);
            }
            let Some(values) = self.part(segment, level, &held, &part)? else { return Ok(false) };
            take(&values);
            next = part.end;
        }
        Ok(true)
    }

    /// Entries `part` of a segment's level; none if they are damaged.
    fn part(&self, segment: usize, level: usize, held: &Range<i64>, part: &Range<i64>) -> io::Result<Option<Vec<f32>>> {
        let entry = self.shape.frame_len * 4;
        let is_verified = self.lock().contains(&(segment, level));
        // The checksum is over the whole part: it is read whole once.
        let from = if is_verified { part.clone() } else { held.clone() };
        let mut bytes = vec![0; (from.end - from.start) as usize * entry];
        let place = self.place(segment, level) + GUARD;
        let got = self.file.read_at(place + (from.start - held.start) as u64 * entry as u64, &mut bytes)?;
        let mut right = got == bytes.len();
        if right && !is_verified {
            let mut guard = [0; GUARD as usize];
            let got = self.file.read_at(place - GUARD, &mut guard)?;
            right = got == guard.len() && self.guard(segment, level, &bytes) == guard;
            if right {
                self.lock().insert((segment, level));
            }
        }
        if !right {
            self.there[segment].store(false, Ordering::Release);
            return Ok(None);
        }
        let wanted = (part.start - from.start) as usize * entry..(part.end - from.start) as usize * entry;
        let value = |four: &[u8]| f32::from_le_bytes([four[0], four[1], four[2], four[3]]);
        Ok(Some(bytes[wanted].chunks_exact(4).map(value).collect()))
    }

    /// A checksum that fits no other place and no other overview.
    fn guard(&self, segment: usize, level: usize, bytes: &[u8]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(self.key.as_bytes());
        hasher.update(&(segment as u64).to_le_bytes()).update(&(level as u64).to_le_bytes()).update(bytes);
        hasher.finalize()
    }

    fn place(&self, segment: usize, level: usize) -> u64 {
        let before: u64 = (0..level).map(|level| GUARD + self.shape.part_bytes(level)).sum();
        HEADER + segment as u64 * segment_bytes(&self.shape) + before
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashSet<(usize, usize)>> {
        self.verified.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn segment_bytes(shape: &Shape) -> u64 {
    (0..shape.hops.len()).map(|level| GUARD + shape.part_bytes(level)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape() -> Shape {
        Shape { length: 100, frame_len: 2, hops: vec![1, 8], span: 16 }
    }

    fn segment(shape: &Shape, segment: usize) -> Vec<Vec<f32>> {
        let values = |level: usize| shape.entries(segment, level).flat_map(|k| [k as f32, level as f32]).collect();
        (0..shape.hops.len()).map(values).collect()
    }

    fn read(file: &OverviewFile, level: usize, entries: Range<i64>) -> Option<Vec<f32>> {
        let mut values = Vec::new();
        let all = file.read(level, entries, &mut |part| values.extend(part)).expect("scratch is readable");
        all.then_some(values)
    }

    #[test]
    fn what_was_written_is_read_and_what_is_damaged_is_noticed() {
        let home = tempfile::NamedTempFile::new().expect("scratch is writable");
        let (shape, key) = (shape(), blake3::hash(b"one"));
        let open = |key| OverviewFile::new(home.reopen().expect("it is there"), key, shape.clone()).expect("it opens");
        let file = open(key);
        for k in [0, 1, 2, 6] {
            file.write(k, &segment(&shape, k)).expect("scratch is writable");
        }
        assert_eq!(read(&file, 0, 14..18), Some(vec![14.0, 0.0, 15.0, 0.0, 16.0, 0.0, 17.0, 0.0]));
        assert_eq!(read(&file, 1, 5..6), Some(vec![5.0, 1.0]));
        assert_eq!(read(&file, 0, 96..100).map(|values| values.len()), Some(8), "the last segment is short");
        assert_eq!(read(&file, 0, 40..60), None, "segment 3 was not made");
        // Opened again it is all there; a byte that has changed is found out.
        let again = open(key);
        assert!([0, 1, 2, 6].iter().all(|k| again.has(*k)) && !again.has(3));
        again.file.write_at(again.place(1, 0) + GUARD + 5, &[7]).expect("scratch is writable");
        assert_eq!(read(&again, 0, 16..17), None);
        assert!(!again.has(1) && again.has(2));
        again.write(1, &segment(&shape, 1)).expect("scratch is writable");
        assert_eq!(read(&again, 0, 16..17), Some(vec![16.0, 0.0]));
        // Cut short, as by a kill in the middle of a write.
        again.file.0.set_len(again.place(2, 0) + 40).expect("scratch is writable");
        let cut = open(key);
        assert!(cut.has(0) && !cut.has(2) && !cut.has(6));
        // For another overview it is a new file.
        assert!(!open(blake3::hash(b"two")).has(0));
    }
}
