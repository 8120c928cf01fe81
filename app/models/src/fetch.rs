//! Models from the network: every file fetched and checked, then taken in as if it had lain here.

use crate::download::Download;
use crate::lock::Lock;
use crate::{Error, Import, Known, Manifest, Part, Progress, Remote, Result, Store};
use std::fs;
use std::path::PathBuf;

/// What is to be fetched, and on what terms.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// Id, stage, licence and consent, as for a model that lies here.
    pub import: Import,
    /// The files it is made of.
    pub files: Vec<Remote>,
    /// A file with certificates (PEM) by which servers are known, instead of those that come with the program.
    pub certificates: Option<PathBuf>,
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
        Fetch { import, files: known.files.clone(), certificates: None }
    }

    /// Fetches what is not there yet, checks it, and takes it into the store. What came of a fetch that failed or was stopped
    /// stays beside the store, and the next one goes on from there. If somebody else fetches, this waits; has it come meanwhile, it
    /// is not fetched again.
    ///
    /// # Errors
    /// As [`Import::run`], of which the id and a licence that is known are looked at first; an address cannot be used, a server
    /// refuses, the connection breaks again and again, or what came is not what was meant.
    pub fn run(&self, store: &Store, progress: &mut dyn Progress) -> Result<Manifest> {
        self.import.check(store)?;
        let downloads = store.downloads();
        fs::create_dir_all(&downloads).map_err(|error| Error::io(&downloads, error))?;
        let mut waited = false;
        let _lock = Lock::take_after(&downloads, || {
            waited = true;
            progress.file("waiting for another fetch", None);
        })?;
        if let (true, false, Ok(manifest)) = (waited, self.import.replace, store.manifest(&self.import.id)) {
            return Ok(manifest);
        }
        let folder = store.scratch()?;
        let gathered = folder.path().join("model");
        fs::create_dir(&gathered).map_err(|error| Error::io(&gathered, error))?;
        let certificates = self.certificates.as_deref();
        let new = |file| Download::new(file, &downloads, certificates);
        let all: Vec<Download<'_>> = self.files.iter().map(new).collect();
        for (index, (remote, download)) in self.files.iter().zip(&all).enumerate() {
            let whole = download.run(progress)?;
            let unpacked = folder.path().join(format!("unpacked-{index}"));
            let join = remote.join.as_deref();
            let part = Part { path: &whole, name: remote.name(), member: &remote.member, join };
            part.put(&unpacked, &gathered, progress).map_err(|error| error.within(&remote.url))?;
        }
        let manifest = self.import.run(store, &gathered, progress)?;
        all.iter().for_each(Download::forget);
        Ok(manifest)
    }
}
