//! What a directory holds that can be opened.

use std::path::{Path, PathBuf};

/// Names of files that are offered; others open too, when they are named.
const SOUND: [&str; 20] = [
    "wav", "wave", "flac", "mp3", "ogg", "oga", "opus", "aif", "aiff", "aifc", "au", "snd", "caf", "m4a", "aac", "mp4",
    "w64", "rf64", "alac", "mka",
];

/// More entries than this are not listed.
const MOST: usize = 5_000;

/// A directory that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The directory.
    pub directory: PathBuf,
    /// Its directories, then its files, by name.
    pub entries: Vec<Entry>,
    /// Why it could not be read.
    pub problem: Option<String>,
}

/// A directory or a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, for display.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Is it a directory?
    pub is_directory: bool,
}

impl Listing {
    /// Reads a directory.
    pub fn read(directory: &Path) -> Self {
        let directory = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
        let mut listing = Listing { directory, ..Listing::default() };
        match std::fs::read_dir(&listing.directory) {
            Err(error) => listing.problem = Some(format!("{}: {error}", listing.directory.display())),
            Ok(found) => {
                let entries = found.take(MOST).filter_map(|entry| {
                    let path = entry.ok()?.path();
                    let name = path.file_name()?.to_string_lossy().into_owned();
                    let is_directory = path.is_dir();
                    let offered = !name.starts_with('.') && (is_directory || can_be_opened(&path));
                    offered.then_some(Entry { name, path, is_directory })
                });
                listing.entries = entries.collect();
                listing.entries.sort_by_key(|entry| (!entry.is_directory, entry.name.to_lowercase()));
            }
        }
        if let Some(parent) = listing.directory.parent() {
            listing.entries.insert(0, Entry { name: "..".into(), path: parent.to_owned(), is_directory: true });
        }
        listing
    }

    /// The entries whose names contain `part`, in any case.
    pub fn matching(&self, part: &str) -> Vec<&Entry> {
        let part = part.to_lowercase();
        self.entries.iter().filter(|entry| entry.name.to_lowercase().contains(&part)).collect()
    }
}

/// Is it a session, or a sound file by its name?
pub fn can_be_opened(path: &Path) -> bool {
    let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
    extension.is_some_and(|extension| extension == "toml" || SOUND.contains(&extension.as_str()))
}

/// Is it a session, by its name?
pub fn is_session(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("toml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_come_first_and_only_what_can_be_opened_is_there() {
        let home = tempfile::tempdir().expect("there is room for temporary files");
        for name in ["b.WAV", "a.toml", "notes.txt", ".hidden.wav"] {
            std::fs::write(home.path().join(name), b"").expect("it is writable");
        }
        std::fs::create_dir(home.path().join("sub")).expect("it is writable");
        let listing = Listing::read(home.path());
        let names: Vec<&str> = listing.entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["..", "sub", "a.toml", "b.WAV"]);
        assert_eq!(listing.matching("B").len(), 2, "sub and b.WAV");
        assert!(Listing::read(&home.path().join("none")).problem.is_some());
    }
}
