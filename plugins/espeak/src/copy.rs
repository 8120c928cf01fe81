//! Fresh copies of a library.
//!
//! eSpeak NG keeps the phase of its oscillators, its pauses and more in variables of the library, and has no call that sets them
//! back: the same text sounds a little different, and is some samples longer or shorter, after another one; and a library that
//! was terminated hangs when it begins again (1.51). So each text gets a copy of the library of its own, whose variables nobody
//! has touched, and which is gone afterwards. That takes about 20 ms.
#![allow(unsafe_code)]

use libloading::Library;
use std::error::Error as _;
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

/// Names of the library on the systems that have it.
const NAMES: &[&str] = if cfg!(target_os = "macos") {
    &["libespeak-ng.1.dylib", "/opt/homebrew/lib/libespeak-ng.1.dylib", "/usr/local/lib/libespeak-ng.1.dylib"]
} else {
    &["libespeak-ng.so.1", "libespeak-ng.so"]
};

/// The bytes of the library's file.
///
/// # Errors
/// There is none, in the words of the system.
pub fn bytes() -> Result<Vec<u8>, String> {
    bytes_of(NAMES, b"espeak_Initialize\0")
}

fn bytes_of(names: &[&str], function: &[u8]) -> Result<Vec<u8>, String> {
    let mut why = String::new();
    for name in names {
        // SAFETY: the library's initialisers do nothing that depends on threads or on other code.
        match unsafe { Library::new(*name) } {
            Ok(library) => {
                let path = file_of(&library, function).map_err(|error| format!("{name}: {error}"))?;
                return std::fs::read(&path).map_err(|error| format!("{}: {error}", path.display()));
            }
            Err(error) if why.is_empty() => why = error.source().map_or_else(|| error.to_string(), ToString::to_string),
            Err(_) => {}
        }
    }
    Err(why)
}

/// Where the system found a library.
#[cfg(unix)]
fn file_of(library: &Library, function: &[u8]) -> Result<PathBuf, String> {
    use std::os::unix::ffi::OsStrExt;
    // SAFETY: the function is not called; only its address is asked for.
    let address: unsafe extern "C" fn() = unsafe { *library.get(function).map_err(|error| error.to_string())? };
    // SAFETY: a Dl_info is pointers and may be zero; dladdr writes it, and its name lives as long as the library.
    let name = unsafe {
        let mut info: libc::Dl_info = std::mem::zeroed();
        if libc::dladdr(address as *const libc::c_void, &mut info) == 0 || info.dli_fname.is_null() {
            return Err("the system does not say where it lies".into());
        }
        std::ffi::CStr::from_ptr(info.dli_fname).to_bytes().to_owned()
    };
    Ok(PathBuf::from(std::ffi::OsStr::from_bytes(&name)))
}

#[cfg(not(unix))]
fn file_of(_: &Library, _: &[u8]) -> Result<PathBuf, String> {
    Err("no fresh copies of a library can be made on this system".into())
}

/// A library that shares nothing with others of the same bytes, and is unloaded when it is dropped.
pub struct Copy {
    /// Dropped first: its file must be there while it is in use, so that no other copy gets its name.
    pub library: Library,
    _file: Backing,
}

impl Copy {
    /// Loads a copy.
    ///
    /// # Errors
    /// It cannot be written, or not be loaded from there.
    pub fn new(bytes: &[u8]) -> Result<Self, String> {
        let failed = |error: io::Error| format!("a copy of it cannot be written: {error}");
        let mut file = Backing::new().map_err(failed)?;
        file.file().write_all(bytes).map_err(failed)?;
        // SAFETY: as for the library itself.
        let library = unsafe { Library::new(file.path()) }.map_err(|error| {
            format!("a copy of it cannot be loaded: {}", error.source().map_or_else(String::new, |e| e.to_string()))
        })?;
        Ok(Copy { library, _file: file })
    }
}

/// A file in memory, which needs no folder that programs may be run from.
#[cfg(target_os = "linux")]
struct Backing(File);

#[cfg(target_os = "linux")]
impl Backing {
    fn new() -> io::Result<Self> {
        let file = rustix::fs::memfd_create("espeak-ng", rustix::fs::MemfdFlags::CLOEXEC)?;
        Ok(Backing(file.into()))
    }

    fn file(&mut self) -> &mut File {
        &mut self.0
    }

    fn path(&self) -> PathBuf {
        use std::os::fd::AsRawFd;
        PathBuf::from(format!("/proc/self/fd/{}", self.0.as_raw_fd()))
    }
}

/// A file in the system's folder of temporary files.
#[cfg(not(target_os = "linux"))]
struct Backing(tempfile::NamedTempFile);

#[cfg(not(target_os = "linux"))]
impl Backing {
    fn new() -> io::Result<Self> {
        tempfile::NamedTempFile::new().map(Backing)
    }

    fn file(&mut self) -> &mut File {
        self.0.as_file_mut()
    }

    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_library_is_named() {
        let why = bytes_of(&["libespeak-that-is-not-there.so"], b"f\0").expect_err("no such library");
        assert!(why.contains("libespeak-that-is-not-there"), "{why}");
    }

    #[test]
    fn what_is_no_library_is_refused() {
        assert!(Copy::new(b"no library").err().expect("refused").contains("cannot be loaded"));
    }
}
