//! What a file is, cheaply: of a small one all of its content, of a large one samples of it, and what the system says.

use crate::files::{FileState, OpenFile};
use auricle_sdk::host::Bytes;
use std::fs::File;
use std::io;
use std::path::Path;

/// Files up to this size are read whole.
const WHOLE: u64 = 16 << 20;
/// Places of a larger one that are looked at.
const PLACES: u64 = 64;
/// Bytes at each.
const SAMPLE: u64 = 4_096;

/// A text that differs when the content does; of large files, when content at any of 64 places, size, time of the last
/// change or the file itself does.
pub(super) fn identity(path: &Path) -> io::Result<String> {
    let file = OpenFile(File::open(path)?);
    let (state, mut hasher) = (FileState::new(&file.0.metadata()?), blake3::Hasher::new());
    let size = state.bytes;
    let mut add = |from: u64, bytes: u64| -> io::Result<()> {
        let mut buffer = vec![0; bytes as usize];
        let got = file.read_at(from, &mut buffer)?;
        hasher.update(&buffer[..got]);
        Ok(())
    };
    if size <= WHOLE {
        let mut from = 0;
        while from < size {
            add(from, (size - from).min(1 << 20))?;
            from += 1 << 20;
        }
        return Ok(format!("{size} {}", hasher.finalize()));
    }
    for place in 0..PLACES {
        add((size - SAMPLE) * place / (PLACES - 1), SAMPLE)?;
    }
    Ok(format!("{} {state:?}", hasher.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::FileExt;

    #[test]
    fn content_tells_small_files_apart_and_samples_large_ones() {
        let home = tempfile::tempdir().expect("scratch is writable");
        let write = |name: &str, bytes: &[u8]| {
            let path = home.path().join(name);
            std::fs::write(&path, bytes).expect("scratch is writable");
            identity(&path).expect("it is there")
        };
        assert_eq!(write("a", b"the same"), write("b", b"the same"), "wherever it lies");
        assert_ne!(write("a", b"the same"), write("b", b"the sama"));
        let path = home.path().join("large");
        let file = File::create(&path).expect("scratch is writable");
        file.set_len(WHOLE * 2).expect("scratch is writable");
        let before = identity(&path).expect("it is there");
        assert_eq!(before, identity(&path).expect("it is there"));
        let time = file.metadata().and_then(|meta| meta.modified()).expect("it has one");
        file.write_all_at(b"x", WHOLE * 2 - 1).expect("scratch is writable");
        file.set_modified(time).expect("scratch is writable");
        assert_ne!(before, identity(&path).expect("it is there"), "the end is looked at");
    }
}
