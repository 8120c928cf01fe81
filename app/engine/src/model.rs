//! Models: how the engine comes by the files of a model that a session names.
//!
//! To a stage the files of a model are sources, as the session's inputs are: it reads them through the host, and needs
//! no path and no right that others do not have.

use std::fmt;
use std::path::{Path, PathBuf};

/// A file of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelFile {
    /// Its name in the model, by which stages know what it is: `model.safetensors`, `tokenizer.json`.
    pub name: String,
    /// Where it lies.
    pub path: PathBuf,
}

/// Why a model is not there, and what makes it be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingModel {
    /// What was looked for, and where.
    pub message: String,
    /// The command to try.
    pub hint: String,
}

/// Where models are kept by their ids.
pub trait ModelStore: fmt::Debug + Send + Sync {
    /// The files of the model `id`, by name.
    ///
    /// # Errors
    /// It is not there, or not whole.
    fn files(&self, id: &str) -> Result<Vec<ModelFile>, MissingModel>;
}

/// A model has no more files; a folder that has was not meant.
const MOST_FILES: usize = 64;

/// The files of a model that lies outside the store, called `shown`: one file, or those of a folder by name.
pub(crate) fn files_at(path: &Path, shown: &str) -> Result<Vec<ModelFile>, MissingModel> {
    let refused = |why: String| MissingModel {
        message: format!("{shown:?} {why}"),
        hint: "a model with a slash in it is a file or folder, relative to the session file".into(),
    };
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => refused("does not exist".into()),
        _ => refused(format!("cannot be read: {error}")),
    };
    let file = |path: PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        ModelFile { name, path }
    };
    if !std::fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Ok(vec![file(path.to_owned())]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if !hidden && path.is_file() {
            files.push(file(path));
        }
    }
    files.sort_by(|a, b| a.name.cmp(&b.name));
    match files.len() {
        0 => Err(refused("is a folder without files".into())),
        count if count > MOST_FILES => Err(refused(format!("has {count} files; no model has so many"))),
        _ => Ok(files),
    }
}
