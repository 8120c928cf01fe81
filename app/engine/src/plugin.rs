//! Plugins: what a library says about itself, read without running any of it.

use crate::loader::Entry;
use crate::manifest;
use crate::section::{self, NoManifest};
use auricle_sdk::descriptor::Descriptor;
use auricle_sdk::host::{Instance, Pool, Services};
use auricle_sdk::{Error, ErrorKind};
use semver::Version;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, OnceLock};

/// A plugin's library and its manifest. Its code is loaded when the first stage is created, and never unloaded.
#[derive(Debug)]
pub struct Plugin {
    path: PathBuf,
    name: String,
    version: Version,
    license: String,
    description: String,
    stages: Vec<&'static Descriptor>,
    manifest: Vec<u8>,
    entry: OnceLock<Result<Entry, String>>,
}

impl Plugin {
    /// Reads what the library at `path` says about itself.
    pub(crate) fn read(path: &Path) -> Result<Self, NoManifest> {
        let bytes = section::read(path)?;
        let manifest = manifest::parse(&bytes)
            .map_err(|reason| NoManifest::Unusable(format!("its manifest is broken: {reason}")))?;
        Ok(Plugin {
            path: path.to_owned(),
            name: manifest.name,
            version: manifest.version,
            license: manifest.license,
            description: manifest.description,
            stages: manifest.stages,
            manifest: bytes,
            entry: OnceLock::new(),
        })
    }

    /// The library.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Name of the plugin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version, which `use = "id@>=0.2"` asks for.
    pub fn version(&self) -> &Version {
        &self.version
    }

    /// Its licence, an SPDX expression.
    pub fn license(&self) -> &str {
        &self.license
    }

    /// One line about it.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Its stages. Descriptors live as long as the process, so that one type serves plugins and hosts.
    pub fn stages(&self) -> &[&'static Descriptor] {
        &self.stages
    }

    /// Creates an instance of the stage `id`; loads the library if this is the first.
    ///
    /// # Errors
    /// The library cannot be loaded or is not what its manifest says; the stage refuses.
    pub fn create(
        &self,
        id: &str,
        services: Arc<dyn Services>,
        pool: Arc<Pool>,
        cancel: Arc<AtomicU32>,
    ) -> Result<Instance, Error> {
        let entry = self.entry.get_or_init(|| Entry::load(&self.path, &self.manifest));
        match entry {
            Ok(entry) => entry.create(id, services, pool, cancel),
            Err(reason) => Err(Error::new(ErrorKind::Internal, format!("{}: {reason}", self.path.display()))),
        }
    }
}
