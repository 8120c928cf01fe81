//! Models from the network: every file fetched and checked, then taken in as if it had lain here.

use crate::download::Download;
use crate::lock::Lock;
use crate::manifest::is_file_name;
use crate::{Error, ErrorKind, Import, Known, Manifest, Progress, Remote, Result, Store, archive};
use std::fs::{self, File};
use std::path::Path;

/// What is to be fetched, and on what terms.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// Id, stage, licence and consent, as for a model that lies here.
    pub import: Import,
    /// The files it is made of.
    pub files: Vec<Remote>,
}

impl Fetch {
    /// A model of the catalogue.
    pub fn known(known: &Known) -> Self {
        let import = Import {
            id: known.id.clone(),
            stage: known.stage.clone(),
            licence: Some(known.licence.clone()),
            origin: known.files.first().map(|file| file.url.clone()).unwrap_or_default(),
            ..Import::default()
        };
        Fetch { import, files: known.files.clone() }
    }

    /// Fetches what is not there yet, checks it, and takes it into the store. What came of a fetch that failed or was stopped
    /// stays beside the store, and the next one goes on from there.
    ///
    /// # Errors
    /// As [`Import::run`], of which the id and a licence that is known are looked at first; an address cannot be used, a server
    /// refuses, the connection breaks again and again, or what came is not what was meant.
    pub fn run(&self, store: &Store, progress: &mut dyn Progress) -> Result<Manifest> {
        self.import.check(store)?;
        let downloads = store.downloads();
        fs::create_dir_all(&downloads).map_err(|error| Error::io(&downloads, error))?;
        let _lock = Lock::take(&downloads)?;
        let folder = tempfile::tempdir_in(&downloads).map_err(|error| Error::io(&downloads, error))?;
        let gathered = folder.path().join("model");
        fs::create_dir(&gathered).map_err(|error| Error::io(&gathered, error))?;
        let all: Vec<Download<'_>> = self.files.iter().map(|file| Download::new(file, &downloads)).collect();
        for (index, (remote, download)) in self.files.iter().zip(&all).enumerate() {
            let whole = download.run(progress)?;
            let unpacked = folder.path().join(format!("unpacked-{index}"));
            place(remote, &whole, &unpacked, &gathered, progress)?;
        }
        let manifest = self.import.run(store, &gathered, progress)?;
        all.iter().for_each(Download::forget);
        Ok(manifest)
    }
}

/// Puts what came among the files of the model: itself, or the members of an archive.
fn place(remote: &Remote, whole: &Path, unpacked: &Path, to: &Path, progress: &mut dyn Progress) -> Result<()> {
    let name = remote.name();
    let files = match archive::unpack_as(whole, name, unpacked, &remote.member, progress)? {
        Some((folder, _)) => archive::files(&folder)?,
        None if is_file_name(name) => vec![(name.to_owned(), whole.to_owned())],
        None => {
            let message = format!("{}: {name:?} is no name for a file", remote.url);
            return Err(Error::new(ErrorKind::Refused, message));
        }
    };
    for (name, from) in files {
        let path = to.join(remote.join.as_deref().unwrap_or(&name));
        let failed = |error| Error::io(&path, error);
        if remote.join.is_none() {
            if path.exists() {
                let message = format!("{}: the model has two files {name}", remote.url);
                return Err(Error::new(ErrorKind::Refused, message));
            }
            // Both lie on one disk, so no byte is copied where links are known.
            fs::hard_link(&from, &path).or_else(|_| fs::copy(&from, &path).map(drop)).map_err(failed)?;
        } else {
            let mut file = File::options().create(true).append(true).open(&path).map_err(failed)?;
            std::io::copy(&mut File::open(&from).map_err(failed)?, &mut file).map_err(failed)?;
        }
    }
    Ok(())
}
