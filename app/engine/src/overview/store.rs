//! The directory of overviews, bounded in size: those that were used least recently go first.

use super::file::OverviewFile;
use super::shape::Shape;
use crate::files::write_whole;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::{Path, PathBuf};

/// How files of overviews end.
const EXTENSION: &str = "overview";
/// How files of figures end.
const FIGURES: &str = "figures";
/// Bytes of what file systems count in; holes take none.
const BLOCK: u64 = 512;

/// Where overviews are kept.
#[derive(Clone, Debug)]
pub struct Overviews {
    dir: Option<PathBuf>,
    limit: u64,
}

/// What a directory of overviews holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Files.
    pub files: usize,
    /// Bytes that they occupy.
    pub bytes: u64,
}

impl Overviews {
    /// Overviews in a directory, of at most `limit` bytes together. Without a directory they last as long as they are used.
    pub fn new(dir: Option<PathBuf>, limit: u64) -> Self {
        Overviews { dir, limit }
    }

    /// The directory.
    pub fn dir(&self) -> Option<&Path> {
        self.dir.as_deref()
    }

    /// Bytes that they may occupy together.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// What there is.
    pub fn usage(&self) -> Usage {
        let bytes: Vec<u64> = self.files().into_iter().map(|(_, bytes, _)| bytes).collect();
        Usage { files: bytes.len(), bytes: bytes.iter().sum() }
    }

    /// Opens the overview of this key, or makes room for it. Where nothing can be kept it lies in a nameless file.
    pub(super) fn open(&self, key: blake3::Hash, shape: &Shape) -> io::Result<OverviewFile> {
        let file = match self.dir.as_ref().and_then(|dir| self.named(dir, key, shape).ok()) {
            Some(file) => file,
            None => tempfile::tempfile()?,
        };
        OverviewFile::new(file, key, shape.clone())
    }

    fn named(&self, dir: &Path, key: blake3::Hash, shape: &Shape) -> io::Result<File> {
        let path = self.make_room(dir, key, EXTENSION, OverviewFile::size(shape))?;
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
    }

    /// The figures of this key, if they are there.
    pub(super) fn figures(&self, key: blake3::Hash) -> Option<String> {
        let path = path(self.dir()?, key, FIGURES);
        let text = std::fs::read_to_string(&path).ok()?;
        // The time of the last change says when they were used last; where it cannot be set they are older.
        let _ = OpenOptions::new().write(true).open(path).and_then(|file| file.write_all_at(text.as_bytes(), 0));
        Some(text)
    }

    /// Keeps the figures of this key.
    pub(super) fn keep_figures(&self, key: blake3::Hash, text: &str) -> io::Result<()> {
        let dir = self.dir().ok_or(io::ErrorKind::NotFound)?;
        write_whole(&self.make_room(dir, key, FIGURES, text.len() as u64)?, text.as_bytes())
    }

    /// Where a file of `size` bytes may be written: those that were used least recently give way to it.
    fn make_room(&self, dir: &Path, key: blake3::Hash, extension: &str, size: u64) -> io::Result<PathBuf> {
        std::fs::create_dir_all(dir)?;
        let path = path(dir, key, extension);
        let mut others = self.files();
        others.retain(|(other, _, _)| *other != path);
        others.sort_by_key(|(_, _, used)| *used);
        let mut bytes: u64 = others.iter().map(|(_, bytes, _)| bytes).sum::<u64>() + size;
        for (other, size, _) in others {
            if bytes <= self.limit {
                break;
            }
            // Who reads it keeps it open; its name and, once closed, its room are free.
            std::fs::remove_file(other)?;
            bytes -= size;
        }
        Ok(path)
    }

    /// Path, bytes and last change of each, in the file system's time.
    fn files(&self) -> Vec<(PathBuf, u64, (i64, i64))> {
        let Some(Ok(entries)) = self.dir.as_ref().map(std::fs::read_dir) else { return Vec::new() };
        let is_ours = |path: PathBuf| path.extension().is_some_and(|end| end == EXTENSION || end == FIGURES);
        let ours = entries.flatten().filter(|entry| is_ours(entry.path()));
        ours.filter_map(|entry| {
            let meta = entry.metadata().ok()?;
            Some((entry.path(), meta.blocks() * BLOCK, (meta.mtime(), meta.mtime_nsec())))
        })
        .collect()
    }
}

fn path(dir: &Path, key: blake3::Hash, extension: &str) -> PathBuf {
    dir.join(key.to_hex().as_str()).with_extension(extension)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, SystemTime};

    #[test]
    fn the_least_recently_used_goes_first() {
        let home = tempfile::tempdir().expect("scratch is writable");
        let shape = Shape { length: 1 << 16, frame_len: 4, hops: vec![1], span: 1 << 12 };
        let one = OverviewFile::size(&shape);
        let overviews = Overviews::new(Some(home.path().join("overviews")), 3 * one + one / 2);
        let key = |name: &str| blake3::hash(name.as_bytes());
        let path =
            |name: &str| home.path().join("overviews").join(key(name).to_hex().as_str()).with_extension("overview");
        let make = |name: &str, age: u64| {
            let file = overviews.open(key(name), &shape).expect("scratch is writable");
            for segment in 0..shape.segments() {
                let values = vec![1.0; 4 * shape.entries(segment, 0).count()];
                file.write(segment, &[values]).expect("scratch is writable");
            }
            let used = SystemTime::now() - Duration::from_secs(age);
            File::open(path(name)).and_then(|file| file.set_modified(used)).expect("scratch is writable");
        };
        make("a", 300);
        make("b", 200);
        assert_eq!(overviews.usage().files, 2);
        // Looking at one makes it the youngest.
        drop(overviews.open(key("a"), &shape).expect("it is there"));
        make("c", 100);
        make("d", 50);
        let there = ["a", "b", "c", "d"].map(|name| path(name).exists());
        assert_eq!(there, [true, false, true, true]);
        assert!(overviews.usage().bytes <= overviews.limit());
        assert!(overviews.open(key("a"), &shape).expect("it is there").has(3));
        // Without a directory nothing stays.
        assert!(!Overviews::new(None, 0).open(key("a"), &shape).expect("scratch is writable").has(3));
    }
}
