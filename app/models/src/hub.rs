//! Models that Hugging Face's programs have fetched before.
//!
//! Source: huggingface_hub 1.x, the layout of its cache: `models--ORG--NAME/refs/REVISION` holds a commit,
//! `models--ORG--NAME/snapshots/COMMIT` its files.

use crate::{Error, ErrorKind, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// A model at one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The folder with its files.
    pub folder: PathBuf,
    /// Its name and commit.
    pub origin: String,
}

impl Snapshot {
    /// Finds `ORG/NAME` or `ORG/NAME@REVISION` in a cache.
    ///
    /// # Errors
    /// The name is none, or nothing of it is in the cache.
    pub fn find(cache: &Path, name: &str) -> Result<Self> {
        let (model, revision) = name.split_once('@').unwrap_or((name, "main"));
        let plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['/', '\\', '\0']);
        let named = model.split_once('/').filter(|(org, name)| plain(org) && plain(name));
        let Some((org, short)) = named.filter(|_| plain(revision)) else {
            let message = format!("hf:{name}: expected hf:ORG/NAME or hf:ORG/NAME@REVISION");
            return Err(Error::new(ErrorKind::Refused, message));
        };
        let folder = cache.join(format!("models--{org}--{short}"));
        let commit = fs::read_to_string(folder.join("refs").join(revision)).unwrap_or_else(|_| revision.to_owned());
        let commit = commit.trim();
        let snapshot = folder.join("snapshots").join(commit);
        if !plain(commit) || !snapshot.is_dir() {
            let message = format!("no {model} at {revision} in {}", cache.display());
            return Err(Error::new(ErrorKind::Missing, message).hint(format!("`hf download {model}` puts it there")));
        }
        Ok(Snapshot { folder: snapshot, origin: format!("Hugging Face {model} at {commit}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snapshots_are_found_by_revision_and_by_commit() {
        let cache = tempfile::tempdir().expect("writable");
        let model = cache.path().join("models--org--tiny");
        fs::create_dir_all(model.join("refs")).expect("writable");
        fs::create_dir_all(model.join("snapshots/abc")).expect("writable");
        fs::write(model.join("refs/main"), "abc\n").expect("writable");
        let find = |name: &str| Snapshot::find(cache.path(), name);
        for name in ["org/tiny", "org/tiny@main", "org/tiny@abc"] {
            let found = find(name).expect(name);
            assert_eq!(
                (found.folder, found.origin.as_str()),
                (model.join("snapshots/abc"), "Hugging Face org/tiny at abc")
            );
        }
        assert!(find("org/tiny@old").is_err_and(|error| error.to_string().contains("`hf download org/tiny`")));
        for name in ["tiny", "org/../tiny", "/tiny", "org/tiny@../x", ""] {
            assert_eq!(find(name).expect_err(name).kind, ErrorKind::Refused, "{name}");
        }
    }
}
