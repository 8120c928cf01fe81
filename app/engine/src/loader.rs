//! The one place where libraries are opened and their entry is called.
#![allow(unsafe_code)]

use crate::error::chain;
use crate::section::trimmed;
use auricle_sdk::Error;
use auricle_sdk::abi::{ABI_MAJOR, ENTRY_SYMBOL, Entry as AbiEntry, Host, Stage, Status, Str};
use auricle_sdk::host::{Instance, Pool, Services};
use std::mem::offset_of;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU32;

/// The entry of a library that stays loaded until the process ends.
#[derive(Debug)]
pub(crate) struct Entry {
    create: unsafe extern "C" fn(*const Host, Str, *mut Stage) -> Status,
}

impl Entry {
    /// Loads the library, once and for all: unloading would pull code from under threads and thread-local destructors.
    pub(crate) fn load(path: &Path, manifest: &[u8]) -> Result<Self, String> {
        // Without a slash in it the system would search its own directories.
        let path = path.canonicalize().map_err(|error| format!("cannot be opened: {error}"))?;
        let library = open(&path).map_err(|error| format!("the system cannot load it: {}", chain(&error)))?;
        // SAFETY: the symbol is data of this type by contract; nothing but its first fields is trusted before a check.
        let symbol = unsafe { library.get::<*const AbiEntry>(ENTRY_SYMBOL) };
        let entry = symbol.map(|symbol| *symbol).map_err(|error| format!("no entry {ENTRY_SYMBOL}: {}", chain(&error)));
        // Never closed, whatever becomes of the entry: initialisers have run.
        std::mem::forget(library);
        Self::check(entry?, manifest)
    }

    fn check(entry: *const AbiEntry, manifest: &[u8]) -> Result<Self, String> {
        if entry.is_null() || !entry.is_aligned() {
            return Err(format!("{ENTRY_SYMBOL} is no valid address"));
        }
        // SAFETY: every version of the entry begins with its size and the ABI's version.
        let (size, major, minor) = unsafe { ((*entry).size, (*entry).abi_major, (*entry).abi_minor) };
        if major != ABI_MAJOR {
            return Err(format!("made for version {major}.{minor} of the plugin ABI, this auricle has {ABI_MAJOR}"));
        }
        let needed = offset_of!(AbiEntry, create) + size_of::<usize>();
        if (size as usize) < needed {
            return Err(format!("its entry says {size} bytes, version {ABI_MAJOR} has at least {needed}"));
        }
        // SAFETY: the size covers these fields.
        let (text, create) = unsafe { ((*entry).manifest.as_bytes(), (*entry).create) };
        if trimmed(text) != manifest {
            return Err("the manifest behind its entry is not the one in its section (the file has changed since it was read, or is broken)".into());
        }
        let create = create.ok_or("its entry has no create")?;
        Ok(Entry { create })
    }

    /// Creates an instance of the stage `id`.
    pub(crate) fn create(
        &self,
        id: &str,
        services: Arc<dyn Services>,
        pool: Arc<Pool>,
        cancel: Arc<AtomicU32>,
    ) -> Result<Instance, Error> {
        // SAFETY: the library stays loaded; host and place for the stage are valid during the call.
        let create = |host: *const Host, out: *mut Stage| unsafe { (self.create)(host, Str::new(id), out) };
        // SAFETY: the user installed this plugin; its entry was checked, and whatever else the contract asks is up to it.
        unsafe { Instance::create(&create, services, pool, cancel) }
            .map_err(|error| Error { message: format!("{id} cannot be created: {}", error.message), ..error })
    }
}

/// Does the system find and open a library, by one of its names? Where it does, it stays loaded.
///
/// # Errors
/// Why not, in the words of the system.
pub fn find_library(names: &[&str]) -> Result<(), String> {
    let mut why = String::new();
    for name in names {
        match open(Path::new(name)) {
            Ok(library) => {
                std::mem::forget(library);
                return Ok(());
            }
            Err(error) if why.is_empty() => why = chain(&error),
            Err(_) => {}
        }
    }
    Err(why)
}

#[cfg(unix)]
fn open(path: &Path) -> Result<libloading::Library, libloading::Error> {
    use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
    // SAFETY: initialisers of the library run; the user has installed it.
    unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL).map(Into::into) }
}

#[cfg(not(unix))]
fn open(path: &Path) -> Result<libloading::Library, libloading::Error> {
    // SAFETY: initialisers of the library run; the user has installed it.
    unsafe { libloading::Library::new(path) }
}
