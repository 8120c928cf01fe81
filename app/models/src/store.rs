//! The store itself: what is in it, whether it is whole, and how things leave it.

use crate::lock::Lock;
use crate::manifest::is_id;
use crate::{Error, ErrorKind, Known, Manifest, Progress, Result, StoredFile, hash};
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A store of models on disk.
#[derive(Clone, Debug)]
pub struct Store {
    root: PathBuf,
}

/// A folder that is gone when this is.
pub(crate) struct Scratch {
    _lock: Lock,
    folder: tempfile::TempDir,
}

impl Scratch {
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// What is wrong with a file of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// It is not there.
    Missing,
    /// It has another length.
    Length {
        /// Bytes as the manifest has them.
        expected: u64,
        /// Bytes on disk.
        got: u64,
    },
    /// It cannot be read.
    Unreadable {
        /// What the system says.
        why: String,
    },
    /// Its content is another.
    Content {
        /// SHA-256 of what is on disk.
        got: String,
    },
}

impl Store {
    /// The store in `root`, which need not exist.
    pub fn new(root: &Path) -> Self {
        Store { root: root.to_owned() }
    }

    /// Where it lies.
    pub fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn blobs(&self) -> PathBuf {
        self.root.join("blobs")
    }

    /// Where files lie while they are fetched.
    pub(crate) fn downloads(&self) -> PathBuf {
        self.root.join("downloads")
    }

    fn manifests(&self) -> PathBuf {
        self.root.join("manifests")
    }

    fn manifest_path(&self, id: &str) -> PathBuf {
        self.manifests().join(format!("{id}.toml"))
    }

    /// Where a file of a model lies.
    pub fn path(&self, file: &StoredFile) -> PathBuf {
        self.blobs().join(format!("sha256-{}", file.sha256))
    }

    /// The ids of all models, sorted.
    ///
    /// # Errors
    /// The store cannot be read. One that does not exist is empty.
    pub fn ids(&self) -> Result<Vec<String>> {
        let names = names(&self.manifests())?.into_iter();
        let mut ids: Vec<String> = names.filter_map(|name| Some(name.strip_suffix(".toml")?.to_owned())).collect();
        ids.retain(|id| is_id(id));
        ids.sort();
        Ok(ids)
    }

    /// The manifest of a model.
    ///
    /// # Errors
    /// There is no such model, or its manifest is broken.
    pub fn manifest(&self, id: &str) -> Result<Manifest> {
        let missing = || {
            let near = self.ids().unwrap_or_default();
            let have = if near.is_empty() { String::new() } else { format!("; there are {}", near.join(", ")) };
            let hint = match Known::find(id) {
                Some(_) => format!("`auricle models fetch {id}` brings it"),
                None => format!("`auricle models import PATH --id {id}` adds it{have}"),
            };
            Error::new(ErrorKind::Missing, format!("no model {id:?} in the store")).hint(hint)
        };
        if !is_id(id) {
            let message = format!("no model {id:?}: an id is of a-z, 0-9, '-', '_' and '.'");
            return Err(Error::new(ErrorKind::Missing, message));
        }
        let path = self.manifest_path(id);
        match fs::read_to_string(&path) {
            Ok(text) => Manifest::parse(&text, id),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(missing()),
            Err(error) => Err(Error::io(&path, error)),
        }
    }

    /// The files of a model, by name; all are there and have the right length.
    ///
    /// # Errors
    /// As [`Store::manifest`], or a file is missing or of another length.
    pub fn files(&self, id: &str) -> Result<Vec<(String, PathBuf)>> {
        let manifest = self.manifest(id)?;
        for file in &manifest.files {
            if let Some(damage) = self.at_a_glance(file) {
                let message = format!("model {id}: {} {}", file.name, damage.in_words());
                return Err(Error::new(ErrorKind::Damaged, message).hint(mends(id)));
            }
        }
        Ok(manifest.files.iter().map(|file| (file.name.clone(), self.path(file))).collect())
    }

    /// What its length tells of a file.
    fn at_a_glance(&self, file: &StoredFile) -> Option<Damage> {
        match File::open(self.path(file)).and_then(|file| file.metadata()) {
            Ok(meta) if !meta.is_file() => Some(Damage::Unreadable { why: "it is no file".into() }),
            Ok(meta) if meta.len() == file.size => None,
            Ok(meta) => Some(Damage::Length { expected: file.size, got: meta.len() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Some(Damage::Missing),
            Err(error) => Some(Damage::Unreadable { why: error.to_string() }),
        }
    }

    /// Reads every file of a model; gives those that are not as they should be.
    ///
    /// # Errors
    /// As [`Store::manifest`], or the caller asks to stop.
    pub fn verify(&self, id: &str, progress: &mut dyn Progress) -> Result<Vec<(StoredFile, Damage)>> {
        let mut damaged = Vec::new();
        for file in self.manifest(id)?.files {
            progress.file(&file.name, Some(file.size));
            let damage = match self.at_a_glance(&file) {
                Some(damage) => Some(damage),
                None => {
                    let path = self.path(&file);
                    let read = File::open(&path).map_err(|error| Error::io(&path, error));
                    match read.and_then(|mut open| hash::copy(&mut open, None, &path, progress)) {
                        Ok((_, got)) => (got != file.sha256).then_some(Damage::Content { got }),
                        // A disk that fails is damage as well; the other files are still to be looked at.
                        Err(error) if error.kind == ErrorKind::Io => {
                            Some(Damage::Unreadable { why: error.to_string() })
                        }
                        Err(error) => return Err(error),
                    }
                }
            };
            damaged.extend(damage.map(|damage| (file, damage)));
        }
        Ok(damaged)
    }

    /// Takes a model out, and the files that no other has. Gives the number of bytes that are free now.
    ///
    /// # Errors
    /// There is no such model, or the store cannot be written.
    pub fn remove(&self, id: &str) -> Result<u64> {
        // A broken manifest is taken out too.
        match self.manifest(id) {
            Err(error) if error.kind == ErrorKind::Missing => return Err(error),
            _ => {}
        }
        let lock = self.lock()?;
        let path = self.manifest_path(id);
        fs::remove_file(&path).map_err(|error| Error::io(&path, error))?;
        self.sweep(&lock)
    }

    /// Waits for the right to change the store, which is made if need be.
    pub(crate) fn lock(&self) -> Result<Lock> {
        for folder in [self.blobs(), self.manifests()] {
            fs::create_dir_all(&folder).map_err(|error| Error::io(&folder, error))?;
        }
        Lock::take(&self.root)
    }

    /// Takes away what no manifest names: while the lock is held, nobody is about to name it. Gives the bytes.
    pub(crate) fn sweep(&self, _: &Lock) -> Result<u64> {
        let mut named = BTreeSet::new();
        for id in self.ids()? {
            match self.manifest(&id) {
                Ok(manifest) => named.extend(manifest.files.iter().map(|file| format!("sha256-{}", file.sha256))),
                // What it names cannot be known, so nothing may be called unnamed.
                Err(_) => return Ok(0),
            }
        }
        let mut freed = 0;
        for (folder, keep) in [(self.blobs(), Some(&named)), (self.manifests(), None)] {
            for name in names(&folder)? {
                let garbage = match keep {
                    Some(named) => !named.contains(&name),
                    None => name.ends_with(".part"),
                };
                let path = folder.join(&name);
                if garbage {
                    freed += fs::metadata(&path).map_or(0, |meta| meta.len());
                    fs::remove_file(&path).map_err(|error| Error::io(&path, error))?;
                }
            }
        }
        Ok(freed)
    }

    /// Files that no manifest names, and their bytes: what a change that was killed has left.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn unnamed(&self) -> Result<(usize, u64)> {
        let manifests = self.ids()?.into_iter().filter_map(|id| self.manifest(&id).ok());
        let named: BTreeSet<PathBuf> =
            manifests.flat_map(|manifest| manifest.files).map(|file| self.path(&file)).collect();
        let blobs = names(&self.blobs())?.into_iter().map(|name| self.blobs().join(name));
        let sizes = blobs.filter(|path| !named.contains(path)).map(|path| fs::metadata(path).map_or(0, |m| m.len()));
        Ok(sizes.fold((0, 0), |(count, bytes), size| (count + 1, bytes + size)))
    }

    /// A folder for what is on its way into the store, on the store's own disk: that of the system may be small, or memory.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn scratch(&self) -> Result<Scratch> {
        let root = self.root.join("scratch");
        let failed = |error| Error::io(&root, error);
        fs::create_dir_all(&root).map_err(failed)?;
        // So that nobody takes a folder away before it is locked.
        let _making = Lock::take(&root)?;
        for name in names(&root)? {
            let folder = root.join(name);
            // What somebody who was killed has left; whoever lives holds its lock.
            if let Some(_lock) = Lock::take_if_free(&folder) {
                // What cannot be removed now is tried again with the next.
                let _ = fs::remove_dir_all(&folder);
            }
        }
        let folder = tempfile::tempdir_in(&root).map_err(failed)?;
        Ok(Scratch { _lock: Lock::take(folder.path())?, folder })
    }

    /// Files that a fetch has begun and not finished, and their bytes: the next one goes on with them.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn begun(&self) -> Result<(usize, u64)> {
        let parts = names(&self.downloads())?.into_iter().filter(|name| name.ends_with(".part"));
        let sizes = parts.map(|name| fs::metadata(self.downloads().join(name)).map_or(0, |meta| meta.len()));
        Ok(sizes.fold((0, 0), |(count, bytes), size| (count + 1, bytes + size)))
    }

    /// Writes a manifest; its files are there.
    pub(crate) fn publish(&self, manifest: &Manifest, _: &Lock) -> Result<()> {
        let (folder, path) = (self.manifests(), self.manifest_path(&manifest.id));
        let failed = |error| Error::io(&path, error);
        let part = partial(&folder).map_err(failed)?;
        fs::write(part.path(), manifest.text()).map_err(failed)?;
        settle(part, &path).map_err(failed)
    }
}

/// A file that stands under its name only once it is whole.
pub(crate) fn partial(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    tempfile::Builder::new().prefix("new-").suffix(".part").tempfile_in(folder)
}

/// Makes a file and its name last, should the machine lose power.
pub(crate) fn settle(part: tempfile::NamedTempFile, path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        part.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    part.as_file().sync_all()?;
    part.persist(path).map_err(|error| error.error)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Names in a folder; none if there is no such folder.
fn names(folder: &Path) -> Result<Vec<String>> {
    let failed = |error| Error::io(folder, error);
    match fs::read_dir(folder) {
        Ok(entries) => {
            let name = |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
            entries.map(name).collect::<io::Result<_>>().map_err(failed)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(failed(error)),
    }
}

/// The command that puts a whole model in the place of the damaged one `id`.
pub fn mends(id: &str) -> String {
    match Known::find(id) {
        Some(_) => format!("`auricle models fetch {id} --replace` mends it"),
        None => format!("`auricle models import PATH --id {id} --replace` mends it"),
    }
}

impl Damage {
    /// What is wrong, behind the name of a file.
    pub fn in_words(&self) -> String {
        match self {
            Damage::Missing => "is missing".into(),
            Damage::Length { expected, got } => format!("is damaged: expected {expected} bytes, got {got}"),
            Damage::Unreadable { why } => format!("cannot be read: {why}"),
            Damage::Content { got } => format!("is damaged: its SHA-256 is now {got}"),
        }
    }
}
