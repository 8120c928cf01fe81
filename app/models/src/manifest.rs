//! Manifests: what a model is made of.

use crate::{Error, ErrorKind, Licence, Result};
use serde::{Deserialize, Serialize};

/// The version that this program writes and reads.
const VERSION: u32 = 1;

/// What a model is: its files by name, where they come from and on what terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of this format: 1.
    pub manifest: u32,
    /// Name in the store, by which sessions name it.
    pub id: String,
    /// The stage that it is for, as `asr.whisper`; empty if nobody has said.
    #[serde(default)]
    pub stage: String,
    /// Licence of the weights, as stated by whoever gave them; empty if nobody has said.
    #[serde(default)]
    pub licence: String,
    /// Where it came from, in words.
    #[serde(default)]
    pub origin: String,
    /// Its files, by name.
    #[serde(rename = "file")]
    pub files: Vec<StoredFile>,
}

/// A file of a model.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredFile {
    /// Its name, by which stages know what it is.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 in hex.
    pub sha256: String,
}

impl Manifest {
    /// A manifest of these files.
    pub fn new(id: &str, files: Vec<StoredFile>) -> Self {
        let text = String::new;
        Manifest { manifest: VERSION, id: id.to_owned(), stage: text(), licence: text(), origin: text(), files }
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// It is none, of a later version, or names what cannot be in a store.
    pub fn parse(text: &str, id: &str) -> Result<Self> {
        let hint = || format!("{}, `auricle models rm {id}` takes it out", crate::mends(id));
        let broken = |why: String| Error::new(ErrorKind::Damaged, format!("the manifest of {id} {why}")).hint(hint());
        let manifest: Manifest = toml::from_str(text).map_err(|error| broken(format!("is broken: {error}")))?;
        if manifest.manifest != VERSION {
            return Err(broken(format!("has version {}; this auricle reads version {VERSION}", manifest.manifest)));
        }
        let hex = |text: &str| text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if manifest.id != id || manifest.files.is_empty() {
            return Err(broken(format!("is that of {}, with {} files", manifest.id, manifest.files.len())));
        }
        match manifest.files.iter().find(|file| !is_file_name(&file.name) || !hex(&file.sha256)) {
            Some(file) => Err(broken(format!("has a file {:?} with the SHA-256 {:?}", file.name, file.sha256))),
            None => Ok(manifest),
        }
    }

    /// The text of the manifest.
    pub(crate) fn text(&self) -> String {
        toml::to_string(self).expect("a manifest is a table of texts and numbers")
    }

    /// Bytes of all files.
    pub fn size(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }

    /// Licence of the weights.
    pub fn terms(&self) -> crate::Terms {
        Licence(self.licence.clone()).terms()
    }
}

/// Is it an id of a model: `whisper-tiny.en`?
pub(crate) fn is_id(id: &str) -> bool {
    let inside = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_' | b'.');
    id.len() <= 100 && id.bytes().all(inside) && id.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
}

/// Is it a name for a file, and no path?
pub(crate) fn is_file_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 200 && !name.starts_with('.') && !name.contains(['/', '\\', '\0'])
}
