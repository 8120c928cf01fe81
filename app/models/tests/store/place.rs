//! Where the tests keep models.

use auricle_models::{Import, Manifest, Progress, Result, Store};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// SHA-256 of "weights", by sha256sum of GNU coreutils 9.1.
pub const WEIGHTS: &str = "9a129038d9a00aed0cf6a7ea059ca50a813449061ab87848cf1a13eafdf33b2c";

/// A store of its own.
pub struct Place {
    pub dir: TempDir,
    pub store: Store,
}

impl Place {
    pub fn new() -> Self {
        let dir = TempDir::new().expect("a directory");
        let store = Store::new(&dir.path().join("store"));
        Place { dir, store }
    }

    pub fn folder(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder = self.dir.path().join(name);
        fs::create_dir_all(&folder).expect("writable");
        for (name, text) in files {
            fs::write(folder.join(name), text).expect("writable");
        }
        folder
    }

    pub fn import(&self, id: &str, path: &Path) -> Result<Manifest> {
        Import { id: id.into(), ..Import::default() }.run(&self.store, path, &mut ())
    }

    pub fn blobs(&self) -> Vec<String> {
        let entries = fs::read_dir(self.store.root().join("blobs")).expect("a folder");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

/// Stops in the middle, as a user does.
pub struct Impatient;

impl Progress for Impatient {
    fn file(&mut self, _: &str, _: Option<u64>) {}

    fn bytes(&mut self, _: u64) -> bool {
        false
    }
}
