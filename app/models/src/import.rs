//! Taking models into the store.

use crate::archive::About;
use crate::manifest::{is_file_name, is_id};
use crate::store::{partial, settle};
use crate::{Error, ErrorKind, Licence, Manifest, Part, Result, Store, StoredFile, Terms, archive, convert, hash};
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// No model has more files.
const MOST_FILES: usize = 64;
/// A model card is looked at up to here.
const MOST_CARD: u64 = 1 << 16;
/// Weights in forms that no stage reads, left out of a folder that has `model.safetensors`.
const OTHER_FORMS: [&str; 4] = ["pytorch_model.bin", "tf_model.h5", "flax_model.msgpack", "rust_model.ot"];

/// What is told while files are read, and asked whether to go on.
pub trait Progress {
    /// A file begins; its bytes, if they are known.
    fn file(&mut self, name: &str, size: Option<u64>);
    /// So many bytes more; false stops.
    fn bytes(&mut self, count: u64) -> bool;
}

impl Progress for () {
    fn file(&mut self, _: &str, _: Option<u64>) {}

    fn bytes(&mut self, _: u64) -> bool {
        true
    }
}

/// What is to become a model.
#[derive(Clone, Debug, Default)]
pub struct Import {
    /// Its id in the store.
    pub id: String,
    /// The stage that it is for, or empty.
    pub stage: String,
    /// Its licence, if the caller knows; else what a model card says.
    pub licence: Option<String>,
    /// Where it comes from, in words.
    pub origin: String,
    /// The caller accepts a licence that restricts use.
    pub accept_licence: bool,
    /// A model of this id may be replaced.
    pub replace: bool,
}

impl Import {
    /// Takes a file, the files of a folder, or those of a wheel, zip or tar archive into the store. What no stage reads and can be
    /// rewritten is: a Whisper of CTranslate2 as safetensors; a speaker encoder of PyTorch, musicnn's VGG and a graph with operators
    /// of ONNX Runtime alone as ONNX.
    ///
    /// # Errors
    /// The id is taken or no id, there is nothing to take, the licence restricts use and was not accepted, reading or
    /// writing fails, or the caller asks to stop. Then the store is as it was.
    pub fn run(&self, store: &Store, path: &Path, progress: &mut dyn Progress) -> Result<Manifest> {
        self.check(store)?;
        let scratch = store.scratch()?;
        let folder = scratch.path().join("unpacked");
        let unpacked = archive::unpack(path, &folder, progress)?;
        let path = if unpacked.is_some() { folder.as_path() } else { path };
        self.keep(store, path, unpacked.unwrap_or_default(), scratch.path(), progress)
    }

    /// As [`Import::run`], of a model in several parts.
    ///
    /// # Errors
    /// As there, or two files have one name.
    pub fn run_parts(&self, store: &Store, parts: &[Part<'_>], progress: &mut dyn Progress) -> Result<Manifest> {
        self.check(store)?;
        let scratch = store.scratch()?;
        let gathered = scratch.path().join("gathered");
        fs::create_dir(&gathered).map_err(|error| Error::io(&gathered, error))?;
        let mut about = About::default();
        for (index, part) in parts.iter().enumerate() {
            let told = part.put(&scratch.path().join(format!("unpacked-{index}")), &gathered, progress)?;
            if about.origin.is_empty() {
                about = told;
            }
        }
        self.keep(store, &gathered, about, scratch.path(), progress)
    }

    /// Takes the file or folder `path`, whose package has said what is told `about` it.
    fn keep(
        &self,
        store: &Store,
        path: &Path,
        about: About,
        scratch: &Path,
        progress: &mut dyn Progress,
    ) -> Result<Manifest> {
        let licence = match &self.licence {
            Some(licence) => Licence(licence.clone()),
            None => card(path).and_then(|card| Licence::of_card(&card)).or(about.licence).unwrap_or_default(),
        };
        self.consent(&licence)?;
        let to = scratch.join("converted");
        fs::create_dir(&to).map_err(|error| Error::io(&to, error))?;
        let files = convert::converted(path, files(path)?, &to)?;
        let lock = store.lock()?;
        // What a killed change has left goes first, so that it cannot fill the disk.
        store.sweep(&lock)?;
        let taken = files.iter().map(|file| take(store, file, progress)).collect::<Result<Vec<_>>>();
        let finished = taken.and_then(|files| {
            let manifest = Manifest {
                stage: self.stage.clone(),
                licence: licence.0,
                origin: if self.origin.is_empty() { about.origin } else { self.origin.clone() },
                ..Manifest::new(&self.id, files)
            };
            store.publish(&manifest, &lock).map(|()| manifest)
        });
        // Of a model that was replaced, or of an import that failed.
        store.sweep(&lock)?;
        finished
    }
}

impl Import {
    /// What can be refused before anything is read.
    pub(crate) fn check(&self, store: &Store) -> Result<()> {
        let refused = |message: String| Error::new(ErrorKind::Refused, message);
        if !is_id(&self.id) {
            return Err(refused(format!("id: expected a-z, 0-9, '-', '_' and '.', got {:?}", self.id)));
        }
        if !self.replace && store.manifest(&self.id).is_ok() {
            let hint = "--replace puts this one in its place, --id names it otherwise";
            return Err(refused(format!("there is a model {} already", self.id)).hint(hint));
        }
        self.licence.as_ref().map_or(Ok(()), |licence| self.consent(&Licence(licence.clone())))
    }

    fn consent(&self, licence: &Licence) -> Result<()> {
        if licence.terms() != Terms::Restricted || self.accept_licence {
            return Ok(());
        }
        let message = format!("{} has the licence {}, which restricts its use", self.id, licence.0);
        Err(Error::new(ErrorKind::Refused, message).hint("--accept-licence, if you may use it on these terms"))
    }
}

/// Copies a file into the store under the name of its content.
fn take(store: &Store, path: &Path, progress: &mut dyn Progress) -> Result<StoredFile> {
    let name = name(path);
    let failed = |error| Error::io(path, error);
    let mut file = File::open(path).map_err(failed)?;
    progress.file(&name, file.metadata().ok().map(|meta| meta.len()));
    let mut part = partial(&store.blobs()).map_err(failed)?;
    let (size, sha256) = hash::copy(&mut file, Some(part.as_file_mut()), path, progress)?;
    let stored = StoredFile { name, size, sha256 };
    // A file of that name has that content, unless it was damaged; so it is put there in any case.
    settle(part, &store.path(&stored)).map_err(failed)?;
    Ok(stored)
}

pub(crate) fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The file, or what of a folder belongs to a model.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    let failed = |error| Error::io(path, error);
    if !fs::metadata(path).map_err(failed)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_file() && is_file_name(&name(&path)) {
            files.push(path);
        }
    }
    if files.iter().any(|path| name(path) == "model.safetensors") {
        files.retain(|path| !OTHER_FORMS.contains(&name(path).as_str()));
    }
    files.sort();
    let refused = |why: String| Err(Error::new(ErrorKind::Refused, format!("{} {why}", path.display())));
    match files.len() {
        0 => refused("has no files".into()),
        count if count > MOST_FILES => refused(format!("has {count} files; no model has more than {MOST_FILES}")),
        _ => Ok(files),
    }
}

/// The model card in a folder.
fn card(path: &Path) -> Option<String> {
    let mut text = String::new();
    File::open(path.join("README.md")).ok()?.take(MOST_CARD).read_to_string(&mut text).ok()?;
    Some(text)
}
